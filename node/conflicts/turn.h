// Whose turn it is to settle a conflict. A pure function of where the record belongs, how long its
// values have stood apart at this node, and the patience that is configured here; any thread.
#pragma once

#include <absl/time/time.h>

#include <optional>

#include "node/base/scope.h"

namespace tocsin::conflicts {

struct Turn {
  Jurisdiction jurisdiction;
  // Until the turn passes on; nothing where it does not: at the root.
  std::optional<absl::Duration> left;
};

// At first the record's own jurisdiction's, which is nearest to what happened; after each patience
// the one's above it. All of them may settle it at any moment: a turn says who is to, not who may.
// REQUIRES: patience > 0.
Turn TurnOf(const Scope& scope, absl::Duration age, absl::Duration patience);

}  // namespace tocsin::conflicts
