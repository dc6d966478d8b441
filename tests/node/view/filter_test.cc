#include "node/view/filter.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include "tocsin/v1/api.pb.h"

namespace tocsin::view {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

constexpr uint32_t kIncident = static_cast<uint32_t>(v1::INCIDENT);

v1::Record Fire() {
  v1::Record record;
  record.set_kind(v1::INCIDENT);
  record.set_code("7K3M9QXF");
  record.mutable_update_time()->set_seconds(1'433'160'000);
  v1::Incident& incident = *record.mutable_incident();
  incident.set_type(v1::FIRE);
  incident.set_state(v1::INCIDENT_CONFIRMED);
  incident.set_severity(v1::SEVERITY_SEVERE);
  incident.set_nfirs_type("111");
  incident.mutable_point()->set_lat_e7(407000000);
  incident.mutable_point()->set_lng_e7(-740000000);
  incident.mutable_observed_time()->set_seconds(1'433'160'000);  // 2015-06-01T12:00:00Z
  incident.add_place_flag(v1::PLACE_OUTSIDE_JURISDICTION);
  return record;
}

bool Matches(const std::string& filter, const v1::Record& record = Fire()) {
  auto compiled = Filter::Compile(filter, static_cast<uint32_t>(record.kind()));
  EXPECT_TRUE(compiled.ok()) << filter << ": " << compiled.status();
  return compiled.ok() && compiled->Matches(record);
}

std::string ErrorOf(const std::string& filter, uint32_t kind = kIncident) {
  auto compiled = Filter::Compile(filter, kind);
  EXPECT_EQ(compiled.status().code(), absl::StatusCode::kInvalidArgument) << filter;
  return std::string(compiled.status().message());
}

TEST(Filter, AnEmptyFilterMatchesEverything) {
  EXPECT_TRUE(Matches(""));
  EXPECT_TRUE(Matches("  "));
}

TEST(Filter, EnumsAreNamedWithTheirPrefixOrWithout) {
  EXPECT_TRUE(Matches("severity = SEVERITY_SEVERE"));
  EXPECT_TRUE(Matches("severity = SEVERE"));
  EXPECT_TRUE(Matches("severity = severe"));
  EXPECT_TRUE(Matches("type = fire"));
  EXPECT_FALSE(Matches("state = INCIDENT_CLOSED"));
  EXPECT_FALSE(Matches("state = closed"));
}

TEST(Filter, EnumsCompareByNumber) {
  EXPECT_TRUE(Matches("severity >= MODERATE"));
  EXPECT_TRUE(Matches("severity > MODERATE"));
  EXPECT_FALSE(Matches("severity > SEVERE"));
  EXPECT_TRUE(Matches("severity <= SEVERE"));
  EXPECT_FALSE(Matches("severity < SEVERE"));
}

TEST(Filter, AFieldThatIsNotSetOnlyMatchesItsNegation) {
  EXPECT_FALSE(Matches("certainty = OBSERVED"));
  EXPECT_FALSE(Matches("certainty < OBSERVED"));
  EXPECT_TRUE(Matches("certainty != OBSERVED"));
}

TEST(Filter, TimesAreRfc3339OrDays) {
  EXPECT_TRUE(Matches("observed_time = 2015-06-01T12:00:00Z"));
  EXPECT_TRUE(Matches("observed_time = \"2015-06-01T08:00:00-04:00\""));
  EXPECT_TRUE(Matches("observed_time >= 2015-06-01 AND observed_time < 2015-06-02"));
  EXPECT_FALSE(Matches("update_time > 2015-06-01T12:00:00Z"));
}

TEST(Filter, IdentifiersAreEqualOrNot) {
  EXPECT_TRUE(Matches("nfirs_type = \"111\""));
  EXPECT_TRUE(Matches("nfirs_type = 111"));
  EXPECT_TRUE(Matches("nfirs_type != 112"));
  EXPECT_THAT(ErrorOf("nfirs_type > 110"), HasSubstr("= and != only"));
}

TEST(Filter, AListHasAValue) {
  EXPECT_TRUE(Matches("place_flag : OUTSIDE_JURISDICTION"));
  EXPECT_TRUE(Matches("place_flag = PLACE_OUTSIDE_JURISDICTION"));
  EXPECT_FALSE(Matches("place_flag:MISSING"));
  EXPECT_TRUE(Matches("place_flag != MISSING"));
}

TEST(Filter, AndOrNotAndParentheses) {
  EXPECT_TRUE(Matches("type = FIRE AND severity = SEVERE"));
  EXPECT_FALSE(Matches("type = FIRE AND severity = MINOR"));
  EXPECT_TRUE(Matches("type = FLOOD OR severity = SEVERE"));
  EXPECT_TRUE(Matches("NOT type = FLOOD"));
  EXPECT_TRUE(Matches("type = FIRE AND (severity = MINOR OR severity = SEVERE)"));
  EXPECT_FALSE(Matches("NOT (type = FIRE OR type = FLOOD)"));
}

TEST(Filter, AndBesideOrNeedsParentheses) {
  EXPECT_THAT(ErrorOf("type = FIRE AND severity = MINOR OR severity = SEVERE"),
              AllOf(HasSubstr("at character 34"), HasSubstr("parentheses")));
}

TEST(Filter, WithinIsAWindowWhoseCornersMayComeInEitherOrder) {
  EXPECT_TRUE(Matches("within(40.6, -74.1, 40.8, -73.9)"));
  EXPECT_TRUE(Matches("within(40.8,-73.9,40.6,-74.1)"));
  EXPECT_FALSE(Matches("within(40.75,-74.1,40.8,-73.9)"));
}

TEST(Filter, WithinMayCrossTheAntimeridian) {
  v1::Record record = Fire();
  record.mutable_incident()->mutable_point()->set_lng_e7(1799000000);
  EXPECT_TRUE(Matches("within(40, 179, 41, -179)", record));
  EXPECT_FALSE(Matches("within(40, 179, 41, -179)"));
}

TEST(Filter, NearIsACircleInMetres) {
  EXPECT_TRUE(Matches("near(40.7, -74.0, 1)"));
  EXPECT_TRUE(Matches("near(40.71, -74.0, 1200)"));
  EXPECT_FALSE(Matches("near(40.71, -74.0, 1000)"));
}

TEST(Filter, ARecordWithoutAPlaceIsNowhere) {
  v1::Record record = Fire();
  record.mutable_incident()->clear_point();
  EXPECT_FALSE(Matches("within(-90,-180,90,180)", record));
  EXPECT_TRUE(Matches("NOT within(-90,-180,90,180)", record));
}

TEST(Filter, CodesAreReadAsPeopleSayThem) {
  v1::Record record = Fire();
  record.set_code("0000007E");
  EXPECT_TRUE(Matches("code = 0000-007e", record));
  EXPECT_THAT(ErrorOf("code = 1234"), HasSubstr("filter: at character 8"));
}

TEST(Filter, AConflictCanBeAskedFor) {
  v1::Record record = Fire();
  EXPECT_FALSE(Matches("conflict = true", record));
  record.add_conflict()->set_field("type");
  EXPECT_TRUE(Matches("conflict = true", record));
}

TEST(Filter, AValueThatIsMarkedAsInvalidMatchesNothing) {
  v1::Record record = Fire();
  v1::FieldMark& mark = *record.add_mark();
  mark.set_field("severity");
  mark.set_mark(v1::MARK_INVALID);
  EXPECT_FALSE(Matches("severity = SEVERE", record));
  EXPECT_FALSE(Matches("severity != SEVERE", record));
}

TEST(Filter, OnlyNamesAndAddressesOfPlacesAreTextsToAskForAndOnlyByTheirBeginning) {
  v1::Record shelter;
  shelter.set_kind(v1::SHELTER);
  shelter.mutable_shelter()->set_display_name("Public School 20");
  EXPECT_TRUE(Matches("display_name = \"public sch*\"", shelter));
  EXPECT_FALSE(Matches("display_name = \"School*\"", shelter));
  const auto kind = static_cast<uint32_t>(v1::SHELTER);
  for (const char* filter :
       {"display_name = \"Public School 20\"", "display_name = \"*20\"", "display_name = \"*\"",
        "display_name != \"Public*\"", "display_name >= \"Public*\""}) {
    EXPECT_THAT(ErrorOf(filter, kind), HasSubstr("by its beginning only")) << filter;
  }
  EXPECT_THAT(ErrorOf("note = \"a*\"", kind), HasSubstr("no field that a filter"));
  EXPECT_THAT(ErrorOf("description = \"a*\""), HasSubstr("no field that a filter"));
}

TEST(Filter, AnErrorSaysWhereAndWhatMightStandThere) {
  EXPECT_THAT(ErrorOf("sverity = SEVERE"),
              AllOf(HasSubstr("at character 1"), HasSubstr("severity")));
  EXPECT_THAT(ErrorOf("severity = EXTREM"),
              AllOf(HasSubstr("at character 12"), HasSubstr("EXTREME")));
  EXPECT_THAT(ErrorOf("severity"), HasSubstr("expected one of = != < <= > >="));
  EXPECT_THAT(ErrorOf("severity ="), HasSubstr("expected a value"));
  EXPECT_THAT(ErrorOf("(severity = MINOR"), HasSubstr("expected ')'"));
  EXPECT_THAT(ErrorOf("severity = MINOR type = FIRE"), HasSubstr("AND or OR"));
  EXPECT_THAT(ErrorOf("around(1,2,3)"), HasSubstr("near(lat,lng,metres)"));
  EXPECT_THAT(ErrorOf("observed_time > yesterday"), HasSubstr("2015-06-01T14:30:00Z"));
  EXPECT_THAT(ErrorOf("nfirs_type = \"111"), HasSubstr("no end"));
  EXPECT_THAT(ErrorOf("within(91,0,92,1)"), HasSubstr("at character 8"));
}

TEST(Filter, ItsSizeIsBounded) {
  EXPECT_THAT(ErrorOf(std::string(5000, '(')), HasSubstr("4096"));
  EXPECT_THAT(ErrorOf(std::string(2000, '(')), HasSubstr("nested"));
  std::string many = "type = FIRE";
  for (int i = 0; i < 100; ++i) many += " OR type = FIRE";
  EXPECT_THAT(ErrorOf(many), HasSubstr("64 comparisons"));
  std::string nots;
  for (int i = 0; i < 500; ++i) nots += "NOT ";
  EXPECT_THAT(ErrorOf(nots + "type = FIRE"), HasSubstr("nested"));
}

RC_GTEST_PROP(FilterProperty, AnyTextIsReadOrRefused, ()) {
  const std::string alphabet = "ANDORNOT()=!<>:\"'\\ typeFIREwithin,40.7-codeconflicttrue*";
  std::string text;
  for (int n = *rc::gen::inRange(0, 60); n > 0; --n) {
    text.push_back(
        alphabet[static_cast<size_t>(*rc::gen::inRange(0, static_cast<int>(alphabet.size())))]);
  }
  auto compiled = Filter::Compile(text, kIncident);
  if (compiled.ok()) compiled->Matches(Fire());
}

RC_GTEST_PROP(FilterProperty, HintsNeverLeaveOutWhatMatches, ()) {
  v1::Record record = Fire();
  v1::Incident& incident = *record.mutable_incident();
  incident.set_type(*rc::gen::element(v1::FIRE, v1::FLOOD));
  incident.mutable_observed_time()->set_seconds(*rc::gen::inRange(0, 5));
  const std::vector<std::string> parts = {"type = FIRE",
                                          "type = FLOOD",
                                          "observed_time > 1970-01-01T00:00:02Z",
                                          "observed_time <= 1970-01-01T00:00:03Z",
                                          "severity = SEVERE",
                                          "NOT type = FIRE"};
  auto part = [&] { return parts[*rc::gen::inRange<size_t>(0, parts.size())]; };
  const std::string filter =
      "(" + part() + (*rc::gen::arbitrary<bool>() ? " AND " : " OR ") + part() + ") AND " + part();
  Filter compiled = *Filter::Compile(filter, kIncident);
  if (!compiled.Matches(record)) return;
  for (const auto& [field, value] : compiled.hints().coded) {
    if (field == v1::Incident::kTypeFieldNumber) {
      RC_ASSERT(value == static_cast<uint32_t>(incident.type()));
    }
  }
  for (const auto& [field, bounds] : compiled.hints().times) {
    const int64_t at = incident.observed_time().seconds() * 1000;
    RC_ASSERT(bounds.first <= at);
    RC_ASSERT(at <= bounds.second);
  }
}

}  // namespace
}  // namespace tocsin::view
