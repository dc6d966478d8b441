#include "node/intake/texts.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/node/intake/records.h"

namespace tocsin::intake {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr char kNumber[] = "Reporter can be called at +1 718 555 0134 all night";

std::vector<std::string> PathsOf(const std::vector<v1::Withheld>& withheld) {
  std::vector<std::string> paths;
  for (const v1::Withheld& one : withheld) paths.push_back(one.field());
  return paths;
}

TEST(Texts, OnlyTheOffendingTextIsWithheldAndItIsNamedBySort) {
  v1::Incident fire = SmallFire();
  fire.set_description(kNumber);
  fire.add_note("Hydrant 12 frozen");
  std::vector<v1::Withheld> withheld = WithholdTexts(fire, {});
  ASSERT_EQ(withheld.size(), 1u);
  EXPECT_EQ(withheld[0].field(), "incident.description");
  EXPECT_EQ(withheld[0].sort(), "telephone number");
  EXPECT_EQ(fire.description(), "");
  EXPECT_EQ(fire.note_size(), 1);
  EXPECT_EQ(fire.severity(), v1::SEVERITY_MINOR);
}

TEST(Texts, AnElementOfAUnionGoes) {
  v1::Incident fire = SmallFire();
  fire.add_note(kNumber);
  fire.add_note("Hydrant 12 frozen");
  EXPECT_THAT(PathsOf(WithholdTexts(fire, {})), ElementsAre("incident.note[0]"));
  EXPECT_THAT(fire.note(), ElementsAre("Hydrant 12 frozen"));
}

TEST(Texts, WherePositionsMeanSomethingTheElementBecomesEmpty) {
  v1::Alert alert;
  alert.add_headline("Flood watch");
  alert.add_headline(kNumber);
  alert.add_headline("Crue");
  EXPECT_THAT(PathsOf(WithholdTexts(alert, {})), ElementsAre("alert.headline[1]"));
  EXPECT_THAT(alert.headline(), ElementsAre("Flood watch", "", "Crue"));
}

TEST(Texts, AnOriginalIsReadAsAWhole) {
  const std::string whole = kNumber;
  v1::Alert alert;
  alert.add_original_part(std::string({'\0', '\1'}) + whole.substr(33));
  EXPECT_THAT(WithholdTexts(alert, {}), IsEmpty());
  EXPECT_THAT(PathsOf(WithholdTexts(alert, {std::string({'\0', '\0'}) + whole.substr(0, 33)})),
              ElementsAre("alert.original_part"));
  EXPECT_EQ(alert.original_part_size(), 0);
}

TEST(Texts, WhatTheGuardPassesStaysAsItIs) {
  v1::Incident fire = SmallFire();
  fire.set_description("33/1203 tanker at 117-11 196th Street, 2 injured");
  const std::string before = fire.SerializeAsString();
  EXPECT_THAT(WithholdTexts(fire, {}), IsEmpty());
  EXPECT_EQ(fire.SerializeAsString(), before);
}

}  // namespace
}  // namespace tocsin::intake
