#include "node/base/clock.h"

#include <absl/time/clock.h>

#include <chrono>

#include "node/base/status.h"

namespace tocsin {

absl::Time SystemClock::WallNow() const { return absl::Now(); }

absl::Duration SystemClock::Elapsed() const {
  return absl::FromChrono(std::chrono::steady_clock::now().time_since_epoch());
}

ManualClock::ManualClock(absl::Time wall) : wall_origin_ns_(absl::ToUnixNanos(wall)) {}

absl::Time ManualClock::WallNow() const {
  return absl::FromUnixNanos(wall_origin_ns_ + elapsed_ns_);
}

absl::Duration ManualClock::Elapsed() const { return absl::Nanoseconds(elapsed_ns_.load()); }

void ManualClock::Advance(absl::Duration by) {
  TOCSIN_CHECK(by >= absl::ZeroDuration());
  elapsed_ns_ += absl::ToInt64Nanoseconds(by);
}

void ManualClock::JumpWall(absl::Time to) { wall_origin_ns_ = absl::ToUnixNanos(to) - elapsed_ns_; }

}  // namespace tocsin
