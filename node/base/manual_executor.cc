#include "node/base/manual_executor.h"

#include <algorithm>
#include <utility>

#include "node/base/status.h"

namespace tocsin {

void ManualExecutor::Post(Task task) { queue_.Push(std::move(task)); }

TimerId ManualExecutor::PostAfter(absl::Duration delay, Task task) {
  return queue_.PushDelayed(clock_.Elapsed() + std::max(delay, absl::ZeroDuration()),
                            std::move(task));
}

bool ManualExecutor::Cancel(TimerId timer) { return queue_.Cancel(timer) != nullptr; }

bool ManualExecutor::RunOne() {
  queue_.Ripen(clock_.Elapsed());
  Task task = queue_.Pop();
  if (!task) return false;
  task();
  return true;
}

size_t ManualExecutor::RunUntilIdle() {
  size_t ran = 0;
  while (RunOne()) ++ran;
  return ran;
}

size_t ManualExecutor::AdvanceTo(absl::Duration elapsed) {
  TOCSIN_CHECK(elapsed >= clock_.Elapsed());
  size_t ran = RunUntilIdle();
  // A task may itself move the clock, so it is read anew each time.
  while (NextDue() <= elapsed) {
    clock_.Advance(std::max(NextDue() - clock_.Elapsed(), absl::ZeroDuration()));
    ran += RunUntilIdle();
  }
  clock_.Advance(std::max(elapsed - clock_.Elapsed(), absl::ZeroDuration()));
  return ran;
}

size_t ManualExecutor::RunFor(absl::Duration duration) {
  return AdvanceTo(clock_.Elapsed() + duration);
}

absl::Duration ManualExecutor::NextDue() const {
  return queue_.NextDue().value_or(absl::InfiniteDuration());
}

}  // namespace tocsin
