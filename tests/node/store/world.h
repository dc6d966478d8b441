// A machine with one store on it, for tests that hold every implementation to node/store/store.h.
#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <map>
#include <memory>
#include <string>

#include "node/store/store.h"

namespace tocsin::store {

// Owned by its test. Not thread-safe.
class World {
 public:
  virtual ~World() = default;

  virtual Store& store() = 0;
  // A clean end and start of the process.
  virtual void Restart() = 0;
  // Loses what was not made durable, wholly or in part, and starts again.
  virtual void PowerCut() = 0;
  // The same, and all that may be lost is.
  virtual void PowerCutLosingAll() = 0;
  virtual absl::StatusOr<std::unique_ptr<Store>> OpenCheckpoint(const std::string& dir) = 0;
  // Every sync from now on fails.
  virtual void BreakSync() = 0;
  // No room from now on, or room again.
  virtual void SetFull(bool full) = 0;
};

// What is lost is drawn from the seed.
std::unique_ptr<World> MakeModelWorld(uint64_t seed);
// RocksDB on a simulated disk.
std::unique_ptr<World> MakeLogWorld(uint64_t seed);
std::unique_ptr<World> MakeViewWorld(uint64_t seed);

using Contents = std::map<std::string, std::string>;

// Keys and values in [begin, end) in forward order; a failed walk fails the test.
Contents Read(const Store& store, const std::string& begin = "", const std::string& end = "",
              const Snapshot* snapshot = nullptr);

inline Batch PutOne(absl::string_view key, absl::string_view value) {
  Batch batch;
  batch.Put(key, value);
  return batch;
}

}  // namespace tocsin::store
