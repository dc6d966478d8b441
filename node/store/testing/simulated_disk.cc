#include "node/store/testing/simulated_disk.h"

#include <absl/strings/str_cat.h>
#include <rocksdb/env.h>
#include <rocksdb/file_system.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "node/store/testing/disk_model.h"

namespace tocsin::store {
namespace {

using rocksdb::FileOptions;
using rocksdb::IODebugContext;
using rocksdb::IOOptions;
using rocksdb::IOStatus;
using rocksdb::Slice;

// As RocksDB's POSIX disk words them.
IOStatus ToStatus(DiskError error, const std::string& path) {
  switch (error) {
    case DiskError::kOk:
      return IOStatus::OK();
    case DiskError::kNotFound:
      return IOStatus::PathNotFound(path, std::strerror(ENOENT));
    case DiskError::kExists:
      return IOStatus::IOError(path, std::strerror(EEXIST));
    case DiskError::kNotEmpty:
      return IOStatus::IOError(path, std::strerror(ENOTEMPTY));
    case DiskError::kLocked:
      return IOStatus::IOError(absl::StrCat("While lock file: ", path), std::strerror(EAGAIN));
    case DiskError::kNoSpace:
      return IOStatus::NoSpace(path, std::strerror(ENOSPC));
    case DiskError::kReadOnly:
      return IOStatus::IOError(path, std::strerror(EROFS));
    case DiskError::kIo:
    case DiskError::kOff:
      return IOStatus::IOError(path, std::strerror(EIO));
  }
  return IOStatus::IOError(path);
}

struct OpenFile {
  std::shared_ptr<DiskModel> model;
  std::string path;
  DiskModel::Handle handle;

  IOStatus Read(uint64_t offset, size_t size, Slice* result, char* scratch) const {
    std::string bytes;
    const IOStatus status = ToStatus(model->Read(handle, offset, size, bytes), path);
    std::memcpy(scratch, bytes.data(), bytes.size());
    *result = Slice(scratch, bytes.size());
    return status;
  }
  IOStatus Sync() const { return ToStatus(model->Sync(handle), path); }
};

class SequentialFile final : public rocksdb::FSSequentialFile {
 public:
  explicit SequentialFile(OpenFile file) : file_(std::move(file)) {}
  IOStatus Read(size_t size, const IOOptions&, Slice* result, char* scratch,
                IODebugContext*) override {
    const IOStatus status = file_.Read(at_, size, result, scratch);
    at_ += result->size();
    return status;
  }
  IOStatus Skip(uint64_t size) override {
    at_ += size;
    return IOStatus::OK();
  }

 private:
  const OpenFile file_;
  uint64_t at_ = 0;
};

class RandomAccessFile final : public rocksdb::FSRandomAccessFile {
 public:
  explicit RandomAccessFile(OpenFile file) : file_(std::move(file)) {}
  IOStatus Read(uint64_t offset, size_t size, const IOOptions&, Slice* result, char* scratch,
                IODebugContext*) const override {
    return file_.Read(offset, size, result, scratch);
  }

 private:
  const OpenFile file_;
};

class WritableFile final : public rocksdb::FSWritableFile {
 public:
  explicit WritableFile(OpenFile file) : file_(std::move(file)) {}
  using FSWritableFile::Append;
  IOStatus Append(const Slice& data, const IOOptions&, IODebugContext*) override {
    return ToStatus(file_.model->Append(file_.handle, {data.data(), data.size()}), file_.path);
  }
  IOStatus Truncate(uint64_t size, const IOOptions&, IODebugContext*) override {
    return ToStatus(file_.model->Resize(file_.handle, size), file_.path);
  }
  IOStatus Close(const IOOptions&, IODebugContext*) override { return IOStatus::OK(); }
  IOStatus Flush(const IOOptions&, IODebugContext*) override { return IOStatus::OK(); }
  IOStatus Sync(const IOOptions&, IODebugContext*) override { return file_.Sync(); }
  IOStatus Fsync(const IOOptions&, IODebugContext*) override { return file_.Sync(); }
  bool IsSyncThreadSafe() const override { return true; }
  uint64_t GetFileSize(const IOOptions&, IODebugContext*) override {
    uint64_t size = 0;
    // A file that is open but has no name any more has no size that anyone asks for.
    file_.model->Size(file_.path, size);
    return size;
  }

