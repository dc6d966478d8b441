// edit and withdraw.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <tuple>

#include "node/schema/spoken_code.h"
#include "tests/tools/cli/runs.h"

namespace tocsin::cli {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::UnorderedElementsAre;

const std::string kCode = SpokenCode::FromBits(5).ToString();

v1::Record Fire() {
  v1::Record record;
  record.set_scope("city/kings/e201");
  record.set_code(kCode);
  record.set_etag("etag-1");
  v1::Incident& incident = *record.mutable_incident();
  incident.set_status(v1::STATUS_ACTUAL);
  incident.set_state(v1::INCIDENT_REPORTED);
  incident.set_type(v1::FIRE);
  incident.set_severity(v1::SEVERITY_MINOR);
  incident.set_call_reference("K-1");
  incident.mutable_source()->set_system("dispatch");
  incident.mutable_source()->set_key("77");
  return record;
}

v1::Conflict SeverityConflict() {
  v1::Conflict conflict;
  conflict.set_field("severity");
  for (const auto& [value, post, dot] :
       {std::tuple("\"SEVERITY_EXTREME\"", "city/kings", "aa00"),
        std::tuple("\"SEVERITY_MINOR\"", "city/kings/e201", "bb00")}) {
    v1::ConflictingValue& added = *conflict.add_value();
    added.set_value_json(value);
    added.set_jurisdiction(post);
    added.set_dot(dot);
    added.set_shown(conflict.value_size() == 1);
  }
  return conflict;
}

void HoldInConflict(FakeNode& node) {
  v1::Record fire = Fire();
  fire.mutable_incident()->clear_source();
  *fire.add_conflict() = SeverityConflict();
  fire.add_conflict()->set_field("description");
  node.Hold(fire);
}

// With the code that a record with a source gets.
std::string HeldCode(const FakeNode& node, Machine& machine) {
  const RunResult list = machine.RunAt(node, {"list", "incident", "--columns", "type"});
  return list.out.substr(list.out.find('\n') + 1, 8);
}

TEST(Edit, OfARefusedTextAloneWritesNothingAndExitsThree) {
  FakeNode node;
  Machine machine;
  node.Hold(Fire());
  const std::string code = HeldCode(node, machine);
  const std::string text = "description=call +1 555 0100";
  const RunResult alone = machine.RunAt(node, {"edit", code, "--set", text});
  EXPECT_EQ(alone.code, 3);
  EXPECT_THAT(alone.out, HasSubstr("Not changed"));
  EXPECT_THAT(alone.err, HasSubstr("nothing is written"));
  const RunResult beside =
      machine.RunAt(node, {"edit", code, "--set", text, "--set", "severity=severe"});
  EXPECT_EQ(beside.code, 5);
}

TEST(Edit, WhatItProposesAsksTheNodeThatWasAsked) {
  FakeNode node;
  HoldInConflict(node);
  Machine machine;
  const std::vector<std::string> edit = {"edit", kCode, "--set", "percent_contained=80"};
  EXPECT_THAT(machine.RunAt(node, edit).out, HasSubstr("`tocsin receipts " + kCode));
  EXPECT_THAT(machine.RunAt(node, {"show", kCode}).out,
              HasSubstr("(tocsin resolve " + kCode + " severity)"));

  machine.env["TOCSIN_ENDPOINT"] = "127.0.0.1:1";
  const std::string called = "tocsin --endpoint " + node.endpoint();
  EXPECT_THAT(
      machine.Run({"edit", kCode, "--set", "percent_contained=90", "--endpoint", node.endpoint()})
          .out,
      HasSubstr("`" + called + " receipts " + kCode));
  EXPECT_THAT(machine.Run({"show", kCode, "--endpoint", node.endpoint()}).out,
              HasSubstr("(" + called + " resolve " + kCode + " severity)"));
}

TEST(Edit, WritesWhatIsSetAndClearsWhatIsCleared) {
  FakeNode node;
  v1::Record fire = Fire();
  fire.mutable_incident()->clear_source();
  node.Hold(fire);
  Machine machine;
  const RunResult result =
      machine.RunAt(node, {"edit", kCode, "--set", "state=under_control", "--set",
                           "percent_contained=80", "--clear", "call_reference"});
  EXPECT_EQ(result.code, 0) << result.err;
  ASSERT_EQ(node.updates().size(), 1u);
  EXPECT_THAT(node.updates()[0].update_mask().paths(),
              UnorderedElementsAre("state", "percent_contained", "call_reference"));
  const v1::Incident held = node.Held("scopes/city.kings.e201/incidents/" + kCode)->incident();
  EXPECT_EQ(held.state(), v1::INCIDENT_UNDER_CONTROL);
  EXPECT_EQ(held.percent_contained(), 80u);
  EXPECT_EQ(held.call_reference(), "");
  EXPECT_EQ(held.severity(), v1::SEVERITY_MINOR);
}

TEST(Edit, APartIsWrittenWithTheRestOfItsField) {
  FakeNode node;
  node.Hold(Fire());
  Machine machine;
  const std::string code = HeldCode(node, machine);
  const RunResult result = machine.RunAt(node, {"edit", code, "--set", "source.key=78"});
  EXPECT_EQ(result.code, 0) << result.err;
  const v1::UpdateRecordRequest request = node.updates()[0];
  EXPECT_THAT(request.update_mask().paths(), ElementsAre("source"));
  EXPECT_EQ(request.record().incident().source().system(), "dispatch");
  EXPECT_EQ(request.record().incident().source().key(), "78");
}

TEST(Edit, NamesTheRecordByItsUuidBecauseACodeMayBeAnAlias) {
  FakeNode node;
  node.Hold(Fire());
  Machine machine;
  const std::string code = HeldCode(node, machine);
  ASSERT_EQ(machine.RunAt(node, {"edit", code, "--set", "severity=severe"}).code, 0);
  EXPECT_EQ(node.updates()[0].record().name(),
            "scopes/city.kings.e201/incidents/" +
                node.Held("scopes/city.kings.e201/incidents/" + code)->uid());
}

TEST(Edit, AnEtagThatIsNotTheRecordsIsRefusedWhereItMustBe) {
  FakeNode node;
  v1::Record fire = Fire();
  fire.mutable_incident()->clear_source();
  node.Hold(fire);
  Machine machine;
  const RunResult result = machine.RunAt(
      node, {"edit", kCode, "--set", "severity=severe", "--etag", "etag-0", "--require-unchanged"});
  EXPECT_EQ(result.code, 3);
  EXPECT_THAT(result.err, HasSubstr("edited it meanwhile"));
  EXPECT_EQ(
      machine.RunAt(node, {"edit", kCode, "--set", "severity=severe", "--etag", "etag-1"}).code, 0);
}

TEST(Edit, SaysWhatOthersWroteMeanwhile) {
  FakeNode node;
  HoldInConflict(node);
  Machine machine;
  const RunResult result =
      machine.RunAt(node, {"edit", kCode, "--set", "severity=severe", "--etag", "etag-0"});
  EXPECT_EQ(result.code, 0) << result.err;
  EXPECT_THAT(result.err, HasSubstr("meanwhile: severity became extreme, by city/kings"));
  EXPECT_THAT(result.err, HasSubstr("in conflict: severity"));
  EXPECT_THAT(result.err, HasSubstr("tocsin resolve " + kCode + " severity"));
}

TEST(Edit, SaysThatTheRecordWasMovedAway) {
  FakeNode node;
  v1::Record fire = Fire();
  fire.mutable_incident()->clear_source();
  v1::RecordRef& to = *fire.mutable_incident()->mutable_moved_to();
  to.set_scope("city/kings/l101");
  to.set_kind(v1::INCIDENT);
  to.set_id(std::string(16, '\x11'));
  node.Hold(fire);
  Machine machine;
  const RunResult result = machine.RunAt(node, {"edit", kCode, "--set", "severity=severe"});
  EXPECT_EQ(result.code, 0) << result.err;
  EXPECT_THAT(result.err, HasSubstr(kCode + " was moved to kings/l101 11111111-1111-1111"));
  EXPECT_THAT(result.err, HasSubstr("tocsin move city/kings/e201 " + kCode +
                                    " --to city/kings/l101 --take-edits"));
}

TEST(Edit, WithoutAnEtagSendsTheOneThatItRead) {
  FakeNode node;
  v1::Record fire = Fire();
  fire.mutable_incident()->clear_source();
  node.Hold(fire);
  Machine machine;
  ASSERT_EQ(machine.RunAt(node, {"edit", kCode, "--set", "severity=severe"}).code, 0);
  EXPECT_EQ(node.updates()[0].etag(), "etag-1");
}

TEST(Resolve, TakesTheValueOfThatNumberAndOverwritesWhatWasShown) {
  FakeNode node;
  HoldInConflict(node);
  Machine machine;
  const RunResult result = machine.RunAt(
      node, {"resolve", kCode, "severity", "--take", "2", "--reason", "seen-on-scene"});
  EXPECT_EQ(result.code, 0) << result.err;
  ASSERT_EQ(node.resolves().size(), 1u);
  EXPECT_EQ(node.resolves()[0].take(), "bb00");
  EXPECT_EQ(node.resolves()[0].field(), "severity");
  EXPECT_EQ(node.resolves()[0].etag(), "etag-1");
  EXPECT_EQ(node.resolves()[0].reason(), v1::RESOLVE_SEEN_ON_SCENE);
  EXPECT_THAT(result.out, HasSubstr("Settled " + kCode));
}

TEST(Resolve, AsksOnATerminalAndShowsBothValues) {
  FakeNode node;
  HoldInConflict(node);
  Machine machine;
  machine.interactive = true;
  const RunResult result =
      machine.RunAt(node, {"resolve", kCode, "severity"}, "3\n= moderate\nguess\nagreed\n");
  EXPECT_EQ(result.code, 0) << result.err;
  EXPECT_THAT(result.err, HasSubstr("city/kings/e201"));
  EXPECT_THAT(result.err, HasSubstr("extreme"));
  EXPECT_THAT(result.err, HasSubstr("\"3\" is none of them"));
  ASSERT_EQ(node.resolves().size(), 1u);
  EXPECT_EQ(node.resolves()[0].value().incident().severity(), v1::SEVERITY_MODERATE);
  EXPECT_EQ(node.resolves()[0].reason(), v1::RESOLVE_AGREED);
}

TEST(Resolve, ATextThatIsTypedBeginsBehindTheSpace) {
  FakeNode node;
  HoldInConflict(node);
  Machine machine;
  machine.interactive = true;
  const RunResult result =
      machine.RunAt(node, {"resolve", kCode, "description"}, "= smoke and fire\ncombined\n");
  EXPECT_EQ(result.code, 0) << result.err;
  ASSERT_EQ(node.resolves().size(), 1u);
  EXPECT_EQ(node.resolves()[0].value().incident().description(), "smoke and fire");
}

TEST(Resolve, WithoutATerminalNeedsTheChoiceAndTheReason) {
  FakeNode node;
  HoldInConflict(node);
  Machine machine;
  EXPECT_EQ(machine.RunAt(node, {"resolve", kCode, "severity", "--take", "2"}).code, 2);
  EXPECT_EQ(machine.RunAt(node, {"resolve", kCode, "severity", "--reason", "agreed"}).code, 2);
  EXPECT_EQ(
      machine.RunAt(node, {"resolve", kCode, "severity", "--take", "3", "--reason", "agreed"}).code,
      2);
  // The values of another moment may be numbered otherwise; a dot names one for ever.
  EXPECT_EQ(machine
                .RunAt(node, {"resolve", kCode, "severity", "--take", "2", "--reason", "agreed",
                              "--etag", "etag-0"})
                .code,
            2);
  EXPECT_TRUE(node.resolves().empty());
  EXPECT_EQ(machine
                .RunAt(node, {"resolve", kCode, "severity", "--take", "bb00", "--reason", "agreed",
                              "--etag", "etag-0"})
                .code,
            0);
  EXPECT_EQ(node.resolves()[0].etag(), "etag-0");
  EXPECT_EQ(
      machine.RunAt(node, {"resolve", kCode, "state", "--take", "1", "--reason", "agreed"}).code,
      3);
}

TEST(Edit, OfNothingIsBadUsage) {
  FakeNode node;
  v1::Record fire = Fire();
  fire.mutable_incident()->clear_source();
  node.Hold(fire);
  Machine machine;
  EXPECT_EQ(machine.RunAt(node, {"edit", kCode}).code, 2);
  EXPECT_EQ(machine.RunAt(node, {"edit", kCode, "--set", "severity"}).code, 2);
  EXPECT_EQ(
      machine.RunAt(node, {"edit", kCode, "--set", "severity=minor", "--clear", "severity"}).code,
      2);
  EXPECT_TRUE(node.updates().empty());
}

TEST(Edit, OfARecordThatIsNotHeldSaysHowToNameOne) {
  FakeNode node;
  Machine machine;
  const RunResult result = machine.RunAt(node, {"edit", kCode, "--set", "severity=severe"});
  EXPECT_EQ(result.code, 3);
  EXPECT_THAT(result.err, HasSubstr("city/kings/e201"));
  EXPECT_THAT(result.err, HasSubstr("tocsin list"));
}

TEST(Withdraw, NeedsAReasonOfTheList) {
  FakeNode node;
  v1::Record fire = Fire();
  fire.mutable_incident()->clear_source();
  node.Hold(fire);
  Machine machine;
  EXPECT_EQ(machine.RunAt(node, {"withdraw", kCode}).code, 2);
  const RunResult wrong = machine.RunAt(node, {"withdraw", kCode, "--reason", "false_alert"});
  EXPECT_EQ(wrong.code, 2);
  EXPECT_THAT(wrong.err, HasSubstr("Did you mean false_alarm?"));
  const RunResult right = machine.RunAt(node, {"withdraw", kCode, "--reason", "false-alarm"});
  EXPECT_EQ(right.code, 0) << right.err;
  EXPECT_THAT(right.out, HasSubstr("Withdrawn " + kCode));
  EXPECT_EQ(node.Held("scopes/city.kings.e201/incidents/" + kCode)->incident().withdraw_reason(),
            v1::WITHDRAW_FALSE_ALARM);
}

}  // namespace
}  // namespace tocsin::cli
