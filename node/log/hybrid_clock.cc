#include "node/log/hybrid_clock.h"

#include <algorithm>

#include "node/base/planted.h"

namespace tocsin::log {
namespace {

constexpr int kCounterBits = 16;

}  // namespace

absl::Time HybridClock::NowLocked() const {
  if (!correction_.has_value()) return clock_.WallNow();
  return correction_->wall + (clock_.Elapsed() - correction_->elapsed);
}

// The least time that a stamp may have by the clock alone.
uint64_t HybridClock::FloorLocked() const {
  int64_t ms = std::clamp<int64_t>(absl::ToUnixMillis(NowLocked()), 0, (int64_t{1} << 47) - 1);
  return static_cast<uint64_t>(ms) << kCounterBits;
}

absl::Time HybridClock::Now() const {
  absl::MutexLock lock(&mutex_);
  return NowLocked();
}

void HybridClock::Correct(absl::Time parent_now, bool parent_synced) {
  absl::MutexLock lock(&mutex_);
  if (synced_ && !parent_synced) return;
  synced_ = parent_synced;
  correction_ = Correction{parent_now, clock_.Elapsed()};
  // What was stamped by a clock far ahead does not hold the corrected one: it ranks behind anyway.
  uint64_t limit = FloorLocked() +
                   (static_cast<uint64_t>(absl::ToInt64Milliseconds(kFollowMax)) << kCounterBits);
  if (last_ > limit) last_ = FloorLocked();
}

bool HybridClock::synced() const {
  absl::MutexLock lock(&mutex_);
  return synced_;
}

void HybridClock::TrustOwn() {
  absl::MutexLock lock(&mutex_);
  synced_ = true;
}

Stamp HybridClock::NextStamp(bool heard) {
  absl::MutexLock lock(&mutex_);
  last_ = std::max(last_ + 1, FloorLocked());
  Stamp stamp;
  stamp.time = last_;
  if (heard && !TOCSIN_PLANTED("heard-ranks-as-own")) {
    stamp.rank = synced_ ? Rank::kHeardSynced : Rank::kHeardFree;
  } else {
    stamp.rank = synced_ ? Rank::kOwnSynced : Rank::kOwnFree;
  }
  return stamp;
}

void HybridClock::See(const Stamp& stamp) {
  absl::MutexLock lock(&mutex_);
  uint64_t limit = FloorLocked() +
                   (static_cast<uint64_t>(absl::ToInt64Milliseconds(kFollowMax)) << kCounterBits);
  if (stamp.time <= limit || TOCSIN_PLANTED("clock-follows-any"))
    last_ = std::max(last_, stamp.time);
}

}  // namespace tocsin::log
