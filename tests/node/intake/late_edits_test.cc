// What the wrong post goes on writing of a record after it was moved, between a county, its
// stations and the city: told, and taken over when asked.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "node/intake/move.h"
#include "node/view/raised.h"
#include "tests/node/intake/posts.h"

namespace tocsin::intake {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::UnorderedElementsAre;

constexpr char kOld[] = "city/kings/e201";
constexpr char kNew[] = "city/kings/l101";
constexpr uint32_t kNote = v1::Incident::kNoteFieldNumber;

using LateEditsTest = MoveTest;

// Of each, in the order told.
std::vector<std::string> Late(const v1::Record& record) {
  std::vector<std::string> late;
  for (const v1::LateEdit& edit : record.edited_after_move()) {
    late.push_back((edit.removed() ? "-" : "+") + edit.value_json());
  }
  return late;
}

v1::Incident With(v1::Incident fire, const std::vector<std::string>& notes) {
  for (const std::string& note : notes) fire.add_note(note);
  return fire;
}

// An edit that goes as flash, and restates what went slower.
v1::Incident Worse() {
  v1::Incident fields;
  fields.set_severity(v1::SEVERITY_EXTREME);
  fields.set_urgency(v1::URGENCY_IMMEDIATE);
  return fields;
}

bool IsFlash(const log::LaneState& lane) { return lane.precedence == Precedence::kFlash; }

TEST_F(LateEditsTest, WhatAnOfflineStationWroteIsShownAndTakenOverWhenAsked) {
  const std::string name = FiledByStation();
  Moved(name);
  // The station has not heard of it.
  ASSERT_TRUE(wrong_.Describe(name, "two floors").ok());
  v1::Incident counts;
  counts.set_injured_count(3);
  counts.set_state(v1::INCIDENT_UNDER_CONTROL);
  counts.add_note("hydrant is dry");
  ASSERT_TRUE(wrong_.Update(name, counts).ok());
  Meet(wrong_);
  auto fields_of = [](const v1::Record& record) {
    std::vector<std::string> fields;
    for (const v1::LateEdit& late : record.edited_after_move()) {
      EXPECT_EQ(late.jurisdiction(), "city/kings/e201");
      fields.push_back(late.field());
    }
    return fields;
  };
  const auto again = county_.Move(name);
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_THAT(fields_of(again->moved()),
              UnorderedElementsAre("incident.description", "incident.injured_count",
                                   "incident.state", "incident.note"));
  EXPECT_EQ(again->moved().incident().state(), v1::INCIDENT_WITHDRAWN);
  EXPECT_TRUE(view::IsClosedThenRaised(again->moved()));
  EXPECT_THAT(county_.Incidents("city/kings", "edited_after_move = true"), SizeIs(1));
  EXPECT_EQ(again->record().incident().injured_count(), 0u);

  const auto taken = county_.TakeOver(name);
  ASSERT_TRUE(taken.ok()) << taken.status();
  EXPECT_FALSE(taken->already_moved());
  EXPECT_THAT(fields_of(taken->moved()), IsEmpty());
  EXPECT_THAT(taken->moved().conflict(), IsEmpty());
  EXPECT_FALSE(view::IsClosedThenRaised(taken->moved()));
  EXPECT_EQ(taken->record().incident().description(), "two floors");
  EXPECT_EQ(taken->record().incident().injured_count(), 3u);
  EXPECT_EQ(taken->record().incident().state(), v1::INCIDENT_UNDER_CONTROL);
  EXPECT_THAT(taken->record().incident().note(), ElementsAre("hydrant is dry"));
  EXPECT_THAT(taken->record().conflict(), IsEmpty());
  EXPECT_THAT(county_.Incidents("city/kings", "edited_after_move = true"), IsEmpty());
  // And again: nothing more to take, and what comes later is taken over what was taken before.
  const auto nothing = county_.TakeOver(name);
  ASSERT_TRUE(nothing.ok()) << nothing.status();
  EXPECT_TRUE(nothing->already_moved());
  ASSERT_TRUE(county_.Describe(name, "three floors").ok());
  const auto later = county_.TakeOver(name);
  ASSERT_TRUE(later.ok()) << later.status();
  EXPECT_EQ(later->record().incident().description(), "three floors");
  EXPECT_THAT(later->record().conflict(), IsEmpty());
}

TEST_F(LateEditsTest, WhatTheRightPostWroteMeanwhileStandsBesideWhatIsTakenOver) {
  const std::string name = FiledByStation();
  const v1::MoveRecordResponse moved = Moved(name);
  ASSERT_TRUE(wrong_.Describe(name, "two floors").ok());
  Meet(right_);
  ASSERT_TRUE(right_.Describe(moved.record().name(), "whole building").ok());
  Meet(right_);
  Meet(wrong_);
  const auto taken = county_.TakeOver(name);
  ASSERT_TRUE(taken.ok()) << taken.status();
  ASSERT_EQ(taken->conflict_size(), 1);
  EXPECT_EQ(taken->conflict(0).field(), "description");
  EXPECT_EQ(taken->conflict(0).value_size(), 2);
}

TEST_F(LateEditsTest, AnElementThatAnOfflineStationTookOutIsTakenOutWhenAsked) {
  v1::Incident fire = GreatFire();
  fire.add_note("hydrant is dry");
  fire.add_goods()->set_un_number(1203);
  const std::string name = FiledByStation(fire);
  v1::Incident more;
  more.add_note("gate is locked");
  more.add_note("dog in the yard");
  ASSERT_TRUE(county_.Update(name, more).ok());
  Meet(wrong_);
  const v1::MoveRecordResponse moved = Moved(name);
  Meet(right_);
  // The station takes a change with two notes out and keeps one of them; the right post adds one.
  const std::vector<std::string> dots =
      wrong_.DotsOf("city/kings/e201", v1::Incident::kNoteFieldNumber);
  ASSERT_THAT(dots, SizeIs(2));
  ASSERT_TRUE(wrong_.Empty(name, "note", {dots[1]}).ok());
  v1::Incident kept;
  kept.add_note("dog in the yard");
  ASSERT_TRUE(wrong_.Update(name, kept).ok());
  ASSERT_TRUE(
      wrong_.Empty(name, "goods", wrong_.DotsOf("city/kings/e201", v1::Incident::kGoodsFieldNumber))
          .ok());
  v1::Incident added;
  added.add_note("second alarm");
  ASSERT_TRUE(right_.Update(moved.record().name(), added).ok());
  Meet(right_);
  Meet(wrong_);

  const auto again = county_.Move(name);
  ASSERT_TRUE(again.ok()) << again.status();
  std::vector<std::string> late;
  for (const v1::LateEdit& edit : again->moved().edited_after_move()) {
    late.push_back((edit.removed() ? "-" : "+") + edit.value_json());
  }
  EXPECT_THAT(late,
              UnorderedElementsAre("+[\"dog in the yard\"]",
                                   "-[\"gate is locked\",\"dog in the yard\"]", HasSubstr("1203")));
  const auto taken = county_.TakeOver(name);
  ASSERT_TRUE(taken.ok()) << taken.status();
  EXPECT_THAT(taken->record().incident().note(),
              UnorderedElementsAre("hydrant is dry", "dog in the yard", "second alarm"));
  EXPECT_THAT(taken->record().incident().goods(), IsEmpty());
  EXPECT_THAT(taken->not_carried(), IsEmpty());
  EXPECT_THAT(taken->moved().edited_after_move(), IsEmpty());
  EXPECT_TRUE(county_.TakeOver(name)->already_moved());
  Meet(right_);
  EXPECT_THAT(right_.Incident("city/kings").incident().note(),
              UnorderedElementsAre("hydrant is dry", "dog in the yard", "second alarm"));
}

// Along a record that was moved twice: what takes edits over writes anew whom its record stands
// for.
TEST_F(LateEditsTest, OnlyWhatPeopleWroteIsLateWhereARecordWasMovedOn) {
  const std::string name = FiledByStation();
  const std::string second = Moved(name).record().name();
  const auto moved_on = county_.Move(second, "scopes/city.kings");
  ASSERT_TRUE(moved_on.ok()) << moved_on.status();
  ASSERT_TRUE(wrong_.Describe(name, "two floors").ok());
  Meet(wrong_);
  ASSERT_TRUE(county_.TakeOver(name).ok());
  EXPECT_THAT(Late(county_.Incident("city/kings/l101")), ElementsAre("+\"two floors\""));
  const auto taken = county_.TakeOver(second, "scopes/city.kings");
  ASSERT_TRUE(taken.ok()) << taken.status();
  EXPECT_THAT(taken->not_carried(), IsEmpty());
  EXPECT_EQ(taken->record().incident().description(), "two floors");
  EXPECT_THAT(Late(taken->moved()), IsEmpty());
}

TEST_F(LateEditsTest, TakingEditsOverDoesNotSettleWhichOfTwoMovesIsRight) {
  const std::string name = FiledByStation();
  Node city(network_.city, 5);
  city.Take(county_, log::Via::kChild);
  Moved(name);
  city.view().node().clock().Advance(absl::Seconds(5));
  ASSERT_TRUE(city.Move(name, "scopes/city.kings.e202").ok());
  ASSERT_TRUE(wrong_.Describe(name, "two floors").ok());
  Meet(wrong_);
  city.Take(county_, log::Via::kChild);
  ASSERT_THAT(city.Incident("city/kings/e201").edited_after_move(), SizeIs(1));
  const auto taken = city.TakeOver(name, "scopes/city.kings.e202");
  ASSERT_TRUE(taken.ok()) << taken.status();
  EXPECT_EQ(taken->record().incident().description(), "two floors");
  EXPECT_THAT(taken->moved().edited_after_move(), IsEmpty());
  ASSERT_EQ(taken->moved().conflict_size(), 1);
  EXPECT_EQ(taken->moved().conflict(0).field(), "moved_to");
}

TEST_F(LateEditsTest, WhatTheRightPostTookOutAsWellIsOut) {
  v1::Incident fire = GreatFire();
  fire.add_note("hydrant is dry");
  const std::string name = FiledByStation(fire);
  const v1::MoveRecordResponse moved = Moved(name);
  Meet(right_);
  const auto number = v1::Incident::kNoteFieldNumber;
  ASSERT_TRUE(wrong_.Empty(name, "note", wrong_.DotsOf("city/kings/e201", number)).ok());
  ASSERT_TRUE(
      right_.Empty(moved.record().name(), "note", right_.DotsOf("city/kings/l101", number)).ok());
  Meet(right_);
  Meet(wrong_);
  const auto taken = county_.TakeOver(name);
  ASSERT_TRUE(taken.ok()) << taken.status();
  EXPECT_THAT(taken->record().incident().note(), IsEmpty());
  EXPECT_THAT(taken->moved().edited_after_move(), IsEmpty());
}

TEST_F(LateEditsTest, OfEqualElementsAsManyStayAsTheOldRecordHas) {
  const std::string name = FiledByStation();
  const v1::Incident note = With({}, {"hydrant is dry"});
  ASSERT_TRUE(county_.Update(name, note).ok());
  Moved(name);
  // The station says the same, not having heard it.
  ASSERT_TRUE(wrong_.Update(name, note).ok());
  Meet(wrong_);
  ASSERT_TRUE(county_.TakeOver(name).ok());
  Meet(wrong_);
  const std::vector<std::string> dots = wrong_.DotsOf(kOld, kNote);
  ASSERT_THAT(dots, SizeIs(2));
  ASSERT_TRUE(wrong_.Empty(name, "note", {dots[0]}).ok());
  Meet(wrong_);
  const auto one = county_.TakeOver(name);
  ASSERT_TRUE(one.ok()) << one.status();
  EXPECT_THAT(one->record().incident().note(), ElementsAre("hydrant is dry"));
  ASSERT_TRUE(wrong_.Empty(name, "note", {dots[1]}).ok());
  Meet(wrong_);
  const auto none = county_.TakeOver(name);
  ASSERT_TRUE(none.ok()) << none.status();
  EXPECT_THAT(none->record().incident().note(), IsEmpty());
}

TEST_F(LateEditsTest, AnElementThatTwoMoversCarriedGoesAltogether) {
  const std::string name = FiledByStation(With(GreatFire(), {"hydrant is dry"}));
  Node city(network_.city, 5);
  city.Take(county_, log::Via::kChild);
  ASSERT_TRUE(city.Move(name).ok());
  Moved(name);
  county_.Take(city, log::Via::kParent);
  ASSERT_TRUE(wrong_.Empty(name, "note", wrong_.DotsOf(kOld, kNote)).ok());
  Meet(wrong_);
  const auto taken = county_.TakeOver(name);
  ASSERT_TRUE(taken.ok()) << taken.status();
  EXPECT_THAT(taken->record().incident().note(), IsEmpty());
  EXPECT_THAT(taken->moved().edited_after_move(), IsEmpty());
}

TEST_F(LateEditsTest, ARemovalThatOneOfTwoMoversHadNotSeenIsLate) {
  const std::string name = FiledByStation(With(GreatFire(), {"hydrant is dry"}));
  Node city(network_.city, 5);
  city.Take(county_, log::Via::kChild);
  ASSERT_TRUE(city.Move(name).ok());
  ASSERT_TRUE(wrong_.Empty(name, "note", wrong_.DotsOf(kOld, kNote)).ok());
  Meet(wrong_);
  EXPECT_THAT(Moved(name).moved().edited_after_move(), IsEmpty());
  county_.Take(city, log::Via::kParent);
  // The city carried what the county knew to be gone.
  EXPECT_THAT(Late(county_.Incident(kOld)), ElementsAre("-[\"hydrant is dry\"]"));
  const auto taken = county_.TakeOver(name);
  ASSERT_TRUE(taken.ok()) << taken.status();
  EXPECT_THAT(taken->record().incident().note(), IsEmpty());
  EXPECT_THAT(taken->moved().edited_after_move(), IsEmpty());
}

TEST_F(LateEditsTest, AClearAgainstAValueStaysBothWhenTakenOver) {
  v1::Incident fire = GreatFire();
  fire.clear_description();
  const std::string name = FiledByStation(fire);
  Node city(network_.city, 5);
  city.Take(county_, log::Via::kChild);
  Moved(name);
  ASSERT_TRUE(wrong_.Describe(name, "one").ok());
  city.Take(wrong_, log::Via::kChild);
  ASSERT_TRUE(city.Empty(name, "description").ok());
  ASSERT_TRUE(wrong_.Describe(name, "two").ok());
  county_.Take(wrong_, log::Via::kChild);
  county_.Take(city, log::Via::kParent);
  EXPECT_THAT(Late(county_.Incident(kOld)), UnorderedElementsAre("+null", "+\"two\""));
  const auto taken = county_.TakeOver(name);
  ASSERT_TRUE(taken.ok()) << taken.status();
  ASSERT_EQ(taken->record().conflict_size(), 1);
  EXPECT_EQ(taken->record().conflict(0).value_size(), 2);
}

TEST_F(LateEditsTest, WhatDoesNotSayThatItStandsForTheRecordIsNotWrittenTo) {
  v1::Incident fire = SmallFire();
  fire.mutable_source()->set_system("nfirs");
  fire.mutable_source()->set_key("4711");
  const std::string name = FiledByStation(fire);
  // Imported at the right post as well; then somebody's withdrawal comes ahead of what they filed.
  ASSERT_TRUE(county_.Create(fire, kTo).ok());
  const view::StoredRecord old = county_.Held(kOld);
  v1::Incident gone;
  gone.set_state(v1::INCIDENT_WITHDRAWN);
  gone.set_withdraw_reason(v1::WITHDRAW_WRONG_POST);
  gone.mutable_moved_to()->set_scope(kNew);
  gone.mutable_moved_to()->set_kind(v1::INCIDENT);
  gone.mutable_moved_to()->set_id(std::string(county_.Held(kNew).name.key.id.view()));
  county_.view().Append(view::DraftOf(old.name, gone));
  for (const auto& answer : {county_.TakeOver(name), county_.Move(name)}) {
    EXPECT_EQ(answer.status().code(), absl::StatusCode::kFailedPrecondition);
    EXPECT_THAT(std::string(answer.status().message()), HasSubstr("does not say (yet)"));
  }
}

TEST_F(LateEditsTest, NothingIsTakenOverIntoARecordThatIsNotWhollyHere) {
  const std::string name = FiledByStation(With(SmallFire(), {"hydrant is dry"}));
  Node city(network_.city, 5);
  city.Take(county_, log::Via::kChild);
  const auto moved = city.Move(name);
  ASSERT_TRUE(moved.ok()) << moved.status();
  right_.Take(city, log::Via::kParent);
  ASSERT_TRUE(right_.Update(moved->record().name(), Worse()).ok());
  ASSERT_TRUE(wrong_.Empty(name, "note", wrong_.DotsOf(kOld, kNote)).ok());
  county_.Take(wrong_, log::Via::kChild);
  // Of the new record the county has the right post's flash alone, with what that restates.
  county_.TakeSome(city, log::Via::kParent,
                   [](const log::LaneState& lane) { return lane.scope.ToString() != kNew; });
  county_.TakeSome(right_, log::Via::kChild, IsFlash);
  EXPECT_THAT(Late(county_.Incident(kOld)), ElementsAre("-[\"hydrant is dry\"]"));
  EXPECT_EQ(county_.TakeOver(name).status().code(), absl::StatusCode::kFailedPrecondition);
  county_.Take(city, log::Via::kParent);
  const auto taken = county_.TakeOver(name);
  ASSERT_TRUE(taken.ok()) << taken.status();
  EXPECT_THAT(taken->record().incident().note(), IsEmpty());
}

TEST_F(LateEditsTest, WhatIsOnlyRestatedIsMovedToldAndTakenOut) {
  const auto filed = wrong_.Create(With(SmallFire(), {"hydrant is dry"}), "scopes/city.kings.e201");
  ASSERT_TRUE(wrong_.Update(filed->record().name(), Worse()).ok());
  county_.TakeSome(wrong_, log::Via::kChild, IsFlash);
  const std::string name = county_.Incident(kOld).name();
  EXPECT_THAT(Moved(name).record().incident().note(), ElementsAre("hydrant is dry"));
  ASSERT_TRUE(wrong_.Empty(filed->record().name(), "note", wrong_.DotsOf(kOld, kNote)).ok());
  county_.TakeSome(wrong_, log::Via::kChild, IsFlash);
  EXPECT_THAT(Late(county_.Incident(kOld)), ElementsAre("-[\"hydrant is dry\"]"));
  const auto taken = county_.TakeOver(name);
  ASSERT_TRUE(taken.ok()) << taken.status();
  EXPECT_THAT(taken->record().incident().note(), IsEmpty());
  EXPECT_THAT(taken->not_carried(), IsEmpty());
  Meet(wrong_);
  EXPECT_THAT(Late(county_.Incident(kOld)), IsEmpty());
  EXPECT_EQ(county_.view().Dump(), county_.view().DumpOfRebuilt());
}

TEST_F(LateEditsTest, WhatWasRestatedOnceAndIsGoneBeforeTheMoveIsNotLate) {
  const std::string name = FiledByStation(SmallFire());
  ASSERT_TRUE(wrong_.Update(name, With({}, {"hydrant is dry"})).ok());
  // Carries the note ahead; then the note goes, and this stands.
  ASSERT_TRUE(wrong_.Update(name, Worse()).ok());
  ASSERT_TRUE(wrong_.Empty(name, "note", wrong_.DotsOf(kOld, kNote)).ok());
  Meet(wrong_);
  const v1::MoveRecordResponse moved = Moved(name);
  EXPECT_THAT(moved.record().incident().note(), IsEmpty());
  EXPECT_THAT(Late(moved.moved()), IsEmpty());
}

TEST_F(LateEditsTest, WhatWasTooLongToRestateIsLateWhenItComes) {
  v1::Incident fire = SmallFire();
  for (const char letter : {'a', 'b', 'c'}) fire.add_note(std::string(2000, letter));
  const auto filed = wrong_.Create(fire, "scopes/city.kings.e201");
  ASSERT_TRUE(wrong_.Update(filed->record().name(), Worse()).ok());
  county_.TakeSome(wrong_, log::Via::kChild, IsFlash);
  const std::string name = county_.Incident(kOld).name();
  EXPECT_THAT(Moved(name).record().incident().note(), IsEmpty());
  // What it restated was carried; the notes were not.
  Meet(wrong_);
  EXPECT_THAT(county_.Incident(kOld).incident().note(), SizeIs(3));
  EXPECT_THAT(Late(county_.Incident(kOld)), SizeIs(1));
  const auto taken = county_.TakeOver(name);
  ASSERT_TRUE(taken.ok()) << taken.status();
  EXPECT_THAT(taken->record().incident().note(), SizeIs(3));
  EXPECT_THAT(Late(taken->moved()), IsEmpty());
}

TEST_F(LateEditsTest, SettlingToWhichPostItWasMovedMakesNothingLate) {
  const std::string name = FiledByStation();
  Node city(network_.city, 5);
  city.Take(county_, log::Via::kChild);
  Moved(name);
  ASSERT_TRUE(city.Move(name, "scopes/city.kings.e202").ok());
  city.Take(county_, log::Via::kChild);
  const v1::Record apart = city.Incident(kOld);
  ASSERT_EQ(apart.conflict_size(), 1);
  v1::ResolveConflictRequest settle;
  settle.set_name(name);
  settle.set_field("moved_to");
  settle.set_take(apart.conflict(0).value(1).dot());
  settle.set_reason(v1::RESOLVE_AGREED);
  settle.set_etag(apart.etag());
  std::optional<absl::StatusOr<v1::WriteRecordResponse>> settled;
  city.intake().Resolve(settle, [&](auto response) { settled = std::move(response); });
  city.view().Run();
  ASSERT_TRUE(settled.has_value() && settled->ok());
  EXPECT_THAT(Late(city.Incident(kOld)), IsEmpty());
  EXPECT_THAT(city.Incident(kOld).conflict(), IsEmpty());
  ASSERT_TRUE(wrong_.Describe(name, "two floors").ok());
  city.Take(wrong_, log::Via::kChild);
  EXPECT_THAT(Late(city.Incident(kOld)), ElementsAre("+\"two floors\""));
}

TEST_F(LateEditsTest, OfARecordThatWasNotMovedThereIsNothingToTakeOver) {
  const std::string name = FiledByStation();
  EXPECT_EQ(county_.TakeOver(name).status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(county_.Incident(kOld).incident().state(), v1::INCIDENT_REPORTED);
}

TEST_F(LateEditsTest, AListWhoseElementIsReplacedAgainAndAgainHasAPast) {
  const std::string name = FiledByStation(With(SmallFire(), {"note 0"}));
  for (int i = 1; i <= 40; ++i) {
    v1::UpdateRecordRequest request;
    request.mutable_record()->set_name(name);
    request.mutable_record()->mutable_incident()->add_note("note " + std::to_string(i));
    v1::ElementRef& removed = *request.add_remove();
    removed.set_field("incident.note");
    removed.set_dot(wrong_.DotsOf(kOld, kNote).front());
    ASSERT_TRUE(wrong_.Update(request).ok());
  }
  // The report, what took its note out, and the latest.
  EXPECT_EQ(wrong_.Held(kOld).changes.size(), 3u);
  EXPECT_THAT(wrong_.Incident(kOld).incident().note(), ElementsAre("note 40"));
}

}  // namespace
}  // namespace tocsin::intake
