#include "node/base/random.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <array>
#include <set>
#include <vector>

#include "node/base/ids.h"

namespace tocsin {
namespace {

TEST(Random, ASeedGivesTheSameBytesOnEveryMachine) {
  SeededRandom random(0);
  // SplitMix64's published first outputs for seed 0, low byte first.
  EXPECT_EQ(random.Fixed<Dot>().ToHex(), "afcd1d7b39a820e2f465b9a16a9e786e");
}

TEST(Random, SeedsDiffer) { EXPECT_NE(SeededRandom(1).Fixed<Dot>(), SeededRandom(2).Fixed<Dot>()); }

TEST(Random, TheSystemsGeneratorDoesNotRepeat) {
  SystemRandom random;
  std::set<Digest> seen;
  for (int i = 0; i < 1000; ++i) EXPECT_TRUE(seen.insert(random.Fixed<Digest>()).second);
}

TEST(Random, FillReachesEveryByteOfLongAndOddSpans) {
  SystemRandom system;
  SeededRandom seeded(7);
  for (Random* random : {static_cast<Random*>(&system), static_cast<Random*>(&seeded)}) {
    std::vector<uint8_t> bytes((1 << 20) + 3);
    std::vector<bool> changed(bytes.size());
    // A byte stays zero in all eight rounds once in 2^64.
    for (int round = 0; round < 8; ++round) {
      random->Fill(absl::MakeSpan(bytes));
      for (size_t i = 0; i < bytes.size(); ++i) changed[i] = changed[i] || bytes[i] != 0;
    }
    EXPECT_EQ(std::count(changed.begin(), changed.end(), false), 0);
  }
}

RC_GTEST_PROP(Random, BelowStaysBelow, (uint64_t seed)) {
  SeededRandom random(seed);
  const uint64_t bound = *rc::gen::inRange<uint64_t>(1, UINT64_MAX);
  for (int i = 0; i < 100; ++i) RC_ASSERT(random.Below(bound) < bound);
}

TEST(Random, BelowGivesEveryValueAboutEquallyOften) {
  SeededRandom random(1);
  std::array<int, 7> times{};
  for (int i = 0; i < 70'000; ++i) ++times[random.Below(7)];
  for (int count : times) EXPECT_NEAR(count, 10'000, 500);
}

TEST(Random, FractionsStayUnderOneAndFillTheirRange) {
  SeededRandom random(1);
  double sum = 0;
  for (int i = 0; i < 10'000; ++i) {
    const double fraction = random.Fraction();
    ASSERT_GE(fraction, 0);
    ASSERT_LT(fraction, 1);
    sum += fraction;
  }
  EXPECT_NEAR(sum / 10'000, 0.5, 0.02);
}

}  // namespace
}  // namespace tocsin
