#include "node/session/send_plan.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <set>

namespace tocsin::session {
namespace {

constexpr Precedence kAny = Precedence::kRoutine;

SendPlan::Lane LaneOf(uint8_t n) {
  SendPlan::Lane lane;
  lane.id.data()[0] = n;
  return lane;
}
Scope ScopeOf(uint8_t n) { return Scope::Parse("city/s" + std::to_string(n)).value(); }

TEST(SendPlan, ScopesTakeTurns) {
  SendPlan plan;
  plan.Add(ScopeOf(1), kAny, LaneOf(1), Seq(1), Seq(1000));
  plan.Add(ScopeOf(2), kAny, LaneOf(2), Seq(1), Seq(10));
  plan.Sent(kAny, *plan.Next(kAny), Seq(100));
  EXPECT_EQ(plan.Next(kAny)->lane, LaneOf(2));
}

TEST(SendPlan, WhatWasSentInThisSessionIsNotPlannedAgain) {
  SendPlan plan;
  plan.Add(ScopeOf(1), kAny, LaneOf(1), Seq(1), Seq(10));
  plan.Sent(kAny, *plan.Next(kAny), Seq(10));
  plan.Add(ScopeOf(1), kAny, LaneOf(1), Seq(5), Seq(12));
  auto next = plan.Next(kAny);
  ASSERT_TRUE(next);
  EXPECT_EQ(next->first, Seq(11));
  EXPECT_EQ(plan.backlog(), 2u);
}

TEST(SendPlan, WhatLackedATextGoesAgain) {
  SendPlan plan;
  plan.Add(ScopeOf(1), kAny, LaneOf(1), Seq(1), Seq(10));
  plan.Sent(kAny, *plan.Next(kAny), Seq(10));
  plan.AddAgain(ScopeOf(1), kAny, LaneOf(1), Seq(4), Seq(5));
  auto next = plan.Next(kAny);
  ASSERT_TRUE(next);
  EXPECT_EQ(next->first, Seq(4));
  EXPECT_EQ(next->last, Seq(5));
  plan.Sent(kAny, *next, Seq(5));
  plan.Add(ScopeOf(1), kAny, LaneOf(1), Seq(1), Seq(10));
  EXPECT_EQ(plan.backlog(), 0u);
}

TEST(SendPlan, ABlockThatReachesFurtherCountsForWhatItCarried) {
  SendPlan plan;
  plan.Add(ScopeOf(1), kAny, LaneOf(1), Seq(1), Seq(10));
  plan.Add(ScopeOf(1), kAny, LaneOf(1), Seq(15), Seq(30));
  plan.Sent(kAny, *plan.Next(kAny), Seq(20));
  EXPECT_EQ(plan.backlog(), 10u);
  EXPECT_EQ(plan.Next(kAny)->first, Seq(21));
}

TEST(SendPlan, ARefusedLaneIsDropped) {
  SendPlan plan;
  plan.Add(ScopeOf(1), kAny, LaneOf(1), Seq(1), Seq(10));
  plan.Drop(LaneOf(1));
  plan.Add(ScopeOf(1), kAny, LaneOf(1), Seq(11), Seq(20));
  EXPECT_FALSE(plan.Next(kAny));
  EXPECT_EQ(plan.backlog(), 0u);
}

RC_GTEST_PROP(SendPlanProperty, EveryAddedChangeIsSentOnceAndTheBacklogIsTrue, ()) {
  SendPlan plan;
  std::set<std::pair<uint8_t, uint64_t>> added, sent;
  auto send_some = [&](uint64_t reach) {
    auto range = plan.Next(kAny);
    if (!range) return false;
    uint64_t last = std::min(range->last.value(), range->first.value() + reach);
    for (uint64_t seq = range->first.value(); seq <= last; ++seq) {
      RC_ASSERT(sent.insert({range->lane.id.data()[0], seq}).second);
    }
    plan.Sent(kAny, *range, Seq(last));
    return true;
  };
  const int steps = *rc::gen::inRange(1, 60);
  for (int i = 0; i < steps; ++i) {
    if (*rc::gen::arbitrary<bool>()) {
      auto lane = *rc::gen::inRange<uint8_t>(0, 3);
      auto first = *rc::gen::inRange<uint64_t>(1, 40);
      auto last = first + *rc::gen::inRange<uint64_t>(0, 15);
      plan.Add(ScopeOf(lane), kAny, LaneOf(lane), Seq(first), Seq(last));
      for (uint64_t seq = first; seq <= last; ++seq) added.insert({lane, seq});
    } else {
      send_some(*rc::gen::inRange<uint64_t>(0, 8));
    }
    RC_ASSERT(plan.backlog() == added.size() - sent.size());
  }
  while (send_some(3)) {
  }
  RC_ASSERT(added == sent);
}

}  // namespace
}  // namespace tocsin::session
