#include "node/base/clock.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <vector>

namespace tocsin {
namespace {

TEST(Clock, TheMachinesElapsedTimeNeverGoesBack) {
  SystemClock clock;
  absl::Duration before = clock.Elapsed();
  for (int i = 0; i < 10'000; ++i) {
    absl::Duration now = clock.Elapsed();
    ASSERT_GE(now, before);
    before = now;
  }
}

TEST(Clock, ManualTimeStandsStill) {
  ManualClock clock(absl::FromUnixSeconds(1'420'070'400));
  EXPECT_EQ(clock.WallNow(), clock.WallNow());
  EXPECT_EQ(clock.Elapsed(), clock.Elapsed());
}

TEST(Clock, AdvancingMovesBothAndAJumpTheWallAlone) {
  const absl::Time start = absl::FromUnixSeconds(1'420'070'400);
  ManualClock clock(start);
  clock.Advance(absl::Seconds(5));
  EXPECT_EQ(clock.WallNow(), start + absl::Seconds(5));
  EXPECT_EQ(clock.Elapsed(), absl::Seconds(5));
  clock.JumpWall(start - absl::Hours(24));
  EXPECT_EQ(clock.WallNow(), start - absl::Hours(24));
  EXPECT_EQ(clock.Elapsed(), absl::Seconds(5));
}

RC_GTEST_PROP(Clock, ElapsedTimeNeverGoesBackWhateverTheWallDoes,
              (const std::vector<int32_t>& moves)) {
  ManualClock clock(absl::UnixEpoch());
  absl::Duration before = clock.Elapsed();
  for (int32_t move : moves) {
    if (move >= 0) {
      clock.Advance(absl::Milliseconds(move));
    } else {
      clock.JumpWall(clock.WallNow() + absl::Milliseconds(move));
    }
    RC_ASSERT(clock.Elapsed() >= before);
    before = clock.Elapsed();
  }
}

TEST(ClockDeathTest, ManualTimeCannotBeAdvancedBackwards) {
  ManualClock clock(absl::UnixEpoch());
  EXPECT_DEATH(clock.Advance(absl::Nanoseconds(-1)), "broken invariant");
}

}  // namespace
}  // namespace tocsin
