#include "node/view/moved.h"

#include <absl/container/flat_hash_set.h>

#include <algorithm>
#include <utility>

#include "node/base/ids.h"
#include "node/merge/lookup.h"
#include "node/schema/field_value.h"
#include "node/view/index.h"

namespace tocsin::view {
namespace {

using Changes = absl::Span<const merge::HeldChange* const>;

bool IsIn(absl::Span<const Dot> rising, const Dot& dot) {
  return std::binary_search(rising.begin(), rising.end(), dot);
}

// What the author of one move was shown.
class Shown {
 public:
  Shown(absl::flat_hash_set<Dot> listed, Changes changes) : listed_(std::move(listed)) {
    for (const merge::HeldChange* held : changes) {
      if (!listed_.contains(held->dot)) continue;
      for (const log::Restated& restated : held->change.restated) {
        carried_.emplace(restated.dot, restated.field);
      }
    }
  }

  bool Has(const Dot& dot, uint32_t field) const {
    return listed_.contains(dot) || carried_.contains(std::pair(dot, field));
  }

 private:
  absl::flat_hash_set<Dot> listed_;
  // Parts of changes that may not have been held, by what carried them.
  absl::flat_hash_set<std::pair<Dot, uint32_t>> carried_;
};

// The moves that are shown: one, or several that say the same.
class Moves {
 public:
  Moves(uint32_t field, const merge::MergedField& moved_to, Changes changes) {
    for (const merge::Sibling& move : moved_to.siblings) {
      dots_.insert(move.dots.begin(), move.dots.end());
    }
    for (const Dot& dot : moved_to.siblings.front().dots) {
      if (const std::vector<Dot>* listed = ListedUnder(dot, field, changes)) {
        shown_.emplace_back(absl::flat_hash_set<Dot>(listed->begin(), listed->end()), changes);
      }
    }
  }

  bool AnyHas(const std::vector<Dot>& dots, uint32_t field) const {
    return std::any_of(dots.begin(), dots.end(), [&](const Dot& dot) {
      return dots_.contains(dot) ||
             std::any_of(shown_.begin(), shown_.end(),
                         [&](const Shown& shown) { return shown.Has(dot, field); });
    });
  }

  // One of them was shown the element and nothing that takes it out.
  bool AnyMisses(absl::Span<const merge::Removal> removals) const {
    const merge::Removal& first = removals.front();
    return std::any_of(shown_.begin(), shown_.end(), [&](const Shown& shown) {
      return shown.Has(first.element, first.field) &&
             std::none_of(removals.begin(), removals.end(), [&](const merge::Removal& removal) {
               return dots_.contains(removal.by) || shown.Has(removal.by, removal.field);
             });
    });
  }

 private:
  // By its own change, or by one that carries it ahead; null where neither is among these.
  static const std::vector<Dot>* ListedUnder(const Dot& dot, uint32_t field, Changes changes) {
    if (const merge::HeldChange* move = merge::FindChange(changes, dot)) {
      for (const log::FieldOp& op : move->change.ops) {
        if (op.field == field) return &op.overwrites;
      }
      return nullptr;
    }
    if (const merge::HeldChange* copy = merge::FindCopy(changes, dot, field)) {
      for (const log::Restated& restated : copy->change.restated) {
        if (restated.dot == dot && restated.field == field) return &restated.overwrites;
      }
    }
    return nullptr;
  }

