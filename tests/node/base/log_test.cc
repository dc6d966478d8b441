#include "node/base/log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tocsin {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::MatchesRegex;

TEST(Log, ALineIsItsLevelEventAndFieldsInOrder) {
  LogCapture capture;
  Log(LogLevel::kWarning, "link.down",
      {{"peer", Jurisdiction::Parse("city/kings").value()},
       {"backlog", 42},
       {"arrival", Arrival(7)},
       {"after", absl::Milliseconds(1500)},
       {"synced", false}});
  EXPECT_THAT(capture.lines(), ElementsAre("warning link.down peer=city/kings backlog=42 "
                                           "arrival=7 after=1.5s synced=false"));
}

TEST(Log, AValueCannotForgeALineOrAField) {
  LogCapture capture;
  Log(LogLevel::kInfo, "event", {{"a", "x\ninfo other b=1"}, {"c", "\"quoted\""}, {"d", ""}});
  EXPECT_THAT(capture.lines(), ElementsAre("info event a=\"x\\ninfo other b=1\" "
                                           "c=\"\\\"quoted\\\"\" d=\"\""));
}

TEST(Log, LongStringsAreCut) {
  LogCapture capture;
  Log(LogLevel::kInfo, "event", {{"a", std::string(10'000, 'x')}});
  ASSERT_EQ(capture.lines().size(), 1u);
  EXPECT_LT(capture.lines()[0].size(), 230u);
  EXPECT_THAT(capture.lines()[0], HasSubstr("x...\""));
}

TEST(Log, AStatusIsWrittenWithItsCode) {
  LogCapture capture;
  Log(LogLevel::kError, "store.stopped", {{"why", absl::DataLossError("fsync failed")}});
  EXPECT_THAT(capture.lines(), ElementsAre("error store.stopped why=\"DATA_LOSS: fsync failed\""));
}

TEST(Log, LinesGoToStandardErrorWithTheirTimeAndLevelsBelowAreLeftOut) {
  SetLogLevel(LogLevel::kInfo);
  testing::internal::CaptureStderr();
  Log(LogLevel::kDebug, "unseen");
  Log(LogLevel::kInfo, "seen", {{"n", 1}});
  EXPECT_THAT(testing::internal::GetCapturedStderr(),
              MatchesRegex("[0-9]+-[0-9]+-[0-9]+T[0-9]+:[0-9]+:[0-9]+\\.[0-9]+Z info seen n=1\n"));
}

TEST(Log, LevelsAreReadByNameAndOthersAreRefused) {
  EXPECT_EQ(ParseLogLevel("warning").value(), LogLevel::kWarning);
  EXPECT_EQ(ParseLogLevel("off").value(), LogLevel::kOff);
  EXPECT_THAT(std::string(ParseLogLevel("loud").status().message()), HasSubstr("use debug, info"));
}

TEST(Log, OffWritesNothing) {
  SetLogLevel(LogLevel::kOff);
  testing::internal::CaptureStderr();
  Log(LogLevel::kError, "unseen");
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
  SetLogLevel(LogLevel::kInfo);
}

}  // namespace
}  // namespace tocsin
