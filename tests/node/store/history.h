// A history of writes to a store, and what may be found of it after a crash.
#pragma once

#include <absl/status/status.h>

#include <cstdint>
#include <string>
#include <vector>

#include "node/base/clock.h"
#include "node/store/rocks_store.h"
#include "node/store/testing/simulated_disk.h"
#include "tests/node/store/world.h"

namespace tocsin::store {

// A simulated disk with room for one store in "/store".
struct Machine {
  explicit Machine(uint64_t seed, RocksOptions::Profile profile = RocksOptions::Profile::kLog,
                   size_t write_buffer_bytes = 4 << 20)
      : disk(seed) {
    options.write_buffer_bytes = write_buffer_bytes;
    options.dir = "/store";
    options.profile = profile;
    options.create_if_missing = true;
  }
  absl::StatusOr<std::unique_ptr<Store>> Open() const {
    return OpenRocks(options, disk.Environment(clock));
  }
  // Of the newest file with this ending in the store's folder, or empty.
  std::string FileEnding(const std::string& ending) const {
    std::string found;
    for (const SimulatedDisk::File& file : disk.Files()) {
      if (file.path.ends_with(ending)) found = file.path;
    }
    return found;
  }

  mutable ManualClock clock{absl::FromUnixSeconds(1'433'160'000)};
  SimulatedDisk disk;
  RocksOptions options;
};

// Writes numbered from 0, each of several operations that belong together. Every one stores its
// number under "last", so that what is found says which writes it should be made of.
class History {
 public:
  History(uint64_t seed, int writes, size_t value_bytes_max);

  size_t size() const { return writes_.size(); }
  const Batch& batch(size_t n) const { return writes_[n].batch; }
  Durability durability(size_t n) const { return writes_[n].durability; }

  // What a run came to.
  struct Run {
    // Writes that returned OK, in order.
    std::vector<size_t> done;
    // How many of `done` were durable when their write returned.
    size_t durable = 0;
    // Writes after these that may be there or not: that failed with DATA_LOSS, or that were the
    // first refused by a full disk when none was taken afterwards.
    std::vector<size_t> unknown;
    size_t refused = 0;
    // The first that was not OK, if any.
    absl::Status first_error;
  };
  // Writes all until the store has failed. A full disk is skipped over. A synced write to a view is
  // made as a write and a flush, so that a full disk says which of them it refused.
  void Write(Store& store, RocksOptions::Profile profile, Run& run) const;

  // "" when `contents` is what some prefix of the run's writes makes, no shorter than what was
  // durable; or else what is wrong.
  std::string Check(const Contents& contents, const Run& run) const;

 private:
  struct OneWrite {
    Batch batch;
    Durability durability;
  };
  static void Apply(const Batch& batch, Contents& contents);

  std::vector<OneWrite> writes_;
};

}  // namespace tocsin::store