  // Of all moves, to other posts as well.
  absl::flat_hash_set<Dot> dots_;
  std::vector<Shown> shown_;
};

absl::flat_hash_set<Dot> StandingIn(const merge::MergedRecord& merged) {
  absl::flat_hash_set<Dot> standing;
  for (const auto& [number, field] : merged) {
    for (const merge::Sibling& sibling : field.siblings) {
      standing.insert(sibling.dots.begin(), sibling.dots.end());
    }
  }
  return standing;
}

bool Stands(const merge::MergedRecord& merged, const merge::Removal& removal) {
  auto found = merged.find(removal.field);
  if (found == merged.end()) return false;
  const std::vector<merge::Sibling>& siblings = found->second.siblings;
  return std::any_of(siblings.begin(), siblings.end(), [&](const merge::Sibling& sibling) {
    return std::find(sibling.dots.begin(), sibling.dots.end(), removal.element) !=
           sibling.dots.end();
  });
}

}  // namespace

LateEdits EditedAfterMove(uint32_t kind, const merge::MergedRecord& merged, Changes changes,
                          absl::Span<const Dot> awaited) {
  LateEdits late;
  const KindIndexes& indexes = IndexesOf(kind);
  const schema::FieldInfo* moved_to = indexes.moved_to;
  if (moved_to == nullptr) return late;
  auto moved = merged.find(moved_to->number);
  if (moved == merged.end() || moved->second.siblings.front().clear) return late;
  const Moves moves(moved_to->number, moved->second, changes);
  for (const auto& [number, field] : merged) {
    // Whoever takes late edits over says again whom the record stands for.
    if (number == moved_to->number || number == indexes.moved_from->number) continue;
    for (const merge::Sibling& sibling : field.siblings) {
      if (!moves.AnyHas(sibling.dots, number)) late.writes.push_back({number, &sibling});
    }
  }
  const std::vector<merge::Removal> removals = merge::RemovalsIn(kind, changes, awaited);
  for (auto at = removals.begin(); at != removals.end();) {
    auto end = std::find_if(at, removals.end(), [at](const merge::Removal& other) {
      return other.field != at->field || other.element != at->element;
    });
    const auto of_element = absl::MakeConstSpan(&*at, static_cast<size_t>(end - at));
    if (moves.AnyMisses(of_element) && !Stands(merged, *at)) {
      late.removals.push_back(*std::min_element(at, end, [](const auto& a, const auto& b) {
        return log::EarlierThan(a.stamp, b.stamp);
      }));
    }
    at = end;
  }
  return late;
}

std::vector<Dot> ListedByMovesTo(const StoredRecord& record, absl::string_view moved_to) {
  const uint32_t kind = record.name.key.kind;
  const uint32_t number = IndexesOf(kind).moved_to->number;
  const auto found = record.merged.find(number);
  if (found == record.merged.end()) return {};
  for (const merge::Sibling& sibling : found->second.siblings) {
    if (!sibling.clear && schema::FieldValuesEqual(kind, number, sibling.value, moved_to)) {
      return sibling.overwrites;
    }
  }
  return {};
}

std::vector<Dot> ListedByMove(const StoredRecord& record, const RecordVersion& seen) {
  const std::vector<const merge::HeldChange*> changes = merge::PointersTo(record.changes);
  absl::flat_hash_set<Dot> listed;
  auto list = [&](const Dot& dot, uint32_t field) {
    if (!IsIn(record.awaited, dot)) {
      listed.insert(dot);
    } else if (const merge::HeldChange* copy = merge::FindCopy(changes, dot, field)) {
      listed.insert(copy->dot);
    }
  };
  absl::flat_hash_set<Dot> shown;
  for (const auto& [number, version] : seen) {
    for (const std::vector<Dot>* dots : {&version.shown, &version.others}) {
      shown.insert(dots->begin(), dots->end());
      for (const Dot& dot : *dots) list(dot, number);
    }
  }
  const absl::flat_hash_set<Dot> standing = StandingIn(record.merged);
  const std::vector<merge::Removal> removals =
      merge::RemovalsIn(record.name.key.kind, changes, record.awaited);
  // What is listed counts as shown with all that it carries, elements that are gone among it: until
  // no removal is left that takes out what counts so.
  for (size_t before = 0; before != listed.size();) {
    before = listed.size();
    const Shown counted(listed, changes);
    for (const merge::Removal& removal : removals) {
      const bool of_these =
          shown.contains(removal.element) || counted.Has(removal.element, removal.field);
      if (of_these && !standing.contains(removal.by)) list(removal.by, removal.field);
    }
  }
  std::vector<Dot> dots(listed.begin(), listed.end());
  std::sort(dots.begin(), dots.end());
  return dots;
}

}  // namespace tocsin::view
