// `tocsin report`, with flags and by its questions.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "node/schema/spoken_code.h"
#include "tests/tools/cli/runs.h"

namespace tocsin::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

v1::Record Site() {
  v1::Record site;
  site.set_scope("city/kings/e201");
  site.set_code(SpokenCode::FromBits(7).ToString());
  site.mutable_site()->set_status(v1::STATUS_ACTUAL);
  site.mutable_site()->mutable_point()->set_lat_e7(406500000);
  site.mutable_site()->mutable_point()->set_lng_e7(-740100000);
  return site;
}

TEST(Report, WithFlagsAsksNothing) {
  FakeNode node;
  Machine machine;
  const RunResult result = machine.RunAt(
      node, {"report", "incident", "--what", "fire", "--where", "40.7128,-74.0060", "--how-bad",
             "grave", "--dead", "1", "--line", "smoke from the third floor"});
  EXPECT_EQ(result.code, 0) << result.err;
  ASSERT_EQ(node.creates().size(), 1u);
  const v1::CreateRecordRequest request = node.creates()[0];
  EXPECT_EQ(request.parent(), "scopes/city.kings.e201");
  const v1::Incident& incident = request.record().incident();
  EXPECT_EQ(incident.type(), v1::FIRE);
  EXPECT_EQ(incident.severity(), v1::SEVERITY_SEVERE);
  EXPECT_EQ(incident.urgency(), v1::URGENCY_IMMEDIATE);
  EXPECT_EQ(incident.certainty(), v1::CERTAINTY_OBSERVED);
  EXPECT_EQ(incident.status(), v1::STATUS_ACTUAL);
  EXPECT_EQ(incident.dead_count(), 1u);
  EXPECT_FALSE(incident.has_injured_count());
  EXPECT_EQ(incident.description(), "smoke from the third floor");
  EXPECT_EQ(incident.observed_time().seconds(), absl::ToUnixSeconds(machine.clock.WallNow()));
  EXPECT_EQ(incident.place_flag_size(), 0);
  EXPECT_FALSE(request.request_id().empty());
}

// A machine that booted in 1970, at a node whose clock was corrected.
TEST(Report, NowIsWhatTheNodesCorrectedClockSays) {
  FakeNode node;
  Machine machine;
  const absl::Time now = machine.clock.WallNow();
  node.SetClock(absl::ToUnixMillis(now));
  machine.clock.JumpWall(absl::UnixEpoch());
  const std::vector<std::string> report = {"report",  "incident", "--what",  "fire",   "--how-bad",
                                           "serious", "--where",  "unknown", "--line", "smoke"};
  ASSERT_EQ(machine.RunAt(node, report).code, 0);
  EXPECT_EQ(node.creates()[0].record().incident().observed_time().seconds(),
            absl::ToUnixSeconds(now));
  // What was typed is filed as it was typed.
  std::vector<std::string> typed = report;
  typed.insert(typed.end(), {"--observed", "1969-07-20T20:17:40Z"});
  ASSERT_EQ(machine.RunAt(node, typed).code, 0);
  EXPECT_EQ(node.creates()[1].record().incident().observed_time().seconds(), -14182940);
}

TEST(Report, SaysTheCodeAndHowItIsSpoken) {
  FakeNode node;
  Machine machine;
  const RunResult result = machine.RunAt(
      node, {"report", "incident", "--what", "flood", "--how-bad", "minor", "--where", "unknown"});
  const SpokenCode code = SpokenCode::FromBits(1000);
  EXPECT_THAT(result.out, HasSubstr("Filed " + code.ToString()));
  EXPECT_THAT(result.out, HasSubstr(code.ToPhonetic()));
  // Why triage made of it what it did.
  EXPECT_THAT(result.err, HasSubstr("minor"));
  EXPECT_EQ(node.creates()[0].record().incident().place_flag(0), v1::PLACE_MISSING);
}

TEST(Report, ATextThatIsWithheldExitsFiveAndIsNotRepeated) {
  FakeNode node;
  Machine machine;
  const RunResult result =
      machine.RunAt(node, {"report", "incident", "--what", "fire", "--how-bad", "minor", "--line",
                           "call the owner on +1 555 0100"});
  EXPECT_EQ(result.code, 5);
  EXPECT_THAT(result.out, HasSubstr("Filed "));
  EXPECT_THAT(result.err, HasSubstr("withheld: incident.description"));
  EXPECT_THAT(result.err, HasSubstr("telephone number"));
  EXPECT_THAT(result.err, HasSubstr("tocsin edit " + SpokenCode::FromBits(1000).ToString() +
                                    " --set 'description=...'"));
  EXPECT_THAT(result.out + result.err, Not(HasSubstr("0100")));
  EXPECT_EQ(node.held(), 1u);
}

