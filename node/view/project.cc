#include "node/view/project.h"

#include <utility>
#include <vector>

#include "node/schema/kinds.h"
#include "node/schema/spoken_code.h"

namespace tocsin::view {

namespace {

// Originals before what others carry of them.
std::optional<merge::HeldChange> Find(const std::vector<const merge::HeldChange*>& changes,
                                      const Dot& dot) {
  for (const merge::HeldChange* change : changes) {
    if (change->dot == dot) return *change;
  }
  for (const merge::HeldChange* change : changes) {
    for (const log::Restated& restated : change->change.restated) {
      if (restated.dot == dot) return *change;
    }
  }
  return std::nullopt;
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
    auto find_change = [&](const Dot& dot) {
      std::optional<merge::HeldChange> found = Find(admitted, dot);
      return found || held.past().changes == 0 ? found : find_past(dot);
    };
    projected->shown = Present(kind, held.AllProvenance(), projected->merged, options, is_erased,
                               find_change, with_originals);
  }
  if (held.code_bits()) {
    projected->shown.set_code(SpokenCode::FromBits(*held.code_bits()).ToString());
  }
  return projected;
}

}  // namespace tocsin::view
