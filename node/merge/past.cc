#include "node/merge/past.h"

#include <absl/container/flat_hash_map.h>
#include <absl/container/flat_hash_set.h>

#include <algorithm>

#include "node/merge/removal.h"
#include "node/schema/field_table.h"

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

// Does it take out an element of one of the changes for which `is` says so?
template <typename Is>
bool TakesOut(uint32_t kind, const HeldChange& held, Is is) {
  return std::any_of(held.change.ops.begin(), held.change.ops.end(), [&](const log::FieldOp& op) {
    return IsUnion(kind, op.field) && std::any_of(op.overwrites.begin(), op.overwrites.end(), is);
  });
}

// What whoever moved the record was shown of it.
absl::flat_hash_set<Dot> ListedByMoves(uint32_t kind, const MergedRecord& merged) {
  absl::flat_hash_set<Dot> listed;
  const schema::FieldInfo* moved_to =
      schema::FieldTable::Of(static_cast<v1::Kind>(kind)).FindByName("moved_to");
  if (moved_to == nullptr) return listed;
  auto moved = merged.find(moved_to->number);
  if (moved == merged.end()) return listed;
  for (const Sibling& sibling : moved->second.siblings) {
    listed.insert(sibling.overwrites.begin(), sibling.overwrites.end());
  }
  return listed;
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
  // Those that take elements out, and whose own are out as well.
  std::vector<size_t> takers;
  for (size_t i = 0; i < changes.size(); ++i) {
    const HeldChange& held = *changes[i];
    auto shown = siblings.find(held.dot);
    bool speaks = false;
    bool takes_out = false;
    for (const log::FieldOp& op : held.change.ops) {
      const bool is_sibling =
          shown != siblings.end() &&
          std::binary_search(shown->second.begin(), shown->second.end(), op.field);
      if (is_sibling) continue;
      if (op.clear && IsUnion(kind, op.field)) {
        speaks = true;
        continue;
      }
      takes_out = takes_out || (!op.overwrites.empty() && IsUnion(kind, op.field));
      standing[i].settled.push_back(op.field);
    }
    standing[i].past = standing[i].settled.size() == held.change.ops.size() && !speaks &&
                       held.change.restated.empty() && !held.forked &&
                       !NamesAnAwaited(held, awaited);
    if (standing[i].past && takes_out) takers.push_back(i);
  }
  if (takers.empty()) return standing;
  const absl::flat_hash_set<Dot> listed = ListedByMoves(kind, merged);
  for (const size_t i : takers) {
    standing[i].past = !TakesOut(kind, *changes[i], [&](const Dot& dot) {
      return siblings.contains(dot) || listed.contains(dot);
    });
  }
  return standing;
}

}  // namespace tocsin::merge
