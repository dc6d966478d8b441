// A range of a lane that is on its way into the log, parsed and hashed: a group of own changes, or
// a block of somebody else's whose seal holds. Made on the executor, consumed by the append strand.
#pragma once

#include <absl/status/status.h>
#include <absl/status/statusor.h>
#include <absl/strings/string_view.h>

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "node/base/ids.h"
#include "node/base/scope.h"
#include "node/identity/certificate.h"
#include "node/log/block.h"
#include "node/log/stamp.h"

namespace tocsin::log {

struct Range {
  BlockHeader header;  // of own changes: no seal
  std::string raw;
  std::vector<ChangeSpan> changes;
  // The block as it came; empty for own changes.
  std::string block;

  // A text of one of the changes.
  struct TextRef {
    uint32_t change = 0;
    bool here = false;
  };
  std::vector<TextRef> texts;
  // Dots that the changes restate.
  struct RestateRef {
    uint32_t change = 0;
    Dot dot;
  };
  std::vector<RestateRef> restates;
  // Which changes are erasures.
  std::vector<uint32_t> erasures;
  // The latest time of a stamp in it.
  uint64_t latest_stamp = 0;

  uint64_t first() const { return header.first.value(); }
  uint64_t last() const { return header.last().value(); }
  // REQUIRES: first() - 1 <= seq <= last().
  const Step& StepAt(uint64_t seq) const {
    return seq < first() ? header.prior : changes[static_cast<size_t>(seq - first())].step;
  }
  absl::string_view ChangeAt(uint64_t seq) const {
    const ChangeSpan& span = changes[static_cast<size_t>(seq - first())];
    return absl::string_view(raw).substr(span.offset, span.size);
  }
};

// What a range of own changes must say of itself. REQUIRES: `raw` is what EncodeDraft made.
Range OwnRange(const LaneId& lane, Seq first, const Step& prior, std::string raw, size_t count);

// What a block is checked against.
struct BlockRules {
  identity::Certificate author;
  NetworkId network;
  Scope scope;
  // Null takes every change; see LogOptions.
  std::function<absl::Status(const ChangeView& change)> check;
};
// INVALID_ARGUMENT for bytes outside the grammar, more than a block may grow to, a seal that is not
// the author's, or a change that the rules do not take.
absl::StatusOr<Range> VerifyBlock(std::string block, const BlockRules& rules);

}  // namespace tocsin::log
