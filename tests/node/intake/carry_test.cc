// What a move takes of a record, value by value.
#include "node/intake/carry.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "node/schema/field_value.h"
#include "node/schema/kinds.h"
#include "tocsin/v1/records.pb.h"

namespace tocsin::intake {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

const schema::FieldInfo& Field(const char* name) {
  return *schema::FieldTable::Of(v1::INCIDENT).FindByName(name);
}

merge::Sibling Value(const v1::Incident& body) {
  merge::Sibling sibling;
  sibling.value = body.SerializeAsString();
  return sibling;
}

merge::Sibling Text(std::optional<std::string> bytes) {
  merge::Sibling sibling;
  sibling.texts.push_back({0, std::move(bytes), {}});
  return sibling;
}

class CarrierTest : public ::testing::Test {
 protected:
  std::vector<v1::Incident> Finish() {
    std::vector<v1::Incident> bodies;
    for (const Layer& layer : carrier_.Finish(withheld_)) {
      bodies.push_back(static_cast<const v1::Incident&>(*layer.body));
    }
    return bodies;
  }

  Carrier carrier_{v1::INCIDENT, 10};
  std::vector<v1::Withheld> withheld_;
};

TEST(SpreadElements, LeavesWhatOneChangeTakesAndGivesTheRestInOrder) {
  v1::Incident fire;
  fire.set_severity(v1::SEVERITY_SEVERE);
  for (int i = 0; i < 18; ++i) fire.add_note("note " + std::to_string(i));
  const v1::Incident whole = fire;
  EXPECT_FALSE(FitsOneChange(whole));
  const auto spread = SpreadElements(fire);
  EXPECT_TRUE(FitsOneChange(fire));
  ASSERT_THAT(spread, SizeIs(2));
  EXPECT_EQ(fire.note_size(), 8);
  for (const auto& body : spread) {
    EXPECT_EQ(static_cast<const v1::Incident&>(*body).severity(), v1::SEVERITY_UNSPECIFIED);
    fire.MergeFrom(static_cast<const v1::Incident&>(*body));
  }
  EXPECT_EQ(fire.SerializeAsString(), whole.SerializeAsString());
}

TEST(SpreadElements, KeepsEachChangeWithinWhatOneMayBe) {
  v1::Incident fire;
  for (int i = 0; i < 6; ++i) fire.add_note(std::string(4000, 'x'));
  EXPECT_FALSE(FitsOneChange(fire));
  const auto spread = SpreadElements(fire);
  EXPECT_EQ(fire.note_size(), 2);
  EXPECT_THAT(spread, SizeIs(2));
  EXPECT_THAT(SpreadElements(fire), IsEmpty());
}

TEST_F(CarrierTest, SiblingsGoInLayersTheOneShownFirst) {
  carrier_.Add(Field("description"), Text("shown"), 0);
  carrier_.Add(Field("description"), Text("other"), 1);
  const std::vector<v1::Incident> bodies = Finish();
  ASSERT_THAT(bodies, SizeIs(2));
  EXPECT_EQ(bodies[0].description(), "shown");
  EXPECT_EQ(bodies[1].description(), "other");
}

TEST_F(CarrierTest, ATextThatIsErasedOrNotHereStaysBehindAndIsNamed) {
  carrier_.Add(Field("description"), Text(std::nullopt), 0);
  carrier_.Add(Field("note"), Text(std::nullopt), 0);
  carrier_.Add(Field("note"), Text("hydrant is dry"), 1);
  const std::vector<v1::Incident> bodies = Finish();
  EXPECT_THAT(carrier_.NotCarried(), ElementsAre("incident.description", "incident.note"));
  ASSERT_THAT(bodies, SizeIs(1));
  EXPECT_THAT(bodies[0].note(), ElementsAre("hydrant is dry"));
  EXPECT_FALSE(bodies[0].has_site());
  EXPECT_EQ(bodies[0].description(), "");
}

TEST_F(CarrierTest, ATextThatTheGuardRefusesIsWithheldByNameAlone) {
  carrier_.Add(Field("description"), Text("call +1 718 555 0134"), 0);
  const std::vector<v1::Incident> bodies = Finish();
  ASSERT_THAT(withheld_, SizeIs(1));
  EXPECT_EQ(withheld_[0].field(), "incident.description");
  EXPECT_EQ(bodies[0].description(), "");
  EXPECT_THAT(carrier_.NotCarried(), IsEmpty());
}

TEST_F(CarrierTest, AValueThatIsNoneOfItsFieldStaysBehind) {
  v1::Incident body;
  body.set_percent_contained(4711);
  carrier_.Add(Field("percent_contained"), Value(body), 0);
  EXPECT_THAT(Finish(), IsEmpty());
  EXPECT_THAT(carrier_.NotCarried(), ElementsAre("incident.percent_contained"));
}

TEST_F(CarrierTest, ElementsFillLayersAsFarAsOneChangeMayHave) {
  for (int i = 0; i < 20; ++i) carrier_.Add(Field("note"), Text("note " + std::to_string(i)), 0);
  const std::vector<v1::Incident> bodies = Finish();
  ASSERT_THAT(bodies, SizeIs(3));
  EXPECT_EQ(bodies[0].note_size(), 8);
  EXPECT_EQ(bodies[1].note_size(), 8);
  EXPECT_EQ(bodies[2].note_size(), 4);
}

TEST_F(CarrierTest, WhatWasHeardIsApart) {
  merge::Sibling heard = Text("as heard");
  heard.stamp.rank = log::Rank::kHeardSynced;
  carrier_.Add(Field("description"), heard, 0);
  v1::Incident body;
  body.set_severity(v1::SEVERITY_SEVERE);
  carrier_.Add(Field("severity"), Value(body), 0);
  const std::vector<Layer> layers = carrier_.Finish(withheld_);
  ASSERT_THAT(layers, SizeIs(2));
  EXPECT_FALSE(layers[0].heard);
  EXPECT_TRUE(layers[1].heard);
}

}  // namespace
}  // namespace tocsin::intake
