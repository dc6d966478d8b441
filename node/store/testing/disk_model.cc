#include "node/store/testing/disk_model.h"

#include <absl/strings/match.h>

#include <algorithm>
#include <utility>

#include "node/base/status.h"

namespace tocsin::store {

struct DiskModel::Node {
  struct Pending {
    uint64_t offset;
    std::string bytes;
    // Set: the file got this size, and `bytes` is empty.
    std::optional<uint64_t> resize;
  };
  bool folder = false;
  std::string now;
  std::string durable;
  // From durable to now.
  std::vector<Pending> pending;
  // A sync failed: what was pending then counts as clean, and no sync writes it.
  bool forsaken = false;

  static void Apply(const Pending& change, std::string& bytes) {
    if (change.resize.has_value()) {
      bytes.resize(*change.resize);
      return;
    }
    bytes.resize(std::max<size_t>(bytes.size(), change.offset + change.bytes.size()));
    bytes.replace(change.offset, change.bytes.size(), change.bytes);
  }
};

namespace {

constexpr uint64_t kPage = 4096;

std::string Plain(const std::string& path) {
  std::string plain;
  for (char c : path) {
    if (c != '/' || plain.empty() || plain.back() != '/') plain.push_back(c);
  }
  while (plain.size() > 1 && plain.back() == '/') plain.pop_back();
  if (absl::StartsWith(plain, "./")) plain.erase(0, 2);
  return plain;
}

std::string FolderOf(const std::string& plain) {
  const size_t slash = plain.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : plain.substr(0, slash);
}

}  // namespace

DiskModel::DiskModel(uint64_t seed) : random_(seed) {}

std::unique_ptr<DiskModel> DiskModel::Copy(uint64_t seed) const {
  auto copy = std::make_unique<DiskModel>(seed);
  absl::MutexLock lock(&mutex_);
  absl::MutexLock copy_lock(&copy->mutex_);
  std::map<const Node*, std::shared_ptr<Node>> nodes;
  auto copied = [&nodes](const std::shared_ptr<Node>& node) -> std::shared_ptr<Node> {
    if (node == nullptr) return nullptr;
    std::shared_ptr<Node>& mine = nodes[node.get()];
    if (mine == nullptr) mine = std::make_shared<Node>(*node);
    return mine;
  };
  for (const auto& [name, node] : names_) copy->names_[name] = copied(node);
  for (const auto& [name, node] : durable_names_) copy->durable_names_[name] = copied(node);
  for (NameChange change : changes_) {
    for (auto& [name, node] : change.names) node = copied(node);
    copy->changes_.push_back(std::move(change));
  }
  return copy;
}

DiskError DiskModel::BeginLocked(DiskOperation operation) {
  ++counts_[static_cast<size_t>(operation)];
  if (off_) return DiskError::kOff;
  for (Fault& fault : faults_) {
    if (fault.operation != operation) continue;
    if (--fault.countdown > 0) continue;
    // One that lasts stays at its end; another is spent.
    fault.countdown = fault.lasting ? 1 : std::numeric_limits<uint64_t>::max();
    if (fault.fault.has_value()) {
      return *fault.fault == DiskFault::kIoError ? DiskError::kIo : DiskError::kNoSpace;
    }
    off_ = true;
    return DiskError::kOff;
  }
  if (read_only_ && operation != DiskOperation::kRead) return DiskError::kReadOnly;
  return DiskError::kOk;
}

DiskError DiskModel::BeginLocked(DiskOperation operation, const Handle& handle) {
  if (handle.generation != generation_) return DiskError::kOff;
  return BeginLocked(operation);
}

std::shared_ptr<DiskModel::Node> DiskModel::FindLocked(const std::string& path) const {
  auto found = names_.find(Plain(path));
  return found == names_.end() ? nullptr : found->second;
}

bool DiskModel::FolderExistsLocked(const std::string& path) const {
  const std::string plain = Plain(path);
  if (plain == "." || plain == "/") return true;
  const std::shared_ptr<Node> node = FindLocked(plain);
  return node != nullptr && node->folder;
}

void DiskModel::Apply(const NameChange& change, Names& names) {
  for (const auto& [name, node] : change.names) {
    if (node == nullptr) {
      names.erase(name);
    } else {
      names[name] = node;
    }
  }
}

void DiskModel::ChangeLocked(NameChange change) {
  Apply(change, names_);
  changes_.push_back(std::move(change));
}

DiskError DiskModel::Create(const std::string& path, Handle& handle) {
  absl::MutexLock lock(&mutex_);
  if (DiskError error = BeginLocked(DiskOperation::kName); error != DiskError::kOk) return error;
  const std::string plain = Plain(path);
  if (!FolderExistsLocked(FolderOf(plain))) return DiskError::kNotFound;
  auto node = std::make_shared<Node>();
  ChangeLocked({FolderOf(plain), {{plain, node}}});
  handle = {std::move(node), generation_};
  return DiskError::kOk;
}

DiskError DiskModel::Open(const std::string& path, Handle& handle) {
  absl::MutexLock lock(&mutex_);
  if (off_) return DiskError::kOff;
  std::shared_ptr<Node> node = FindLocked(path);
  if (node == nullptr || node->folder) return DiskError::kNotFound;
  handle = {std::move(node), generation_};
  return DiskError::kOk;
}

DiskError DiskModel::PutLocked(Node& node, uint64_t offset, absl::string_view bytes) {
  const uint64_t end = offset + bytes.size();
  const uint64_t grows = end > node.now.size() ? end - node.now.size() : 0;
  const uint64_t used = UsedLocked();
  const uint64_t room = used < capacity_ ? capacity_ - used : 0;
  const bool full = grows > room;
  if (full) bytes = bytes.substr(0, bytes.size() - std::min<uint64_t>(bytes.size(), grows - room));
  if (!bytes.empty()) {
    node.pending.push_back({offset, std::string(bytes), std::nullopt});
    Node::Apply(node.pending.back(), node.now);
  }
  return full ? DiskError::kNoSpace : DiskError::kOk;
}

DiskError DiskModel::Append(const Handle& handle, absl::string_view bytes) {
  absl::MutexLock lock(&mutex_);
  const DiskError error = BeginLocked(DiskOperation::kWrite, handle);
  if (error == DiskError::kIo || error == DiskError::kNoSpace) {
    // Some of it may be there all the same.
    PutLocked(*handle.node, handle.node->now.size(),
              bytes.substr(0, random_.Below(bytes.size() + 1)));
  }
  if (error != DiskError::kOk) return error;
  return PutLocked(*handle.node, handle.node->now.size(), bytes);
}

DiskError DiskModel::WriteAt(const Handle& handle, uint64_t offset, absl::string_view bytes) {
  absl::MutexLock lock(&mutex_);
  const DiskError error = BeginLocked(DiskOperation::kWrite, handle);
  return error == DiskError::kOk ? PutLocked(*handle.node, offset, bytes) : error;
}

DiskError DiskModel::Resize(const Handle& handle, uint64_t size) {
  absl::MutexLock lock(&mutex_);
  const DiskError error = BeginLocked(DiskOperation::kWrite, handle);
  if (error != DiskError::kOk) return error;
  handle.node->pending.push_back({0, "", size});
  Node::Apply(handle.node->pending.back(), handle.node->now);
  return DiskError::kOk;
}

DiskError DiskModel::Read(const Handle& handle, uint64_t offset, size_t size, std::string& bytes) {
  absl::MutexLock lock(&mutex_);
  const DiskError error = BeginLocked(DiskOperation::kRead, handle);
  if (error != DiskError::kOk) return error;
  const std::string& now = handle.node->now;
  bytes = offset < now.size() ? now.substr(offset, size) : "";
  return DiskError::kOk;
}

DiskError DiskModel::Sync(const Handle& handle) {
  absl::MutexLock lock(&mutex_);
  const DiskError error = BeginLocked(DiskOperation::kSync, handle);
  Node& node = *handle.node;
  if (error == DiskError::kIo || error == DiskError::kNoSpace) node.forsaken = true;
  if (error != DiskError::kOk || node.forsaken) return error;
  for (const Node::Pending& change : node.pending) Node::Apply(change, node.durable);
  node.pending.clear();
  return DiskError::kOk;
}

DiskError DiskModel::SyncFolder(const std::string& path) {
  absl::MutexLock lock(&mutex_);
  const DiskError error = BeginLocked(DiskOperation::kSync);
  if (error != DiskError::kOk) return error;
  const std::string plain = Plain(path);
  if (!FolderExistsLocked(plain)) return DiskError::kNotFound;
  std::vector<NameChange> others;
  for (NameChange& change : changes_) {
    if (change.folder == plain) {
      Apply(change, durable_names_);
    } else {
      others.push_back(std::move(change));
    }
  }
  changes_ = std::move(others);
  return DiskError::kOk;
}

DiskError DiskModel::CreateFolder(const std::string& path) {
  absl::MutexLock lock(&mutex_);
  const std::string plain = Plain(path);
  if (FindLocked(plain) != nullptr) return DiskError::kExists;
  if (DiskError error = BeginLocked(DiskOperation::kName); error != DiskError::kOk) return error;
  if (!FolderExistsLocked(FolderOf(plain))) return DiskError::kNotFound;
  auto node = std::make_shared<Node>();
  node->folder = true;
  ChangeLocked({FolderOf(plain), {{plain, std::move(node)}}});
  return DiskError::kOk;
}

DiskError DiskModel::Remove(const std::string& path) {
  absl::MutexLock lock(&mutex_);
  if (DiskError error = BeginLocked(DiskOperation::kName); error != DiskError::kOk) return error;
  const std::string plain = Plain(path);
  const std::shared_ptr<Node> node = FindLocked(plain);
  if (node == nullptr || node->folder) return DiskError::kNotFound;
  ChangeLocked({FolderOf(plain), {{plain, nullptr}}});
  return DiskError::kOk;
}

DiskError DiskModel::RemoveFolder(const std::string& path) {
  absl::MutexLock lock(&mutex_);
  if (DiskError error = BeginLocked(DiskOperation::kName); error != DiskError::kOk) return error;
  const std::string plain = Plain(path);
  if (!FolderExistsLocked(plain)) return DiskError::kNotFound;
  auto child = names_.lower_bound(plain + "/");
  if (child != names_.end() && absl::StartsWith(child->first, plain + "/")) {
    return DiskError::kNotEmpty;
  }
  ChangeLocked({FolderOf(plain), {{plain, nullptr}}});
  return DiskError::kOk;
}

DiskError DiskModel::Rename(const std::string& from, const std::string& to) {
  absl::MutexLock lock(&mutex_);
  if (DiskError error = BeginLocked(DiskOperation::kName); error != DiskError::kOk) return error;
  const std::string old_name = Plain(from);
  const std::string new_name = Plain(to);
  const std::shared_ptr<Node> node = FindLocked(old_name);
  if (node == nullptr || !FolderExistsLocked(FolderOf(new_name))) return DiskError::kNotFound;
  NameChange change{FolderOf(new_name), {{old_name, nullptr}, {new_name, node}}};
  const std::string inside = old_name + "/";
  for (auto at = names_.lower_bound(inside);
       at != names_.end() && absl::StartsWith(at->first, inside); ++at) {
    change.names.push_back({at->first, nullptr});
    change.names.push_back({new_name + "/" + at->first.substr(inside.size()), at->second});
  }
  // A pending change inside a folder follows it, or a sync of the new name would not find it.
  for (NameChange& before : changes_) {
    if (before.folder == old_name) before.folder = new_name;
  }
  ChangeLocked(std::move(change));
  return DiskError::kOk;
}

DiskError DiskModel::Link(const std::string& from, const std::string& to) {
  absl::MutexLock lock(&mutex_);
  if (DiskError error = BeginLocked(DiskOperation::kName); error != DiskError::kOk) return error;
  const std::string plain = Plain(to);
  std::shared_ptr<Node> node = FindLocked(from);
  if (node == nullptr || !FolderExistsLocked(FolderOf(plain))) return DiskError::kNotFound;
  if (FindLocked(plain) != nullptr) return DiskError::kExists;
  ChangeLocked({FolderOf(plain), {{plain, std::move(node)}}});
  return DiskError::kOk;
}

DiskError DiskModel::Children(const std::string& path, std::vector<std::string>& names) {
  absl::MutexLock lock(&mutex_);
  if (off_) return DiskError::kOff;
  const std::string plain = Plain(path);
  if (!FolderExistsLocked(plain)) return DiskError::kNotFound;
  names.clear();
  for (const auto& [name, node] : names_) {
    if (FolderOf(name) == plain) names.push_back(name.substr(name.rfind('/') + 1));
  }
  return DiskError::kOk;
}

DiskError DiskModel::Size(const std::string& path, uint64_t& size) {
  absl::MutexLock lock(&mutex_);
  if (off_) return DiskError::kOff;
  const std::shared_ptr<Node> node = FindLocked(path);
  if (node == nullptr) return DiskError::kNotFound;
  size = node->now.size();
  return DiskError::kOk;
}

DiskError DiskModel::IsFolder(const std::string& path, bool& folder) {
  absl::MutexLock lock(&mutex_);
  if (off_) return DiskError::kOff;
  folder = FolderExistsLocked(path);
  return folder || FindLocked(path) != nullptr ? DiskError::kOk : DiskError::kNotFound;
}

DiskError DiskModel::Lock(const std::string& path) {
  Handle handle;
  const DiskError opened = Open(path, handle);
  if (opened == DiskError::kNotFound) {
    const DiskError created = Create(path, handle);
    if (created != DiskError::kOk) return created;
  } else if (opened != DiskError::kOk) {
    return opened;
  }
  absl::MutexLock lock(&mutex_);
  if (read_only_) return DiskError::kReadOnly;
  return locks_.insert(Plain(path)).second ? DiskError::kOk : DiskError::kLocked;
}

void DiskModel::Unlock(const std::string& path) {
  absl::MutexLock lock(&mutex_);
  locks_.erase(Plain(path));
}

uint64_t DiskModel::Room() const {
  absl::MutexLock lock(&mutex_);
  const uint64_t used = UsedLocked();
  return used < capacity_ ? capacity_ - used : 0;
}

uint64_t DiskModel::UsedLocked() const {
  uint64_t used = 0;
  // Linked files count once for each name: close enough for a disk that only has to fill up.
  for (const auto& [name, node] : names_) used += node->now.size();
  return used;
}

void DiskModel::Fail(DiskOperation operation, uint64_t nth, DiskFault fault, bool lasting) {
  TOCSIN_CHECK(nth > 0);
  absl::MutexLock lock(&mutex_);
  faults_.push_back({operation, nth, fault, lasting});
}

void DiskModel::Heal() {
  absl::MutexLock lock(&mutex_);
  faults_.clear();
}

uint64_t DiskModel::count(DiskOperation operation) const {
  absl::MutexLock lock(&mutex_);
  return counts_[static_cast<size_t>(operation)];
}

void DiskModel::PowerOff() {
  absl::MutexLock lock(&mutex_);
  off_ = true;
}

void DiskModel::PowerOffAt(DiskOperation operation, uint64_t nth) {
  TOCSIN_CHECK(nth > 0);
  absl::MutexLock lock(&mutex_);
  faults_.push_back({operation, nth, std::nullopt, /*lasting=*/false});
}

void DiskModel::PowerOn(Loss loss) {
  absl::MutexLock lock(&mutex_);
  off_ = false;
  // A cut that was to come has come now.
  faults_.erase(std::remove_if(faults_.begin(), faults_.end(),
                               [](const Fault& fault) { return !fault.fault.has_value(); }),
                faults_.end());
  ++generation_;
  locks_.clear();
  if (loss == Loss::kNothing) return;
  const size_t kept =
      loss == Loss::kAllUnsynced ? 0 : static_cast<size_t>(random_.Below(changes_.size() + 1));
  for (size_t i = 0; i < kept; ++i) Apply(changes_[i], durable_names_);
  changes_.clear();
  names_ = durable_names_;
  std::set<Node*> seen;
  for (auto& [name, node] : names_) {
    if (seen.insert(node.get()).second) LoseLocked(*node, loss);
  }
}

void DiskModel::LoseLocked(Node& node, Loss loss) {
  if (loss == Loss::kDrawn) {
    constexpr std::array<Loss, 3> kLosses = {Loss::kAllUnsynced, Loss::kTorn, Loss::kReordered};
    loss = kLosses[random_.Below(kLosses.size())];
  }
  uint64_t bytes = 0;
  for (const Node::Pending& change : node.pending) bytes += change.bytes.size();
  uint64_t torn_at = random_.Below(bytes + 1);
  for (Node::Pending& change : node.pending) {
    if (loss == Loss::kAllUnsynced) break;
    if (loss == Loss::kTorn) {
      const uint64_t kept = std::min<uint64_t>(torn_at, change.bytes.size());
      const bool whole = kept == change.bytes.size();
      torn_at -= kept;
      change.bytes.resize(kept);
      if (kept > 0 || change.resize.has_value()) Node::Apply(change, node.durable);
      if (!whole) break;
      continue;
    }
    if (change.resize.has_value()) {
      if (random_.Below(2) == 0) Node::Apply(change, node.durable);
      continue;
    }
    for (uint64_t at = 0; at < change.bytes.size();) {
      const uint64_t offset = change.offset + at;
      const uint64_t size = std::min<uint64_t>(kPage - offset % kPage, change.bytes.size() - at);
      if (random_.Below(2) == 0) {
        Node::Apply({offset, change.bytes.substr(at, size), std::nullopt}, node.durable);
      }
      at += size;
    }
  }
  node.now = node.durable;
  node.pending.clear();
  node.forsaken = false;
}

void DiskModel::SetCapacity(uint64_t bytes) {
  absl::MutexLock lock(&mutex_);
  capacity_ = bytes;
}

void DiskModel::SetReadOnly(bool read_only) {
  absl::MutexLock lock(&mutex_);
  read_only_ = read_only;
}

bool DiskModel::Tamper(const std::string& path, const std::function<void(std::string&)>& change) {
  absl::MutexLock lock(&mutex_);
  const std::shared_ptr<Node> node = FindLocked(path);
  if (node == nullptr || node->folder) return false;
  change(node->now);
  node->durable = node->now;
  node->pending.clear();
  return true;
}

std::vector<SimulatedDisk::File> DiskModel::Files() const {
  absl::MutexLock lock(&mutex_);
  std::vector<SimulatedDisk::File> files;
  for (const auto& [name, node] : names_) {
    if (!node->folder) files.push_back({name, node->now.size()});
  }
  return files;
}

}  // namespace tocsin::store
