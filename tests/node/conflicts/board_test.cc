#include "node/conflicts/board.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>

#include "tests/node/conflicts/apart.h"

namespace tocsin::conflicts {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr uint32_t kSeverity = v1::Incident::kSeverityFieldNumber;

class BoardTest : public ::testing::Test {
 protected:
  BoardTest() { OpenBoard(); }
  void OpenBoard() {
    board_ = std::make_unique<Board>(apart_.county.log(), apart_.county.view(),
                                     apart_.county.node().executor(), BoardOptions());
    apart_.Run();
  }
  // Two severities of incident `code` that did not see one another.
  std::vector<Dot> Conflict(uint64_t code, v1::Severity a = v1::SEVERITY_SEVERE,
                            v1::Severity b = v1::SEVERITY_EXTREME) {
    const Dot filed = apart_.File(code, Severity(v1::SEVERITY_MINOR));
    std::vector<Dot> dots = {Apart::Write(apart_.station, code, Severity(a), {filed}),
                             Apart::Write(apart_.county, code, Severity(b), {filed})};
    apart_.Meet();
    apart_.Run();
    return dots;
  }

  Apart apart_;
  std::unique_ptr<Board> board_;
};

TEST_F(BoardTest, AConflictIsOnItFromItsMeetingToItsDecision) {
  EXPECT_THAT(board_->OpenNow().open, IsEmpty());
  const std::vector<Dot> dots = Conflict(1);
  std::vector<Open> open = board_->OpenNow().open;
  ASSERT_THAT(open, SizeIs(1));
  EXPECT_EQ(open[0].field, kSeverity);
  EXPECT_EQ(open[0].severity, v1::SEVERITY_EXTREME);
  EXPECT_EQ(open[0].since, apart_.county.log().CorrectedNow());
  Apart::Write(apart_.county, 1,
               Settling(Severity(v1::SEVERITY_SEVERE), kSeverity, v1::RESOLVE_AGREED), dots);
  apart_.Run();
  EXPECT_THAT(board_->OpenNow().open, IsEmpty());
}

TEST_F(BoardTest, EventsTellWhatOpensChangesAndIsSettledByWhomAndWhy) {
  const std::vector<Dot> dots = Conflict(1);
  const Dot edited = Apart::Write(apart_.station, 1, Severity(v1::SEVERITY_MODERATE), {dots[0]});
  apart_.Meet();
  apart_.Run();
  Apart::Write(apart_.station, 1,
               Settling(Severity(v1::SEVERITY_SEVERE), kSeverity, v1::RESOLVE_SEEN_ON_SCENE),
               {dots[1], edited});
  apart_.Meet();
  apart_.Run();
  const auto events = EventsOf(*board_);
  ASSERT_THAT(events, SizeIs(3));
  EXPECT_EQ(events[0].event(), v1::CONFLICT_OPENED);
  EXPECT_EQ(events[0].conflict().conflict().field(), "severity");
  EXPECT_EQ(events[0].conflict().conflict().value_size(), 2);
  EXPECT_EQ(events[0].conflict().turn(), "city/kings/e201");
  EXPECT_EQ(events[1].event(), v1::CONFLICT_CHANGED);
  EXPECT_EQ(events[1].conflict().conflict().value(1).value_json(), "\"SEVERITY_MODERATE\"");
  EXPECT_EQ(events[2].event(), v1::CONFLICT_SETTLED);
  EXPECT_EQ(events[2].decision().jurisdiction(), "city/kings/e201");
  EXPECT_EQ(events[2].decision().reason(), v1::RESOLVE_SEEN_ON_SCENE);
  ASSERT_EQ(events[2].conflict().conflict().value_size(), 1);
  EXPECT_EQ(events[2].conflict().conflict().value(0).value_json(), "\"SEVERITY_SEVERE\"");
  EXPECT_FALSE(events[2].conflict().has_age());
}

TEST_F(BoardTest, WhoWatchesTheSevereHearsHowTheyEnd) {
  const std::vector<Dot> dots = Conflict(1);
  Apart::Write(apart_.county, 1, Severity(v1::SEVERITY_MINOR), dots);
  apart_.Run();
  auto events = board_->EventsAfter(1, 10);
  ASSERT_TRUE(events.ok());
  ASSERT_THAT(*events, SizeIs(1));
  EXPECT_EQ((*events)[0]->severity, v1::SEVERITY_EXTREME);
  EXPECT_EQ((*events)[0]->message.conflict().severity(), v1::SEVERITY_MINOR);
}

TEST_F(BoardTest, AfterARestartItIsMadeAnewWithTheSameAges) {
  Conflict(1);
  const absl::Time since = board_->OpenNow().open.at(0).since;
  board_.reset();
  apart_.county.RestartNode();
  apart_.Advance(absl::Hours(1));
  OpenBoard();
  EXPECT_TRUE(board_->is_loaded());
  ASSERT_THAT(board_->OpenNow().open, SizeIs(1));
  EXPECT_EQ(board_->OpenNow().open[0].since, since);
  // What was open when the node began is no event.
  EXPECT_EQ(board_->last_event(), 0u);
}

TEST_F(BoardTest, ALoadInSeveralStepsTakesAllAndWhatCameMeanwhile) {
  board_.reset();
  for (uint64_t code = 1; code <= 150; ++code) {
    const Dot filed = apart_.File(code, Severity(v1::SEVERITY_MINOR));
    Apart::Write(apart_.station, code, Severity(v1::SEVERITY_SEVERE), {filed});
    Apart::Write(apart_.county, code, Severity(v1::SEVERITY_EXTREME), {filed});
  }
  apart_.Meet();
  OpenBoard();
  EXPECT_THAT(board_->OpenNow().open, SizeIs(150));
}

TEST_F(BoardTest, WhoAsksIsAnsweredOnceItIsCurrent) {
  board_.reset();
  Conflict(1);
  board_ = std::make_unique<Board>(apart_.county.log(), apart_.county.view(),
                                   apart_.county.node().executor(), BoardOptions());
  size_t open = 0;
  board_->WhenCurrent([&](absl::Status status) {
    EXPECT_TRUE(status.ok()) << status;
    open = board_->OpenNow().open.size();
  });
  apart_.Run();
  EXPECT_EQ(open, 1u);
}

TEST_F(BoardTest, CountsBySeverityAndTurnWithTheOldest) {
  Conflict(1);
  apart_.Advance(absl::Minutes(20));
  Conflict(2, v1::SEVERITY_MODERATE, v1::SEVERITY_SEVERE);
  apart_.Advance(absl::Minutes(5));
  const v1::ConflictStatus status = board_->Status();
  EXPECT_EQ(status.open(), 2u);
  EXPECT_EQ(status.oldest_age().seconds(), 25 * 60);
  EXPECT_FALSE(status.counting());
  ASSERT_EQ(status.count_size(), 2);
  EXPECT_EQ(status.count(0).severity(), v1::SEVERITY_EXTREME);
  EXPECT_EQ(status.count(0).turn(), "city/kings");
  EXPECT_EQ(status.count(0).oldest_age().seconds(), 25 * 60);
  EXPECT_EQ(status.count(1).severity(), v1::SEVERITY_SEVERE);
  EXPECT_EQ(status.count(1).turn(), "city/kings/e201");
  EXPECT_EQ(status.count(1).open(), 1u);
}

TEST_F(BoardTest, NumbersThatItDoesNotKnowAreRefused) {
  EXPECT_EQ(board_->EventsAfter(1, 10).status().code(), absl::StatusCode::kOutOfRange);
  Conflict(1);
  EXPECT_TRUE(board_->EventsAfter(1, 10).ok());
  const absl::Status refused = board_->EventsAfter(2, 10).status();
  EXPECT_EQ(refused.code(), absl::StatusCode::kOutOfRange);
  EXPECT_THAT(std::string(refused.message()), HasSubstr("include_current"));
}

TEST_F(BoardTest, ListenersHearOfEventsUntilTheyGo) {
  int heard = 0;
  auto subscription = board_->Subscribe([&] { ++heard; });
  Conflict(1);
  EXPECT_EQ(heard, 1);
  subscription.reset();
  Conflict(2);
  EXPECT_EQ(heard, 1);
}

}  // namespace
}  // namespace tocsin::conflicts
