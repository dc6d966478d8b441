// Moving a record that was filed at the wrong post, between a county and two stations, as their
// logs and views have it.
#include "node/intake/move.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "node/intake/intake.h"
#include "node/view/raised.h"
#include "tests/node/intake/posts.h"

namespace tocsin::intake {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::UnorderedElementsAre;

constexpr char kRequest[] = "018f3c1e-7b2a-4d4e-9c60-2f1a8b7c6d5e";

TEST_F(MoveTest, WithdrawsItThereAndFilesItAnewEachNamingTheOther) {
  const std::string name = FiledByStation();
  const v1::MoveRecordResponse moved = Moved(name);
  const v1::Incident& old = moved.moved().incident();
  const v1::Incident& fresh = moved.record().incident();
  EXPECT_EQ(moved.moved().name(), name);
  EXPECT_EQ(old.state(), v1::INCIDENT_WITHDRAWN);
  EXPECT_EQ(old.withdraw_reason(), v1::WITHDRAW_WRONG_POST);
  EXPECT_EQ(old.moved_to().scope(), "city/kings/l101");
  EXPECT_EQ(schema::FormatUid(*RecordId::FromBytes(old.moved_to().id())), moved.record().uid());
  EXPECT_EQ(moved.record().scope(), "city/kings/l101");
  EXPECT_EQ(fresh.moved_from().scope(), "city/kings/e201");
  EXPECT_EQ(schema::FormatUid(*RecordId::FromBytes(fresh.moved_from().id())), moved.moved().uid());
  // And it has what the other had, as urgent.
  v1::Incident carried = fresh;
  carried.clear_moved_from();
  EXPECT_EQ(carried.SerializeAsString(), GreatFire().SerializeAsString());
  EXPECT_EQ(moved.record().precedence(), "flash");
  EXPECT_THAT(moved.withheld(), IsEmpty());
  EXPECT_THAT(moved.not_carried(), IsEmpty());
  EXPECT_FALSE(moved.already_moved());
  EXPECT_THAT(moved.moved().edited_after_move(), IsEmpty());
}

TEST_F(MoveTest, EachStationGetsItsOwnRecordAndNoOther) {
  const std::string name = FiledByStation();
  Moved(name);
  Meet(wrong_);
  Meet(right_);
  EXPECT_EQ(wrong_.Incident("city/kings").incident().state(), v1::INCIDENT_WITHDRAWN);
  EXPECT_EQ(right_.Incident("city/kings").incident().state(), v1::INCIDENT_REPORTED);
  EXPECT_EQ(right_.Incident("city/kings").scope(), "city/kings/l101");
}

TEST_F(MoveTest, TheSameMoveTwiceGivesOneRecord) {
  const std::string name = FiledByStation();
  v1::MoveRecordRequest request;
  request.set_name(name);
  request.set_destination_parent(kTo);
  request.set_request_id(kRequest);
  const auto first = county_.Move(request);
  const auto repeated = county_.Move(request);
  const auto again = county_.Move(name);
  county_.Restart();
  const auto restarted = county_.Move(request);
  for (const auto* other : {&repeated, &again, &restarted}) {
    ASSERT_TRUE(other->ok()) << other->status();
    EXPECT_TRUE((*other)->already_moved());
    EXPECT_EQ((*other)->record().SerializeAsString(), first->record().SerializeAsString());
    EXPECT_EQ((*other)->moved().name(), name);
  }
  EXPECT_THAT(county_.Incidents("city/kings"), SizeIs(2));
}

TEST_F(MoveTest, TwoMovesAtOnceGiveOneRecord) {
  const std::string name = FiledByStation();
  v1::MoveRecordRequest request;
  request.set_name(name);
  request.set_destination_parent(kTo);
  std::vector<bool> already;
  for (int i = 0; i < 2; ++i) {
    county_.intake().Move(request, [&](absl::StatusOr<v1::MoveRecordResponse> moved) {
      ASSERT_TRUE(moved.ok()) << moved.status();
      already.push_back(moved->already_moved());
    });
  }
  county_.view().Run();
  EXPECT_THAT(already, ElementsAre(false, true));
  EXPECT_THAT(county_.Incidents("city/kings"), SizeIs(2));
}

TEST_F(MoveTest, MovedApartByCountyAndCityItIsOneRecordWithoutAConflict) {
  const std::string name = FiledByStation();
  Node city(network_.city, 5);
  city.Take(county_, log::Via::kChild);
  ASSERT_TRUE(city.Move(name).ok());
  Moved(name);
  county_.Take(city, log::Via::kParent);
  city.Take(county_, log::Via::kChild);
  for (Node* node : {&county_, &city}) {
    EXPECT_THAT(node->Incident("city/kings/l101").conflict(), IsEmpty());
    EXPECT_THAT(node->Incident("city/kings/e201").conflict(), IsEmpty());
    EXPECT_THAT(node->Incident("city/kings/e201").edited_after_move(), IsEmpty());
  }
}

TEST_F(MoveTest, AStationIsToldWhoMayMoveIt) {
  const std::string name = FiledByStation();
  const auto moved = wrong_.Move(name);
  EXPECT_EQ(moved.status().code(), absl::StatusCode::kPermissionDenied);
  EXPECT_THAT(std::string(moved.status().message()),
              HasSubstr("ask city/kings, which covers both"));
  EXPECT_EQ(wrong_.Incident("city/kings").incident().state(), v1::INCIDENT_REPORTED);
}

TEST_F(MoveTest, WhatCannotBeMovedIsRefusedAndNothingIsWritten) {
  const std::string name = FiledByStation();
  EXPECT_EQ(county_.Move(name, "scopes/city.kings.e201").status().code(),
            absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(county_.Move(name, "scopes/city.kings.all").status().code(),
            absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(
      county_.Move("scopes/city.kings.e201/relations/" + std::string("7K3M9QXF")).status().code(),
      absl::StatusCode::kInvalidArgument);
  v1::MoveRecordRequest request;
  request.set_name(name);
  request.set_destination_parent(kTo);
  request.set_reason(v1::WITHDRAW_DUPLICATE);
  EXPECT_EQ(county_.Move(request).status().code(), absl::StatusCode::kInvalidArgument);
  request.clear_reason();
  request.set_require_unchanged(true);
  EXPECT_EQ(county_.Move(request).status().code(), absl::StatusCode::kInvalidArgument);
  request.set_etag(county_.Incident("city/kings").etag());
  ASSERT_TRUE(county_.Describe(name, "moved on").ok());
  EXPECT_EQ(county_.Move(request).status().code(), absl::StatusCode::kAborted);
  EXPECT_THAT(county_.Incidents("city/kings/l101"), IsEmpty());

  ASSERT_TRUE(county_.Move(name).ok());
  const auto elsewhere = county_.Move(name, "scopes/city.kings.e202");
  EXPECT_EQ(elsewhere.status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(elsewhere.status().message()), HasSubstr("moved to city/kings/l101"));
}

TEST_F(MoveTest, ValidateOnlyAnswersAsIfAndMovesNothing) {
  const std::string name = FiledByStation();
  v1::MoveRecordRequest request;
  request.set_name(name);
  request.set_destination_parent(kTo);
  request.set_validate_only(true);
  const auto moved = county_.Move(request);
  ASSERT_TRUE(moved.ok()) << moved.status();
  EXPECT_EQ(moved->record().scope(), "city/kings/l101");
  EXPECT_EQ(moved->record().incident().description(), GreatFire().description());
  EXPECT_EQ(moved->moved().incident().state(), v1::INCIDENT_REPORTED);
  EXPECT_THAT(county_.Incidents("city/kings"), SizeIs(1));
}

TEST_F(MoveTest, AConflictGoesWithTheRecord) {
  const std::string name = FiledByStation(SmallFire());
  ASSERT_TRUE(wrong_.Describe(name, "smoke over the depot").ok());
  ASSERT_TRUE(county_.Describe(name, "fire on the deck").ok());
  v1::Incident raised;
  raised.set_severity(v1::SEVERITY_SEVERE);
  ASSERT_TRUE(wrong_.Update(name, raised).ok());
  Meet(wrong_);
  const std::string shown = county_.Incident("city/kings").incident().description();
  const v1::MoveRecordResponse moved = Moved(name);
  ASSERT_EQ(moved.record().conflict_size(), 1);
  EXPECT_EQ(moved.record().conflict(0).field(), "description");
  EXPECT_EQ(moved.record().incident().description(), shown);
  EXPECT_EQ(moved.record().incident().severity(), v1::SEVERITY_SEVERE);
  std::set<std::string> values;
  for (const v1::ConflictingValue& value : moved.record().conflict(0).value()) {
    values.insert(value.value_json());
  }
  EXPECT_THAT(values, UnorderedElementsAre("\"smoke over the depot\"", "\"fire on the deck\""));
  EXPECT_THAT(moved.moved().edited_after_move(), IsEmpty());
  // It is settled once, where the record is now.
  EXPECT_THAT(moved.moved().conflict(), IsEmpty());
  EXPECT_EQ(moved.moved().incident().description(), shown);
}

TEST_F(MoveTest, WhatWasClosedAndThenRaisedStaysOpen) {
  const std::string name = FiledByStation(SmallFire());
  v1::Incident closed;
  closed.set_state(v1::INCIDENT_CLOSED);
  ASSERT_TRUE(county_.Update(name, closed).ok());
  v1::Incident raised;
  raised.set_severity(v1::SEVERITY_EXTREME);
  ASSERT_TRUE(wrong_.Update(name, raised).ok());
  Meet(wrong_);
  ASSERT_TRUE(view::IsClosedThenRaised(county_.Incident("city/kings")));
  const v1::MoveRecordResponse moved = Moved(name);
  EXPECT_EQ(moved.record().incident().state(), v1::INCIDENT_CLOSED);
  EXPECT_TRUE(view::IsClosedThenRaised(moved.record()));
  EXPECT_NE(moved.record().precedence(), "routine");
  // Nobody had been shown what is worse where it was closed plainly.
  const auto plain = county_.Create(SmallFire(), "scopes/city.kings.e201");
  ASSERT_TRUE(county_.Update(plain->record().name(), closed).ok());
  const v1::MoveRecordResponse other = Moved(plain->record().name());
  EXPECT_FALSE(view::IsClosedThenRaised(other.record()));
  EXPECT_EQ(other.record().precedence(), "routine");
}

TEST_F(MoveTest, ManyNotesGoInSeveralChangesEachOfWhichAPeerTakes) {
  const std::string name = FiledByStation();
  for (int i = 0; i < 20; ++i) {
    v1::Incident fields;
    fields.add_note(std::to_string(i) + std::string(3900, 'x'));
    ASSERT_TRUE(county_.Update(name, fields).ok());
  }
  const v1::MoveRecordResponse moved = Moved(name);
  EXPECT_EQ(moved.record().incident().note_size(), 20);
  EXPECT_THAT(moved.not_carried(), IsEmpty());
  Meet(right_);
  EXPECT_EQ(right_.Incident("city/kings").incident().note_size(), 20);
}

TEST_F(MoveTest, WhatTheGuardRefusesIsNotCarried) {
  const std::string name = FiledByStation();
  // As an older node let it through.
  v1::Incident fields;
  fields.set_description("Reporter can be called at +1 718 555 0134 all night");
  const auto held = wrong_.view().view().Get(
      wrong_.view().view().Find(Post(), v1::INCIDENT, name.substr(name.rfind('/') + 1)).value()[0]);
  wrong_.view().Append(view::DraftOf(held->name, fields, {held->changes.front().dot}));
  Meet(wrong_);
  const v1::MoveRecordResponse moved = Moved(name);
  ASSERT_EQ(moved.withheld_size(), 1);
  EXPECT_EQ(moved.withheld(0).field(), "incident.description");
  EXPECT_EQ(moved.record().incident().description(), "");
  EXPECT_EQ(moved.record().incident().severity(), v1::SEVERITY_EXTREME);
}

TEST_F(MoveTest, WhatWasHeardIsHeardThereToo) {
  v1::CreateRecordRequest request;
  request.set_parent("scopes/city.kings.e201");
  *request.mutable_record()->mutable_incident() = SmallFire();
  request.set_heard(true);
  std::string name;
  county_.intake().Create(request, [&](auto response) { name = response->record().name(); });
  county_.view().Run();
  const v1::MoveRecordResponse moved = Moved(name);
  EXPECT_EQ(moved.record().incident().description(), SmallFire().description());
  std::set<std::string> heard;
  for (const v1::FieldMark& mark : moved.record().mark()) {
    if (mark.mark() == v1::MARK_HEARD) heard.insert(mark.field());
  }
  EXPECT_TRUE(heard.contains("severity"));
}

TEST_F(MoveTest, AClearedFieldInConflictStaysOneOfItsValues) {
  for (const bool clear_is_later : {false, true}) {
    const std::string name = FiledByStation();
    Node& later = clear_is_later ? county_ : wrong_;
    later.view().node().clock().Advance(absl::Seconds(5));
    ASSERT_TRUE(county_.Empty(name, "description").ok());
    ASSERT_TRUE(wrong_.Describe(name, "two floors").ok());
    Meet(wrong_);
    const v1::MoveRecordResponse moved = Moved(name);
    ASSERT_EQ(moved.conflict_size(), 1);
    const v1::Conflict& conflict = moved.conflict(0);
    EXPECT_EQ(conflict.field(), "description");
    ASSERT_EQ(conflict.value_size(), 2);
    EXPECT_EQ(conflict.value(0).value_json() == "null", clear_is_later);
    EXPECT_EQ(conflict.value(1).value_json() == "null", !clear_is_later);
    EXPECT_EQ(moved.record().incident().description(), clear_is_later ? "" : "two floors");
    EXPECT_EQ(moved.moved().incident().description(), clear_is_later ? "" : "two floors");
    EXPECT_THAT(moved.moved().conflict(), IsEmpty());
  }
}

TEST_F(MoveTest, AnImportedRecordHasTheIdThatItsImportThereWouldGive) {
  v1::Incident fire = SmallFire();
  fire.mutable_source()->set_system("nfirs");
  fire.mutable_source()->set_key("4711");
  const std::string name = FiledByStation(fire);
  const v1::MoveRecordResponse moved = Moved(name);
  const auto imported = county_.Create(fire, kTo);
  ASSERT_TRUE(imported.ok()) << imported.status();
  EXPECT_TRUE(imported->already_filed());
  EXPECT_EQ(imported->record().name(), moved.record().name());
}

TEST_F(MoveTest, WhereTheImportedRecordIsAlreadyItIsNoMove) {
  v1::Incident fire = SmallFire();
  fire.mutable_source()->set_system("nfirs");
  fire.mutable_source()->set_key("4711");
  const std::string name = FiledByStation(fire);
  ASSERT_TRUE(county_.Create(fire, kTo).ok());
  const auto moved = county_.Move(name);
  EXPECT_EQ(moved.status().code(), absl::StatusCode::kAlreadyExists);
  EXPECT_EQ(county_.Incident("city/kings/e201").incident().state(), v1::INCIDENT_REPORTED);
}

TEST_F(MoveTest, AMovedRecordMayBeMovedOnAndBack) {
  const std::string name = FiledByStation();
  const v1::MoveRecordResponse there = Moved(name);
  const auto back = county_.Move(there.record().name(), "scopes/city.kings.e201");
  ASSERT_TRUE(back.ok()) << back.status();
  EXPECT_NE(back->record().name(), name);
  EXPECT_EQ(back->record().incident().moved_from().scope(), "city/kings/l101");
  EXPECT_EQ(back->record().incident().state(), v1::INCIDENT_REPORTED);
}

TEST_F(MoveTest, FiledAnewFromAnExportTheStandInHasTheIdThatTheMoveGaveIt) {
  const v1::MoveRecordResponse moved = Moved(FiledByStation());
  // Where it is held, at the county and at its own post, it is there already.
  Meet(right_);
  for (Node* node : {&county_, &right_}) {
    const auto again = node->Create(moved.record().incident(), kTo);
    ASSERT_TRUE(again.ok()) << again.status();
    EXPECT_TRUE(again->already_filed());
    EXPECT_EQ(again->record().uid(), moved.record().uid());
    EXPECT_THAT(again->differs(), IsEmpty());
  }
  // In a network that never heard of it, it is what the old record names.
  Node fresh_county(network_.kings, 12);
  Node fresh_station(network_.New(network_.kings, "city/kings/l101", false), 14);
  for (Node* node : {&fresh_county, &fresh_station}) {
    const auto restored = node->Create(moved.record().incident(), kTo);
    ASSERT_TRUE(restored.ok()) << restored.status();
    EXPECT_FALSE(restored->already_filed());
    EXPECT_EQ(restored->record().uid(), moved.record().uid());
    EXPECT_EQ(restored->record().code(), moved.record().code());
  }
}

TEST_F(MoveTest, OnlyAMoveWritesWhereARecordWasMoved) {
  const std::string name = FiledByStation();
  v1::Incident fields;
  fields.mutable_moved_to()->set_scope("city/kings/l101");
  fields.mutable_moved_to()->set_kind(v1::INCIDENT);
  fields.mutable_moved_to()->set_id("0123456789abcdef");
  const auto updated = county_.Update(name, fields);
  EXPECT_EQ(updated.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(updated.status().message()), HasSubstr("MoveRecord"));
}

}  // namespace
}  // namespace tocsin::intake
