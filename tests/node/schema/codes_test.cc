#include "node/schema/codes.h"

#include <absl/strings/match.h>
#include <absl/strings/numbers.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <map>
#include <sstream>

#include "tests/support/data.h"

namespace tocsin {
namespace {

using enum CodeUse;

TEST(Neris, SeventySevenTypesRemainAndEachIsFound) {
  EXPECT_EQ(NerisTypes().size(), 77u);
  for (const NerisType& type : NerisTypes()) {
    EXPECT_EQ(FindNeris(type.code), &type);
    EXPECT_EQ(CheckNeris(type.code).value(), &type);
    EXPECT_FALSE(IsRefused(type.use)) << type.code;
    EXPECT_NE(type.type, v1::INCIDENT_TYPE_UNSPECIFIED) << type.code;
    EXPECT_LE(type.code.size(), 96u) << "the schema's limit";
    EXPECT_FALSE(RefusedNeris(type.code).has_value()) << type.code;
  }
}

TEST(Neris, TypesAreTheEventsTheyName) {
  auto type = [](absl::string_view code) { return FindNeris(code)->type; };
  EXPECT_EQ(type("FIRE||STRUCTURE_FIRE||CHIMNEY_FIRE"), v1::FIRE);
  EXPECT_EQ(type("FIRE||SPECIAL_FIRE||EXPLOSION"), v1::EXPLOSION);
  EXPECT_EQ(type("HAZSIT||HAZARDOUS_MATERIALS||GAS_LEAK_ODOR"), v1::CHEMICAL_RELEASE);
  EXPECT_EQ(type("HAZSIT||HAZARDOUS_MATERIALS||RADIOACTIVE_RELEASE_INCIDENT"),
            v1::RADIOLOGICAL_RELEASE);
  EXPECT_EQ(type("HAZSIT||OVERPRESSURE||RUPTURE_WITHOUT_FIRE"), v1::EXPLOSION);
  EXPECT_EQ(type("RESCUE||STRUCTURE||BUILDING_STRUCTURE_COLLAPSE"), v1::STRUCTURAL_COLLAPSE);
  EXPECT_EQ(type("RESCUE||STRUCTURE||CONFINED_SPACE_RESCUE"), v1::RESCUE);
  EXPECT_EQ(type("RESCUE||TRANSPORTATION||AVIATION_COLLISION_CRASH"), v1::TRANSPORT_ACCIDENT);
  EXPECT_EQ(FindNeris("NOEMERG||FALSE_ALARM||MALFUNCTIONING_ALARM")->use, kFalseAlarm);
  EXPECT_EQ(FindNeris("NOEMERG||CANCELLED")->use, kFalseAlarm);
}

TEST(Neris, CodesAboutPeopleAreRefusedByReason) {
  std::map<absl::string_view, CodeUse> refused = {
      {"MEDICAL||ILLNESS||STROKE_CVA", kRefusedMedical},
      {"MEDICAL||OTHER||COMMUNITY_PUBLIC_HEALTH", kRefusedMedical},
      {"PUBSERV||CITIZEN_ASSIST||LOST_PERSON", kRefusedPerson},
      {"PUBSERV||CITIZEN_ASSIST||LIFT_ASSIST", kRefusedPerson},
      {"LAWENFORCE", kRefusedConduct}};
  for (auto [code, use] : refused) {
    EXPECT_EQ(RefusedNeris(code), use) << code;
    EXPECT_EQ(FindNeris(code), nullptr) << code;
    absl::Status status = CheckNeris(code).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
    EXPECT_TRUE(absl::StrContains(status.message(), RefusalReason(use))) << status;
  }
}

TEST(Neris, WhatIsUnknownIsNeitherTakenNorRefused) {
  for (absl::string_view code :
       {"", "FIRE", "MEDICAL", "FIRE||", "fire||structure_fire||chimney_fire",
        "FIRE||STRUCTURE_FIRE||CHIMNEY_FIRE "}) {
    EXPECT_EQ(FindNeris(code), nullptr) << code;
    EXPECT_FALSE(RefusedNeris(code).has_value()) << code;
    EXPECT_FALSE(CheckNeris(code).ok()) << code;
  }
  EXPECT_TRUE(absl::StrContains(CheckNeris("FIRE||CHIMNEY").status().message(),
                                "did you mean FIRE||STRUCTURE_FIRE||CHIMNEY_FIRE?"));
  EXPECT_TRUE(absl::StrContains(CheckNeris("x").status().message(), "codes look like"));
}

TEST(Neris, AreFoundByWords) {
  auto found = SearchNeris("chimney structure");
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0]->code, "FIRE||STRUCTURE_FIRE||CHIMNEY_FIRE");
  EXPECT_TRUE(SearchNeris("stroke").empty());
  EXPECT_TRUE(SearchNeris(" | ").empty());
}

