#include "node/schema/envelope.h"

#include <absl/strings/match.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>

#include "node/schema/field_table.h"
#include "node/schema/field_value.h"
#include "tests/node/schema/bodies.h"

namespace tocsin::schema {
namespace {

using ::testing::HasSubstr;

// What an honest author's change of this body says of itself; `values` keeps the bytes alive.
ChangeTags TagsOf(const google::protobuf::Message& body, std::string& values) {
  ChangeTags tags;
  tags.kind = static_cast<uint32_t>(KindOf(body));
  Fragments fragments = FieldsOf(body);
  for (auto it = fragments.begin(); it != fragments.end();) {
    tags.set.push_back(it->first);
    const FieldInfo* field = FindField(tags.kind, it->first);
    if (field == nullptr || !field->is_text()) {
      ++it;
      continue;
    }
    uint32_t element = 0;
    for (const std::string& text : TextsOf(it->second)) {
      tags.texts.push_back({it->first, element++, text.size()});
    }
    it = fragments.erase(it);
  }
  values = JoinFields(fragments);
  tags.values = values;
  return tags;
}

v1::Incident AReport() {
  v1::Incident report = AFire();
  report.set_description("smoke from the roof");
  report.add_note("one");
  report.add_note("two");
  report.add_place_flag(v1::PLACE_MISSING);
  v1::Goods* goods = report.add_goods();
  goods->set_un_number(1203);
  goods->mutable_quantity()->set_value(2.5);
  goods->mutable_quantity()->set_unit(v1::UNIT_TONNE);
  report.mutable_source()->set_system("nyc");
  report.mutable_source()->set_key("57892593");
  return report;
}

class Envelope : public ::testing::Test {
 protected:
  Envelope() : tags_(TagsOf(AReport(), values_)) {}

  std::string Refusal(Newer newer = Newer::kRefuse) {
    return std::string(EnvelopeAcceptable(tags_, newer).message());
  }

