#include "node/intake/compose.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <optional>

#include "node/schema/states.h"
#include "tests/node/intake/model.h"
#include "tests/node/intake/records.h"

namespace tocsin::intake {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::UnorderedElementsAre;

constexpr uint32_t kState = 2;
constexpr uint32_t kNote = 9;
constexpr uint32_t kType = 20;
constexpr uint32_t kSeverity = 23;
constexpr uint32_t kDescription = 27;
constexpr uint32_t kInjured = 36;
constexpr uint32_t kGoods = 40;

// One record as one node has it, edit after edit.
class Node {
 public:
  explicit Node(v1::Kind kind = v1::INCIDENT) : name_(NameOf(kind)) {}

  // The drafts' changes are held at once.
  absl::StatusOr<std::vector<log::Draft>> Write(const Edit& edit,
                                                const std::string& author = "city/kings/e201") {
    auto composed =
        changes_.empty() ? ComposeFirst(name_, edit) : ComposeEdit(Stored(name_, changes_), edit);
    if (!composed.ok()) return composed.status();
    for (const log::Draft& draft : composed->drafts) {
      changes_.push_back(ToHeld(draft, ++count_, author));
    }
    return composed->drafts;
  }
  // Takes what another node has that this one lacks.
  void Take(const Node& other) { TakeLacking(other.changes_, changes_); }

  view::StoredRecord Now() const { return Stored(name_, changes_); }
  v1::Incident incident() const { return Now().shown.incident(); }
  // What a node sees that has only what travels as `precedence` or faster.
  view::StoredRecord SeenBy(Precedence precedence) const {
    std::vector<merge::HeldChange> seen;
    for (const merge::HeldChange& held : changes_) {
      if (held.precedence <= precedence) seen.push_back(held);
    }
    return Stored(name_, seen);
  }
  const std::vector<merge::HeldChange>& changes() const { return changes_; }

