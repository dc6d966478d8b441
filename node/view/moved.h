// Edited after the move: a record was moved to another post, and somebody who had not seen that, or
// who had, wrote it all the same. The record that stands for it does not have what they wrote, so
// people are shown it. Part of presentation (present.h). Pure functions; any thread.
#pragma once

#include <absl/types/span.h>

#include <cstdint>
#include <vector>

#include "node/merge/merge.h"
#include "node/merge/removal.h"

namespace tocsin::view {

// A value that stands in a record that was moved, and that its mover did not list.
struct LateWrite {
  uint32_t field = 0;
  // One of the merged record's.
  const merge::Sibling* sibling = nullptr;
};

// In rising order of field; nothing for a record that was not moved. Whoever moves a record lists,
// with the record that stands for it, the dots of all that they were shown (intake/move.h); what is
// not among them is late, whatever any clock says.
std::vector<LateWrite> EditedAfterMove(uint32_t kind, const merge::MergedRecord& merged);

// Elements of its lists that the mover was shown and that are gone since: a change takes each out
// that they did not list, and none that they did. One for each element, the first by its stamp; in
// rising order of field and element. `changes` are those that decide what `merged` shows.
std::vector<merge::Removal> RemovedAfterMove(uint32_t kind, const merge::MergedRecord& merged,
                                             absl::Span<const merge::HeldChange* const> changes);

}  // namespace tocsin::view
