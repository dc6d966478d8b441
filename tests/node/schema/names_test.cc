#include "node/schema/names.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "node/schema/kinds.h"

namespace tocsin::schema {
namespace {

using ::testing::HasSubstr;

Scope AScope(absl::string_view text) { return *Scope::Parse(text); }

std::string ErrorOf(absl::string_view name) {
  return std::string(ParseRecordName(name).status().message());
}

TEST(RecordName, ReadsWhatItWrites) {
  const SpokenCode code = SpokenCode::FromBits(123456789);
  const RecordName name{AScope("city/kings/e201"), v1::INCIDENT, code};
  EXPECT_EQ(name.ToString(), "scopes/city.kings.e201/incidents/" + code.ToString());
  EXPECT_EQ(*ParseRecordName(name.ToString()), name);
}

TEST(RecordName, TakesAUuidForTheCode) {
  const std::string text =
      "scopes/city.kings.all/consignmentEvents/018f3c1e-7b2a-5d4e-9c60-2f1a8b7c6d5e";
  auto name = ParseRecordName(text);
  ASSERT_TRUE(name.ok()) << name.status();
  EXPECT_EQ(name->kind, v1::CONSIGNMENT_EVENT);
  EXPECT_TRUE(name->scope.is_broadcast());
  EXPECT_TRUE(std::holds_alternative<RecordId>(name->id));
  EXPECT_EQ(name->ToString(), text);
}

TEST(RecordName, SaysWhichPartIsWrong) {
  const std::string code = SpokenCode::FromBits(7).ToString();
  EXPECT_THAT(ErrorOf("incidents/" + code), HasSubstr("must be like scopes/city.kings.e201"));
  EXPECT_THAT(ErrorOf(""), HasSubstr("must be like"));
  EXPECT_THAT(ErrorOf("scopes/city.Kings/incidents/" + code), HasSubstr("city.Kings"));
  EXPECT_THAT(ErrorOf("scopes/city/people/" + code), HasSubstr("one of incidents, hazards"));
  EXPECT_THAT(ErrorOf("scopes/city/incident/" + code), HasSubstr("collection"));
  EXPECT_FALSE(ParseRecordName("scopes/city/incidents/7K3M").ok());
  EXPECT_FALSE(ParseRecordName("scopes/city/incidents/" + std::string(36, 'x')).ok());
  EXPECT_FALSE(ParseRecordName(std::string(100'000, '/')).ok());
}

TEST(RecordName, ParentsAreScopes) {
  EXPECT_EQ(ParentName(AScope("city/kings")), "scopes/city.kings");
  EXPECT_EQ(*ParseParent("scopes/city.kings"), AScope("city/kings"));
  EXPECT_FALSE(ParseParent("scopes/-").ok());
  EXPECT_FALSE(ParseParent("city/kings").ok());
  EXPECT_EQ(*ParseListParent("scopes/-"), std::nullopt);
  EXPECT_EQ(**ParseListParent("scopes/city.all"), AScope("city/**"));
}

RC_GTEST_PROP(Uid, ReadsWhatItWrites, ()) {
  const auto bytes = *rc::gen::container<std::string>(16, rc::gen::arbitrary<char>());
  const RecordId id = *RecordId::FromBytes(bytes);
  RC_ASSERT(*ParseUid(FormatUid(id)) == id);
}

RC_GTEST_PROP(RecordName, NeverCrashesOnAnyText, (const std::string& text)) {
  RC_ASSERT(!ParseRecordName(text).ok());
  RC_ASSERT(!ParseRecordName("scopes/city/incidents/" + text).ok() || text.size() >= 8);
}

}  // namespace
}  // namespace tocsin::schema
