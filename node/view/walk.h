// A walk over several ranges of one sort of index as if they were one, in order. For queries.
#pragma once

#include <absl/status/status.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "node/store/store.h"
#include "node/view/keys.h"

namespace tocsin::view {

// Numbers [first, last] under one index prefix.
struct WalkRange {
  uint32_t kind = 0;
  std::string prefix;
  uint64_t first = 0;
  uint64_t last = ~uint64_t{0};
};

// Gives records by (number, kind, scope, id), rising or falling. Lives within one query, on its
// thread; the store and the snapshot outlive it.
class Walk {
 public:
  Walk(const store::Store& store, const store::Snapshot* snapshot, std::vector<WalkRange> ranges,
       bool descending, const std::optional<std::string>& after);

  // The next one; nothing at the end, or on an error that status() has.
  std::optional<RecordRef> Next();
  // Of the record that Next gave: PositionBytes (order.h).
  const std::string& position() const { return position_; }
  // The index's number of it.
  uint64_t number() const;
  bool AtEnd() const { return heads_.empty(); }
  absl::Status status() const { return status_; }

 private:
  struct Head {
    WalkRange range;
    std::unique_ptr<store::Iterator> it;
    // Where `it` stands.
    std::string position;
    std::optional<RecordRef> record;
  };

  void Begin(Head head, const std::optional<std::string>& after);
  // Reads where the head stands; false at its end.
  bool Read(Head& head);
  void Move(Head& head) const;
  bool IsBefore(const std::string& a, const std::string& b) const {
    return descending_ ? a > b : a < b;
  }

  const bool descending_;
  std::vector<Head> heads_;
  std::string position_;
  absl::Status status_;
};

}  // namespace tocsin::view
