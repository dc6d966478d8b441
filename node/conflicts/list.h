// A page of open conflicts: the board says which there are, the view what their values are. Called
// on the executor; any thread.
#pragma once

#include <absl/status/statusor.h>

#include "node/conflicts/board.h"
#include "node/view/view.h"
#include "tocsin/v1/conflicts.pb.h"

namespace tocsin::conflicts {

inline constexpr size_t kPageDefault = 50;
inline constexpr size_t kPageMax = 1000;

struct ListedOpen {
  v1::ListConflictsResponse response;
  // Of the board as it was listed.
  uint64_t last_event = 0;
};

// Rows of at most `bytes_max` in all, one at least. INVALID_ARGUMENT for a parent, filter, order or
// token that cannot be read. A conflict that was settled since the board was read is left out.
// REQUIRES: a board that is current (Board::WhenCurrent).
absl::StatusOr<ListedOpen> ListOpen(const Board& board, const view::View& view,
                                    const v1::ListConflictsRequest& request, size_t bytes_max);

// INVALID_ARGUMENT for what is no parent of a list; empty is everything held here.
absl::StatusOr<std::optional<Scope>> ReadParent(const std::string& parent);
bool IsBelow(const std::optional<Scope>& parent, const Scope& scope);

}  // namespace tocsin::conflicts
