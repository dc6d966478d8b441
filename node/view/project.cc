#include "node/view/project.h"

#include <vector>

#include "node/merge/lookup.h"
#include "node/schema/kinds.h"
#include "node/schema/spoken_code.h"

namespace tocsin::view {

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
      if (const auto* original = merge::FindChange(admitted, dot)) return *original;
      if (held.past().changes > 0) {
        if (std::optional<merge::HeldChange> past = find_past(dot)) return past;
      }
      const auto* copy = merge::FindCopy(admitted, dot, field);
      return copy == nullptr ? std::nullopt : std::optional(*copy);
    };
    projected->shown = Present(kind, held.AllProvenance(), projected->merged, admitted,
                               held.awaited(), options, is_erased, find_change, with_originals);
  }
  if (held.code_bits()) {
    projected->shown.set_code(SpokenCode::FromBits(*held.code_bits()).ToString());
  }
  return projected;
}

}  // namespace tocsin::view
