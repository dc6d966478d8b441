// The order in which an executor's tasks come to run, without threads and without a clock.
#pragma once

#include <absl/container/btree_set.h>
#include <absl/container/flat_hash_map.h>
#include <absl/time/time.h>

#include <cstdint>
#include <deque>
#include <optional>
#include <utility>

#include "node/base/executor.h"

namespace tocsin {

// Ready tasks in order of arrival, and delayed ones in order of their due times, those of one time
// in order of arrival. A delayed task that is due ("ripe") stands in line with the ready ones and
// can still be cancelled. The heart of every executor here. Not thread-safe; owned by its executor.
// Tasks leave it whole, so that a caller can destroy them outside its lock: their captures may do
// anything.
class TaskQueue {
 public:
  void Push(Task task);
  TimerId PushDelayed(absl::Duration due, Task task);
  // The task, if it stood here; null if it has left or never was.
  Task Cancel(TimerId timer);

  // The earliest due time of those that are not ripe.
  std::optional<absl::Duration> NextDue() const;
  // Puts what is due by `now` in line.
  void Ripen(absl::Duration now);
  // Puts one in line, whatever its due time; nothing if it was cancelled.
  void Ripen(TimerId timer);

  // True if Pop has something to look at; a cancelled task may leave it with null all the same.
  bool HasReady() const { return !line_.empty(); }
  // The next ready task; null if there is none.
  Task Pop();

 private:
  struct Waiting {
    absl::Duration due;
    bool ripe = false;
    Task task;
  };
  struct Place {
    Task task;  // null if `timer` names it
    uint64_t timer = 0;
  };

  std::deque<Place> line_;
  absl::btree_set<std::pair<absl::Duration, uint64_t>> by_due_;  // what is not ripe
  absl::flat_hash_map<uint64_t, Waiting> waiting_;        // ripe or not
  uint64_t last_timer_ = 0;
};

}  // namespace tocsin
