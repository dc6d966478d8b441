// The clock that stamps come from: the machine's, corrected from a parent at each Hello. The root's
// own is the network's time.
//
// Laws: stamps of one process rise within a rank. Nothing written before a correction is corrected
// afterwards. The clock does not follow a stamp of others that is more than 5 minutes ahead of its
// own corrected time, so that one broken clock does not take a network with it.
// Thread-safe. Owned by the log.
#pragma once

#include <absl/base/thread_annotations.h>
#include <absl/synchronization/mutex.h>
#include <absl/time/time.h>

#include <cstdint>
#include <optional>

#include "node/base/clock.h"
#include "node/log/stamp.h"

namespace tocsin::log {

class HybridClock {
 public:
  static constexpr absl::Duration kFollowMax = absl::Minutes(5);

  explicit HybridClock(const Clock& clock) : clock_(clock) {}

  // While it was not corrected: the machine's wall clock. Once corrected: the parent's time then
  // and the time elapsed since, whatever the wall clock does.
  absl::Time Now() const;
  // The parent's clock reads `parent_now` now. If that one is synced stamps rank as synced from
  // here on; a free one is followed as well, so that neighbours agree, but never in place of a
  // synced one.
  void Correct(absl::Time parent_now, bool parent_synced);
  // This is the network's time: stamps rank as synced.
  void TrustOwn();
  bool synced() const;

  Stamp NextStamp(bool heard);
  // A stamp that was held; later own stamps are later than it, unless it is too far ahead.
  void See(const Stamp& stamp);

 private:
  struct Correction {
    absl::Time wall;
    absl::Duration elapsed;
  };
  absl::Time NowLocked() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  uint64_t FloorLocked() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const Clock& clock_;
  mutable absl::Mutex mutex_;
  std::optional<Correction> correction_ ABSL_GUARDED_BY(mutex_);
  bool synced_ ABSL_GUARDED_BY(mutex_) = false;
  uint64_t last_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace tocsin::log
