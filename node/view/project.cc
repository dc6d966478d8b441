#include "node/view/project.h"

#include <utility>
#include <vector>

#include "node/schema/kinds.h"
#include "node/schema/spoken_code.h"

namespace tocsin::view {

std::optional<Projected> Project(const HeldRecord& held, const PresentOptions& options,
                                 IsErased is_erased, bool with_originals) {
  const uint32_t kind = held.ref().kind;
  if (schema::FindKind(kind) == nullptr) return std::nullopt;
  std::optional<Projected> projected(std::in_place);
  if (held.erased()) {
    projected->shown = PresentErased();
  } else {
    const std::vector<const merge::HeldChange*> admitted = held.Admitted();
    if (admitted.empty()) return std::nullopt;
    projected->merged = merge::Merge(kind, admitted, held.awaited());
    projected->shown =
        Present(kind, held.AllProvenance(), projected->merged, options, is_erased, with_originals);
  }
  if (held.code_bits()) {
    projected->shown.set_code(SpokenCode::FromBits(*held.code_bits()).ToString());
  }
  return projected;
}

}  // namespace tocsin::view