 private:
  const OpenFile file_;
};

class RandomRWFile final : public rocksdb::FSRandomRWFile {
 public:
  explicit RandomRWFile(OpenFile file) : file_(std::move(file)) {}
  IOStatus Write(uint64_t offset, const Slice& data, const IOOptions&, IODebugContext*) override {
    return ToStatus(file_.model->WriteAt(file_.handle, offset, {data.data(), data.size()}),
                    file_.path);
  }
  IOStatus Read(uint64_t offset, size_t size, const IOOptions&, Slice* result, char* scratch,
                IODebugContext*) const override {
    return file_.Read(offset, size, result, scratch);
  }
  IOStatus Flush(const IOOptions&, IODebugContext*) override { return IOStatus::OK(); }
  IOStatus Sync(const IOOptions&, IODebugContext*) override { return file_.Sync(); }
  IOStatus Close(const IOOptions&, IODebugContext*) override { return IOStatus::OK(); }

 private:
  const OpenFile file_;
};

class Folder final : public rocksdb::FSDirectory {
 public:
  Folder(std::shared_ptr<DiskModel> model, std::string path)
      : model_(std::move(model)), path_(std::move(path)) {}
  IOStatus Fsync(const IOOptions&, IODebugContext*) override {
    return ToStatus(model_->SyncFolder(path_), path_);
  }
  IOStatus Close(const IOOptions&, IODebugContext*) override { return IOStatus::OK(); }

 private:
  const std::shared_ptr<DiskModel> model_;
  const std::string path_;
};

class HeldLock final : public rocksdb::FileLock {
 public:
  explicit HeldLock(std::string path) : path_(std::move(path)) {}
  const std::string& path() const { return path_; }

 private:
  const std::string path_;
};

// The engine's own diary is not what is tried here, and would be counted among its writes.
class NoLogger final : public rocksdb::Logger {
 public:
  using Logger::Logv;
  void Logv(const char*, va_list) override {}
  size_t GetLogFileSize() const override { return 0; }
};

class DiskAdapter final : public rocksdb::FileSystem {
 public:
  explicit DiskAdapter(std::shared_ptr<DiskModel> model) : model_(std::move(model)) {}
  const char* Name() const override { return "TocsinSimulatedDisk"; }

