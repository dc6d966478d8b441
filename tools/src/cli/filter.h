// List filters as people type them. Pure functions; any thread.
#pragma once

#include <absl/status/statusor.h>
#include <absl/strings/string_view.h>
#include <absl/time/time.h>

#include <string>

#include "tocsin/v1/types.pb.h"

namespace tocsin::cli {

// A list filter with the short words and local times that people type made into the node's: words
// after a comparison with a field of a closed list, times after one with a time. What it does not
// know, it leaves for the node to judge.
absl::StatusOr<std::string> ExpandFilter(v1::Kind kind, absl::string_view typed,
                                         absl::TimeZone zone, absl::Time now);

}  // namespace tocsin::cli
