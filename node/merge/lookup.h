// Finding one write among the changes of a record: in its own change, or in one that carries it
// ahead. Pure functions; any thread.
#pragma once

#include <absl/types/span.h>

#include <cstdint>
#include <optional>

#include "node/base/ids.h"
#include "node/merge/merge.h"

namespace tocsin::merge {

// Null if none of them has that dot.
const HeldChange* FindChange(absl::Span<const HeldChange* const> changes, const Dot& dot);

// One that carries that field of that change ahead; of several the one whose dot is the least, so
// that all nodes take the same. Null if none does.
const HeldChange* FindCopy(absl::Span<const HeldChange* const> changes, const Dot& dot,
                           uint32_t field);

// What the write `dot` of the field said, whatever became of it. Nothing where `held` is neither
// that change nor one that carries the field of it.
std::optional<Sibling> WriteIn(uint32_t kind, uint32_t field, const Dot& dot,
                               const HeldChange& held);

}  // namespace tocsin::merge
