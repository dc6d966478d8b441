// A record's past, apart from its present: which of its changes decide nothing any more, so that
// what is merged at the next edit does not grow with the number of edits before it. Stands between
// the merge and the row that keeps its state. A function of the set of changes, like the merge
// itself: merging what stands, with what is awaited, gives what merging all of them gives. Pure
// functions; any thread.
#pragma once

#include <absl/types/span.h>

#include <cstdint>
#include <vector>

#include "node/base/ids.h"
#include "node/merge/merge.h"

namespace tocsin::merge {

// What is known of one change once its record was merged.
struct Standing {
  // Fields of it whose write is overwritten, in rising order.
  std::vector<uint32_t> settled;
  // Nothing of it decides anything until a change comes that the record awaits, that restates, that
  // moves the record, or that is known already: with that one the whole set is merged again.
  bool past = false;
};

// One for each of `changes`, in their order. `merged` is what Merge made of them with `awaited`.
//
// A change stays in the present while one of its writes is a sibling; while it takes elements out
// of a UNION and adds none, because an edit in a faster lane says so again; while it takes out
// elements of a change of which something stands, or that a move of the record lists, because
// whoever moves it may be shown that change and not what of it is gone; while it restates, because
// the original's coming may show that it lied; while its lane is forked; and while it names a dot
// that is awaited, because that is what makes its field incomplete. While the record has a copy of
// a change that is not here, all of them stay.
std::vector<Standing> Settle(uint32_t kind, absl::Span<const HeldChange* const> changes,
                             const MergedRecord& merged, absl::Span<const Dot> awaited);

}  // namespace tocsin::merge
