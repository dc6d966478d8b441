// Plans that a test writes down event by event.
#pragma once

#include <absl/time/time.h>

#include <memory>
#include <utility>
#include <vector>

#include "tools/src/sim/cast.h"
#include "tools/src/sim/plan.h"
#include "tools/src/sim/run.h"

namespace tocsin::sim {

// The cast that the program has by default: 0 city, 1 and 2 counties, 3 to 7 stations, of which 3,
// 5 and 7 are county 1's.
inline const Cast& DefaultCast() {
  static const std::shared_ptr<const Cast> cast = MakeCast(5);
  return *cast;
}

// Twenty quiet minutes after the last event everything must have drained.
inline Plan PlanOf(std::vector<Event> events) {
  Plan plan;
  plan.seed = 7;
  plan.mode = Mode::kLiveness;
  plan.drift_ppm.resize(DefaultCast().size());
  plan.clock_offset.resize(DefaultCast().size());
  plan.view_flush_bytes = 20'000;
  plan.heartbeat = absl::Minutes(2);
  plan.events = std::move(events);
  plan.quiet_from = plan.events.back().at + absl::Seconds(1);
  plan.end = plan.quiet_from + kDrain;
  return plan;
}

inline Event At(int minute, EventKind kind, int node, uint64_t draw = 1,
                absl::Duration length = absl::Minutes(1), Trigger trigger = Trigger::kAtOnce) {
  return {.at = absl::Minutes(minute),
          .kind = kind,
          .node = node,
          .trigger = trigger,
          .length = length,
          .draw = draw};
}

}  // namespace tocsin::sim
