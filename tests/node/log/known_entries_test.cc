// What a hub has checked once goes on without being looked at again, and only that.
#include "node/log/known_entries.h"

#include <absl/strings/str_cat.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "node/log/block.h"
#include "tests/node/log/world.h"

namespace tocsin::log {
namespace {

TEST(KnownEntries, AreTheLastThatWereAdded) {
  KnownEntries known;
  EXPECT_FALSE(known.Has("one"));
  known.Add("one");
  known.Add("one");
  EXPECT_TRUE(known.Has("one"));
  EXPECT_FALSE(known.Has("onf"));
  EXPECT_EQ(known.size(), 1u);
  for (size_t i = 0; i < KnownEntries::kMax; ++i) known.Add(absl::StrCat(i));
  EXPECT_FALSE(known.Has("one"));
  EXPECT_TRUE(known.Has("0"));
  EXPECT_EQ(known.size(), KnownEntries::kMax);
}

class KnownBlockTest : public ::testing::Test {
 protected:
  // A block of so many changes that it is not joined with others, held by the county.
  void SetUp() override {
    auto appended = station_.Append(Incidents(1, kChanges));
    ASSERT_TRUE(appended.ok()) << appended.status();
    lane_ = appended->front().lane;
    ASSERT_TRUE(county_.TakeAll(station_).ok());
  }
  absl::StatusOr<std::vector<std::string>> Sent() {
    return county_.log().ReadBlocks(lane_, Seq(1), Seq(kChanges), 0, 1 << 20);
  }

  static constexpr uint64_t kChanges = 200;
  TestNetwork network_;
  TestNode station_{network_.e201, 1};
  TestNode county_{network_.kings, 2};
  LaneId lane_;
};

TEST_F(KnownBlockTest, GoesOnAsItCame) {
  auto from_station = station_.log().ReadBlocks(lane_, Seq(1), Seq(kChanges), 0, 1 << 20);
  ASSERT_TRUE(from_station.ok()) << from_station.status();
  ASSERT_EQ(from_station->size(), 1u);
  EXPECT_EQ(*Sent(), *from_station);
  // Also by a process that has not checked it before.
  county_.Restart();
  EXPECT_EQ(*Sent(), *from_station);
}

// That it is not sent once the disk has changed it is DamageTest's.
TEST_F(KnownBlockTest, PartsOfItAreCutOutOfItAndLeadUpToItsSeal) {
  auto tail = county_.log().ReadBlocks(lane_, Seq(50), Seq(kChanges), 0, 1 << 20);
  ASSERT_TRUE(tail.ok()) << tail.status();
  ASSERT_EQ(tail->size(), 1u);
  auto block = UnpackBlock(tail->front());
  ASSERT_TRUE(block.ok()) << block.status();
  EXPECT_EQ(block->header.first, Seq(50));
  EXPECT_EQ(block->header.last(), Seq(kChanges));
}

}  // namespace
}  // namespace tocsin::log
