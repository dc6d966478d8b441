// Edited after the move: a record was moved to another post, and somebody who had not seen that, or
// who had, wrote it all the same. The record that stands for it does not have what they wrote, so
// people are shown it. Part of presentation (present.h). Pure functions; any thread.
#pragma once

#include <cstdint>
#include <vector>

#include "node/merge/merge.h"

namespace tocsin::view {

// A value that stands in a record that was moved, and that its mover did not list.
struct LateWrite {
  uint32_t field = 0;
  // One of the merged record's.
  const merge::Sibling* sibling = nullptr;
};

// In rising order of field; nothing for a record that was not moved. Whoever moves a record lists,
// with the record that stands for it, the dots of all that they were shown (intake/move.h); what is
// not among them is late, whatever any clock says. An element that was taken out leaves nothing to
// show, and is not among them.
std::vector<LateWrite> EditedAfterMove(uint32_t kind, const merge::MergedRecord& merged);

}  // namespace tocsin::view
