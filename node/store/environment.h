// What the engine takes from the world: a disk and a clock.
#pragma once

#include <memory>

#include "node/base/clock.h"

namespace rocksdb {
class Env;
class FileSystem;
}  // namespace rocksdb

namespace tocsin::store {

// Given to OpenRocks by the daemon's main or by a simulator. Copied freely; what it names outlives
// every store that was opened with it.
struct StoreEnvironment {
  explicit StoreEnvironment(Clock& clock_in) : clock(&clock_in) {}

  Clock* clock;
  // Null: the machine's.
  std::shared_ptr<rocksdb::FileSystem> disk;
  // Whether the engine, when it slows a writer down, really waits. Where it does not, a wait moves
  // its clock on and is over: for simulators, whose clock stands still while the engine works.
  bool waits = true;
};

// The engine's view of it: RocksDB's own threads, `disk` for every file, the clock for all time.
// The microseconds that it counts never go back, whatever the wall clock does.
std::unique_ptr<rocksdb::Env> MakeEngineEnv(const StoreEnvironment& environment,
                                            std::shared_ptr<rocksdb::FileSystem> disk);
// The disk of the environment, the machine's own included.
std::shared_ptr<rocksdb::FileSystem> DiskOf(const StoreEnvironment& environment);

}  // namespace tocsin::store
