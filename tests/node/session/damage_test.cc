// Damage that is found while sessions run.
#include <gtest/gtest.h>

#include <string>
#include <utility>

#include "node/log/block.h"
#include "tests/node/session/tree.h"

namespace tocsin::session {
namespace {

uint64_t Held(SimNode& node, const LaneId& lane) {
  uint64_t held = 0;
  auto state = node.log().FindLane(lane);
  if (!state) return 0;
  for (const log::Run& run : state->runs) held += run.last.value() - run.first.value() + 1;
  return held;
}

class SessionDamage : public testing::Test {
 protected:
  SessionDamage() {
    tree_.ConnectAll();
    for (int i = 0; i < 5; ++i) {
      lane_ = File(tree_, tree_.first, "city/kings/e1").lane;
      below_ = File(tree_, tree_.county, "city/kings/e1").lane;
      tree_.world.Run(absl::Seconds(1));
    }
    tree_.world.Run(absl::Seconds(3));
  }

  Tree tree_{31};
  LaneId lane_;   // the station's
  LaneId below_;  // the county's in the station's scope
};

TEST_F(SessionDamage, WhatAHubHasLostItsChildGivesBackWithoutANewHello) {
  ASSERT_EQ(Held(tree_.county, lane_), 5u);
  ASSERT_TRUE(Rot(tree_.county, 2));
  ASSERT_TRUE(tree_.county.log().Scrub(1 << 20).ok());
  tree_.world.executor.RunUntilIdle();
  ASSERT_EQ(Held(tree_.county, lane_), 4u);
  tree_.world.Run(absl::Seconds(2));
  EXPECT_EQ(Held(tree_.county, lane_), 5u);
}

TEST_F(SessionDamage, WhatAStationHasLostItsHubGivesBackWithoutANewHello) {
  ASSERT_EQ(Held(tree_.first, below_), 5u);
  ASSERT_TRUE(Rot(tree_.first, 1));
  ASSERT_TRUE(tree_.first.log().Scrub(1 << 20).ok());
  tree_.world.executor.RunUntilIdle();
  ASSERT_EQ(Held(tree_.first, below_), 4u);
  tree_.world.Run(absl::Seconds(2));
  EXPECT_EQ(Held(tree_.first, below_), 5u);
}

// The city asks the county while that lacks it as well: it comes once the county has it again.
TEST_F(SessionDamage, WhatBothAboveHaveLostTheStationGivesToBoth) {
  for (SimNode* node : {&tree_.city, &tree_.county}) {
    for (size_t nth = 0; nth < 5; ++nth) ASSERT_TRUE(Rot(*node, nth));
    ASSERT_TRUE(node->log().Scrub(1 << 20).ok());
  }
  tree_.world.executor.RunUntilIdle();
  ASSERT_LT(Held(tree_.city, lane_), 5u);
  ASSERT_LT(Held(tree_.county, lane_), 5u);
  tree_.world.Run(absl::Seconds(5));
  EXPECT_EQ(Held(tree_.county, lane_), 5u);
  EXPECT_EQ(Held(tree_.city, lane_), 5u);
}

// A child sends flash with its Hello, and does not send it once more because a comparison says that
// it is lacking: it may be on its way.
TEST_F(SessionDamage, FlashThatIsLostBeforeTheTwoAreOnTermsIsGivenBack) {
  tree_.first_line.Break();
  const log::Appended flash = File(tree_, tree_.first, "city/kings/e1", Precedence::kFlash);
  tree_.first_line.Connect();
  for (int i = 0; i < 10'000 && Held(tree_.county, flash.lane) == 0; ++i) {
    tree_.world.Run(absl::Microseconds(100));
  }
  ASSERT_EQ(Held(tree_.county, flash.lane), 1u);
  ASSERT_TRUE(Rot(tree_.county, 0));
  ASSERT_TRUE(tree_.county.log().Scrub(1 << 20).ok());
  tree_.world.executor.RunUntilIdle();
  ASSERT_EQ(Held(tree_.county, flash.lane), 0u);
  tree_.world.Run(absl::Seconds(5));
  EXPECT_EQ(Held(tree_.county, flash.lane), 1u);
}

// The block without the texts of its last change.
std::string WithoutLastTexts(const std::string& block) {
  const log::UnpackedBlock unpacked = *log::UnpackBlock(block);
  std::string raw;
  for (size_t i = 0; i + 1 < unpacked.changes.size(); ++i) raw += std::string(unpacked.change(i));
  log::ChangeView last;
  absl::string_view bytes = unpacked.change(unpacked.changes.size() - 1);
  EXPECT_TRUE(last.Parse(bytes).ok());
  last.AppendWithout([](const log::TextView&) { return true; }, raw);
  return log::PackBlock(unpacked.header, raw);
}

// The same of a text: flash went up without it, and it came before the two were on terms.
TEST_F(SessionDamage, ATextThatComesBeforeTheTwoAreOnTermsGoesOn) {
  tree_.first_line.Break();
  tree_.county_line.Break();
  File(tree_, tree_.first, "city/kings/e1", Precedence::kFlash);
  const log::Appended flash = File(tree_, tree_.first, "city/kings/e1", Precedence::kFlash);
  const std::string block = tree_.first.log().ReadBlocks(flash.lane, Seq(1), Seq(2), 0)->front();
  ASSERT_TRUE(tree_.county.log().OfferBirth(*tree_.first.log().BirthBytes(flash.lane)).ok());
  auto hold = [this](std::string bytes) {
    tree_.county.log().HoldBlock(std::move(bytes), {log::Via::kChild, "city/kings/e1"},
                                 [](auto held) { EXPECT_TRUE(held.ok()) << held.status(); });
    tree_.world.executor.RunUntilIdle();
  };
  hold(WithoutLastTexts(block));
  ASSERT_EQ(Held(tree_.county, flash.lane), 1u);
  tree_.county_line.Connect();
  for (int i = 0; i < 10'000 && !tree_.city.log().FindLane(flash.lane); ++i) {
    tree_.world.Run(absl::Microseconds(100));
  }
  ASSERT_TRUE(tree_.city.log().FindLane(flash.lane));
  hold(block);
  ASSERT_EQ(Held(tree_.county, flash.lane), 2u);
  tree_.world.Run(absl::Seconds(5));
  EXPECT_EQ(Held(tree_.city, flash.lane), 2u);
}

// Found as it is read to be sent: what is whole of the lane goes on, in this session.
TEST_F(SessionDamage, ALaneOfWhichAPartCannotBeReadIsSentOn) {
  tree_.county_line.Break();
  for (int i = 0; i < 5; ++i) {
    File(tree_, tree_.first, "city/kings/e1");
    tree_.world.Run(absl::Seconds(1));
  }
  // Of the ten the city has five; the county finds the seventh damaged, and so does nobody yet.
  tree_.first_line.Break();
  ASSERT_TRUE(Rot(tree_.county, 6));
  tree_.county_line.Connect();
  tree_.world.Run(absl::Seconds(5));
  EXPECT_EQ(Held(tree_.city, lane_), 9u);
  tree_.first_line.Connect();
  tree_.world.Run(absl::Seconds(5));
  EXPECT_EQ(Held(tree_.city, lane_), 10u);
}

}  // namespace
}  // namespace tocsin::session