TEST(Report, ADryRunFilesNothing) {
  FakeNode node;
  Machine machine;
  const RunResult result = machine.RunAt(
      node, {"report", "incident", "--what", "fire", "--how-bad", "grave", "--dry-run"});
  EXPECT_EQ(result.code, 0) << result.err;
  EXPECT_THAT(result.out, HasSubstr("Would file "));
  EXPECT_EQ(node.held(), 0u);
  EXPECT_TRUE(node.creates()[0].validate_only());
}

TEST(Report, ASitesCodeIsAPlace) {
  FakeNode node;
  node.Hold(Site());
  Machine machine;
  const RunResult result = machine.RunAt(node, {"report", "incident", "--what", "explosion",
                                                "--how-bad", "grave", "--where", Site().code()});
  EXPECT_EQ(result.code, 0) << result.err;
  const v1::Incident incident = node.creates()[0].record().incident();
  EXPECT_EQ(incident.point().lat_e7(), 406500000);
  EXPECT_EQ(incident.site().kind(), v1::SITE);
  EXPECT_EQ(incident.site().id().size(), 16u);
}

TEST(Report, AGridReferenceIsAPlace) {
  FakeNode node;
  Machine machine;
  EXPECT_EQ(machine
                .RunAt(node, {"report", "incident", "--what", "fire", "--how-bad", "minor",
                              "--where", "18T WL 83959 07350"})
                .code,
            0);
  EXPECT_NEAR(node.creates()[0].record().incident().point().lat_e7(), 407128000, 20000);
}

TEST(Report, AWordOfANerisTypeSetsIt) {
  FakeNode node;
  Machine machine;
  EXPECT_EQ(
      machine.RunAt(node, {"report", "incident", "--what", "chimney", "--how-bad", "minor"}).code,
      0);
  EXPECT_EQ(node.creates()[0].record().incident().type(), v1::FIRE);
  EXPECT_EQ(node.creates()[0].record().incident().neris_type(),
            "FIRE||STRUCTURE_FIRE||CHIMNEY_FIRE");
}

TEST(Report, FieldsComeAfterTriageAndOverrideIt) {
  FakeNode node;
  Machine machine;
  EXPECT_EQ(machine
                .RunAt(node, {"report", "incident", "--what", "fire", "--how-bad", "minor", "--set",
                              "severity=extreme", "--set", "call_time=14:05"})
                .code,
            0);
  const v1::Incident incident = node.creates()[0].record().incident();
  EXPECT_EQ(incident.severity(), v1::SEVERITY_EXTREME);
  EXPECT_TRUE(incident.has_call_time());
}

TEST(Report, WhatTriageSaysIsWhatIsFiled) {
  FakeNode node;
  Machine machine;
  const std::vector<std::string> report = {"report",    "incident", "--what",  "fire",
                                           "--how-bad", "minor",    "--where", "40.9,-74.0060"};
  const auto said = [&](const std::vector<std::string>& more) {
    std::vector<std::string> arguments = report;
    arguments.insert(arguments.end(), more.begin(), more.end());
    const RunResult result = machine.RunAt(node, arguments);
    EXPECT_EQ(result.code, 0) << result.err;
    return result.err.substr(0, result.err.find('\n'));
  };
  EXPECT_EQ(said({}), "Minor and expected, because it is minor: fire; seen; it goes as routine.");
  EXPECT_EQ(
      said({"--set", "severity=severe"}),
      "Severe and expected, because it was set: severity (the answers made it minor); it goes "
      "as flash.");
  EXPECT_EQ(said({"--set", "severity=minor"}), said({}));
  EXPECT_EQ(said({"--dead", "1", "--status", "test"}),
            "Severe and immediate, because 1 is dead; seen; it goes as routine.");
}

