#include "tools/src/sim/shrink.h"

#include <algorithm>
#include <utility>
#include <vector>

namespace tocsin::sim {
namespace {

Plan Without(const Plan& plan, size_t first, size_t count) {
  Plan smaller = plan;
  auto begin = smaller.events.begin() + static_cast<ptrdiff_t>(first);
  smaller.events.erase(begin, begin + static_cast<ptrdiff_t>(count));
  return smaller;
}

}  // namespace

Shrunk Shrink(const Plan& plan, const Outcome& outcome, const Cast& cast, int runs_max) {
  Shrunk shrunk{plan, outcome, 0};
  auto fails = [&](const Plan& smaller) {
    ++shrunk.runs;
    Outcome again = RunPlan(smaller, cast, false);
    return again.violation && again.violation->invariant == outcome.violation->invariant;
  };
  // Halves, quarters, and so on down to single events, until none can go.
  for (size_t piece = std::max<size_t>(1, plan.events.size() / 2); piece > 0;) {
    bool smaller_found = false;
    for (size_t at = 0; at < shrunk.plan.events.size() && shrunk.runs < runs_max;) {
      const size_t count = std::min(piece, shrunk.plan.events.size() - at);
      Plan smaller = Without(shrunk.plan, at, count);
      if (fails(smaller)) {
        shrunk.plan = std::move(smaller);
        smaller_found = true;
      } else {
        at += count;
      }
    }
    if (shrunk.runs >= runs_max) break;
    if (piece > 1) {
      piece /= 2;
    } else if (!smaller_found) {
      break;
    }
  }
  shrunk.outcome = RunPlan(shrunk.plan, cast, true);
  return shrunk;
}

}  // namespace tocsin::sim
