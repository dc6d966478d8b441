#include "node/merge/merge.h"

#include <absl/container/flat_hash_map.h>
#include <absl/container/flat_hash_set.h>

#include <algorithm>
#include <compare>
#include <deque>
#include <iterator>
#include <utility>

#include "node/base/planted.h"
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
  // It is overwritten by a change that is not among those merged, and speaks all the same.
  bool settled = false;
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

bool IsSettled(const HeldChange& held, uint32_t field) {
  return std::binary_search(held.settled.begin(), held.settled.end(), field);
}

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
                .stamp = TOCSIN_PLANTED("later-by-arrival")
                             ? log::Stamp{held.change.stamp.rank, held.arrival.value()}
                             : held.change.stamp,
                .clear = op.clear,
                .settled = IsSettled(held, op.field),
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
                                             .settled = false,
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

// Which of the dots that a record's changes name are those of changes that are held.
class Presence {
 public:
  explicit Presence(absl::Span<const Dot> awaited) : awaited_(awaited) {}
  // REQUIRES: a change held names the dot.
  bool Has(const Dot& dot) const {
    return !std::binary_search(awaited_.begin(), awaited_.end(), dot);
  }

 private:
  absl::Span<const Dot> awaited_;
};

// Settles one field. A copy of a change that is held gives way to the original; where the two
// differ the original stands (also when it does not have the field at all), and only a write that
// lists the restating change as well overwrites it.
class FieldMerge {
 public:
  FieldMerge(uint32_t kind, uint32_t field, const FieldWrites& writes, const Presence& held)
      : kind_(kind), field_(field), writes_(writes), held_(held) {
    const schema::FieldInfo* info = schema::FindField(kind, field);
    policy_ = info != nullptr ? info->merge : v1::LATEST;
    for (const Write& copy : writes_.copies) copies_[copy.dot].push_back(&copy);
    CollectSpeakers();
    for (const Speaker& speaker : speakers_) {
      for (const Dot& dot : *speaker.overwrites) overwriters_[dot].push_back(&speaker);
    }
  }

  std::optional<MergedField> Run() {
    std::vector<Sibling> siblings;
    for (const Write& original : writes_.originals) {
      if (original.settled) continue;
      std::vector<Dot> misquoted_by = Misquoters(original);
      if (IsOverwritten(original.dot, misquoted_by)) continue;
      Add(original, std::move(misquoted_by), siblings);
    }
    for (const Write& copy : writes_.copies) {
      if (held_.Has(copy.dot) || IsOverwritten(copy.dot, {})) continue;
      Add(copy, {}, siblings);
    }
    if (siblings.empty()) return std::nullopt;
    if (TOCSIN_PLANTED("sibling-dropped") && siblings.size() > 1) siblings.pop_back();
    Order(siblings);
    MergedField merged;
    merged.incomplete = LacksAnOverwritten() && !TOCSIN_PLANTED("incomplete-unsaid");
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
    speakers_.reserve(writes_.originals.size() + writes_.copies.size());
    for (const Write& write : writes_.originals) speakers_.push_back({&write, write.overwrites});
    const size_t originals = speakers_.size();
    for (const Write& write : writes_.copies) {
      if (!held_.Has(write.dot)) speakers_.push_back({&write, write.overwrites});
    }
    if (speakers_.size() == originals) return;
    absl::flat_hash_map<Dot, std::vector<const Speaker*>> by_dot;
    for (const Speaker& speaker : speakers_) by_dot[speaker.write->dot].push_back(&speaker);
    std::vector<size_t> trims;
    for (size_t i = originals; i < speakers_.size(); ++i) {
      std::vector<Dot> plausible;
      for (const Dot& dot : *speakers_[i].write->overwrites) {
        if (!Reaches(by_dot, dot, speakers_[i].write->dot)) plausible.push_back(dot);
      }
      if (plausible.size() == speakers_[i].write->overwrites->size()) continue;
      trimmed_.push_back(std::move(plausible));
      trims.push_back(i);
    }
    for (size_t t = 0; t < trims.size(); ++t) speakers_[trims[t]].overwrites = &trimmed_[t];
  }

