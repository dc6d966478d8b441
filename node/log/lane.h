// A lane: one process's hash chain of changes in one scope and precedence, opened by a birth.
// Values; any thread.
#pragma once

#include <absl/status/statusor.h>
#include <absl/strings/string_view.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "node/base/ids.h"
#include "node/base/scope.h"

namespace tocsin::log {

// Where a lane stood when a later birth named it.
struct LaneHead {
  LaneId lane;
  Seq seq;
  Step step;
  friend bool operator==(const LaneHead&, const LaneHead&) = default;
};

struct Birth {
  Scope scope;
  Precedence precedence;
  uint32_t schema_level;
  CertId certificate;
  Salt random;
  // Heads of the same node's lanes of this scope and precedence that no birth named before.
  std::vector<LaneHead> heads;
};

std::string EncodeBirth(const Birth& birth);
absl::StatusOr<Birth> DecodeBirth(absl::string_view bytes);
LaneId LaneIdOf(const NetworkId& network, absl::string_view birth_bytes);

// Contiguous changes held, every one whole or erased with the erasure to show for it. Named by its
// first sequence as well as by its end, and it ends where branches part.
struct Run {
  Seq first;
  Seq last;
  Step before;     // the step before `first`
  Step last_step;
  uint8_t branch = 0;
};

// What a node holds of one lane.
struct LaneState {
  LaneId id;
  Scope scope;
  Precedence precedence;
  CertId author;
  uint32_t schema_level = 0;
  // In rising order of (first, branch). Debts split them: a run holds only what is whole.
  std::vector<Run> runs;
  // Sequences whose text is missing without an erasure.
  std::vector<Seq> debts;
  // Two runs of it disagree.
  bool forked = false;
  // The furthest head that a birth names, if any does.
  std::optional<LaneHead> named_head;
};

}  // namespace tocsin::log
