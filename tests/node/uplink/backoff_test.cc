// Who lost one hub at one moment does not come back at one moment.
#include "node/uplink/backoff.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "node/base/random.h"

namespace tocsin::uplink {
namespace {

constexpr absl::Duration kLeast = absl::Milliseconds(500);
constexpr absl::Duration kMost = absl::Seconds(60);

std::vector<absl::Duration> Draw(int failures, SeededRandom& random) {
  std::vector<absl::Duration> waits;
  for (int i = 0; i < 2000; ++i) waits.push_back(NextBackoff(kLeast, kMost, failures, random));
  std::sort(waits.begin(), waits.end());
  return waits;
}

TEST(Backoff, TheJitterIsFull) {
  SeededRandom random(1);
  for (int failures : {0, 3, 40}) {
    const absl::Duration bound = std::min(kMost, kLeast * (int64_t{1} << std::min(failures, 20)));
    const std::vector<absl::Duration> waits = Draw(failures, random);
    EXPECT_GE(waits.front(), absl::ZeroDuration());
    EXPECT_LE(waits.back(), bound);
    // As many in each tenth of the way, about.
    for (int tenth = 1; tenth < 10; ++tenth) {
      const auto below = std::lower_bound(waits.begin(), waits.end(), bound * tenth / 10);
      EXPECT_NEAR(static_cast<double>(below - waits.begin()), 200.0 * tenth, 100.0)
          << failures << " failures";
    }
  }
}

TEST(Backoff, TheBoundDoublesWithEachFailureUpToTheMost) {
  SeededRandom random(2);
  EXPECT_LE(Draw(0, random).back(), kLeast);
  EXPECT_GT(Draw(1, random).back(), kLeast);
  EXPECT_LE(Draw(1, random).back(), kLeast * 2);
  EXPECT_GT(Draw(1000, random).back(), kMost * 0.9);
  EXPECT_LE(Draw(1000, random).back(), kMost);
}

}  // namespace
}  // namespace tocsin::uplink
