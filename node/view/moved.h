// Edited after the move: a record was moved to another post, and somebody who had not seen that, or
// who had, wrote it all the same. The record that stands for it does not have what they wrote, so
// people are shown it. Part of presentation (present.h). Pure functions; any thread.
#pragma once

#include <absl/strings/string_view.h>
#include <absl/types/span.h>

#include <cstdint>
#include <vector>

#include "node/merge/merge.h"
#include "node/merge/removal.h"
#include "node/view/etag.h"
#include "node/view/view.h"

namespace tocsin::view {

// A value that stands in a record that was moved, and that its mover did not list.
struct LateWrite {
  uint32_t field = 0;
  // One of the merged record's.
  const merge::Sibling* sibling = nullptr;
};

struct LateEdits {
  // In rising order of field.
  std::vector<LateWrite> writes;
  // Elements of lists that are gone, though a mover was shown them and not that they go. One for
  // each element, the first by its stamp; in rising order of field and element.
  std::vector<merge::Removal> removals;
};

// Nothing for a record that was not moved. Whoever moves a record lists, with the record that
// stands for it, the dots of all that they were shown (ListedByMove): what is not among them is
// late, whatever any clock says. Where two moved it alike, apart, what either was shown stands in
// the new record, so that a write is late that neither was shown, and a removal one that either was
// not. `changes` decide what `merged` shows, with `awaited` (merge.h).
LateEdits EditedAfterMove(uint32_t kind, const merge::MergedRecord& merged,
                          absl::Span<const merge::HeldChange* const> changes,
                          absl::Span<const Dot> awaited);

// What the author of a move lists of a record, to whom `seen` of it was shown, in rising order: the
// dots of its values, and of the changes that took elements of these out of lists. For what is only
// known by a copy the change that carries it: of the rest of the original nothing was shown. A
// removal by a change of which a value stands that was not shown is left out.
std::vector<Dot> ListedByMove(const StoredRecord& record, const RecordVersion& seen);

// What those list who moved it to the record that `moved_to`, a fragment of that field, names: who
// settles to which post it was moved keeps that. REQUIRES: of a kind that is moved.
std::vector<Dot> ListedByMovesTo(const StoredRecord& record, absl::string_view moved_to);

}  // namespace tocsin::view
