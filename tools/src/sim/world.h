// Time and the order of things. Every process of the simulation has an executor of its own on one
// thread; which of those that have something ready runs next is drawn from the seed, and time moves
// only when none has. Equal seeds and equal plans give equal runs.
#pragma once

#include <absl/time/time.h>

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <vector>

#include "node/base/clock.h"
#include "node/base/executor.h"
#include "node/base/random.h"
#include "node/base/task_queue.h"

namespace tocsin::sim {

class World;

// The executor of one process, of the network, or of the stage hands who make things happen. Owned
// by shared_ptr: the world drops one that is dead and has nothing left. Not thread-safe.
class ProcessExecutor final : public Executor {
 public:
  explicit ProcessExecutor(const World& world) : world_(world) {}

  void Post(Task task) override;
  TimerId PostAfter(absl::Duration delay, Task task) override;
  bool Cancel(TimerId timer) override { return queue_.Cancel(timer) != nullptr; }

  // Runs what is ready, and what that makes ready, here and now: a process's last breath.
  void RunOut();
  // Drops what waits; nothing is taken from here on.
  void Kill();
  bool dead() const { return dead_; }
  size_t waiting() const { return waiting_; }

 private:
  friend class World;
  bool RunOne();

  const World& world_;
  TaskQueue queue_;
  size_t waiting_ = 0;  // ready tasks, about
  bool dead_ = false;
};

// What one machine believes of time: off by an offset that faults change, and by a drift. Elapsed
// time counts from the start of the process. Owned by its node.
class NodeClock final : public Clock {
 public:
  explicit NodeClock(const World& world) : world_(world) {}

  absl::Time WallNow() const override;
  absl::Duration Elapsed() const override;

  void set_offset(absl::Duration offset) { offset_ = offset; }
  // Parts in a million by which it runs fast; at the start of the run.
  void set_drift_ppm(int64_t ppm) { drift_ppm_ = ppm; }
  int64_t drift_ppm() const { return drift_ppm_; }
  void OnProcessStart();

 private:
  absl::Duration Drifted(absl::Duration real) const;

  const World& world_;
  absl::Duration offset_;
  int64_t drift_ppm_ = 0;
  absl::Duration started_;
};

class World {
 public:
  explicit World(uint64_t seed);

  std::shared_ptr<ProcessExecutor> NewExecutor();
  // Called after each task: what watches the world, and what ends a process from outside of it.
  void SetAfterTask(std::function<void()> after) { after_task_ = std::move(after); }

  // Since the beginning.
  absl::Duration now() const { return now_; }
  absl::Time true_time() const { return Beginning() + now_; }
  static absl::Time Beginning() { return absl::FromUnixSeconds(1'780'000'000); }
  // Runs all that is due until `until`; stops early when Stop was called.
  void RunUntil(absl::Duration until);
  void Stop() { stopped_ = true; }
  bool stopped() const { return stopped_; }
  uint64_t tasks() const { return tasks_; }
  // The most tasks that were ready in one process at one time.
  size_t waiting_max() const { return waiting_max_; }

  Random& random() { return random_; }

 private:
  // Null if none has anything ready.
  std::shared_ptr<ProcessExecutor> PickReady();

  absl::Duration now_;
  SeededRandom random_;
  std::vector<std::shared_ptr<ProcessExecutor>> executors_;
  std::vector<size_t> ready_;  // scratch
  std::function<void()> after_task_;
  uint64_t tasks_ = 0;
  size_t waiting_max_ = 0;
  bool stopped_ = false;
};

}  // namespace tocsin::sim
