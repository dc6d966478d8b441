#include <rocksdb/cache.h>
#include <rocksdb/filter_policy.h>
#include <rocksdb/listener.h>
#include <rocksdb/options.h>
#include <rocksdb/table.h>

#include <utility>

#include "node/base/log.h"
#include "node/store/engine.h"

namespace tocsin::store {
namespace {

class EngineListener final : public rocksdb::EventListener {
 public:
  EngineListener(std::string dir, std::shared_ptr<EngineWatch> watch)
      : dir_(std::move(dir)), watch_(std::move(watch)) {}

  void OnBackgroundError(rocksdb::BackgroundErrorReason, rocksdb::Status* error) override {
    if (error->IsNoSpace()) watch_->FoundFull();
    Log(LogLevel::kError, "store.engine_error", {{"dir", dir_}, {"why", error->ToString()}});
  }
  // Never: what waits for it in RocksDB 7.8 may wait for ever, and flushes after it are not waited
  // for (docs/storage-engine.md).
  void OnErrorRecoveryBegin(rocksdb::BackgroundErrorReason, rocksdb::Status,
                            bool* auto_recovery) override {
    *auto_recovery = false;
  }

 private:
  const std::string dir_;
  const std::shared_ptr<EngineWatch> watch_;
};

std::shared_ptr<rocksdb::TableFactory> Tables(const RocksOptions& options) {
  rocksdb::BlockBasedTableOptions table;
  table.block_cache = rocksdb::NewLRUCache(options.cache_bytes);
  // All memory for reading is in the cache and so has one bound.
  table.cache_index_and_filter_blocks = true;
  table.pin_l0_filter_and_index_blocks_in_cache = true;
  table.filter_policy.reset(rocksdb::NewBloomFilterPolicy(10));
  table.format_version = 5;
  return std::shared_ptr<rocksdb::TableFactory>(rocksdb::NewBlockBasedTableFactory(table));
}

// What keeps a small machine small: the figures of a station on an SD card.
void SetFootprint(const RocksOptions& options, rocksdb::Options& engine) {
  engine.write_buffer_size = options.write_buffer_bytes;
  engine.max_write_buffer_number = 3;
  engine.db_write_buffer_size = 3 * options.write_buffer_bytes;
  engine.max_total_wal_size = 32 << 20;
  engine.max_open_files = options.profile == RocksOptions::Profile::kLog ? 64 : 256;
  engine.max_background_jobs = 2;
  engine.max_file_opening_threads = 1;
  engine.target_file_size_base = 16 << 20;
  engine.max_bytes_for_level_base = 64 << 20;
  engine.level_compaction_dynamic_level_bytes = true;
  engine.keep_log_file_num = 5;
  engine.max_log_file_size = 1 << 20;
  engine.info_log_level = rocksdb::InfoLogLevel::WARN_LEVEL;
  engine.max_manifest_file_size = 8 << 20;
  engine.stats_dump_period_sec = 0;
  engine.stats_persist_period_sec = 0;
}

}  // namespace

void SetEngineOptions(const RocksOptions& options, std::shared_ptr<EngineWatch> watch,
                      rocksdb::Options& engine) {
  SetFootprint(options, engine);
  engine.table_factory = Tables(options);
  engine.create_if_missing = options.create_if_missing && !options.read_only;
  engine.paranoid_checks = true;
  engine.write_dbid_to_manifest = true;
  engine.listeners.push_back(std::make_shared<EngineListener>(options.dir, std::move(watch)));
  // Retries of a failed write are what must not happen.
  engine.max_bgerror_resume_count = 0;
  if (options.profile == RocksOptions::Profile::kLog) {
    engine.wal_recovery_mode = rocksdb::WALRecoveryMode::kTolerateCorruptedTailRecords;
    // Not track_and_verify_wals_in_manifest: after one failed write of the manifest it misses files
    // that were rightly deleted. What it would find, Replay and SyncedMark find.
    // What was recovered is looked at first; OpenEngine flushes it then.
    engine.avoid_flush_during_recovery = true;
    // Payloads are mostly packed blocks: a light codec for keys and what lies between.
    engine.compression = rocksdb::kLZ4Compression;
  } else {
    engine.compression = rocksdb::kLZ4Compression;
    engine.bottommost_compression = rocksdb::kZSTD;
  }
}

}  // namespace tocsin::store
