// list, show, watch, receipts, status.
#include <gmock/gmock.h>
#include <google/protobuf/struct.pb.h>
#include <google/protobuf/util/json_util.h>
#include <gtest/gtest.h>

#include <thread>

#include "node/schema/spoken_code.h"
#include "tests/tools/cli/runs.h"

namespace tocsin::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

std::string CodeOf(uint64_t bits) { return SpokenCode::FromBits(bits).ToString(); }

v1::Record Fire(uint64_t bits, const std::string& scope = "city/kings/e201") {
  v1::Record record;
  record.set_scope(scope);
  record.set_code(CodeOf(bits));
  v1::Incident& incident = *record.mutable_incident();
  incident.set_status(v1::STATUS_ACTUAL);
  incident.set_state(v1::INCIDENT_UNDER_CONTROL);
  incident.set_type(v1::FIRE);
  incident.set_severity(v1::SEVERITY_SEVERE);
  incident.mutable_call_time()->set_seconds(1'795'460'700);
  incident.mutable_point()->set_lat_e7(407128000);
  incident.mutable_point()->set_lng_e7(-740060000);
  incident.set_description("smoke\x1b[31m from\nthe roof");
  return record;
}

google::protobuf::Value JsonOf(const std::string& text) {
  google::protobuf::Value value;
  EXPECT_TRUE(google::protobuf::util::JsonStringToMessage(text, &value).ok()) << text;
  return value;
}

TEST(List, ShowsALineForEachRecordByItsCode) {
  FakeNode node;
  node.Hold(Fire(1));
  node.Hold(Fire(2));
  Machine machine;
  const RunResult result = machine.RunAt(node, {"list", "incident"});
  EXPECT_EQ(result.code, 0) << result.err;
  EXPECT_THAT(result.out, HasSubstr("CODE"));
  EXPECT_THAT(result.out, HasSubstr(CodeOf(1) + "  fire  severe"));
  EXPECT_THAT(result.out, HasSubstr("under control"));
  EXPECT_THAT(result.out, HasSubstr("40.7128,-74.0060"));
  EXPECT_THAT(result.out, Not(HasSubstr("STATUS")));
}

TEST(List, NoTextCommandsTheTerminal) {
  FakeNode node;
  node.Hold(Fire(1));
  Machine machine;
  const RunResult list = machine.RunAt(node, {"list", "incident"});
  const RunResult show = machine.RunAt(node, {"show", CodeOf(1)});
  EXPECT_THAT(list.out, HasSubstr("smoke [31m from the roof\n"));
  EXPECT_THAT(list.out + show.out, Not(HasSubstr("\x1b")));
}

TEST(List, AnExerciseIsSaidToBeOne) {
  FakeNode node;
  v1::Record exercise = Fire(1);
  exercise.mutable_incident()->set_status(v1::STATUS_EXERCISE);
  node.Hold(exercise);
  node.Hold(Fire(2));
  Machine machine;
  const RunResult result = machine.RunAt(node, {"list", "incident"});
  EXPECT_THAT(result.out, HasSubstr("STATUS"));
  EXPECT_THAT(result.out, HasSubstr(CodeOf(1) + "  exercise"));
  EXPECT_THAT(result.out, HasSubstr(CodeOf(2) + "  actual"));
}

TEST(List, TakesPagesUpToItsLimitAndSaysThatThereIsMore) {
  FakeNode node;
  for (uint64_t i = 1; i <= 7; ++i) node.Hold(Fire(i));
  Machine machine;
  const RunResult some =
      machine.RunAt(node, {"list", "incident", "--limit", "3", "--output", "json"});
  EXPECT_EQ(JsonOf(some.out).list_value().values_size(), 3);
  EXPECT_THAT(some.err, HasSubstr("more match"));
  const RunResult all = machine.RunAt(node, {"list", "incident", "--output", "json"});
  EXPECT_EQ(JsonOf(all.out).list_value().values_size(), 7);
  EXPECT_THAT(all.err, Not(HasSubstr("more match")));
}

TEST(List, OfNothingIsAnEmptyArray) {
  FakeNode node;
  Machine machine;
  const RunResult result = machine.RunAt(node, {"list", "incident", "--output", "json"});
  EXPECT_EQ(result.code, 0);
  EXPECT_EQ(JsonOf(result.out).list_value().values_size(), 0);
}

TEST(List, FilterPlaceAndScopeReachTheNodeAsOneRequest) {
  FakeNode node("city");
  Machine machine;
  const RunResult result = machine.RunAt(
      node, {"list", "incident", "--filter", "severity >= severe OR type = fire", "--within",
             "40.70,-74.02,40.80,-73.95", "--scope", "kings", "--order", "update_time desc"});
  EXPECT_EQ(result.code, 0) << result.err;
  const v1::ListRecordsRequest request = node.lists()[0];
  EXPECT_EQ(request.parent(), "scopes/city.kings");
  EXPECT_EQ(request.kind(), v1::INCIDENT);
  EXPECT_EQ(request.filter(),
            "(severity >= SEVERITY_SEVERE OR type = FIRE) AND "
            "within(40.7000,-74.0200,40.8000,-73.9500)");
  EXPECT_EQ(request.order_by(), "update_time desc");
}

TEST(List, ColumnsAreFieldsOfTheKindOrOfEveryRecord) {
  FakeNode node;
  node.Hold(Fire(1));
  Machine machine;
  const RunResult result =
      machine.RunAt(node, {"list", "incident", "--columns", "code,type,scope"});
  EXPECT_EQ(result.code, 0) << result.err;
  EXPECT_EQ(result.out, "CODE      TYPE  SCOPE\n" + CodeOf(1) + "  fire  city/kings/e201\n");
}

TEST(List, WhatIsWrongIsSaidBeforeTheNodeIsAsked) {
  FakeNode node;
  Machine machine;
  EXPECT_EQ(machine.RunAt(node, {"list", "incidnet"}).code, 2);
  EXPECT_EQ(machine.RunAt(node, {"list", "incident", "--within", "40.70,-74.02"}).code, 2);
  EXPECT_EQ(machine.RunAt(node, {"list", "incident", "--columns", "sevrity"}).code, 2);
  EXPECT_EQ(machine.RunAt(node, {"list", "incident", "--output", "xml"}).code, 2);
  EXPECT_TRUE(node.lists().empty());
}

TEST(Show, HasEveryFieldAndHowTheCodeIsSpoken) {
  FakeNode node("city");
  node.Hold(Fire(1));
  Machine machine;
  const RunResult result = machine.RunAt(node, {"show", "kings/e201", CodeOf(1)});
  EXPECT_EQ(result.code, 0) << result.err;
  EXPECT_THAT(result.out, HasSubstr("incident kings/e201 " + CodeOf(1)));
  EXPECT_THAT(result.out, HasSubstr(SpokenCode::FromBits(1).ToPhonetic()));
  EXPECT_THAT(result.out, HasSubstr("2026-11-23"));
  EXPECT_THAT(result.out, HasSubstr("18T WL"));
}

TEST(Show, FindsARecordOfAnyKindAndInABroadcastAbove) {
  FakeNode node;
  v1::Record alert;
  alert.set_scope("city/kings/**");
  alert.set_code(CodeOf(3));
  alert.mutable_alert()->set_state(v1::ALERT_IN_FORCE);
  node.Hold(alert);
  Machine machine;
  const RunResult result = machine.RunAt(node, {"show", CodeOf(3)});
  EXPECT_EQ(result.code, 0) << result.err;
  EXPECT_THAT(result.out, HasSubstr("alert kings/** " + CodeOf(3)));
}

TEST(Show, HistoryNamesWhoAndWhat) {
  FakeNode node;
  node.Hold(Fire(1));
  Machine machine;
  const RunResult result = machine.RunAt(node, {"show", CodeOf(1), "--history"});
  EXPECT_EQ(result.code, 0);
  EXPECT_THAT(result.out, HasSubstr("city/kings/e201  flash"));
  EXPECT_THAT(result.out, HasSubstr("severity        severe"));
  EXPECT_THAT(result.out, HasSubstr("call_reference  (cleared)"));
}

TEST(Show, JsonIsTheRecord) {
  FakeNode node;
  node.Hold(Fire(1));
  Machine machine;
  const RunResult result = machine.RunAt(node, {"show", CodeOf(1), "--output", "json"});
  EXPECT_EQ(JsonOf(result.out).struct_value().fields().at("code").string_value(), CodeOf(1));
}

TEST(Receipts, SayWhoHoldsIt) {
  FakeNode node;
  node.Hold(Fire(1));
  Machine machine;
  const RunResult result = machine.RunAt(node, {"receipts", CodeOf(1)});
  EXPECT_EQ(result.code, 0);
  EXPECT_THAT(result.out, HasSubstr("here    city/kings/e201  all"));
  EXPECT_THAT(result.out, HasSubstr("county  city/kings       1 of 2"));
  EXPECT_THAT(result.out, HasSubstr("city    city             not yet"));
}

TEST(Status, ShowsAlarmsAndLinks) {
  FakeNode node;
  Machine machine;
  const RunResult result = machine.RunAt(node, {"status"});
  EXPECT_EQ(result.code, 0);
  EXPECT_THAT(result.out, HasSubstr("ALARM     the disk is nearly full"));
  EXPECT_THAT(result.out, HasSubstr("Engine 201 (city/kings/e201)"));
  EXPECT_THAT(result.out, HasSubstr("city/kings  parent  up"));
}

v1::WatchRecordsResponse Changed(const FakeNode& node, const std::string& token) {
  v1::WatchRecordsResponse event;
  *event.mutable_record() = *node.Held("scopes/city.kings.e201/incidents/" + CodeOf(1));
  event.set_resume_token(token);
  return event;
}

TEST(Watch, HasALineForEachChangeAndEndsWithATokenToGoOnFrom) {
  FakeNode node;
  node.Hold(Fire(1));
  v1::WatchRecordsResponse event = Changed(node, "token-1");
  node.Announce(event);
  event.clear_record();
  event.set_resume_token("token-2");
  node.Announce(event);
  event = Changed(node, "token-3");
  event.set_left_filter(true);
  node.Announce(event);
  Machine machine;
  const RunResult result = machine.RunAt(node, {"watch", "incident", "--limit", "2"});
  EXPECT_EQ(result.code, 0) << result.err;
  EXPECT_EQ(std::count(result.out.begin(), result.out.end(), '\n'), 2);
  EXPECT_THAT(result.out, HasSubstr("incident  " + CodeOf(1) + "  fire, severe"));
  EXPECT_THAT(result.out, HasSubstr("no longer matches"));
  EXPECT_THAT(result.err, HasSubstr("tocsin watch incident --resume token-3"));
}

TEST(Watch, WhatItSaysToGoOnWithPicksTheSameRecords) {
  FakeNode node;
  node.Hold(Fire(1));
  node.Announce(Changed(node, "token-1"));
  Machine machine;
  const std::string err =
      machine
          .RunAt(node, {"watch", "incident", "--limit", "1", "--scope", "kings/e201", "--filter",
                        "note != \"the chief's\"", "--near", "40.7,-74"})
          .err;
  EXPECT_THAT(err, HasSubstr("tocsin watch incident --scope='kings/e201' "
                             R"(--filter='note != "the chief'\''s"' --near='40.7,-74' --resume)"));
}

TEST(Watch, EndsWhenInterrupted) {
  FakeNode node;
  Machine machine;
  std::thread interrupter([&machine] { machine.interrupt.request_stop(); });
  EXPECT_EQ(machine.RunAt(node, {"watch"}).code, 0);
  interrupter.join();
}

TEST(Watch, JsonIsALineForEachEvent) {
  FakeNode node;
  node.Hold(Fire(1));
  node.Hold(Fire(2));
  Machine machine;
  const RunResult result =
      machine.RunAt(node, {"watch", "--current", "--limit", "2", "--output", "json"});
  EXPECT_EQ(result.code, 0);
  const std::string first = result.out.substr(0, result.out.find('\n'));
  EXPECT_EQ(JsonOf(first).struct_value().fields().at("resume_token").string_value(), "current");
  EXPECT_EQ(std::count(result.out.begin(), result.out.end(), '\n'), 2);
}

TEST(Unreachable, ExitsFourAndSaysWhatToStart) {
  Machine machine;
  for (const std::vector<std::string>& command :
       {std::vector<std::string>{"status"}, {"list", "incident"}, {"show", CodeOf(1)}, {"watch"}}) {
    std::vector<std::string> arguments = command;
    arguments.insert(arguments.end(), {"--endpoint", "127.0.0.1:1"});
    const RunResult result = machine.Run(arguments);
    EXPECT_EQ(result.code, 4) << command[0];
    EXPECT_THAT(result.err, HasSubstr("no node answers at 127.0.0.1:1")) << command[0];
  }
}

}  // namespace
}  // namespace tocsin::cli
