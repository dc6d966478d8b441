// What list, watch and export have in common: from a Selection to the node's parent and filter.
#pragma once

#include <absl/status/statusor.h>

#include <string>

#include "tocsin/v1/types.pb.h"
#include "tools/src/cli/commands.h"

namespace tocsin::cli {

struct Selected {
  std::string parent;
  v1::Kind kind = v1::KIND_UNSPECIFIED;
  std::string filter;
};
// INVALID_ARGUMENT says which option is wrong. Without a scope: all that the node holds.
absl::StatusOr<Selected> Select(Context& context, const Selection& selection);

// The selection as it is typed for a shell, a blank before each part: " incident
// --near='40.7,-74'".
std::string AsTyped(const Selection& selection);

// "near(40.7,-74,1000)" of "40.7,-74" or "40.7,-74,1000".
absl::StatusOr<std::string> NearFilter(absl::string_view typed);

}  // namespace tocsin::cli
