// Open conflicts as the API gives them: from a record as it is shown here. Pure functions; any
// thread.
#pragma once

#include <absl/strings/string_view.h>
#include <absl/time/time.h>

#include <cstdint>

#include "node/merge/merge.h"
#include "tocsin/v1/api.pb.h"
#include "tocsin/v1/conflicts.pb.h"

namespace tocsin::conflicts {

// Everything but the conflict, its age and its turn. REQUIRES: names filled in, as View::Get gives
// them.
v1::OpenConflict RowOf(const v1::Record& shown);

// The values of that field that stand apart; null where it is not in conflict.
const v1::Conflict* FindConflict(const v1::Record& shown, absl::string_view field);

// The one value that stands, as the record shows it.
v1::Conflict StandingValue(const v1::Record& shown, uint32_t field,
                           const merge::MergedRecord& merged);

// Age and turn. REQUIRES: a row of RowOf.
void SetTimes(absl::Time since, absl::Time now, absl::Duration patience, v1::OpenConflict& row);

google::protobuf::Timestamp TimestampOf(absl::Time time);
google::protobuf::Duration DurationOf(absl::Duration duration);

}  // namespace tocsin::conflicts
