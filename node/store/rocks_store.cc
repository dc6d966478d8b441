#include "node/store/rocks_store.h"

#include <absl/base/thread_annotations.h>
#include <absl/strings/match.h>
#include <absl/strings/str_cat.h>
#include <absl/synchronization/mutex.h>
#include <rocksdb/db.h>
#include <rocksdb/env.h>
#include <rocksdb/file_system.h>
#include <rocksdb/utilities/checkpoint.h>

#include <atomic>
#include <utility>

#include "node/base/log.h"
#include "node/base/status.h"
#include "node/store/engine.h"
#include "node/store/folder.h"
#include "node/store/rocks_status.h"
#include "node/store/synced_mark.h"

namespace tocsin::store {
namespace {

rocksdb::Slice ToSlice(absl::string_view bytes) { return {bytes.data(), bytes.size()}; }
absl::string_view ToView(const rocksdb::Slice& bytes) { return {bytes.data(), bytes.size()}; }

// Counts the snapshots and iterators of a store while they live.
class Handle {
 public:
  explicit Handle(std::atomic<int>& count) : count_(count) { ++count_; }
  ~Handle() { --count_; }
  Handle(const Handle&) = delete;
  Handle& operator=(const Handle&) = delete;

 private:
  std::atomic<int>& count_;
};

class RocksSnapshot final : public Snapshot {
 public:
  RocksSnapshot(rocksdb::DB& db, std::atomic<int>& handles)
      : handle_(handles), db_(db), snapshot_(db.GetSnapshot()) {}
  ~RocksSnapshot() override { db_.ReleaseSnapshot(snapshot_); }
  const rocksdb::DB& db() const { return db_; }
  const rocksdb::Snapshot* get() const { return snapshot_; }

 private:
  const Handle handle_;
  rocksdb::DB& db_;
  const rocksdb::Snapshot* const snapshot_;
};

class RocksStore final : public Store {
 public:
  RocksStore(const RocksOptions& options, Engine engine)
      : options_(options), engine_(std::move(engine)), db_(*engine_.db) {
    durable_ = db_.GetLatestSequenceNumber();
    if (is_log() && !options_.read_only) mark_ = SyncedMark::Open(*engine_.disk, options_.dir);
  }
  ~RocksStore() override;

  absl::Status Write(const Batch& batch, Durability durability) override;
  absl::StatusOr<std::optional<std::string>> Get(absl::string_view key,
                                                 const Snapshot* snapshot) const override;
  std::unique_ptr<Iterator> Scan(absl::string_view begin, absl::string_view end,
                                 const Snapshot* snapshot) const override;
  std::shared_ptr<const Snapshot> TakeSnapshot() const override {
    return std::make_shared<const RocksSnapshot>(db_, handles_);
  }
  absl::Status Flush() override;
  absl::Status Checkpoint(const std::string& dir) override;
  bool failed() const override {
    return failed_.load(std::memory_order_acquire) || engine_.watch->sync_failed();
  }
  absl::Status CheckRoom() const override;
  bool met_full_disk() const override { return engine_.watch->full(); }

  // OK, or the failure that every call gives.
  absl::Status Usable() const;
  // Of a read: not the end of the store.
  absl::Status AfterRead(const rocksdb::Status& status) const {
    return FromRocks(status, options_.dir, "reading");
  }

 private:
  bool is_log() const { return options_.profile == RocksOptions::Profile::kLog; }
  absl::Status DeleteKeys(const Batch::Operation& range, const Batch& batch, size_t before,
                          rocksdb::WriteBatch& engine_batch) const;
  rocksdb::ReadOptions ReadOptionsFor(const Snapshot* snapshot) const;
  absl::Status Writable();
  // What was written is durable: by a sync of the write-ahead log, or in tables.
  absl::Status MakeDurable();
  void NowDurable(uint64_t sequence);
  // What a call that writes came to. All but a full disk is the end.
  absl::Status TryRoom() const;
  absl::Status AfterWrite(const rocksdb::Status& status, absl::string_view doing);
  absl::Status Fail(absl::string_view why) const;
  // RESOURCE_EXHAUSTED when the reserve is touched.

  const RocksOptions options_;
  Engine engine_;
  rocksdb::DB& db_;
  std::unique_ptr<SyncedMark> mark_;
  // The engine's number of the last operation that is certainly durable.
  std::atomic<uint64_t> durable_{0};
  mutable std::atomic<int> handles_{0};