TEST(Report, WhatWasSeenInTheFutureIsFiledWithANote) {
  FakeNode node;
  Machine machine;
  const std::vector<std::string> report = {"report",    "incident", "--what",    "fire",
                                           "--how-bad", "minor",    "--observed"};
  const auto at = [&](const char* time) {
    std::vector<std::string> arguments = report;
    arguments.push_back(time);
    const RunResult result = machine.RunAt(node, arguments);
    EXPECT_EQ(result.code, 0) << result.err;
    return result.err;
  };
  EXPECT_THAT(at("14:34"), Not(HasSubstr("note: ")));
  EXPECT_THAT(at("2026-11-23 17:00"), HasSubstr("is 2h30m ahead of the node's clock"));
  // The node's clock, not this machine's.
  node.SetClock(absl::ToUnixMillis(machine.clock.WallNow() + absl::Hours(3)));
  EXPECT_THAT(at("2026-11-23 17:00"), Not(HasSubstr("note: ")));
  EXPECT_EQ(node.creates().size(), 3u);
}

TEST(Report, AFieldThatTakesOneValueIsSetOnce) {
  FakeNode node;
  Machine machine;
  const RunResult result =
      machine.RunAt(node, {"report", "incident", "--what", "fire", "--how-bad", "minor", "--set",
                           "severity=extreme", "--set", "incident.severity=minor"});
  EXPECT_EQ(result.code, 2);
  EXPECT_THAT(result.err, HasSubstr("severity: is set twice"));
  EXPECT_TRUE(node.creates().empty());
  EXPECT_EQ(machine
                .RunAt(node, {"report", "incident", "--what", "fire", "--how-bad", "minor", "--set",
                              "goods=1203", "--set", "goods=1005"})
                .code,
            0);
  EXPECT_EQ(node.creates()[0].record().incident().goods_size(), 2);
}

TEST(Report, OtherKindsAreFiledByTheirFields) {
  FakeNode node;
  Machine machine;
  const RunResult result =
      machine.RunAt(node, {"report", "shelter", "--set", "display_name=P.S. 20", "--set",
                           "capacity=300", "--where", "40.7,-73.9"});
  EXPECT_EQ(result.code, 0) << result.err;
  const v1::Shelter shelter = node.creates()[0].record().shelter();
  EXPECT_EQ(shelter.state(), v1::SHELTER_STANDBY);
  EXPECT_EQ(shelter.status(), v1::STATUS_ACTUAL);
  EXPECT_EQ(shelter.capacity(), 300u);
  EXPECT_TRUE(shelter.has_point());
}

TEST(Report, WhatTheNodeRefusesExitsThreeWithItsReason) {
  FakeNode node;
  Machine machine;
  const RunResult result = machine.RunAt(node, {"report", "hazard", "--set", "finding=leak"});
  EXPECT_EQ(result.code, 3);
  EXPECT_THAT(result.err, HasSubstr("hazard.severity"));
  EXPECT_THAT(result.err, HasSubstr("next: "));
}

TEST(Report, WithoutATerminalItSaysWhichFlagsItNeeds) {
  FakeNode node;
  Machine machine;
  const RunResult result = machine.RunAt(node, {"report", "incident"});
  EXPECT_EQ(result.code, 2);
  EXPECT_THAT(result.err, HasSubstr("--what"));
}

TEST(Report, TheSameRequestIdFilesOnce) {
  FakeNode node;
  Machine machine;
  const std::vector<std::string> arguments = {
      "report",    "incident", "--what",       "fire",
      "--how-bad", "minor",    "--request-id", "018f3c1e-7b2a-5d4e-9c60-2f1a8b7c6d5e"};
  EXPECT_EQ(machine.RunAt(node, arguments).code, 0);
  const RunResult again = machine.RunAt(node, arguments);
  EXPECT_EQ(again.code, 0);
  EXPECT_THAT(again.out, HasSubstr("Filed before"));
  EXPECT_EQ(node.held(), 1u);
}

TEST(Report, JsonIsTheApisAnswer) {
  FakeNode node;
  Machine machine;
  const RunResult result = machine.RunAt(
      node, {"report", "incident", "--what", "fire", "--how-bad", "minor", "--output", "json"});
  EXPECT_EQ(result.code, 0);
  EXPECT_THAT(result.out, HasSubstr("\"code\": \"" + SpokenCode::FromBits(1000).ToString()));
  EXPECT_EQ(result.out.front(), '{');
}

// -- The questions.

