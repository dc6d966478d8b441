// Relations and moves as a caller of the API meets them.
#include <gmock/gmock.h>
#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include <string>

#include "node/schema/names.h"
#include "tests/node/api/live_node.h"
#include "tests/node/intake/records.h"

namespace tocsin::api {
namespace {

using intake::SmallFire;
using ::testing::HasSubstr;

constexpr char kParent[] = "scopes/city.kings.e201";

v1::RecordRef RefOf(const v1::Record& record) {
  v1::RecordRef ref;
  ref.set_scope(record.scope());
  ref.set_kind(record.kind());
  ref.set_id(std::string(schema::ParseUid(record.uid())->view()));
  return ref;
}

v1::Record Get(LiveNode& node, const std::string& name) {
  v1::GetRecordRequest request;
  request.set_name(name);
  v1::Record record;
  grpc::ClientContext context;
  const grpc::Status status = node.records().GetRecord(&context, request, &record);
  EXPECT_TRUE(status.ok()) << status.error_message();
  return record;
}

v1::WriteRecordResponse Relate(LiveNode& node, const v1::Record& one, const v1::Record& other) {
  v1::CreateRecordRequest request;
  request.set_parent(kParent);
  v1::Relation& relation = *request.mutable_record()->mutable_relation();
  relation.set_status(v1::STATUS_ACTUAL);
  relation.set_state(v1::RELATION_PROPOSED);
  relation.set_type(v1::RELATION_SAME);
  *relation.mutable_subject() = RefOf(one);
  *relation.mutable_object() = RefOf(other);
  v1::WriteRecordResponse response;
  grpc::ClientContext context;
  const grpc::Status status = node.records().CreateRecord(&context, request, &response);
  EXPECT_TRUE(status.ok()) << status.error_message();
  return response;
}

TEST(Related, ARelationIsSeenFromBothItsRecordsWithWhoConfirmedIt) {
  LiveNode node;
  const v1::Record one = node.File(SmallFire());
  const v1::Record other = node.File(SmallFire());
  const v1::WriteRecordResponse filed = Relate(node, one, other);
  EXPECT_FALSE(filed.already_filed());
  EXPECT_TRUE(Relate(node, other, one).already_filed());

  v1::UpdateRecordRequest confirm;
  confirm.mutable_record()->set_name(filed.record().name());
  confirm.mutable_record()->mutable_relation()->set_state(v1::RELATION_CONFIRMED);
  v1::WriteRecordResponse confirmed;
  grpc::ClientContext context;
  ASSERT_TRUE(node.records().UpdateRecord(&context, confirm, &confirmed).ok());

  int subjects = 0;
  for (const auto& [here, there] : {std::pair(&one, &other), std::pair(&other, &one)}) {
    const v1::Record record = Get(node, here->name());
    ASSERT_EQ(record.related_size(), 1);
    const v1::RelatedRecord& related = record.related(0);
    EXPECT_EQ(related.relation(), filed.record().name());
    EXPECT_EQ(related.other_name(), there->name());
    EXPECT_EQ(related.other_code(), there->code());
    EXPECT_EQ(related.state(), v1::RELATION_CONFIRMED);
    EXPECT_EQ(related.jurisdiction(), "city/kings/e201");
    EXPECT_GT(related.write_time().seconds(), 0);
    subjects += related.is_subject() ? 1 : 0;
  }
  EXPECT_EQ(subjects, 1);
  // It is of what was asked for, and no part of what is listed or kept.
  v1::ListRecordsRequest list;
  list.set_parent(kParent);
  list.set_kind(v1::INCIDENT);
  v1::ListRecordsResponse page;
  grpc::ClientContext listing;
  ASSERT_TRUE(node.records().ListRecords(&listing, list, &page).ok());
  for (const v1::Record& record : page.record()) EXPECT_EQ(record.related_size(), 0);
}

TEST(Related, WhatARelationSaysIsNotEdited) {
  LiveNode node;
  const v1::Record one = node.File(SmallFire());
  const v1::Record other = node.File(SmallFire());
  v1::UpdateRecordRequest edit;
  edit.mutable_record()->set_name(Relate(node, one, other).record().name());
  edit.mutable_record()->mutable_relation()->set_type(v1::RELATION_PART_OF);
  v1::WriteRecordResponse response;
  grpc::ClientContext context;
  const grpc::Status status = node.records().UpdateRecord(&context, edit, &response);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_THAT(status.error_message(), HasSubstr("relation.type"));
}

TEST(Moves, TheRecordThatStandsForAnotherTellsWhatWasWrittenOfThatOneSince) {
  LiveNode node;
  // As an export of a county is read back.
  v1::RecordRef to;
  to.set_scope("city/kings/e201");
  to.set_kind(v1::INCIDENT);
  to.set_id("0123456789abcdef");
  v1::Incident moved = SmallFire();
  moved.set_state(v1::INCIDENT_WITHDRAWN);
  moved.set_withdraw_reason(v1::WITHDRAW_WRONG_POST);
  *moved.mutable_moved_to() = to;
  const v1::Record old = node.File(moved);
  v1::Incident fire = SmallFire();
  *fire.mutable_moved_from() = RefOf(old);
  const v1::Record fresh = node.File(fire);
  EXPECT_EQ(Get(node, fresh.name()).origin_edited_after_move_size(), 0);

  v1::UpdateRecordRequest edit;
  edit.mutable_record()->set_name(old.name());
  edit.mutable_record()->mutable_incident()->set_injured_count(3);
  v1::WriteRecordResponse response;
  grpc::ClientContext context;
  ASSERT_TRUE(node.records().UpdateRecord(&context, edit, &response).ok());
  const v1::Record shown = Get(node, fresh.name());
  ASSERT_EQ(shown.origin_edited_after_move_size(), 1);
  EXPECT_EQ(shown.origin_edited_after_move(0).field(), "incident.injured_count");
  EXPECT_EQ(Get(node, old.name()).edited_after_move_size(), 1);
  EXPECT_EQ(Get(node, old.name()).origin_edited_after_move_size(), 0);
}

TEST(Moves, AStationIsRefusedByTheApi) {
  LiveNode node;
  v1::MoveRecordRequest move;
  move.set_name(node.File(SmallFire()).name());
  move.set_destination_parent("scopes/city.kings.l101");
  v1::MoveRecordResponse response;
  grpc::ClientContext context;
  const grpc::Status status = node.records().MoveRecord(&context, move, &response);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::PERMISSION_DENIED);
  EXPECT_THAT(status.error_message(), HasSubstr("ask city/kings"));
}

}  // namespace
}  // namespace tocsin::api
