#include "node/merge/lookup.h"

#include <algorithm>

namespace tocsin::merge {

const HeldChange* FindChange(absl::Span<const HeldChange* const> changes, const Dot& dot) {
  auto found = std::find_if(changes.begin(), changes.end(),
                            [&dot](const HeldChange* one) { return one->dot == dot; });
  return found == changes.end() ? nullptr : *found;
}

const HeldChange* FindCopy(absl::Span<const HeldChange* const> changes, const Dot& dot,
                           uint32_t field) {
  const HeldChange* least = nullptr;
  for (const HeldChange* change : changes) {
    const bool carries = std::any_of(change->change.restated.begin(), change->change.restated.end(),
                                     [&](const log::Restated& restated) {
                                       return restated.dot == dot && restated.field == field;
                                     });
    if (carries && (least == nullptr || change->dot < least->dot)) least = change;
  }
  return least;
}

std::optional<Sibling> WriteIn(uint32_t kind, uint32_t field, const Dot& dot,
                               const HeldChange& held) {
  HeldChange one = held;
  one.settled.clear();
  const MergedRecord alone = Merge(kind, absl::MakeConstSpan(&one, 1));
  const auto found = alone.find(field);
  if (found == alone.end()) return std::nullopt;
  for (const Sibling& sibling : found->second.siblings) {
    if (sibling.dots.front() == dot) return sibling;
  }
  return std::nullopt;
}

}  // namespace tocsin::merge