TEST(ReportAsks, FiveThingsAndFilesThem) {
  FakeNode node;
  Machine machine;
  machine.interactive = true;
  const RunResult result = machine.RunAt(node, {"report", "incident"},
                                         "fire\n40.7128,-74.0060\n3\n2 injured, 1 missing\n"
                                         "smoke from the third floor\ny\n");
  EXPECT_EQ(result.code, 0) << result.err;
  ASSERT_EQ(node.creates().size(), 1u);
  const v1::Incident incident = node.creates()[0].record().incident();
  EXPECT_EQ(incident.type(), v1::FIRE);
  EXPECT_EQ(incident.injured_count(), 2u);
  EXPECT_EQ(incident.missing_count(), 1u);
  EXPECT_FALSE(incident.has_dead_count());
  EXPECT_EQ(incident.severity(), v1::SEVERITY_SEVERE);
  EXPECT_EQ(incident.description(), "smoke from the third floor");
  for (const char* question : {"1/5", "2/5", "3/5", "4/5", "5/5", "File it?"}) {
    EXPECT_THAT(result.err, HasSubstr(question));
  }
}

TEST(ReportAsks, TypingFiltersTheListAndANumberTakesFromIt) {
  FakeNode node;
  Machine machine;
  machine.interactive = true;
  const RunResult result =
      machine.RunAt(node, {"report", "incident"}, "release\n2\nunknown\nminor\n\n\ny\n");
  EXPECT_EQ(result.code, 0) << result.err;
  EXPECT_EQ(node.creates()[0].record().incident().type(), v1::RADIOLOGICAL_RELEASE);
  EXPECT_EQ(node.creates()[0].record().incident().place_flag(0), v1::PLACE_MISSING);
}

TEST(ReportAsks, AgainWhereAnAnswerIsNone) {
  FakeNode node;
  Machine machine;
  machine.interactive = true;
  const RunResult result = machine.RunAt(node, {"report", "incident"},
                                         "zzz\n99\n1\nnowhere\n40.7,-74\n9\n2\nseven\n\nline\ny\n");
  EXPECT_EQ(result.code, 0) << result.err;
  EXPECT_EQ(node.held(), 1u);
  EXPECT_THAT(result.err, HasSubstr("nothing like it"));
  EXPECT_THAT(result.err, HasSubstr("is no place"));
}

TEST(ReportAsks, ANearReportIsShownBeforeFiling) {
  FakeNode node;
  v1::Record near;
  near.set_scope("city/kings/e201");
  near.set_code(SpokenCode::FromBits(9).ToString());
  near.mutable_incident()->set_type(v1::FIRE);
  near.mutable_incident()->set_status(v1::STATUS_ACTUAL);
  node.Hold(near);
  Machine machine;
  machine.interactive = true;
  const RunResult result =
      machine.RunAt(node, {"report", "incident"}, "fire\n40.7128,-74.0060\n1\n\n\nn\n");
  EXPECT_EQ(result.code, 0);
  EXPECT_THAT(result.err, HasSubstr("Near here, in the last 30 minutes:\n  " + near.code()));
  EXPECT_THAT(result.err, HasSubstr("File this as one more?"));
  EXPECT_THAT(result.err, HasSubstr("nothing was filed"));
  EXPECT_TRUE(node.creates().empty());
  EXPECT_EQ(node.lists()[0].filter(),
            "near(40.7128,-74.0060,1000) AND create_time >= \"2026-11-23T19:00:00Z\""
            " AND state != withdrawn AND status != draft"
            " AND NOT observed_time < \"2026-11-22T19:30:00Z\""
            " AND NOT call_time < \"2026-11-22T19:30:00Z\""
            " AND (state != closed OR observed_time >= \"2026-11-23T19:00:00Z\""
            " OR call_time >= \"2026-11-23T19:00:00Z\")");
}

