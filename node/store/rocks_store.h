// The store of the daemons: a folder with one RocksDB database (docs/storage-engine.md).
#pragma once

#include <absl/status/status.h>
#include <absl/status/statusor.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "node/store/environment.h"
#include "node/store/store.h"

namespace tocsin::store {

struct RocksOptions {
  enum class Profile {
    // A node's truth. Every write goes to a write-ahead log; kSynced is one fsync of it, kBuffered
    // none. It opens whole or not at all: a torn tail that nobody was told of is cut off, damage
    // anywhere else is DATA_LOSS.
    kLog,
    // What can be rebuilt. No write-ahead log: a write is in memory until the engine's buffer is
    // full or Flush() is called, and is then durable together with all before it. kSynced flushes,
    // and so costs a file.
    kView,
  };

  std::string dir;
  Profile profile = Profile::kLog;
  // The folder, but not its parents.
  bool create_if_missing = false;
  // Writes nothing, not even a lock, and so also opens a store that another process has open, as it
  // was at that moment.
  bool read_only = false;
  // Of the layout that the caller keeps in the store. It is written into a new folder, and a folder
  // that says another one is refused before the engine touches it.
  uint32_t format_version = 1;
  // Memory: blocks that were read, with indexes and filters; and what is not in a table file yet,
  // of which there may be three.
  size_t cache_bytes = 8 << 20;
  size_t write_buffer_bytes = 4 << 20;
  // Writes are refused while the disk has less room than this, so that what was taken can still be
  // flushed and compacted, and writes go on by themselves once there is room. 0: until the engine
  // itself meets a full disk; after that the store reads on, and writes when it is opened again.
  uint64_t reserve_bytes = 32 << 20;
};

// Errors, each naming the folder and what to do:
//   NOT_FOUND            no store is there, and none was to be created;
//   FAILED_PRECONDITION  another process has it open; another format or profile; not a store of
//                        ours; a read-only disk;
//   DATA_LOSS            damage; names the file. Nothing was changed that a repair would want;
//   RESOURCE_EXHAUSTED, PERMISSION_DENIED  as they say.
absl::StatusOr<std::unique_ptr<Store>> OpenRocks(const RocksOptions& options,
                                                 const StoreEnvironment& environment);

// Deletes the store in options.dir with all that is in it, and the folder if nothing else is. OK
// when there is none. FAILED_PRECONDITION when it is open, or is not of that profile: what is meant
// for a view never deletes a log.
absl::Status RemoveRocks(const RocksOptions& options, const StoreEnvironment& environment);

}  // namespace tocsin::store
