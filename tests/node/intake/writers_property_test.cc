// Several writers of one incident, each with some of what the others wrote: what intake makes of
// their edits, delivered in any pieces to the rows and indexes of a view. What is expected stands
// on plain facts of who wrote what having seen what; the merge is not asked.
#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <absl/strings/escaping.h>
#include <absl/strings/str_cat.h>

#include <algorithm>
#include <iterator>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "node/schema/states.h"
#include "node/store/model_store.h"
#include "node/view/index.h"
#include "node/view/past_rows.h"
#include "node/view/project.h"
#include "node/view/record_update.h"
#include "tests/node/intake/model.h"
#include "tests/node/intake/records.h"

namespace tocsin::intake {
namespace {

using merge::HeldChange;
using Pieces = std::vector<std::vector<HeldChange>>;

constexpr uint32_t kState = v1::Incident::kStateFieldNumber;
constexpr uint32_t kSeverity = v1::Incident::kSeverityFieldNumber;
constexpr uint32_t kType = v1::Incident::kTypeFieldNumber;
constexpr uint32_t kNote = v1::Incident::kNoteFieldNumber;
constexpr uint32_t kInjured = v1::Incident::kInjuredCountFieldNumber;
constexpr uint32_t kDescription = v1::Incident::kDescriptionFieldNumber;
constexpr size_t kWriters = 3;

view::RecordName Name() { return NameOf(v1::INCIDENT); }

// Below `bound`, as likely in a small test case as in a large one.
size_t Below(size_t bound) {
  return *rc::gen::resize(rc::kNominalSize, rc::gen::inRange<size_t>(0, bound));
}
bool OneIn(size_t n) { return Below(n) == 0; }

void MustBeOk(const absl::Status& status) { RC_ASSERT(status.ok()); }

// One record in a store, as the projector keeps it.
class Projection {
 public:
  void Take(std::vector<HeldChange> changes) {
    view::RecordUpdate update(store_, ref_);
    MustBeOk(update.Read());
    std::vector<std::string> old_keys;
    if (update.exists()) old_keys = view::IndexKeys(update.held(), update.shown_before());
    MustBeOk(update.Take(std::move(changes), false));
    MustBeOk(update.Await());
    auto projected = view::Project(
        update.held(), {.here = "city", .mask = nullptr},
        [](const Dot&, uint32_t, uint32_t) { return false; }, view::PastIn(store_, ref_), false);
    RC_ASSERT(projected.has_value());
    update.Settle(projected->merged);
    store::Batch batch;
    update.Write(&projected->shown, batch);
    view::UpdateIndexes(old_keys, view::IndexKeys(update.held(), &projected->shown), batch);
    MustBeOk(store_.Write(batch, store::Durability::kBuffered));
  }

  // Rows, past and indexes, to the last byte.
  std::string Bytes() const {
    std::string bytes;
    for (auto it = store_.Scan("", ""); it->Valid(); it->Next()) {
      absl::StrAppend(&bytes, absl::BytesToHexString(it->key()), " ",
                      absl::BytesToHexString(it->value()), "\n");
    }
    return bytes;
  }

 private:
  store::ModelStore store_;
  const view::RecordRef ref_{Name().key.kind, Name().scope, Name().key.id};
};

// -- What was written.

struct StateWrite {
  // Of the values that its writer saw.
  std::vector<int> seen;
  int wanted = 0;
};

class World {
 public:
  World() {
    Write(0, EditOf(SmallFire()));
    // All but one know of it.
    held_[1] = held_[0];
    for (size_t steps = 1 + Below(20); steps > 0; --steps) Act();
  }

  const std::vector<HeldChange>& all() const { return all_; }
  const std::map<Dot, StateWrite>& states() const { return states_; }

  std::vector<HeldChange> Some() const {
    std::vector<HeldChange> some;
    for (const HeldChange& change : all_) {
      if (!OneIn(3)) some.push_back(change);
    }
    return some;
  }

  // Settles the severity and the type by what `writer` shows; false where nothing is in conflict.
  bool Resolve(size_t writer, v1::IncidentType type) {
    const view::StoredRecord now = Now(writer);
    auto found = now.merged.find(kType);
    if (found == now.merged.end() || !found->second.conflict) return false;
    v1::Incident incident;
    incident.set_type(type);
    Edit edit = EditOf(incident);
    edit.resolve.insert(kType);
    Write(writer, edit);
    return true;
  }
  void MeetAll() {
    for (std::vector<HeldChange>& held : held_) held = all_;
  }
  view::StoredRecord Now(size_t writer) const { return Stored(Name(), held_[writer]); }

