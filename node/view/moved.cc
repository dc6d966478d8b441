#include "node/view/moved.h"

#include <algorithm>

#include "node/base/ids.h"
#include "node/view/index.h"

namespace tocsin::view {
namespace {

// What the mover was shown, and the move itself: of two equal moves both, and of two to different
// posts as well. Nothing for a record that was not moved.
std::vector<Dot> KnownToTheMover(uint32_t kind, const merge::MergedRecord& merged) {
  const schema::FieldInfo* moved_to = IndexesOf(kind).moved_to;
  if (moved_to == nullptr) return {};
  auto moved = merged.find(moved_to->number);
  if (moved == merged.end() || moved->second.siblings.front().clear) return {};
  std::vector<Dot> known = moved->second.siblings.front().overwrites;
  for (const merge::Sibling& move : moved->second.siblings) {
    known.insert(known.end(), move.dots.begin(), move.dots.end());
  }
  return known;
}

bool Stands(const merge::MergedRecord& merged, uint32_t field, const Dot& dot) {
  auto found = merged.find(field);
  if (found == merged.end()) return false;
  const std::vector<merge::Sibling>& siblings = found->second.siblings;
  return std::any_of(siblings.begin(), siblings.end(), [&dot](const merge::Sibling& sibling) {
    return std::find(sibling.dots.begin(), sibling.dots.end(), dot) != sibling.dots.end();
  });
}

}  // namespace

std::vector<LateWrite> EditedAfterMove(uint32_t kind, const merge::MergedRecord& merged) {
  const std::vector<Dot> known = KnownToTheMover(kind, merged);
  if (known.empty()) return {};
  std::vector<LateWrite> late;
  for (const auto& [number, field] : merged) {
    if (number == IndexesOf(kind).moved_to->number) continue;
    for (const merge::Sibling& sibling : field.siblings) {
      if (!merge::Meet(sibling.dots, known)) late.push_back({number, &sibling});
    }
  }
  return late;
}

std::vector<merge::Removal> RemovedAfterMove(uint32_t kind, const merge::MergedRecord& merged,
                                             absl::Span<const merge::HeldChange* const> changes) {
  std::vector<Dot> known = KnownToTheMover(kind, merged);
  if (known.empty()) return {};
  std::sort(known.begin(), known.end());
  auto is_known = [&known](const Dot& dot) {
    return std::binary_search(known.begin(), known.end(), dot);
  };
  const std::vector<merge::Removal> removals = merge::RemovalsIn(kind, changes);
  std::vector<merge::Removal> late;
  for (auto at = removals.begin(); at != removals.end();) {
    auto end = std::find_if(at, removals.end(), [at](const merge::Removal& other) {
      return other.field != at->field || other.element != at->element;
    });
    const bool was_shown = is_known(at->element) && !Stands(merged, at->field, at->element);
    const bool is_late = was_shown && std::none_of(at, end, [&](const merge::Removal& removal) {
                           return is_known(removal.by);
                         });
    if (is_late) {
      late.push_back(*std::min_element(at, end, [](const auto& a, const auto& b) {
        return log::EarlierThan(a.stamp, b.stamp);
      }));
    }
    at = end;
  }
  return late;
}

}  // namespace tocsin::view