  mutable absl::Mutex mutex_;
  mutable std::atomic<bool> failed_{false};
  mutable absl::Status failure_ ABSL_GUARDED_BY(mutex_);
};

class RocksIterator final : public Iterator {
 public:
  RocksIterator(const RocksStore& store, std::atomic<int>& handles, rocksdb::DB& db,
                rocksdb::ReadOptions options, absl::string_view begin, absl::string_view end)
      : store_(store), handle_(handles), begin_(begin), end_(end) {
    // RocksDB wants a range that has something in it.
    if (!end_.empty() && begin_ >= end_) return;
    lower_ = begin_;
    upper_ = end_;
    options.iterate_lower_bound = &lower_;
    if (!end_.empty()) options.iterate_upper_bound = &upper_;
    at_.reset(db.NewIterator(options));
    SeekToFirst();
  }

  bool Valid() const override { return at_ != nullptr && at_->Valid() && !store_.failed(); }
  void SeekToFirst() override {
    if (at_ != nullptr) at_->SeekToFirst();
  }
  void SeekToLast() override {
    if (at_ != nullptr) at_->SeekToLast();
  }
  void Seek(absl::string_view key) override {
    if (at_ != nullptr) at_->Seek(key < begin_ ? lower_ : ToSlice(key));
  }
  void SeekForPrev(absl::string_view key) override {
    if (at_ == nullptr) return;
    if (!end_.empty() && key >= end_) return at_->SeekToLast();
    at_->SeekForPrev(ToSlice(key));
  }
  void Next() override {
    TOCSIN_CHECK(at_ != nullptr && at_->Valid());
    at_->Next();
  }
  void Prev() override {
    TOCSIN_CHECK(at_ != nullptr && at_->Valid());
    at_->Prev();
  }
  absl::string_view key() const override {
    TOCSIN_CHECK(at_ != nullptr && at_->Valid());
    return ToView(at_->key());
  }
  absl::string_view value() const override {
    TOCSIN_CHECK(at_ != nullptr && at_->Valid());
    return ToView(at_->value());
  }
  absl::Status status() const override {
    TOCSIN_RETURN_IF_ERROR(store_.Usable());
    return at_ == nullptr ? absl::OkStatus() : store_.AfterRead(at_->status());
  }