 private:
  void Act() {
    const auto writer = Below(kWriters);
    if (OneIn(3) || held_[writer].empty()) return Deliver(writer);
    const view::StoredRecord now = Now(writer);
    Edit edit = RandomEdit(now);
    edit.heard = OneIn(6);
    if (edit.body->ByteSizeLong() > 0 && OneIn(3)) {
      for (uint32_t field : {kType, kSeverity, kState, kDescription}) {
        auto found = now.merged.find(field);
        const bool sets = schema::FieldsOf(*edit.body).contains(field);
        if (sets && found != now.merged.end() && found->second.conflict) edit.resolve.insert(field);
      }
    }
    Write(writer, edit);
  }

  // Any part of what it lacks, in no order of lanes: that is the harder case.
  void Deliver(size_t writer) {
    for (const HeldChange& change : all_) {
      const bool has = std::any_of(held_[writer].begin(), held_[writer].end(),
                                   [&](const HeldChange& held) { return held.dot == change.dot; });
      if (!has && OneIn(2)) held_[writer].push_back(change);
    }
  }

  static Edit RandomEdit(const view::StoredRecord& now) {
    v1::Incident edit;
    if (OneIn(3)) edit.set_type(*rc::gen::element(v1::FIRE, v1::FLOOD, v1::STORM));
    if (OneIn(2)) {
      edit.set_severity(static_cast<v1::Severity>(1 + Below(5)));
    }
    if (OneIn(3)) {
      edit.set_state(static_cast<v1::IncidentState>(1 + Below(6)));
    }
    if (OneIn(3)) edit.set_description(*rc::gen::element("a", "b", "c"));
    if (OneIn(4)) edit.add_note(*rc::gen::element("x", "y"));
    if (OneIn(4)) edit.set_injured_count(static_cast<uint32_t>(Below(4)));
    Edit write = EditOf(edit);
    if (!edit.has_injured_count() && OneIn(5)) write.clear.push_back(kInjured);
    auto notes = now.merged.find(kNote);
    if (notes != now.merged.end() && OneIn(4)) {
      write.remove[kNote] = notes->second.siblings.front().dots;
    }
    return write;
  }

  void Write(size_t writer, const Edit& edit) {
    std::optional<view::StoredRecord> now;
    if (!all_.empty()) now = Now(writer);
    auto composed = now ? ComposeEdit(*now, edit) : ComposeFirst(Name(), edit);
    // A state that follows nothing its writer saw.
    if (!composed.ok()) {
      RC_ASSERT(composed.status().code() == absl::StatusCode::kFailedPrecondition);
      return;
    }
    for (const log::Draft& draft : composed->drafts) {
      HeldChange held = ToHeld(draft, all_.size() + 1, absl::StrCat("city/kings/e", writer));
      if (writer == 2 && OneIn(2)) {
        held.change.stamp = {log::Rank::kOwnFree, uint64_t{1 + Below(9)} << 16};
      }
      if (now) CheckSaw(writer, held);
      NoteState(now, held, edit);
      held_[writer].push_back(held);
      all_.push_back(std::move(held));
    }
  }

  // A write lists nothing that its writer did not hold.
  void CheckSaw(size_t writer, const HeldChange& written) const {
    std::set<Dot> known;
    for (const HeldChange& held : held_[writer]) {
      known.insert(held.dot);
      for (const log::FieldOp& op : held.change.ops) {
        known.insert(op.overwrites.begin(), op.overwrites.end());
      }
      for (const log::Restated& restated : held.change.restated) {
        known.insert(restated.dot);
        known.insert(restated.overwrites.begin(), restated.overwrites.end());
      }
    }
    for (const log::FieldOp& op : written.change.ops) {
      for (const Dot& dot : op.overwrites) RC_ASSERT(known.contains(dot));
    }
  }

  void NoteState(const std::optional<view::StoredRecord>& now, const HeldChange& held,
                 const Edit& edit) {
    const auto& body = static_cast<const v1::Incident&>(*edit.body);
    const bool sets = std::any_of(held.change.ops.begin(), held.change.ops.end(),
                                  [](const log::FieldOp& op) { return op.field == kState; });
    if (!sets) return;
    StateWrite write{.seen = {}, .wanted = body.state()};
    if (now && now->merged.contains(kState)) {
      for (const merge::Sibling& sibling : now->merged.at(kState).siblings) {
        const bool shown = &sibling == &now->merged.at(kState).siblings.front();
        if (!shown && !edit.resolve.contains(kState)) continue;
        write.seen.push_back(
            static_cast<const v1::Incident&>(**schema::ParseValues(v1::INCIDENT, sibling.value))
                .state());
      }
    }
    states_[held.dot] = std::move(write);
  }

