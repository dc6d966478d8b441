// Histories by name: each was found by the simulator, and failed before what it found was mended.
#include <gtest/gtest.h>

#include "tests/tools/sim/support.h"

namespace tocsin::sim {
namespace {

void ExpectNothingViolated(const Plan& plan) {
  const Outcome outcome = RunPlan(plan, DefaultCast(), /*traced=*/true);
  std::string trace;
  for (const std::string& line : outcome.trace) trace += line + "\n";
  EXPECT_FALSE(outcome.violation) << outcome.violation->invariant << ": " << outcome.violation->what
                                  << "\n"
                                  << trace;
}

// The block was refused, and nobody asked for it again while the line stood.
TEST(Scenario, WhatAFullDiskDidNotTakeIsTakenOnceThereIsRoom) {
  for (int node : {0, 1, 3}) {
    ExpectNothingViolated(PlanOf({At(2, EventKind::kFile, 3), At(3, EventKind::kFullDisk, node, 0),
                                  At(3, EventKind::kFile, 3, 8), At(3, EventKind::kBroadcast, 1),
                                  At(3, EventKind::kBroadcast, 0), At(6, EventKind::kFile, 4)}));
  }
}

// A county held a copy without its text and passed it on; the whole copy came to it later, and did
// not go on to the city, because that sequence had gone already.
TEST(Scenario, AWholeCopyFollowsTheOneWithoutItsText) {
  for (uint64_t draw = 0; draw < 12; draw += 2) {
    ExpectNothingViolated(
        PlanOf({At(2, EventKind::kStrip, 3, 2), At(3, EventKind::kFile, 3, draw)}));
  }
}

// The county held a report without its text; the station lost its disk, and the county kept from it
// what was left of its own report.
TEST(Scenario, AStationWithANewDiskGetsBackWhatIsHeldWithoutItsText) {
  for (uint64_t draw = 0; draw < 12; draw += 2) {
    ExpectNothingViolated(
        PlanOf({At(2, EventKind::kBackup, 3), At(3, EventKind::kFile, 3, draw),
                At(4, EventKind::kStrip, 3, 2), At(5, EventKind::kFile, 3, draw + 1),
                At(6, draw % 4 == 0 ? EventKind::kNewDisk : EventKind::kRestore, 3)}));
  }
}

// One end held the first change of one branch, the other four of another: each took the other's
// heads for its own branch.
TEST(Scenario, BothBranchesOfAMachineThatWasResumedTwiceReachEverybody) {
  for (int node : {1, 2, 3}) {
    ExpectNothingViolated(
        PlanOf({At(2, EventKind::kFile, node), At(5, EventKind::kTwin, node, 3, absl::Minutes(4)),
                At(6, EventKind::kFile, node, 5), At(7, EventKind::kEdit, node, 6),
                At(8, EventKind::kEdit, node, 7), At(15, EventKind::kEdit, node, 8)}));
  }
}

}  // namespace
}  // namespace tocsin::sim
