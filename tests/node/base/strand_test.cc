#include <absl/synchronization/blocking_counter.h>
#include <absl/synchronization/notification.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <optional>
#include <thread>
#include <vector>

#include "node/base/executor.h"
#include "node/base/manual_executor.h"

namespace tocsin {
namespace {

using ::testing::ElementsAre;

TEST(Strand, TasksRunOneAtATimeInTheOrderOfPost) {
  constexpr int kTasks = 20'000;
  ThreadPool pool(2);
  Strand strand(pool);
  // No lock: that the strand orders them is what is tested.
  std::vector<int> ran;
  absl::Notification done;
  for (int i = 0; i < kTasks; ++i) strand.Post([&ran, i] { ran.push_back(i); });
  strand.Post([&] { done.Notify(); });
  done.WaitForNotification();
  ASSERT_EQ(ran.size(), static_cast<size_t>(kTasks));
  for (int i = 0; i < kTasks; ++i) ASSERT_EQ(ran[static_cast<size_t>(i)], i);
}

TEST(Strand, PostersOnSeveralThreadsLoseNothingAndKeepTheirOwnOrder) {
  constexpr int kPosters = 4;
  constexpr int kEach = 5'000;
  ThreadPool pool(2);
  Strand strand(pool);
  std::vector<int> next(kPosters, 0);
  int out_of_order = 0;
  absl::BlockingCounter left(kPosters * kEach);
  std::vector<std::thread> posters;
  for (int p = 0; p < kPosters; ++p) {
    posters.emplace_back([&, p] {
      for (int i = 0; i < kEach; ++i) {
        strand.Post([&, p, i] {
          if (next[static_cast<size_t>(p)]++ != i) ++out_of_order;
          left.DecrementCount();
        });
      }
    });
  }
  for (std::thread& poster : posters) poster.join();
  left.Wait();
  EXPECT_EQ(out_of_order, 0);
}

TEST(Strand, TwoStrandsOfOneExecutorRunAtOnce) {
  ThreadPool pool(2);
  Strand a(pool), b(pool);
  absl::Notification from_a, from_b;
  absl::BlockingCounter left(2);
  a.Post([&] {
    from_a.Notify();
    from_b.WaitForNotification();
    left.DecrementCount();
  });
  b.Post([&] {
    from_b.Notify();
    from_a.WaitForNotification();
    left.DecrementCount();
  });
  left.Wait();
}

TEST(Strand, IsCurrentOnlyWithinItsOwnTasks) {
  ManualClock clock(absl::UnixEpoch());
  ManualExecutor executor(clock);
  Strand a(executor), b(executor);
  EXPECT_FALSE(a.IsCurrent());
  bool in_a = false, in_b = true;
  a.Post([&] {
    in_a = a.IsCurrent();
    in_b = b.IsCurrent();
  });
  executor.RunUntilIdle();
  EXPECT_TRUE(in_a);
  EXPECT_FALSE(in_b);
}

TEST(Strand, DelayedTasksComeInTurnAndCanBeCancelled) {
  ManualClock clock(absl::UnixEpoch());
  ManualExecutor executor(clock);
  Strand strand(executor);
  std::vector<int> ran;
  strand.PostAfter(absl::Seconds(2), [&] { ran.push_back(2); });
  strand.PostAfter(absl::Seconds(1), [&] { ran.push_back(1); });
  TimerId never = strand.PostAfter(absl::Seconds(1), [&] { ran.push_back(9); });
  strand.Post([&] { ran.push_back(0); });
  EXPECT_TRUE(strand.Cancel(never));
  EXPECT_FALSE(strand.Cancel(never));
  executor.RunFor(absl::Seconds(3));
  EXPECT_THAT(ran, ElementsAre(0, 1, 2));
}

TEST(Strand, ACancelledTimerLeavesTheExecutorToo) {
  ManualClock clock(absl::UnixEpoch());
  ManualExecutor executor(clock);
  Strand strand(executor);
  strand.Cancel(strand.PostAfter(absl::Hours(1), [] {}));
  EXPECT_EQ(executor.NextDue(), absl::InfiniteDuration());
}

TEST(Strand, ATimerThatIsDueCanBeCancelledByTheTaskBeforeIt) {
  ManualClock clock(absl::UnixEpoch());
  ManualExecutor executor(clock);
  Strand strand(executor);
  TimerId second{0};
  bool cancelled = false, ran = false;
  strand.PostAfter(absl::Seconds(1), [&] { cancelled = strand.Cancel(second); });
  second = strand.PostAfter(absl::Seconds(1), [&] { ran = true; });
  executor.RunFor(absl::Seconds(1));
  EXPECT_TRUE(cancelled);
  EXPECT_FALSE(ran);
}

TEST(Strand, DestructionDropsWhatHasNotBegun) {
  ManualClock clock(absl::UnixEpoch());
  ManualExecutor executor(clock);
  auto held = std::make_shared<int>(0);
  std::weak_ptr<int> dropped = held;
  bool ran = false;
  {
    Strand strand(executor);
    strand.Post([&ran, held] { ran = true; });
    strand.PostAfter(absl::Seconds(1), [&ran, held = std::move(held)] { ran = true; });
  }
  EXPECT_TRUE(dropped.expired());
  EXPECT_EQ(executor.NextDue(), absl::InfiniteDuration());
  executor.RunFor(absl::Seconds(2));
  EXPECT_FALSE(ran);
}

TEST(Strand, DestructionWaitsForTheTaskUnderWay) {
  ThreadPool pool(1);
  absl::Notification begun;
  bool finished = false;  // not atomic: the destructor orders it
  {
    Strand strand(pool);
    strand.Post([&] {
      begun.Notify();
      for (int i = 0; i < 1000; ++i) std::this_thread::yield();
      finished = true;
    });
    begun.WaitForNotification();
  }
  EXPECT_TRUE(finished);
}

TEST(Strand, ATaskMayDestroyItsOwnStrand) {
  ManualClock clock(absl::UnixEpoch());
  ManualExecutor executor(clock);
  auto strand = std::make_unique<Strand>(executor);
  bool after = false;
  strand->Post([&] { strand.reset(); });
  strand->Post([&] { after = true; });
  executor.RunUntilIdle();
  EXPECT_EQ(strand, nullptr);
  EXPECT_FALSE(after);
}

TEST(Strand, ALongQueueLetsOthersHaveTheThread) {
  ManualClock clock(absl::UnixEpoch());
  ManualExecutor executor(clock);
  Strand strand(executor);
  int ran = 0;
  std::optional<int> ran_before_other;
  for (int i = 0; i < 10'000; ++i) strand.Post([&] { ++ran; });
  executor.Post([&] { ran_before_other = ran; });
  executor.RunUntilIdle();
  EXPECT_EQ(ran, 10'000);
  EXPECT_LT(ran_before_other.value(), 100);
}

}  // namespace
}  // namespace tocsin
