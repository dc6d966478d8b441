// Taking elements out of a list by what they say.
#include "node/intake/take_out.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <vector>

#include "node/schema/field_value.h"
#include "tocsin/v1/records.pb.h"

namespace tocsin::intake {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

const schema::FieldInfo& Note() { return *schema::FieldTable::Of(v1::INCIDENT).FindByName("note"); }
const schema::FieldInfo& GoodsField() {
  return *schema::FieldTable::Of(v1::INCIDENT).FindByName("goods");
}

Dot DotOf(char name) {
  Dot dot;
  dot.data()[0] = static_cast<uint8_t>(name);
  return dot;
}

merge::Sibling Notes(char name, const std::vector<std::optional<std::string>>& texts) {
  merge::Sibling write;
  write.dots = {DotOf(name)};
  for (const auto& text : texts) {
    write.texts.push_back({static_cast<uint32_t>(write.texts.size()), text, Digest()});
  }
  return write;
}

merge::Sibling Goods(char name, const std::vector<uint32_t>& numbers) {
  v1::Incident body;
  for (const uint32_t number : numbers) body.add_goods()->set_un_number(number);
  merge::Sibling write;
  write.dots = {DotOf(name)};
  write.value = body.SerializeAsString();
  return write;
}

std::vector<std::string> TextsOf(const merge::Sibling& write) {
  std::vector<std::string> texts;
  for (const merge::TextValue& text : write.texts) texts.push_back(text.bytes.value_or("(none)"));
  return texts;
}

TEST(TakeOut, OverwritesTheChangeThatHasTheElementAndSaysTheOthersAgain) {
  const merge::Sibling first = Notes('a', {"hydrant dry"});
  const merge::Sibling second = Notes('b', {"gate locked", "dog in the yard", "no key"});
  const TakingOut taking =
      TakeOut(v1::INCIDENT, Note(), {{Notes('x', {"dog in the yard"})}}, {}, {&first, &second});
  EXPECT_THAT(taking.overwrites, ElementsAre(DotOf('b')));
  ASSERT_THAT(taking.again, SizeIs(1));
  EXPECT_THAT(TextsOf(taking.again.front()), ElementsAre("gate locked", "no key"));
  EXPECT_FALSE(taking.incomplete);
}

TEST(TakeOut, LeavesAsManyEqualElementsAsStillStandWhereTheyWereTakenOut) {
  const merge::Sibling twice = Notes('a', {"again", "again"});
  const merge::Sibling third = Notes('b', {"again"});
  TakingOut taking = TakeOut(v1::INCIDENT, Note(), {{Notes('x', {"again"})}},
                             {{Notes('y', {"again"}), Notes('z', {"again"})}}, {&twice, &third});
  EXPECT_THAT(taking.overwrites, ElementsAre(DotOf('a')));
  ASSERT_THAT(taking.again, SizeIs(1));
  EXPECT_THAT(TextsOf(taking.again.front()), ElementsAre("again"));
  // None stands: all go, however often they were carried.
  taking = TakeOut(v1::INCIDENT, Note(), {{Notes('x', {"again"})}}, {}, {&twice, &third});
  EXPECT_THAT(taking.overwrites, ElementsAre(DotOf('a'), DotOf('b')));
  EXPECT_THAT(taking.again, IsEmpty());
  // More stand than were carried.
  taking = TakeOut(v1::INCIDENT, Note(), {{Notes('x', {"again"})}},
                   {{Notes('y', {"again", "again"})}}, {&third});
  EXPECT_THAT(taking.overwrites, IsEmpty());
}

TEST(TakeOut, ComparesWhatIsNoTextByWhatItSays) {
  const merge::Sibling goods = Goods('a', {1203, 1017});
  const TakingOut taking =
      TakeOut(v1::INCIDENT, GoodsField(), {{Goods('x', {1203})}}, {}, {&goods});
  EXPECT_THAT(taking.overwrites, ElementsAre(DotOf('a')));
  ASSERT_THAT(taking.again, SizeIs(1));
  EXPECT_TRUE(schema::FieldValuesEqual(static_cast<uint32_t>(v1::INCIDENT), GoodsField().number,
                                       taking.again.front().value, Goods('y', {1017}).value));
}

TEST(TakeOut, WhatIsOutAlreadyIsLeft) {
  const merge::Sibling first = Notes('a', {"hydrant dry"});
  const TakingOut taking = TakeOut(v1::INCIDENT, Note(), {{Notes('x', {"other"})}}, {}, {&first});
  EXPECT_THAT(taking.overwrites, IsEmpty());
  EXPECT_THAT(taking.again, IsEmpty());
  EXPECT_FALSE(taking.incomplete);
}

TEST(TakeOut, ATextThatIsNotHereIsNotLostForOneBesideIt) {
  const merge::Sibling first = Notes('a', {"hydrant dry", std::nullopt});
  TakingOut taking = TakeOut(v1::INCIDENT, Note(), {{Notes('x', {"hydrant dry"})}}, {}, {&first});
  EXPECT_THAT(taking.overwrites, IsEmpty());
  EXPECT_TRUE(taking.incomplete);
  // Nor is one taken out that is not known.
  taking = TakeOut(v1::INCIDENT, Note(), {{Notes('x', {std::nullopt})}}, {}, {&first});
  EXPECT_THAT(taking.overwrites, IsEmpty());
  EXPECT_TRUE(taking.incomplete);
}

}  // namespace
}  // namespace tocsin::intake
