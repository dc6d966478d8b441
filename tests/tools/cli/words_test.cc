#include "tools/src/cli/words.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "node/schema/kinds.h"
#include "tocsin/v1/records.pb.h"
#include "tools/src/cli/filter.h"
#include "tools/src/cli/typed.h"

namespace tocsin::cli {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

absl::TimeZone NewYork() {
  absl::TimeZone zone;
  EXPECT_TRUE(absl::LoadTimeZone("America/New_York", &zone));
  return zone;
}

absl::Time At(int month, int day, int hour, int minute) {
  return absl::FromCivil(absl::CivilSecond(2026, month, day, hour, minute, 0), NewYork());
}

const absl::Time kNow = At(11, 23, 14, 30);

absl::Status Set(google::protobuf::Message& body, const std::string& field,
                 const std::string& value) {
  const auto find = [](const std::string& typed) -> absl::StatusOr<v1::RecordRef> {
    v1::RecordRef ref;
    ref.set_scope(typed);
    return ref;
  };
  return SetTyped(body, field, value, {NewYork(), kNow, find});
}

TEST(Words, OfAClosedListAreShort) {
  EXPECT_THAT(ShortWords(*v1::Severity_descriptor()),
              ElementsAre("unknown", "minor", "moderate", "severe", "extreme"));
  EXPECT_EQ(WordOf(v1::INCIDENT_UNDER_CONTROL), "under_control");
  EXPECT_EQ(WordOf(v1::CHEMICAL_RELEASE), "chemical_release");
  EXPECT_EQ(WordOf(v1::PLACE_OUTSIDE_JURISDICTION), "outside_jurisdiction");
}

TEST(Words, AreTakenInEitherCaseShortOrWhole) {
  for (const char* typed : {"severe", "SEVERE", "Severity_Severe", "severity-severe"}) {
    EXPECT_EQ(*ParseEnum<v1::Severity>(typed), v1::SEVERITY_SEVERE) << typed;
  }
  EXPECT_EQ(*ParseEnum<v1::IncidentState>("under control"), v1::INCIDENT_UNDER_CONTROL);
}

TEST(Words, OfEveryListAreReadBack) {
  for (const schema::KindInfo& info : schema::Kinds()) {
    for (int i = 0; i < info.descriptor->field_count(); ++i) {
      const auto* list = info.descriptor->field(i)->enum_type();
      if (list == nullptr) continue;
      for (int v = 0; v < list->value_count(); ++v) {
        if (list->value(v)->number() == 0) continue;
        const auto back = ParseWord(*list, ShortWord(*list->value(v)));
        ASSERT_TRUE(back.ok()) << back.status();
        EXPECT_EQ(*back, list->value(v));
      }
    }
  }
}

TEST(Words, ThatAreUnknownGetASuggestion) {
  const auto severity = ParseEnum<v1::Severity>("sever");
  ASSERT_FALSE(severity.ok());
  EXPECT_THAT(std::string(severity.status().message()), HasSubstr("Did you mean severe?"));
  const auto kind = ParseKindWord("incidnet");
  ASSERT_FALSE(kind.ok());
  EXPECT_THAT(std::string(kind.status().message()), HasSubstr("Did you mean incident?"));
}

TEST(Words, OfKindsAreTakenInOneAndInMany) {
  for (const char* typed : {"consignment-event", "consignmentEvents", "CONSIGNMENT_EVENT"}) {
    EXPECT_EQ(*ParseKindWord(typed), v1::CONSIGNMENT_EVENT) << typed;
  }
}

TEST(Words, ATimeOfDayIsTheOneNearestToNow) {
  EXPECT_EQ(*ParseTypedTime("14:05", NewYork(), kNow), At(11, 23, 14, 5));
  // Typed after midnight, of the evening before.
  EXPECT_EQ(*ParseTypedTime("23:50", NewYork(), At(11, 24, 0, 10)), At(11, 23, 23, 50));
  // And the next morning, typed at night.
  EXPECT_EQ(*ParseTypedTime("08:00", NewYork(), At(11, 23, 23, 0)), At(11, 24, 8, 0));
}

TEST(Words, ATimeIsLocalOrHasItsOffset) {
  for (const char* typed :
       {"2026-11-23 14:05", "2026-11-23T14:05", "2026-11-23 14:05:00", "2026-11-23T14:05:00-05:00",
        "2026-11-23T19:05:00Z", "2026-11-23T14:05-05:00", "2026-11-23T19:05Z",
        "2026-11-23 14:05-05:00", "2026-11-23 14:05:00-05:00"}) {
    const auto time = ParseTypedTime(typed, NewYork(), kNow);
    ASSERT_TRUE(time.ok()) << typed;
    EXPECT_EQ(*time, At(11, 23, 14, 5)) << typed;
  }
  EXPECT_EQ(*ParseTypedTime("now", NewYork(), kNow), kNow);
  EXPECT_FALSE(ParseTypedTime("half past two", NewYork(), kNow).ok());
}

TEST(Words, AReadingThatCameTwiceIsAskedForWithItsOffset) {
  const auto twice = ParseTypedTime("2026-11-01 01:30", NewYork(), kNow);
  ASSERT_FALSE(twice.ok());
  EXPECT_THAT(std::string(twice.status().message()), HasSubstr("offset"));
}

TEST(Typed, WhatHasNoValueIsToldWhatWorks) {
  v1::Incident incident;
  EXPECT_THAT(std::string(Set(incident, "severity", "").message()),
              AllOf(HasSubstr("severity: has no value, and every incident must have one"),
                    Not(HasSubstr("--clear"))));
  EXPECT_THAT(std::string(Set(incident, "call_time", "").message()),
              HasSubstr("tocsin edit ID --clear call_time"));
}

TEST(Typed, SetsFieldsOfEachType) {
  v1::Incident incident;
  ASSERT_TRUE(Set(incident, "severity", "severe").ok());
  ASSERT_TRUE(Set(incident, "call_time", "14:05").ok());
  ASSERT_TRUE(Set(incident, "point", "40.7128,-74.0060").ok());
  ASSERT_TRUE(Set(incident, "area", "40.70,-74.02; 40.70,-73.99; 40.72,-74.00").ok());
  ASSERT_TRUE(Set(incident, "dead_count", "0").ok());
  ASSERT_TRUE(Set(incident, "goods", "UN1203 500 kilogram").ok());
  ASSERT_TRUE(Set(incident, "goods", "1005").ok());
  ASSERT_TRUE(Set(incident, "note", "one = two").ok());
  ASSERT_TRUE(Set(incident, "site", "7K3M9QXF").ok());
  EXPECT_EQ(incident.severity(), v1::SEVERITY_SEVERE);
  EXPECT_EQ(incident.call_time().seconds(), absl::ToUnixSeconds(At(11, 23, 14, 5)));
  EXPECT_EQ(incident.point().lat_e7(), 407128000);
  EXPECT_EQ(incident.area().ring(0).lat_e7_delta_size(), 4);
  EXPECT_TRUE(incident.has_dead_count());
  ASSERT_EQ(incident.goods_size(), 2);
  EXPECT_EQ(incident.goods(0).quantity().unit(), v1::UNIT_KILOGRAM);
  EXPECT_EQ(incident.goods(1).un_number(), 1005u);
  EXPECT_EQ(incident.note(0), "one = two");
  EXPECT_EQ(incident.site().scope(), "7K3M9QXF");
}

TEST(Typed, SetsPartsAndTakesJson) {
  v1::Site site;
  ASSERT_TRUE(Set(site, "source.system", "epa").ok());
  ASSERT_TRUE(Set(site, "source.key", "A-1").ok());
  ASSERT_TRUE(Set(site, "goods", R"({"un_number": 1203, "label": ["3"]})").ok());
  EXPECT_EQ(site.source().key(), "A-1");
  EXPECT_EQ(site.goods(0).label(0), "3");
  v1::Shelter shelter;
  ASSERT_TRUE(Set(shelter, "occupied", "<10").ok());
  ASSERT_TRUE(Set(shelter, "accessible", "yes").ok());
  EXPECT_EQ(shelter.occupied().fewer_than(), 10u);
  EXPECT_TRUE(shelter.accessible());
}

TEST(Typed, AFieldMayBeNamedAsTheNodeNamesIt) {
  v1::Incident incident;
  ASSERT_TRUE(Set(incident, "incident.severity", "severe").ok());
  EXPECT_EQ(incident.severity(), v1::SEVERITY_SEVERE);
}

TEST(Typed, WhatIsWrongNamesTheFieldAndWhatItTakes) {
  v1::Incident incident;
  const absl::Status field = Set(incident, "sevrity", "severe");
  EXPECT_THAT(std::string(field.message()), HasSubstr("Did you mean severity?"));
  const absl::Status word = Set(incident, "severity", "bad");
  EXPECT_THAT(std::string(word.message()), HasSubstr("severity: "));
  EXPECT_THAT(std::string(word.message()), HasSubstr("minor, moderate, severe"));
  const absl::Status goods = Set(incident, "goods", "petrol");
  EXPECT_THAT(std::string(goods.message()), HasSubstr("UN number"));
  EXPECT_FALSE(SplitAssignment("severity").ok());
}

TEST(Filter, ShortWordsAndLocalTimesBecomeTheNodes) {
  EXPECT_EQ(*ExpandFilter(v1::INCIDENT, "severity >= severe AND type=fire", NewYork(), kNow),
            "severity >= SEVERITY_SEVERE AND type=FIRE");
  EXPECT_EQ(*ExpandFilter(v1::INCIDENT, "update_time > 14:05", NewYork(), kNow),
            "update_time > \"2026-11-23T19:05:00Z\"");
  EXPECT_EQ(*ExpandFilter(v1::INCIDENT, "call_time > \"2026-11-23 14:05\"", NewYork(), kNow),
            "call_time > \"2026-11-23T19:05:00Z\"");
}

TEST(Filter, WhatIsNoWordOfAListIsLeftAsItIs) {
  for (const char* filter :
       {"within(40.70,-74.02,40.80,-73.95)", "call_reference = \"severity = severe\"",
        "severity >= SEVERITY_SEVERE", "nonsense = severe"}) {
    EXPECT_EQ(*ExpandFilter(v1::INCIDENT, filter, NewYork(), kNow), filter);
  }
}

TEST(Filter, AWordThatTheListHasNotIsNamed) {
  const auto filter = ExpandFilter(v1::INCIDENT, "severity >= sever", NewYork(), kNow);
  ASSERT_FALSE(filter.ok());
  EXPECT_THAT(std::string(filter.status().message()), HasSubstr("Did you mean severe?"));
}

}  // namespace
}  // namespace tocsin::cli
