// A disk in memory to put under RocksDB: it loses power, breaks, fills up and rots as it is told.
#pragma once

#include <absl/strings/string_view.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "node/store/environment.h"

namespace tocsin::store {

class DiskModel;

// What is counted and can be made to fail. A name is created, moved, linked or removed.
enum class DiskOperation { kRead, kWrite, kSync, kName };

enum class DiskFault { kIoError, kNoSpace };

// What of the unsynced is lost when the power goes.
enum class Loss {
  kNothing,      // the process was killed and the machine went on
  kAllUnsynced,  // all of it
  kTorn,         // each file ends somewhere within it; names end somewhere in their order
  kReordered,    // each page of it on its own, so that later bytes may be there without earlier
  kDrawn,        // one of these three, drawn for each file
};

// For tests and simulators. What it draws comes from the seed, so that the same calls in the same
// order meet the same fate; RocksDB's own threads may order them anew. Outlives the stores on it.
// Thread-safe.
class SimulatedDisk {
 public:
  explicit SimulatedDisk(uint64_t seed);
  ~SimulatedDisk();

  // For OpenRocks; engine waits take no time. The clock outlives the stores.
  StoreEnvironment Environment(Clock& clock) const;
  // The same files on a disk of its own. Nothing may have it open.
  std::unique_ptr<SimulatedDisk> Copy(uint64_t seed) const;

  // The nth operation of a kind from now, counted from 1, fails, once or from there on. A write
  // that fails may have written a part; a sync that fails has made nothing durable, and the next
  // one will not either.
  void FailOnce(DiskOperation operation, uint64_t nth, DiskFault fault);
  void FailFrom(DiskOperation operation, uint64_t nth, DiskFault fault);
  // No faults any more.
  void Heal();
  // Operations of a kind so far, failed ones included.
  uint64_t count(DiskOperation operation) const;

  // A power cut, or a kill, in two steps: from PowerOff on nothing reaches the disk, and the store
  // is destroyed; PowerOn decides what is found.
  void PowerOff();
  // The same just before the nth operation of a kind from now.
  void PowerOffAt(DiskOperation operation, uint64_t nth);
  void PowerOn(Loss loss);

  // Of all files together. Below what is in use: nothing more fits.
  void SetCapacity(uint64_t bytes);
  uint64_t used() const;
  void SetReadOnly(bool read_only);

  struct File {
    std::string path;
    uint64_t size;
  };
  // In order of path, folders not included.
  std::vector<File> Files() const;
  // Damage, durable at once. False if there is no such file, or no such place in it.
  bool FlipBit(const std::string& path, uint64_t offset, int bit);
  bool Zero(const std::string& path, uint64_t offset, uint64_t size);
  bool Truncate(const std::string& path, uint64_t size);
  bool Remove(const std::string& path);
  bool Write(const std::string& path, absl::string_view contents);
  std::optional<std::string> Read(const std::string& path) const;

 private:
  explicit SimulatedDisk(std::unique_ptr<DiskModel> model);
  std::shared_ptr<DiskModel> model_;
};

}  // namespace tocsin::store
