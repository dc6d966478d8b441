// Makes a plan that fails smaller: leaves out events as long as the same invariant is violated.
#pragma once

#include <functional>

#include "tools/src/sim/cast.h"
#include "tools/src/sim/plan.h"
#include "tools/src/sim/run.h"

namespace tocsin::sim {

struct Shrunk {
  Plan plan;
  Outcome outcome;  // of the smaller plan, traced
  int runs = 0;
};

// REQUIRES: the plan fails. At most `runs_max` runs.
Shrunk Shrink(const Plan& plan, const Outcome& outcome, const Cast& cast, int runs_max);

}  // namespace tocsin::sim
