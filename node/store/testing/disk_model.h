// Files and folders in memory that know what of them would survive a power cut.
#pragma once

#include <absl/base/thread_annotations.h>
#include <absl/strings/string_view.h>
#include <absl/synchronization/mutex.h>

#include <array>
#include <cstdint>
#include <functional>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "node/base/random.h"
#include "node/store/testing/simulated_disk.h"

namespace tocsin::store {

enum class DiskError {
  kOk,
  kNotFound,
  kExists,
  kNotEmpty,
  kLocked,
  kIo,
  kNoSpace,
  kReadOnly,
  kOff
};

// What POSIX promises and no more: bytes are durable after a sync of their file, names after a sync
// of their folder, and what is not may survive in any part. Behind SimulatedDisk; its functions are
// the system calls that an engine makes. Paths are plain: no "..", no links. Thread-safe.
class DiskModel {
 public:
  // A file or a folder, apart from its names.
  struct Node;
  // An open file. Dead after the power was off.
  struct Handle {
    std::shared_ptr<Node> node;
    uint64_t generation = 0;
  };

  explicit DiskModel(uint64_t seed);
  // The same files, durable or not; no faults, and no handle of the other's is one of its own.
  std::unique_ptr<DiskModel> Copy(uint64_t seed) const;

  // -- Calls.
  // An empty new file, in the place of one that was there.
  DiskError Create(const std::string& path, Handle& handle);
  DiskError Open(const std::string& path, Handle& handle);
  DiskError Append(const Handle& handle, absl::string_view bytes);
  DiskError WriteAt(const Handle& handle, uint64_t offset, absl::string_view bytes);
  DiskError Resize(const Handle& handle, uint64_t size);
  DiskError Read(const Handle& handle, uint64_t offset, size_t size, std::string& bytes);
  DiskError Sync(const Handle& handle);
  DiskError SyncFolder(const std::string& path);
  DiskError CreateFolder(const std::string& path);
  DiskError Remove(const std::string& path);
  DiskError RemoveFolder(const std::string& path);
  DiskError Rename(const std::string& from, const std::string& to);
  DiskError Link(const std::string& from, const std::string& to);
  DiskError Children(const std::string& path, std::vector<std::string>& names);
  DiskError Size(const std::string& path, uint64_t& size);
  DiskError IsFolder(const std::string& path, bool& folder);
  DiskError Lock(const std::string& path);
  void Unlock(const std::string& path);
  uint64_t Room() const;

  // -- What the world does; SimulatedDisk describes it.
  void Fail(DiskOperation operation, uint64_t nth, DiskFault fault, bool lasting);
  void Heal();
  uint64_t count(DiskOperation operation) const;
  void PowerOff();
  void PowerOffAt(DiskOperation operation, uint64_t nth);
  void PowerOn(Loss loss);
  void SetCapacity(uint64_t bytes);
  void SetReadOnly(bool read_only);
  // Changes a file's bytes, durable and not, past all rules.
  bool Tamper(const std::string& path, const std::function<void(std::string&)>& change);
  std::vector<SimulatedDisk::File> Files() const;

 private:
  // Set of names that change together; a null node takes the name away.
  struct NameChange {
    std::string folder;
    std::vector<std::pair<std::string, std::shared_ptr<Node>>> names;
  };
  using Names = std::map<std::string, std::shared_ptr<Node>>;
  struct Fault {
    DiskOperation operation;
    uint64_t countdown;
    // None: the power goes.
    std::optional<DiskFault> fault;
    bool lasting;
  };

  DiskError BeginLocked(DiskOperation operation) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  DiskError BeginLocked(DiskOperation operation, const Handle& handle)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  DiskError PutLocked(Node& node, uint64_t offset, absl::string_view bytes)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  std::shared_ptr<Node> FindLocked(const std::string& path) const
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  bool FolderExistsLocked(const std::string& path) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void ChangeLocked(NameChange change) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  static void Apply(const NameChange& change, Names& names);
  void LoseLocked(Node& node, Loss loss) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  uint64_t UsedLocked() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  mutable absl::Mutex mutex_;
  SeededRandom random_;
  Names names_ ABSL_GUARDED_BY(mutex_);
  Names durable_names_ ABSL_GUARDED_BY(mutex_);
  // Between the two, in order.
  std::vector<NameChange> changes_ ABSL_GUARDED_BY(mutex_);
  std::set<std::string> locks_ ABSL_GUARDED_BY(mutex_);
  std::vector<Fault> faults_ ABSL_GUARDED_BY(mutex_);
  std::array<uint64_t, 4> counts_ ABSL_GUARDED_BY(mutex_){};
  uint64_t generation_ ABSL_GUARDED_BY(mutex_) = 1;
  uint64_t capacity_ ABSL_GUARDED_BY(mutex_) = std::numeric_limits<uint64_t>::max();
  bool read_only_ ABSL_GUARDED_BY(mutex_) = false;
  bool off_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace tocsin::store
