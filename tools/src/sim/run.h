// One run: a network lives through a plan, watched by the checkers.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tools/src/sim/cast.h"
#include "tools/src/sim/plan.h"
#include "tools/src/sim/violations.h"

namespace tocsin::sim {

struct Outcome {
  std::optional<Violation> violation;
  // How often each fault struck.
  std::map<std::string, uint64_t> faults;
  uint64_t writes = 0;
  uint64_t changes = 0;
  uint64_t tasks = 0;
  absl::Duration simulated;
  // If it was wanted.
  std::vector<std::string> trace;
};

Outcome RunPlan(const Plan& plan, const Cast& cast, bool traced);

}  // namespace tocsin::sim
