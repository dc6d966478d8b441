// How far a log's writes were certainly made durable.
#pragma once

#include <absl/base/thread_annotations.h>
#include <absl/synchronization/mutex.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

namespace rocksdb {
class FileSystem;
class FSRandomRWFile;
}  // namespace rocksdb

namespace tocsin::store {

// The file SYNCED beside a log's database: the engine's sequence number after the last synced
// write, written after that sync and itself never synced. So it may be old, but what it names was
// durable: a log that ends before it has lost something that somebody was told is held. The engine
// alone cannot see that, since a damaged length reads like a torn tail (docs/storage-engine.md).
// Owned by the store. Thread-safe.
class SyncedMark {
 public:
  // Nothing when there is none, or it is not whole.
  static std::optional<uint64_t> Read(rocksdb::FileSystem& disk, const std::string& dir);
  // Opens the mark of `dir` to be moved, made if it is missing. Null if the disk will not: then the
  // log does without.
  static std::unique_ptr<SyncedMark> Open(rocksdb::FileSystem& disk, const std::string& dir);
  ~SyncedMark();

  // Only forward. A mark that cannot be written is left as it is: it stays true.
  void MoveTo(uint64_t sequence);

 private:
  explicit SyncedMark(std::unique_ptr<rocksdb::FSRandomRWFile> file);

  absl::Mutex mutex_;
  std::unique_ptr<rocksdb::FSRandomRWFile> file_ ABSL_GUARDED_BY(mutex_);
  uint64_t sequence_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace tocsin::store
