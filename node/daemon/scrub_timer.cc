#include "node/daemon/scrub_timer.h"

#include "node/base/log.h"

namespace tocsin::daemon {

ScrubTimer::ScrubTimer(log::Log& log, Executor& executor, size_t bytes_per_second)
    : log_(log), bytes_per_second_(bytes_per_second), strand_(executor) {
  strand_.PostAfter(absl::Seconds(1), [this] { Tick(); });
}

void ScrubTimer::Tick() {
  absl::StatusOr<log::ScrubProgress> progress = log_.Scrub(bytes_per_second_);
  if (!progress.ok()) {
    // The store has failed: the daemon stops.
    Log(LogLevel::kError, "scrub.stopped", {{"reason", progress.status()}});
    return;
  }
  const bool round_ended = progress->rounds != rounds_;
  rounds_ = progress->rounds;
  strand_.PostAfter(round_ended ? kRest : absl::Seconds(1), [this] { Tick(); });
}

}  // namespace tocsin::daemon