  std::vector<HeldChange> all_;
  std::vector<HeldChange> held_[kWriters];
  std::map<Dot, StateWrite> states_;
};

// -- Plain facts.

struct Fact {
  Dot dot;
  std::string value;
  bool clear = false;
};

// Writes of a field, originals only, that no write of the field among these lists: read off the
// changes themselves.
std::vector<Fact> NotOverwritten(const std::vector<HeldChange>& held, uint32_t field) {
  std::vector<Fact> facts;
  std::set<Dot> overwritten;
  for (const HeldChange& change : held) {
    schema::Fragments values = schema::SplitFields(v1::INCIDENT, change.change.values);
    for (const log::FieldOp& op : change.change.ops) {
      if (op.field != field) continue;
      facts.push_back({change.dot, values[field], op.clear});
      overwritten.insert(op.overwrites.begin(), op.overwrites.end());
    }
    for (const log::Restated& restated : change.change.restated) {
      if (restated.field != field) continue;
      overwritten.insert(restated.overwrites.begin(), restated.overwrites.end());
    }
  }
  std::erase_if(facts, [&](const Fact& fact) { return overwritten.contains(fact.dot); });
  return facts;
}

v1::Incident Parsed(const std::string& value) {
  v1::Incident incident;
  RC_ASSERT(incident.ParseFromString(value));
  return incident;
}

// Cut anywhere, in any order, some of it twice.
Pieces AnyPieces(std::vector<HeldChange> changes) {
  for (size_t i = changes.size(); i > 1; --i) {
    std::swap(changes[i - 1], changes[Below(i)]);
  }
  Pieces pieces(1);
  for (const HeldChange& change : changes) {
    if (!pieces.back().empty() && OneIn(2)) pieces.emplace_back();
    pieces.back().push_back(change);
    if (OneIn(4)) {
      if (OneIn(2)) pieces.emplace_back();
      pieces.back().push_back(changes[Below(changes.size())]);
    }
  }
  return pieces;
}

// A case is one history; most of them prove little.
void Repeat(void (*check)()) {
  for (int histories = 20; histories > 0; --histories) check();
}

void CheckPieces() {
  const World world;
  const std::vector<HeldChange> held = world.Some();
  if (held.empty()) return;
  Projection at_once;
  at_once.Take(held);
  // Some of it may come again once all is here: pieces repeat earlier and later ones.
  for (int tries = 0; tries < 3; ++tries) {
    Projection in_pieces;
    for (std::vector<HeldChange>& piece : AnyPieces(held)) in_pieces.Take(std::move(piece));
    RC_ASSERT(in_pieces.Bytes() == at_once.Bytes());
  }
}

RC_GTEST_PROP(WritersProperty, AnyOrderDuplicationAndBatchingGivesByteEqualRowsAndIndexes, ()) {
  Repeat(CheckPieces);
}

void CheckNothingIsLost() {
  const World world;
  const std::vector<HeldChange> held = world.Some();
  if (held.empty()) return;
  const merge::MergedRecord merged = merge::Merge(v1::INCIDENT, held);
  for (uint32_t field : {kType, kSeverity, kState, kDescription, kNote, kInjured}) {
    for (const Fact& fact : NotOverwritten(held, field)) {
      if (field == kNote && fact.clear) continue;
      RC_ASSERT(merged.contains(field));
      const auto& siblings = merged.at(field).siblings;
      RC_ASSERT(std::any_of(siblings.begin(), siblings.end(), [&](const merge::Sibling& sibling) {
        return std::find(sibling.dots.begin(), sibling.dots.end(), fact.dot) != sibling.dots.end();
      }));
    }
  }
}

RC_GTEST_PROP(WritersProperty, NoValueIsLostThatNoWriteHasSeen, ()) { Repeat(CheckNothingIsLost); }

void CheckAlarms() {
  const World world;
  const std::vector<HeldChange> held = world.Some();
  const merge::MergedRecord merged = merge::Merge(v1::INCIDENT, held);
  for (const Fact& fact : NotOverwritten(held, kSeverity)) {
    const merge::Sibling& shown = merged.at(kSeverity).siblings.front();
    RC_ASSERT(fact.clear || Parsed(shown.value).severity() >= Parsed(fact.value).severity());
  }
  for (const Fact& fact : NotOverwritten(held, kInjured)) {
    const merge::Sibling& shown = merged.at(kInjured).siblings.front();
    if (fact.clear) continue;
    RC_ASSERT(!shown.clear);
    RC_ASSERT(Parsed(shown.value).injured_count() >= Parsed(fact.value).injured_count());
  }
}

RC_GTEST_PROP(WritersProperty, ConcurrencyNeverLowersAnAlarm, ()) { Repeat(CheckAlarms); }

void CheckStates() {
  const World world;
  const std::vector<HeldChange> held = world.Some();
  const merge::MergedRecord merged = merge::Merge(v1::INCIDENT, held);
  if (!merged.contains(kState)) return;
  const schema::FieldInfo& state = *schema::FindField(v1::INCIDENT, kState);
  for (const merge::Sibling& sibling : merged.at(kState).siblings) {
    for (const Dot& dot : sibling.dots) {
      auto written = world.states().find(dot);
      RC_ASSERT(written != world.states().end());
      RC_ASSERT(Parsed(sibling.value).state() == written->second.wanted);
      const std::vector<int>& seen = written->second.seen;
      RC_ASSERT(seen.empty() || std::any_of(seen.begin(), seen.end(), [&](int from) {
                  return schema::MayFollow(state, from, written->second.wanted);
                }));
    }
  }
}

RC_GTEST_PROP(WritersProperty, AStateShownWasWrittenBySomebodyAndFollowsWhatItsWriterSaw, ()) {
  Repeat(CheckStates);
}

void CheckIncomplete() {
  const World world;
  const std::vector<HeldChange> held = world.Some();
  std::set<Dot> here;
  for (const HeldChange& change : held) here.insert(change.dot);
  const merge::MergedRecord merged = merge::Merge(v1::INCIDENT, held);
  for (const auto& [number, field] : merged) {
    std::set<Dot> named;
    std::set<Dot> copied;
    for (const HeldChange& change : held) {
      for (const log::FieldOp& op : change.change.ops) {
        if (op.field == number) named.insert(op.overwrites.begin(), op.overwrites.end());
      }
      for (const log::Restated& restated : change.change.restated) {
        if (restated.field != number) continue;
        copied.insert(restated.dot);
        if (here.contains(restated.dot)) continue;
        named.insert(restated.overwrites.begin(), restated.overwrites.end());
      }
    }
    const bool lacks = std::any_of(named.begin(), named.end(), [&](const Dot& dot) {
      return !here.contains(dot) && !copied.contains(dot);
    });
    RC_ASSERT(field.incomplete == lacks);
  }
  for (const auto& [number, field] : merge::Merge(v1::INCIDENT, world.all())) {
    RC_ASSERT(!field.incomplete);
    for (const merge::Sibling& sibling : field.siblings) {
      RC_ASSERT(!sibling.restated_by);
      // Nobody lied.
      RC_ASSERT(sibling.misquoted_by.empty());
    }
  }
}

RC_GTEST_PROP(WritersProperty, WhatIsIncompleteLacksWhatItNamesAndCompletesItself, ()) {
  Repeat(CheckIncomplete);
}

void CheckRestated() {
  const World world;
  std::map<Dot, const HeldChange*> originals;
  for (const HeldChange& change : world.all()) originals[change.dot] = &change;
  for (const auto& [number, field] : merge::Merge(v1::INCIDENT, world.Some())) {
    for (const merge::Sibling& sibling : field.siblings) {
      if (!sibling.restated_by) continue;
      const HeldChange& original = *originals.at(sibling.dots.front());
      RC_ASSERT(sibling.stamp == original.change.stamp);
      RC_ASSERT(sibling.value == schema::SplitFields(v1::INCIDENT, original.change.values)[number]);
    }
  }
}

RC_GTEST_PROP(WritersProperty, ARestatedFieldIsTheSameDotAndTheSameValue, ()) {
  Repeat(CheckRestated);
}

void CheckResolutions() {
  World world;
  world.MeetAll();
  const size_t before = world.all().size();
  const auto first = *rc::gen::element(v1::FIRE, v1::FLOOD, v1::STORM);
  const auto second = *rc::gen::element(v1::FIRE, v1::FLOOD, v1::STORM);
  if (!world.Resolve(0, first)) return;
  const bool two = OneIn(2) && world.Resolve(1, second);
  world.MeetAll();
  std::set<Dot> resolutions;
  for (size_t i = before; i < world.all().size(); ++i) resolutions.insert(world.all()[i].dot);
  for (size_t writer = 0; writer < kWriters; ++writer) {
    const merge::MergedField field = world.Now(writer).merged.at(kType);
    RC_ASSERT(field.conflict == (two && first != second));
    RC_ASSERT(field.siblings.size() == (two && first != second ? 2u : 1u));
    // None of what was settled comes back.
    for (const merge::Sibling& sibling : field.siblings) {
      for (const Dot& dot : sibling.dots) RC_ASSERT(resolutions.contains(dot));
    }
  }
}

RC_GTEST_PROP(WritersProperty, ResolvingEndsTheConflictEverywhereAlsoWhenTwoResolveApart, ()) {
  Repeat(CheckResolutions);
}

}  // namespace
}  // namespace tocsin::intake
