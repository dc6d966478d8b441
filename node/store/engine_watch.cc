#include "node/store/engine_watch.h"

#include <absl/strings/str_cat.h>
#include <rocksdb/file_system.h>

#include <utility>

namespace tocsin::store {
namespace {

using rocksdb::IODebugContext;
using rocksdb::IOOptions;
using rocksdb::IOStatus;

// Tells the watch when a sync failed, and passes the status on.
class Syncs {
 public:
  Syncs(std::string file, std::shared_ptr<EngineWatch> watch)
      : file_(std::move(file)), watch_(std::move(watch)) {}
  IOStatus Seen(IOStatus status) const {
    if (!status.ok()) watch_->SyncFailed(file_, status.ToString());
    return status;
  }

 private:
  const std::string file_;
  const std::shared_ptr<EngineWatch> watch_;
};

class WatchedFile final : public rocksdb::FSWritableFileOwnerWrapper {
 public:
  WatchedFile(std::unique_ptr<rocksdb::FSWritableFile> file, Syncs syncs)
      : FSWritableFileOwnerWrapper(std::move(file)), syncs_(std::move(syncs)) {}

  IOStatus Sync(const IOOptions& options, IODebugContext* debug) override {
    return syncs_.Seen(target()->Sync(options, debug));
  }
  IOStatus Fsync(const IOOptions& options, IODebugContext* debug) override {
    return syncs_.Seen(target()->Fsync(options, debug));
  }
  IOStatus RangeSync(uint64_t offset, uint64_t size, const IOOptions& options,
                     IODebugContext* debug) override {
    return syncs_.Seen(target()->RangeSync(offset, size, options, debug));
  }

 private:
  const Syncs syncs_;
};

class WatchedFolder final : public rocksdb::FSDirectory {
 public:
  WatchedFolder(std::unique_ptr<rocksdb::FSDirectory> folder, Syncs syncs)
      : folder_(std::move(folder)), syncs_(std::move(syncs)) {}

  IOStatus Fsync(const IOOptions& options, IODebugContext* debug) override {
    return syncs_.Seen(folder_->Fsync(options, debug));
  }
  IOStatus FsyncWithDirOptions(const IOOptions& options, IODebugContext* debug,
                               const rocksdb::DirFsyncOptions& how) override {
    return syncs_.Seen(folder_->FsyncWithDirOptions(options, debug, how));
  }
  IOStatus Close(const IOOptions& options, IODebugContext* debug) override {
    return folder_->Close(options, debug);
  }
  size_t GetUniqueId(char* id, size_t size) const override {
    return folder_->GetUniqueId(id, size);
  }

 private:
  const std::unique_ptr<rocksdb::FSDirectory> folder_;
  const Syncs syncs_;
};

class WatchedDisk final : public rocksdb::FileSystemWrapper {
 public:
  WatchedDisk(std::shared_ptr<rocksdb::FileSystem> disk, std::shared_ptr<EngineWatch> watch)
      : FileSystemWrapper(std::move(disk)), watch_(std::move(watch)) {}
  const char* Name() const override { return "TocsinDisk"; }

  IOStatus NewWritableFile(const std::string& name, const rocksdb::FileOptions& options,
                           std::unique_ptr<rocksdb::FSWritableFile>* file,
                           IODebugContext* debug) override {
    return Watch(name, file, target()->NewWritableFile(name, options, file, debug));
  }
  IOStatus ReopenWritableFile(const std::string& name, const rocksdb::FileOptions& options,
                              std::unique_ptr<rocksdb::FSWritableFile>* file,
                              IODebugContext* debug) override {
    return Watch(name, file, target()->ReopenWritableFile(name, options, file, debug));
  }
  IOStatus ReuseWritableFile(const std::string& name, const std::string& old_name,
                             const rocksdb::FileOptions& options,
                             std::unique_ptr<rocksdb::FSWritableFile>* file,
                             IODebugContext* debug) override {
    return Watch(name, file, target()->ReuseWritableFile(name, old_name, options, file, debug));
  }
  IOStatus NewDirectory(const std::string& name, const IOOptions& options,
                        std::unique_ptr<rocksdb::FSDirectory>* folder,
                        IODebugContext* debug) override {
    IOStatus status = target()->NewDirectory(name, options, folder, debug);
    if (status.ok()) {
      *folder = std::make_unique<WatchedFolder>(std::move(*folder), Syncs(name, watch_));
    }
    return status;
  }
  IOStatus NewSequentialFile(const std::string& name, const rocksdb::FileOptions& options,
                             std::unique_ptr<rocksdb::FSSequentialFile>* file,
                             IODebugContext* debug) override {
    watch_->ReadsThrough(name);
    return target()->NewSequentialFile(name, options, file, debug);
  }

 private:
  IOStatus Watch(const std::string& name, std::unique_ptr<rocksdb::FSWritableFile>* file,
                 IOStatus status) {
    if (status.ok()) {
      *file = std::make_unique<WatchedFile>(std::move(*file), Syncs(name, watch_));
    }
    return status;
  }

  const std::shared_ptr<EngineWatch> watch_;
};

}  // namespace

std::shared_ptr<rocksdb::FileSystem> EngineWatch::Wrap(std::shared_ptr<rocksdb::FileSystem> disk,
                                                       std::shared_ptr<EngineWatch> watch) {
  return std::make_shared<WatchedDisk>(std::move(disk), std::move(watch));
}

std::string EngineWatch::sync_failure() const {
  absl::MutexLock lock(&mutex_);
  return sync_failure_;
}

std::string EngineWatch::last_read_through() const {
  absl::MutexLock lock(&mutex_);
  return last_read_through_;
}

void EngineWatch::SyncFailed(const std::string& file, const std::string& why) {
  absl::MutexLock lock(&mutex_);
  if (sync_failure_.empty()) sync_failure_ = absl::StrCat(file, ": ", why);
  sync_failed_.store(true, std::memory_order_release);
}

void EngineWatch::ReadsThrough(const std::string& file) {
  absl::MutexLock lock(&mutex_);
  last_read_through_ = file;
}

}  // namespace tocsin::store
