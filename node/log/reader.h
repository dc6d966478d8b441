// Reading the log: entries for the projector, ranges and blocks for senders. What is read is
// checked; what is damaged is reported, and never handed on.
//
// Thread-safe. Owned by the log.
#pragma once

#include <absl/base/thread_annotations.h>
#include <absl/container/flat_hash_map.h>
#include <absl/status/statusor.h>
#include <absl/synchronization/mutex.h>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "node/log/context.h"
#include "node/log/source.h"

namespace tocsin::log {

class Reader {
 public:
  // A row whose entry is damaged.
  using Damaged = std::function<void(const LaneId& lane, const PlacedRow& row)>;

  Reader(Context& context, Damaged damaged);

  absl::StatusOr<std::vector<Entry>> ReadEntries(Queue queue, Arrival after, Arrival end,
                                                 size_t bytes_max) const;
  absl::StatusOr<std::vector<PlacedChange>> ReadLane(const LaneId& lane, Seq first, Seq last,
                                                     uint8_t branch) const;
  absl::StatusOr<PlacedChange> ReadChange(const LaneId& lane, Seq seq, const Dot& dot) const;
  absl::StatusOr<Step> StepAt(const LaneId& lane, Seq seq, uint8_t branch) const;
  absl::StatusOr<std::vector<std::string>> ReadBlocks(const LaneId& lane, Seq first, Seq last,
                                                      uint8_t branch, size_t bytes_max) const;
  absl::StatusOr<std::string> BirthBytes(const LaneId& lane) const;
  absl::StatusOr<std::vector<std::string>> ReceiptsOf(const Scope& scope) const;
  absl::StatusOr<std::vector<std::string>> HighestReceipts() const;
  absl::StatusOr<bool> IsHeldBy(const CertId& holder, const LaneId& lane, Seq seq,
                                const Dot& dot) const;
  absl::StatusOr<bool> IsRestated(const Dot& dot) const;

 private:
  // What the newest receipt of one holder for one scope vouches for.
  struct VouchedCache {
    uint64_t number = 0;
    size_t births = 0;
    std::shared_ptr<const std::vector<Vouched>> vouched;
  };

  absl::StatusOr<LaneRecordPtr> Known(const LaneId& lane) const;
  // Loads the entry of a row; reports it if it is damaged.
  absl::StatusOr<LoadedEntry> Load(const LaneRecord& lane, const PlacedRow& row,
                                   ChangeVisitor visit) const;
  // What was loaded for a row, if the row leads there; reports it if it is damaged.
  absl::StatusOr<LoadedEntry> Checked(const LaneRecord& lane, const PlacedRow& row,
                                      absl::StatusOr<LoadedEntry> entry) const;
  // The same from an entry's bytes that this process has not checked before: a block's seal too.
  absl::StatusOr<LoadedEntry> LoadUnknown(const LaneRecord& lane, const PlacedRow& row,
                                          absl::string_view bytes) const;
  // The block in an entry's bytes that goes on as it is: all of its row, and big. Nothing if it
  // must be looked at.
  static std::optional<std::string> WholeBlock(const LaneRecord& lane, const PlacedRow& row,
                                               absl::string_view bytes);
  // ReadEntries, entry by entry, where a scan after `after` failed.
  absl::Status ReadPastDamage(Queue queue, Arrival after, Arrival end, RowSource::Visit take) const;
  absl::StatusOr<std::shared_ptr<const std::vector<Vouched>>> VouchedFor(
      const Scope& scope, const CertId& holder) const;

  Context& context_;
  const StoreSource source_;
  const Damaged damaged_;
  mutable absl::Mutex mutex_;
  mutable absl::flat_hash_map<std::pair<Scope, CertId>, VouchedCache> vouched_
      ABSL_GUARDED_BY(mutex_);
};

}  // namespace tocsin::log
