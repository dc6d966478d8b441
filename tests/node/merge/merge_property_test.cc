// The merge against a slow, obvious reading of what it promises. The oracle knows writes as plain
// facts (dot, what it overwrites, a value by number) and shares no code with the merge.
#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <map>
#include <optional>
#include <ostream>
#include <set>
#include <tuple>

#include "node/merge/merge.h"
#include "node/merge/replay.h"
#include "tests/node/merge/history.h"

namespace tocsin::merge {
namespace {

using DotSet = std::set<Dot>;

enum class Policy { kLatest, kHighest, kFurthest, kUnion, kFirst };

// The fields that histories use, and how a value by number is written. 0 is a clear.
struct Field {
  uint32_t number;
  Policy policy;
  bool text = false;
};
const Field kFields[] = {
    {v1::Incident::kTypeFieldNumber, Policy::kLatest},
    {v1::Incident::kDescriptionFieldNumber, Policy::kLatest, true},
    {v1::Incident::kSeverityFieldNumber, Policy::kHighest},
    {v1::Incident::kStateFieldNumber, Policy::kFurthest},
    {v1::Incident::kPlaceFlagFieldNumber, Policy::kUnion},
    {v1::Incident::kObservedTimeFieldNumber, Policy::kFirst},
};

std::string Bytes(const Field& field, int value) {
  v1::Incident incident;
  switch (field.number) {
    case v1::Incident::kTypeFieldNumber:
      incident.set_type(static_cast<v1::IncidentType>(value));
      break;
    case v1::Incident::kSeverityFieldNumber:
      incident.set_severity(static_cast<v1::Severity>(value));
      break;
    case v1::Incident::kStateFieldNumber:
      incident.set_state(static_cast<v1::IncidentState>(value));
      break;
    case v1::Incident::kPlaceFlagFieldNumber:
      incident.add_place_flag(static_cast<v1::PlaceFlag>(value % 2 + 1));
      break;
    case v1::Incident::kObservedTimeFieldNumber:
      incident.mutable_observed_time()->set_seconds(value);
      break;
    default:
      break;
  }
  return incident.SerializeAsString();
}

std::string TextOf(int value) { return std::string(1, static_cast<char>('a' + value)); }

// -- A history.

struct Fact {
  size_t field = 0;
  Dot dot;
  log::Stamp stamp;
  DotSet overwrites;
  int value = 0;
  std::optional<Dot> restated_by;
};

struct Event {
  Dot dot;
  log::Stamp stamp;
  std::vector<Fact> writes;
  std::vector<Fact> copies;
};

using History = std::vector<Event>;

std::ostream& operator<<(std::ostream& out, const Fact& fact) {
  out << "{field " << kFields[fact.field].number << " dot " << fact.dot.view().data() << " value "
      << fact.value << " rank " << static_cast<int>(fact.stamp.rank) << " time "
      << (fact.stamp.time >> 16) << " over";
  for (const Dot& dot : fact.overwrites) out << " " << dot.view().data();
  return out << "}";
}

std::ostream& operator<<(std::ostream& out, const Event& event) {
  out << event.dot.view().data() << ":";
  for (const Fact& fact : event.writes) out << " writes " << fact;
  for (const Fact& fact : event.copies) out << " restates " << fact;
  return out << "\n";
}

Dot NthDot(int n) { return DotNamed(absl::StrCat("dot", n)); }

log::Stamp RandomStamp() {
  return StampAt(*rc::gen::inRange<uint64_t>(1, 5),
                 *rc::gen::element(log::Rank::kOwnSynced, log::Rank::kOwnSynced,
                                   log::Rank::kOwnFree, log::Rank::kHeardSynced));
}

DotSet SomeDotsBelow(int bound) {
  DotSet dots;
  for (int i = 0; i < bound; ++i) {
    if (*rc::gen::inRange(0, 3) == 0) dots.insert(NthDot(i));
  }
  return dots;
}

// Honest copies of earlier writes, and lies of every sort: about the value, about what was
// overwritten (later dots included), about writes that never were.
Fact RandomCopy(const History& earlier, int changes, const Dot& by) {
  std::vector<Fact> writes;
  for (const Event& event : earlier) {
    writes.insert(writes.end(), event.writes.begin(), event.writes.end());
  }
  Fact copy;
  if (!writes.empty() && *rc::gen::inRange(0, 4) != 0) {
    copy = writes[static_cast<size_t>(*rc::gen::inRange(0, static_cast<int>(writes.size())))];
    if (*rc::gen::inRange(0, 4) == 0) copy.value = *rc::gen::inRange(0, 4);
    if (*rc::gen::inRange(0, 4) == 0) copy.overwrites = SomeDotsBelow(changes);
    if (*rc::gen::inRange(0, 8) == 0) copy.stamp = RandomStamp();
  } else {
    copy.field = static_cast<size_t>(*rc::gen::inRange(0, static_cast<int>(std::size(kFields))));
    copy.dot = NthDot(*rc::gen::inRange(0, changes));
    copy.stamp = RandomStamp();
    copy.overwrites = SomeDotsBelow(changes);
    copy.value = *rc::gen::inRange(0, 4);
  }
  copy.restated_by = by;
  return copy;
}

History RandomHistory() {
  const int changes = *rc::gen::inRange(1, 8);
  History history;
  for (int n = 0; n < changes; ++n) {
    Event event{.dot = NthDot(n), .stamp = RandomStamp(), .writes = {}, .copies = {}};
    for (size_t field = 0; field < std::size(kFields); ++field) {
      if (*rc::gen::inRange(0, 3) != 0) continue;
      event.writes.push_back({.field = field,
                              .dot = event.dot,
                              .stamp = event.stamp,
                              .overwrites = SomeDotsBelow(n),
                              .value = *rc::gen::inRange(0, 4),
                              .restated_by = std::nullopt});
    }
    std::set<std::pair<size_t, Dot>> taken;
    for (int copies = *rc::gen::inRange(0, 3); copies > 0; --copies) {
      Fact copy = RandomCopy(history, changes, event.dot);
      if (copy.dot != event.dot && taken.insert({copy.field, copy.dot}).second) {
        event.copies.push_back(copy);
      }
    }
    history.push_back(std::move(event));
  }
  return history;
}

// Any subset: what a node happens to hold.
History Held(const History& history) {
  History held;
  for (const Event& event : history) {
    if (*rc::gen::inRange(0, 4) != 0) held.push_back(event);
  }
  return held;
}

HeldChange Make(const Event& event) {
  ChangeMaker maker(event.dot.view().data(), event.stamp);
  for (const Fact& fact : event.writes) {
    const Field& field = kFields[fact.field];
    std::vector<Dot> dots(fact.overwrites.begin(), fact.overwrites.end());
    if (fact.value == 0) {
      maker.Clear(field.number, dots);
    } else if (field.text) {
      maker.SetText(field.number, TextOf(fact.value), dots);
    } else {
      maker.Set(field.number, Bytes(field, fact.value), dots);
    }
  }
  for (const Fact& fact : event.copies) {
    const Field& field = kFields[fact.field];
    std::vector<Dot> dots(fact.overwrites.begin(), fact.overwrites.end());
    if (fact.value == 0) {
      maker.RestateCleared(field.number, fact.dot, fact.stamp, dots);
    } else if (field.text) {
      maker.RestateText(field.number, fact.dot, fact.stamp, TextOf(fact.value), dots);
    } else {
      maker.Restate(field.number, fact.dot, fact.stamp, Bytes(field, fact.value), dots);
    }
  }
  return maker.Done();
}

std::vector<HeldChange> MakeAll(const History& history) {
  std::vector<HeldChange> changes;
  for (const Event& event : history) changes.push_back(Make(event));
  return changes;
}

// -- The oracle.

struct ExpectedSibling {
  int value;
  DotSet dots;
  DotSet misquoted_by;
};

struct ExpectedField {
  std::vector<ExpectedSibling> siblings;
  bool conflict = false;
  bool incomplete = false;
};

// What a value by number stands for: of a place flag 1 and 3 are one.
int Meaning(const Field& field, int value) {
  if (field.policy != Policy::kUnion || value == 0) return value;
  return value % 2 == 0 ? 1 : 2;
}

class Oracle {
 public:
  Oracle(const History& held, size_t field) : field_(kFields[field]) {
    for (const Event& event : held) {
      here_.insert(event.dot);
      for (const Fact& fact : event.writes) {
        if (fact.field == field) originals_.push_back(fact);
      }
      for (const Fact& fact : event.copies) {
        if (fact.field == field) copies_.push_back(fact);
      }
    }
    for (const Fact& fact : originals_) told_.push_back(fact);
    for (const Fact& fact : copies_) {
      if (!here_.contains(fact.dot)) told_.push_back(fact);
    }
    DropLiesInCircles();
  }

