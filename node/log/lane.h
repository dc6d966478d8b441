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

inline constexpr size_t kMaxBirthBytes = 64 * 1024;
// Sequences stay below this, so that no sum of one and a count wraps.
inline constexpr uint64_t kMaxSeq = uint64_t{1} << 48;

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

  friend bool operator==(const Birth&, const Birth&) = default;
};

// REQUIRES: heads in rising order of lane.
std::string EncodeBirth(const Birth& birth);
// INVALID_ARGUMENT for anything outside the grammar.
absl::StatusOr<Birth> DecodeBirth(absl::string_view bytes);
LaneId LaneIdOf(const NetworkId& network, absl::string_view birth_bytes);

// Contiguous changes held, every one whole or erased with the erasure to show for it. Named by its
// first sequence as well as by its end, and it ends where branches part.
struct Run {
  Seq first;
  Seq last;
  Step before;  // the step before `first`
  Step last_step;
  // Tells runs of one node's copy of a lane apart that cover the same sequences. Local: neither
  // hashed nor sent.
  uint8_t branch = 0;

  friend bool operator==(const Run&, const Run&) = default;
};

// What a node holds of one lane.
struct LaneState {
  LaneId id;
  Scope scope;
  Precedence precedence;
  // False for a lane that only a later birth names: then it has no author and no runs.
  bool has_birth = false;
  CertId author;
  uint32_t schema_level = 0;
  // Heads of earlier lanes that its birth names.
  std::vector<LaneHead> names;
  // In rising order of (first, branch). Debts split them: a run holds only what is whole.
  std::vector<Run> runs;
  // Changes that are held without a text that no erasure explains, as runs of their own.
  std::vector<Run> debts;
  // Two runs of it disagree.
  bool forked = false;
  // More branches than a node projects: everything from this sequence on is withheld.
  std::optional<Seq> withheld_from;
  // The furthest head that a birth names, if any does.
  std::optional<LaneHead> named_head;
};

}  // namespace tocsin::log
