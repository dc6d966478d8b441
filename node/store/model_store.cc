#include "node/store/model_store.h"

#include <absl/strings/str_cat.h>

#include <algorithm>
#include <utility>

#include "node/base/status.h"

namespace tocsin::store {

struct ModelStore::Pin {
  Pin(const ModelStore& owner_in, uint64_t write_in) : owner(owner_in), write(write_in) {}
  ~Pin() { owner.Unpin(write); }
  const ModelStore& owner;
  const uint64_t write;
};

class ModelStore::ModelSnapshot final : public Snapshot {
 public:
  explicit ModelSnapshot(std::shared_ptr<const Pin> pin) : pin_(std::move(pin)) {}
  const std::shared_ptr<const Pin>& pin() const { return pin_; }

 private:
  std::shared_ptr<const Pin> pin_;
};

// Stands on a copy of its key and value, so that no write can move what its caller looks at.
class ModelStore::ModelIterator final : public Iterator {
 public:
  ModelIterator(const ModelStore& store, absl::string_view begin, absl::string_view end,
                std::shared_ptr<const Pin> pin, absl::Status status)
      : store_(store), begin_(begin), end_(end), pin_(std::move(pin)), status_(std::move(status)) {
    SeekToFirst();
  }

  bool Valid() const override { return valid_; }
  void SeekToFirst() override { Forward(begin_, /*or_equal=*/true); }
  void SeekToLast() override { Backward(end_, /*or_equal=*/false); }
  void Seek(absl::string_view key) override {
    Forward(std::string(std::max(key, absl::string_view(begin_))), /*or_equal=*/true);
  }
  void SeekForPrev(absl::string_view key) override {
    if (!end_.empty() && key >= end_) return SeekToLast();
    // An empty bound means the end of the store to Backward; no key is before the empty one.
    Backward(std::string(key), /*or_equal=*/true, /*bounded=*/true);
  }
  void Next() override {
    TOCSIN_CHECK(valid_);
    Forward(std::exchange(key_, {}), /*or_equal=*/false);
  }
  void Prev() override {
    TOCSIN_CHECK(valid_);
    Backward(std::exchange(key_, {}), /*or_equal=*/false, /*bounded=*/true);
  }
  absl::string_view key() const override {
    TOCSIN_CHECK(valid_);
    return key_;
  }
  absl::string_view value() const override {
    TOCSIN_CHECK(valid_);
    return value_;
  }
  absl::Status status() const override { return status_; }

 private:
  // False, and invalid, when the store has stopped.
  bool Begin() ABSL_EXCLUSIVE_LOCKS_REQUIRED(store_.mutex_) {
    valid_ = false;
    if (status_.ok()) status_ = store_.StoppedLocked();
    return status_.ok();
  }

  // True where the scan stands, or ends because the page there cannot be read.
  bool StandOn(const std::string& key, const Versions& versions)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(store_.mutex_) {
    const std::string* value = ValueAt(versions, pin_->write);
    if (value == nullptr) return false;
    status_ = store_.ReadableLocked(key);
    if (!status_.ok()) return true;
    key_ = key;
    value_ = *value;
    valid_ = true;
    return true;
  }

  void Forward(const std::string& from, bool or_equal) {
    absl::MutexLock lock(&store_.mutex_);
    if (!Begin()) return;
    auto at = or_equal ? store_.keys_.lower_bound(from) : store_.keys_.upper_bound(from);
    for (; at != store_.keys_.end() && (end_.empty() || at->first < end_); ++at) {
      if (StandOn(at->first, at->second)) return;
    }
  }

  void Backward(const std::string& from, bool or_equal, bool bounded = false) {
    absl::MutexLock lock(&store_.mutex_);
    if (!Begin()) return;
    auto at = store_.keys_.end();
    if (bounded || !from.empty()) {
      at = or_equal ? store_.keys_.upper_bound(from) : store_.keys_.lower_bound(from);
    }
    while (at != store_.keys_.begin()) {
      --at;
      if (at->first < begin_) return;
      if (StandOn(at->first, at->second)) return;
    }
  }

