#include "node/conflicts/turn.h"

#include <gtest/gtest.h>

namespace tocsin::conflicts {
namespace {

const absl::Duration kPatience = absl::Minutes(15);

std::string TurnAfter(absl::Duration age, const std::string& scope = "city/kings/e201") {
  return TurnOf(*Scope::Parse(scope), age, kPatience).jurisdiction.path();
}

TEST(Turn, IsTheRecordsOwnPostsThenTheCountysThenTheCitys) {
  EXPECT_EQ(TurnAfter(absl::ZeroDuration()), "city/kings/e201");
  EXPECT_EQ(TurnAfter(kPatience - absl::Milliseconds(1)), "city/kings/e201");
  EXPECT_EQ(TurnAfter(kPatience), "city/kings");
  EXPECT_EQ(TurnAfter(2 * kPatience - absl::Milliseconds(1)), "city/kings");
  EXPECT_EQ(TurnAfter(2 * kPatience), "city");
  EXPECT_EQ(TurnAfter(1000 * kPatience), "city");
}

TEST(Turn, OfABroadcastIsItsJurisdictionsFirst) {
  EXPECT_EQ(TurnAfter(absl::ZeroDuration(), "city/kings/**"), "city/kings");
  EXPECT_EQ(TurnAfter(kPatience, "city/kings/**"), "city");
}

TEST(Turn, SaysHowLongItLastsUnlessItIsTheRoots) {
  const Scope scope = *Scope::Parse("city/kings/e201");
  EXPECT_EQ(TurnOf(scope, absl::Minutes(5), kPatience).left, absl::Minutes(10));
  EXPECT_EQ(TurnOf(scope, absl::Minutes(20), kPatience).left, absl::Minutes(10));
  EXPECT_FALSE(TurnOf(scope, absl::Minutes(30), kPatience).left.has_value());
  EXPECT_FALSE(TurnOf(*Scope::Parse("city"), absl::ZeroDuration(), kPatience).left.has_value());
}

TEST(Turn, AClockThatWasSetBackBeginsTheTurnAnew) {
  EXPECT_EQ(TurnAfter(-absl::Hours(1)), "city/kings/e201");
}

}  // namespace
}  // namespace tocsin::conflicts
