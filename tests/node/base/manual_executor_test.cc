#include "node/base/manual_executor.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <utility>
#include <vector>

namespace tocsin {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

struct World {
  ManualClock clock{absl::FromUnixSeconds(1'420'070'400)};
  ManualExecutor executor{clock};
  std::vector<int> ran;
  Task Note(int which) {
    return [this, which] { ran.push_back(which); };
  }
};

TEST(ManualExecutor, RunsInTheOrderOfPostAndOnlyWhenDriven) {
  World world;
  for (int i = 0; i < 4; ++i) world.executor.Post(world.Note(i));
  EXPECT_THAT(world.ran, IsEmpty());
  EXPECT_EQ(world.executor.RunUntilIdle(), 4u);
  EXPECT_THAT(world.ran, ElementsAre(0, 1, 2, 3));
}

TEST(ManualExecutor, WhatATaskPostsRunsBeforeItIsIdle) {
  World world;
  world.executor.Post([&] { world.executor.Post(world.Note(1)); });
  world.executor.RunUntilIdle();
  EXPECT_THAT(world.ran, ElementsAre(1));
}

TEST(ManualExecutor, DelayedTasksSeeTheClockAtTheirDueTime) {
  World world;
  std::vector<absl::Duration> seen;
  auto note = [&] { seen.push_back(world.clock.Elapsed()); };
  world.executor.PostAfter(absl::Seconds(3), note);
  world.executor.PostAfter(absl::Seconds(1), [&] {
    note();
    world.executor.PostAfter(absl::Seconds(1), note);
  });
  EXPECT_EQ(world.executor.NextDue(), absl::Seconds(1));
  world.executor.RunFor(absl::Seconds(10));
  EXPECT_THAT(seen, ElementsAre(absl::Seconds(1), absl::Seconds(2), absl::Seconds(3)));
  EXPECT_EQ(world.clock.Elapsed(), absl::Seconds(10));
  EXPECT_EQ(world.executor.NextDue(), absl::InfiniteDuration());
}

TEST(ManualExecutor, NothingRunsBeforeItIsDue) {
  World world;
  world.executor.PostAfter(absl::Seconds(1), world.Note(1));
  world.executor.RunFor(absl::Seconds(1) - absl::Nanoseconds(1));
  EXPECT_THAT(world.ran, IsEmpty());
  world.executor.RunFor(absl::Nanoseconds(1));
  EXPECT_THAT(world.ran, ElementsAre(1));
}

TEST(ManualExecutor, ACancelledTaskNeverRunsAndIsCancelledOnce) {
  World world;
  TimerId timer = world.executor.PostAfter(absl::Seconds(1), world.Note(1));
  EXPECT_TRUE(world.executor.Cancel(timer));
  EXPECT_FALSE(world.executor.Cancel(timer));
  EXPECT_FALSE(world.executor.Cancel(TimerId{0}));
  world.executor.RunFor(absl::Seconds(2));
  EXPECT_THAT(world.ran, IsEmpty());
}

TEST(ManualExecutor, ADueTaskCanBeCancelledByOneThatRunsBeforeIt) {
  World world;
  TimerId second{0};
  bool cancelled = false;
  world.executor.PostAfter(absl::Seconds(1), [&] { cancelled = world.executor.Cancel(second); });
  second = world.executor.PostAfter(absl::Seconds(1), world.Note(2));
  world.executor.RunFor(absl::Seconds(1));
  EXPECT_TRUE(cancelled);
  EXPECT_THAT(world.ran, IsEmpty());
}

RC_GTEST_PROP(ManualExecutor, DelayedTasksRunByDueTimeThenByArrival,
              (const std::vector<uint8_t>& delays)) {
  World world;
  std::vector<std::pair<int, int>> expected;
  for (size_t i = 0; i < delays.size(); ++i) {
    expected.emplace_back(delays[i] % 8, static_cast<int>(i));
    world.executor.PostAfter(absl::Seconds(delays[i] % 8), world.Note(static_cast<int>(i)));
  }
  std::sort(expected.begin(), expected.end());
  world.executor.RunFor(absl::Seconds(8));
  std::vector<int> order;
  for (const auto& [due, which] : expected) order.push_back(which);
  RC_ASSERT(world.ran == order);
}

}  // namespace
}  // namespace tocsin
