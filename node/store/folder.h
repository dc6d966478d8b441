// What a store's folder says about itself, before the engine touches it.
#pragma once

#include <absl/status/status.h>
#include <absl/status/statusor.h>

#include <cstdint>
#include <optional>
#include <string>

#include "node/store/rocks_store.h"

namespace tocsin::store {

// The file FORMAT holds one line, "tocsin log 1" or "tocsin view 1": profile and format version.
// It is written and synced before a new database is made, so that a database without it is not
// ours, and a newer one is refused before anything in it has changed.

// The bytes that the disk under `dir` still takes, or under its parent while it does not exist;
// nothing when that cannot be known.
std::optional<uint64_t> RoomIn(rocksdb::FileSystem& disk, const std::string& dir);
// RESOURCE_EXHAUSTED when the disk has too little room for the engine to be opened in options.dir,
// which ends the process where its first file does not fit. Changes nothing.
absl::Status CheckRoomToOpen(rocksdb::FileSystem& disk, const RocksOptions& options);
// OK when the engine may open or create the database in options.dir. Creates folder and FORMAT if
// it is a new one. Statuses as OpenRocks.
absl::Status PrepareFolder(rocksdb::FileSystem& disk, const RocksOptions& options);
// Writes FORMAT into an existing folder, durably.
absl::Status WriteFormat(rocksdb::FileSystem& disk, const RocksOptions& options);
struct Format {
  RocksOptions::Profile profile;
  uint32_t version;
};
// NOT_FOUND when there is no FORMAT in `dir`, DATA_LOSS when it is not one.
absl::StatusOr<Format> ReadFormat(rocksdb::FileSystem& disk, const std::string& dir);
// FAILED_PRECONDITION when a folder is of another profile than the options say.
absl::Status CheckProfile(const Format& format, const RocksOptions& options);
// " It is process 1234." when `refusal` says that another one has the store in `dir` on the
// machine's own disk open; else empty.
std::string LockHolder(const absl::Status& refusal, const std::string& dir);
// Makes what was created, renamed or deleted in `dir` durable.
absl::Status SyncFolder(rocksdb::FileSystem& disk, const std::string& dir);

}  // namespace tocsin::store
