// Reading rows of the log database, of a moment or of a batch in the making, and checking what is
// read: an entry that does not give the step that it names is damaged.
#pragma once

#include <absl/functional/function_ref.h>
#include <absl/status/status.h>
#include <absl/status/statusor.h>
#include <absl/strings/string_view.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "node/log/block.h"
#include "node/log/rows.h"
#include "node/store/store.h"

namespace tocsin::log {

// Where rows are read. Thread rule of its maker.
class RowSource {
 public:
  virtual ~RowSource() = default;
  virtual absl::StatusOr<std::optional<std::string>> Get(absl::string_view key) const = 0;
  // Calls `visit` for the keys in [begin, end) in order until it says false.
  using Visit = absl::FunctionRef<bool(absl::string_view key, absl::string_view value)>;
  virtual absl::Status Scan(absl::string_view begin, absl::string_view end, Visit visit) const = 0;
};

// The store at one moment, or as it is when each call is made. Thread-safe.
class StoreSource final : public RowSource {
 public:
  explicit StoreSource(const store::Store& store,
                       std::shared_ptr<const store::Snapshot> moment = nullptr)
      : store_(store), moment_(std::move(moment)) {}
  absl::StatusOr<std::optional<std::string>> Get(absl::string_view key) const override;
  absl::Status Scan(absl::string_view begin, absl::string_view end, Visit visit) const override;

 private:
  const store::Store& store_;
  const std::shared_ptr<const store::Snapshot> moment_;
};

// Scans [begin, end) and goes on behind what the disk does not give back, from slice to slice of
// the keys by the two bytes behind `begin`: good for tables whose keys are hashes. `lost` hears
// each place. An error only where no slice can be read at all, or for another reason than damage.
absl::Status ScanAround(const RowSource& source, absl::string_view begin, absl::string_view end,
                        RowSource::Visit visit, absl::FunctionRef<void(const absl::Status&)> lost);

// An index row with what its key says.
struct PlacedRow {
  uint64_t last = 0;
  uint8_t branch = 0;
  IndexRow row;
};
// The rows of a lane that cover part of [first, last] on a branch, in order.
absl::StatusOr<std::vector<PlacedRow>> RowsOf(const RowSource& source, const Scope& scope,
                                              const LaneId& lane, uint64_t first, uint64_t last,
                                              uint8_t branch);
// The row that covers `seq` on a branch.
absl::StatusOr<std::optional<PlacedRow>> FindRow(const RowSource& source, const Scope& scope,
                                                 const LaneId& lane, uint64_t seq, uint8_t branch);

// An entry, unpacked and checked against the step that it names.
struct LoadedEntry {
  EntryHeader header;
  // What lies in it: at least [header.first, header.last], and of a block perhaps its tail.
  UnpackedBlock range;
  // As it is stored; empty for a group of own changes.
  std::string block;

  uint64_t range_first() const { return range.header.first.value(); }
  uint64_t range_last() const { return range.header.last().value(); }
  // REQUIRES: range_first() - 1 <= seq <= range_last().
  const Step& StepAt(uint64_t seq) const {
    return seq < range_first() ? range.header.prior
                               : range.changes[static_cast<size_t>(seq - range_first())].step;
  }
  absl::string_view ChangeAt(uint64_t seq) const {
    return range.change(static_cast<size_t>(seq - range_first()));
  }
  size_t LongestAt(uint64_t seq) const {
    return range.changes[static_cast<size_t>(seq - range_first())].longest;
  }
};
// As it is stored. DATA_LOSS for an entry that is not there.
absl::StatusOr<std::string> EntryBytes(const RowSource& source, Queue queue, Arrival arrival);
// DATA_LOSS for an entry that is not there or is damaged. `visit` sees all that lies in it.
absl::StatusOr<LoadedEntry> LoadEntry(const RowSource& source, Queue queue, Arrival arrival,
                                      ChangeVisitor visit);
absl::StatusOr<LoadedEntry> LoadEntry(const RowSource& source, Queue queue, Arrival arrival);
// The same from an entry's bytes.
absl::StatusOr<LoadedEntry> UnpackEntry(absl::string_view bytes, ChangeVisitor visit);

// NOT_FOUND where nothing is held.
absl::StatusOr<Step> ReadStep(const RowSource& source, const Scope& scope, const LaneId& lane,
                              uint64_t seq, uint8_t branch);

// The payload of an entry of own changes: the step before them, and they.
std::string OwnPayload(const Step& before, absl::string_view raw);

}  // namespace tocsin::log