// More than a screen of them: neither the nearest nor the latest falls out.
TEST(ReportAsks, OfManyNearTheNearestAndTheLatestAreShown) {
  FakeNode node;
  Machine machine;
  machine.interactive = true;
  const int64_t now = absl::ToUnixSeconds(machine.clock.WallNow());
  constexpr int kMany = 60;
  std::vector<std::string> codes;
  for (int i = 0; i < kMany; ++i) {
    v1::Record near;
    near.set_scope("city/kings/e201");
    near.set_code(SpokenCode::FromBits(100 + i).ToString());
    near.mutable_incident()->set_type(v1::FIRE);
    near.mutable_incident()->set_status(v1::STATUS_ACTUAL);
    // The nearer, the longer ago.
    near.mutable_incident()->mutable_point()->set_lat_e7(407128000 + 1000 * i);
    near.mutable_incident()->mutable_point()->set_lng_e7(-740060000);
    near.mutable_create_time()->set_seconds(now - 20 * (kMany - i));
    node.Hold(near);
    codes.push_back(near.code());
  }
  const RunResult result =
      machine.RunAt(node, {"report", "incident"}, "fire\n40.7128,-74.0060\n1\n\n\nn\n");
  for (int i = 0; i < kMany; ++i) {
    const bool shown = i < 10 || i >= kMany - 10;
    EXPECT_EQ(result.err.find(codes[i]) != std::string::npos, shown) << i;
  }
  EXPECT_LT(result.err.find(codes[kMany - 1]), result.err.find(codes[9]));
  EXPECT_LT(result.err.find(codes[9]), result.err.find(codes[0]));
  EXPECT_THAT(result.err, HasSubstr("and 40 more: `tocsin list incident --near 40.7128,-74.0060`"));
}

TEST(ReportAsks, InputThatEndsFilesNothing) {
  FakeNode node;
  Machine machine;
  machine.interactive = true;
  for (const char* input :
       {"", "fire\n40.7,-74\n", "fire\n40.7,-74\n1\n\n\n", "fire\n40.7,-74\n1\n\n\nperhaps\n"}) {
    const RunResult result = machine.RunAt(node, {"report", "incident"}, input);
    EXPECT_EQ(result.code, 2) << input;
    EXPECT_THAT(result.err, HasSubstr("nothing was filed")) << input;
  }
  EXPECT_TRUE(node.creates().empty());
}

TEST(ReportAsks, OnlyAYesFiles) {
  FakeNode node;
  Machine machine;
  machine.interactive = true;
  const std::string answers = "fire\n40.7,-74\n1\n\n\n";
  for (const char* no : {"n", "N", "no", "No", "banana\nq\nnope\nyess\nNO"}) {
    const RunResult result = machine.RunAt(node, {"report", "incident"}, answers + no + "\n");
    EXPECT_EQ(result.code, 0) << no;
    EXPECT_THAT(result.err, HasSubstr("nothing was filed")) << no;
  }
  EXPECT_TRUE(node.creates().empty());
  for (const char* yes : {"y", "YES", "", "what\nyes"}) {
    EXPECT_EQ(machine.RunAt(node, {"report", "incident"}, answers + yes + "\n").code, 0) << yes;
  }
  EXPECT_EQ(node.creates().size(), 4u);
}

TEST(ReportAsks, AgainWhereTheNodeWouldRefuseTheAnswer) {
  FakeNode node;
  Machine machine;
  machine.interactive = true;
  const RunResult result =
      machine.RunAt(node, {"report", "incident"},
                    "fire\n40.7,-74\n1\n10000001 dead\n2 injured\n\xff\xfe\n" +
                        std::string(100'000, 'x') + "\nsmoke \x1b[A\nsmoke\ny\n");
  EXPECT_EQ(result.code, 0) << result.err;
  EXPECT_THAT(result.err, HasSubstr("dead_count: 10000001 is out of 0 to 10000000"));
  EXPECT_THAT(result.err, HasSubstr("is not UTF-8 at byte 0"));
  EXPECT_THAT(result.err, HasSubstr("description: is 100000 bytes long"));
  EXPECT_THAT(result.err, HasSubstr("has a control character at byte 6"));
  ASSERT_EQ(node.creates().size(), 1u);
  const v1::Incident incident = node.creates()[0].record().incident();
  EXPECT_EQ(incident.injured_count(), 2u);
  EXPECT_FALSE(incident.has_dead_count());
  EXPECT_EQ(incident.description(), "smoke");
}

TEST(ReportAsks, NothingOfANodeThatIsNotThere) {
  Machine machine;
  machine.interactive = true;
  const RunResult result =
      machine.Run({"report", "incident", "--endpoint", "127.0.0.1:1"}, "fire\n");
  EXPECT_EQ(result.code, 4);
  EXPECT_THAT(result.err, Not(HasSubstr("1/5")));
  EXPECT_THAT(result.err, HasSubstr("tocsin-node --config"));
}

}  // namespace
}  // namespace tocsin::cli