  std::string values_;
  ChangeTags tags_;
};

TEST_F(Envelope, OfAnHonestChangeIsTaken) {
  EXPECT_TRUE(EnvelopeAcceptable(tags_).ok()) << Refusal();
}

TEST_F(Envelope, OfAnUnknownKindIsTakenOnlyFromAbove) {
  tags_.kind = 40;
  EXPECT_THAT(Refusal(), HasSubstr("no kind 40"));
  EXPECT_TRUE(EnvelopeAcceptable(tags_, Newer::kTake).ok());
}

TEST_F(Envelope, OfAnUnknownFieldIsTakenOnlyFromAbove) {
  tags_.set.push_back(500);
  values_ += "\xa2\x1f\x03new";
  tags_.values = values_;
  EXPECT_THAT(Refusal(), HasSubstr("Incident.500: the schema has no such field"));
  EXPECT_TRUE(EnvelopeAcceptable(tags_, Newer::kTake).ok());
}

// A free key-value store could hide in the fields that a value does not have.
TEST_F(Envelope, FindsUnknownFieldsInsideValues) {
  v1::Incident report;
  v1::Goods* goods = report.add_goods();
  goods->set_un_number(1203);
  goods->mutable_quantity()
      ->GetReflection()
      ->MutableUnknownFields(goods->mutable_quantity())
      ->AddLengthDelimited(9, "of whom");
  tags_ = TagsOf(report, values_);
  EXPECT_THAT(Refusal(), HasSubstr("Quantity.9: the schema has no such field"));
  EXPECT_TRUE(EnvelopeAcceptable(tags_, Newer::kTake).ok());
}

TEST_F(Envelope, RefusesAFieldThatIsBothSetAndCleared) {
  tags_.cleared = {23};
  EXPECT_THAT(Refusal(), HasSubstr("severity: is both set and cleared"));
}

TEST_F(Envelope, RefusesAValueThatIsNotAnnounced) {
  tags_.set.erase(std::find(tags_.set.begin(), tags_.set.end(), 23u));
  EXPECT_THAT(Refusal(), HasSubstr("severity: has a value and is not among those set"));
}

// Such a text could never be erased.
TEST_F(Envelope, RefusesATextAmongTheValues) {
  values_ += TextFragment(27, {"smoke"});
  tags_.values = values_;
  EXPECT_THAT(Refusal(Newer::kTake), HasSubstr("description: is a text"));
}

TEST_F(Envelope, RefusesACodedFieldAmongTheTexts) {
  tags_.texts.push_back({23, 0, 3});
  EXPECT_THAT(Refusal(), HasSubstr("severity: is no text"));
}

TEST_F(Envelope, RefusesATextThatIsNotAnnounced) {
  tags_.set.erase(std::find(tags_.set.begin(), tags_.set.end(), 27u));
  EXPECT_THAT(Refusal(), HasSubstr("description: has a text and is not among those set"));
}

TEST_F(Envelope, RefusesTextsThatAreTooLongOrTooMany) {
  tags_.texts[0].size = 5000;
  EXPECT_THAT(Refusal(), HasSubstr("is 5000 bytes long, of at most 4096"));
  tags_.texts[0] = {9, 8, 10};
  EXPECT_THAT(Refusal(), HasSubstr("note: has no element 8"));
}

TEST_F(Envelope, RefusesOverlongStringsInsideValues) {
  v1::Incident report;
  report.mutable_source()->set_key(std::string(33, '7'));
  tags_ = TagsOf(report, values_);
  EXPECT_THAT(Refusal(), HasSubstr("Source.key: is 33 bytes long, of at most 32"));
}

TEST_F(Envelope, CountsElementsPackedOrNot) {
  v1::Incident report;
  for (int i = 0; i < 5; ++i) report.add_place_flag(v1::PLACE_MISSING);
  tags_ = TagsOf(report, values_);
  EXPECT_THAT(Refusal(), HasSubstr("place_flag: has more than 4 elements"));
  std::string unpacked;
  for (const std::string& element : SplitElements(v1::INCIDENT, 7, values_)) unpacked += element;
  tags_.values = unpacked;
  EXPECT_THAT(Refusal(), HasSubstr("place_flag: has more than 4 elements"));
}

// Bytes under a number's field would parse as an unknown field and hide there.
TEST_F(Envelope, RefusesAValueOfAnotherWireType) {
  tags_.set = {23};
  tags_.texts.clear();
  values_ = TextFragment(23, {"hidden"});
  tags_.values = values_;
  EXPECT_THAT(Refusal(Newer::kTake), HasSubstr("severity: is not of the field's wire type"));
}

TEST_F(Envelope, RefusesBytesThatAreNoFields) {
  values_ += "\xff";
  tags_.values = values_;
  EXPECT_THAT(Refusal(Newer::kTake), HasSubstr("are no protobuf fields"));
}

// What a value says is not the receiver's business.
TEST_F(Envelope, TakesValuesOutOfRange) {
  v1::Incident report;
  report.set_percent_contained(700);
  report.set_severity(static_cast<v1::Severity>(99));
  tags_ = TagsOf(report, values_);
  EXPECT_TRUE(EnvelopeAcceptable(tags_).ok()) << Refusal();
}

RC_GTEST_PROP(EnvelopeProperty, TakesAllThatReflectionWouldTake, ()) {
  const auto body = ARandomBody();
  std::string values;
  const ChangeTags tags = TagsOf(*body, values);
  const absl::Status status = EnvelopeAcceptable(tags);
  // A random body has no unknown fields: only lengths and numbers of elements can be at fault.
  const bool too_much = absl::StrContains(status.message(), "bytes long") ||
                        absl::StrContains(status.message(), "has more than");
  RC_LOG() << status;
  RC_ASSERT(status.ok() || too_much);
}

RC_GTEST_PROP(EnvelopeProperty, AnswersForAnyBytesAtAll, (const std::string& values)) {
  ChangeTags tags;
  tags.kind = *rc::gen::inRange<uint32_t>(0, 20);
  for (uint32_t i = 1; i < 50; ++i) tags.set.push_back(i);
  tags.values = values;
  (void)EnvelopeAcceptable(tags, Newer::kRefuse);
  (void)EnvelopeAcceptable(tags, Newer::kTake);
}

}  // namespace
}  // namespace tocsin::schema