  IOStatus NewSequentialFile(const std::string& name, const FileOptions&,
                             std::unique_ptr<rocksdb::FSSequentialFile>* file,
                             IODebugContext*) override {
    return Open<SequentialFile>(name, file);
  }
  IOStatus NewRandomAccessFile(const std::string& name, const FileOptions&,
                               std::unique_ptr<rocksdb::FSRandomAccessFile>* file,
                               IODebugContext*) override {
    return Open<RandomAccessFile>(name, file);
  }
  IOStatus NewWritableFile(const std::string& name, const FileOptions&,
                           std::unique_ptr<rocksdb::FSWritableFile>* file,
                           IODebugContext*) override {
    OpenFile opened{model_, name, {}};
    const IOStatus status = ToStatus(model_->Create(name, opened.handle), name);
    if (status.ok()) *file = std::make_unique<WritableFile>(std::move(opened));
    return status;
  }
  IOStatus ReopenWritableFile(const std::string& name, const FileOptions& options,
                              std::unique_ptr<rocksdb::FSWritableFile>* file,
                              IODebugContext* debug) override {
    uint64_t size = 0;
    if (model_->Size(name, size) == DiskError::kNotFound) {
      return NewWritableFile(name, options, file, debug);
    }
    return Open<WritableFile>(name, file);
  }
  IOStatus NewRandomRWFile(const std::string& name, const FileOptions&,
                           std::unique_ptr<rocksdb::FSRandomRWFile>* file,
                           IODebugContext*) override {
    return Open<RandomRWFile>(name, file);
  }
  IOStatus NewDirectory(const std::string& name, const IOOptions&,
                        std::unique_ptr<rocksdb::FSDirectory>* folder, IODebugContext*) override {
    bool is_folder = false;
    const DiskError error = model_->IsFolder(name, is_folder);
    if (error != DiskError::kOk || !is_folder) {
      return ToStatus(error == DiskError::kOk ? DiskError::kNotFound : error, name);
    }
    *folder = std::make_unique<Folder>(model_, name);
    return IOStatus::OK();
  }
  IOStatus FileExists(const std::string& name, const IOOptions&, IODebugContext*) override {
    bool folder = false;
    const DiskError error = model_->IsFolder(name, folder);
    return error == DiskError::kNotFound ? IOStatus::NotFound() : ToStatus(error, name);
  }
  IOStatus GetChildren(const std::string& name, const IOOptions&, std::vector<std::string>* names,
                       IODebugContext*) override {
    return ToStatus(model_->Children(name, *names), name);
  }
  IOStatus DeleteFile(const std::string& name, const IOOptions&, IODebugContext*) override {
    return ToStatus(model_->Remove(name), name);
  }
  IOStatus Truncate(const std::string& name, size_t size, const IOOptions&,
                    IODebugContext*) override {
    DiskModel::Handle handle;
    const DiskError error = model_->Open(name, handle);
    return ToStatus(error == DiskError::kOk ? model_->Resize(handle, size) : error, name);
  }
  IOStatus CreateDir(const std::string& name, const IOOptions&, IODebugContext*) override {
    return ToStatus(model_->CreateFolder(name), name);
  }
  IOStatus CreateDirIfMissing(const std::string& name, const IOOptions&, IODebugContext*) override {
    const DiskError error = model_->CreateFolder(name);
    return ToStatus(error == DiskError::kExists ? DiskError::kOk : error, name);
  }
  IOStatus DeleteDir(const std::string& name, const IOOptions&, IODebugContext*) override {
    return ToStatus(model_->RemoveFolder(name), name);
  }
  IOStatus GetFileSize(const std::string& name, const IOOptions&, uint64_t* size,
                       IODebugContext*) override {
    return ToStatus(model_->Size(name, *size), name);
  }
  IOStatus GetFileModificationTime(const std::string& name, const IOOptions&, uint64_t* time,
                                   IODebugContext*) override {
    uint64_t size = 0;
    *time = 0;
    return ToStatus(model_->Size(name, size), name);
  }
  IOStatus RenameFile(const std::string& from, const std::string& to, const IOOptions&,
                      IODebugContext*) override {
    return ToStatus(model_->Rename(from, to), from);
  }
  IOStatus LinkFile(const std::string& from, const std::string& to, const IOOptions&,
                    IODebugContext*) override {
    return ToStatus(model_->Link(from, to), from);
  }
  IOStatus LockFile(const std::string& name, const IOOptions&, rocksdb::FileLock** lock,
                    IODebugContext*) override {
    const DiskError error = model_->Lock(name);
    *lock = error == DiskError::kOk ? new HeldLock(name) : nullptr;
    return ToStatus(error, name);
  }
  IOStatus UnlockFile(rocksdb::FileLock* lock, const IOOptions&, IODebugContext*) override {
    const std::unique_ptr<HeldLock> held(static_cast<HeldLock*>(lock));
    model_->Unlock(held->path());
    return IOStatus::OK();
  }
  IOStatus GetTestDirectory(const IOOptions&, std::string* path, IODebugContext*) override {
    *path = "/test";
    return IOStatus::OK();
  }
  IOStatus NewLogger(const std::string&, const IOOptions&, std::shared_ptr<rocksdb::Logger>* logger,
                     IODebugContext*) override {
    *logger = std::make_shared<NoLogger>();
    return IOStatus::OK();
  }
  IOStatus GetAbsolutePath(const std::string& path, const IOOptions&, std::string* absolute,
                           IODebugContext*) override {
    *absolute = path;
    return IOStatus::OK();
  }
  IOStatus GetFreeSpace(const std::string&, const IOOptions&, uint64_t* room,
                        IODebugContext*) override {
    *room = model_->Room();
    return IOStatus::OK();
  }
  IOStatus IsDirectory(const std::string& name, const IOOptions&, bool* folder,
                       IODebugContext*) override {
    return ToStatus(model_->IsFolder(name, *folder), name);
  }

