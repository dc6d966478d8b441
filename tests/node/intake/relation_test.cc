// Relations: one record for one statement, wherever and however often it is said.
#include "node/intake/relation.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "node/intake/request.h"
#include "node/schema/field_table.h"
#include "tests/node/intake/records.h"

namespace tocsin::intake {
namespace {

using ::testing::HasSubstr;

v1::RecordRef Ref(const std::string& scope, char filler) {
  v1::RecordRef ref;
  ref.set_scope(scope);
  ref.set_kind(v1::INCIDENT);
  ref.set_id(std::string(RecordId::kSize, filler));
  return ref;
}

v1::Relation Between(const v1::RecordRef& subject, const v1::RecordRef& object,
                     v1::RelationType type = v1::RELATION_SAME) {
  v1::Relation relation;
  relation.set_status(v1::STATUS_ACTUAL);
  relation.set_state(v1::RELATION_CONFIRMED);
  relation.set_type(type);
  *relation.mutable_subject() = subject;
  *relation.mutable_object() = object;
  return relation;
}

absl::StatusOr<NewRecord> Read(const v1::Relation& relation, const std::string& parent,
                               const std::string& author = "city") {
  v1::CreateRecordRequest request;
  request.set_parent(parent);
  *request.mutable_record()->mutable_relation() = relation;
  const Jurisdiction jurisdiction = *Jurisdiction::Parse(author);
  return ReadCreate(request, {jurisdiction, true}, 10);
}

TEST(Relation, LiesWithTheLowestThatCoversBoth) {
  const v1::RecordRef e201 = Ref("city/kings/e201", 'a');
  EXPECT_EQ(ScopeOfRelation(Between(e201, Ref("city/kings/e201", 'b')))->ToString(),
            "city/kings/e201");
  EXPECT_EQ(ScopeOfRelation(Between(e201, Ref("city/kings/l101", 'b')))->ToString(), "city/kings");
  EXPECT_EQ(ScopeOfRelation(Between(e201, Ref("city/kings", 'b')))->ToString(), "city/kings");
  EXPECT_EQ(ScopeOfRelation(Between(e201, Ref("city/queens/e300", 'b')))->ToString(), "city");
  EXPECT_EQ(ScopeOfRelation(Between(e201, Ref("city/**", 'b')))->ToString(), "city");
  EXPECT_EQ(ScopeOfRelation(Between(e201, Ref("town/e1", 'b'))).status().code(),
            absl::StatusCode::kInvalidArgument);
}

TEST(Relation, IsFiledThereAndNowhereElse) {
  const v1::Relation relation = Between(Ref("city/kings/e201", 'a'), Ref("city/queens/e300", 'b'));
  EXPECT_TRUE(Read(relation, "scopes/city").ok());
  const auto elsewhere = Read(relation, "scopes/city.kings");
  EXPECT_EQ(elsewhere.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(elsewhere.status().message()), HasSubstr("scopes/city"));
  EXPECT_EQ(Read(relation, "scopes/city", "city/kings").status().code(),
            absl::StatusCode::kPermissionDenied);
}

TEST(Relation, SaidEitherWayRoundItIsOne) {
  const v1::RecordRef a = Ref("city/kings/e201", 'a');
  const v1::RecordRef b = Ref("city/queens/e300", 'b');
  const auto one = Read(Between(a, b), "scopes/city");
  const auto other = Read(Between(b, a), "scopes/city");
  ASSERT_TRUE(one.ok() && other.ok());
  EXPECT_TRUE(one->has_source);
  EXPECT_EQ(one->source_key, other->source_key);
  EXPECT_EQ(one->edit.body->SerializeAsString(), other->edit.body->SerializeAsString());
  // Whole and part are not to be exchanged, and another type is another relation.
  const auto part = Read(Between(a, b, v1::RELATION_PART_OF), "scopes/city");
  const auto whole = Read(Between(b, a, v1::RELATION_PART_OF), "scopes/city");
  EXPECT_NE(part->source_key, whole->source_key);
  EXPECT_NE(part->source_key, one->source_key);
}

TEST(Relation, HasNoCodeOfACallersChoice) {
  v1::CreateRecordRequest request;
  request.set_parent("scopes/city");
  *request.mutable_record()->mutable_relation() =
      Between(Ref("city/kings/e201", 'a'), Ref("city/queens/e300", 'b'));
  request.mutable_record()->set_code(SpokenCode::FromBits(4711).ToString());
  const Jurisdiction city = *Jurisdiction::Parse("city");
  EXPECT_EQ(ReadCreate(request, {city, true}, 10).status().code(),
            absl::StatusCode::kInvalidArgument);
}

TEST(Relation, OnlyWhatItsNameDoesNotFollowFromIsEdited) {
  const schema::FieldTable& table = schema::FieldTable::Of(v1::RELATION);
  for (const schema::FieldInfo& field : table.fields()) {
    const bool fixed = field.name == "subject" || field.name == "object" || field.name == "type";
    EXPECT_EQ(CheckRelationEdit({field.number}).ok(), !fixed) << field.name;
  }
}

}  // namespace
}  // namespace tocsin::intake
