// Which elements were taken out of a record's lists. A removal leaves no sibling, so that the
// merged record does not say; people are told of one where it matters who had seen it, as after a
// move (view/moved.h). Pure functions; any thread.
#pragma once

#include <absl/types/span.h>

#include <cstdint>
#include <string>
#include <vector>

#include "node/base/ids.h"
#include "node/log/change.h"
#include "node/merge/merge.h"

namespace tocsin::merge {

// Is it a list, whose elements are merged one by one? False for a field that the schema does not
// name.
bool IsUnion(uint32_t kind, uint32_t field);

// One write that takes one element out of a UNION field.
struct Removal {
  uint32_t field = 0;
  // The change that had added the element.
  Dot element;
  // The change that takes it out, or that is told to by a copy of it where it is not held.
  Dot by;
  log::Stamp stamp;
  // The jurisdiction that took it out; where only a copy says so, the one that restates.
  std::string author;
};

// In rising order of field, element and `by`. A copy tells of a removal whose own change is not
// held
// (`awaited`, as Merge takes it), as in the merge itself. REQUIRES: those of a record's changes
// that decide what is shown, of kind `kind`: what takes an element of one of them out is among them
// (past.h).
std::vector<Removal> RemovalsIn(uint32_t kind, absl::Span<const HeldChange* const> changes,
                                absl::Span<const Dot> awaited);

}  // namespace tocsin::merge
