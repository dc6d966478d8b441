#include "node/merge/replay.h"

#include <algorithm>
#include <utility>

#include "node/merge/past.h"

namespace tocsin::merge {
namespace {

bool Contains(const std::vector<Dot>& rising, const Dot& dot) {
  return std::binary_search(rising.begin(), rising.end(), dot);
}

}  // namespace

const MergedRecord& Replay::Add(HeldChange change) {
  change.settled.clear();
  const bool decides_again = !change.change.restated.empty() || Contains(awaited_, change.dot);
  if (decides_again) BringBack();
  present_.push_back(std::move(change));
  Await(present_.back());
  merged_ = Merge(kind_, PointersTo(present_), awaited_);
  const std::vector<Standing> standing = Settle(kind_, PointersTo(present_), merged_, awaited_);
  std::vector<HeldChange> present;
  for (size_t i = 0; i < standing.size(); ++i) {
    if (standing[i].past) {
      const Dot dot = present_[i].dot;
      past_.emplace(dot, std::move(present_[i]));
    } else {
      present_[i].settled = standing[i].settled;
      present.push_back(std::move(present_[i]));
    }
  }
  present_ = std::move(present);
  return merged_;
}

void Replay::BringBack() {
  for (auto& [dot, change] : past_) present_.push_back(std::move(change));
  past_.clear();
  for (HeldChange& change : present_) change.settled.clear();
}

void Replay::Await(const HeldChange& change) {
  if (past_.empty()) {
    for (HeldChange& held : present_) held.settled.clear();
    awaited_ = AwaitedBy(PointersTo(present_));
    return;
  }
  for (const log::FieldOp& op : change.change.ops) {
    for (const Dot& dot : op.overwrites) {
      const bool is_here = past_.contains(dot) ||
                           std::any_of(present_.begin(), present_.end(),
                                       [&dot](const HeldChange& held) { return held.dot == dot; });
      if (!is_here) awaited_.push_back(dot);
    }
  }
  std::sort(awaited_.begin(), awaited_.end());
  awaited_.erase(std::unique(awaited_.begin(), awaited_.end()), awaited_.end());
}

}  // namespace tocsin::merge
