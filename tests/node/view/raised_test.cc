// Closed, then raised: the county closes; the offline station, not having seen it, raises severity.
#include "node/view/raised.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/node/view/world.h"

namespace tocsin::view {
namespace {

class ClosedThenRaisedTest : public ::testing::Test {
 protected:
  Dot Write(const v1::Incident& fields, std::vector<Dot> overwrites,
            const RecordName& name = Incident(7)) {
    return node_.Append(DraftOf(name, fields, std::move(overwrites))).dot;
  }
  Dot SetState(v1::IncidentState state, std::vector<Dot> overwrites) {
    v1::Incident fields;
    fields.set_state(state);
    return Write(fields, std::move(overwrites));
  }
  Dot SetSeverity(v1::Severity severity, std::vector<Dot> overwrites) {
    v1::Incident fields;
    fields.set_severity(severity);
    return Write(fields, std::move(overwrites));
  }
  v1::Record Shown() { return node_.Shown(Incident(7)); }
  // As lists find it.
  size_t Listed(const std::string& filter) {
    ListQuery query;
    query.kind = v1::INCIDENT;
    query.filter = filter;
    auto page = node_.view().List(query);
    EXPECT_TRUE(page.ok()) << page.status();
    return page.ok() ? page->records.size() : 0;
  }
  bool IsRaised() {
    const bool raised = IsClosedThenRaised(Shown());
    EXPECT_EQ(Listed("closed_then_raised = true"), raised ? 1u : 0u);
    EXPECT_EQ(Listed("closed_then_raised = false"), raised ? 0u : 1u);
    EXPECT_EQ(node_.Dump(), node_.DumpOfRebuilt());
    return raised;
  }

