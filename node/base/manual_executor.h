// An executor without threads, for tests and simulators.
#pragma once

#include "node/base/clock.h"
#include "node/base/executor.h"
#include "node/base/task_queue.h"

namespace tocsin {

// Runs everything on the thread that drives it, in the order of Post; delayed tasks by due time,
// those of one time in the order of PostAfter. Time is the given clock's, and moves only in
// AdvanceTo and RunFor, from one due task to the next. Equal calls replay equally. Not thread-safe.
// Its owner also owns the clock, which outlives it; what was not run is dropped with it.
class ManualExecutor final : public Executor {
 public:
  explicit ManualExecutor(ManualClock& clock) : clock_(clock) {}

  void Post(Task task) override;
  TimerId PostAfter(absl::Duration delay, Task task) override;
  bool Cancel(TimerId timer) override;

  // Runs what is ready or due now, and what that posts, until nothing is. Gives the number of tasks
  // run. Two tasks that post each other for ever keep it for ever.
  size_t RunUntilIdle();
  // Runs one task that is ready or due now; false if there is none.
  bool RunOne();
  // Moves the clock to `elapsed` (of Clock::Elapsed), stopping at each due task to run it.
  // REQUIRES: elapsed >= the clock's.
  size_t AdvanceTo(absl::Duration elapsed);
  size_t RunFor(absl::Duration duration);
  // When the next delayed task is due, by Clock::Elapsed; infinite if none waits.
  absl::Duration NextDue() const;

 private:
  ManualClock& clock_;
  TaskQueue queue_;
};

}  // namespace tocsin