  const ModelStore& store_;
  const std::string begin_;
  const std::string end_;
  const std::shared_ptr<const Pin> pin_;
  absl::Status status_;
  bool valid_ = false;
  std::string key_;
  std::string value_;
};

ModelStore::~ModelStore() {
  absl::MutexLock lock(&mutex_);
  TOCSIN_CHECK(pins_.empty());
}

absl::Status ModelStore::StoppedLocked() const { return failure_; }

absl::Status ModelStore::ReadableLocked(absl::string_view key) const {
  if (spoiled_.empty() || !spoiled_.contains(key)) return absl::OkStatus();
  return absl::DataLossError("a page of this store cannot be read: its checksum does not fit");
}

absl::Status ModelStore::FailLocked(absl::string_view what) {
  failure_ = absl::DataLossError(
      absl::StrCat(what,
                   ". Nothing more is held or done: stop this process, check the disk, and "
                   "start again."));
  return failure_;
}

absl::Status ModelStore::SyncLocked() {
  ++syncs_;
  if (sync_to_fail_ > 0 && --sync_to_fail_ == 0) {
    return FailLocked("the disk did not make a write durable");
  }
  unsynced_.clear();
  return absl::OkStatus();
}

const std::string* ModelStore::ValueAt(const Versions& versions, uint64_t write) {
  for (auto at = versions.rbegin(); at != versions.rend(); ++at) {
    if (at->write <= write) return at->value.has_value() ? &*at->value : nullptr;
  }
  return nullptr;
}

bool ModelStore::PruneLocked(absl::string_view key) const {
  auto at = keys_.find(key);
  return at == keys_.end() || PruneLocked(at);
}

bool ModelStore::PruneLocked(Keys::iterator at) const {
  Versions& versions = at->second;
  const uint64_t oldest = pins_.empty() ? writes_ : *pins_.begin();
  auto first = versions.begin();
  while (std::next(first) != versions.end() && std::next(first)->write <= oldest) ++first;
  versions.erase(versions.begin(), first);
  if (versions.size() == 1 && versions[0].write <= oldest && !versions[0].value.has_value()) {
    keys_.erase(at);
    return true;
  }
  return versions.size() == 1 && versions[0].value.has_value();
}

void ModelStore::SetLocked(absl::string_view key, std::optional<std::string> value,
                           std::vector<Undo>* undo) {
  if (!spoiled_.empty()) spoiled_.erase(std::string(key));
  auto at = keys_.lower_bound(key);
  if (at == keys_.end() || at->first != key) at = keys_.try_emplace(at, std::string(key));
  Versions& versions = at->second;
  const std::string* before = ValueAt(versions, writes_);
  if (undo != nullptr) {
    undo->push_back(
        {std::string(key), before != nullptr ? std::optional<std::string>(*before) : std::nullopt});
  }
  if (before != nullptr) bytes_used_ -= key.size() + before->size();
  if (value.has_value()) bytes_used_ += key.size() + value->size();
  if (!versions.empty() && versions.back().write == writes_) {
    versions.back().value = std::move(value);
  } else {
    versions.push_back({writes_, std::move(value)});
  }
  if (!PruneLocked(at)) kept_.insert(std::string(key));
}

void ModelStore::ApplyLocked(const Batch& batch, std::vector<Undo>& undo) {
  ++writes_;
  batch.ForEach([&](const Batch::Operation& operation) {
    mutex_.AssertHeld();
    switch (operation.kind) {
      case Batch::Kind::kPut:
        SetLocked(operation.key, std::string(operation.value), &undo);
        return;
      case Batch::Kind::kDelete:
        SetLocked(operation.key, std::nullopt, &undo);
        return;
      case Batch::Kind::kDeleteRange: {
        std::vector<std::string> going;
        for (auto at = keys_.lower_bound(operation.key);
             at != keys_.end() && at->first < operation.value; ++at) {
          going.push_back(at->first);
        }
        for (const std::string& key : going) SetLocked(key, std::nullopt, &undo);
        return;
      }
    }
  });
}

void ModelStore::TakeBackLocked(const std::vector<Undo>& undo) {
  ++writes_;
  for (auto at = undo.rbegin(); at != undo.rend(); ++at) SetLocked(at->key, at->before, nullptr);
}

absl::Status ModelStore::Write(const Batch& batch, Durability durability) {
  absl::MutexLock lock(&mutex_);
  TOCSIN_RETURN_IF_ERROR(StoppedLocked());
  if (batch.bytes() > Batch::kBytesMax) {
    return absl::InvalidArgumentError(absl::StrCat("a batch of ", batch.bytes(),
                                                   " bytes is over the limit of ", Batch::kBytesMax,
                                                   "; write it in parts"));
  }
  if (write_to_fail_ > 0 && --write_to_fail_ == 0) return FailLocked("the disk refused a write");
  std::vector<Undo> undo;
  ApplyLocked(batch, undo);
  if (bytes_used_ > capacity_) {
    TakeBackLocked(undo);
    return FullLocked();
  }
  unsynced_.push_back(std::move(undo));
  return durability == Durability::kSynced ? SyncLocked() : absl::OkStatus();
}

absl::StatusOr<std::optional<std::string>> ModelStore::Get(absl::string_view key,
                                                           const Snapshot* snapshot) const {
  absl::MutexLock lock(&mutex_);
  TOCSIN_RETURN_IF_ERROR(StoppedLocked());
  uint64_t write = writes_;
  if (snapshot != nullptr) {
    const auto& pin = static_cast<const ModelSnapshot*>(snapshot)->pin();
    TOCSIN_CHECK(&pin->owner == this);
    write = pin->write;
  }
  auto at = keys_.find(key);
  const std::string* value = at == keys_.end() ? nullptr : ValueAt(at->second, write);
  if (value != nullptr) TOCSIN_RETURN_IF_ERROR(ReadableLocked(key));
  return value == nullptr ? std::nullopt : std::optional<std::string>(*value);
}

std::unique_ptr<Iterator> ModelStore::Scan(absl::string_view begin, absl::string_view end,
                                           const Snapshot* snapshot) const {
  std::shared_ptr<const Pin> pin;
  absl::Status status;
  {
    absl::MutexLock lock(&mutex_);
    status = StoppedLocked();
    if (snapshot != nullptr) {
      pin = static_cast<const ModelSnapshot*>(snapshot)->pin();
      TOCSIN_CHECK(&pin->owner == this);
    } else {
      pin = PinLocked();
    }
  }
  return std::make_unique<ModelIterator>(*this, begin, end, std::move(pin), std::move(status));
}

std::shared_ptr<const ModelStore::Pin> ModelStore::PinLocked() const {
  pins_.insert(writes_);
  return std::make_shared<const Pin>(*this, writes_);
}

void ModelStore::Unpin(uint64_t write) const {
  absl::MutexLock lock(&mutex_);
  const uint64_t oldest = *pins_.begin();
  pins_.erase(pins_.find(write));
  if (!pins_.empty() && *pins_.begin() == oldest) return;
  for (auto at = kept_.begin(); at != kept_.end();) {
    at = PruneLocked(*at) ? kept_.erase(at) : std::next(at);
  }
}

std::shared_ptr<const Snapshot> ModelStore::TakeSnapshot() const {
  absl::MutexLock lock(&mutex_);
  return std::make_shared<const ModelSnapshot>(PinLocked());
}

absl::Status ModelStore::Flush() {
  absl::MutexLock lock(&mutex_);
  TOCSIN_RETURN_IF_ERROR(StoppedLocked());
  return SyncLocked();
}

std::unique_ptr<ModelStore> ModelStore::CopyLocked() const {
  auto copy = std::make_unique<ModelStore>();
  absl::MutexLock lock(&copy->mutex_);
  for (const auto& [key, versions] : keys_) {
    const std::string* value = ValueAt(versions, writes_);
    if (value != nullptr) copy->SetLocked(key, *value, nullptr);
  }
  copy->spoiled_ = spoiled_;
  return copy;
}

absl::Status ModelStore::Checkpoint(const std::string& dir) {
  absl::MutexLock lock(&mutex_);
  TOCSIN_RETURN_IF_ERROR(StoppedLocked());
  if (checkpoints_.contains(dir)) {
    return absl::AlreadyExistsError(
        absl::StrCat(dir, " exists; a checkpoint is made in a new folder"));
  }
  TOCSIN_RETURN_IF_ERROR(SyncLocked());
  checkpoints_[dir] = CopyLocked();
  return absl::OkStatus();
}

absl::StatusOr<std::unique_ptr<ModelStore>> ModelStore::OpenCheckpoint(
    const std::string& dir) const {
  absl::MutexLock lock(&mutex_);
  auto found = checkpoints_.find(dir);
  if (found == checkpoints_.end()) {
    return absl::NotFoundError(absl::StrCat("no checkpoint was made in ", dir));
  }
  absl::MutexLock copy_lock(&found->second->mutex_);
  return found->second->CopyLocked();
}

bool ModelStore::failed() const {
  absl::MutexLock lock(&mutex_);
  return !failure_.ok();
}

std::unique_ptr<ModelStore> ModelStore::SucceedLocked() {
  auto next = CopyLocked();
  {
    absl::MutexLock lock(&next->mutex_);
    next->unsynced_ = std::move(unsynced_);
    next->checkpoints_ = std::move(checkpoints_);
    next->capacity_ = capacity_;
  }
  unsynced_.clear();
  FailLocked("the process that used this store has ended").IgnoreError();
  return next;
}

std::unique_ptr<ModelStore> ModelStore::Crash(Lose lose, Random& random) {
  absl::MutexLock lock(&mutex_);
  const uint64_t kept =
      lose == Lose::kAllUnsynced || unsynced_.empty() ? 0 : random.Below(unsynced_.size() + 1);
  while (unsynced_.size() > kept) {
    TakeBackLocked(unsynced_.back());
    unsynced_.pop_back();
  }
  // What the crash left is what the disk has: it cannot be lost by the next one.
  unsynced_.clear();
  return SucceedLocked();
}

std::unique_ptr<ModelStore> ModelStore::Restart() {
  absl::MutexLock lock(&mutex_);
  TOCSIN_CHECK(failure_.ok());
  return SucceedLocked();
}

void ModelStore::FailSync(uint64_t nth) {
  absl::MutexLock lock(&mutex_);
  sync_to_fail_ = nth;
}

void ModelStore::FailWrite(uint64_t nth) {
  absl::MutexLock lock(&mutex_);
  write_to_fail_ = nth;
}

absl::Status ModelStore::CheckRoom() const {
  absl::MutexLock lock(&mutex_);
  return bytes_used_ < capacity_ ? absl::OkStatus() : FullLocked();
}

absl::Status ModelStore::FullLocked() const {
  return absl::ResourceExhaustedError(absl::StrCat("the disk is full: it holds ", bytes_used_,
                                                   " bytes of ", capacity_,
                                                   ". Free some space; writes go on then."));
}

void ModelStore::SetCapacity(uint64_t bytes) {
  absl::MutexLock lock(&mutex_);
  capacity_ = bytes;
}

void ModelStore::FlipBit(absl::string_view key, uint64_t bit) {
  absl::MutexLock lock(&mutex_);
  auto at = keys_.find(key);
  TOCSIN_CHECK(at != keys_.end() && at->second.back().value.has_value());
  std::string& value = *at->second.back().value;
  TOCSIN_CHECK(bit / 8 < value.size());
  value[bit / 8] = static_cast<char>(value[bit / 8] ^ (1 << (bit % 8)));
}

void ModelStore::SpoilPage(absl::string_view key) {
  absl::MutexLock lock(&mutex_);
  TOCSIN_CHECK(keys_.contains(key));
  spoiled_.insert(std::string(key));
}

size_t ModelStore::unsynced() const {
  absl::MutexLock lock(&mutex_);
  return unsynced_.size();
}

uint64_t ModelStore::syncs() const {
  absl::MutexLock lock(&mutex_);
  return syncs_;
}

uint64_t ModelStore::bytes_used() const {
  absl::MutexLock lock(&mutex_);
  return bytes_used_;
}

}  // namespace tocsin::store
