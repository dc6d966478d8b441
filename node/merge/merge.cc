#include "node/merge/merge.h"

#include <absl/container/flat_hash_map.h>
#include <absl/container/flat_hash_set.h>

#include <algorithm>
#include <compare>
#include <utility>

#include "node/schema/field_table.h"
#include "node/schema/field_value.h"
#include "tocsin/v1/options.pb.h"

namespace tocsin::merge {
namespace {

// One write of one field: an original's, or a copy of it that another change carries ahead.
struct Write {
  Dot dot;
  std::optional<Dot> restated_by;
  log::Stamp stamp;
  bool clear = false;
  const std::vector<Dot>* overwrites = nullptr;
  std::string value;
  std::vector<TextValue> texts;
  std::string author;
  bool forked = false;
};

// Everything that the held changes say of one field.
struct FieldWrites {
  std::vector<Write> originals;
  std::vector<Write> copies;
};

std::vector<TextValue> TextsOf(const log::Change& change, uint32_t origin, uint32_t field) {
  std::vector<TextValue> texts;
  for (const log::Text& text : change.texts) {
    if (text.origin == origin && text.field == field) {
      texts.push_back({text.element, text.bytes, text.hash});
    }
  }
  return texts;
}

void CollectOriginals(uint32_t kind, const HeldChange& held,
                      std::map<uint32_t, FieldWrites>& fields) {
  std::map<uint32_t, std::string> values = schema::SplitFields(kind, held.change.values);
  for (const log::FieldOp& op : held.change.ops) {
    Write write{.dot = held.dot,
                .restated_by = std::nullopt,
                .stamp = held.change.stamp,
                .clear = op.clear,
                .overwrites = &op.overwrites,
                .value = {},
                .texts = TextsOf(held.change, 0, op.field),
                .author = held.author,
                .forked = held.forked};
    if (auto value = values.find(op.field); value != values.end()) write.value = value->second;
    fields[op.field].originals.push_back(std::move(write));
  }
}

void CollectCopies(const HeldChange& held, std::map<uint32_t, FieldWrites>& fields) {
  uint32_t origin = 0;
  for (const log::Restated& restated : held.change.restated) {
    ++origin;
    fields[restated.field].copies.push_back({.dot = restated.dot,
                                             .restated_by = held.dot,
                                             .stamp = restated.stamp,
                                             .clear = restated.clear,
                                             .overwrites = &restated.overwrites,
                                             .value = restated.value,
                                             .texts = TextsOf(held.change, origin, restated.field),
                                             .author = held.author,
                                             .forked = held.forked});
  }
}

// The same text written twice has two salts; a copy that was carried ahead has the original's.
bool SameTexts(const std::vector<TextValue>& a, const std::vector<TextValue>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](const TextValue& x, const TextValue& y) {
                      if (x.element != y.element) return false;
                      return x.bytes && y.bytes ? *x.bytes == *y.bytes : x.hash == y.hash;
                    });
}

bool SameHashes(const std::vector<TextValue>& a, const std::vector<TextValue>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](const TextValue& x, const TextValue& y) {
                      return x.element == y.element && x.hash == y.hash;
                    });
}

// Both in rising order, and so the result.
void Unite(std::vector<Dot>& into, const std::vector<Dot>& more) {
  into.insert(into.end(), more.begin(), more.end());
  std::sort(into.begin(), into.end());
  into.erase(std::unique(into.begin(), into.end()), into.end());
}

// Settles one field. A copy of a change that is held gives way to the original; where the two
// differ the original stands (also when it does not have the field at all), and only a write that
// lists the restating change as well overwrites it.
class FieldMerge {
 public:
  FieldMerge(uint32_t kind, uint32_t field, const FieldWrites& writes,
             const absl::flat_hash_set<Dot>& held)
      : kind_(kind), field_(field), writes_(writes), held_(held) {
    const schema::FieldInfo* info = schema::FindField(kind, field);
    policy_ = info != nullptr ? info->merge : v1::LATEST;
    CollectSpeakers();
  }

  std::optional<MergedField> Run() {
    std::vector<Sibling> siblings;
    for (const Write& original : writes_.originals) {
      std::vector<Dot> misquoted_by = Misquoters(original);
      if (IsOverwritten(original.dot, misquoted_by)) continue;
      Add(original, std::move(misquoted_by), siblings);
    }
    for (const Write& copy : writes_.copies) {
      if (held_.contains(copy.dot) || IsOverwritten(copy.dot, {})) continue;
      Add(copy, {}, siblings);
    }
    if (siblings.empty()) return std::nullopt;
    Order(siblings);
    MergedField merged;
    merged.incomplete = LacksAnOverwritten();
    merged.conflict = siblings.size() > 1 && policy_ != v1::UNION && policy_ != v1::FIRST;
    merged.siblings = std::move(siblings);
    return merged;
  }