 private:
  template <typename File, typename Base>
  IOStatus Open(const std::string& name, std::unique_ptr<Base>* file) {
    OpenFile opened{model_, name, {}};
    const IOStatus status = ToStatus(model_->Open(name, opened.handle), name);
    if (status.ok()) *file = std::make_unique<File>(std::move(opened));
    return status;
  }

  const std::shared_ptr<DiskModel> model_;
};

}  // namespace

SimulatedDisk::SimulatedDisk(uint64_t seed) : SimulatedDisk(std::make_unique<DiskModel>(seed)) {}

SimulatedDisk::SimulatedDisk(std::unique_ptr<DiskModel> model) : model_(std::move(model)) {}

SimulatedDisk::~SimulatedDisk() = default;

StoreEnvironment SimulatedDisk::Environment(Clock& clock) const {
  StoreEnvironment environment(clock);
  environment.disk = std::make_shared<DiskAdapter>(model_);
  environment.waits = false;
  return environment;
}

std::unique_ptr<SimulatedDisk> SimulatedDisk::Copy(uint64_t seed) const {
  return std::unique_ptr<SimulatedDisk>(new SimulatedDisk(model_->Copy(seed)));
}

void SimulatedDisk::FailOnce(DiskOperation operation, uint64_t nth, DiskFault fault) {
  model_->Fail(operation, nth, fault, /*lasting=*/false);
}

void SimulatedDisk::FailFrom(DiskOperation operation, uint64_t nth, DiskFault fault) {
  model_->Fail(operation, nth, fault, /*lasting=*/true);
}

void SimulatedDisk::Heal() { model_->Heal(); }

uint64_t SimulatedDisk::count(DiskOperation operation) const { return model_->count(operation); }

void SimulatedDisk::PowerOff() { model_->PowerOff(); }

void SimulatedDisk::PowerOffAt(DiskOperation operation, uint64_t nth) {
  model_->PowerOffAt(operation, nth);
}

void SimulatedDisk::PowerOn(Loss loss) { model_->PowerOn(loss); }

void SimulatedDisk::SetCapacity(uint64_t bytes) { model_->SetCapacity(bytes); }

uint64_t SimulatedDisk::used() const {
  uint64_t used = 0;
  for (const File& file : Files()) used += file.size;
  return used;
}

void SimulatedDisk::SetReadOnly(bool read_only) { model_->SetReadOnly(read_only); }

std::vector<SimulatedDisk::File> SimulatedDisk::Files() const { return model_->Files(); }

bool SimulatedDisk::FlipBit(const std::string& path, uint64_t offset, int bit) {
  bool there = false;
  model_->Tamper(path, [&](std::string& bytes) {
    there = offset < bytes.size();
    if (there) bytes[offset] = static_cast<char>(bytes[offset] ^ (1 << bit));
  });
  return there;
}

bool SimulatedDisk::Zero(const std::string& path, uint64_t offset, uint64_t size) {
  bool there = false;
  model_->Tamper(path, [&](std::string& bytes) {
    there = offset + size <= bytes.size();
    if (there) bytes.replace(offset, size, std::string(size, '\0'));
  });
  return there;
}

bool SimulatedDisk::Truncate(const std::string& path, uint64_t size) {
  bool there = false;
  model_->Tamper(path, [&](std::string& bytes) {
    there = size <= bytes.size();
    if (there) bytes.resize(size);
  });
  return there;
}

bool SimulatedDisk::Remove(const std::string& path) {
  return model_->Remove(path) == DiskError::kOk;
}

bool SimulatedDisk::Write(const std::string& path, absl::string_view contents) {
  DiskModel::Handle handle;
  return model_->Create(path, handle) == DiskError::kOk &&
         model_->Tamper(path, [&](std::string& bytes) { bytes = std::string(contents); });
}

std::optional<std::string> SimulatedDisk::Read(const std::string& path) const {
  std::optional<std::string> contents;
  model_->Tamper(path, [&](std::string& bytes) { contents = bytes; });
  return contents;
}

}  // namespace tocsin::store
