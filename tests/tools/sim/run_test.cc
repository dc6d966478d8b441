// The simulator itself: that a seed replays, that its checkers have something to look at, that what
// fails is made smaller.
#include "tools/src/sim/run.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

#include "node/identity/memo.h"
#include "tests/tools/sim/support.h"
#include "tools/src/sim/shrink.h"

namespace tocsin::sim {
namespace {

TEST(Sim, ASeedReplaysByteForByte) {
  for (uint64_t seed : {3u, 4u, 5u, 6u}) {
    for (Mode mode : {Mode::kSafety, Mode::kLiveness}) {
      const Plan plan = MakePlan(seed, mode, DefaultCast());
      const Outcome first = RunPlan(plan, DefaultCast(), /*traced=*/true);
      const Outcome second = RunPlan(MakePlan(seed, mode, DefaultCast()), DefaultCast(), true);
      EXPECT_EQ(first.trace, second.trace) << "seed " << seed;
      EXPECT_GT(first.trace.size(), 20u);
      EXPECT_EQ(first.tasks, second.tasks);
    }
  }
}

TEST(Sim, AnotherSeedIsAnotherRun) {
  const Outcome one = RunPlan(MakePlan(1, Mode::kSafety, DefaultCast()), DefaultCast(), true);
  const Outcome two = RunPlan(MakePlan(2, Mode::kSafety, DefaultCast()), DefaultCast(), true);
  EXPECT_NE(one.trace, two.trace);
}

TEST(Sim, ATraceChangesNothing) {
  const Plan plan = MakePlan(11, Mode::kLiveness, DefaultCast());
  EXPECT_EQ(RunPlan(plan, DefaultCast(), true).tasks, RunPlan(plan, DefaultCast(), false).tasks);
}

TEST(Sim, SimulatedSignaturesChangeNothing) {
  for (uint64_t seed : {3u, 8u, 11u, 16u}) {
    const Plan plan = MakePlan(seed, Mode::kLiveness, DefaultCast());
    const Outcome real = RunPlan(plan, DefaultCast(), /*traced=*/true);
    const identity::Memo memo(identity::Memo::Signatures::kSimulated);
    const Outcome simulated = RunPlan(plan, DefaultCast(), true);
    EXPECT_EQ(real.trace, simulated.trace) << "seed " << seed;
    EXPECT_EQ(real.tasks, simulated.tasks);
  }
}

TEST(Sim, EverySortOfEventIsDrawn) {
  std::set<EventKind> kinds;
  std::set<Trigger> triggers;
  for (uint64_t seed = 1; seed <= 300; ++seed) {
    for (const Event& event : MakePlan(seed, Mode::kSafety, DefaultCast()).events) {
      kinds.insert(event.kind);
      triggers.insert(event.trigger);
    }
  }
  EXPECT_EQ(kinds.size(), static_cast<size_t>(kEventKinds));
  EXPECT_EQ(triggers.size(), 6u);
}

TEST(Sim, ADefaultRunWritesAndStrikes) {
  uint64_t writes = 0, changes = 0, faults = 0;
  for (uint64_t seed = 1; seed <= 40; ++seed) {
    const Outcome outcome =
        RunPlan(MakePlan(seed, Mode::kLiveness, DefaultCast()), DefaultCast(), false);
    writes += outcome.writes;
    changes += outcome.changes;
    for (const auto& [name, count] : outcome.faults) faults += count;
    EXPECT_EQ(outcome.simulated, kRunLength) << "seed " << seed;
  }
  EXPECT_GT(writes, 40u * 20);
  EXPECT_GT(changes, 40u * 20);
  EXPECT_GT(faults, 40u * 3);
}

TEST(Sim, MoreStationsAreOneNumberAway) {
  const std::shared_ptr<const Cast> cast = MakeCast(12);
  EXPECT_EQ(cast->size(), 1u + 4u + 12u);
  const Outcome outcome = RunPlan(MakePlan(1, Mode::kLiveness, *cast), *cast, false);
  EXPECT_FALSE(outcome.violation) << outcome.violation->what;
}

// A network that may not drain in time fails, and of its plan only what makes it fail is left.
TEST(Sim, WhatFailsIsMadeSmaller) {
  Plan plan =
      PlanOf({At(5, EventKind::kFile, 3), At(6, EventKind::kBreak, 4), At(7, EventKind::kFile, 4),
              At(8, EventKind::kMute, 5, 2), At(9, EventKind::kFile, 5),
              At(10, EventKind::kKill, 6), At(11, EventKind::kEdit, 6)});
  plan.end = plan.quiet_from + absl::Minutes(1);
  const Outcome outcome = RunPlan(plan, DefaultCast(), false);
  ASSERT_TRUE(outcome.violation);
  EXPECT_EQ(outcome.violation->invariant, "drains");
  const Shrunk shrunk = Shrink(plan, outcome, DefaultCast(), 100);
  ASSERT_TRUE(shrunk.outcome.violation);
  EXPECT_EQ(shrunk.outcome.violation->invariant, "drains");
  EXPECT_LE(shrunk.plan.events.size(), 2u);
  EXPECT_FALSE(shrunk.outcome.trace.empty());
}

}  // namespace
}  // namespace tocsin::sim
