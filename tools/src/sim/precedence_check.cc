#include "tools/src/sim/precedence_check.h"

#include <absl/strings/str_cat.h>

#include <string>
#include <vector>

#include "node/log/block.h"

namespace tocsin::sim {
namespace {

// One may be on the wire, and one be cut into pieces.
constexpr int kUnderWay = 2;

}  // namespace

PrecedenceCheck::PrecedenceCheck(const link::LinkOptions& options, Violations& violations)
    : bytes_max_(options.flash_window_bytes + options.priority_window_bytes +
                 options.routine_window_bytes),
      violations_(violations) {}

void PrecedenceCheck::OnFlash(Node& from, Node& to, const log::AppendedRange& range) {
  waiting_[{from.index(), to.index()}].push_back({range.lane, range.last, 0});
}

void PrecedenceCheck::OnFrameSent(Node& from, Node& to, const v1::Frame& frame) {
  auto found = waiting_.find({from.index(), to.index()});
  if (found == waiting_.end() || !frame.has_piece() || frame.piece().offset() != 0) return;
  v1::SessionMessage message;
  const bool whole = frame.piece().size() == frame.piece().data().size();
  if (frame.piece().precedence() == static_cast<uint32_t>(Precedence::kFlash)) {
    if (!whole || !message.ParseFromString(frame.piece().data()) || !message.has_block()) return;
    auto header = log::ReadBlockHeader(message.block());
    if (!header.ok()) return;
    std::erase_if(found->second, [&](const Waiting& waiting) {
      return waiting.lane == header->lane && header->last() >= waiting.last;
    });
    return;
  }
  for (Waiting& waiting : found->second) {
    if (++waiting.overtaken_by <= kUnderWay) continue;
    violations_.Add("flash-first", from.name(),
                    absl::StrCat("less urgent messages go to ", to.name(), " while flash of lane ",
                                 waiting.lane.ToHex().substr(0, 8), " waits"));
    return;
  }
}

void PrecedenceCheck::Forget(const Node& a, const Node& b) {
  waiting_.erase({a.index(), b.index()});
  waiting_.erase({b.index(), a.index()});
}

void PrecedenceCheck::OnUnread(Node& to, size_t bytes) {
  if (bytes <= bytes_max_) return;
  violations_.Add(
      "bounds", to.name(),
      absl::StrCat(bytes, " bytes wait to be read, and its windows are of ", bytes_max_));
}

}  // namespace tocsin::sim
