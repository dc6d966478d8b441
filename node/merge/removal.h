// Which elements were taken out of a record's lists. A removal leaves no sibling, so that the
// merged record does not say; people are told of one where it matters who had seen it, as after a
// move (view/moved.h). Pure functions; any thread.
#pragma once

#include <absl/types/span.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "node/base/ids.h"
#include "node/log/change.h"
#include "node/merge/merge.h"

namespace tocsin::merge {

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

// In rising order of field, element and `by`. REQUIRES: those of a record that decide what is
// shown, of kind `kind`: a change that takes something out is always one of them (past.h).
std::vector<Removal> RemovalsIn(uint32_t kind, absl::Span<const HeldChange* const> changes);

// What the write `dot` of the field said, whatever became of it: by its own change, or by one that
// carries it ahead. Nothing where `held` is neither.
std::optional<Sibling> WriteIn(uint32_t kind, uint32_t field, const Dot& dot,
                               const HeldChange& held);

}  // namespace tocsin::merge
