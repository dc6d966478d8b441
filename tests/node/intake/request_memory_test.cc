#include "node/intake/request_memory.h"

#include <gtest/gtest.h>

namespace tocsin::intake {
namespace {

TEST(RequestMemory, AnIdIsRememberedForADay) {
  RequestMemory memory(10);
  memory.Begin("a", "create", absl::ZeroDuration());
  ASSERT_NE(memory.Find("a", absl::Hours(23)), nullptr);
  EXPECT_EQ(memory.Find("a", absl::Hours(23))->purpose, "create");
  EXPECT_EQ(memory.Find("a", absl::Hours(24)), nullptr);
}

TEST(RequestMemory, NoMoreThanTheLimitAreRemembered) {
  RequestMemory memory(3);
  for (int i = 0; i < 10; ++i) memory.Begin(std::to_string(i), "create", absl::Seconds(i));
  EXPECT_EQ(memory.size(), 3u);
  EXPECT_EQ(memory.Find("6", absl::Seconds(10)), nullptr);
  EXPECT_NE(memory.Find("7", absl::Seconds(10)), nullptr);
}

TEST(RequestMemory, AnIdThatWasForgottenCountsFromItsNextUse) {
  RequestMemory memory(10);
  memory.Begin("a", "create", absl::ZeroDuration());
  memory.Forget("a");
  EXPECT_EQ(memory.Find("a", absl::Hours(1)), nullptr);
  memory.Begin("a", "create", absl::Hours(2));
  EXPECT_NE(memory.Find("a", absl::Hours(25)), nullptr);
  EXPECT_EQ(memory.Find("a", absl::Hours(26)), nullptr);
}

TEST(RequestMemory, AnAnswerIsGivenBackUntilThen) {
  RequestMemory memory(10);
  memory.Begin("a", "create", absl::ZeroDuration());
  EXPECT_FALSE(memory.Find("a", absl::Hours(1))->answered.has_value());
  Answered answered;
  answered.withheld.emplace_back().set_field("incident.note[0]");
  memory.Answer("a", answered);
  EXPECT_EQ(memory.Find("a", absl::Hours(1))->answered->withheld[0].field(), "incident.note[0]");
}

}  // namespace
}  // namespace tocsin::intake
