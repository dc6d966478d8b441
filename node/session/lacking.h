// What of a run somebody else lacks, by the runs that they say they hold. Any thread.
#pragma once

#include <absl/functional/function_ref.h>
#include <absl/types/span.h>

#include <vector>

#include "node/base/ids.h"
#include "node/log/lane.h"
#include "node/log/log.h"
#include "node/log/receipt.h"

namespace tocsin::session {

struct SeqRange {
  Seq first;
  Seq last;
  friend bool operator==(const SeqRange&, const SeqRange&) = default;
};

// Does a held run lie on another branch of the lane than mine, as far as can be told here?
using IsRival = absl::FunctionRef<bool(const log::ListedRun& held)>;

// The parts of `mine` that `held` lacks, in rising order. A rival covers nothing; nor does a run
// that ends where mine ends, but at another step.
std::vector<SeqRange> Lacking(const log::Run& mine, absl::Span<const log::ListedRun> held,
                              IsRival is_rival);

// Rivals told by the chain: where a held run ends within mine its step must be mine, and where it
// ends beyond, its step must not be that of a branch which parts from mine.
std::vector<SeqRange> LackingOf(const log::Log& log, const log::LaneState& lane,
                                const log::Run& mine, absl::Span<const log::ListedRun> held);

}  // namespace tocsin::session