  std::optional<ExpectedField> Answer() const {
    std::vector<Fact> alive;
    for (const Fact& fact : told_) {
      if (!Overwritten(fact)) alive.push_back(fact);
    }
    if (field_.policy == Policy::kUnion) {
      std::erase_if(alive, [](const Fact& fact) { return fact.value == 0; });
    }
    if (alive.empty()) return std::nullopt;
    ExpectedField expected;
    std::sort(alive.begin(), alive.end(),
              [this](const Fact& a, const Fact& b) { return Preference(a) < Preference(b); });
    for (const Fact& fact : alive) {
      auto same = std::find_if(
          expected.siblings.begin(), expected.siblings.end(), [&](const ExpectedSibling& other) {
            return Meaning(field_, other.value) == Meaning(field_, fact.value) &&
                   (field_.policy != Policy::kUnion || other.dots.contains(fact.dot));
          });
      if (same == expected.siblings.end()) {
        same =
            expected.siblings.insert(same, {.value = fact.value, .dots = {}, .misquoted_by = {}});
      }
      same->dots.insert(fact.dot);
      same->misquoted_by.merge(Misquoters(fact));
    }
    expected.conflict = expected.siblings.size() > 1 && field_.policy != Policy::kUnion &&
                        field_.policy != Policy::kFirst;
    DotSet known = here_;
    for (const Fact& fact : copies_) known.insert(fact.dot);
    for (const Fact& fact : told_) {
      for (const Dot& dot : fact.overwrites) {
        if (!known.contains(dot)) expected.incomplete = true;
      }
    }
    return expected;
  }