TEST(Nfirs, SeriesAreTheEventsTheyName) {
  auto type = [](absl::string_view code) { return ClassifyNfirs(code).value()->type; };
  EXPECT_EQ(type("111"), v1::FIRE);
  EXPECT_EQ(type("100"), v1::FIRE);
  EXPECT_EQ(type("240"), v1::EXPLOSION);
  EXPECT_EQ(type("300"), v1::RESCUE);
  EXPECT_EQ(type("322"), v1::TRANSPORT_ACCIDENT);
  EXPECT_EQ(type("354"), v1::RESCUE);
  EXPECT_EQ(type("412"), v1::CHEMICAL_RELEASE);
  EXPECT_EQ(type("444"), v1::UTILITY_OUTAGE);
  EXPECT_EQ(type("445"), v1::OTHER_HAZARD);
  EXPECT_EQ(type("451"), v1::BIOLOGICAL_RELEASE);
  EXPECT_EQ(type("461"), v1::STRUCTURAL_COLLAPSE);
  EXPECT_EQ(type("811"), v1::EARTHQUAKE);
  EXPECT_EQ(type("813"), v1::STORM);
}

TEST(Nfirs, ATownsOwnCharacterSaysNothingAboutTheType) {
  EXPECT_EQ(ClassifyNfirs("740A").value(), ClassifyNfirs("740").value());
  EXPECT_EQ(ClassifyNfirs("4004").value(), ClassifyNfirs("400").value());
}

TEST(Nfirs, GoodIntentAndFalseAlarmsAreWithdrawn) {
  for (absl::string_view code : {"611", "651", "671", "740A", "741"}) {
    EXPECT_EQ(ClassifyNfirs(code).value()->use, kFalseAlarm) << code;
  }
}

TEST(Nfirs, CodesAboutPeopleAreRefused) {
  EXPECT_EQ(ClassifyNfirs("311").value()->use, kRefusedMedical);
  EXPECT_EQ(ClassifyNfirs("321").value()->use, kRefusedMedical);
  EXPECT_EQ(ClassifyNfirs("661").value()->use, kRefusedMedical);
  EXPECT_EQ(ClassifyNfirs("341").value()->use, kRefusedPerson);
  EXPECT_EQ(ClassifyNfirs("511").value()->use, kRefusedPerson);
  EXPECT_EQ(ClassifyNfirs("552").value()->use, kRefusedConduct);
}

TEST(Nfirs, WhatIsNoCodeIsAnError) {
  for (absl::string_view code : {"", "1", "11", "011", "abc", "11a", "111a", "111-", "11111",
                                 " 111", "111 - Building fire"}) {
    EXPECT_EQ(ClassifyNfirs(code).status().code(), absl::StatusCode::kInvalidArgument) << code;
  }
}

RC_GTEST_PROP(Nfirs, EveryCodeOfASeriesHasATypeOrIsRefused, ()) {
  std::string code = std::to_string(*rc::gen::inRange(100, 1000));
  const NfirsType* type = ClassifyNfirs(code).value();
  RC_ASSERT(absl::StartsWith(code, type->series));
  RC_ASSERT(IsRefused(type->use) == (type->type == v1::INCIDENT_TYPE_UNSPECIFIED));
  RC_ASSERT(IsRefused(type->use) == !RefusalReason(type->use).empty());
}

// The code of a fire row is what stands before " - " in its third column.
TEST(Nfirs, OfTheFiresOf2015OneIsRefusedAndFiveAreFalseAlarms) {
  auto path = DataPath("nyc-fire-incidents/nyc_severe_fire_incidents_2015_h1.csv");
  if (!path) GTEST_SKIP() << kNoData;
  std::istringstream rows(ReadFile(*path));
  std::string row;
  std::getline(rows, row);
  std::map<CodeUse, int> uses;
  int fires = 0;
  while (std::getline(rows, row)) {
    size_t at = row.find(',', row.find(',') + 1) + 1;
    if (row[at] == '"') ++at;
    absl::StatusOr<const NfirsType*> type = ClassifyNfirs(row.substr(at, row.find(" - ", at) - at));
    ASSERT_TRUE(type.ok()) << type.status();
    ++uses[(*type)->use];
    if ((*type)->use == kEvent && (*type)->type == v1::FIRE) ++fires;
  }
  EXPECT_EQ(uses[kRefusedMedical], 1);
  EXPECT_EQ(uses[kFalseAlarm], 5);
  EXPECT_EQ(uses[kEvent], 1260);
  EXPECT_EQ(uses.size(), 3u);
  EXPECT_EQ(fires, 1209);
}

}  // namespace
}  // namespace tocsin
