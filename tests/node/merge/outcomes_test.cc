// The table of outcomes of docs/merge.md, row by row.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "node/merge/merge.h"
#include "tests/node/merge/history.h"

namespace tocsin::merge {
namespace {

using ::testing::ElementsAre;
using ::testing::UnorderedElementsAre;

constexpr uint32_t kState = v1::Incident::kStateFieldNumber;
constexpr uint32_t kSeverity = v1::Incident::kSeverityFieldNumber;
constexpr uint32_t kType = v1::Incident::kTypeFieldNumber;
constexpr uint32_t kNote = v1::Incident::kNoteFieldNumber;
constexpr uint32_t kDescription = v1::Incident::kDescriptionFieldNumber;
constexpr uint32_t kDead = v1::Incident::kDeadCountFieldNumber;

const Dot filed = DotNamed("filed");
const Dot a = DotNamed("a");
const Dot b = DotNamed("b");
const Dot c = DotNamed("c");

HeldChange Filed() {
  return ChangeMaker("filed", StampAt(1))
      .Set(kState, StateBytes(v1::INCIDENT_REPORTED))
      .Set(kSeverity, SeverityBytes(v1::SEVERITY_MODERATE))
      .Set(kType, TypeBytes(v1::FIRE))
      .SetText(kDescription, "smoke")
      .Done();
}

HeldChange SetsState(absl::string_view name, uint64_t time, v1::IncidentState state,
                     std::vector<Dot> over) {
  return ChangeMaker(name, StampAt(time)).Set(kState, StateBytes(state), std::move(over)).Done();
}
HeldChange SetsType(absl::string_view name, uint64_t time, v1::IncidentType type,
                    std::vector<Dot> over) {
  return ChangeMaker(name, StampAt(time)).Set(kType, TypeBytes(type), std::move(over)).Done();
}
HeldChange SetsSeverity(absl::string_view name, uint64_t time, v1::Severity severity,
                        std::vector<Dot> over) {
  return ChangeMaker(name, StampAt(time))
      .Set(kSeverity, SeverityBytes(severity), std::move(over))
      .Done();
}

// First dots of the siblings, as they are shown.
std::vector<Dot> SiblingsOf(const MergedRecord& record, uint32_t field) {
  std::vector<Dot> dots;
  for (const Sibling& sibling : record.at(field).siblings) dots.push_back(sibling.dots.front());
  return dots;
}

TEST(Outcome, TextEditedApart) {
  const HeldChange x = ChangeMaker("a", StampAt(2)).SetText(kDescription, "x", {filed}).Done();
  const HeldChange y = ChangeMaker("b", StampAt(3)).SetText(kDescription, "y", {filed}).Done();
  const MergedRecord record = Merge(kIncident, {Filed(), x, y});
  EXPECT_THAT(SiblingsOf(record, kDescription), ElementsAre(b, a));
  EXPECT_TRUE(record.at(kDescription).conflict);
}

TEST(Outcome, DifferentFieldsEditedApart) {
  const MergedRecord record =
      Merge(kIncident, {Filed(), SetsType("a", 2, v1::EXPLOSION, {filed}),
                        ChangeMaker("b", StampAt(3)).SetText(kDescription, "y", {filed}).Done()});
  EXPECT_THAT(SiblingsOf(record, kType), ElementsAre(a));
  EXPECT_THAT(SiblingsOf(record, kDescription), ElementsAre(b));
  for (const auto& [number, field] : record) EXPECT_FALSE(field.conflict) << number;
}

TEST(Outcome, OneValueWrittenTwiceApart) {
  const MergedRecord record = Merge(kIncident, {Filed(), SetsType("a", 2, v1::EXPLOSION, {filed}),
                                                SetsType("b", 3, v1::EXPLOSION, {filed})});
  EXPECT_FALSE(record.at(kType).conflict);
  EXPECT_THAT(record.at(kType).siblings.front().dots, UnorderedElementsAre(a, b));
}

TEST(Outcome, ClearedAgainstEdited) {
  const HeldChange cleared = ChangeMaker("a", StampAt(3)).Clear(kDescription, {filed}).Done();
  const HeldChange edited = ChangeMaker("b", StampAt(2)).SetText(kDescription, "y", {filed}).Done();
  const MergedRecord record = Merge(kIncident, {Filed(), cleared, edited});
  EXPECT_THAT(SiblingsOf(record, kDescription), ElementsAre(a, b));
  EXPECT_TRUE(record.at(kDescription).siblings.front().clear);
  EXPECT_TRUE(record.at(kDescription).conflict);
}

TEST(Outcome, ClearedAgainstRaised) {
  const MergedRecord record =
      Merge(kIncident, {Filed(), ChangeMaker("a", StampAt(9)).Clear(kSeverity, {filed}).Done(),
                        SetsSeverity("b", 2, v1::SEVERITY_SEVERE, {filed})});
  EXPECT_THAT(SiblingsOf(record, kSeverity), ElementsAre(b, a));
  EXPECT_TRUE(record.at(kSeverity).conflict);
}

TEST(Outcome, RaisedAgainstLowered) {
  const MergedRecord record =
      Merge(kIncident, {Filed(), SetsSeverity("a", 2, v1::SEVERITY_EXTREME, {filed}),
                        SetsSeverity("b", 9, v1::SEVERITY_MINOR, {filed})});
  EXPECT_THAT(SiblingsOf(record, kSeverity), ElementsAre(a, b));
  EXPECT_TRUE(record.at(kSeverity).conflict);
}

TEST(Outcome, LoweredByWhoSawIt) {
  const MergedRecord record =
      Merge(kIncident, {Filed(), SetsSeverity("a", 2, v1::SEVERITY_EXTREME, {filed}),
                        SetsSeverity("b", 3, v1::SEVERITY_MINOR, {a})});
  EXPECT_THAT(SiblingsOf(record, kSeverity), ElementsAre(b));
  EXPECT_FALSE(record.at(kSeverity).conflict);
}

TEST(Outcome, WithdrawnAgainstEdited) {
  const MergedRecord record =
      Merge(kIncident, {Filed(), SetsState("a", 2, v1::INCIDENT_WITHDRAWN, {filed}),
                        ChangeMaker("b", StampAt(3)).SetText(kDescription, "y", {filed}).Done()});
  EXPECT_THAT(SiblingsOf(record, kState), ElementsAre(a));
  EXPECT_THAT(SiblingsOf(record, kDescription), ElementsAre(b));
  EXPECT_FALSE(record.at(kState).conflict);
  EXPECT_FALSE(record.at(kDescription).conflict);
}

TEST(Outcome, WithdrawnAgainstMovedOn) {
  const MergedRecord record =
      Merge(kIncident, {Filed(), SetsState("a", 2, v1::INCIDENT_WITHDRAWN, {filed}),
                        SetsState("b", 9, v1::INCIDENT_CONFIRMED, {filed})});
  EXPECT_THAT(SiblingsOf(record, kState), ElementsAre(a, b));
  EXPECT_TRUE(record.at(kState).conflict);
}

TEST(Outcome, ReopenedAgainstClosed) {
  // Two closed it apart; one of the closings was seen and reopened.
  const MergedRecord record =
      Merge(kIncident, {Filed(), SetsState("a", 2, v1::INCIDENT_CLOSED, {filed}),
                        SetsState("b", 9, v1::INCIDENT_CLOSED, {filed}),
                        SetsState("c", 3, v1::INCIDENT_REOPENED, {a})});
  EXPECT_THAT(SiblingsOf(record, kState), ElementsAre(c, b));
  EXPECT_TRUE(record.at(kState).conflict);
}

TEST(Outcome, ReopenedAgainstWithdrawn) {
  const MergedRecord record =
      Merge(kIncident, {Filed(), SetsState("a", 2, v1::INCIDENT_CLOSED, {filed}),
                        SetsState("b", 3, v1::INCIDENT_REOPENED, {a}),
                        SetsState("c", 4, v1::INCIDENT_WITHDRAWN, {a})});
  EXPECT_THAT(SiblingsOf(record, kState), ElementsAre(c, b));
  EXPECT_TRUE(record.at(kState).conflict);
}

TEST(Outcome, ClosedAgainAfterReopening) {
  std::vector<HeldChange> changes = {Filed(), SetsState("a", 2, v1::INCIDENT_CLOSED, {filed}),
                                     SetsState("b", 3, v1::INCIDENT_REOPENED, {a}),
                                     SetsState("c", 4, v1::INCIDENT_CLOSED, {b})};
  EXPECT_THAT(SiblingsOf(Merge(kIncident, changes), kState), ElementsAre(c));
  // Against a post that saw the first closing only, and reopened it as well.
  changes.push_back(SetsState("d", 3, v1::INCIDENT_REOPENED, {a}));
  const MergedRecord record = Merge(kIncident, changes);
  EXPECT_THAT(SiblingsOf(record, kState), ElementsAre(DotNamed("d"), c));
  EXPECT_TRUE(record.at(kState).conflict);
}

TEST(Outcome, ResolvedAgainstEditedAgain) {
  // c settles a and b; whoever had seen a alone edits it meanwhile.
  const MergedRecord record =
      Merge(kIncident, {Filed(), SetsType("a", 2, v1::EXPLOSION, {filed}),
                        SetsType("b", 3, v1::STORM, {filed}), SetsType("c", 4, v1::STORM, {a, b}),
                        SetsType("d", 5, v1::FLOOD, {a})});
  EXPECT_THAT(SiblingsOf(record, kType), ElementsAre(DotNamed("d"), c));
  EXPECT_TRUE(record.at(kType).conflict);
}

TEST(Outcome, TwoResolutionsApartWithOneValue) {
  const MergedRecord record =
      Merge(kIncident, {Filed(), SetsType("a", 2, v1::EXPLOSION, {filed}),
                        SetsType("b", 3, v1::STORM, {filed}), SetsType("c", 4, v1::STORM, {a, b}),
                        SetsType("d", 5, v1::STORM, {a, b})});
  EXPECT_EQ(record.at(kType).siblings.size(), 1u);
  EXPECT_FALSE(record.at(kType).conflict);
}

TEST(Outcome, TwoResolutionsApartWithTwoValues) {
  const MergedRecord record =
      Merge(kIncident, {Filed(), SetsType("a", 2, v1::EXPLOSION, {filed}),
                        SetsType("b", 3, v1::STORM, {filed}), SetsType("c", 4, v1::STORM, {a, b}),
                        SetsType("d", 5, v1::EXPLOSION, {a, b})});
  EXPECT_THAT(SiblingsOf(record, kType), ElementsAre(DotNamed("d"), c));
  EXPECT_TRUE(record.at(kType).conflict);
}

TEST(Outcome, ThreeAndFiveValuesApart) {
  const v1::IncidentType types[] = {v1::EXPLOSION, v1::FLOOD, v1::STORM, v1::RESCUE,
                                    v1::EARTHQUAKE};
  std::vector<HeldChange> changes = {Filed()};
  std::vector<Dot> newest_first;
  for (uint64_t i = 0; i < 5; ++i) {
    const std::string name = absl::StrCat("s", i);
    changes.push_back(SetsType(name, 2 + i, types[i], {filed}));
    newest_first.insert(newest_first.begin(), DotNamed(name));
    EXPECT_THAT(SiblingsOf(Merge(kIncident, changes), kType),
                ::testing::ElementsAreArray(newest_first));
  }
  changes.push_back(SetsType("c", 1, v1::FIRE, newest_first));
  EXPECT_THAT(SiblingsOf(Merge(kIncident, changes), kType), ElementsAre(c));
}

TEST(Outcome, ElementRemovedAgainstElementAdded) {
  const HeldChange note = ChangeMaker("a", StampAt(2)).SetText(kNote, "x").Done();
  const HeldChange removed = ChangeMaker("b", StampAt(3)).Clear(kNote, {a}).Done();
  const HeldChange added = ChangeMaker("c", StampAt(3)).SetText(kNote, "x").Done();
  const MergedRecord record = Merge(kIncident, {Filed(), note, removed, added});
  EXPECT_THAT(SiblingsOf(record, kNote), ElementsAre(c));
  EXPECT_FALSE(record.at(kNote).conflict);
}

TEST(Outcome, CasualtiesCountedApart) {
  auto dead = [](absl::string_view name, uint64_t time, uint32_t count) {
    v1::Incident incident;
    incident.set_dead_count(count);
    return ChangeMaker(name, StampAt(time)).Set(kDead, incident.SerializeAsString()).Done();
  };
  const MergedRecord record = Merge(kIncident, {Filed(), dead("a", 2, 3), dead("b", 9, 0)});
  EXPECT_THAT(SiblingsOf(record, kDead), ElementsAre(a, b));
  EXPECT_TRUE(record.at(kDead).conflict);
}

}  // namespace
}  // namespace tocsin::merge
