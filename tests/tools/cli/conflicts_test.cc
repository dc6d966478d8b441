// conflicts, watch --conflicts, and what list, show and status say of conflicts.
#include <gmock/gmock.h>
#include <google/protobuf/struct.pb.h>
#include <google/protobuf/util/json_util.h>
#include <gtest/gtest.h>

#include "node/schema/spoken_code.h"
#include "tests/tools/cli/runs.h"
#include "tools/src/cli/describe.h"
#include "tools/src/cli/span.h"

namespace tocsin::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

// 23 November 2026, 14:20 in New York: ten minutes before the machine's clock.
constexpr int64_t kWritten = 1'795'461'600;

std::string CodeOf(uint64_t bits) { return SpokenCode::FromBits(bits).ToString(); }

void AddValue(v1::Conflict& conflict, const std::string& json, const std::string& post,
              int64_t seconds) {
  v1::ConflictingValue& value = *conflict.add_value();
  value.set_value_json(json);
  value.set_jurisdiction(post);
  value.mutable_write_time()->set_seconds(seconds);
  value.set_shown(conflict.value_size() == 1);
  value.set_dot("00112233445566778899aabbccddee" + std::to_string(10 + conflict.value_size()));
}

v1::Conflict SeverityApart() {
  v1::Conflict conflict;
  conflict.set_field("severity");
  AddValue(conflict, "\"SEVERITY_EXTREME\"", "city/kings", kWritten);
  AddValue(conflict, "\"SEVERITY_SEVERE\"", "city/kings/e201", kWritten - 86'400);
  return conflict;
}

v1::OpenConflict Row(uint64_t bits) {
  v1::OpenConflict row;
  row.set_record("scopes/city.kings.e201/incidents/" + CodeOf(bits));
  row.set_code(CodeOf(bits));
  row.set_scope("city/kings/e201");
  row.set_kind(v1::INCIDENT);
  row.set_type("FIRE");
  row.set_severity(v1::SEVERITY_EXTREME);
  row.set_status(v1::STATUS_ACTUAL);
  *row.mutable_conflict() = SeverityApart();
  row.mutable_since_time()->set_seconds(kWritten);
  row.mutable_age()->set_seconds(600);
  row.set_turn("city/kings");
  row.mutable_turn_until_time()->set_seconds(kWritten + 900);
  return row;
}

google::protobuf::Value JsonOf(const std::string& text) {
  google::protobuf::Value value;
  EXPECT_TRUE(google::protobuf::util::JsonStringToMessage(text, &value).ok()) << text;
  return value;
}

TEST(Conflicts, ALineSaysWhatStandsAgainstWhatSinceWhenAndWhoseTurn) {
  FakeNode node("city");
  node.HoldConflict(Row(1));
  Machine machine;
  const RunResult result = machine.RunAt(node, {"conflicts"});
  EXPECT_EQ(result.code, 0) << result.err;
  EXPECT_THAT(result.out, HasSubstr("kings/e201 " + CodeOf(1) + "  fire  extreme   severity"));
  EXPECT_THAT(result.out, HasSubstr("extreme, kings 14:20"));
  EXPECT_THAT(result.out, HasSubstr("severe, kings/e201 Nov 22 14:20"));
  EXPECT_THAT(result.out, HasSubstr("10m"));
  EXPECT_THAT(result.out, HasSubstr("kings until 14:35"));
  EXPECT_THAT(result.out, Not(HasSubstr("STATUS")));
  EXPECT_THAT(result.err, HasSubstr("tocsin resolve kings/e201 " + CodeOf(1) + " severity"));
}

TEST(Conflicts, OptionsBecomeTheFilterOfTheApi) {
  FakeNode node;
  Machine machine;
  machine.RunAt(node, {"conflicts", "incident", "--severity", "severe", "--older", "1h30m",
                       "--turn", "here", "--field", "state", "--scope", "city/kings/e201"});
  ASSERT_THAT(node.conflict_lists(), SizeIs(1));
  EXPECT_EQ(node.conflict_lists()[0].filter(),
            "kind = incident AND field = \"state\" AND severity >= severe AND age > 1h30m AND turn "
            "= city/kings/e201");
  EXPECT_EQ(node.conflict_lists()[0].parent(), "scopes/city.kings.e201");
  EXPECT_EQ(machine.RunAt(node, {"conflicts", "--older", "30"}).code, 2);
  EXPECT_EQ(machine.RunAt(node, {"conflicts", "--severity", "dire"}).code, 2);
  EXPECT_EQ(machine.RunAt(node, {"conflicts", "fires"}).code, 2);
}

TEST(Conflicts, WhenNothingIsInConflictItSaysSo) {
  FakeNode node;
  Machine machine;
  RunResult result = machine.RunAt(node, {"conflicts"});
  EXPECT_EQ(result.code, 0);
  EXPECT_THAT(result.out, IsEmpty());
  EXPECT_THAT(result.err, HasSubstr("nothing is in conflict"));
  result = machine.RunAt(node, {"conflicts", "--severity", "severe"});
  EXPECT_THAT(result.err, HasSubstr("no conflict that is open here matches"));
  EXPECT_EQ(machine.RunAt(node, {"conflicts", "--output", "json"}).out, "[]\n");
}

TEST(Conflicts, PagesAreReadUpToTheLimit) {
  FakeNode node;
  for (uint64_t bits = 1; bits <= 4; ++bits) node.HoldConflict(Row(bits));
  Machine machine;
  const RunResult all = machine.RunAt(node, {"conflicts", "--output", "json"});
  EXPECT_EQ(JsonOf(all.out).list_value().values_size(), 4);
  EXPECT_EQ(
      JsonOf(all.out).list_value().values(0).struct_value().fields().at("turn").string_value(),
      "city/kings");
  const RunResult two = machine.RunAt(node, {"conflicts", "--limit", "2", "--output", "json"});
  EXPECT_EQ(JsonOf(two.out).list_value().values_size(), 2);
  EXPECT_THAT(two.err, HasSubstr("more match; --limit 20"));
}

TEST(Conflicts, ADrillSaysThatItIsOne) {
  FakeNode node;
  v1::OpenConflict row = Row(1);
  row.set_status(v1::STATUS_EXERCISE);
  node.HoldConflict(row);
  Machine machine;
  EXPECT_THAT(machine.RunAt(node, {"conflicts"}).out, HasSubstr("exercise"));
}

TEST(WatchConflicts, SaysWhatOpensAndHowItEnds) {
  FakeNode node("city");
  v1::WatchConflictsResponse opened;
  opened.set_event(v1::CONFLICT_OPENED);
  *opened.mutable_conflict() = Row(1);
  node.AnnounceConflict(opened);
  v1::WatchConflictsResponse settled;
  settled.set_event(v1::CONFLICT_SETTLED);
  *settled.mutable_conflict() = Row(1);
  settled.mutable_conflict()->mutable_conflict()->mutable_value()->RemoveLast();
  settled.mutable_decision()->set_jurisdiction("city/kings/e201");
  settled.mutable_decision()->set_reason(v1::RESOLVE_SEEN_ON_SCENE);
  settled.mutable_decision()->mutable_write_time()->set_seconds(kWritten + 60);
  settled.set_resume_token("here");
  node.AnnounceConflict(settled);
  Machine machine;
  const RunResult result = machine.RunAt(node, {"watch", "incident", "--conflicts", "--current",
                                                "--limit", "2", "--filter", "severity >= severe"});
  EXPECT_EQ(result.code, 0) << result.err;
  EXPECT_THAT(
      result.out,
      HasSubstr("written apart: extreme, kings 14:20 is shown, against severe, kings/e201"));
  EXPECT_THAT(result.out, HasSubstr("settled: it is extreme, by kings/e201, seen on scene"));
  EXPECT_THAT(result.err, HasSubstr("tocsin watch --conflicts incident "
                                    "--filter='severity >= severe' --resume here"));
  EXPECT_THAT(result.err, HasSubstr("tocsin watch --conflicts incident "
                                    "--filter='severity >= severe' --current"));
  ASSERT_THAT(node.conflict_watches(), SizeIs(1));
  EXPECT_EQ(node.conflict_watches()[0].filter(), "kind = incident AND severity >= severe");
  EXPECT_TRUE(node.conflict_watches()[0].include_current());
}

TEST(WatchConflicts, JsonIsALineAnEvent) {
  FakeNode node;
  v1::WatchConflictsResponse opened;
  opened.set_event(v1::CONFLICT_OPENED);
  *opened.mutable_conflict() = Row(1);
  node.AnnounceConflict(opened);
  Machine machine;
  const RunResult result =
      machine.RunAt(node, {"watch", "--conflicts", "--limit", "1", "--output", "json"});
  EXPECT_EQ(JsonOf(result.out).struct_value().fields().at("event").string_value(),
            "CONFLICT_OPENED");
  EXPECT_EQ(machine.RunAt(node, {"watch", "--conflicts", "--near", "40.7,-74.0"}).code, 2);
}

v1::Record ApartIncident() {
  v1::Record record;
  record.set_scope("city/kings/e201");
  record.set_code(CodeOf(1));
  record.set_kind(v1::INCIDENT);
  record.mutable_incident()->set_type(v1::FIRE);
  record.mutable_incident()->set_status(v1::STATUS_ACTUAL);
  record.mutable_incident()->set_severity(v1::SEVERITY_EXTREME);
  record.mutable_incident()->set_state(v1::INCIDENT_REPORTED);
  *record.add_conflict() = SeverityApart();
  return record;
}

TEST(ListConflicts, AnOrdinaryListShowsWhatElseTheSeverityWasSaidToBe) {
  FakeNode node("city");
  node.Hold(ApartIncident());
  Machine machine;
  const RunResult result = machine.RunAt(node, {"list", "incident"});
  EXPECT_THAT(result.out, HasSubstr("MARK"));
  EXPECT_THAT(result.out, HasSubstr("APART: severity also severe (kings/e201)"));
  const RunResult json = machine.RunAt(node, {"list", "incident", "--output", "json"});
  EXPECT_THAT(json.out, HasSubstr("SEVERITY_SEVERE"));
}

TEST(ListConflicts, AnotherFieldIsNamedAndARaisedRecordToo) {
  const Naming naming(*Jurisdiction::Parse("city"));
  const Reading reading{naming, absl::UTCTimeZone()};
  v1::Record record = ApartIncident();
  EXPECT_THAT(BadgeText(record, reading), HasSubstr("also severe"));
  record.mutable_conflict(0)->set_field("description");
  v1::FieldMark& mark = *record.add_mark();
  mark.set_field("state");
  mark.set_mark(v1::MARK_CLOSED_THEN_RAISED);
  EXPECT_EQ(BadgeText(record, reading), "APART: description; closed, then raised");
  EXPECT_EQ(BadgeText(v1::Record(), reading), "");
  // Of a node that is newer than this program.
  EXPECT_EQ(ValueText(static_cast<v1::Kind>(999), "severity", "\"GRAVE\"", reading), "\"GRAVE\"");
}

TEST(History, ReadsClearlyToSomebodyWhoWasNotThere) {
  FakeNode node("city");
  node.Hold(ApartIncident());
  v1::ListRecordHistoryResponse history;
  const auto add = [&history](const std::string& dot, const std::string& post, int64_t written,
                              int64_t arrived) -> v1::FieldStep& {
    v1::HistoryEntry& entry = *history.add_entry();
    entry.set_dot(dot);
    entry.set_jurisdiction(post);
    entry.mutable_write_time()->set_seconds(written);
    entry.mutable_arrival_time()->set_seconds(arrived);
    entry.set_precedence("flash");
    v1::FieldStep& step = *entry.add_step();
    step.set_field("severity");
    return step;
  };
  v1::FieldStep& first = add("aaaaaaaa", "city/kings/e201", kWritten, kWritten);
  first.set_before_json("null");
  first.set_value_json("\"SEVERITY_MINOR\"");
  first.set_shown_json("\"SEVERITY_MINOR\"");
  v1::FieldStep& second = add("bbbbbbbb", "city/kings", kWritten + 60, kWritten + 60);
  second.set_before_json("\"SEVERITY_MINOR\"");
  second.set_value_json("\"SEVERITY_EXTREME\"");
  second.set_shown_json("\"SEVERITY_EXTREME\"");
  second.add_replaces("aaaaaaaa");
  v1::FieldStep& third = add("cccccccc", "city/kings/e201", kWritten + 30, kWritten + 7200);
  third.set_before_json("\"SEVERITY_EXTREME\"");
  third.set_value_json("\"SEVERITY_SEVERE\"");
  third.set_shown_json("\"SEVERITY_EXTREME\"");
  third.add_replaces("aaaaaaaa");
  third.set_in_conflict(true);
  v1::ConflictingValue& beside = *third.add_beside();
  beside.set_value_json("\"SEVERITY_EXTREME\"");
  beside.set_jurisdiction("city/kings");
  beside.set_dot("bbbbbbbb");
  v1::FieldStep& fourth = add("dddddddd", "city/kings", kWritten + 7300, kWritten + 7300);
  fourth.set_before_json("\"SEVERITY_EXTREME\"");
  fourth.set_value_json("\"SEVERITY_SEVERE\"");
  fourth.set_shown_json("\"SEVERITY_SEVERE\"");
  fourth.add_replaces("bbbbbbbb");
  fourth.add_replaces("cccccccc");
  fourth.set_settled(true);
  fourth.set_reason(v1::RESOLVE_SEEN_ON_SCENE);
  node.SetHistory(history);
  Machine machine;
  const std::string out = machine.RunAt(node, {"show", "kings/e201", CodeOf(1), "--history"}).out;
  EXPECT_THAT(out, HasSubstr("4 changes, in the order in which they came to city"));
  EXPECT_THAT(out, HasSubstr("1  2026-11-23 14:20:00 EST  kings/e201  flash  change aaaaaaaa\n"
                             "    severity: minor\n"));
  EXPECT_THAT(out, HasSubstr("    severity: minor -> extreme\n3  "));
  EXPECT_THAT(out, HasSubstr("; came here 2026-11-23 16:20:00 EST, 1h59m later"));
  EXPECT_THAT(out, HasSubstr("        had seen change 1\n"
                             "        apart from change 2 of kings: extreme\n"
                             "        in conflict from then on; shown: extreme\n"));
  EXPECT_THAT(out, HasSubstr("    severity: extreme -> severe\n"
                             "        settles the conflict: seen on scene, having seen change 2 "
                             "and change 3\n"));
}

TEST(Show, AReasonNamesItsFieldInWords) {
  FakeNode node;
  v1::Record record = ApartIncident();
  v1::Resolution& resolution = *record.mutable_incident()->add_resolution();
  resolution.set_field(v1::Incident::kSeverityFieldNumber);
  resolution.set_reason(v1::RESOLVE_SEEN_ON_SCENE);
  node.Hold(record);
  Machine machine;
  EXPECT_THAT(machine.RunAt(node, {"show", CodeOf(1)}).out, HasSubstr("severity: seen on scene"));
}

TEST(Status, SaysHowManyConflictsAreOpenAndWhoseTurnTheyAre) {
  FakeNode node;
  Machine machine;
  EXPECT_THAT(machine.RunAt(node, {"status"}).out, HasSubstr("conflicts none"));
  v1::ConflictStatus status;
  status.set_open(3);
  status.mutable_oldest_age()->set_seconds(7500);
  v1::ConflictCount& count = *status.add_count();
  count.set_severity(v1::SEVERITY_EXTREME);
  count.set_turn("city/kings/e201");
  count.set_open(3);
  count.mutable_oldest_age()->set_seconds(7500);
  node.SetConflictStatus(status);
  const std::string out = machine.RunAt(node, {"status"}).out;
  EXPECT_THAT(out, HasSubstr("conflicts 3 open, the oldest for 2h05m"));
  EXPECT_THAT(out, HasSubstr("extreme   here        3     2h05m"));
}

TEST(Span, SaysTheTwoLargestUnits) {
  EXPECT_EQ(SpanText(absl::Seconds(40)), "40s");
  EXPECT_EQ(SpanText(absl::Minutes(12) + absl::Seconds(59)), "12m");
  EXPECT_EQ(SpanText(absl::Minutes(185)), "3h05m");
  EXPECT_EQ(SpanText(absl::Hours(52)), "2d04h");
}

TEST(Shortened, CutsBetweenCharacters) {
  EXPECT_EQ(Shortened("smoke", 5), "smoke");
  EXPECT_EQ(Shortened("smoke!", 5), "smok…");
  EXPECT_EQ(Shortened("ääääää", 3), "ää…");
  EXPECT_EQ(Shortened("äää", 3), "äää");
}

}  // namespace
}  // namespace tocsin::cli
