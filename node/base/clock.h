// Time. Nothing outside this folder reads a clock of the system: time comes in through a
// constructor, so that a simulator can own it.
#pragma once

#include <absl/time/time.h>

#include <atomic>
#include <cstdint>

namespace tocsin {

// Laws: Elapsed() never goes back and counts from an arbitrary origin of this process run;
// WallNow() may jump either way, and is what the machine believes, uncorrected.
// Thread-safe.
class Clock {
 public:
  virtual ~Clock() = default;
  virtual absl::Time WallNow() const = 0;
  virtual absl::Duration Elapsed() const = 0;
};

// The machine's clocks.
class SystemClock final : public Clock {
 public:
  absl::Time WallNow() const override;
  absl::Duration Elapsed() const override;
};

// Stands still until it is told otherwise: for tests and simulators. Thread-safe.
class ManualClock final : public Clock {
 public:
  explicit ManualClock(absl::Time wall);
  absl::Time WallNow() const override;
  absl::Duration Elapsed() const override;
  // Moves both forward. REQUIRES: by >= 0.
  void Advance(absl::Duration by);
  // Sets the wall clock alone, either way.
  void JumpWall(absl::Time to);

 private:
  std::atomic<int64_t> elapsed_ns_{0};
  // Wall time at elapsed zero, in nanoseconds since 1970.
  std::atomic<int64_t> wall_origin_ns_;
};

}  // namespace tocsin
