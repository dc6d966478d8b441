// The episodes of conflict in a record's history: which of its fields are in conflict, since when,
// and how the last conflict of each other field ended. When a change arrived is each node's own, so
// nothing of this stands in the view's rows: it is read out of the history again. Pure functions;
// any thread.
#pragma once

#include <absl/time/time.h>

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "node/base/ids.h"
#include "node/log/stamp.h"
#include "node/merge/merge.h"
#include "tocsin/v1/types.pb.h"

namespace tocsin::conflicts {

struct OpenField {
  uint32_t field = 0;
  // Arrival of the change since which the field has been in conflict without a break.
  absl::Time since;
  // Of all values that stand, rising: equal dots, equal conflicts.
  std::vector<Dot> dots;
};

// The change that ended a conflict.
struct Decision {
  std::string jurisdiction;
  log::Stamp stamp;
  Dot dot;
  v1::ResolveReason reason = v1::RESOLVE_REASON_UNSPECIFIED;
};

struct Episodes {
  // In order of field.
  std::vector<OpenField> open;
  // Of fields that were in conflict and are not: how the last one ended.
  std::map<uint32_t, Decision> ended;
  // What the record is.
  merge::MergedRecord merged;
};

// `changes` are all that are projected of one record, in order of arrival (View::History).
Episodes EpisodesOf(uint32_t kind, std::vector<merge::HeldChange> changes);

// Why the change says that it settles that field; UNSPECIFIED where it does not say.
v1::ResolveReason ReasonFor(const merge::HeldChange& change, uint32_t field);

// As the record shows it: what is no severity, or is not there, is UNSPECIFIED.
v1::Severity SeverityOf(uint32_t kind, const merge::MergedRecord& merged);

// Fields that the change writes or carries ahead, rising, each once.
std::vector<uint32_t> FieldsTouchedBy(const merge::HeldChange& change);

}  // namespace tocsin::conflicts
