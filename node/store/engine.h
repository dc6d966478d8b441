// One RocksDB database, opened as docs/storage-engine.md says.
#pragma once

#include <absl/status/statusor.h>

#include <cstdint>
#include <memory>

#include "node/store/engine_watch.h"
#include "node/store/environment.h"
#include "node/store/rocks_store.h"

namespace rocksdb {
class DB;
struct Options;
class WalFilter;
class WriteBatch;
}  // namespace rocksdb

namespace tocsin::store {

// A database and all that it stands on, taken down in the right order. Owned by the store.
struct Engine {
  Engine();
  Engine(Engine&&) noexcept;
  Engine& operator=(Engine&&) = delete;
  ~Engine();

  std::shared_ptr<EngineWatch> watch;
  // Watched.
  std::shared_ptr<rocksdb::FileSystem> disk;
  std::unique_ptr<rocksdb::Env> env;
  std::unique_ptr<rocksdb::WalFilter> wal_filter;
  std::unique_ptr<rocksdb::DB> db;
};

// Opens or creates the database in a folder that PrepareFolder passed.
absl::StatusOr<Engine> OpenEngine(const RocksOptions& options, const StoreEnvironment& environment);

// The engine's number of the last operation of a batch that was written; 0 if it got none.
uint64_t LastSequenceOf(const rocksdb::WriteBatch& batch);

// Says in a batch, apart from its operations, what was durable when it was made. What is read of a
// damaged log then tells how far it must go.
void AddDurable(uint64_t sequence, rocksdb::WriteBatch& batch);

// Every setting that is not RocksDB's default, by profile. `watch` is told of what happens.
void SetEngineOptions(const RocksOptions& options, std::shared_ptr<EngineWatch> watch,
                      rocksdb::Options& engine);

}  // namespace tocsin::store
