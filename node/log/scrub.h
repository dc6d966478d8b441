// The scrub: walks all that a live log holds, at leisure, so that damage is found while those who
// can give it back still hold it.
#pragma once

#include <absl/base/thread_annotations.h>
#include <absl/status/statusor.h>
#include <absl/synchronization/mutex.h>

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "node/log/context.h"
#include "node/log/lane_table.h"
#include "node/log/source.h"

namespace tocsin::log {

// OK if the row's entry is whole: its chain gives the steps that it names, and a block's seal is
// its author's. DATA_LOSS if not. `bytes`, unless null, is set to how much was read.
absl::Status CheckEntry(const RowSource& source, const Context& context, const LaneRecord& lane,
                        const PlacedRow& row, size_t* bytes = nullptr);

// Thread-safe; one walk at a time. Owned by the log.
class Scrubber {
 public:
  // A row whose entry is damaged.
  using Damaged = std::function<void(const LaneId& lane, const PlacedRow& row)>;

  Scrubber(const Context& context, Damaged damaged);

  // Goes on for about `bytes_max` bytes of entries, or to the end of the round. An error only if
  // the store has failed.
  absl::StatusOr<ScrubProgress> Scrub(size_t bytes_max);
  ScrubProgress progress() const;

 private:
  void BeginRound() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Some rows of the lane whose turn it is; whether there may be more of it.
  absl::StatusOr<bool> ScrubLane(size_t bytes_max, size_t& bytes)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const Context& context_;
  const StoreSource source_;
  const Damaged damaged_;

  mutable absl::Mutex mutex_;
  ScrubProgress progress_ ABSL_GUARDED_BY(mutex_);
  // Of this round, in the order of the index, and how far it is.
  std::vector<LaneId> lanes_ ABSL_GUARDED_BY(mutex_);
  size_t at_ ABSL_GUARDED_BY(mutex_) = 0;
  // Within the lane: the first key that was not read yet; empty at its begin.
  std::string next_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace tocsin::log
