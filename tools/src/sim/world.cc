#include "tools/src/sim/world.h"

#include <algorithm>
#include <utility>

namespace tocsin::sim {

void ProcessExecutor::Post(Task task) {
  if (dead_) return;
  queue_.Push(std::move(task));
  ++waiting_;
}

TimerId ProcessExecutor::PostAfter(absl::Duration delay, Task task) {
  if (dead_) return TimerId{0};
  return queue_.PushDelayed(world_.now() + std::max(delay, absl::ZeroDuration()), std::move(task));
}

bool ProcessExecutor::RunOne() {
  Task task = queue_.Pop();
  if (!task) {
    waiting_ = 0;
    return false;
  }
  if (waiting_ > 0) --waiting_;
  task();
  return true;
}

void ProcessExecutor::RunOut() {
  while (RunOne()) {
  }
}

void ProcessExecutor::Kill() {
  dead_ = true;
  // What the tasks hold may post again while they go: nothing comes of it.
  TaskQueue dropped;
  std::swap(dropped, queue_);
}

absl::Duration NodeClock::Drifted(absl::Duration real) const {
  return real + real * drift_ppm_ / 1'000'000;
}

absl::Time NodeClock::WallNow() const {
  return World::Beginning() + Drifted(world_.now()) + offset_;
}

absl::Duration NodeClock::Elapsed() const { return Drifted(world_.now() - started_); }

void NodeClock::OnProcessStart() { started_ = world_.now(); }

World::World(uint64_t seed) : random_(seed) {}

std::shared_ptr<ProcessExecutor> World::NewExecutor() {
  std::erase_if(executors_, [](const auto& executor) { return executor->dead(); });
  executors_.push_back(std::make_shared<ProcessExecutor>(*this));
  return executors_.back();
}

std::shared_ptr<ProcessExecutor> World::PickReady() {
  ready_.clear();
  for (size_t i = 0; i < executors_.size(); ++i) {
    ProcessExecutor& executor = *executors_[i];
    executor.queue_.Ripen(now_);
    if (!executor.queue_.HasReady()) continue;
    ready_.push_back(i);
    waiting_max_ = std::max(waiting_max_, executor.waiting_);
  }
  if (ready_.empty()) return nullptr;
  return executors_[ready_.size() == 1 ? ready_.front() : ready_[random_.Below(ready_.size())]];
}

void World::RunUntil(absl::Duration until) {
  while (!stopped_) {
    // Owned here, because a process may end, and another begin, within the task.
    if (const std::shared_ptr<ProcessExecutor> executor = PickReady()) {
      if (!executor->RunOne()) continue;
      ++tasks_;
      if (after_task_) after_task_();
      continue;
    }
    absl::Duration next = absl::InfiniteDuration();
    for (const std::shared_ptr<ProcessExecutor>& executor : executors_) {
      next = std::min(next, executor->queue_.NextDue().value_or(absl::InfiniteDuration()));
    }
    if (next > until) break;
    now_ = std::max(now_, next);
  }
  if (!stopped_) now_ = std::max(now_, until);
}

}  // namespace tocsin::sim
