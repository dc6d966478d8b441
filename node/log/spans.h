// What is held of one lane, as spans of its chain, and what an incoming range adds to it. Pure: no
// disk, no clock. Called by the append strand; the result is stored in the heads row.
//
// The spans are a function of the set of changes held and of nothing else: no order of arrival, no
// doubling and no cutting into blocks makes other spans of the same changes.
#pragma once

#include <absl/functional/function_ref.h>
#include <absl/status/statusor.h>
#include <absl/types/span.h>

#include <cstdint>
#include <vector>

#include "node/base/ids.h"

namespace tocsin::log {

// Contiguous changes of one chain, all whole or all lacking a text. As long as can be: it ends at a
// gap, where the state changes, or where branches part.
struct Span {
  uint64_t first = 0;
  uint64_t last = 0;
  Step before;
  Step last_step;
  uint8_t branch = 0;
  bool whole = true;

  friend bool operator==(const Span&, const Span&) = default;
};

// In rising order of (first, branch); spans of one branch never overlap.
using Spans = std::vector<Span>;

// A range of a chain that has arrived.
struct IncomingRange {
  uint64_t first = 0;
  Step before;
  absl::Span<const Step> steps;     // after each change
  absl::Span<const uint8_t> whole;  // of each change: not 0 when no text is missing unexplained

  uint64_t last() const { return first + steps.size() - 1; }
  // REQUIRES: first - 1 <= seq <= last().
  const Step& StepAt(uint64_t seq) const {
    return seq < first ? before : steps[static_cast<size_t>(seq - first)];
  }
};

struct SeqRange {
  uint64_t first = 0;
  uint64_t last = 0;
  friend bool operator==(const SeqRange&, const SeqRange&) = default;
};

// Rows of [range] move from one branch number to another.
struct BranchMove {
  Span piece;  // with the branch that its rows have now
  uint8_t to = 0;
};

struct Admission {
  Spans spans;  // afterwards
  // Not held before, each on one branch number.
  struct Fresh {
    SeqRange range;
    uint8_t branch = 0;
  };
  std::vector<Fresh> fresh;
  // Held without a text, and whole now.
  std::vector<Fresh> repaired;
  // To be carried out, all at once, before other rows are written.
  std::vector<BranchMove> moves;
  // It disagrees with what was held.
  bool forked = false;
};

// Reads the step that is held at `seq` on a branch; costs a read of the disk.
using HeldStep = absl::FunctionRef<absl::StatusOr<Step>(uint64_t seq, uint8_t branch)>;

// RESOURCE_EXHAUSTED when 256 branches would cover one sequence. Ranges that follow what is held
// read nothing.
absl::StatusOr<Admission> Admit(const Spans& held, const IncomingRange& range, HeldStep held_step);

// What remains when [range] on `branch` is lost; `before` and `last_step` are those of the range.
// REQUIRES: it lies within spans of that branch.
absl::StatusOr<Admission> Remove(const Spans& held, SeqRange range, uint8_t branch,
                                 const Step& before, const Step& last_step);

// What is held when a text of the change at `seq` comes to be explained or is lost; `before` and
// `step` are its own.
absl::StatusOr<Admission> SetWhole(const Spans& held, uint64_t seq, uint8_t branch,
                                   const Step& before, const Step& step, bool whole);

// How many spans cover the most covered sequence.
size_t Width(const Spans& spans);
// The lowest sequence that two spans cover; 0 when none is.
uint64_t FirstParted(const Spans& spans);

}  // namespace tocsin::log