  // Does `from` overwrite `to`, by what all speakers say, directly or through others?
  static bool Reaches(const absl::flat_hash_map<Dot, std::vector<const Speaker*>>& by_dot,
                      const Dot& from, const Dot& to) {
    absl::flat_hash_set<Dot> seen = {from};
    std::vector<Dot> open = {from};
    while (!open.empty()) {
      const Dot dot = open.back();
      open.pop_back();
      if (dot == to) return true;
      auto speakers = by_dot.find(dot);
      if (speakers == by_dot.end()) continue;
      for (const Speaker* speaker : speakers->second) {
        for (const Dot& next : *speaker->overwrites) {
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
    auto copies = copies_.find(original.dot);
    if (copies == copies_.end()) return dots;
    for (const Write* copy : copies->second) {
      if (!QuotesRightly(*copy, original)) dots.push_back(*copy->restated_by);
    }
    std::sort(dots.begin(), dots.end());
    dots.erase(std::unique(dots.begin(), dots.end()), dots.end());
    return dots;
  }

  bool IsOverwritten(const Dot& dot, const std::vector<Dot>& misquoted_by) const {
    auto overwriters = overwriters_.find(dot);
    if (overwriters == overwriters_.end()) return false;
    return std::any_of(
        overwriters->second.begin(), overwriters->second.end(), [&](const Speaker* speaker) {
          auto lists = [speaker](const Dot& wanted) {
            return std::find(speaker->overwrites->begin(), speaker->overwrites->end(), wanted) !=
                   speaker->overwrites->end();
          };
          return speaker->write->dot != dot &&
                 std::all_of(misquoted_by.begin(), misquoted_by.end(), lists);
        });
  }

  bool LacksAnOverwritten() const {
    return std::any_of(overwriters_.begin(), overwriters_.end(), [this](const auto& overwritten) {
      return !held_.Has(overwritten.first) && !copies_.contains(overwritten.first);
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
    if (policy_ == v1::UNION && !copies_.contains(write.dot)) {
      siblings.push_back(std::move(sibling));
      return;
    }
    for (Sibling& other : siblings) {
      if (policy_ == v1::UNION && other.dots.front() != write.dot) continue;
      if (other.clear != sibling.clear ||
          !schema::FieldValuesEqual(kind_, field_, other.value, sibling.value) ||
          !SameTexts(other.texts, sibling.texts)) {
        continue;
      }
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
    if (policy_ == v1::FURTHEST || (policy_ == v1::HIGHEST && !TOCSIN_PLANTED("highest-by-time"))) {
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
  const Presence& held_;
  v1::MergePolicy policy_;
  absl::flat_hash_map<Dot, std::vector<const Write*>> copies_;
  std::vector<Speaker> speakers_;
  // What is left of the lists of some speakers. Stays where it is while it grows.
  std::deque<std::vector<Dot>> trimmed_;
  absl::flat_hash_map<Dot, std::vector<const Speaker*>> overwriters_;
};

// Most records have one change and always will: nothing to settle.
MergedRecord MergeOne(uint32_t kind, const HeldChange& held, const Presence& presence) {
  MergedRecord record;
  schema::Fragments values = schema::SplitFields(kind, held.change.values);
  for (const log::FieldOp& op : held.change.ops) {
    if (IsSettled(held, op.field)) continue;
    const schema::FieldInfo* info = schema::FindField(kind, op.field);
    if (op.clear && info != nullptr && info->merge == v1::UNION) continue;
    MergedField& field = record.emplace_hint(record.end(), op.field, MergedField())->second;
    field.incomplete = !std::all_of(op.overwrites.begin(), op.overwrites.end(),
                                    [&presence](const Dot& dot) { return presence.Has(dot); });
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
  return Merge(kind, PointersTo(changes));
}

MergedRecord Merge(uint32_t kind, absl::Span<const HeldChange* const> changes) {
  return Merge(kind, changes, AwaitedBy(changes));
}

MergedRecord Merge(uint32_t kind, absl::Span<const HeldChange* const> changes,
                   absl::Span<const Dot> awaited) {
  const Presence held(awaited);
  if (changes.size() == 1 && changes.front()->change.restated.empty()) {
    return MergeOne(kind, *changes.front(), held);
  }
  std::map<uint32_t, FieldWrites> fields;
  // In one order whatever the caller's, so that the result is a function of the set.
  std::vector<const HeldChange*> ordered(changes.begin(), changes.end());
  auto by_dot = [](const HeldChange* a, const HeldChange* b) { return a->dot < b->dot; };
  std::stable_sort(ordered.begin(), ordered.end(), by_dot);
  auto same = [](const HeldChange* a, const HeldChange* b) { return a->dot == b->dot; };
  ordered.erase(std::unique(ordered.begin(), ordered.end(), same), ordered.end());
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

std::vector<Dot> AwaitedBy(absl::Span<const HeldChange* const> changes) {
  std::vector<Dot> named;
  std::vector<Dot> here;
  here.reserve(changes.size());
  auto add = [&named](const std::vector<Dot>& dots) {
    named.insert(named.end(), dots.begin(), dots.end());
  };
  for (const HeldChange* held : changes) {
    here.push_back(held->dot);
    for (const log::FieldOp& op : held->change.ops) add(op.overwrites);
    for (const log::Restated& restated : held->change.restated) {
      named.push_back(restated.dot);
      add(restated.overwrites);
    }
  }
  if (named.empty()) return named;
  std::sort(named.begin(), named.end());
  named.erase(std::unique(named.begin(), named.end()), named.end());
  std::sort(here.begin(), here.end());
  std::vector<Dot> awaited;
  std::set_difference(named.begin(), named.end(), here.begin(), here.end(),
                      std::back_inserter(awaited));
  return awaited;
}

std::vector<const HeldChange*> PointersTo(absl::Span<const HeldChange> changes) {
  std::vector<const HeldChange*> pointers;
  pointers.reserve(changes.size());
  for (const HeldChange& change : changes) pointers.push_back(&change);
  return pointers;
}

bool Meet(absl::Span<const Dot> a, absl::Span<const Dot> b) {
  return std::find_first_of(a.begin(), a.end(), b.begin(), b.end()) != a.end();
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