 private:
  // A write whose word counts on what is overwritten: an original, or a copy of what is not held.
  struct Speaker {
    const Write* write;
    const std::vector<Dot>* overwrites;
  };

  // A copy may say anything, an original can only list what was there before it. So where the lists
  // of dots lead in a circle a copy lied, and what it says of that circle does not count: no lie
  // makes a field vanish.
  void CollectSpeakers() {
    for (const Write& write : writes_.originals) speakers_.push_back({&write, write.overwrites});
    const size_t originals = speakers_.size();
    for (const Write& write : writes_.copies) {
      if (!held_.contains(write.dot)) speakers_.push_back({&write, write.overwrites});
    }
    for (size_t i = originals; i < speakers_.size(); ++i) {
      std::vector<Dot> plausible;
      for (const Dot& dot : *speakers_[i].write->overwrites) {
        if (!Reaches(dot, speakers_[i].write->dot)) plausible.push_back(dot);
      }
      if (plausible.size() == speakers_[i].write->overwrites->size()) continue;
      trimmed_.push_back(std::move(plausible));
      trims_.push_back(i);
    }
    for (size_t t = 0; t < trims_.size(); ++t) speakers_[trims_[t]].overwrites = &trimmed_[t];
  }

  // Does `from` overwrite `to`, by what all speakers say, directly or through others?
  bool Reaches(const Dot& from, const Dot& to) const {
    absl::flat_hash_set<Dot> seen = {from};
    std::vector<Dot> open = {from};
    while (!open.empty()) {
      const Dot dot = open.back();
      open.pop_back();
      if (dot == to) return true;
      for (const Speaker& speaker : speakers_) {
        if (speaker.write->dot != dot) continue;
        for (const Dot& next : *speaker.write->overwrites) {
          if (seen.insert(next).second) open.push_back(next);
        }
      }
    }
    return false;
  }

  bool QuotesRightly(const Write& copy, const Write& original) const {
    return copy.clear == original.clear && copy.stamp == original.stamp &&
           *copy.overwrites == *original.overwrites && SameHashes(copy.texts, original.texts) &&
           schema::FieldValuesEqual(kind_, field_, copy.value, original.value);
  }

  std::vector<Dot> Misquoters(const Write& original) const {
    std::vector<Dot> dots;
    for (const Write& copy : writes_.copies) {
      if (copy.dot == original.dot && !QuotesRightly(copy, original)) {
        dots.push_back(*copy.restated_by);
      }
    }
    std::sort(dots.begin(), dots.end());
    dots.erase(std::unique(dots.begin(), dots.end()), dots.end());
    return dots;
  }

  bool IsOverwritten(const Dot& dot, const std::vector<Dot>& misquoted_by) const {
    return std::any_of(speakers_.begin(), speakers_.end(), [&](const Speaker& speaker) {
      auto lists = [&speaker](const Dot& wanted) {
        return std::find(speaker.overwrites->begin(), speaker.overwrites->end(), wanted) !=
               speaker.overwrites->end();
      };
      return speaker.write->dot != dot && lists(dot) &&
             std::all_of(misquoted_by.begin(), misquoted_by.end(), lists);
    });
  }

  bool LacksAnOverwritten() const {
    auto is_here = [this](const Dot& dot) {
      return held_.contains(dot) ||
             std::any_of(writes_.copies.begin(), writes_.copies.end(),
                         [&dot](const Write& copy) { return copy.dot == dot; });
    };
    return std::any_of(speakers_.begin(), speakers_.end(), [&is_here](const Speaker& speaker) {
      return !std::all_of(speaker.overwrites->begin(), speaker.overwrites->end(), is_here);
    });
  }

  // UNION keeps every write apart, because an element is named by its dot.
  void Add(const Write& write, std::vector<Dot> misquoted_by, std::vector<Sibling>& siblings) {
    if (policy_ == v1::UNION && write.clear) return;
    Sibling sibling{.dots = {write.dot},
                    .stamp = write.stamp,
                    .author = write.author,
                    .clear = write.clear,
                    .value = write.value,
                    .texts = write.texts,
                    .overwrites = *write.overwrites,
                    .forked = write.forked,
                    .restated_by = write.restated_by,
                    .misquoted_by = std::move(misquoted_by)};
    for (Sibling& other : siblings) {
      bool same = other.clear == sibling.clear &&
                  schema::FieldValuesEqual(kind_, field_, other.value, sibling.value) &&
                  SameTexts(other.texts, sibling.texts);
      bool one_dot = other.dots.front() == write.dot;
      if (!same || (policy_ == v1::UNION && !one_dot)) continue;
      Join(std::move(sibling), other);
      return;
    }
    siblings.push_back(std::move(sibling));
  }

