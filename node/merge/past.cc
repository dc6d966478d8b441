#include "node/merge/past.h"

#include <absl/container/flat_hash_map.h>

#include <algorithm>

#include "node/schema/field_table.h"
#include "tocsin/v1/options.pb.h"

namespace tocsin::merge {
namespace {

bool IsAwaited(absl::Span<const Dot> awaited, const Dot& dot) {
  return std::binary_search(awaited.begin(), awaited.end(), dot);
}

bool NamesAnAwaited(const HeldChange& held, absl::Span<const Dot> awaited) {
  if (awaited.empty()) return false;
  return std::any_of(
      held.change.ops.begin(), held.change.ops.end(), [awaited](const log::FieldOp& op) {
        return std::any_of(op.overwrites.begin(), op.overwrites.end(),
                           [awaited](const Dot& dot) { return IsAwaited(awaited, dot); });
      });
}

bool HasACopyOfAnAwaited(const HeldChange& held, absl::Span<const Dot> awaited) {
  return std::any_of(
      held.change.restated.begin(), held.change.restated.end(),
      [awaited](const log::Restated& restated) { return IsAwaited(awaited, restated.dot); });
}

bool IsUnion(uint32_t kind, uint32_t field) {
  const schema::FieldInfo* info = schema::FindField(kind, field);
  return info != nullptr && info->merge == v1::UNION;
}

// By dot: the fields that it has a sibling in.
using SiblingFields = absl::flat_hash_map<Dot, std::vector<uint32_t>>;

SiblingFields SiblingFieldsOf(const MergedRecord& merged) {
  SiblingFields fields;
  for (const auto& [number, field] : merged) {
    for (const Sibling& sibling : field.siblings) {
      for (const Dot& dot : sibling.dots) fields[dot].push_back(number);
    }
  }
  return fields;
}

}  // namespace

std::vector<Standing> Settle(uint32_t kind, absl::Span<const HeldChange* const> changes,
                             const MergedRecord& merged, absl::Span<const Dot> awaited) {
  std::vector<Standing> standing(changes.size());
  const bool has_copies = std::any_of(
      changes.begin(), changes.end(),
      [awaited](const HeldChange* held) { return HasACopyOfAnAwaited(*held, awaited); });
  if (has_copies) return standing;
  const SiblingFields siblings = SiblingFieldsOf(merged);
  for (size_t i = 0; i < changes.size(); ++i) {
    const HeldChange& held = *changes[i];
    auto shown = siblings.find(held.dot);
    bool takes_out = false;
    for (const log::FieldOp& op : held.change.ops) {
      const bool is_sibling =
          shown != siblings.end() &&
          std::binary_search(shown->second.begin(), shown->second.end(), op.field);
      if (is_sibling) continue;
      const bool removes = op.clear || !op.overwrites.empty();
      if (removes && IsUnion(kind, op.field)) {
        takes_out = true;
        if (op.clear) continue;
      }
      standing[i].settled.push_back(op.field);
    }
    standing[i].past = standing[i].settled.size() == held.change.ops.size() && !takes_out &&
                       held.change.restated.empty() && !held.forked &&
                       !NamesAnAwaited(held, awaited);
  }
  return standing;
}

}  // namespace tocsin::merge
