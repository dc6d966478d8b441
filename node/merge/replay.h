// A record's history, change by change: what it was after each of them. For whoever tells people
// what was shown when, and since when a field has been in conflict. Each step costs what merging
// the record's present costs, however long its past is (past.h). Used by one thread at a time.
#pragma once

#include <absl/container/flat_hash_map.h>

#include <cstdint>
#include <vector>

#include "node/base/ids.h"
#include "node/merge/merge.h"

namespace tocsin::merge {

class Replay {
 public:
  explicit Replay(uint32_t kind) : kind_(kind) {}

  // The record with all that was added so far and this one: what Merge makes of them, whatever
  // their order. Each change is added once.
  const MergedRecord& Add(HeldChange change);
  const MergedRecord& record() const { return merged_; }

 private:
  // Changes that lie apart decide again.
  void BringBack();
  void Await(const HeldChange& change);

  const uint32_t kind_;
  std::vector<HeldChange> present_;
  absl::flat_hash_map<Dot, HeldChange> past_;
  // Rising.
  std::vector<Dot> awaited_;
  MergedRecord merged_;
};

}  // namespace tocsin::merge