 private:
  // All pairs, by repetition: a overwrites b, and what b overwrites.
  std::set<std::pair<Dot, Dot>> Reach() const {
    std::set<std::pair<Dot, Dot>> reach;
    for (const Fact& fact : told_) {
      for (const Dot& dot : fact.overwrites) reach.insert({fact.dot, dot});
    }
    for (bool grew = true; grew;) {
      grew = false;
      for (const auto& [a, b] : std::set(reach)) {
        for (const auto& [c, d] : std::set(reach)) {
          if (b == c && reach.insert({a, d}).second) grew = true;
        }
      }
    }
    return reach;
  }

  void DropLiesInCircles() {
    const auto reach = Reach();
    for (Fact& fact : told_) {
      if (!fact.restated_by) continue;
      std::erase_if(fact.overwrites, [&](const Dot& dot) {
        return dot == fact.dot || reach.contains({dot, fact.dot});
      });
    }
  }

  DotSet Misquoters(const Fact& fact) const {
    DotSet misquoters;
    if (fact.restated_by) return misquoters;
    for (const Fact& copy : copies_) {
      if (copy.dot != fact.dot) continue;
      if (copy.stamp != fact.stamp || copy.overwrites != fact.overwrites ||
          Meaning(field_, copy.value) != Meaning(field_, fact.value)) {
        misquoters.insert(*copy.restated_by);
      }
    }
    return misquoters;
  }

  bool Overwritten(const Fact& fact) const {
    DotSet wanted = Misquoters(fact);
    wanted.insert(fact.dot);
    for (const Fact& other : told_) {
      if (other.dot != fact.dot && std::includes(other.overwrites.begin(), other.overwrites.end(),
                                                 wanted.begin(), wanted.end())) {
        return true;
      }
    }
    return false;
  }

  // Less is shown first.
  std::tuple<int, int, int64_t, Dot, std::optional<Dot>> Preference(const Fact& fact) const {
    int severity = 0;
    if (field_.policy == Policy::kHighest || field_.policy == Policy::kFurthest) {
      severity = -fact.value;
    }
    auto time = static_cast<int64_t>(fact.stamp.time);
    bool earliest = field_.policy == Policy::kFirst || field_.policy == Policy::kUnion;
    return {severity, static_cast<int>(fact.stamp.rank), earliest ? time : -time, fact.dot,
            fact.restated_by};
  }

