#include "node/conflicts/turn.h"

#include <algorithm>

#include "node/base/status.h"

namespace tocsin::conflicts {

Turn TurnOf(const Scope& scope, absl::Duration age, absl::Duration patience) {
  TOCSIN_CHECK(patience > absl::ZeroDuration());
  Turn turn{scope.jurisdiction(), std::nullopt};
  // A clock may have been set back since.
  absl::Duration left = patience - std::max(age, absl::ZeroDuration());
  while (!turn.jurisdiction.IsRoot() && left <= absl::ZeroDuration()) {
    turn.jurisdiction = turn.jurisdiction.Parent();
    left += patience;
  }
  if (!turn.jurisdiction.IsRoot()) turn.left = left;
  return turn;
}

}  // namespace tocsin::conflicts
