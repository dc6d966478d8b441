#include "node/merge/merge.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/node/merge/history.h"

namespace tocsin::merge {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr uint32_t kState = v1::Incident::kStateFieldNumber;
constexpr uint32_t kObserved = v1::Incident::kObservedTimeFieldNumber;
constexpr uint32_t kFlag = v1::Incident::kPlaceFlagFieldNumber;
constexpr uint32_t kNote = v1::Incident::kNoteFieldNumber;
constexpr uint32_t kType = v1::Incident::kTypeFieldNumber;
constexpr uint32_t kSeverity = v1::Incident::kSeverityFieldNumber;
constexpr uint32_t kDescription = v1::Incident::kDescriptionFieldNumber;

const Dot d0 = DotNamed("d0");
const Dot d1 = DotNamed("d1");
const Dot d2 = DotNamed("d2");
const Dot d3 = DotNamed("d3");
const Dot d4 = DotNamed("d4");

std::string ObservedBytes(int64_t seconds) {
  v1::Incident incident;
  incident.mutable_observed_time()->set_seconds(seconds);
  return incident.SerializeAsString();
}

std::string FlagBytes(v1::PlaceFlag flag) {
  v1::Incident incident;
  incident.add_place_flag(flag);
  return incident.SerializeAsString();
}

const Sibling& Shown(const MergedRecord& record, uint32_t field) {
  return record.at(field).siblings.front();
}

TEST(Merge, ASingleWriteIsShownWithoutConflict) {
  MergedRecord record = Merge(kIncident, {ChangeMaker("d0", StampAt(1))
                                              .Set(kSeverity, SeverityBytes(v1::SEVERITY_MINOR))
                                              .SetText(kDescription, "smoke")
                                              .Done()});
  EXPECT_EQ(Shown(record, kSeverity).value, SeverityBytes(v1::SEVERITY_MINOR));
  EXPECT_EQ(Shown(record, kDescription).texts.front().bytes, "smoke");
  EXPECT_FALSE(record.at(kSeverity).conflict);
  EXPECT_FALSE(record.at(kSeverity).incomplete);
  EXPECT_THAT(ShownDots(record, kSeverity), ElementsAre(d0));
}

TEST(Merge, AWriteOverwritesTheDotsThatItListsAndNoOthers) {
  const std::vector<HeldChange> changes = {
      ChangeMaker("d0", StampAt(1)).Set(kType, TypeBytes(v1::FIRE)).Done(),
      ChangeMaker("d1", StampAt(2)).Set(kType, TypeBytes(v1::FLOOD)).Done(),
      ChangeMaker("d2", StampAt(3)).Set(kType, TypeBytes(v1::STORM), {d0}).Done()};
  MergedRecord record = Merge(kIncident, changes);
  ASSERT_EQ(record.at(kType).siblings.size(), 2u);
  EXPECT_EQ(record.at(kType).siblings[0].dots.front(), d2);
  EXPECT_EQ(record.at(kType).siblings[1].dots.front(), d1);
  EXPECT_TRUE(record.at(kType).conflict);
}

TEST(Merge, LatestShowsTheLaterStampWhateverTheOrderOfArrival) {
  HeldChange early = ChangeMaker("d1", StampAt(1)).Set(kType, TypeBytes(v1::FIRE)).Done();
  HeldChange late = ChangeMaker("d0", StampAt(2)).Set(kType, TypeBytes(v1::FLOOD)).Done();
  EXPECT_EQ(Shown(Merge(kIncident, {early, late}), kType).value, TypeBytes(v1::FLOOD));
  EXPECT_EQ(Shown(Merge(kIncident, {late, early}), kType).value, TypeBytes(v1::FLOOD));
}

TEST(Merge, HighestIsNeverLoweredByConcurrencyAndIsAConflict) {
  MergedRecord record = Merge(
      kIncident,
      {ChangeMaker("d0", StampAt(1)).Set(kSeverity, SeverityBytes(v1::SEVERITY_EXTREME)).Done(),
       ChangeMaker("d1", StampAt(9)).Set(kSeverity, SeverityBytes(v1::SEVERITY_MINOR)).Done()});
  EXPECT_EQ(Shown(record, kSeverity).value, SeverityBytes(v1::SEVERITY_EXTREME));
  EXPECT_TRUE(record.at(kSeverity).conflict);
}

TEST(Merge, HighestShowsAnyValueBeforeAClear) {
  MergedRecord record =
      Merge(kIncident,
            {ChangeMaker("d0", StampAt(1)).Set(kSeverity, SeverityBytes(v1::SEVERITY_MINOR)).Done(),
             ChangeMaker("d1", StampAt(9)).Clear(kSeverity, {}).Done()});
  EXPECT_FALSE(Shown(record, kSeverity).clear);
  EXPECT_TRUE(record.at(kSeverity).conflict);
}

TEST(Merge, FurthestShowsTheStateThatIsFurthestAlong) {
  MergedRecord record = Merge(
      kIncident,
      {ChangeMaker("d0", StampAt(1)).Set(kState, StateBytes(v1::INCIDENT_REPORTED)).Done(),
       ChangeMaker("d1", StampAt(2)).Set(kState, StateBytes(v1::INCIDENT_CLOSED), {d0}).Done(),
       ChangeMaker("d2", StampAt(3)).Set(kState, StateBytes(v1::INCIDENT_CONFIRMED), {d0}).Done()});
  EXPECT_EQ(Shown(record, kState).value, StateBytes(v1::INCIDENT_CLOSED));
  EXPECT_TRUE(record.at(kState).conflict);
}

TEST(Merge, UnionKeepsEqualElementsApartAndIsNoConflict) {
  MergedRecord record = Merge(
      kIncident, {ChangeMaker("d0", StampAt(1)).Set(kFlag, FlagBytes(v1::PLACE_MISSING)).Done(),
                  ChangeMaker("d1", StampAt(2)).Set(kFlag, FlagBytes(v1::PLACE_MISSING)).Done()});
  EXPECT_EQ(record.at(kFlag).siblings.size(), 2u);
  EXPECT_FALSE(record.at(kFlag).conflict);
}

TEST(Merge, RemovingAnElementOfAUnionOverwritesItsDotAlone) {
  MergedRecord record = Merge(kIncident, {ChangeMaker("d0", StampAt(1)).SetText(kNote, "a").Done(),
                                          ChangeMaker("d1", StampAt(2)).SetText(kNote, "b").Done(),
                                          ChangeMaker("d2", StampAt(3)).Clear(kNote, {d0}).Done()});
  ASSERT_EQ(record.at(kNote).siblings.size(), 1u);
  EXPECT_EQ(Shown(record, kNote).texts.front().bytes, "b");
}

TEST(Merge, AUnionIsShownOldestFirst) {
  MergedRecord record =
      Merge(kIncident, {ChangeMaker("d0", StampAt(5)).SetText(kNote, "b").Done(),
                        ChangeMaker("d1", StampAt(2)).SetText(kNote, "a").Done()});
  EXPECT_EQ(record.at(kNote).siblings[0].texts.front().bytes, "a");
  EXPECT_EQ(record.at(kNote).siblings[1].texts.front().bytes, "b");
}

TEST(Merge, AClearIsASiblingLikeAnyValue) {
  MergedRecord record =
      Merge(kIncident, {ChangeMaker("d0", StampAt(1)).SetText(kDescription, "a").Done(),
                        ChangeMaker("d1", StampAt(2)).Clear(kDescription, {}).Done()});
  EXPECT_TRUE(Shown(record, kDescription).clear);
  EXPECT_TRUE(record.at(kDescription).conflict);
}

TEST(Merge, AnOverwrittenDotThatIsNotHeldMakesItIncompleteAndNoConflict) {
  MergedRecord record = Merge(
      kIncident, {ChangeMaker("d1", StampAt(2)).Set(kType, TypeBytes(v1::FIRE), {d0}).Done()});
  EXPECT_TRUE(record.at(kType).incomplete);
  EXPECT_FALSE(record.at(kType).conflict);
}

TEST(Merge, EqualTextsAreOneSiblingThoughTheirSaltsDiffer) {
  MergedRecord record =
      Merge(kIncident, {ChangeMaker("d0", StampAt(1)).SetText(kDescription, "smoke").Done(),
                        ChangeMaker("d1", StampAt(2)).SetText(kDescription, "smoke").Done()});
  EXPECT_EQ(record.at(kDescription).siblings.size(), 1u);
  EXPECT_FALSE(record.at(kDescription).conflict);
  EXPECT_THAT(ShownDots(record, kDescription), ElementsAre(d1, d0));
}

TEST(Merge, AnErasedTextKeepsItsPlaceByItsHash) {
  HeldChange erased = ChangeMaker("d0", StampAt(1)).SetText(kDescription, "smoke").Done();
  erased.change.texts.front().bytes.reset();
  MergedRecord record = Merge(kIncident, {erased});
  EXPECT_EQ(Shown(record, kDescription).texts.front().bytes, std::nullopt);
}

TEST(Merge, AKindThatTheSchemaDoesNotNameIsMergedAsLatest) {
  HeldChange early =
      ChangeMaker("d1", StampAt(1)).Set(900, SeverityBytes(v1::SEVERITY_MINOR)).Done();
  HeldChange late = ChangeMaker("d0", StampAt(2)).Clear(900, {}).Done();
  MergedRecord record = Merge(4711, {early, late});
  EXPECT_TRUE(Shown(record, 900).clear);
  EXPECT_TRUE(record.at(900).conflict);
}

// A snapshot was resumed twice: two branches of one lane.
TEST(Merge, AnOverwriteHitsExactlyTheBranchThatItsAuthorSaw) {
  MergedRecord record =
      Merge(kIncident,
            {ChangeMaker("d0", StampAt(1)).Set(kType, TypeBytes(v1::FIRE)).Done(),
             ChangeMaker("d1", StampAt(2)).Set(kType, TypeBytes(v1::FLOOD), {d0}).Forked().Done(),
             ChangeMaker("d2", StampAt(2)).Set(kType, TypeBytes(v1::STORM), {d0}).Forked().Done(),
             ChangeMaker("d3", StampAt(3)).Set(kType, TypeBytes(v1::RESCUE), {d1}).Done()});
  ASSERT_EQ(record.at(kType).siblings.size(), 2u);
  EXPECT_EQ(record.at(kType).siblings[0].value, TypeBytes(v1::RESCUE));
  EXPECT_FALSE(record.at(kType).siblings[0].forked);
  EXPECT_EQ(record.at(kType).siblings[1].value, TypeBytes(v1::STORM));
  EXPECT_TRUE(record.at(kType).siblings[1].forked);
}

// The hub keyed in what it heard; the station's own report arrives later, with an unset clock.
TEST(Merge, WhatWasHeardRanksBehindThePostsOwnWhateverTheTime) {
  HeldChange heard = ChangeMaker("d0", StampAt(100, log::Rank::kHeardSynced), "city/kings")
                         .Set(kType, TypeBytes(v1::FLOOD))
                         .Set(kObserved, ObservedBytes(7))
                         .Done();
  HeldChange own = ChangeMaker("d1", StampAt(3000, log::Rank::kOwnFree))
                       .Set(kType, TypeBytes(v1::FIRE))
                       .Set(kObserved, ObservedBytes(8))
                       .Done();
  MergedRecord record = Merge(kIncident, {heard, own});
  EXPECT_EQ(Shown(record, kType).value, TypeBytes(v1::FIRE));
  EXPECT_EQ(Shown(record, kObserved).author, "city/kings/e201");
  EXPECT_FALSE(record.at(kObserved).conflict);
  EXPECT_TRUE(record.at(kType).siblings[1].heard());
}

TEST(Merge, AnOwnReportEqualToWhatWasHeardIsOneSiblingToldByThePost) {
  HeldChange heard = ChangeMaker("d0", StampAt(100, log::Rank::kHeardSynced), "city/kings")
                         .Set(kType, TypeBytes(v1::FIRE))
                         .Done();
  HeldChange own =
      ChangeMaker("d1", StampAt(99, log::Rank::kOwnFree)).Set(kType, TypeBytes(v1::FIRE)).Done();
  MergedRecord record = Merge(kIncident, {heard, own});
  ASSERT_EQ(record.at(kType).siblings.size(), 1u);
  EXPECT_EQ(Shown(record, kType).author, "city/kings/e201");
  EXPECT_THAT(Shown(record, kType).dots, ElementsAre(d1, d0));
  EXPECT_FALSE(Shown(record, kType).heard());
}

TEST(Merge, FirstIsRankThenTheEarlier) {
  MergedRecord record =
      Merge(kIncident, {ChangeMaker("d0", StampAt(5)).Set(kObserved, ObservedBytes(50)).Done(),
                        ChangeMaker("d1", StampAt(4)).Set(kObserved, ObservedBytes(40)).Done(),
                        ChangeMaker("d2", StampAt(1, log::Rank::kOwnFree))
                            .Set(kObserved, ObservedBytes(10))
                            .Done()});
  EXPECT_EQ(Shown(record, kObserved).value, ObservedBytes(40));
}

// The county closes; the offline station, not having seen it, raises severity.
TEST(Merge, ASeverityThatAClosingDidNotListWasRaisedUnseen) {
  MergedRecord record = Merge(
      kIncident,
      {ChangeMaker("d0", StampAt(1))
           .Set(kState, StateBytes(v1::INCIDENT_REPORTED))
           .Set(kSeverity, SeverityBytes(v1::SEVERITY_MINOR))
           .Done(),
       ChangeMaker("d1", StampAt(2))
           .Set(kSeverity, SeverityBytes(v1::SEVERITY_MODERATE), {d0})
           .Done(),
       // Lists the state's dot and that of the severity which its author saw.
       ChangeMaker("d2", StampAt(3)).Set(kState, StateBytes(v1::INCIDENT_CLOSED), {d0, d1}).Done(),
       ChangeMaker("d3", StampAt(3))
           .Set(kSeverity, SeverityBytes(v1::SEVERITY_EXTREME), {d1})
           .Done()});
  EXPECT_FALSE(record.at(kState).conflict);
  EXPECT_FALSE(record.at(kSeverity).conflict);
  EXPECT_EQ(Shown(record, kSeverity).value, SeverityBytes(v1::SEVERITY_EXTREME));
  EXPECT_THAT(Shown(record, kState).overwrites, ElementsAre(d0, d1));
  EXPECT_THAT(Shown(record, kState).overwrites, ::testing::Not(::testing::Contains(d3)));
}

TEST(Merge, ARestatedFieldStandsUnderItsOwnDotUntilTheOriginalIsHere) {
  HeldChange restating = ChangeMaker("d2", StampAt(3), "city/kings")
                             .Set(kSeverity, SeverityBytes(v1::SEVERITY_EXTREME))
                             .Restate(kType, d1, StampAt(2), TypeBytes(v1::FIRE))
                             .Done();
  MergedRecord before = Merge(kIncident, {restating});
  EXPECT_THAT(ShownDots(before, kType), ElementsAre(d1));
  EXPECT_EQ(Shown(before, kType).restated_by, d2);
  HeldChange original = ChangeMaker("d1", StampAt(2)).Set(kType, TypeBytes(v1::FIRE)).Done();
  MergedRecord after = Merge(kIncident, {restating, original});
  EXPECT_EQ(Shown(after, kType).restated_by, std::nullopt);
  EXPECT_EQ(Shown(after, kType).author, "city/kings/e201");
  EXPECT_THAT(ShownDots(after, kType), ElementsAre(d1));
}

// d0 is overwritten by d1; d2 restates d1 and says so.
TEST(Merge, ARestatementThatSaysWhatItsOriginalOverwroteIsNoConflict) {
  HeldChange flash = ChangeMaker("d0", StampAt(1)).Set(kType, TypeBytes(v1::FLOOD)).Done();
  HeldChange restating = ChangeMaker("d2", StampAt(3))
                             .Restate(kType, d1, StampAt(2), TypeBytes(v1::FIRE), {d0})
                             .Done();
  MergedRecord record = Merge(kIncident, {flash, restating});
  EXPECT_FALSE(record.at(kType).conflict);
  EXPECT_EQ(Shown(record, kType).value, TypeBytes(v1::FIRE));
}

// Restated, badly: it does not say that d1 overwrote d0.
TEST(Merge, AFalseConflictOfABadRestatementEndsWhenTheOriginalIsHere) {
  HeldChange flash = ChangeMaker("d0", StampAt(1)).Set(kType, TypeBytes(v1::FLOOD)).Done();
  HeldChange restating =
      ChangeMaker("d2", StampAt(3)).Restate(kType, d1, StampAt(2), TypeBytes(v1::FIRE)).Done();
  EXPECT_TRUE(Merge(kIncident, {flash, restating}).at(kType).conflict);
  HeldChange original = ChangeMaker("d1", StampAt(2)).Set(kType, TypeBytes(v1::FIRE), {d0}).Done();
  MergedRecord record = Merge(kIncident, {flash, restating, original});
  EXPECT_FALSE(record.at(kType).conflict);
  EXPECT_EQ(Shown(record, kType).value, TypeBytes(v1::FIRE));
  EXPECT_THAT(Shown(record, kType).misquoted_by, ElementsAre(d2));
  // An ordinary edit lists both, and so it overwrites.
  EXPECT_THAT(ShownDots(record, kType), ElementsAre(d1, d2));
  HeldChange edit = ChangeMaker("d3", StampAt(4)).Set(kType, TypeBytes(v1::STORM), {d1, d2}).Done();
  EXPECT_THAT(ShownDots(Merge(kIncident, {flash, restating, original, edit}), kType),
              ElementsAre(d3));
}

// Restated, badly: the restater lies, and a third post overwrites what it never saw.
TEST(Merge, AValueThatWasMisquotedStandsUntilAWriteListsTheRestatementAsWell) {
  HeldChange original = ChangeMaker("d1", StampAt(1)).Set(kType, TypeBytes(v1::EXPLOSION)).Done();
  HeldChange lie =
      ChangeMaker("d2", StampAt(2)).Restate(kType, d1, StampAt(1), TypeBytes(v1::STORM)).Done();
  HeldChange third = ChangeMaker("d3", StampAt(3)).Set(kType, TypeBytes(v1::FLOOD), {d1}).Done();
  MergedRecord before = Merge(kIncident, {lie, third});
  EXPECT_THAT(ShownDots(before, kType), ElementsAre(d3));
  EXPECT_FALSE(before.at(kType).conflict);
  MergedRecord record = Merge(kIncident, {original, lie, third});
  ASSERT_EQ(record.at(kType).siblings.size(), 2u);
  EXPECT_TRUE(record.at(kType).conflict);
  EXPECT_EQ(record.at(kType).siblings[1].value, TypeBytes(v1::EXPLOSION));
  HeldChange aware =
      ChangeMaker("d4", StampAt(4)).Set(kType, TypeBytes(v1::FLOOD), {d1, d2, d3}).Done();
  EXPECT_THAT(ShownDots(Merge(kIncident, {original, lie, third, aware}), kType), ElementsAre(d4));
}

TEST(Merge, AFieldThatTheOriginalDoesNotHaveIsNotShownOnceTheOriginalIsHere) {
  HeldChange original =
      ChangeMaker("d1", StampAt(1)).Set(kState, StateBytes(v1::INCIDENT_REPORTED)).Done();
  HeldChange lie =
      ChangeMaker("d2", StampAt(2)).Restate(kType, d1, StampAt(1), TypeBytes(v1::STORM)).Done();
  EXPECT_EQ(Merge(kIncident, {lie}).count(kType), 1u);
  EXPECT_EQ(Merge(kIncident, {original, lie}).count(kType), 0u);
}

TEST(Merge, ALieAboutWhatWasOverwrittenHidesNothingOnceTheOriginalIsHere) {
  HeldChange urgent =
      ChangeMaker("d0", StampAt(1)).Set(kSeverity, SeverityBytes(v1::SEVERITY_EXTREME)).Done();
  HeldChange original = ChangeMaker("d1", StampAt(1)).Set(kType, TypeBytes(v1::FIRE)).Done();
  HeldChange lie = ChangeMaker("d2", StampAt(2))
                       .Restate(kSeverity, d1, StampAt(1), SeverityBytes(v1::SEVERITY_MINOR), {d0})
                       .Done();
  EXPECT_EQ(Shown(Merge(kIncident, {urgent, original, lie}), kSeverity).value,
            SeverityBytes(v1::SEVERITY_EXTREME));
}

TEST(Merge, RestatementsThatLeadInACircleDoNotMakeAFieldVanish) {
  // d1 is not here; d3 overwrote it; d4 says that d1 overwrote d3.
  HeldChange honest = ChangeMaker("d3", StampAt(3)).Set(kType, TypeBytes(v1::FIRE), {d1}).Done();
  HeldChange liar = ChangeMaker("d4", StampAt(4))
                        .Restate(kType, d1, StampAt(1), TypeBytes(v1::STORM), {d3})
                        .Done();
  MergedRecord record = Merge(kIncident, {honest, liar});
  EXPECT_THAT(ShownDots(record, kType), ElementsAre(d3));
}

TEST(Merge, AnErasedTextIsErasedInItsRestatedCopyToo) {
  HeldChange restating =
      ChangeMaker("d2", StampAt(2)).RestateText(kDescription, d1, StampAt(1), "smoke").Done();
  HeldChange original = ChangeMaker("d1", StampAt(1)).SetText(kDescription, "smoke").Done();
  restating.change.texts.front().bytes.reset();
  // The copy is no other value because one of the two still has its bytes.
  MergedRecord record = Merge(kIncident, {original, restating});
  EXPECT_THAT(Shown(record, kDescription).misquoted_by, IsEmpty());
}

TEST(Merge, AnOrdinaryEditOnAConflictOverwritesTheSiblingShownAndNoOther) {
  HeldChange a = ChangeMaker("d0", StampAt(1)).Set(kType, TypeBytes(v1::FIRE)).Done();
  HeldChange b = ChangeMaker("d1", StampAt(2)).Set(kType, TypeBytes(v1::FLOOD)).Done();
  std::vector<Dot> shown = ShownDots(Merge(kIncident, {a, b}), kType);
  EXPECT_THAT(shown, ElementsAre(d1));
  HeldChange edit = ChangeMaker("d2", StampAt(3)).Set(kType, TypeBytes(v1::STORM), shown).Done();
  MergedRecord record = Merge(kIncident, {a, b, edit});
  ASSERT_EQ(record.at(kType).siblings.size(), 2u);
  EXPECT_EQ(record.at(kType).siblings[0].value, TypeBytes(v1::STORM));
  EXPECT_EQ(record.at(kType).siblings[1].value, TypeBytes(v1::FIRE));
  EXPECT_TRUE(record.at(kType).conflict);
}

TEST(Merge, AnEditThatSaysWhatTheOtherValueSaysEndsTheConflict) {
  HeldChange a = ChangeMaker("d0", StampAt(1)).Set(kType, TypeBytes(v1::FIRE)).Done();
  HeldChange b = ChangeMaker("d1", StampAt(2)).Set(kType, TypeBytes(v1::FLOOD)).Done();
  HeldChange edit = ChangeMaker("d2", StampAt(3)).Set(kType, TypeBytes(v1::FIRE), {d1}).Done();
  MergedRecord record = Merge(kIncident, {a, b, edit});
  ASSERT_EQ(record.at(kType).siblings.size(), 1u);
  EXPECT_EQ(record.at(kType).siblings[0].value, TypeBytes(v1::FIRE));
  EXPECT_FALSE(record.at(kType).conflict);
}

// A process whose clock no parent has corrected.
TEST(Merge, AnUrgentSeverityOfAFreeClockIsNotHidden) {
  MergedRecord record = Merge(
      kIncident,
      {ChangeMaker("d0", StampAt(1, log::Rank::kOwnFree))
           .Set(kSeverity, SeverityBytes(v1::SEVERITY_EXTREME))
           .Done(),
       ChangeMaker("d1", StampAt(9000)).Set(kSeverity, SeverityBytes(v1::SEVERITY_MINOR)).Done()});
  EXPECT_EQ(Shown(record, kSeverity).value, SeverityBytes(v1::SEVERITY_EXTREME));
}

TEST(Merge, TheSameChangeTwiceIsOne) {
  HeldChange note = ChangeMaker("d0", StampAt(1)).SetText(kNote, "a").Done();
  EXPECT_EQ(Merge(kIncident, {note, note}).at(kNote).siblings.size(), 1u);
}

}  // namespace
}  // namespace tocsin::merge
