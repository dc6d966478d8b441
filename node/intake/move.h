// Moving a record that was filed at the wrong post: it is withdrawn where it lies, and a record
// that stands for it is filed where it belongs, each naming the other. Stands beside compose.h, of
// which it makes the drafts of both records. Pure functions; any thread.
//
// The new record has all that the node holds of the old one: siblings of a field in conflict stay
// siblings, what was only heard stays heard. What is carried is written by whoever moves it; who
// wrote it first, and when, is in the history of the old record.
#pragma once

#include <absl/status/status.h>
#include <absl/status/statusor.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "node/base/scope.h"
#include "node/intake/request.h"
#include "node/log/log.h"
#include "node/schema/names.h"
#include "node/view/view.h"
#include "tocsin/v1/api.pb.h"

namespace tocsin::intake {

// A move that is asked for, checked and not looked up yet.
struct MoveOrder {
  schema::RecordName name;
  Scope to;
  std::string etag;
  bool require_unchanged = false;
  bool take_late_edits = false;
};

// INVALID_ARGUMENT names what is wrong of the request; PERMISSION_DENIED says who may move it,
// where a node of `author` does not write both scopes.
absl::StatusOr<MoveOrder> ReadMove(const v1::MoveRecordRequest& request, const Author& author);

// The record that stands for `old` in `to`: its id follows from the old record and the target, or,
// where that came from a register, from its key there, so that importing it anew finds it.
view::RecordName StandIn(const view::StoredRecord& old, const Scope& to);

struct ComposedMove {
  // Of both records: become durable together. Empty when the record was moved there before.
  std::vector<log::Draft> drafts;
  // The new record's body as it would be shown; null where none would be written.
  std::unique_ptr<google::protobuf::Message> after;
  std::vector<v1::Withheld> withheld;
  // Paths of fields of which a value was left behind.
  std::vector<std::string> not_carried;
};

// `stand_in` is what is held of StandIn(old, to), or null. FAILED_PRECONDITION for a record that is
// withdrawn, or was moved elsewhere, or whose stand-in has not come here yet; ALREADY_EXISTS where
// another record has that id; else errors of composing (compose.h).
absl::StatusOr<ComposedMove> ComposeMove(const view::StoredRecord& old,
                                         const view::StoredRecord* stand_in, const MoveOrder& order,
                                         uint32_t min_cell);

// The answer to a move, of what intake answers for the record that was filed: `already_filed` says
// that it was moved before, `differs` what was not carried. The old record, `name`, is read from
// the view.
absl::StatusOr<v1::MoveRecordResponse> AsMoved(absl::StatusOr<v1::WriteRecordResponse> response,
                                               const std::string& name, const view::View& view);

}  // namespace tocsin::intake
