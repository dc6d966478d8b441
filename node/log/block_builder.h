// Puts changes that lie next to one another in a lane into blocks: small stored ones are joined,
// own changes are sealed where a block ends. No byte that is hashed changes.
#pragma once

#include <absl/strings/string_view.h>

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "node/base/ids.h"
#include "node/log/block.h"

namespace tocsin::log {

// Used by one thread, for one run of one lane.
class BlockBuilder {
 public:
  using Sign = std::function<Signature(Seq seq, const Step& step)>;

  // `sign` seals own changes; never called if none are added.
  BlockBuilder(const LaneId& lane, Sign sign) : lane_(lane), sign_(std::move(sign)) {}

  // The next change; `longest` is its ChangeView::LongestForm. `own`: this node can seal there.
  // REQUIRES: it follows the last one.
  void Add(uint64_t seq, const Step& before, absl::string_view change, size_t longest,
           const Step& after, bool own);
  // The author's seal on `step` at `seq` is known. It may be one of another chain than is added:
  // branches part behind what they share.
  void KnowSeal(uint64_t seq, const Step& step, const Signature& seal) {
    seals_[{seq, step}] = seal;
  }

  // Emits what fills a block, and with `all` also the rest, up to the last seal.
  void Emit(bool all, std::vector<std::string>& blocks);
  bool empty() const { return pending_.empty(); }
  // Changes behind the last seal, which nobody can send.
  size_t left() const { return pending_.size(); }

 private:
  struct Pending {
    uint64_t seq;
    Step after;
    std::string bytes;
    size_t longest;
    bool own;
  };
  bool CanEndAt(const Pending& change) const;

  const LaneId lane_;
  const Sign sign_;
  std::map<std::pair<uint64_t, Step>, Signature> seals_;
  std::deque<Pending> pending_;
  Step before_;  // the first pending one
};

}  // namespace tocsin::log
