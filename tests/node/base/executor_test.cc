#include "node/base/executor.h"

#include <absl/synchronization/blocking_counter.h>
#include <absl/synchronization/notification.h>
#include <gtest/gtest.h>

#include <atomic>
#include <memory>

#include "node/base/clock.h"

namespace tocsin {
namespace {

TEST(ThreadPool, RunsEveryTask) {
  constexpr int kTasks = 10'000;
  std::atomic<int> ran{0};
  absl::BlockingCounter left(kTasks);
  ThreadPool pool(2);
  for (int i = 0; i < kTasks; ++i) {
    pool.Post([&] {
      ++ran;
      left.DecrementCount();
    });
  }
  left.Wait();
  EXPECT_EQ(ran, kTasks);
}

TEST(ThreadPool, TasksRunAtOnceOnItsThreads) {
  ThreadPool pool(2);
  absl::Notification first, second;
  absl::BlockingCounter left(2);
  // Each waits for the other: on one thread this would never end.
  pool.Post([&] {
    first.Notify();
    second.WaitForNotification();
    left.DecrementCount();
  });
  pool.Post([&] {
    second.Notify();
    first.WaitForNotification();
    left.DecrementCount();
  });
  left.Wait();
}

TEST(ThreadPool, ADelayedTaskRunsNoEarlierThanItsDelay) {
  SystemClock clock;
  ThreadPool pool(1);
  absl::Notification done;
  const absl::Duration posted = clock.Elapsed();
  absl::Duration ran;
  pool.PostAfter(absl::Milliseconds(20), [&] {
    ran = clock.Elapsed();
    done.Notify();
  });
  done.WaitForNotification();
  EXPECT_GE(ran - posted, absl::Milliseconds(20));
}

TEST(ThreadPool, AShorterDelayPostedLaterRunsFirst) {
  ThreadPool pool(1);
  absl::Notification done;
  TimerId late = pool.PostAfter(absl::Hours(1), [] {});
  pool.PostAfter(absl::Milliseconds(1), [&] { done.Notify(); });
  done.WaitForNotification();
  EXPECT_TRUE(pool.Cancel(late));
}

TEST(ThreadPool, ANegativeOrInfiniteDelayIsNowOrNever) {
  ThreadPool pool(1);
  absl::Notification done;
  TimerId never = pool.PostAfter(absl::InfiniteDuration(), [] {});
  pool.PostAfter(-absl::InfiniteDuration(), [&] { done.Notify(); });
  done.WaitForNotification();
  EXPECT_TRUE(pool.Cancel(never));
}

TEST(ThreadPool, ADueTaskCanBeCancelledUntilItBegins) {
  ThreadPool pool(1);
  absl::Notification blocked, go_on, ran_next;
  bool ran = false;
  pool.Post([&] {
    blocked.Notify();
    go_on.WaitForNotification();
  });
  blocked.WaitForNotification();
  TimerId timer = pool.PostAfter(absl::ZeroDuration(), [&] { ran = true; });
  EXPECT_TRUE(pool.Cancel(timer));
  EXPECT_FALSE(pool.Cancel(timer));
  go_on.Notify();
  pool.Post([&] { ran_next.Notify(); });
  ran_next.WaitForNotification();
  EXPECT_FALSE(ran);
}

TEST(ThreadPool, ATaskThatRanCannotBeCancelled) {
  ThreadPool pool(1);
  absl::Notification done;
  TimerId timer = pool.PostAfter(absl::ZeroDuration(), [&] { done.Notify(); });
  done.WaitForNotification();
  EXPECT_FALSE(pool.Cancel(timer));
}

TEST(ThreadPool, DestructionDropsWhatHasNotBegunAndFinishesWhatHas) {
  auto held = std::make_shared<int>(0);
  std::weak_ptr<int> dropped = held;
  std::atomic<bool> finished{false};
  absl::Notification begun;
  absl::Notification destroying;
  {
    ThreadPool pool(1);
    pool.Post([&] {
      begun.Notify();
      destroying.WaitForNotification();
      pool.Post([] { FAIL() << "posted to a pool that stops"; });
      finished = true;
    });
    begun.WaitForNotification();
    pool.Post([held = std::move(held)] { FAIL() << "ran though it had not begun"; });
    pool.PostAfter(absl::Hours(1), [] { FAIL() << "ran an hour early"; });
    // The capture is destroyed in the pool's destructor; the task under way waits for that.
    struct NotifyLast {
      explicit NotifyLast(absl::Notification* n) : notification(n) {}
      absl::Notification* notification;
      ~NotifyLast() { notification->Notify(); }
    };
    pool.Post([last = std::make_unique<NotifyLast>(&destroying)]() mutable {
      FAIL() << "ran though it had not begun";
    });
  }
  EXPECT_TRUE(finished);
  EXPECT_TRUE(dropped.expired());
}

}  // namespace
}  // namespace tocsin
