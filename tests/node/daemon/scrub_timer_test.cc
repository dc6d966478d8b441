#include "node/daemon/scrub_timer.h"

#include <gtest/gtest.h>

#include "tests/node/log/world.h"

namespace tocsin::daemon {
namespace {

class ScrubTimerTest : public testing::Test {
 protected:
  ScrubTimerTest() {
    for (uint64_t i = 0; i < 5; ++i) {
      EXPECT_TRUE(station_.Append(log::Incidents(100 * i + 1, 10)).ok());
    }
  }
  log::ScrubProgress After(absl::Duration duration) {
    station_.executor().RunFor(duration);
    return station_.log().scrub_progress();
  }

  log::TestNetwork net_;
  log::TestNode station_{net_.e201, 1};
};

TEST_F(ScrubTimerTest, ReadsItsShareEverySecond) {
  ScrubTimer timer(station_.log(), station_.executor(), 1);
  EXPECT_EQ(After(absl::Milliseconds(900)).entries, 0u);
  EXPECT_EQ(After(absl::Milliseconds(200)).entries, 1u);
  EXPECT_EQ(After(absl::Seconds(2)).entries, 3u);
}

TEST_F(ScrubTimerTest, RestsAfterARound) {
  ScrubTimer timer(station_.log(), station_.executor(), 1 << 20);
  EXPECT_EQ(After(absl::Seconds(2)).rounds, 1u);
  EXPECT_EQ(After(ScrubTimer::kRest - absl::Seconds(5)).rounds, 1u);
  EXPECT_EQ(After(absl::Seconds(10)).rounds, 2u);
}

}  // namespace
}  // namespace tocsin::daemon
