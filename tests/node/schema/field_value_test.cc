#include "node/schema/field_value.h"

#include <google/protobuf/util/message_differencer.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "node/schema/field_table.h"
#include "tests/node/schema/bodies.h"

namespace tocsin::schema {
namespace {

using google::protobuf::util::MessageDifferencer;

// The fragment of one field of a body.
std::string FragmentOf(const google::protobuf::Message& body, uint32_t field) {
  Fragments fragments = FieldsOf(body);
  return fragments.contains(field) ? fragments[field] : "";
}

constexpr uint32_t kSeverity = 23;
constexpr uint32_t kState = 2;
constexpr uint32_t kDead = 35;
constexpr uint32_t kPlaceFlag = 7;
constexpr uint32_t kGoods = 40;

std::string Severity(int value) {
  v1::Incident body;
  body.set_severity(static_cast<v1::Severity>(value));
  return FragmentOf(body, kSeverity);
}

std::string Dead(uint32_t value) {
  v1::Incident body;
  body.set_dead_count(value);
  return FragmentOf(body, kDead);
}

std::string People(std::optional<uint32_t> exactly, std::optional<uint32_t> fewer_than) {
  v1::Headcount body;
  body.mutable_present();
  if (exactly) body.mutable_present()->set_exactly(*exactly);
  if (fewer_than) body.mutable_present()->set_fewer_than(*fewer_than);
  return FragmentOf(body, 24);
}

RC_GTEST_PROP(FieldValue, SplitThenJoinIsTheIdentityOnTheBytesOfABody, ()) {
  const auto body = ARandomBody();
  const std::string bytes = body->SerializePartialAsString();
  const Fragments fragments = SplitFields(static_cast<uint32_t>(KindOf(*body)), bytes);
  RC_ASSERT(JoinFields(fragments) == bytes);
  RC_ASSERT(!fragments.contains(0));
}

// Whatever the bytes are, none is lost and splitting again changes nothing.
RC_GTEST_PROP(FieldValue, SplitThenJoinLosesNoByteOfAnything, (const std::string& bytes)) {
  const Fragments fragments = SplitFields(1, bytes);
  const std::string joined = JoinFields(fragments);
  RC_ASSERT(joined.size() == bytes.size());
  RC_ASSERT(SplitFields(1, joined) == fragments);
}

RC_GTEST_PROP(FieldValue, FragmentsParseToTheBodyTheyCameFrom, ()) {
  auto body = ARandomBody();
  const auto kind = static_cast<uint32_t>(KindOf(*body));
  auto parsed = ParseValues(kind, JoinFields(FieldsOf(*body)));
  // A random body may hold texts that are not UTF-8, which do not parse.
  if (!parsed.ok()) return;
  RC_ASSERT((*parsed)->SerializePartialAsString() == body->SerializePartialAsString());
}

TEST(FieldValue, GathersTheScatteredOccurrencesOfAFieldInOrder) {
  v1::Incident first = AFire();
  first.add_note("one");
  v1::Incident second;
  second.add_note("two");
  second.set_severity(v1::SEVERITY_MINOR);
  const std::string bytes = first.SerializeAsString() + second.SerializeAsString();
  Fragments fragments = SplitFields(v1::INCIDENT, bytes);
  EXPECT_EQ(TextsOf(fragments[9]), (std::vector<std::string>{"one", "two"}));
  auto joined = ParseValues(v1::INCIDENT, JoinFields(fragments));
  ASSERT_TRUE(joined.ok());
  EXPECT_EQ(static_cast<const v1::Incident&>(**joined).severity(), v1::SEVERITY_MINOR);
}

TEST(FieldValue, CarriesFieldsOfANewerSchemaUntouched) {
  const std::string newer = "\xa2\x1f\x03new";  // Field 500, three bytes.
  Fragments fragments = SplitFields(v1::INCIDENT, AFire().SerializeAsString() + newer);
  ASSERT_TRUE(fragments.contains(500));
  EXPECT_EQ(fragments[500], newer);
  EXPECT_EQ(JoinFields(fragments), AFire().SerializeAsString() + newer);
}

TEST(FieldValue, KeepsWhatIsNoFieldUnderNumberZero) {
  const std::string bytes = AFire().SerializeAsString() + "\xff";
  Fragments fragments = SplitFields(v1::INCIDENT, bytes);
  EXPECT_EQ(fragments[0], "\xff");
  EXPECT_EQ(JoinFields(fragments), bytes);
}

TEST(FieldValue, NamesTheKindThatItDoesNotKnow) {
  EXPECT_EQ(ParseValues(77, "").status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_FALSE(ParseValues(v1::INCIDENT, "\xff").ok());
}

TEST(FieldValue, TakesPackedElementsApart) {
  v1::Incident body;
  body.add_place_flag(v1::PLACE_MISSING);
  body.add_place_flag(v1::PLACE_OUTSIDE_JURISDICTION);
  const auto elements = SplitElements(v1::INCIDENT, kPlaceFlag, FragmentOf(body, kPlaceFlag));
  ASSERT_EQ(elements.size(), 2u);
  EXPECT_EQ(ToJson(v1::INCIDENT, kPlaceFlag, elements[1]), "[\"PLACE_OUTSIDE_JURISDICTION\"]");
  EXPECT_TRUE(FieldValuesEqual(v1::INCIDENT, kPlaceFlag, elements[0] + elements[1],
                               FragmentOf(body, kPlaceFlag)));
}

TEST(FieldValue, TakesRepeatedMessagesApart) {
  v1::Incident body;
  body.add_goods()->set_un_number(1203);
  body.add_goods()->set_un_number(1005);
  const auto elements = SplitElements(v1::INCIDENT, kGoods, FragmentOf(body, kGoods));
  ASSERT_EQ(elements.size(), 2u);
  EXPECT_EQ(ToJson(v1::INCIDENT, kGoods, elements[1]), "[{\"un_number\":1005}]");
}

TEST(FieldValue, TextsGoToAFragmentAndBack) {
  const std::vector<std::string> texts = {"smoke on floor 3", "", "roof gone"};
  const std::string fragment = TextFragment(9, texts);
  EXPECT_EQ(TextsOf(fragment), texts);
  auto body = ParseValues(v1::INCIDENT, fragment);
  ASSERT_TRUE(body.ok());
  EXPECT_EQ(static_cast<const v1::Incident&>(**body).note(2), "roof gone");
}

TEST(FieldValue, EqualsByMeaningAndNotByBytes) {
  // 3 written in two bytes where one would do.
  const std::string padded = std::string("\x98\x02\x83\x00", 4);
  const std::string plain = "\x98\x02\x03";
  EXPECT_TRUE(FieldValuesEqual(v1::INCIDENT, kDead, padded, plain));
  EXPECT_FALSE(FieldValuesEqual(v1::INCIDENT, kDead, Dead(4), plain));
}

TEST(FieldValue, ZeroSaidIsNotNothingSaid) {
  EXPECT_FALSE(FieldValuesEqual(v1::INCIDENT, kDead, Dead(0), ""));
  EXPECT_EQ(ToJson(v1::INCIDENT, kDead, Dead(0)), "0");
  EXPECT_EQ(ToJson(v1::INCIDENT, kDead, ""), "null");
}

TEST(FieldValue, WhatANewerSchemaAddedToAValueMakesItAnother) {
  v1::Incident body;
  body.add_goods()->set_un_number(1203);
  const std::string plain = FragmentOf(body, kGoods);
  body.mutable_goods(0)
      ->GetReflection()
      ->MutableUnknownFields(body.mutable_goods(0))
      ->AddVarint(90, 1);
  EXPECT_FALSE(FieldValuesEqual(v1::INCIDENT, kGoods, plain, FragmentOf(body, kGoods)));
}

TEST(FieldValue, DamagedBytesEqualOnlyThemselves) {
  EXPECT_TRUE(FieldValuesEqual(v1::INCIDENT, kDead, "\xff", "\xff"));
  EXPECT_FALSE(FieldValuesEqual(v1::INCIDENT, kDead, "\xff", "\xfe"));
  EXPECT_FALSE(FieldValuesEqual(v1::INCIDENT, kDead, "\xff", Dead(1)));
}

RC_GTEST_PROP(FieldValue, EveryFieldOfABodyEqualsItself, ()) {
  const auto body = ARandomBody();
  const auto kind = static_cast<uint32_t>(KindOf(*body));
  for (const auto& [field, fragment] : FieldsOf(*body)) {
    RC_ASSERT(FieldValuesEqual(kind, field, fragment, fragment));
    ToJson(kind, field, fragment);
  }
}

TEST(FieldValue, TheMoreSevereIsGreater) {
  EXPECT_TRUE(CompareSeverity(v1::INCIDENT, kSeverity, Severity(v1::SEVERITY_EXTREME),
                              Severity(v1::SEVERITY_MINOR)) > 0);
  EXPECT_TRUE(CompareSeverity(v1::INCIDENT, kDead, Dead(10), Dead(9)) > 0);
  EXPECT_TRUE(CompareSeverity(v1::INCIDENT, kDead, Dead(3), Dead(3)) == 0);
}

TEST(FieldValue, ReopenedIsFurtherThanClosed) {
  v1::Incident closed;
  closed.set_state(v1::INCIDENT_CLOSED);
  v1::Incident reopened;
  reopened.set_state(v1::INCIDENT_REOPENED);
  EXPECT_TRUE(CompareSeverity(v1::INCIDENT, kState, FragmentOf(reopened, kState),
                              FragmentOf(closed, kState)) > 0);
}

TEST(FieldValue, FewerThanTenIsBetweenNineAndTen) {
  const auto compare = [](const std::string& a, const std::string& b) {
    return CompareSeverity(v1::HEADCOUNT, 24, a, b);
  };
  EXPECT_TRUE(compare(People({}, 10), People(9, {})) > 0);
  EXPECT_TRUE(compare(People({}, 10), People(10, {})) < 0);
  EXPECT_TRUE(compare(People(0, {}), People({}, {})) > 0);
}

TEST(FieldValue, AValueThatNobodyNamedHidesNoneThatIsPlain) {
  EXPECT_TRUE(CompareSeverity(v1::INCIDENT, kSeverity, Severity(99), Severity(2)) < 0);
  EXPECT_TRUE(CompareSeverity(v1::INCIDENT, kSeverity, Severity(99), "") > 0);
  EXPECT_TRUE(CompareSeverity(v1::INCIDENT, kDead, Dead(4'000'000'000), Dead(1)) < 0);
  EXPECT_TRUE(CompareSeverity(v1::INCIDENT, kDead, "\xff", Dead(0)) < 0);
  EXPECT_TRUE(CompareSeverity(v1::INCIDENT, kDead, "\xff", "") == 0);
}

TEST(FieldValue, JsonIsTheValueAsItStandsInTheBody) {
  EXPECT_EQ(ToJson(v1::INCIDENT, kSeverity, Severity(v1::SEVERITY_SEVERE)), "\"SEVERITY_SEVERE\"");
  v1::Incident body;
  body.mutable_point()->set_lat_e7(407128000);
  body.mutable_point()->set_lng_e7(-740060000);
  body.mutable_call_time()->set_seconds(1420088585);
  EXPECT_EQ(ToJson(v1::INCIDENT, 5, FragmentOf(body, 5)),
            "{\"lat_e7\":407128000,\"lng_e7\":-740060000}");
  EXPECT_EQ(ToJson(v1::INCIDENT, 29, FragmentOf(body, 29)), "\"2015-01-01T05:03:05Z\"");
  EXPECT_EQ(ToJson(v1::INCIDENT, kSeverity, Severity(99)), "99");
}

TEST(FieldValue, JsonSaysNothingOfBytesThatItCannotRead) {
  EXPECT_EQ(ToJson(v1::INCIDENT, kSeverity, "\xff\xfe"), "\"unreadable: 2 bytes\"");
  EXPECT_EQ(ToJson(77, 1, "abc"), "\"unreadable: 3 bytes\"");
  v1::Incident far;
  far.mutable_call_time()->set_seconds(1'000'000'000'000);
  EXPECT_EQ(ToJson(v1::INCIDENT, 29, FragmentOf(far, 29)).substr(0, 12), "\"unreadable:");
}

RC_GTEST_PROP(FieldValue, AnswersForAnyBytesAtAll,
              (const std::string& a, const std::string& b, uint32_t field)) {
  const auto kind = *rc::gen::inRange<uint32_t>(0, 16);
  field %= 50;
  FieldValuesEqual(kind, field, a, b);
  ToJson(kind, field, a);
  SplitElements(kind, field, a);
  TextsOf(a);
  const auto ab = CompareSeverity(kind, field, a, b);
  const auto ba = CompareSeverity(kind, field, b, a);
  RC_ASSERT((ab == 0) == (ba == 0));
  RC_ASSERT((ab > 0) == (ba < 0));
}

}  // namespace
}  // namespace tocsin::schema
