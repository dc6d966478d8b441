#include "node/intake/request.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "node/identity/record_id.h"
#include "tests/node/intake/records.h"

namespace tocsin::intake {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

const Jurisdiction kE201 = *Jurisdiction::Parse("city/kings/e201");
const Jurisdiction kKings = *Jurisdiction::Parse("city/kings");
const Jurisdiction kQueens = *Jurisdiction::Parse("city/queens");
constexpr char kName[] = "scopes/city.kings.e201/incidents/";

std::string FireName() { return kName + SpokenCode::FromBits(12345).ToString(); }

v1::CreateRecordRequest CreateOf(const v1::Incident& incident) {
  v1::CreateRecordRequest request;
  request.set_parent("scopes/city.kings.e201");
  *request.mutable_record()->mutable_incident() = incident;
  return request;
}

v1::UpdateRecordRequest UpdateOf(const v1::Incident& incident, std::vector<std::string> mask) {
  v1::UpdateRecordRequest request;
  request.mutable_record()->set_name(FireName());
  *request.mutable_record()->mutable_incident() = incident;
  for (std::string& path : mask) request.mutable_update_mask()->add_paths(std::move(path));
  return request;
}

std::string MessageOf(const absl::Status& status) { return std::string(status.message()); }

TEST(Request, AFaultNamesItsPath) {
  v1::Incident fire = SmallFire();
  fire.clear_type();
  auto record = ReadCreate(CreateOf(fire), {kE201}, 10);
  EXPECT_EQ(record.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(MessageOf(record.status()), HasSubstr("incident.type"));
}

TEST(Request, ANodeWritesItsOwnScopeAndThoseBelowIt) {
  EXPECT_TRUE(ReadCreate(CreateOf(SmallFire()), {kE201}, 10).ok());
  EXPECT_TRUE(ReadCreate(CreateOf(SmallFire()), {kKings, true}, 10).ok());
  auto record = ReadCreate(CreateOf(SmallFire()), {kQueens, true}, 10);
  EXPECT_EQ(record.status().code(), absl::StatusCode::kPermissionDenied);
}

TEST(Request, AStationFilesForNoPostBelowItBecauseThereIsNone) {
  v1::CreateRecordRequest request = CreateOf(SmallFire());
  request.set_parent("scopes/city.kings.e201.l101");
  auto record = ReadCreate(request, {kE201}, 10);
  EXPECT_EQ(record.status().code(), absl::StatusCode::kPermissionDenied);
  EXPECT_THAT(MessageOf(record.status()), HasSubstr("no post lies below it"));
  EXPECT_TRUE(ReadCreate(request, {kE201, true}, 10).ok());
}

TEST(Request, ARecordWithoutABodyIsRefused) {
  v1::CreateRecordRequest request;
  request.set_parent("scopes/city.kings.e201");
  EXPECT_EQ(ReadCreate(request, {kE201}, 10).status().code(), absl::StatusCode::kInvalidArgument);
}

TEST(Request, AnErasureIsNotFiled) {
  v1::CreateRecordRequest request;
  request.set_parent("scopes/city.kings.e201");
  request.mutable_record()->mutable_erasure()->set_ground(v1::ERASURE_BY_TWO_POSTS);
  EXPECT_EQ(ReadCreate(request, {kE201}, 10).status().code(), absl::StatusCode::kInvalidArgument);
}

TEST(Request, CountsBelowTheMinimumCellAreStoredAsFewer) {
  v1::CreateRecordRequest request;
  request.set_parent("scopes/city.kings.e201");
  v1::Shelter& shelter = *request.mutable_record()->mutable_shelter();
  shelter.set_status(v1::STATUS_ACTUAL);
  shelter.set_state(v1::SHELTER_OPEN);
  shelter.set_display_name("School 12");
  shelter.mutable_occupied()->set_exactly(3);
  auto record = ReadCreate(request, {kE201}, 10);
  ASSERT_TRUE(record.ok()) << record.status();
  const auto& stored = static_cast<const v1::Shelter&>(*record->edit.body);
  EXPECT_EQ(stored.occupied().fewer_than(), 10u);
}

TEST(Request, AGivenCodeIsCheckedAndASourceTakesNone) {
  v1::CreateRecordRequest request = CreateOf(SmallFire());
  request.mutable_record()->set_code(SpokenCode::FromBits(77).ToString());
  auto record = ReadCreate(request, {kE201}, 10);
  ASSERT_TRUE(record.ok());
  EXPECT_EQ(record->code->bits(), 77u);
  request.mutable_record()->set_code("7K3M9QXX");
  EXPECT_FALSE(ReadCreate(request, {kE201}, 10).ok());
  request.mutable_record()->set_code(SpokenCode::FromBits(77).ToString());
  request.mutable_record()->mutable_incident()->mutable_source()->set_system("nfirs");
  request.mutable_record()->mutable_incident()->mutable_source()->set_key("2015-1");
  EXPECT_EQ(ReadCreate(request, {kE201}, 10).status().code(), absl::StatusCode::kInvalidArgument);
}

TEST(Request, ARecordThatStandsForAnotherIsNamedByThatOneAndByNoOtherCode) {
  v1::Incident fire = SmallFire();
  fire.mutable_moved_from()->set_scope("city/kings/l101");
  fire.mutable_moved_from()->set_kind(v1::INCIDENT);
  fire.mutable_moved_from()->set_id("0123456789abcdef");
  v1::CreateRecordRequest request = CreateOf(fire);
  const auto record = ReadCreate(request, {kE201}, 10);
  ASSERT_TRUE(record.ok()) << record.status();
  EXPECT_TRUE(record->has_source);
  const RecordId id = identity::RecordIdFromSourceKey(record->scope, v1::INCIDENT,
                                                      record->source_system, record->source_key);
  // Its own code says the same.
  const uint64_t code = identity::CodeBitsOf(id);
  request.mutable_record()->set_code(SpokenCode::FromBits(code).ToString());
  const auto with_code = ReadCreate(request, {kE201}, 10);
  ASSERT_TRUE(with_code.ok()) << with_code.status();
  EXPECT_EQ(with_code->source_key, record->source_key);
  EXPECT_FALSE(with_code->code.has_value());
  request.mutable_record()->set_code(SpokenCode::FromBits(code ^ 1).ToString());
  EXPECT_THAT(MessageOf(ReadCreate(request, {kE201}, 10).status()), HasSubstr("moved_from"));
  // What came from a register keeps its name there.
  request.mutable_record()->clear_code();
  request.mutable_record()->mutable_incident()->mutable_source()->set_system("nfirs");
  request.mutable_record()->mutable_incident()->mutable_source()->set_key("2015-1");
  EXPECT_EQ(ReadCreate(request, {kE201}, 10)->source_key, "2015-1");
}

TEST(Request, AMaskWritesWhatIsSetAndClearsWhatIsNot) {
  v1::Incident edit;
  edit.set_severity(v1::SEVERITY_SEVERE);
  edit.set_units_on_scene(4);
  auto named = ReadUpdate(UpdateOf(edit, {"incident.severity", "description"}), kE201, 10);
  ASSERT_TRUE(named.ok()) << named.status();
  const auto& body = static_cast<const v1::Incident&>(*named->edit.body);
  EXPECT_EQ(body.severity(), v1::SEVERITY_SEVERE);
  EXPECT_FALSE(body.has_units_on_scene());
  EXPECT_THAT(named->edit.clear, ElementsAre(27u));
}

TEST(Request, WithoutAMaskTheFieldsSetAreWritten) {
  v1::Incident edit;
  edit.set_units_on_scene(0);
  auto named = ReadUpdate(UpdateOf(edit, {}), kE201, 10);
  ASSERT_TRUE(named.ok());
  EXPECT_TRUE(static_cast<const v1::Incident&>(*named->edit.body).has_units_on_scene());
  EXPECT_TRUE(named->edit.clear.empty());
  EXPECT_FALSE(ReadUpdate(UpdateOf(v1::Incident(), {}), kE201, 10).ok());
}

TEST(Request, AMaskNamesWholeFieldsOfTheKind) {
  v1::Incident edit = SmallFire();
  for (const char* path :
       {"*", "incident.colour", "incident.point.lat_e7", "hazard.severity", ""}) {
    auto named = ReadUpdate(UpdateOf(edit, {path}), kE201, 10);
    EXPECT_EQ(named.status().code(), absl::StatusCode::kInvalidArgument) << path;
    EXPECT_THAT(MessageOf(named.status()), HasSubstr("update_mask")) << path;
  }
}

TEST(Request, ARequiredFieldIsNotCleared) {
  auto named = ReadUpdate(UpdateOf(v1::Incident(), {"incident.type"}), kE201, 10);
  EXPECT_EQ(named.status().code(), absl::StatusCode::kInvalidArgument);
}

TEST(Request, ElementsToRemoveAreNamedByFieldAndDot) {
  v1::UpdateRecordRequest request = UpdateOf(v1::Incident(), {});
  v1::ElementRef& element = *request.add_remove();
  element.set_field("incident.note");
  element.set_dot(std::string(32, 'a'));
  auto named = ReadUpdate(request, kE201, 10);
  ASSERT_TRUE(named.ok()) << named.status();
  EXPECT_EQ(named->edit.remove.at(9).front().ToHex(), std::string(32, 'a'));
  element.set_dot("short");
  EXPECT_FALSE(ReadUpdate(request, kE201, 10).ok());
  element.set_dot(std::string(32, 'a'));
  element.set_field("incident.severity");
  EXPECT_FALSE(ReadUpdate(request, kE201, 10).ok());
}

TEST(Request, WithdrawingSetsStateAndReason) {
  v1::WithdrawRecordRequest request;
  request.set_name(FireName());
  EXPECT_FALSE(ReadWithdraw(request, kE201).ok());
  request.set_reason(v1::WITHDRAW_FALSE_ALARM);
  auto named = ReadWithdraw(request, kE201);
  ASSERT_TRUE(named.ok()) << named.status();
  const auto& body = static_cast<const v1::Incident&>(*named->edit.body);
  EXPECT_EQ(body.state(), v1::INCIDENT_WITHDRAWN);
  EXPECT_EQ(body.withdraw_reason(), v1::WITHDRAW_FALSE_ALARM);
}

TEST(Request, WhatHasNoWithdrawnStateIsNotWithdrawn) {
  v1::WithdrawRecordRequest request;
  request.set_name("scopes/city.kings.e201/erasures/" + SpokenCode::FromBits(1).ToString());
  request.set_reason(v1::WITHDRAW_FALSE_ALARM);
  EXPECT_EQ(ReadWithdraw(request, kE201).status().code(), absl::StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace tocsin::intake
