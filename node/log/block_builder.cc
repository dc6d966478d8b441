#include "node/log/block_builder.h"

#include <utility>

#include "node/base/status.h"

namespace tocsin::log {

void BlockBuilder::Add(uint64_t seq, const Step& before, absl::string_view change, size_t longest,
                       const Step& after, bool own) {
  if (pending_.empty()) {
    before_ = before;
  } else {
    TOCSIN_CHECK(pending_.back().seq + 1 == seq && pending_.back().after == before);
  }
  pending_.push_back({seq, after, std::string(change), longest, own});
}

bool BlockBuilder::CanEndAt(const Pending& change) const {
  return change.own || seals_.contains({change.seq, change.after});
}

void BlockBuilder::Emit(bool all, std::vector<std::string>& blocks) {
  while (!pending_.empty()) {
    // The last place where a block can end within the limits; beyond the packer's, for a block that
    // erasures made longer, the reader's.
    size_t count = 0;
    size_t end = 0;
    size_t bytes = 0;
    bool full = false;
    for (const Pending& change : pending_) {
      if (count == kBlockChangesMax || bytes + change.longest > kBlockRawBytesLimit) {
        full = true;
        break;
      }
      if (bytes + change.longest > kBlockRawBytesMax && end > 0) {
        full = true;
        break;
      }
      ++count;
      bytes += change.longest;
      if (CanEndAt(change)) end = count;
    }
    if (end == 0 || (!full && !all)) return;

    std::string raw;
    for (size_t i = 0; i < end; ++i) raw += pending_[i].bytes;
    const Pending last = pending_[end - 1];
    auto seal = seals_.find({last.seq, last.after});
    BlockHeader header{lane_, Seq(pending_.front().seq), static_cast<uint32_t>(end), before_,
                       seal != seals_.end() ? seal->second : sign_(Seq(last.seq), last.after)};
    blocks.push_back(PackBlock(header, raw));
    pending_.erase(pending_.begin(), pending_.begin() + static_cast<std::ptrdiff_t>(end));
    before_ = last.after;
  }
}

}  // namespace tocsin::log
