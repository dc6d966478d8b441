// What a write does to a record, as drafts for the log: the fields set and cleared with the dots
// that they overwrite, and what must be carried ahead. Stands between the checks of a request and
// the append. Pure functions; any thread.
#pragma once

#include <absl/status/status.h>
#include <absl/status/statusor.h>
#include <google/protobuf/message.h>

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "node/base/ids.h"
#include "node/base/scope.h"
#include "node/log/log.h"
#include "node/view/etag.h"
#include "node/view/view.h"
#include "tocsin/v1/api.pb.h"

namespace tocsin::intake {

// What a caller wants of one record, checked and guarded.
struct Edit {
  // A body of the record's kind with the fields to set, and no others.
  std::unique_ptr<google::protobuf::Message> body;
  std::vector<uint32_t> clear;
  // Of these, fields that are cleared also where they are clear: the clear is one of several
  // values.
  std::set<uint32_t> stands_clear;
  // Elements of UNION fields to take out, by field.
  std::map<uint32_t, std::vector<Dot>> remove;
  bool heard = false;
  // What the writer was shown, where that may be other than what the node shows now.
  std::optional<view::RecordVersion> seen;
  // Fields in conflict that it settles: it overwrites all that the writer was shown of them.
  std::set<uint32_t> resolve;
  // A field of which the write also lists all that its writer was shown of the record
  // (view::ListedByMove). 0: none.
  uint32_t lists_all = 0;
};

struct Composed {
  // Become durable together; empty when nothing changes. The first is the edit itself, others carry
  // the rest of long lists and parts of an original message.
  std::vector<log::Draft> drafts;
  // The body as it would be shown.
  std::unique_ptr<google::protobuf::Message> after;
};

// The edit as the first change of a record; what its lists have beyond one change follows at once.
absl::StatusOr<Composed> ComposeFirst(const view::RecordName& name, const Edit& edit);

// The edit of a record that is held. It overwrites what its writer was shown, and nothing else. A
// field that has that value already, now or when its writer was shown it, is left alone.
// INVALID_ARGUMENT names the largest field of a change over 32 KiB, or the dot that is no element
// of its field; FAILED_PRECONDITION a state that does not follow on what the writer was shown, a
// CAP status that would move away from Actual, or a value that the writer was shown elsewhere and
// this node does not hold.
absl::StatusOr<Composed> ComposeEdit(const view::StoredRecord& before, const Edit& edit);

// "incident.severity", of the fields that the body sets and the record holds with other values.
std::vector<std::string> DifferingFields(const view::StoredRecord& held,
                                         const google::protobuf::Message& body);

}  // namespace tocsin::intake
