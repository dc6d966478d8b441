// Ordered keys and values on a disk: all that the log and the views know of one. Keys and values
// are bytes; keys are ordered bytewise. RocksDB stands behind it in the daemons (rocks_store.h), a
// deterministic model in the simulator (model_store.h); one contract test holds both to this page.
#pragma once

#include <absl/status/status.h>
#include <absl/status/statusor.h>
#include <absl/strings/string_view.h>

#include <memory>
#include <optional>
#include <string>

#include "node/store/batch.h"

namespace tocsin::store {

enum class Durability {
  // On the disk when Write returns OK, and so is all that was written before.
  kSynced,
  // May be lost by a crash until a Flush() or a later synced write returns OK. What a crash loses
  // is always the newest writes: if one is there, so are all before it.
  kBuffered,
};

// A moment of a store: reads that name it see what had been written then. Shared by whoever reads;
// goes before its store. Immutable. Held for minutes, not days: the store keeps what it shows.
class Snapshot {
 public:
  virtual ~Snapshot() = default;
};

// A walk over the keys in [begin, end) of one moment. Made by Store::Scan, standing on the first
// key, and owned by its caller; goes before its store. Used by one thread at a time. Invalid means
// either the end or an error: whoever stops at !Valid() asks status() which.
class Iterator {
 public:
  virtual ~Iterator() = default;

  virtual bool Valid() const = 0;
  virtual void SeekToFirst() = 0;
  virtual void SeekToLast() = 0;
  // To the first key that is not before `key`. A key outside the bounds counts as the bound.
  virtual void Seek(absl::string_view key) = 0;
  // To the last key that is not after `key`.
  virtual void SeekForPrev(absl::string_view key) = 0;
  // REQUIRES: Valid(), for these four. The views live until the iterator moves.
  virtual void Next() = 0;
  virtual void Prev() = 0;
  virtual absl::string_view key() const = 0;
  virtual absl::string_view value() const = 0;
  // OK unless a read failed: then DATA_LOSS, or the store's failure.
  virtual absl::Status status() const = 0;
};

// Stands under the log and under the views, one each. Owned by the daemon; outlives all that reads
// it. Thread-safe, though only the append strand writes a log and only the projector a view. Calls
// block on the disk: never from a gRPC reaction.
//
// Errors, of every call that can fail:
//   DATA_LOSS            what is on the disk is damaged, or the store has failed (failed());
//   RESOURCE_EXHAUSTED   the disk is full: the write did not happen, reads go on, and writes do
//   once
//                        there is room. If the engine itself ran into the wall (met_full_disk()),
//                        the first write that it refused may be there or not, and all are refused
//                        until the store is opened again;
//   FAILED_PRECONDITION  a write to a store that was opened only to be read;
//   INVALID_ARGUMENT     a batch over Batch::kBytesMax.
class Store {
 public:
  virtual ~Store() = default;

  // Atomic: after a crash at any moment all of the batch is there or none of it. A write that
  // failed with DATA_LOSS may be there or not.
  virtual absl::Status Write(const Batch& batch, Durability durability) = 0;
  // The value, or nothing when there is no such key.
  virtual absl::StatusOr<std::optional<std::string>> Get(
      absl::string_view key, const Snapshot* snapshot = nullptr) const = 0;
  // The keys in [begin, end) of the snapshot's moment, or else of now; an empty `end` is the end of
  // the store. Never null: what fails is in the iterator's status().
  virtual std::unique_ptr<Iterator> Scan(absl::string_view begin, absl::string_view end,
                                         const Snapshot* snapshot = nullptr) const = 0;
  virtual std::shared_ptr<const Snapshot> TakeSnapshot() const = 0;
  // Makes all that was written durable.
  virtual absl::Status Flush() = 0;
  // Makes a whole and consistent copy in the folder `dir`, which must not exist. It shares files
  // with the store where the file system can, so it is no backup until it is copied elsewhere.
  virtual absl::Status Checkpoint(const std::string& dir) = 0;

  // True once the disk failed to make a write durable, or failed under one in any other way than by
  // being full. The kernel may have thrown the data away and say nothing the next time, so there is
  // no second try: from here on every call gives the same DATA_LOSS, nobody may be told that
  // anything is held, and the process stops and is started again.
  virtual bool failed() const = 0;

  // RESOURCE_EXHAUSTED while the disk is full: it has less room than is kept in reserve, and then
  // says how much there is and how much there must be; or it takes no new file, which is tried once
  // met_full_disk() is true.
  virtual absl::Status CheckRoom() const = 0;
  // True once the engine itself ran into a full disk: reads go on, and every write is refused until
  // the store is opened again. Whoever owns the store opens it again once there is room.
  virtual bool met_full_disk() const = 0;
};

}  // namespace tocsin::store
