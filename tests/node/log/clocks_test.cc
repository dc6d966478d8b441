// Clocks that are wrong, at nodes that keep working: what they write keeps its own order, ranks
// behind what was written by corrected clocks, and moves nobody else's clock.
#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <vector>

#include "node/log/hybrid_clock.h"
#include "tests/node/log/world.h"

namespace tocsin::log {
namespace {

const absl::Time kWrongTimes[] = {absl::FromUnixSeconds(60),
                                  absl::FromUnixSeconds(2'085'976'800) /* 2036 */,
                                  absl::FromUnixSeconds(-86'400)};

class ClocksTest : public ::testing::Test {
 protected:
  static Appended Write(TestNode& node, uint64_t code) {
    return node.Append(Incidents(code, 1))->front();
  }

  TestNetwork net_;
  TestNode station_{net_.e201, 1};
  TestNode county_{net_.kings, 2};
};

TEST_F(ClocksTest, AStationThatBootsAtAnyTimeWritesInItsOwnOrderAndIsCorrected) {
  for (absl::Time wrong : kWrongTimes) {
    TestNode station(net_.e201, 3);
    station.clock().JumpWall(wrong);
    std::vector<Appended> written;
    for (uint64_t code = 1; code < 4; ++code) written.push_back(Write(station, code));
    station.log().CorrectClock(TestTime(), true);
    written.push_back(Write(station, 4));
    for (size_t i = 0; i < written.size(); ++i) {
      EXPECT_EQ(written[i].seq, Seq(i + 1));
      EXPECT_EQ(written[i].stamp.rank, i < 3 ? Rank::kOwnFree : Rank::kOwnSynced);
      if (i == 0) continue;
      // Later is later, the corrected one whatever the free ones said.
      EXPECT_TRUE(LaterThan(written[i].stamp, written[i - 1].stamp)) << wrong << " " << i;
    }
    EXPECT_EQ(written[3].stamp.ToTime(), TestTime());
  }
}

TEST_F(ClocksTest, AClockThatJumpsBackWhileRunningKeepsItsOrder) {
  const Appended before = Write(station_, 1);
  station_.clock().JumpWall(TestTime() - absl::Hours(24 * 365));
  const Appended after = Write(station_, 2);
  EXPECT_TRUE(LaterThan(after.stamp, before.stamp));
  EXPECT_EQ(after.seq, before.seq.Next());
  // Until the wall has caught up the counter alone rises.
  EXPECT_EQ(after.stamp.ToTime(), before.stamp.ToTime());
}

TEST_F(ClocksTest, ACorrectedClockFollowsNoWallThatJumpsWhileItRuns) {
  station_.log().CorrectClock(TestTime(), true);
  for (absl::Time wrong : kWrongTimes) {
    station_.clock().JumpWall(wrong);
    EXPECT_EQ(station_.log().CorrectedNow(), TestTime());
    EXPECT_EQ(Write(station_, 1).stamp.ToTime(), TestTime());
  }
}

TEST_F(ClocksTest, WhatWasWrittenWithAFreeClockRanksBehindWhateverIsSynced) {
  station_.clock().JumpWall(kWrongTimes[1]);
  const Appended free = Write(station_, 1);
  county_.log().CorrectClock(TestTime(), true);
  const Appended synced = Write(county_, 1);
  EXPECT_TRUE(LaterThan(synced.stamp, free.stamp));
  EXPECT_TRUE(EarlierThan(synced.stamp, free.stamp));
}

TEST_F(ClocksTest, TheNextProcessIsFreeUntilItsFirstHello) {
  station_.log().CorrectClock(TestTime(), true);
  EXPECT_EQ(Write(station_, 1).stamp.rank, Rank::kOwnSynced);
  station_.Restart();
  EXPECT_FALSE(station_.log().clock_synced());
  EXPECT_EQ(Write(station_, 2).stamp.rank, Rank::kOwnFree);
}

TEST_F(ClocksTest, NothingIsCorrectedAfterwards) {
  station_.clock().JumpWall(kWrongTimes[1]);
  const Appended written = Write(station_, 1);
  station_.log().CorrectClock(TestTime(), true);
  auto change = station_.log().ReadChange(written.lane, written.seq, written.dot);
  ASSERT_TRUE(change.ok()) << change.status();
  EXPECT_EQ(change->change.stamp, written.stamp);
}

// A county and two stations of it, one of them at any wrong time at any moment. Whatever they
// exchange, nobody's stamps run more than five minutes ahead of the truth because of somebody
// else's clock, and each one's own keep their order.
class Drift {
 public:
  Drift() {
    county_.log().CorrectClock(TestTime(), true);
    good_.log().CorrectClock(TestTime(), true);
    // It was told a time once, and by somebody who was wrong himself.
    if (*rc::gen::arbitrary<bool>()) {
      bad_.log().CorrectClock(TestTime() + absl::Minutes(*rc::gen::element(4, 6, 4'000)), true);
    }
  }

  void Act() {
    const absl::Duration step = absl::Seconds(*rc::gen::inRange(0, 120));
    elapsed_ += step;
    for (TestNode* node : {&county_, &bad_, &good_}) node->clock().Advance(step);
    switch (*rc::gen::inRange(0, 6)) {
      case 0:
        return bad_.clock().JumpWall(*rc::gen::element(kWrongTimes[0], kWrongTimes[1],
                                                       Truth() + absl::Minutes(4),
                                                       Truth() + absl::Minutes(6)));
      case 1:
        Write(bad_, StationScope(), last_of_bad_);
        return;
      case 2:
        RC_ASSERT(county_.TakeAll(bad_).ok());
        return;
      case 3:
        RC_ASSERT(county_.TakeAll(good_).ok());
        RC_ASSERT(good_.TakeAll(county_, Via::kParent).ok());
        return;
      default:
        Check(Write(county_, GoodScope(), last_of_county_));
        Check(Write(good_, GoodScope(), last_of_good_));
    }
  }

 private:
  static Scope GoodScope() { return *Scope::Parse("city/kings/e202"); }
  absl::Time Truth() const { return TestTime() + elapsed_; }

  Stamp Write(TestNode& node, const Scope& scope, Stamp& last) {
    Draft draft = IncidentDraft(++codes_);
    draft.scope = scope;
    draft.key.id = identity::RecordIdFromCode(scope, draft.key.kind, codes_);
    auto appended = node.Append({std::move(draft)});
    RC_ASSERT(appended.ok());
    const Stamp stamp = appended->front().stamp;
    RC_ASSERT(last.time == 0u || LaterThan(stamp, last));
    last = stamp;
    return stamp;
  }

  void Check(const Stamp& stamp) const {
    // The counter may carry into the milliseconds.
    RC_ASSERT(stamp.ToTime() <= Truth() + HybridClock::kFollowMax + absl::Milliseconds(1));
    RC_ASSERT(stamp.ToTime() >= Truth());
  }

  TestNetwork net_;
  TestNode county_{net_.kings, 1};
  TestNode bad_{net_.e201, 2};
  TestNode good_{net_.New(net_.kings, "city/kings/e202", false), 3};
  absl::Duration elapsed_;
  uint64_t codes_ = 0;
  Stamp last_of_county_;
  Stamp last_of_bad_;
  Stamp last_of_good_;
};

RC_GTEST_PROP(ClocksProperty, OneBadClockMovesNobodysStampsByMoreThanFiveMinutes, ()) {
  Drift drift;
  for (int steps = *rc::gen::inRange(1, 30); steps > 0; --steps) drift.Act();
}

}  // namespace
}  // namespace tocsin::log