 private:
  view::RecordName name_;
  std::vector<merge::HeldChange> changes_;
  uint64_t count_ = 0;
};

const log::FieldOp* OpOf(const log::Draft& draft, uint32_t field) {
  for (const log::FieldOp& op : draft.ops) {
    if (op.field == field) return &op;
  }
  return nullptr;
}

std::vector<uint32_t> FieldsOf(const std::vector<log::Restated>& restated) {
  std::vector<uint32_t> fields;
  for (const log::Restated& one : restated) fields.push_back(one.field);
  return fields;
}

v1::Incident Severity(v1::Severity severity) {
  v1::Incident edit;
  edit.set_severity(severity);
  return edit;
}
v1::Incident State(v1::IncidentState state) {
  v1::Incident edit;
  edit.set_state(state);
  return edit;
}

TEST(Compose, TheFirstChangeOverwritesNothingAndKeepsTextsApart) {
  Node node;
  auto drafts = node.Write(EditOf(SmallFire()));
  ASSERT_TRUE(drafts.ok());
  ASSERT_EQ(drafts->size(), 1u);
  const log::Draft& draft = drafts->front();
  EXPECT_EQ(draft.precedence, Precedence::kRoutine);
  EXPECT_EQ(draft.cap_status, static_cast<uint32_t>(v1::STATUS_ACTUAL));
  for (const log::FieldOp& op : draft.ops) EXPECT_THAT(op.overwrites, IsEmpty());
  ASSERT_NE(OpOf(draft, kDescription), nullptr);
  EXPECT_EQ(draft.values.find("Rubbish"), std::string::npos);
  ASSERT_EQ(draft.texts.size(), 1u);
  EXPECT_EQ(draft.texts[0].bytes, "Rubbish burning behind the depot");
  EXPECT_THAT(draft.restated, IsEmpty());
}

TEST(Compose, AnEditOverwritesTheValueShown) {
  Node node;
  ASSERT_TRUE(node.Write(EditOf(SmallFire())).ok());
  v1::Incident edit;
  edit.set_certainty(v1::CERTAINTY_LIKELY);
  auto drafts = node.Write(EditOf(edit));
  ASSERT_TRUE(drafts.ok());
  ASSERT_EQ(drafts->front().ops.size(), 1u);
  EXPECT_THAT(drafts->front().ops[0].overwrites, ElementsAre(node.changes()[0].dot));
  EXPECT_EQ(node.incident().certainty(), v1::CERTAINTY_LIKELY);
}

TEST(Compose, AnEditOnAConflictOverwritesTheSiblingShownAndNoOther) {
  Node mine;
  ASSERT_TRUE(mine.Write(EditOf(SmallFire())).ok());
  Node theirs = mine;
  ASSERT_TRUE(mine.Write(EditOf(Severity(v1::SEVERITY_MODERATE)), "city/kings/e201").ok());
  ASSERT_TRUE(theirs.Write(EditOf(Severity(v1::SEVERITY_EXTREME)), "city/kings").ok());
  mine.Take(theirs);
  ASSERT_TRUE(mine.Now().merged.at(kSeverity).conflict);
  const Dot shown = mine.Now().merged.at(kSeverity).siblings.front().dots.front();
  auto drafts = mine.Write(EditOf(Severity(v1::SEVERITY_SEVERE)));
  ASSERT_TRUE(drafts.ok());
  EXPECT_THAT(OpOf(drafts->front(), kSeverity)->overwrites, ElementsAre(shown));
  EXPECT_EQ(mine.Now().merged.at(kSeverity).siblings.size(), 2u);
}

TEST(Compose, AValueThatIsShownAlreadyIsNotWrittenAgain) {
  Node node;
  ASSERT_TRUE(node.Write(EditOf(SmallFire())).ok());
  auto drafts = node.Write(EditOf(SmallFire()));
  ASSERT_TRUE(drafts.ok());
  EXPECT_THAT(*drafts, IsEmpty());
}

TEST(Compose, WhatWasHeardIsWrittenAgainByWhoSawIt) {
  Node node;
  Edit heard = EditOf(SmallFire());
  heard.heard = true;
  ASSERT_TRUE(node.Write(heard).ok());
  auto drafts = node.Write(EditOf(SmallFire()));
  ASSERT_TRUE(drafts.ok());
  ASSERT_EQ(drafts->size(), 1u);
  EXPECT_NE(OpOf(drafts->front(), kSeverity), nullptr);
}

TEST(Compose, AddingToAUnionOverwritesNothing) {
  Node node;
  v1::Incident fire = SmallFire();
  fire.add_note("Hydrant 12 frozen");
  ASSERT_TRUE(node.Write(EditOf(fire)).ok());
  v1::Incident more;
  more.add_note("Hydrant 14 works");
  more.add_note("Hydrant 12 frozen");
  auto drafts = node.Write(EditOf(more));
  ASSERT_TRUE(drafts.ok());
  EXPECT_THAT(OpOf(drafts->front(), kNote)->overwrites, IsEmpty());
  EXPECT_THAT(node.incident().note(), ElementsAre("Hydrant 12 frozen", "Hydrant 14 works"));
}

TEST(Compose, RemovingAnElementOverwritesItsDot) {
  Node node;
  v1::Incident fire = SmallFire();
  fire.add_goods()->set_un_number(1203);
  ASSERT_TRUE(node.Write(EditOf(fire)).ok());
  v1::Incident more;
  more.add_goods()->set_un_number(1017);
  ASSERT_TRUE(node.Write(EditOf(more)).ok());
  ASSERT_EQ(node.incident().goods_size(), 2);
  Edit edit = EditOf(v1::Incident());
  edit.remove[kGoods] = {node.changes()[0].dot};
  ASSERT_TRUE(node.Write(edit).ok());
  ASSERT_EQ(node.incident().goods_size(), 1);
  EXPECT_EQ(node.incident().goods(0).un_number(), 1017u);
}

TEST(Compose, ADotThatIsNoElementIsRefused) {
  Node node;
  ASSERT_TRUE(node.Write(EditOf(SmallFire())).ok());
  Edit edit = EditOf(v1::Incident());
  edit.remove[kGoods] = {Dot()};
  EXPECT_EQ(node.Write(edit).status().code(), absl::StatusCode::kInvalidArgument);
}

TEST(Compose, ClearingAUnionTakesEveryElementOut) {
  Node node;
  v1::Incident fire = SmallFire();
  fire.add_goods()->set_un_number(1203);
  ASSERT_TRUE(node.Write(EditOf(fire)).ok());
  Edit edit = EditOf(v1::Incident());
  edit.clear = {kGoods, kDescription};
  ASSERT_TRUE(node.Write(edit).ok());
  EXPECT_EQ(node.incident().goods_size(), 0);
  EXPECT_EQ(node.incident().description(), "");
  auto again = node.Write(edit);
  ASSERT_TRUE(again.ok());
  EXPECT_THAT(*again, IsEmpty());
}

TEST(Compose, ClosingListsTheSeverityThatItsAuthorSaw) {
  Node node;
  ASSERT_TRUE(node.Write(EditOf(SmallFire())).ok());
  v1::Incident worse = Severity(v1::SEVERITY_MODERATE);
  worse.set_injured_count(2);
  ASSERT_TRUE(node.Write(EditOf(worse)).ok());
  auto drafts = node.Write(EditOf(State(v1::INCIDENT_CLOSED)));
  ASSERT_TRUE(drafts.ok());
  EXPECT_THAT(OpOf(drafts->front(), kState)->overwrites,
              UnorderedElementsAre(node.changes()[0].dot, node.changes()[1].dot));
}

TEST(Compose, ClosingSettlesNoStateThatWasNotShown) {
  Node node;
  ASSERT_TRUE(node.Write(EditOf(SmallFire())).ok());
  Node elsewhere = node;
  ASSERT_TRUE(node.Write(EditOf(State(v1::INCIDENT_UNDER_CONTROL))).ok());
  v1::Incident confirmed = State(v1::INCIDENT_CONFIRMED);
  confirmed.set_injured_count(2);
  ASSERT_TRUE(elsewhere.Write(EditOf(confirmed), "city/kings").ok());
  node.Take(elsewhere);
  // The injured are shown, and the state that came with them is not.
  auto drafts = node.Write(EditOf(State(v1::INCIDENT_CLOSED)));
  ASSERT_TRUE(drafts.ok());
  EXPECT_THAT(OpOf(drafts->front(), kState)->overwrites,
              Not(Contains(elsewhere.changes().back().dot)));
}

TEST(Compose, ClosingAgainListsWhatWasRaisedSince) {
  Node node;
  ASSERT_TRUE(node.Write(EditOf(SmallFire())).ok());
  Node elsewhere = node;
  ASSERT_TRUE(node.Write(EditOf(State(v1::INCIDENT_CLOSED))).ok());
  auto nothing = node.Write(EditOf(State(v1::INCIDENT_CLOSED)));
  ASSERT_TRUE(nothing.ok());
  EXPECT_THAT(*nothing, IsEmpty());
  ASSERT_TRUE(elsewhere.Write(EditOf(Severity(v1::SEVERITY_EXTREME)), "city/kings").ok());
  node.Take(elsewhere);
  auto drafts = node.Write(EditOf(State(v1::INCIDENT_CLOSED)));
  ASSERT_TRUE(drafts.ok());
  ASSERT_EQ(drafts->size(), 1u);
  EXPECT_THAT(OpOf(drafts->front(), kState)->overwrites, Contains(elsewhere.changes().back().dot));
}

TEST(Compose, AnEditTravelsAsFastAsTheRecordWasOrBecomes) {
  Node node;
  ASSERT_TRUE(node.Write(EditOf(GreatFire())).ok());
  EXPECT_EQ(node.changes().back().precedence, Precedence::kFlash);
  ASSERT_TRUE(node.Write(EditOf(State(v1::INCIDENT_CLOSED))).ok());
  EXPECT_EQ(node.changes().back().precedence, Precedence::kFlash);
  v1::Incident note;
  note.add_note("Ground cold");
  ASSERT_TRUE(node.Write(EditOf(note)).ok());
  EXPECT_EQ(node.changes().back().precedence, Precedence::kRoutine);
}

TEST(Compose, ARaisingChangeCarriesTheWholeRecord) {
  Node node;
  ASSERT_TRUE(node.Write(EditOf(SmallFire())).ok());
  v1::Incident raised = Severity(v1::SEVERITY_EXTREME);
  raised.set_urgency(v1::URGENCY_IMMEDIATE);
  auto drafts = node.Write(EditOf(raised));
  ASSERT_TRUE(drafts.ok());
  EXPECT_EQ(drafts->front().precedence, Precedence::kFlash);
  EXPECT_THAT(FieldsOf(drafts->front().restated),
              ElementsAre(1u, kState, 5u, kType, 24u, kDescription));
  const merge::HeldChange& first = node.changes()[0];
  for (const log::Restated& restated : drafts->front().restated) {
    EXPECT_EQ(restated.dot, first.dot);
    EXPECT_EQ(restated.stamp, first.change.stamp);
  }
  ASSERT_EQ(drafts->front().texts.size(), 1u);
  EXPECT_EQ(drafts->front().texts[0].origin, 6u);
  EXPECT_EQ(drafts->front().texts[0].salt, first.change.texts[0].salt);

  view::StoredRecord seen = node.SeenBy(Precedence::kFlash);
  EXPECT_EQ(seen.shown.incident().SerializeAsString(), node.incident().SerializeAsString());
}

TEST(Compose, WhatWasCarriedOnceIsNotCarriedAgain) {
  Node node;
  ASSERT_TRUE(node.Write(EditOf(SmallFire())).ok());
  ASSERT_TRUE(node.Write(EditOf(GreatFire())).ok());
  v1::Incident edit;
  edit.set_injured_count(3);
  auto drafts = node.Write(EditOf(edit));
  ASSERT_TRUE(drafts.ok());
  EXPECT_THAT(drafts->front().restated, IsEmpty());
}

TEST(Compose, ARestatedFieldIsNoConflictWithWhatItOverwrote) {
  Node node;
  ASSERT_TRUE(node.Write(EditOf(GreatFire())).ok());
  ASSERT_TRUE(node.Write(EditOf(State(v1::INCIDENT_CLOSED))).ok());
  v1::Incident text;
  text.set_description("Out; one wall stands");
  ASSERT_TRUE(node.Write(EditOf(text)).ok());
  text.set_description("Out; nothing stands");
  ASSERT_TRUE(node.Write(EditOf(text)).ok());
  ASSERT_EQ(node.changes().back().precedence, Precedence::kRoutine);
  ASSERT_TRUE(node.Write(EditOf(State(v1::INCIDENT_REOPENED))).ok());
  ASSERT_EQ(node.changes().back().precedence, Precedence::kFlash);
  view::StoredRecord seen = node.SeenBy(Precedence::kFlash);
  EXPECT_EQ(seen.shown.incident().description(), "Out; nothing stands");
  EXPECT_FALSE(seen.merged.at(kDescription).conflict);
}

TEST(Compose, AnOverwrittenValueDoesNotComeBackWhereTheSlowLaneIsNotYet) {
  Node node;
  ASSERT_TRUE(node.Write(EditOf(GreatFire())).ok());
  ASSERT_TRUE(node.Write(EditOf(State(v1::INCIDENT_CLOSED))).ok());
  v1::Incident text;
  text.set_description("Out");
  ASSERT_TRUE(node.Write(EditOf(text)).ok());
  v1::Incident again = State(v1::INCIDENT_REOPENED);
  again.set_description("Burning again");
  ASSERT_TRUE(node.Write(EditOf(again)).ok());
  view::StoredRecord seen = node.SeenBy(Precedence::kFlash);
  EXPECT_EQ(seen.shown.incident().description(), "Burning again");
  EXPECT_FALSE(seen.merged.at(kDescription).conflict);
}

TEST(Compose, TextsOver4KiBFollowInTheirOwnLane) {
  Node node;
  v1::Incident fire = SmallFire();
  for (char c : {'a', 'b'}) fire.add_note(std::string(4000, c));
  ASSERT_TRUE(node.Write(EditOf(fire)).ok());
  auto drafts = node.Write(EditOf(GreatFire()));
  ASSERT_TRUE(drafts.ok());
  EXPECT_THAT(FieldsOf(drafts->front().restated), Not(Contains(kNote)));
  EXPECT_THAT(FieldsOf(drafts->front().restated), Contains(kType));
}

TEST(Compose, AnErasedTextIsRestatedByItsHash) {
  Node node;
  ASSERT_TRUE(node.Write(EditOf(SmallFire())).ok());
  std::vector<merge::HeldChange> changes = node.changes();
  changes[0].change.texts[0].bytes.reset();
  v1::Incident raised = Severity(v1::SEVERITY_SEVERE);
  auto composed = ComposeEdit(Stored(NameOf(v1::INCIDENT), changes), EditOf(raised));
  ASSERT_TRUE(composed.ok());
  ASSERT_EQ(composed->drafts.front().texts.size(), 1u);
  EXPECT_EQ(composed->drafts.front().texts[0].hash, changes[0].change.texts[0].hash);
  EXPECT_EQ(composed->drafts.front().texts[0].bytes, "");
}

TEST(Compose, AChangeOver32KiBNamesItsLargestField) {
  Node node(v1::ALERT);
  v1::Alert alert;
  alert.set_status(v1::STATUS_ACTUAL);
  alert.add_description(std::string(16000, 'd'));
  alert.add_description(std::string(16000, 'e'));
  alert.add_headline(std::string(1000, 'h'));
  auto drafts = node.Write(EditOf(alert));
  EXPECT_EQ(drafts.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(drafts.status().message()), HasSubstr("alert.description"));
  EXPECT_THAT(std::string(drafts.status().message()), Not(HasSubstr("dddd")));
}

TEST(Compose, PartsOfAnOriginalGoAloneInRoutineLanes) {
  Node node(v1::ALERT);
  v1::Alert alert;
  alert.set_status(v1::STATUS_ACTUAL);
  alert.set_severity(v1::SEVERITY_EXTREME);
  alert.set_urgency(v1::URGENCY_IMMEDIATE);
  for (char part = 0; part < 3; ++part) {
    alert.add_original_part(std::string({'\0', part}) + std::string(16384, 'x'));
  }
  auto drafts = node.Write(EditOf(alert));
  ASSERT_TRUE(drafts.ok());
  ASSERT_EQ(drafts->size(), 4u);
  EXPECT_EQ((*drafts)[0].precedence, Precedence::kFlash);
  EXPECT_THAT((*drafts)[0].texts, IsEmpty());
  for (size_t i = 1; i < drafts->size(); ++i) {
    EXPECT_EQ((*drafts)[i].precedence, Precedence::kRoutine);
    EXPECT_EQ((*drafts)[i].texts.size(), 1u);
  }
  EXPECT_EQ(node.Now().shown.alert().original_part_size(), 3);
}

TEST(Compose, AStatusMovesOnlyTowardActual) {
  Node node;
  ASSERT_TRUE(node.Write(EditOf(SmallFire())).ok());
  v1::Incident edit;
  edit.set_status(v1::STATUS_EXERCISE);
  EXPECT_EQ(node.Write(EditOf(edit)).status().code(), absl::StatusCode::kFailedPrecondition);
}

TEST(Compose, ASourceDoesNotChange) {
  Node node;
  v1::Incident fire = SmallFire();
  fire.mutable_source()->set_system("nfirs");
  fire.mutable_source()->set_key("2015-1");
  ASSERT_TRUE(node.Write(EditOf(fire)).ok());
  EXPECT_TRUE(node.Write(EditOf(fire)).ok());
  fire.mutable_source()->set_key("2015-2");
  EXPECT_EQ(node.Write(EditOf(fire)).status().code(), absl::StatusCode::kInvalidArgument);
  Edit edit = EditOf(v1::Incident());
  edit.clear = {8};
  EXPECT_EQ(node.Write(edit).status().code(), absl::StatusCode::kInvalidArgument);
}

TEST(Compose, DifferingFieldsAreThoseSetToOtherValues) {
  Node node;
  v1::Incident fire = SmallFire();
  fire.set_units_on_scene(3);
  ASSERT_TRUE(node.Write(EditOf(fire)).ok());
  EXPECT_THAT(DifferingFields(node.Now(), SmallFire()), IsEmpty());
  v1::Incident other = SmallFire();
  other.set_severity(v1::SEVERITY_EXTREME);
  other.set_status(v1::STATUS_TEST);
  other.add_note("New");
  EXPECT_THAT(DifferingFields(node.Now(), other),
              ElementsAre("incident.status", "incident.note", "incident.severity"));
}

// One writer, any edits: whoever has all that travels as fast as the last change, and nothing
// slower, sees the record that the writer sees.
RC_GTEST_PROP(ComposeProperty, AReceiverOfTheFastLanesSeesWhatTheWriterSees, ()) {
  Node node;
  RC_ASSERT(node.Write(EditOf(SmallFire())).ok());
  const int edits = *rc::gen::inRange(1, 12);
  for (int i = 0; i < edits; ++i) {
    v1::Incident edit;
    if (*rc::gen::arbitrary<bool>()) {
      edit.set_severity(static_cast<v1::Severity>(*rc::gen::inRange(1, 6)));
    }
    if (*rc::gen::arbitrary<bool>()) {
      const auto state = static_cast<v1::IncidentState>(*rc::gen::inRange(1, 7));
      const schema::FieldInfo& field = *schema::FindField(v1::INCIDENT, kState);
      if (schema::MayFollow(field, node.incident().state(), state)) edit.set_state(state);
    }
    if (*rc::gen::arbitrary<bool>()) edit.set_description(absl::StrCat("line ", i));
    if (*rc::gen::arbitrary<bool>()) edit.set_injured_count(*rc::gen::inRange(0u, 4u));
    if (*rc::gen::arbitrary<bool>()) edit.add_note(absl::StrCat("note ", i));
    Edit write = EditOf(edit);
    if (*rc::gen::inRange(0, 4) == 0 && !edit.has_injured_count()) write.clear.push_back(kInjured);
    const view::StoredRecord before = node.Now();
    if (auto notes = before.merged.find(kNote);
        notes != before.merged.end() && *rc::gen::inRange(0, 3) == 0) {
      write.remove[kNote] = notes->second.siblings.front().dots;
    }
    RC_ASSERT(node.Write(write).ok());
    const std::string now = node.incident().SerializeAsString();
    for (Precedence precedence : kPrecedences) {
      if (precedence < node.changes().back().precedence) continue;
      view::StoredRecord seen = node.SeenBy(precedence);
      RC_ASSERT(seen.shown.incident().SerializeAsString() == now);
      for (const auto& [number, field] : seen.merged) RC_ASSERT(!field.conflict);
    }
  }
}

}  // namespace
}  // namespace tocsin::intake
