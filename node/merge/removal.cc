#include "node/merge/removal.h"

#include <algorithm>
#include <tuple>

#include "node/schema/field_table.h"
#include "tocsin/v1/options.pb.h"

namespace tocsin::merge {
namespace {

auto KeyOf(const Removal& removal) { return std::tie(removal.field, removal.element, removal.by); }

}  // namespace

bool IsUnion(uint32_t kind, uint32_t field) {
  const schema::FieldInfo* info = schema::FindField(kind, field);
  return info != nullptr && info->merge == v1::UNION;
}

std::vector<Removal> RemovalsIn(uint32_t kind, absl::Span<const HeldChange* const> changes,
                                absl::Span<const Dot> awaited) {
  // In one order whatever the caller's, so that all nodes take the same of several copies.
  std::vector<const HeldChange*> ordered(changes.begin(), changes.end());
  std::sort(ordered.begin(), ordered.end(),
            [](const HeldChange* a, const HeldChange* b) { return a->dot < b->dot; });
  std::vector<Removal> removals;
  for (const HeldChange* held : ordered) {
    for (const log::FieldOp& op : held->change.ops) {
      if (!IsUnion(kind, op.field)) continue;
      for (const Dot& dot : op.overwrites) {
        removals.push_back({op.field, dot, held->dot, held->change.stamp, held->author});
      }
    }
  }
  for (const HeldChange* held : ordered) {
    for (const log::Restated& restated : held->change.restated) {
      const bool speaks = std::binary_search(awaited.begin(), awaited.end(), restated.dot);
      if (!speaks || !IsUnion(kind, restated.field)) continue;
      for (const Dot& dot : restated.overwrites) {
        removals.push_back({restated.field, dot, restated.dot, restated.stamp, held->author});
      }
    }
  }
  std::stable_sort(removals.begin(), removals.end(),
                   [](const Removal& a, const Removal& b) { return KeyOf(a) < KeyOf(b); });
  auto same = [](const Removal& a, const Removal& b) { return KeyOf(a) == KeyOf(b); };
  removals.erase(std::unique(removals.begin(), removals.end(), same), removals.end());
  return removals;
}

}  // namespace tocsin::merge
