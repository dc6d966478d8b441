#include "node/intake/state_check.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "tests/node/intake/model.h"
#include "tests/node/intake/records.h"

namespace tocsin::intake {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

constexpr uint32_t kState = 2;

v1::Incident State(v1::IncidentState state) {
  v1::Incident incident;
  incident.set_state(state);
  return incident;
}

// One fire as posts apart have it.
class StateCheckTest : public ::testing::Test {
 protected:
  StateCheckTest() { Hold(*ComposeFirst(name_, EditOf(SmallFire())), changes_); }

  view::StoredRecord Now() const { return Stored(name_, changes_); }

  // Of what `seen` shows; what comes of it is held.
  absl::Status Write(const view::StoredRecord& seen, v1::IncidentState state,
                     bool resolves = false) {
    Edit edit = EditOf(State(state));
    edit.seen = view::VersionOf(name_.key.kind, seen.merged);
    if (resolves) edit.resolve.insert(kState);
    auto composed = ComposeEdit(Now(), edit);
    if (!composed.ok()) return composed.status();
    Hold(*composed, changes_);
    return absl::OkStatus();
  }
  absl::Status Write(v1::IncidentState state) { return Write(Now(), state); }

 private:
  void Hold(const Composed& composed, std::vector<merge::HeldChange>& changes) {
    for (const log::Draft& draft : composed.drafts) {
      changes.push_back(ToHeld(draft, ++count_, "city/kings/e201"));
    }
  }

  const view::RecordName name_ = NameOf(v1::INCIDENT);
  std::vector<merge::HeldChange> changes_;
  uint64_t count_ = 0;
};

TEST_F(StateCheckTest, AClosedIncidentIsReopenedAndClosedAgain) {
  ASSERT_TRUE(Write(v1::INCIDENT_CLOSED).ok());
  ASSERT_TRUE(Write(v1::INCIDENT_REOPENED).ok());
  EXPECT_EQ(Now().shown.incident().state(), v1::INCIDENT_REOPENED);
  ASSERT_TRUE(Write(v1::INCIDENT_CLOSED).ok());
  EXPECT_EQ(Now().shown.incident().state(), v1::INCIDENT_CLOSED);
  EXPECT_FALSE(Now().merged.at(kState).conflict);
}

TEST_F(StateCheckTest, AStateThatMayNotFollowIsRefusedAndTheAnswerNamesWhatMay) {
  ASSERT_TRUE(Write(v1::INCIDENT_CLOSED).ok());
  absl::Status status = Write(v1::INCIDENT_CONFIRMED);
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(status.message()),
              AllOf(HasSubstr("incident.state: INCIDENT_CLOSED cannot become INCIDENT_CONFIRMED"),
                    HasSubstr("INCIDENT_REOPENED or INCIDENT_WITHDRAWN")));
}

TEST_F(StateCheckTest, NothingFollowsAWithdrawalAndTheAnswerSaysWhatToDo) {
  ASSERT_TRUE(Write(v1::INCIDENT_WITHDRAWN).ok());
  absl::Status status = Write(v1::INCIDENT_REPORTED);
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(status.message()), HasSubstr("File another record"));
  EXPECT_TRUE(Write(v1::INCIDENT_WITHDRAWN).ok());
}

TEST_F(StateCheckTest, ReopeningWhatWasNeverClosedIsRefused) {
  EXPECT_EQ(Write(v1::INCIDENT_REOPENED).code(), absl::StatusCode::kFailedPrecondition);
}

TEST_F(StateCheckTest, AWriterIsAskedForWhatItSawAndNotForWhatOthersMadeOfItSince) {
  const view::StoredRecord reported = Now();
  ASSERT_TRUE(Write(v1::INCIDENT_WITHDRAWN).ok());
  ASSERT_TRUE(Write(reported, v1::INCIDENT_CONFIRMED).ok());
  EXPECT_TRUE(Now().merged.at(kState).conflict);
  EXPECT_EQ(Now().shown.incident().state(), v1::INCIDENT_WITHDRAWN);
}

TEST_F(StateCheckTest, WhoSettlesAConflictMayGoOnFromAnyOfItsStates) {
  const view::StoredRecord reported = Now();
  ASSERT_TRUE(Write(v1::INCIDENT_WITHDRAWN).ok());
  ASSERT_TRUE(Write(reported, v1::INCIDENT_CONFIRMED).ok());
  EXPECT_EQ(Write(v1::INCIDENT_UNDER_CONTROL).code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(Write(Now(), v1::INCIDENT_REPORTED, true).code(),
            absl::StatusCode::kFailedPrecondition);
  ASSERT_TRUE(Write(Now(), v1::INCIDENT_UNDER_CONTROL, true).ok());
  EXPECT_EQ(Now().shown.incident().state(), v1::INCIDENT_UNDER_CONTROL);
  EXPECT_FALSE(Now().merged.at(kState).conflict);
}

TEST(StateCheck, AStatusMovesOnlyTowardActual) {
  EXPECT_TRUE(CheckCapStatus("incident.status", v1::STATUS_TEST, v1::STATUS_ACTUAL).ok());
  EXPECT_EQ(CheckCapStatus("incident.status", v1::STATUS_ACTUAL, v1::STATUS_TEST).code(),
            absl::StatusCode::kFailedPrecondition);
}

}  // namespace
}  // namespace tocsin::intake
