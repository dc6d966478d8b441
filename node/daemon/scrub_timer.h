// Drives the scrub of a log: a second's share every second, and a rest after each round. Owned by
// the daemon, which destroys it before the log; reads on the executor.
#pragma once

#include <absl/time/time.h>

#include <cstddef>
#include <cstdint>

#include "node/base/executor.h"
#include "node/log/log.h"

namespace tocsin::daemon {

class ScrubTimer {
 public:
  // A small log is not read over and over.
  static constexpr absl::Duration kRest = absl::Minutes(10);

  ScrubTimer(log::Log& log, Executor& executor, size_t bytes_per_second);

 private:
  void Tick();

  log::Log& log_;
  const size_t bytes_per_second_;
  uint64_t rounds_ = 0;
  // The last member: it goes first.
  Strand strand_;
};

}  // namespace tocsin::daemon