  // Two writes gave one value: one sibling, told by the one that the policy prefers.
  void Join(Sibling sibling, Sibling& into) {
    if (Before(sibling, into)) std::swap(sibling, into);
    for (const Dot& dot : sibling.dots) {
      if (std::find(into.dots.begin(), into.dots.end(), dot) == into.dots.end()) {
        into.dots.push_back(dot);
      }
    }
    std::sort(into.dots.begin() + 1, into.dots.end());
    Unite(into.misquoted_by, sibling.misquoted_by);
    Unite(into.overwrites, sibling.overwrites);
    into.forked = into.forked || sibling.forked;
  }

  // A total order: what the policy shows first.
  bool Before(const Sibling& a, const Sibling& b) const {
    if (policy_ == v1::HIGHEST || policy_ == v1::FURTHEST) {
      if (a.clear != b.clear) return b.clear;
      std::weak_ordering order = schema::CompareSeverity(kind_, field_, a.value, b.value);
      if (order != 0) return order > 0;
    }
    if (!(a.stamp == b.stamp)) {
      bool earliest = policy_ == v1::FIRST || policy_ == v1::UNION;
      return earliest ? log::EarlierThan(a.stamp, b.stamp) : log::LaterThan(a.stamp, b.stamp);
    }
    if (a.dots.front() != b.dots.front()) return a.dots.front() < b.dots.front();
    return a.restated_by < b.restated_by;
  }

  void Order(std::vector<Sibling>& siblings) const {
    std::sort(siblings.begin(), siblings.end(),
              [this](const Sibling& a, const Sibling& b) { return Before(a, b); });
  }

  uint32_t kind_;
  uint32_t field_;
  const FieldWrites& writes_;
  // Dots of the changes that are here themselves.
  const absl::flat_hash_set<Dot>& held_;
  v1::MergePolicy policy_;
  std::vector<Speaker> speakers_;
  // What is left of the lists of the speakers that `trims_` names.
  std::vector<std::vector<Dot>> trimmed_;
  std::vector<size_t> trims_;
};

// Most records have one change and always will: nothing to settle.
MergedRecord MergeOne(uint32_t kind, const HeldChange& held) {
  MergedRecord record;
  schema::Fragments values = schema::SplitFields(kind, held.change.values);
  for (const log::FieldOp& op : held.change.ops) {
    const schema::FieldInfo* info = schema::FindField(kind, op.field);
    if (op.clear && info != nullptr && info->merge == v1::UNION) continue;
    MergedField& field = record.emplace_hint(record.end(), op.field, MergedField())->second;
    field.incomplete = !op.overwrites.empty();
    Sibling& sibling = field.siblings.emplace_back();
    sibling.dots = {held.dot};
    sibling.stamp = held.change.stamp;
    sibling.author = held.author;
    sibling.clear = op.clear;
    if (auto value = values.find(op.field); value != values.end()) {
      sibling.value = std::move(value->second);
    }
    if (!held.change.texts.empty()) sibling.texts = TextsOf(held.change, 0, op.field);
    sibling.overwrites = op.overwrites;
    sibling.forked = held.forked;
  }
  return record;
}

}  // namespace

MergedRecord Merge(uint32_t kind, absl::Span<const HeldChange> changes) {
  std::vector<const HeldChange*> pointers;
  pointers.reserve(changes.size());
  for (const HeldChange& change : changes) pointers.push_back(&change);
  return Merge(kind, pointers);
}

MergedRecord Merge(uint32_t kind, absl::Span<const HeldChange* const> changes) {
  if (changes.size() == 1 && changes.front()->change.restated.empty()) {
    return MergeOne(kind, *changes.front());
  }
  absl::flat_hash_set<Dot> held;
  std::map<uint32_t, FieldWrites> fields;
  // In one order whatever the caller's, so that the result is a function of the set.
  std::vector<const HeldChange*> ordered;
  for (const HeldChange* change : changes) {
    if (held.insert(change->dot).second) ordered.push_back(change);
  }
  std::sort(ordered.begin(), ordered.end(),
            [](const HeldChange* a, const HeldChange* b) { return a->dot < b->dot; });
  for (const HeldChange* change : ordered) {
    CollectOriginals(kind, *change, fields);
    CollectCopies(*change, fields);
  }
  MergedRecord record;
  for (const auto& [field, writes] : fields) {
    if (auto merged = FieldMerge(kind, field, writes, held).Run()) {
      record.emplace(field, *std::move(merged));
    }
  }
  return record;
}

std::vector<Dot> ShownDots(const MergedRecord& record, uint32_t field) {
  auto found = record.find(field);
  if (found == record.end()) return {};
  const Sibling& shown = found->second.siblings.front();
  std::vector<Dot> dots = shown.dots;
  dots.insert(dots.end(), shown.misquoted_by.begin(), shown.misquoted_by.end());
  return dots;
}

}  // namespace tocsin::merge
