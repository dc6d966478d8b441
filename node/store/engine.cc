#include "node/store/engine.h"

#include <absl/strings/match.h>
#include <absl/strings/str_cat.h>
#include <rocksdb/db.h>
#include <rocksdb/env.h>
#include <rocksdb/file_system.h>
#include <rocksdb/wal_filter.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "node/base/bytes.h"
#include "node/base/log.h"
#include "node/base/status.h"
#include "node/store/rocks_status.h"
#include "node/store/synced_mark.h"
#include "node/store/wal_scan.h"

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

// Follows the records of the write-ahead log as the engine reads them.
class Replay final : public rocksdb::WalFilter {
 public:
  enum class Mode {
    kCheck,  // records must follow one another, and the tables: the engine skips a run of zeros
             // between two of them without a word
    kSkip,   // as if there were no log
  };
  // `tables_end`: the last sequence in the tables.
  Replay(Mode mode, uint64_t tables_end) : mode_(mode), next_(tables_end + 1) {}
  const char* Name() const override { return "TocsinReplay"; }

  WalProcessingOption LogRecordFound(unsigned long long, const std::string& file,
                                     const rocksdb::WriteBatch& batch, rocksdb::WriteBatch*,
                                     bool*) override {
    if (mode_ == Mode::kSkip) return WalProcessingOption::kIgnoreCurrentRecord;
    const Place place = PlaceOf(batch);
    if (place.count == 0) return WalProcessingOption::kContinueProcessing;
    if (place.first > next_) {
      if (gap_.empty()) gap_ = file;
      return WalProcessingOption::kCorruptedRecord;
    }
    next_ = std::max(next_, place.first + place.count);
    recovered_ = true;
    return WalProcessingOption::kContinueProcessing;
  }

  // True once a record was read.
  bool recovered() const { return recovered_; }
  // The file in which records are missing, or empty.
  const std::string& gap() const { return gap_; }

