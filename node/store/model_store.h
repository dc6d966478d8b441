// A store in memory that knows what it would lose: for the simulator and for tests.
#pragma once

#include <absl/base/thread_annotations.h>
#include <absl/synchronization/mutex.h>

#include <cstdint>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "node/base/random.h"
#include "node/store/store.h"

namespace tocsin::store {

// Does what Store says and nothing more, in one process and one order, so that a seed replays.
// Stands where a database stands; owned by the simulated machine, which outlives its processes.
// Thread-safe. Keeps everything in memory, and older values while a snapshot or an iterator may
// want them.
class ModelStore final : public Store {
 public:
  ModelStore() = default;
  ~ModelStore() override;

  absl::Status Write(const Batch& batch, Durability durability) override;
  absl::StatusOr<std::optional<std::string>> Get(absl::string_view key,
                                                 const Snapshot* snapshot = nullptr) const override;
  std::unique_ptr<Iterator> Scan(absl::string_view begin, absl::string_view end,
                                 const Snapshot* snapshot = nullptr) const override;
  std::shared_ptr<const Snapshot> TakeSnapshot() const override;
  absl::Status Flush() override;
  // The copy is kept under the name `dir` and had with OpenCheckpoint.
  absl::Status Checkpoint(const std::string& dir) override;
  bool failed() const override;
  absl::Status CheckRoom() const override;
  // Never: a write that does not fit is refused before it is begun.
  bool met_full_disk() const override { return false; }

  // -- What the world does to it.

  enum class Lose { kAllUnsynced, kRandomSuffix };
  // The machine loses its power: gives the store as it is found afterwards. Of the writes that were
  // not made durable all are lost, or a suffix of random length. This one is dead from here on: its
  // calls give DATA_LOSS. REQUIRES: no snapshot or iterator of it is used any more.
  std::unique_ptr<ModelStore> Crash(Lose lose, Random& random);
  // The process ends or is killed, the machine goes on: nothing is lost, not even what is unsynced,
  // which a later Crash may still lose. This one is dead from here on. REQUIRES: !failed(), for
  // what a failed disk has is for Crash to say; and as Crash.
  std::unique_ptr<ModelStore> Restart();
  // The copy that Checkpoint(dir) made. NOT_FOUND when there is none.
  absl::StatusOr<std::unique_ptr<ModelStore>> OpenCheckpoint(const std::string& dir) const;

  // The n-th sync from now, counted from 1, fails, and so the store does.
  void FailSync(uint64_t nth);
  // The n-th write from now, counted from 1, fails in another way than by a full disk.
  void FailWrite(uint64_t nth);
  // The room for keys and values, in bytes. A write that does not fit gives RESOURCE_EXHAUSTED.
  void SetCapacity(uint64_t bytes);

  // One bit of the value that a key has now is another, and nobody is told. REQUIRES: the key has a
  // value of more than bit / 8 bytes.
  void FlipBit(absl::string_view key, uint64_t bit);
  // The page with this key's value cannot be read any more: a Get of it and a scan that comes to it
  // give DATA_LOSS, until the key is written again.
  void SpoilPage(absl::string_view key);

  // Writes that a crash could lose now.
  size_t unsynced() const;
  // Syncs since it was made, failed ones included: the boundaries for a test to crash at.
  uint64_t syncs() const;
  uint64_t bytes_used() const;

 private:
  class ModelSnapshot;
  class ModelIterator;

  // The value of a key from one write on; none: deleted.
  struct Version {
    uint64_t write;
    std::optional<std::string> value;
  };
  using Versions = std::vector<Version>;
  using Keys = std::map<std::string, Versions, std::less<>>;
  // What an unsynced write replaced, to take it back.
  struct Undo {
    std::string key;
    std::optional<std::string> before;
  };
  // Names a moment while it lives; shared by snapshots and iterators.
  struct Pin;

  // The functions with Locked in their names want mutex_.
  absl::Status FullLocked() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::Status StoppedLocked() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::Status ReadableLocked(absl::string_view key) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::Status SyncLocked() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::Status FailLocked(absl::string_view what) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void SetLocked(absl::string_view key, std::optional<std::string> value, std::vector<Undo>* undo)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void ApplyLocked(const Batch& batch, std::vector<Undo>& undo)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void TakeBackLocked(const std::vector<Undo>& undo) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // The newest value at `write`, or null.
  static const std::string* ValueAt(const Versions& versions, uint64_t write);
  std::shared_ptr<const Pin> PinLocked() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Unpin(uint64_t write) const;
  // Drops the versions of a key that no moment wants; true when the newest alone is left.
  bool PruneLocked(absl::string_view key) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  bool PruneLocked(Keys::iterator at) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  std::unique_ptr<ModelStore> CopyLocked() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  std::unique_ptr<ModelStore> SucceedLocked() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  mutable absl::Mutex mutex_;
  // Mutable: letting a moment go drops the versions that only it wanted.
  mutable Keys keys_ ABSL_GUARDED_BY(mutex_);
  // Number of the last write.
  uint64_t writes_ ABSL_GUARDED_BY(mutex_) = 0;
  std::vector<std::vector<Undo>> unsynced_ ABSL_GUARDED_BY(mutex_);
  mutable std::multiset<uint64_t> pins_ ABSL_GUARDED_BY(mutex_);
  std::set<std::string, std::less<>> spoiled_ ABSL_GUARDED_BY(mutex_);
  // Keys with versions that only a pinned moment wants.
  mutable std::set<std::string, std::less<>> kept_ ABSL_GUARDED_BY(mutex_);
  std::map<std::string, std::shared_ptr<const ModelStore>> checkpoints_ ABSL_GUARDED_BY(mutex_);

  uint64_t bytes_used_ ABSL_GUARDED_BY(mutex_) = 0;
  uint64_t capacity_ ABSL_GUARDED_BY(mutex_) = std::numeric_limits<uint64_t>::max();
  uint64_t syncs_ ABSL_GUARDED_BY(mutex_) = 0;
  // Count down to the one that fails; 0: none does.
  uint64_t sync_to_fail_ ABSL_GUARDED_BY(mutex_) = 0;
  uint64_t write_to_fail_ ABSL_GUARDED_BY(mutex_) = 0;
  absl::Status failure_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace tocsin::store
