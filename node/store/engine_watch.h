// Sees what the engine asks of the disk, so that no failed sync is lost among its retries.
#pragma once

#include <absl/base/thread_annotations.h>
#include <absl/synchronization/mutex.h>

#include <atomic>
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

  // Whether the engine itself met a full disk.
  bool full() const { return full_.load(std::memory_order_acquire); }

  // -- What is reported to it.
  void FoundFull() { full_.store(true, std::memory_order_release); }
  void SyncFailed(const std::string& file, const std::string& why);
  void ReadsThrough(const std::string& file);

 private:
  std::atomic<bool> sync_failed_{false};
  std::atomic<bool> full_{false};
  mutable absl::Mutex mutex_;
  std::string sync_failure_ ABSL_GUARDED_BY(mutex_);
  std::string last_read_through_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace tocsin::store
