// What of a run somebody else lacks, by the runs that they say they hold. Pure; any thread.
#pragma once

#include <absl/types/span.h>

#include <vector>

#include "node/base/ids.h"
#include "node/log/lane.h"
#include "node/log/receipt.h"

namespace tocsin::session {

struct SeqRange {
  Seq first;
  Seq last;
  friend bool operator==(const SeqRange&, const SeqRange&) = default;
};

// The parts of `mine` that `held` lacks, in rising order. A held run that ends where mine ends, but
// at another step, lies on another branch and covers nothing.
std::vector<SeqRange> Lacking(const log::Run& mine, absl::Span<const log::ListedRun> held);

}  // namespace tocsin::session
