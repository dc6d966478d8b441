#include "node/view/moved.h"

#include <algorithm>

#include "node/base/ids.h"
#include "node/view/index.h"

namespace tocsin::view {
namespace {

bool Meet(const std::vector<Dot>& a, const std::vector<Dot>& b) {
  return std::find_first_of(a.begin(), a.end(), b.begin(), b.end()) != a.end();
}

}  // namespace

std::vector<LateWrite> EditedAfterMove(uint32_t kind, const merge::MergedRecord& merged) {
  const schema::FieldInfo* moved_to = IndexesOf(kind).moved_to;
  if (moved_to == nullptr) return {};
  auto moved = merged.find(moved_to->number);
  if (moved == merged.end() || moved->second.siblings.front().clear) return {};
  // The move itself: of two equal ones both, and of two to different posts as well.
  std::vector<Dot> known = moved->second.siblings.front().overwrites;
  for (const merge::Sibling& move : moved->second.siblings) {
    known.insert(known.end(), move.dots.begin(), move.dots.end());
  }
  std::vector<LateWrite> late;
  for (const auto& [number, field] : merged) {
    if (number == moved_to->number) continue;
    for (const merge::Sibling& sibling : field.siblings) {
      if (!Meet(sibling.dots, known)) late.push_back({number, &sibling});
    }
  }
  return late;
}

}  // namespace tocsin::view