  log::TestNetwork network_;
  ViewNode node_{network_.kings};
};

TEST_F(ClosedThenRaisedTest, IsShownAndKeepsTheRecordOpenUntilItIsClosedAgain) {
  const Dot filed = Write(Fire(), {});
  const Dot closed = SetState(v1::INCIDENT_CLOSED, {filed});
  EXPECT_FALSE(IsRaised());
  EXPECT_EQ(Shown().precedence(), "routine");
  const Dot raised = SetSeverity(v1::SEVERITY_EXTREME, {filed});
  EXPECT_TRUE(IsRaised());
  ASSERT_EQ(Shown().mark_size(), 1);
  EXPECT_EQ(Shown().mark(0).field(), "state");
  EXPECT_EQ(Shown().incident().state(), v1::INCIDENT_CLOSED);
  EXPECT_EQ(Shown().incident().severity(), v1::SEVERITY_EXTREME);
  EXPECT_EQ(Shown().conflict_size(), 0);
  EXPECT_EQ(Shown().precedence(), "flash");
  SetState(v1::INCIDENT_CLOSED, {closed, filed, raised});
  EXPECT_FALSE(IsRaised());
  EXPECT_EQ(Shown().precedence(), "routine");
}

TEST_F(ClosedThenRaisedTest, TheSameHoldsForAWithdrawal) {
  const Dot filed = Write(Fire(), {});
  SetState(v1::INCIDENT_WITHDRAWN, {filed});
  SetSeverity(v1::SEVERITY_EXTREME, {filed});
  EXPECT_TRUE(IsRaised());
}

TEST_F(ClosedThenRaisedTest, ReopeningEndsItToo) {
  const Dot filed = Write(Fire(), {});
  const Dot closed = SetState(v1::INCIDENT_CLOSED, {filed});
  SetSeverity(v1::SEVERITY_EXTREME, {filed});
  SetState(v1::INCIDENT_REOPENED, {closed});
  EXPECT_FALSE(IsRaised());
}

TEST_F(ClosedThenRaisedTest, LoweringUnseenIsNoRaise) {
  const Dot filed = Write(Fire(), {});
  const Dot severe = SetSeverity(v1::SEVERITY_SEVERE, {filed});
  SetState(v1::INCIDENT_CLOSED, {filed, severe});
  // What whoever closed it saw lies in the record's past by now, and still counts.
  const Dot lowered = SetSeverity(v1::SEVERITY_MINOR, {severe});
  EXPECT_FALSE(IsRaised());
  const Dot back = SetSeverity(v1::SEVERITY_SEVERE, {lowered});
  EXPECT_FALSE(IsRaised());
  SetSeverity(v1::SEVERITY_EXTREME, {back});
  EXPECT_TRUE(IsRaised());
}

// A copy says of one field alone what the original said of several.
TEST_F(ClosedThenRaisedTest, WhatWasSeenIsReadFromTheOriginalAlsoWhereACopyOfAnotherFieldStands) {
  v1::Incident report = Fire();
  report.set_severity(v1::SEVERITY_SEVERE);
  report.set_description("smoke");
  const log::Appended filed = node_.Append(DraftOf(Incident(7), report));
  SetState(v1::INCIDENT_CLOSED, {filed.dot});
  report.set_severity(v1::SEVERITY_MODERATE);
  report.set_description("less smoke");
  report.clear_state();
  const Dot lowered = Write(report, {filed.dot});
  v1::Incident noted;
  noted.add_note("a crew looked");
  log::Draft carrying = DraftOf(Incident(7), noted);
  auto change = node_.log().ReadChange(filed.lane, filed.seq, filed.dot);
  ASSERT_TRUE(change.ok()) << change.status();
  const log::Text& text = change->change.texts.at(0);
  carrying.restated = {{text.field, false, filed.dot, filed.stamp, {}, ""}};
  carrying.texts.push_back({1, text.field, text.element, *text.bytes, text.salt, {}});
  node_.Append(carrying);
  EXPECT_FALSE(IsRaised());
  // The original lies in the past by now, the copy with the record.
  SetSeverity(v1::SEVERITY_MINOR, {lowered});
  EXPECT_FALSE(IsRaised());
}

// Two posts carry a change ahead, each another field of it, and it is not here itself.
TEST_F(ClosedThenRaisedTest, WhatWasSeenIsReadFromWhicheverCopyHasTheField) {
  const Dot absent = *Dot::FromBytes("sixteen bytes of");
  const log::Stamp stamp = {log::Rank::kOwnSynced, uint64_t{1'433'160'000'000} << 16};
  const auto carry = [&](const v1::Incident& body) {
    v1::Incident noted;
    noted.add_note("a crew looked");
    log::Draft draft = DraftOf(Incident(7), noted);
    for (const auto& [number, fragment] : schema::FieldsOf(body)) {
      draft.restated.push_back({number, false, absent, stamp, {}, fragment});
    }
    node_.Append(draft);
  };
  v1::Incident type;
  type.set_type(v1::FIRE);
  carry(type);
  v1::Incident severity;
  severity.set_severity(v1::SEVERITY_SEVERE);
  carry(severity);
  SetState(v1::INCIDENT_CLOSED, {absent});
  SetSeverity(v1::SEVERITY_MODERATE, {absent});
  EXPECT_FALSE(IsRaised());
}

TEST_F(ClosedThenRaisedTest, CasualtiesOfWhichNobodyKnewRaiseIt) {
  const Dot filed = Write(Fire(), {});
  SetState(v1::INCIDENT_CLOSED, {filed});
  v1::Incident found;
  found.set_dead_count(1);
  Write(found, {});
  EXPECT_TRUE(IsRaised());
}

TEST_F(ClosedThenRaisedTest, WhatIsFiledClosedIsClosed) {
  v1::Incident old = Fire();
  old.set_state(v1::INCIDENT_CLOSED);
  old.set_severity(v1::SEVERITY_EXTREME);
  Write(old, {});
  EXPECT_FALSE(IsRaised());
}

TEST_F(ClosedThenRaisedTest, LackingWhatWasSeenNeverCloses) {
  ViewNode station(network_.e201, 2);
  const log::Appended filed = station.Append(DraftOf(Incident(7), Fire()));
  SetState(v1::INCIDENT_CLOSED, {filed.dot});
  SetSeverity(v1::SEVERITY_MODERATE, {filed.dot});
  EXPECT_TRUE(IsRaised());
  node_.TakeAll(station);
  EXPECT_FALSE(IsRaised());
}

}  // namespace
}  // namespace tocsin::view
