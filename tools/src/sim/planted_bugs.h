// The bugs that can be switched on in tocsin-sim-planted, and what each does.
#pragma once

#include <absl/strings/string_view.h>
#include <absl/types/span.h>

namespace tocsin::sim {

struct PlantedBug {
  absl::string_view name;
  absl::string_view what;
};

absl::Span<const PlantedBug> PlantedBugs();

// False for a name that is none. Once, before anything runs.
bool Plant(absl::string_view name);

}  // namespace tocsin::sim
