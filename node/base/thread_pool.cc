#include <absl/base/thread_annotations.h>
#include <absl/synchronization/mutex.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <thread>
#include <utility>
#include <vector>

#include "node/base/clock.h"
#include "node/base/executor.h"
#include "node/base/status.h"
#include "node/base/task_queue.h"

namespace tocsin {

// Abseil's timed waits follow the wall clock, which jumps. A timerfd follows elapsed time, so the
// timer thread sleeps in read() of one.
struct ThreadPool::Impl {
  explicit Impl(int size);
  ~Impl();

  void Work();
  void KeepTime();
  // Makes the timer thread wake at `due`, by elapsed time.
  void Arm(absl::Duration due) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex);
  bool HasWork() const ABSL_SHARED_LOCKS_REQUIRED(mutex) { return stopping || queue.HasReady(); }

  const SystemClock clock;
  const int timer_fd;
  absl::Mutex mutex;
  TaskQueue queue ABSL_GUARDED_BY(mutex);
  bool stopping ABSL_GUARDED_BY(mutex) = false;
  absl::Duration armed ABSL_GUARDED_BY(mutex) = absl::InfiniteDuration();
  std::vector<std::thread> threads;
};

ThreadPool::Impl::Impl(int size) : timer_fd(timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC)) {
  TOCSIN_CHECK(size > 0);
  TOCSIN_CHECK(timer_fd >= 0);
  threads.reserve(static_cast<size_t>(size) + 1);
  for (int i = 0; i < size; ++i) threads.emplace_back([this] { Work(); });
  threads.emplace_back([this] { KeepTime(); });
}

ThreadPool::Impl::~Impl() {
  {
    TaskQueue dropped;  // destroyed outside the lock: captures may post here
    absl::MutexLock lock(&mutex);
    stopping = true;
    std::swap(dropped, queue);
    Arm(absl::ZeroDuration());
  }
  for (std::thread& thread : threads) thread.join();
  close(timer_fd);
}

void ThreadPool::Impl::Arm(absl::Duration due) {
  armed = due;
  itimerspec when{};
  // All zero would disarm it; the past fires at once. Relative, because whatever runs a program at
  // another time of day (libfaketime) moves absolute ones, of the steady clock as well.
  when.it_value = absl::ToTimespec(std::max(due - clock.Elapsed(), absl::Nanoseconds(1)));
  TOCSIN_CHECK(timerfd_settime(timer_fd, 0, &when, nullptr) == 0);
}

void ThreadPool::Impl::Work() {
  while (true) {
    Task task;
    {
      absl::MutexLock lock(&mutex, absl::Condition(this, &Impl::HasWork));
      if (stopping) return;
      task = queue.Pop();
    }
    if (task) task();
  }
}

void ThreadPool::Impl::KeepTime() {
  while (true) {
    uint64_t fired = 0;
    if (read(timer_fd, &fired, sizeof fired) < 0) {
      TOCSIN_CHECK(errno == EINTR || errno == EAGAIN);
      continue;
    }
    absl::MutexLock lock(&mutex);
    if (stopping) return;
    armed = absl::InfiniteDuration();
    queue.Ripen(clock.Elapsed());
    if (auto due = queue.NextDue(); due && *due < absl::InfiniteDuration()) Arm(*due);
  }
}

ThreadPool::ThreadPool(int threads) : impl_(std::make_unique<Impl>(threads)) {}
ThreadPool::~ThreadPool() = default;

void ThreadPool::Post(Task task) {
  absl::MutexLock lock(&impl_->mutex);
  if (!impl_->stopping) impl_->queue.Push(std::move(task));
}

TimerId ThreadPool::PostAfter(absl::Duration delay, Task task) {
  const absl::Duration due = impl_->clock.Elapsed() + std::max(delay, absl::ZeroDuration());
  absl::MutexLock lock(&impl_->mutex);
  if (impl_->stopping) return TimerId{0};
  TimerId timer = impl_->queue.PushDelayed(due, std::move(task));
  if (due < impl_->armed) impl_->Arm(due);
  return timer;
}

bool ThreadPool::Cancel(TimerId timer) {
  Task task;
  absl::MutexLock lock(&impl_->mutex);
  task = impl_->queue.Cancel(timer);
  return task != nullptr;
}

}  // namespace tocsin
