#include "node/store/engine.h"

#include <absl/strings/match.h>
#include <absl/strings/str_cat.h>
#include <rocksdb/db.h>
#include <rocksdb/env.h>
#include <rocksdb/wal_filter.h>

#include <optional>
#include <string>
#include <utility>

#include "node/base/log.h"
#include "node/base/status.h"
#include "node/store/rocks_status.h"
#include "node/store/synced_mark.h"

namespace tocsin::store {
namespace {

using rocksdb::WALRecoveryMode;

uint64_t LittleEndian(const char* bytes, int size) {
  uint64_t value = 0;
  for (int i = size - 1; i >= 0; --i) value = value << 8 | static_cast<uint8_t>(bytes[i]);
  return value;
}

// Of a batch, as it stands before its operations: u64 sequence of the first, u32 count.
struct Place {
  uint64_t first;
  uint64_t count;
};
Place PlaceOf(const rocksdb::WriteBatch& batch) {
  const std::string& data = batch.Data();
  return {LittleEndian(data.data(), 8), LittleEndian(data.data() + 8, 4)};
}

// Sees that the records of the write-ahead log follow one another: the engine skips a run of zeros
// between two records without a word.
class SequenceCheck final : public rocksdb::WalFilter {
 public:
  const char* Name() const override { return "TocsinSequenceCheck"; }

  WalProcessingOption LogRecordFound(unsigned long long, const std::string& file,
                                     const rocksdb::WriteBatch& batch, rocksdb::WriteBatch*,
                                     bool*) override {
    const Place place = PlaceOf(batch);
    if (place.count == 0) return WalProcessingOption::kContinueProcessing;
    if (next_ != 0 && place.first > next_) {
      gap_ = file;
      return WalProcessingOption::kCorruptedRecord;
    }
    next_ = place.first + place.count;
    return WalProcessingOption::kContinueProcessing;
  }

  // True once a record was read.
  bool recovered() const { return next_ != 0; }
  // The file in which records are missing, or empty.
  const std::string& gap() const { return gap_; }

 private:
  uint64_t next_ = 0;
  std::string gap_;
};

class Opener {
 public:
  Opener(const RocksOptions& options, const StoreEnvironment& environment)
      : options_(options), disk_(DiskOf(environment)) {
    engine_.watch = std::make_shared<EngineWatch>();
    engine_.disk = EngineWatch::Wrap(disk_, engine_.watch);
    engine_.env = MakeEngineEnv(environment, engine_.disk);
    SetEngineOptions(options, engine_.watch, settings_);
    settings_.env = engine_.env.get();
  }

  absl::StatusOr<Engine> Open() {
    const bool log = options_.profile == RocksOptions::Profile::kLog;
    // Read first, so that a log that is being written meanwhile only has more.
    if (log) synced_ = SyncedMark::Read(*disk_, options_.dir);
    absl::Status status = OpenAs(settings_.wal_recovery_mode);
    if (log && absl::IsDataLoss(status) && DamageIsUnheldTail()) {
      Log(LogLevel::kWarning, "store.tail_cut_off",
          {{"dir", options_.dir}, {"file", engine_.watch->last_read_through()}});
      status = OpenAs(WALRecoveryMode::kPointInTimeRecovery);
    }
    TOCSIN_RETURN_IF_ERROR(status);
    if (log) TOCSIN_RETURN_IF_ERROR(CheckNothingHeldIsLost());
    if (log && !options_.read_only && check_->recovered()) {
      TOCSIN_RETURN_IF_ERROR(FromRocks(engine_.db->Flush({}), options_.dir, "opening"));
    }
    // All of it is in tables now.
    engine_.watch->Flushed(engine_.db->GetLatestSequenceNumber());
    return std::move(engine_);
  }

 private:
  absl::Status OpenAs(WALRecoveryMode mode) {
    auto check = std::make_unique<SequenceCheck>();
    check_ = check.get();
    engine_.wal_check = std::move(check);
    settings_.wal_filter = check_;
    settings_.wal_recovery_mode = mode;
    const rocksdb::Status status = OpenDatabase(settings_, options_.read_only, engine_.db);
    if (!check_->gap().empty()) {
      return absl::DataLossError(absl::StrCat(options_.dir, ": opening: records are missing in ",
                                              check_->gap(), ". ", DamageRemedy()));
    }
    if (!status.ok()) {
      return FromRocks(status, options_.dir, "opening",
                       status.IsCorruption() ? engine_.watch->last_read_through() : "");
    }
    return absl::OkStatus();
  }

  rocksdb::Status OpenDatabase(const rocksdb::Options& settings, bool read_only,
                               std::unique_ptr<rocksdb::DB>& db) {
    rocksdb::DB* opened = nullptr;
    const rocksdb::Status status =
        read_only ? rocksdb::DB::OpenForReadOnly(settings, options_.dir, &opened)
                  : rocksdb::DB::Open(settings, options_.dir, &opened);
    db.reset(opened);
    return status;
  }

  // After a refusal: true when nothing that can be read follows the damage, and all that was surely
  // synced comes before it. Then it is what a power cut left of the last writes, of which nobody
  // was told.
  bool DamageIsUnheldTail() {
    if (!absl::EndsWith(engine_.watch->last_read_through(), ".log")) return false;
    const std::optional<uint64_t> before = LastSequence(WALRecoveryMode::kPointInTimeRecovery);
    const std::optional<uint64_t> around = LastSequence(WALRecoveryMode::kSkipAnyCorruptedRecords);
    return before.has_value() && before == around && *before >= synced_.value_or(0);
  }

  std::optional<uint64_t> LastSequence(WALRecoveryMode mode) {
    rocksdb::Options settings = settings_;
    settings.wal_filter = nullptr;
    settings.wal_recovery_mode = mode;
    std::unique_ptr<rocksdb::DB> db;
    if (!OpenDatabase(settings, /*read_only=*/true, db).ok()) return std::nullopt;
    return db->GetLatestSequenceNumber();
  }

  absl::Status CheckNothingHeldIsLost() {
    const uint64_t last = engine_.db->GetLatestSequenceNumber();
    if (last >= synced_.value_or(0)) return absl::OkStatus();
    return absl::DataLossError(absl::StrCat(
        options_.dir, ": opening: the log ends at write ", last, ", but ", *synced_,
        " were made durable: its end is damaged or missing, in ",
        engine_.watch->last_read_through(), ". ", DamageRemedy(),
        " If the files here were put back from a copy, put them into an empty folder."));
  }

  const RocksOptions& options_;
  // Unwatched.
  const std::shared_ptr<rocksdb::FileSystem> disk_;
  rocksdb::Options settings_;
  Engine engine_;
  // engine_.wal_check.
  SequenceCheck* check_ = nullptr;
  std::optional<uint64_t> synced_;
};

}  // namespace

Engine::Engine() = default;
Engine::Engine(Engine&&) noexcept = default;
Engine::~Engine() = default;

uint64_t LastSequenceOf(const rocksdb::WriteBatch& batch) {
  const Place place = PlaceOf(batch);
  return place.first + place.count == 0 ? 0 : place.first + place.count - 1;
}

absl::StatusOr<Engine> OpenEngine(const RocksOptions& options,
                                  const StoreEnvironment& environment) {
  return Opener(options, environment).Open();
}

}  // namespace tocsin::store
