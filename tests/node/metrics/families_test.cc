#include "node/metrics/families.h"

#include <absl/strings/match.h>
#include <absl/strings/str_split.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

namespace tocsin::metrics {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

v1::NodeStatus Status() {
  v1::NodeStatus status;
  status.set_jurisdiction("city/kings");
  status.set_version("0.1.0");
  status.set_schema_level(1);
  status.set_changes_held(1234);
  status.set_debts(3);
  for (const char* name : {"own", "flash"}) {
    v1::QueueStatus& queue = *status.add_queue();
    queue.set_queue(name);
    queue.set_end(10);
    queue.set_projected(7);
  }
  v1::LinkStatus& parent = *status.add_link();
  parent.set_peer("city");
  parent.set_is_parent(true);
  parent.set_connected(true);
  parent.set_changes_without_receipt(12);
  for (bool connected : {true, true, false}) {
    v1::LinkStatus& child = *status.add_link();
    child.set_peer("city/kings/e201");
    child.set_connected(connected);
    child.set_changes_without_receipt(1);
  }
  status.mutable_conflicts()->set_open(3);
  status.mutable_conflicts()->mutable_oldest_age()->set_seconds(90);
  v1::ConflictCount& count = *status.mutable_conflicts()->add_count();
  count.set_severity(v1::SEVERITY_EXTREME);
  count.set_turn("city/kings/e201");
  count.set_open(3);
  return status;
}

TEST(Families, ConflictsAreCountedBySeverityAndTurn) {
  const std::string text = Render(Status());
  EXPECT_THAT(text,
              HasSubstr("tocsin_conflicts_open{severity=\"extreme\",turn=\"city/kings/e201\"} 3"));
  EXPECT_THAT(text, HasSubstr("tocsin_conflicts_oldest_age_seconds 90"));
  // This node's own series stand, also while there is nothing to count.
  EXPECT_THAT(text, HasSubstr("tocsin_conflicts_open{severity=\"extreme\",turn=\"city/kings\"} 0"));
  EXPECT_THAT(text, HasSubstr("tocsin_conflicts_open{severity=\"none\",turn=\"city/kings\"} 0"));
}

TEST(Families, TheNodesFiguresHaveTheirUnits) {
  const std::string text = Render(Status());
  EXPECT_THAT(text, HasSubstr("tocsin_changes_held 1234"));
  EXPECT_THAT(text, HasSubstr("tocsin_changes_missing 3"));
  EXPECT_THAT(text, HasSubstr("tocsin_projector_lag_entries{queue=\"flash\"} 3"));
  EXPECT_THAT(text, HasSubstr("tocsin_link_up{peer=\"city\"} 1"));
  EXPECT_THAT(text, HasSubstr("tocsin_link_changes_without_receipt{peer=\"city\"} 12"));
  EXPECT_THAT(text, HasSubstr("tocsin_children_links_up 2"));
  EXPECT_THAT(text, HasSubstr("tocsin_children_changes_without_receipt 3"));
  EXPECT_THAT(text, HasSubstr("# TYPE tocsin_link_sent_bytes_total counter"));
  // One series a hub, not one a child.
  EXPECT_THAT(text, Not(HasSubstr("peer=\"city/kings/e201\"")));
}

// As `promtool check metrics` asks: one HELP and TYPE for each name, no series twice.
TEST(Families, NamesAndSeriesAreSaidOnce) {
  std::set<std::string> seen;
  std::set<std::string> described;
  const std::string text = Render(Status());
  for (absl::string_view line : absl::StrSplit(text, '\n', absl::SkipEmpty())) {
    const bool comment = absl::StartsWith(line, "#");
    const std::string key(comment ? line : line.substr(0, line.rfind(' ')));
    EXPECT_TRUE(seen.insert(key).second) << line;
    const std::vector<std::string> words = absl::StrSplit(line, absl::ByAnyChar(" {"));
    if (comment) {
      described.insert(words[2]);
      continue;
    }
    EXPECT_TRUE(described.contains(words[0])) << line;
    EXPECT_TRUE(absl::StartsWith(line, "tocsin_")) << line;
  }
}

}  // namespace
}  // namespace tocsin::metrics