 private:
  const RocksStore& store_;
  const Handle handle_;
  // The slices point into the strings, and the iterator at the slices.
  const std::string begin_;
  const std::string end_;
  rocksdb::Slice lower_;
  rocksdb::Slice upper_;
  std::unique_ptr<rocksdb::Iterator> at_;
};

RocksStore::~RocksStore() {
  TOCSIN_CHECK(handles_ == 0);
  const rocksdb::Status status = db_.Close();
  if (!status.ok() && !failed()) {
    Log(LogLevel::kWarning, "store.close", {{"dir", options_.dir}, {"why", status.ToString()}});
  }
}

absl::Status RocksStore::Usable() const {
  if (!failed()) return absl::OkStatus();
  if (engine_.watch->sync_failed()) {
    return Fail(absl::StrCat("the disk did not make a write durable (",
                             engine_.watch->sync_failure(), ")"));
  }
  absl::MutexLock lock(&mutex_);
  return failure_;
}

absl::Status RocksStore::Fail(absl::string_view why) const {
  absl::MutexLock lock(&mutex_);
  if (failure_.ok()) {
    failure_ = absl::DataLossError(absl::StrCat(
        options_.dir, ": ", why,
        ". Nothing more is held or done: stop this process, check the disk, and start again."));
    Log(LogLevel::kError, "store.failed", {{"why", failure_}});
  }
  failed_.store(true, std::memory_order_release);
  return failure_;
}

absl::Status RocksStore::Writable() {
  TOCSIN_RETURN_IF_ERROR(Usable());
  if (options_.read_only) {
    return absl::FailedPreconditionError(absl::StrCat(options_.dir, " was opened only to be read"));
  }
  if (engine_.watch->full()) {
    return FromRocks(rocksdb::Status::NoSpace("the database met a full disk, and writes again when "
                                              "it is opened anew"),
                     options_.dir, "writing");
  }
  return CheckRoom();
}

absl::Status RocksStore::CheckRoom() const {
  const std::optional<uint64_t> room = RoomIn(*engine_.disk, options_.dir);
  if (options_.reserve_bytes > 0 && room && *room < options_.reserve_bytes) {
    return FromRocks(
        rocksdb::Status::NoSpace(absl::StrCat("there is room for ", *room, " bytes, and the last ",
                                              options_.reserve_bytes, " are kept in reserve")),
        options_.dir, "writing");
  }
  return met_full_disk() ? TryRoom() : absl::OkStatus();
}

// A disk may be full though it has room: of files, or for this user. To open the store anew on it
// would end reading as well.
absl::Status RocksStore::TryRoom() const {
  constexpr size_t kBytes = 64 << 10;
  const std::string file = absl::StrCat(options_.dir, "/ROOM");
  const rocksdb::Status tried =
      rocksdb::WriteStringToFile(engine_.disk.get(), std::string(kBytes, '\0'), file);
  engine_.disk->DeleteFile(file, {}, nullptr).PermitUncheckedError();
  return tried.IsNoSpace() ? FromRocks(tried, options_.dir, "writing a file") : absl::OkStatus();
}

absl::Status RocksStore::AfterWrite(const rocksdb::Status& status, absl::string_view doing) {
  TOCSIN_RETURN_IF_ERROR(Usable());
  if (status.ok()) return absl::OkStatus();
  // Incomplete: writers wait for a compaction that found no room.
  if (status.IsNoSpace() || (status.IsIncomplete() && engine_.watch->full())) {
    engine_.watch->FoundFull();
    return FromRocks(rocksdb::Status::NoSpace(status.ToString()), options_.dir, doing);
  }
  return Fail(absl::StrCat(doing, ": ", status.ToString()));
}

absl::Status RocksStore::Write(const Batch& batch, Durability durability) {
  TOCSIN_RETURN_IF_ERROR(Writable());
  if (batch.bytes() > Batch::kBytesMax) {
    return absl::InvalidArgumentError(absl::StrCat("a batch of ", batch.bytes(),
                                                   " bytes is over the limit of ", Batch::kBytesMax,
                                                   "; write it in parts"));
  }
  const bool synced = durability == Durability::kSynced;
  if (batch.empty()) return synced ? MakeDurable() : absl::OkStatus();
  rocksdb::WriteBatch engine_batch(batch.bytes() + 64);
  if (is_log()) AddDurable(durable_.load(std::memory_order_acquire), engine_batch);
  absl::Status ranges;
  size_t before = 0;
  batch.ForEach([&](const Batch::Operation& operation) {
    const rocksdb::Slice key = ToSlice(operation.key);
    rocksdb::Status added;
    switch (operation.kind) {
      case Batch::Kind::kPut:
        added = engine_batch.Put(key, ToSlice(operation.value));
        break;
      case Batch::Kind::kDelete:
        added = engine_batch.Delete(key);
        break;
      case Batch::Kind::kDeleteRange:
        if (ranges.ok()) ranges = DeleteKeys(operation, batch, before, engine_batch);
        break;
    }
    TOCSIN_CHECK(added.ok());
    ++before;
  });
  TOCSIN_RETURN_IF_ERROR(ranges);
  rocksdb::WriteOptions how;
  how.sync = synced && is_log();
  how.disableWAL = !is_log();
  TOCSIN_RETURN_IF_ERROR(AfterWrite(db_.Write(how, &engine_batch), "writing"));
  if (!synced) return absl::OkStatus();
  if (!is_log()) return MakeDurable();
  NowDurable(LastSequenceOf(engine_batch));
  return absl::OkStatus();
}

// Key by key: a compaction that finds nothing but the engine's own range deletions ends the process
// by an assertion. What the store has goes, and what the `before` first operations of the batch
// put.
absl::Status RocksStore::DeleteKeys(const Batch::Operation& range, const Batch& batch,
                                    size_t before, rocksdb::WriteBatch& engine_batch) const {
  auto it = Scan(range.key, range.value, nullptr);
  for (; it->Valid(); it->Next()) TOCSIN_CHECK(engine_batch.Delete(ToSlice(it->key())).ok());
  TOCSIN_RETURN_IF_ERROR(it->status());
  batch.ForEach([&](const Batch::Operation& earlier) {
    if (before == 0) return;
    --before;
    const bool in_range = earlier.key >= range.key && earlier.key < range.value;
    if (earlier.kind != Batch::Kind::kPut || !in_range) return;
    TOCSIN_CHECK(engine_batch.Delete(ToSlice(earlier.key)).ok());
  });
  return absl::OkStatus();
}

absl::StatusOr<std::optional<std::string>> RocksStore::Get(absl::string_view key,
                                                           const Snapshot* snapshot) const {
  TOCSIN_RETURN_IF_ERROR(Usable());
  std::string value;
  const rocksdb::Status status = db_.Get(ReadOptionsFor(snapshot), ToSlice(key), &value);
  if (status.IsNotFound()) return std::optional<std::string>();
  TOCSIN_RETURN_IF_ERROR(AfterRead(status));
  return std::optional<std::string>(std::move(value));
}

std::unique_ptr<Iterator> RocksStore::Scan(absl::string_view begin, absl::string_view end,
                                           const Snapshot* snapshot) const {
  return std::make_unique<RocksIterator>(*this, handles_, db_, ReadOptionsFor(snapshot), begin,
                                         end);
}

rocksdb::ReadOptions RocksStore::ReadOptionsFor(const Snapshot* snapshot) const {
  rocksdb::ReadOptions how;
  how.total_order_seek = true;
  if (snapshot != nullptr) {
    const auto& mine = static_cast<const RocksSnapshot&>(*snapshot);
    TOCSIN_CHECK(&mine.db() == &db_);
    how.snapshot = mine.get();
  }
  return how;
}

absl::Status RocksStore::MakeDurable() {
  const uint64_t last = db_.GetLatestSequenceNumber();
  TOCSIN_RETURN_IF_ERROR(AfterWrite(is_log() ? db_.SyncWAL() : db_.Flush({}), "flushing"));
  NowDurable(last);
  return absl::OkStatus();
}

void RocksStore::NowDurable(uint64_t sequence) {
  uint64_t before = durable_.load(std::memory_order_relaxed);
  while (before < sequence &&
         !durable_.compare_exchange_weak(before, sequence, std::memory_order_release)) {
  }
  if (mark_ != nullptr) mark_->MoveTo(sequence);
}

absl::Status RocksStore::Flush() {
  TOCSIN_RETURN_IF_ERROR(Writable());
  return MakeDurable();
}

absl::Status RocksStore::Checkpoint(const std::string& dir) {
  TOCSIN_RETURN_IF_ERROR(Writable());
  if (!engine_.disk->FileExists(dir, {}, nullptr).IsNotFound()) {
    return absl::AlreadyExistsError(
        absl::StrCat(dir, " exists; a checkpoint is made in a new folder"));
  }
  rocksdb::Checkpoint* made = nullptr;
  TOCSIN_RETURN_IF_ERROR(
      FromRocks(rocksdb::Checkpoint::Create(&db_, &made), options_.dir, "making a checkpoint"));
  const std::unique_ptr<rocksdb::Checkpoint> checkpoint(made);
  const rocksdb::Status status = checkpoint->CreateCheckpoint(dir);
  TOCSIN_RETURN_IF_ERROR(Usable());
  // A copy that failed is no failure of the store itself.
  TOCSIN_RETURN_IF_ERROR(FromRocks(status, options_.dir, absl::StrCat("copying to ", dir)));
  RocksOptions copy = options_;
  copy.dir = dir;
  return WriteFormat(*engine_.disk, copy);
}

}  // namespace

absl::StatusOr<std::unique_ptr<Store>> OpenRocks(const RocksOptions& options,
                                                 const StoreEnvironment& environment) {
  const std::shared_ptr<rocksdb::FileSystem> disk = DiskOf(environment);
  TOCSIN_RETURN_IF_ERROR(CheckRoomToOpen(*disk, options));
  TOCSIN_RETURN_IF_ERROR(PrepareFolder(*disk, options));
  absl::StatusOr<Engine> engine = OpenEngine(options, environment);
  if (!engine.ok()) {
    const std::string holder =
        environment.disk == nullptr ? LockHolder(engine.status(), options.dir) : "";
    return absl::Status(engine.status().code(), absl::StrCat(engine.status().message(), holder));
  }
  return std::make_unique<RocksStore>(options, *std::move(engine));
}

absl::Status RemoveRocks(const RocksOptions& options, const StoreEnvironment& environment) {
  const std::shared_ptr<rocksdb::FileSystem> disk = DiskOf(environment);
  const absl::StatusOr<Format> format = ReadFormat(*disk, options.dir);
  if (absl::IsNotFound(format.status())) return absl::OkStatus();
  TOCSIN_RETURN_IF_ERROR(format.status());
  TOCSIN_RETURN_IF_ERROR(CheckProfile(*format, options));
  const std::unique_ptr<rocksdb::Env> env = MakeEngineEnv(environment, disk);
  rocksdb::Options engine;
  engine.env = env.get();
  TOCSIN_RETURN_IF_ERROR(
      FromRocks(rocksdb::DestroyDB(options.dir, engine), options.dir, "removing the store"));
  // FORMAT goes last: until then what is left can be recognized and removed.
  for (absl::string_view file : {"SYNCED", "FORMAT"}) {
    const rocksdb::IOStatus gone =
        disk->DeleteFile(absl::StrCat(options.dir, "/", file), {}, nullptr);
    if (gone.IsNotFound() || gone.IsPathNotFound()) continue;
    TOCSIN_RETURN_IF_ERROR(FromRocks(gone, options.dir, "removing the store"));
  }
  const rocksdb::IOStatus emptied = disk->DeleteDir(options.dir, {}, nullptr);
  if (!emptied.ok()) Log(LogLevel::kInfo, "store.folder_kept", {{"dir", options.dir}});
  return absl::OkStatus();
}

}  // namespace tocsin::store
