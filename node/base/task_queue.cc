#include "node/base/task_queue.h"

namespace tocsin {

void TaskQueue::Push(Task task) { line_.push_back({std::move(task), 0}); }

TimerId TaskQueue::PushDelayed(absl::Duration due, Task task) {
  const uint64_t id = ++last_timer_;
  by_due_.emplace(due, id);
  waiting_[id] = Waiting{due, false, std::move(task)};
  return TimerId{id};
}

Task TaskQueue::Cancel(TimerId timer) {
  auto found = waiting_.find(static_cast<uint64_t>(timer));
  if (found == waiting_.end()) return nullptr;
  if (!found->second.ripe) by_due_.erase({found->second.due, found->first});
  Task task = std::move(found->second.task);
  waiting_.erase(found);
  return task;
}

std::optional<absl::Duration> TaskQueue::NextDue() const {
  if (by_due_.empty()) return std::nullopt;
  return by_due_.begin()->first;
}

void TaskQueue::Ripen(absl::Duration now) {
  while (!by_due_.empty() && by_due_.begin()->first <= now) {
    Ripen(TimerId{by_due_.begin()->second});
  }
}

void TaskQueue::Ripen(TimerId timer) {
  auto found = waiting_.find(static_cast<uint64_t>(timer));
  if (found == waiting_.end() || found->second.ripe) return;
  found->second.ripe = true;
  by_due_.erase({found->second.due, found->first});
  line_.push_back({nullptr, found->first});
}

Task TaskQueue::Pop() {
  while (!line_.empty()) {
    Place place = std::move(line_.front());
    line_.pop_front();
    if (place.timer == 0) return std::move(place.task);
    auto found = waiting_.find(place.timer);
    if (found == waiting_.end()) continue;  // cancelled in line
    Task task = std::move(found->second.task);
    waiting_.erase(found);
    return task;
  }
  return nullptr;
}

}  // namespace tocsin