  const Field field_;
  DotSet here_;
  std::vector<Fact> originals_;
  std::vector<Fact> copies_;
  // Whose word counts.
  std::vector<Fact> told_;
};

// -- Comparing.

ExpectedSibling Observed(const Field& field, const Sibling& sibling) {
  ExpectedSibling observed{
      .value = -1,
      .dots = {sibling.dots.begin(), sibling.dots.end()},
      .misquoted_by = {sibling.misquoted_by.begin(), sibling.misquoted_by.end()}};
  if (sibling.clear) {
    observed.value = 0;
  } else if (field.text) {
    observed.value = sibling.texts.at(0).bytes.value()[0] - 'a';
  } else {
    for (int value = 1; value < 4; ++value) {
      if (Bytes(field, value) == sibling.value) {
        observed.value = value;
        break;
      }
    }
  }
  return observed;
}

void CheckAgainstOracle(const History& held) {
  for (const Event& event : held) RC_LOG() << event;
  const MergedRecord merged = Merge(kIncident, MakeAll(held));
  for (size_t i = 0; i < std::size(kFields); ++i) {
    const Field& field = kFields[i];
    RC_LOG() << "field " << field.number << "\n";
    std::optional<ExpectedField> expected = Oracle(held, i).Answer();
    RC_ASSERT(expected.has_value() == merged.contains(field.number));
    if (!expected) continue;
    const MergedField& found = merged.at(field.number);
    RC_ASSERT(found.siblings.size() == expected->siblings.size());
    for (size_t s = 0; s < found.siblings.size(); ++s) {
      const ExpectedSibling observed = Observed(field, found.siblings[s]);
      const ExpectedSibling& wanted = expected->siblings[s];
      RC_ASSERT(Meaning(field, observed.value) == Meaning(field, wanted.value));
      RC_ASSERT(observed.dots == wanted.dots);
      RC_ASSERT(observed.misquoted_by == wanted.misquoted_by);
    }
    RC_ASSERT(found.conflict == expected->conflict);
    RC_ASSERT(found.incomplete == expected->incomplete);
  }
}

RC_GTEST_PROP(MergeProperty, AgreesWithTheOracle, ()) {
  for (int histories = 20; histories > 0; --histories) CheckAgainstOracle(Held(RandomHistory()));
}

RC_GTEST_PROP(MergeProperty, AnyOrderAndAnyDuplicationGiveTheSame, ()) {
  const std::vector<HeldChange> changes = MakeAll(Held(RandomHistory()));
  std::vector<HeldChange> other = changes;
  for (const HeldChange& change : changes) {
    if (*rc::gen::arbitrary<bool>()) other.push_back(change);
  }
  for (size_t i = other.size(); i > 1; --i) {
    std::swap(other[i - 1], other[static_cast<size_t>(*rc::gen::inRange(0, static_cast<int>(i)))]);
  }
  RC_ASSERT(Describe(Merge(kIncident, other)) == Describe(Merge(kIncident, changes)));
}

RC_GTEST_PROP(MergeProperty, AReplayIsAtEachStepWhatTheMergeMakesOfTheChangesSoFar, ()) {
  std::vector<HeldChange> changes = MakeAll(Held(RandomHistory()));
  for (size_t i = changes.size(); i > 1; --i) {
    std::swap(changes[i - 1],
              changes[static_cast<size_t>(*rc::gen::inRange(0, static_cast<int>(i)))]);
  }
  Replay replay(kIncident);
  for (size_t count = 1; count <= changes.size(); ++count) {
    const MergedRecord& replayed = replay.Add(changes[count - 1]);
    RC_ASSERT(Describe(replayed) ==
              Describe(Merge(kIncident, absl::MakeConstSpan(changes).first(count))));
  }
}

RC_GTEST_PROP(MergeProperty, AFieldThatAHeldChangeSetIsShown, ()) {
  const History held = Held(RandomHistory());
  const MergedRecord merged = Merge(kIncident, MakeAll(held));
  for (const Event& event : held) {
    for (const Fact& fact : event.writes) {
      if (kFields[fact.field].policy == Policy::kUnion) continue;
      RC_ASSERT(merged.contains(kFields[fact.field].number));
    }
  }
}

RC_GTEST_PROP(MergeProperty, ResolvingListsWhatIsShownAndEndsTheConflict, ()) {
  std::vector<HeldChange> changes = MakeAll(Held(RandomHistory()));
  const MergedRecord merged = Merge(kIncident, changes);
  constexpr uint32_t kSeverity = v1::Incident::kSeverityFieldNumber;
  if (!merged.contains(kSeverity)) return;
  std::vector<Dot> dots;
  for (const Sibling& sibling : merged.at(kSeverity).siblings) {
    dots.insert(dots.end(), sibling.dots.begin(), sibling.dots.end());
    dots.insert(dots.end(), sibling.misquoted_by.begin(), sibling.misquoted_by.end());
  }
  const Dot resolving = DotNamed("resolving");
  changes.push_back(ChangeMaker("resolving", StampAt(1))
                        .Set(kSeverity, SeverityBytes(v1::SEVERITY_MINOR), dots)
                        .Done());
  const MergedField field = Merge(kIncident, changes).at(kSeverity);
  RC_ASSERT(!field.conflict);
  RC_ASSERT(field.siblings.front().dots.front() == resolving);
}

}  // namespace
}  // namespace tocsin::merge
