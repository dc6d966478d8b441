// Where work runs. State belongs to one strand; whoever has news for it posts a closure and
// returns. The real executor has threads, the simulator's runs everything in one.
#pragma once

#include <absl/functional/any_invocable.h>
#include <absl/time/time.h>

#include <cstdint>
#include <memory>

namespace tocsin {

using Task = absl::AnyInvocable<void()>;

// Names a delayed task, so that it can be cancelled. 0 names none.
enum class TimerId : uint64_t {};

// Thread-safe. Tasks of one executor may run at once and in any order.
class Executor {
 public:
  virtual ~Executor() = default;
  virtual void Post(Task task) = 0;
  // Runs `task` no earlier than `delay` from now, by elapsed time.
  virtual TimerId PostAfter(absl::Duration delay, Task task) = 0;
  // True if the task had not begun and now never will.
  virtual bool Cancel(TimerId timer) = 0;
};

// A serial executor on top of another: its tasks run one at a time, in the order of Post, each
// seeing what those before it did. Destroying it waits for nothing: tasks that have not begun are
// dropped, and a task under way finishes first unless it is the one that destroys the strand.
// Thread-safe.
class Strand {
 public:
  explicit Strand(Executor& executor);
  ~Strand();
  Strand(const Strand&) = delete;
  Strand& operator=(const Strand&) = delete;

  void Post(Task task);
  TimerId PostAfter(absl::Duration delay, Task task);
  bool Cancel(TimerId timer);
  // True on the thread that runs one of this strand's tasks now.
  bool IsCurrent() const;

 private:
  struct State;
  Executor& executor_;
  std::shared_ptr<State> state_;
};

// Threads of its own and one timer thread. Owned by the daemon; destroyed last of all that posts
// to it. The destructor drops what has not begun and joins its threads.
class ThreadPool final : public Executor {
 public:
  explicit ThreadPool(int threads);
  ~ThreadPool() override;
  void Post(Task task) override;
  TimerId PostAfter(absl::Duration delay, Task task) override;
  bool Cancel(TimerId timer) override;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace tocsin
