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
#include <string>
#include <vector>

#include "node/base/ids.h"
#include "node/base/scope.h"
#include "node/log/log.h"
#include "node/view/view.h"
#include "tocsin/v1/api.pb.h"

namespace tocsin::intake {

// What a caller wants of one record, checked and guarded.
struct Edit {
  // A body of the record's kind with the fields to set, and no others.
  std::unique_ptr<google::protobuf::Message> body;
  std::vector<uint32_t> clear;
  // Elements of UNION fields to take out, by field.
  std::map<uint32_t, std::vector<Dot>> remove;
  bool heard = false;
};

struct Composed {
  // Become durable together; empty when nothing changes. The first is the edit itself, others carry
  // parts of an original message.
  std::vector<log::Draft> drafts;
  // The body as it would be shown.
  std::unique_ptr<google::protobuf::Message> after;
};

// The edit as the first change of a record.
absl::StatusOr<Composed> ComposeFirst(const view::RecordName& name, const Edit& edit);

// The edit of a record that is held. It overwrites what is shown, and nothing else. A field that has
// that value already is left alone. INVALID_ARGUMENT names the largest field of a change over 32
// KiB, or the dot that is no element of its field; FAILED_PRECONDITION a CAP status that would move
// away from Actual.
absl::StatusOr<Composed> ComposeEdit(const view::StoredRecord& before, const Edit& edit);

// "incident.severity", of the fields that the body sets and the record holds with other values.
std::vector<std::string> DifferingFields(const view::StoredRecord& held,
                                         const google::protobuf::Message& body);

// ABORTED names the fields that have moved since the etag was given; INVALID_ARGUMENT for what is no
// etag. OK for an empty one.
absl::Status CheckEtag(absl::string_view etag, const view::StoredRecord& held);

}  // namespace tocsin::intake
