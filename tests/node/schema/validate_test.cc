#include "node/schema/validate.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <limits>
#include <string>
#include <vector>

#include "node/schema/field_value.h"
#include "node/schema/geometry.h"
#include "node/schema/grammar.h"
#include "node/schema/text_check.h"
#include "tests/node/schema/bodies.h"

namespace tocsin::schema {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

std::string WhyNot(const google::protobuf::Message& body, Purpose purpose = Purpose::kCreate) {
  const absl::Status status = Validate(body, purpose);
  EXPECT_TRUE(status.ok() || status.code() == absl::StatusCode::kInvalidArgument);
  return std::string(status.message());
}

// A square of about a kilometre, closed.
v1::Polygon ASquare() {
  return FromGeo(geo::Polygon{{{{407000000, -740000000},
                                {407100000, -740000000},
                                {407100000, -739900000},
                                {407000000, -739900000},
                                {407000000, -740000000}}}});
}

v1::Headcount AHeadcount() {
  v1::Headcount count;
  count.set_status(v1::STATUS_ACTUAL);
  count.set_state(v1::LIFE_ACTIVE);
  *count.mutable_zone() = ARef(v1::ZONE);
  count.mutable_as_of_time()->set_seconds(1'514'764'800);
  count.set_method(v1::HEADCOUNT_CENSUS);
  count.mutable_residents()->set_exactly(3206);
  return count;
}

v1::Alert AnAlert() {
  v1::Alert alert;
  alert.set_status(v1::STATUS_ACTUAL);
  alert.set_state(v1::ALERT_IN_FORCE);
  alert.set_identifier("KSTO1055887203");
  alert.set_sender("KSTO@NWS.NOAA.GOV");
  alert.mutable_sent_time()->set_seconds(1'055'887'203);
  alert.set_type(v1::ALERT_TYPE_ALERT);
  alert.set_audience(v1::ALERT_PUBLIC);
  v1::AlertInfo* info = alert.add_info();
  info->set_language("en-US");
  info->add_category(v1::CATEGORY_MET);
  info->set_urgency(v1::URGENCY_IMMEDIATE);
  info->set_severity(v1::SEVERITY_SEVERE);
  info->set_certainty(v1::CERTAINTY_OBSERVED);
  v1::Area* area = info->add_area();
  *area->add_polygon() = ASquare();
  v1::Geocode* code = area->add_geocode();
  code->set_system("SAME");
  code->set_value("006109");
  alert.add_event("SEVERE THUNDERSTORM");
  alert.add_area_desc("EXTREME NORTH CENTRAL TUOLUMNE COUNTY");
  return alert;
}

TEST(Validate, AFireNeedsNoMoreThanWhatIsRequired) { EXPECT_EQ(WhyNot(AFire()), ""); }

TEST(Validate, ListsAllThatIsMissing) {
  const std::string why = WhyNot(v1::Incident());
  for (const char* field : {"status", "state", "type", "urgency", "severity", "certainty"}) {
    EXPECT_THAT(why, HasSubstr("incident." + std::string(field) + ": is required"));
  }
}

TEST(Validate, AnEditNeedNotRepeatWhatIsRequired) {
  v1::Incident edit;
  edit.set_severity(v1::SEVERITY_MODERATE);
  EXPECT_EQ(WhyNot(edit, Purpose::kUpdate), "");
}

TEST(Validate, AnEditMayNotClearWhatIsRequired) {
  const std::vector<uint32_t> cleared = {23, 27, 500};
  const absl::Status status = ValidateCleared(v1::INCIDENT, cleared);
  EXPECT_THAT(
      std::string(status.message()),
      AllOf(HasSubstr("incident.severity: is required and cannot be cleared"),
            HasSubstr("incident.500: is not in the schema"), Not(HasSubstr("description"))));
  const std::vector<uint32_t> allowed = {27, 36};
  EXPECT_TRUE(ValidateCleared(v1::INCIDENT, allowed).ok());
}

TEST(Validate, NamesThePathOfAFaultInsideAValue) {
  v1::Incident fire = AFire();
  fire.add_goods()->set_un_number(1203);
  fire.add_goods()->set_un_number(12345);
  EXPECT_EQ(WhyNot(fire), "incident.goods[1].un_number: 12345 is out of 1 to 9999");
}

TEST(Validate, ListsEveryFaultAndNotTheFirstAlone) {
  v1::Incident fire = AFire();
  fire.set_percent_contained(101);
  fire.set_severity(static_cast<v1::Severity>(42));
  fire.set_nfirs_type("11");
  const std::vector<Fault> faults = FaultsOf(fire, Purpose::kCreate);
  ASSERT_EQ(faults.size(), 3u);
  EXPECT_EQ(faults[0].path, "incident.severity");
  EXPECT_EQ(faults[0].what, "42 is no value of Severity");
  EXPECT_EQ(faults[1].path, "incident.nfirs_type");
  EXPECT_EQ(faults[2].what, "101 is out of 0 to 100");
}

TEST(Validate, AnswersWithAtMostThirtyTwoFaultsAndTheNumberOfTheRest) {
  v1::Consignment consignment;
  for (int i = 0; i < 50; ++i) consignment.add_goods()->set_un_number(10'000);
  const std::string why = WhyNot(consignment, Purpose::kUpdate);
  EXPECT_THAT(why, HasSubstr("goods[31].un_number"));
  EXPECT_THAT(why, Not(HasSubstr("goods[32].un_number")));
  EXPECT_THAT(why, HasSubstr("; and 18 more"));
}

// It may be a number that nobody but the caller should see, and an answer may be logged.
TEST(Validate, NeverRepeatsAString) {
  v1::Incident fire = AFire();
  fire.set_call_reference("call 212 555 0123");
  fire.set_neris_type("jane doe");
  fire.set_description("bell\x07 212 555 0123");
  const std::string why = WhyNot(fire);
  EXPECT_THAT(why, AllOf(HasSubstr("call_reference"), HasSubstr("neris_type"),
                         HasSubstr("description: has a control character at byte 4")));
  EXPECT_THAT(why, AllOf(Not(HasSubstr("555")), Not(HasSubstr("jane"))));
}

TEST(Validate, RefusesAValueThatSaysNothing) {
  v1::Incident fire = AFire();
  fire.add_place_flag(v1::PLACE_FLAG_UNSPECIFIED);
  EXPECT_THAT(WhyNot(fire), HasSubstr("place_flag[0]: is PLACE_FLAG_UNSPECIFIED"));
}

TEST(Validate, RefusesMoreElementsThanAChangeOfTheFieldHolds) {
  v1::Incident fire = AFire();
  for (int i = 0; i < 9; ++i) fire.add_note("again");
  EXPECT_THAT(WhyNot(fire, Purpose::kUpdate),
              HasSubstr("incident.note: has 9 elements, of at most 8"));
}

TEST(Validate, ANewRecordMayHaveWhatManyEditsAdded) {
  v1::Incident fire = AFire();
  for (uint32_t i = 0; i < kNewElementsMax; ++i) fire.add_note("again");
  EXPECT_EQ(WhyNot(fire), "");
  fire.add_note("again");
  EXPECT_EQ(WhyNot(fire), "incident.note: has 1025 elements, of at most 1024");
  // Lists that are written whole, and the parts of an original, are not spread.
  v1::Alert alert;
  for (int i = 0; i < 65; ++i) alert.add_original_part("part");
  for (int i = 0; i < 17; ++i) alert.add_event("Flood");
  EXPECT_THAT(WhyNot(alert), AllOf(HasSubstr("original_part: has 65 elements, of at most 64"),
                                   HasSubstr("event: has 17 elements, of at most 16")));
}

TEST(Validate, RefusesLongAndEmptyTexts) {
  v1::Incident fire = AFire();
  fire.set_description(std::string(4097, 'x'));
  fire.add_note("");
  EXPECT_THAT(WhyNot(fire), AllOf(HasSubstr("description: is 4097 bytes long, of at most 4096"),
                                  HasSubstr("note[0]: is empty")));
}

TEST(Validate, RefusesTextThatIsNotUtf8) {
  v1::Incident fire = AFire();
  fire.set_description("caf\xe9");
  EXPECT_THAT(WhyNot(fire), HasSubstr("description: is not UTF-8 at byte 3"));
}

TEST(Validate, KeepsNamesAndAddressesToOneLine) {
  v1::Post post;
  post.set_display_name("Engine 201\nLadder 114");
  EXPECT_THAT(WhyNot(post, Purpose::kUpdate), HasSubstr("it must be one line"));
  v1::Incident fire = AFire();
  fire.set_description("one\r\ntwo\n\tthree");
  EXPECT_EQ(WhyNot(fire), "");
}

TEST(Validate, RefusesFieldsThatTheSchemaDoesNotName) {
  v1::Incident fire = AFire();
  v1::Goods* goods = fire.add_goods();
  goods->set_un_number(1203);
  goods->GetReflection()->MutableUnknownFields(goods)->AddVarint(77, 1);
  fire.GetReflection()->MutableUnknownFields(&fire)->AddLengthDelimited(500, "x");
  EXPECT_THAT(WhyNot(fire), AllOf(HasSubstr("incident.goods[0]: field 77 is not in the schema"),
                                  HasSubstr("incident: field 500 is not in the schema")));
}

TEST(Validate, RefusesABodyThatIsNoKinds) {
  EXPECT_THAT(WhyNot(v1::Goods()), HasSubstr("Goods is not the body of a record"));
}

TEST(Validate, TimesAreOfTheYears1900To2200) {
  const auto fault = [](int64_t seconds, int nanos) {
    v1::Incident fire = AFire();
    fire.mutable_call_time()->set_seconds(seconds);
    fire.mutable_call_time()->set_nanos(nanos);
    return WhyNot(fire);
  };
  EXPECT_EQ(fault(-2'208'988'800, 0), "");
  EXPECT_EQ(fault(7'289'654'399, 999'999'999), "");
  EXPECT_THAT(fault(-2'208'988'801, 0), HasSubstr("call_time: is out of the years 1900 to 2200"));
  EXPECT_THAT(fault(7'289'654'400, 0), HasSubstr("1900 to 2200"));
  EXPECT_THAT(fault(0, -1), HasSubstr("nanoseconds"));
  EXPECT_THAT(fault(std::numeric_limits<int64_t>::max(), 0), HasSubstr("1900 to 2200"));
}

TEST(Validate, AFireIsNotClearedBeforeItIsReached) {
  v1::Incident fire = AFire();
  fire.mutable_call_time()->set_seconds(100);
  fire.mutable_arrival_time()->set_seconds(90);
  fire.mutable_cleared_time()->set_seconds(200);
  EXPECT_EQ(WhyNot(fire), "incident.arrival_time: is before call_time");
}

TEST(Validate, APlaceIsOnTheEarthAndNotWhereNothingWasFilledIn) {
  v1::Incident fire = AFire();
  fire.mutable_point()->set_lat_e7(910000000);
  EXPECT_THAT(WhyNot(fire), HasSubstr("point.lat_e7: 910000000 is out of -900000000 to 900000000"));
  fire.mutable_point()->set_lat_e7(0);
  EXPECT_THAT(WhyNot(fire), HasSubstr("point: is 0,0"));
  fire.mutable_point()->set_lng_e7(1);
  EXPECT_EQ(WhyNot(fire), "");
}

TEST(Validate, AnAreaIsClosedAndDoesNotCrossItself) {
  v1::Incident fire = AFire();
  *fire.mutable_area() = ASquare();
  EXPECT_EQ(WhyNot(fire), "");
  fire.mutable_area()->mutable_ring(0)->mutable_lat_e7_delta()->RemoveLast();
  EXPECT_THAT(WhyNot(fire), HasSubstr("incident.area: ring 0: has 4 latitudes and 5 longitudes"));
  fire.mutable_area()->mutable_ring(0)->mutable_lng_e7_delta()->RemoveLast();
  EXPECT_THAT(WhyNot(fire), HasSubstr("incident.area: ring 0"));
  *fire.mutable_area() = FromGeo(geo::Polygon{{{{407000000, -740000000},
                                                {407100000, -739900000},
                                                {407100000, -740000000},
                                                {407000000, -739900000},
                                                {407000000, -740000000}}}});
  EXPECT_THAT(WhyNot(fire), HasSubstr("incident.area: ring 0"));
  fire.mutable_area()->clear_ring();
  EXPECT_THAT(WhyNot(fire), HasSubstr("incident.area.ring: is required"));
  fire.mutable_area()->add_ring();
  EXPECT_THAT(WhyNot(fire), HasSubstr("incident.area: ring 0"));
}

TEST(Validate, GoodsAreNamedByNumberOrByLabel) {
  v1::Hazard hazard;
  hazard.mutable_goods()->mutable_quantity()->set_value(3);
  EXPECT_THAT(WhyNot(hazard, Purpose::kUpdate),
              AllOf(HasSubstr("hazard.goods.quantity.unit: is required")));
  hazard.mutable_goods()->mutable_quantity()->set_unit(v1::UNIT_LITRE);
  EXPECT_THAT(WhyNot(hazard, Purpose::kUpdate),
              HasSubstr("neither a UN number nor a hazard label"));
  hazard.mutable_goods()->add_label("6.1");
  EXPECT_EQ(WhyNot(hazard, Purpose::kUpdate), "");
  hazard.mutable_goods()->mutable_quantity()->set_value(std::numeric_limits<double>::quiet_NaN());
  EXPECT_THAT(WhyNot(hazard, Purpose::kUpdate), HasSubstr("quantity.value: is no number"));
  hazard.mutable_goods()->mutable_quantity()->set_value(-1);
  EXPECT_THAT(WhyNot(hazard, Purpose::kUpdate), HasSubstr("-1 is out of"));
}

TEST(Validate, AReferenceNamesARecordOfAKindThatFits) {
  v1::Incident fire = AFire();
  *fire.mutable_site() = ARef(v1::SHELTER);
  *fire.add_reference() = ARef(v1::INCIDENT);
  *fire.add_reference() = ARef(v1::POST);
  EXPECT_EQ(
      WhyNot(fire),
      "incident.reference[1]: names a record of kind post and must name one of kind incident; "
      "incident.site: names a record of kind shelter and must name one of kind site");
  fire.clear_reference();
  *fire.mutable_site() = ARef(v1::SITE);
  fire.mutable_site()->set_id("short");
  fire.mutable_site()->set_scope("City//kings");
  EXPECT_THAT(WhyNot(fire), AllOf(HasSubstr("site.id: is 5 bytes long and must be 16"),
                                  HasSubstr("site.scope: must be a jurisdiction's path")));
}

TEST(Validate, AWithdrawnRecordSaysWhy) {
  v1::Incident fire = AFire();
  fire.set_state(v1::INCIDENT_WITHDRAWN);
  EXPECT_THAT(WhyNot(fire), HasSubstr("withdraw_reason: is required of a withdrawn record"));
  fire.set_withdraw_reason(v1::WITHDRAW_FALSE_ALARM);
  EXPECT_EQ(WhyNot(fire), "");
  fire.set_state(v1::INCIDENT_CLOSED);
  EXPECT_THAT(WhyNot(fire), HasSubstr("is only for a withdrawn record"));
}

TEST(Validate, ASiteNeedsOnlyNameAndPlace) {
  v1::Site site;
  site.set_status(v1::STATUS_ACTUAL);
  site.set_state(v1::LIFE_ACTIVE);
  EXPECT_EQ(WhyNot(site), "site.point: is required; site.display_name: is required");
  site.set_display_name("MERCURY PAINT CORP");
  *site.mutable_point() = FromGeo(geo::Point{406373360, -739307160});
  EXPECT_EQ(WhyNot(site), "");
}

TEST(Validate, AHeadcountHasACount) {
  v1::Headcount count = AHeadcount();
  EXPECT_EQ(WhyNot(count), "");
  count.clear_residents();
  EXPECT_THAT(WhyNot(count), HasSubstr("a headcount has a count"));
  count.mutable_residents();
  EXPECT_THAT(WhyNot(count), HasSubstr("headcount.residents: says no count"));
}

TEST(Validate, PeoplePresentAreCountedForAnOccasionAndNotForLong) {
  v1::Headcount count = AHeadcount();
  count.mutable_present()->set_exactly(120);
  EXPECT_THAT(WhyNot(count), AllOf(HasSubstr("headcount.occasion: is required with present"),
                                   HasSubstr("headcount.expiry_time: is required with present")));
  *count.mutable_occasion() = ARef(v1::INCIDENT);
  count.mutable_expiry_time()->set_seconds(count.as_of_time().seconds() + 31 * 86400);
  EXPECT_EQ(WhyNot(count), "");
  count.mutable_expiry_time()->set_seconds(count.as_of_time().seconds() + 31 * 86400 + 2);
  EXPECT_THAT(WhyNot(count), HasSubstr("more than 31 days after as_of_time"));
  count.mutable_expiry_time()->set_seconds(count.as_of_time().seconds() - 1);
  EXPECT_THAT(WhyNot(count), HasSubstr("expiry_time: is before as_of_time"));
  // An edit that counts anew names its occasion and expiry anew.
  v1::Headcount edit;
  edit.mutable_present()->set_exactly(120);
  EXPECT_THAT(WhyNot(edit, Purpose::kUpdate), HasSubstr("occasion: is required with present"));
}

TEST(Validate, AnAlertsTextsStandByPosition) {
  v1::Alert alert = AnAlert();
  EXPECT_EQ(WhyNot(alert), "");
  alert.add_headline("");
  EXPECT_EQ(WhyNot(alert), "");
  alert.add_headline("one too many");
  alert.add_area_desc("one too many");
  EXPECT_THAT(WhyNot(alert), AllOf(HasSubstr("alert.headline: has 2 elements for 1 of info"),
                                   HasSubstr("alert.area_desc: has 2 elements for 1 of area")));
}

TEST(Validate, AnAlertsInfoSaysHowBad) {
  v1::Alert alert = AnAlert();
  alert.mutable_info(0)->clear_certainty();
  alert.mutable_info(0)->clear_category();
  alert.mutable_info(0)->mutable_area(0)->mutable_geocode(0)->set_value("whose, that one?");
  EXPECT_THAT(WhyNot(alert), AllOf(HasSubstr("alert.info[0].certainty: is required"),
                                   HasSubstr("alert.info[0].category: is required"),
                                   HasSubstr("alert.info[0].area[0].geocode[0].value: must be")));
}

TEST(Validate, AMoveNamesARecordOfTheSameKindAndOnlyAWithdrawnOneWasMoved) {
  v1::Incident fire = AFire();
  *fire.mutable_moved_from() = ARef(v1::INCIDENT);
  EXPECT_EQ(WhyNot(fire), "");
  *fire.mutable_moved_from() = ARef(v1::HAZARD);
  EXPECT_EQ(WhyNot(fire), "incident.moved_from: names a record of another kind");
  fire = AFire();
  *fire.mutable_moved_to() = ARef(v1::INCIDENT);
  EXPECT_EQ(WhyNot(fire), "incident.moved_to: is only for a withdrawn record");
  fire.set_state(v1::INCIDENT_WITHDRAWN);
  fire.set_withdraw_reason(v1::WITHDRAW_WRONG_POST);
  EXPECT_EQ(WhyNot(fire), "");
}

TEST(Validate, ARelationIsOfTwoRecords) {
  v1::Relation relation;
  relation.set_status(v1::STATUS_ACTUAL);
  relation.set_state(v1::RELATION_PROPOSED);
  relation.set_type(v1::RELATION_SAME);
  *relation.mutable_subject() = ARef(v1::INCIDENT);
  *relation.mutable_object() = ARef(v1::INCIDENT);
  EXPECT_EQ(WhyNot(relation), "relation.object: is the subject itself");
  relation.mutable_object()->set_scope("city/queens");
  EXPECT_EQ(WhyNot(relation), "");
  relation.mutable_object()->set_kind(v1::HAZARD);
  EXPECT_THAT(WhyNot(relation), HasSubstr("of another kind than the subject"));
}

TEST(Validate, AnErasureIsOrderedByTwoPostsAndNamesTexts) {
  v1::Erasure erasure;
  erasure.set_status(v1::STATUS_ACTUAL);
  *erasure.mutable_subject() = ARef(v1::INCIDENT);
  erasure.set_ground(v1::ERASURE_BY_TWO_POSTS);
  erasure.add_jurisdiction("city/kings");
  erasure.add_jurisdiction("city/kings");
  EXPECT_THAT(WhyNot(erasure), AllOf(HasSubstr("erasure.text: is required"),
                                     HasSubstr("jurisdiction: must name two different posts")));
  erasure.set_jurisdiction(1, "city");
  v1::ErasedText* text = erasure.add_text();
  text->set_lane(std::string(32, 'l'));
  text->set_sequence(3);
  text->set_dot(std::string(16, 'd'));
  text->set_field(27);
  EXPECT_EQ(WhyNot(erasure), "");
  text->set_field(23);
  EXPECT_THAT(WhyNot(erasure), HasSubstr("text[0].field: 23 is no text of the subject's kind"));
  erasure.mutable_subject()->set_kind(v1::ERASURE);
  EXPECT_THAT(WhyNot(erasure), HasSubstr("subject: names a record of kind erasure"));
}

TEST(Validate, HoursEndAfterTheyBegin) {
  v1::Post post;
  v1::WeeklyHours* hours = post.add_hours();
  hours->set_begin_minute(600);
  hours->set_end_minute(480);
  EXPECT_THAT(WhyNot(post, Purpose::kUpdate), HasSubstr("post.hours[0]: ends before it begins"));
  hours->set_end_minute(10'080);
  EXPECT_EQ(WhyNot(post, Purpose::kUpdate), "");
}

RC_GTEST_PROP(Validate, NeverCrashesOnAnyBody, ()) {
  const auto body = ARandomBody();
  for (Purpose purpose : {Purpose::kCreate, Purpose::kUpdate}) {
    const std::vector<Fault> faults = FaultsOf(*body, purpose);
    RC_ASSERT(faults.empty() == Validate(*body, purpose).ok());
    for (const Fault& fault : faults) RC_ASSERT(!fault.path.empty() && !fault.what.empty());
  }
}

// What passes as a whole passes as an edit, field by field at presentation, too.
RC_GTEST_PROP(Validate, WhatMayBeFiledIsNotMarkedInvalid, ()) {
  v1::Incident fire = AFire();
  fire.set_percent_contained(*rc::gen::inRange(0u, 120u));
  fire.set_severity(static_cast<v1::Severity>(*rc::gen::inRange(1, 8)));
  fire.add_goods()->set_un_number(*rc::gen::inRange(1u, 11'000u));
  bool all_valid = true;
  for (const auto& [field, fragment] : FieldsOf(fire)) {
    all_valid = all_valid && FragmentIsValid(v1::INCIDENT, field, fragment);
  }
  RC_ASSERT(all_valid == Validate(fire, Purpose::kCreate).ok());
}

TEST(FragmentIsValid, SaysNoOfDamageAndOfWhatTheSchemaDoesNotHave) {
  EXPECT_FALSE(FragmentIsValid(v1::INCIDENT, 23, "\xff"));
  EXPECT_FALSE(FragmentIsValid(v1::INCIDENT, 500, ""));
  EXPECT_FALSE(FragmentIsValid(99, 1, ""));
  EXPECT_TRUE(FragmentIsValid(v1::INCIDENT, 23, ""));
}

// A station whose program is older shows what it knows of a value.
TEST(FragmentIsValid, LooksPastWhatANewerSchemaAdded) {
  v1::Incident report;
  v1::Goods* goods = report.add_goods();
  goods->set_un_number(1203);
  goods->GetReflection()->MutableUnknownFields(goods)->AddVarint(90, 1);
  EXPECT_TRUE(FragmentIsValid(v1::INCIDENT, 40, report.SerializeAsString()));
  EXPECT_FALSE(Validate(report, Purpose::kUpdate).ok());
}

TEST(MinimumCell, HidesCountsBelowIt) {
  v1::PeopleCount people;
  for (uint32_t count : {0u, 1u, 9u}) {
    people.set_exactly(count);
    EXPECT_EQ(ApplyMinimumCell(people).fewer_than(), 10u);
  }
  people.set_exactly(10);
  EXPECT_EQ(ApplyMinimumCell(people).exactly(), 10u);
  people.set_fewer_than(5);
  EXPECT_EQ(ApplyMinimumCell(people).fewer_than(), 10u);
  people.set_fewer_than(100);
  EXPECT_EQ(ApplyMinimumCell(people).fewer_than(), 100u);
  people.set_exactly(40);
  EXPECT_EQ(ApplyMinimumCell(people, 50).fewer_than(), 50u);
  EXPECT_EQ(ApplyMinimumCell(v1::PeopleCount()).count_case(), v1::PeopleCount::COUNT_NOT_SET);
}

TEST(MinimumCell, AppliesToEveryCountOfABodyAndToNoCasualties) {
  v1::Headcount count = AHeadcount();
  count.mutable_residents()->set_exactly(3);
  count.mutable_needing_assistance()->set_exactly(2);
  ApplyMinimumCells(count);
  EXPECT_EQ(count.residents().fewer_than(), 10u);
  EXPECT_EQ(count.needing_assistance().fewer_than(), 10u);
  EXPECT_FALSE(count.has_present());
  v1::Shelter shelter;
  shelter.mutable_occupied()->set_exactly(0);
  ApplyMinimumCells(shelter);
  EXPECT_EQ(shelter.occupied().fewer_than(), 10u);
  v1::Incident fire = AFire();
  fire.set_injured_count(3);
  ApplyMinimumCells(fire);
  EXPECT_EQ(fire.injured_count(), 3u);
}

TEST(MinimumCell, CountsAsItsUpperBoundInPlanning) {
  v1::PeopleCount people;
  EXPECT_EQ(PeopleForPlanning(people), std::nullopt);
  people.set_fewer_than(10);
  EXPECT_EQ(PeopleForPlanning(people), 10u);
  people.set_exactly(0);
  EXPECT_EQ(PeopleForPlanning(people), 0u);
}

TEST(Grammar, SaysWhyACodeIsRefused) {
  EXPECT_THAT(*GrammarFault(v1::NFIRS_TYPE, "311"), HasSubstr("is refused, because such a code"));
  EXPECT_THAT(*GrammarFault(v1::NERIS_TYPE, "MEDICAL||ILLNESS||CARDIAC_ARREST"),
              HasSubstr("is refused, because such a code"));
}

struct GrammarCase {
  v1::Grammar grammar;
  std::vector<std::string> good;
  std::vector<std::string> bad;
};

TEST(Grammar, TakesWhatItsFieldWritesAndNothingElse) {
  const std::vector<GrammarCase> cases = {
      {v1::IDENTIFIER,
       {"57892593", "2-6007-00015/00030", "[03T32]", "America/New_York", "Etc/GMT+5"},
       {"", "two words", "me@example.org", "a<b", std::string(33, '1'), "caf\xc3\xa9"}},
      {v1::NFIRS_TYPE, {"111", "740A"}, {"", "11", "740a", "011", "A11", "311"}},
      {v1::NERIS_TYPE,
       {"FIRE||STRUCTURE_FIRE||CHIMNEY_FIRE"},
       {"", "fire", "FIRE", "MEDICAL||ILLNESS||CARDIAC_ARREST"}},
      {v1::HAZARD_LABEL,
       {"3", "6.1", "1.4S", "7A", "9"},
       {"", "0", "10", "3.", "6.7", "1.4SS", "x"}},
      {v1::TUNNEL_CODE, {"B", "C/D", "B1000C", "-"}, {"", "F", "B/C/D", "b"}},
      {v1::LANGUAGE_TAG, {"en", "en-US", "zh-Hant-TW"}, {"", "e", "en_US", "en-", "english!"}},
      {v1::JURISDICTION, {"city", "city/kings/e201"}, {"", "City", "city/", "city/**"}},
      {v1::SCOPE, {"city/kings/e201", "city/**"}, {"", "**", "city//x"}},
      {v1::CAP_IDENTIFIER,
       {"KSTO1055887203", "urn:oid:2.49.0.1@x"},
       {"", "a b", "a,b", "a<b", "a&b"}},
      {v1::CAP_REFERENCE,
       {"a@b,KSTO1,2003-06-17T14:57:00-07:00"},
       {"", "a,b", "a,b,c,d", "a b,c,d"}},
      {v1::SHA256, {std::string(32, '\0')}, {"", std::string(31, 'x')}},
      {v1::RECORD_ID, {std::string(16, '\xff')}, {"", std::string(36, 'x')}},
  };
  for (const GrammarCase& c : cases) {
    for (const std::string& value : c.good) {
      EXPECT_EQ(GrammarFault(c.grammar, value), std::nullopt)
          << v1::Grammar_Name(c.grammar) << value;
    }
    for (const std::string& value : c.bad) {
      EXPECT_NE(GrammarFault(c.grammar, value), std::nullopt)
          << v1::Grammar_Name(c.grammar) << " takes \"" << value << "\"";
    }
  }
}

TEST(Text, IsUtf8WithoutControlCharacters) {
  EXPECT_EQ(TextFault("plain, \xc3\xa9, \xe2\x82\xac, \xf0\x9f\x94\xa5", Lines::kOne),
            std::nullopt);
  // Overlong, surrogate, beyond Unicode, cut short, lone continuation.
  for (const char* bad : {"\xc0\x80", "\xe0\x80\x80", "\xed\xa0\x80", "\xf4\x90\x80\x80",
                          "\xe2\x82", "\x80", "\xff"}) {
    EXPECT_NE(TextFault(bad, Lines::kMany), std::nullopt);
  }
  EXPECT_NE(TextFault("\x1b[2J", Lines::kMany), std::nullopt);
  // C1: the same escape in one character.
  EXPECT_NE(TextFault("\xc2\x9b"
                      "2J",
                      Lines::kMany),
            std::nullopt);
  EXPECT_NE(TextFault("over\rwritten", Lines::kMany), std::nullopt);
}

RC_GTEST_PROP(Geometry, APolygonComesBackAsItWas, ()) {
  geo::Polygon polygon;
  const int rings = *rc::gen::inRange(0, 3);
  for (int i = 0; i < rings; ++i) {
    std::vector<geo::Point> ring;
    const int size = *rc::gen::inRange(0, 6);
    for (int n = 0; n < size; ++n) {
      ring.push_back({*rc::gen::inRange(-geo::kMaxLatE7, geo::kMaxLatE7 + 1),
                      *rc::gen::inRange(-geo::kMaxLngE7, geo::kMaxLngE7 + 1)});
    }
    polygon.rings.push_back(ring);
  }
  const auto back = ToGeo(FromGeo(polygon));
  RC_ASSERT(back.ok());
  RC_ASSERT(*back == polygon);
}

}  // namespace
}  // namespace tocsin::schema
