// What conflicts can be picked by and counted by. The golden file has these names, because what can
// be asked of the records is a decision (docs/adr/0009). Constants.
#pragma once

#include <absl/strings/string_view.h>

namespace tocsin::schema {

// Of the conflict and of its record: no text, and nothing about who wrote what.
inline constexpr absl::string_view kConflictFilters[] = {"age", "field", "kind", "severity",
                                                         "turn"};
inline constexpr absl::string_view kConflictOrders[] = {"severity", "since_time"};
inline constexpr absl::string_view kConflictCounts[] = {"severity", "turn"};

}  // namespace tocsin::schema