 private:
  const Mode mode_;
  uint64_t next_;
  bool recovered_ = false;
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
    TOCSIN_RETURN_IF_ERROR(options_.profile == RocksOptions::Profile::kLog ? OpenLog()
                                                                           : OpenView());
    // The engine overlooks some, as that of its options file.
    if (engine_.watch->sync_failed()) {
      return absl::DataLossError(
          absl::StrCat(options_.dir, ": opening: the disk did not make a write durable (",
                       engine_.watch->sync_failure(), "). Check the disk and start again."));
    }
    return std::move(engine_);
  }

 private:
  absl::Status OpenView() {
    return Opened(OpenDatabase(settings_, options_.read_only, engine_.db));
  }

  absl::Status OpenLog() {
    // Read first, so that a log that is being written meanwhile only has more.
    synced_ = SyncedMark::Read(*disk_, options_.dir).value_or(0);
    if (!disk_->FileExists(options_.dir + "/CURRENT", {}, nullptr).IsNotFound()) {
      Replay tables(Replay::Mode::kSkip, 0);
      TOCSIN_ASSIGN_OR_RETURN(tables_end_, LastSequence(tables));
    }
    absl::Status status = OpenLogAs(WALRecoveryMode::kTolerateCorruptedTailRecords);
    if (absl::IsDataLoss(status) && DamageIsUnheldTail()) {
      Log(LogLevel::kWarning, "store.tail_cut_off",
          {{"dir", options_.dir}, {"file", engine_.watch->last_read_through()}});
      status = OpenLogAs(WALRecoveryMode::kPointInTimeRecovery);
    }
    TOCSIN_RETURN_IF_ERROR(status);
    TOCSIN_RETURN_IF_ERROR(CheckNothingHeldIsLost());
    if (options_.read_only || !replay_->recovered()) return absl::OkStatus();
    // What the log had is in tables from here on, and the log's files go.
    return FromRocks(engine_.db->Flush({}), options_.dir, "opening");
  }

  absl::Status OpenLogAs(WALRecoveryMode mode) {
    auto replay = std::make_unique<Replay>(Replay::Mode::kCheck, tables_end_);
    replay_ = replay.get();
    engine_.wal_filter = std::move(replay);
    settings_.wal_filter = replay_;
    settings_.wal_recovery_mode = mode;
    const rocksdb::Status status = OpenDatabase(settings_, options_.read_only, engine_.db);
    // A point in time may lie before a gap.
    if (!replay_->gap().empty() && mode != WALRecoveryMode::kPointInTimeRecovery) {
      return absl::DataLossError(absl::StrCat(options_.dir, ": opening: records are missing in ",
                                              replay_->gap(), ". ", DamageRemedy()));
    }
    return Opened(status);
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

  // After a refusal: true when all that was surely durable, by the mark and by every record that
  // can still be read, comes before the damage. Then the damage is what a power cut left of the
  // last writes, of which nobody was told that they are durable.
  bool DamageIsUnheldTail() {
    if (!absl::EndsWith(engine_.watch->last_read_through(), ".log")) return false;
    Replay before(Replay::Mode::kCheck, tables_end_);
    const absl::StatusOr<uint64_t> end = LastSequence(before);
    const absl::StatusOr<uint64_t> durable = DurableByScanOfAll();
    return end.ok() && durable.ok() && *end >= std::max(synced_, *durable);
  }

  absl::StatusOr<uint64_t> DurableByScanOfAll() {
    std::vector<std::string> names;
    TOCSIN_RETURN_IF_ERROR(Opened(disk_->GetChildren(options_.dir, {}, &names, nullptr)));
    uint64_t durable = 0;
    for (const std::string& name : names) {
      if (!absl::EndsWith(name, ".log")) continue;
      std::string bytes;
      TOCSIN_RETURN_IF_ERROR(Opened(
          rocksdb::ReadFileToString(disk_.get(), absl::StrCat(options_.dir, "/", name), &bytes)));
      durable = std::max(durable, DurableByScan(bytes));
    }
    return durable;
  }

  // Where the log ends that can be read without a gap.
  absl::StatusOr<uint64_t> LastSequence(Replay& replay) {
    rocksdb::Options settings = settings_;
    settings.wal_filter = &replay;
    settings.wal_recovery_mode = WALRecoveryMode::kPointInTimeRecovery;
    std::unique_ptr<rocksdb::DB> db;
    TOCSIN_RETURN_IF_ERROR(Opened(OpenDatabase(settings, /*read_only=*/true, db)));
    return db->GetLatestSequenceNumber();
  }

  absl::Status Opened(const rocksdb::Status& status) const {
    return FromRocks(status, options_.dir, "opening",
                     status.IsCorruption() ? engine_.watch->last_read_through() : "");
  }

  absl::Status CheckNothingHeldIsLost() {
    const uint64_t last = engine_.db->GetLatestSequenceNumber();
    if (last >= synced_) return absl::OkStatus();
    return absl::DataLossError(absl::StrCat(
        options_.dir, ": opening: the log ends at write ", last, ", but ", synced_,
        " were made durable: its end is damaged or missing, in ",
        engine_.watch->last_read_through(), ". ", DamageRemedy(),
        " If the files here were put back from a copy, put them into an empty folder."));
  }

  const RocksOptions& options_;
  // Unwatched.
  const std::shared_ptr<rocksdb::FileSystem> disk_;
  rocksdb::Options settings_;
  Engine engine_;
  // engine_.wal_filter.
  Replay* replay_ = nullptr;
  uint64_t synced_ = 0;
  uint64_t tables_end_ = 0;
};

}  // namespace

Engine::Engine() = default;
Engine::Engine(Engine&&) noexcept = default;
Engine::~Engine() = default;

void AddDurable(uint64_t sequence, rocksdb::WriteBatch& batch) {
  std::string blob;
  ByteWriter(blob).U64(sequence);
  TOCSIN_CHECK(batch.PutLogData(blob).ok());
}

uint64_t LastSequenceOf(const rocksdb::WriteBatch& batch) {
  const Place place = PlaceOf(batch);
  return place.first + place.count == 0 ? 0 : place.first + place.count - 1;
}

absl::StatusOr<Engine> OpenEngine(const RocksOptions& options,
                                  const StoreEnvironment& environment) {
  return Opener(options, environment).Open();
}

}  // namespace tocsin::store
