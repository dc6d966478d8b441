#include "node/view/project.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "node/schema/kinds.h"
#include "node/schema/spoken_code.h"

namespace tocsin::view {

namespace {

using Changes = std::vector<const merge::HeldChange*>;

const merge::HeldChange* FindOriginal(const Changes& changes, const Dot& dot) {
  auto found = std::find_if(changes.begin(), changes.end(),
                            [&dot](const merge::HeldChange* one) { return one->dot == dot; });
  return found == changes.end() ? nullptr : *found;
}

// Of several copies that one whose dot is the least, so that all nodes take the same.
const merge::HeldChange* FindCopy(const Changes& changes, const Dot& dot, uint32_t field) {
  const merge::HeldChange* least = nullptr;
  for (const merge::HeldChange* change : changes) {
    const bool carries = std::any_of(change->change.restated.begin(), change->change.restated.end(),
                                     [&](const log::Restated& restated) {
                                       return restated.dot == dot && restated.field == field;
                                     });
    if (carries && (least == nullptr || change->dot < least->dot)) least = change;
  }
  return least;
}

}  // namespace

std::optional<Projected> Project(const HeldRecord& held, const PresentOptions& options,
                                 IsErased is_erased, FindPast find_past, bool with_originals) {
  const uint32_t kind = held.ref().kind;
  if (schema::FindKind(kind) == nullptr) return std::nullopt;
  std::optional<Projected> projected(std::in_place);
  if (held.erased()) {
    projected->shown = PresentErased();
  } else {
    const std::vector<const merge::HeldChange*> admitted = held.Admitted();
    if (admitted.empty()) return std::nullopt;
    projected->merged = merge::Merge(kind, admitted, held.awaited());
    // The original wherever it is, before what others carry of it.
    auto find_change = [&](const Dot& dot, uint32_t field) -> std::optional<merge::HeldChange> {
      if (const auto* original = FindOriginal(admitted, dot)) return *original;
      if (held.past().changes > 0) {
        if (std::optional<merge::HeldChange> past = find_past(dot)) return past;
      }
      const auto* copy = FindCopy(admitted, dot, field);
      return copy == nullptr ? std::nullopt : std::optional(*copy);
    };
    projected->shown = Present(kind, held.AllProvenance(), projected->merged, admitted, options,
                               is_erased, find_change, with_originals);
  }
  if (held.code_bits()) {
    projected->shown.set_code(SpokenCode::FromBits(*held.code_bits()).ToString());
  }
  return projected;
}

}  // namespace tocsin::view
