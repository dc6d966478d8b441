// Sees what the engine does: a failed sync, that it would try again; and how far it has flushed,
// which it does not always wait for.
#pragma once

#include <absl/base/thread_annotations.h>
#include <absl/synchronization/mutex.h>

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>

namespace rocksdb {
class FileSystem;
}  // namespace rocksdb

namespace tocsin::store {

// Stands between a RocksDB database and its disk, and listens to its events. Owned by the store and
// outlived by none of its files. Thread-safe.
class EngineWatch {
 public:
  // `disk` with every file and folder of it watched by `watch`.
  static std::shared_ptr<rocksdb::FileSystem> Wrap(std::shared_ptr<rocksdb::FileSystem> disk,
                                                   std::shared_ptr<EngineWatch> watch);

  bool sync_failed() const { return sync_failed_.load(std::memory_order_acquire); }
  // The first one: which file, and what the system said.
  std::string sync_failure() const;
  // The file that was last opened to be read from front to end. While a database is opened these
  // are its manifest and then its logs, so after a refusal it is the damaged one.
  std::string last_read_through() const;

  // Whether the engine met a full disk and was not set going again since.
  bool full() const { return full_.load(std::memory_order_acquire); }
  void set_full(bool full) { full_.store(full, std::memory_order_release); }

  // Background errors so far.
  uint64_t errors() const;
  // Waits until everything up to `sequence` is in durable tables: true; or until there was an error
  // more than `errors`: false. REQUIRES: a flush of it has begun.
  bool WaitFlushed(uint64_t sequence, uint64_t errors);

  // -- What the engine reports.
  void Flushed(uint64_t sequence);
  void Error();
  void SyncFailed(const std::string& file, const std::string& why);
  void ReadsThrough(const std::string& file);

 private:
  std::atomic<bool> sync_failed_{false};
  std::atomic<bool> full_{false};
  mutable absl::Mutex mutex_;
  std::string sync_failure_ ABSL_GUARDED_BY(mutex_);
  std::string last_read_through_ ABSL_GUARDED_BY(mutex_);
  uint64_t flushed_ ABSL_GUARDED_BY(mutex_) = 0;
  uint64_t errors_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace tocsin::store
