// import and export.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "tests/support/data.h"
#include "tests/support/paths.h"
#include "tests/tools/cli/runs.h"

namespace tocsin::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr char kMapping[] = R"(
kind = "INCIDENT"
source = "dispatch"
key = ["id"]
time_zone = "America/New_York"
[constants]
status = "STATUS_ACTUAL"
state = "INCIDENT_CLOSED"
urgency = "URGENCY_PAST"
certainty = "CERTAINTY_OBSERVED"
type = "FIRE"
[field.severity]
column = "severity"
table = "severity"
[table.severity]
low = "SEVERITY_MINOR"
high = "SEVERITY_SEVERE"
[field.description]
column = "seen"
text = true
[scope]
column = "post"
table = "posts"
[table.posts]
e201 = "city/kings/e201"
l118 = "city/kings/l118"
)";
constexpr char kRows[] =
    "id,severity,seen,post\r\n"
    "1,low,smoke,e201\r\n"
    "2,high,call +1 555 0100,e201\r\n"
    "3,odd,smoke,e201\r\n"
    "4,low,smoke,l118\r\n";

constexpr char kAlert[] = R"(<?xml version="1.0" encoding="UTF-8"?>
<alert xmlns="urn:oasis:names:tc:emergency:cap:1.2">
<identifier>%ID%</identifier><sender>w@example.org</sender>
<sent>2026-11-23T14:00:00-05:00</sent><status>Actual</status><msgType>%TYPE%</msgType>
<scope>Public</scope>%REFERENCES%
<info><category>Met</category><event>Flood</event><urgency>Immediate</urgency>
<severity>Severe</severity><certainty>Likely</certainty>
<area><areaDesc>Kings</areaDesc></area></info></alert>)";

constexpr char kToA1[] = "w@example.org,A1,2026-11-23T14:00:00-05:00";

std::string Cap(const std::string& id, const std::string& type, const std::string& references) {
  std::string text = kAlert;
  text.replace(text.find("%ID%"), 4, id);
  text.replace(text.find("%TYPE%"), 6, type);
  text.replace(text.find("%REFERENCES%"), 12,
               references.empty() ? "" : "<references>" + references + "</references>");
  return text;
}

class ImportTest : public ::testing::Test {
 protected:
  ImportTest() : node_("city/kings") {
    mapping_ = folder_.Write("dispatch.toml", kMapping);
    rows_ = folder_.Write("rows.csv", kRows);
  }
  RunResult Import(std::vector<std::string> more = {}) {
    std::vector<std::string> arguments = {"import", "csv", rows_, "--mapping", mapping_};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return machine_.RunAt(node_, arguments);
  }
  FakeNode node_;
  Machine machine_;
  Folder folder_;
  std::string mapping_;
  std::string rows_;
};

TEST_F(ImportTest, EndsWithCountsOfEveryRow) {
  const RunResult result = Import();
  // A text was withheld.
  EXPECT_EQ(result.code, 5) << result.err;
  EXPECT_EQ(result.out,
            "4 read, 3 filed, 0 already there, 0 differ, 1 refused, 1 with a text withheld, "
            "0 flagged\n");
  EXPECT_EQ(node_.held(), 3u);
  EXPECT_THAT(result.err, HasSubstr("rows.csv:4: refused: "));
}

TEST_F(ImportTest, TheSameFileTwiceFilesNothingTwice) {
  Import();
  const RunResult again = Import();
  EXPECT_THAT(again.out, HasSubstr("4 read, 0 filed, 3 already there, 0 differ, 1 refused"));
  EXPECT_EQ(node_.held(), 3u);
}

TEST_F(ImportTest, OtherValuesDifferAndAreWrittenWithUpdateAlone) {
  Import();
  rows_ = folder_.Write("rows.csv", "id,severity,seen,post\r\n1,high,smoke,e201\r\n");
  const RunResult kept = Import();
  EXPECT_EQ(kept.code, 0);
  EXPECT_THAT(kept.out, HasSubstr("1 read, 0 filed, 0 already there, 1 differ, 0 refused"));
  EXPECT_THAT(kept.err, HasSubstr("differs: severity"));
  EXPECT_TRUE(node_.updates().empty());
  const RunResult updated = Import({"--update"});
  EXPECT_THAT(updated.out, HasSubstr("1 differ, 1 of them updated"));
  ASSERT_EQ(node_.updates().size(), 1u);
  EXPECT_EQ(node_.updates()[0].update_mask().paths(0), "severity");
  EXPECT_THAT(Import().out, HasSubstr("1 already there"));
}

TEST_F(ImportTest, AnUpdateThatIsRefusedIsCountedSoAndFailsAStrictImport) {
  Import();
  rows_ = folder_.Write("rows.csv",
                        "id,severity,seen,post\r\n1,high,smoke,e201\r\n4,low,smoke,l118\r\n");
  node_.FailUpdates(absl::StatusCode::kFailedPrecondition, "incident.state: does not follow");
  const RunResult result = Import({"--update"});
  EXPECT_EQ(result.code, 0);
  EXPECT_THAT(result.out, HasSubstr("2 read, 0 filed, 1 already there, 0 differ, 1 refused"));
  EXPECT_THAT(result.err, HasSubstr("rows.csv:2: refused: incident.state: does not follow"));
  EXPECT_EQ(Import({"--update", "--strict"}).code, 3);
  rows_ = folder_.Write("rows.csv", "id,severity,seen,post\r\n1,high,smoke,e201\r\n");
  EXPECT_EQ(Import({"--update"}).code, 3);
}

v1::Record SmallFire() {
  v1::Record record;
  record.set_scope("city/kings/e201");
  record.set_code("7K3M9QXF");
  v1::Incident& fire = *record.mutable_incident();
  fire.set_status(v1::STATUS_ACTUAL);
  fire.set_state(v1::INCIDENT_REPORTED);
  fire.set_type(v1::FIRE);
  fire.set_urgency(v1::URGENCY_IMMEDIATE);
  fire.set_certainty(v1::CERTAINTY_OBSERVED);
  fire.set_severity(v1::SEVERITY_MINOR);
  return record;
}

TEST_F(ImportTest, WhatNoUpdateWritesIsLeftOutOfItAndNamed) {
  v1::Record record = SmallFire();
  v1::Incident& fire = *record.mutable_incident();
  FakeNode settled("city/kings");
  settled.Hold(record);
  fire.set_severity(v1::SEVERITY_SEVERE);
  fire.add_resolution()->set_field(23);
  fire.mutable_resolution(0)->set_reason(v1::RESOLVE_SEEN_ON_SCENE);
  FakeNode source("city/kings");
  source.Hold(record);
  const std::string file = folder_.path("settled.csv");
  ASSERT_EQ(machine_.RunAt(source, {"export", "csv", "incident", "--out", file}).code, 0);
  const RunResult result = machine_.RunAt(settled, {"import", "csv", file, "--update", "--strict"});
  EXPECT_EQ(result.code, 0) << result.err;
  EXPECT_THAT(result.out, HasSubstr("1 differ, 1 of them updated, 0 refused"));
  EXPECT_THAT(result.err, HasSubstr("settled.csv:2: differs: resolution: "));
  ASSERT_EQ(settled.updates().size(), 1u);
  ASSERT_EQ(settled.updates()[0].update_mask().paths_size(), 1);
  EXPECT_EQ(settled.updates()[0].update_mask().paths(0), "severity");
}

TEST_F(ImportTest, AnUpdateWithdrawsNothingThatTheFileSaysWasMoved) {
  v1::Record record = SmallFire();
  v1::Incident& fire = *record.mutable_incident();
  FakeNode before("city/kings");
  before.Hold(record);
  fire.set_state(v1::INCIDENT_WITHDRAWN);
  fire.set_withdraw_reason(v1::WITHDRAW_WRONG_POST);
  fire.mutable_moved_to()->set_scope("city/kings/l118");
  fire.mutable_moved_to()->set_kind(v1::INCIDENT);
  fire.mutable_moved_to()->set_id("0123456789abcdef");
  FakeNode source("city/kings");
  source.Hold(record);
  const std::string file = folder_.path("moved.csv");
  ASSERT_EQ(machine_.RunAt(source, {"export", "csv", "incident", "--out", file}).code, 0);
  const RunResult result = machine_.RunAt(before, {"import", "csv", file, "--update"});
  EXPECT_EQ(result.code, 0) << result.err;
  EXPECT_THAT(result.out, HasSubstr("1 differ, 0 refused"));
  EXPECT_THAT(result.err, HasSubstr("moved.csv:2: differs: state withdraw_reason moved_to: "));
  EXPECT_TRUE(before.updates().empty());
}

TEST_F(ImportTest, RejectsNameLineFieldAndSortAndNoText) {
  Import({"--rejects", folder_.path("rejects.csv")});
  const std::string rejects = ReadFile(folder_.path("rejects.csv"));
  EXPECT_THAT(rejects, HasSubstr("line,outcome,field,reason\r\n"));
  EXPECT_THAT(rejects, HasSubstr("3,withheld,incident.description,telephone number\r\n"));
  EXPECT_THAT(rejects, HasSubstr("4,refused,,"));
  EXPECT_THAT(rejects, Not(HasSubstr("0100")));
}

TEST_F(ImportTest, OnlyRowsOfOneScopeAreFiledIfSoAsked) {
  const RunResult result = Import({"--only-scope", "city/kings/l118"});
  EXPECT_EQ(result.code, 0) << result.err;
  EXPECT_THAT(result.out, HasSubstr("4 read, 1 filed"));
  EXPECT_THAT(result.out, HasSubstr("2 elsewhere"));
  EXPECT_EQ(node_.held(), 1u);
}

TEST_F(ImportTest, ADryRunFilesNothing) {
  const RunResult result = Import({"--dry-run"});
  EXPECT_THAT(result.out, HasSubstr("Nothing was filed; it would have been: 4 read, 3 filed"));
  EXPECT_EQ(node_.held(), 0u);
}

TEST_F(ImportTest, RefusedRowsExitThreeOnlyIfStrict) {
  rows_ = folder_.Write("rows.csv",
                        "id,severity,seen,post\r\n1,low,smoke,e201\r\n3,odd,smoke,e201\r\n");
  EXPECT_EQ(Import().code, 0);
  EXPECT_EQ(Import({"--strict"}).code, 3);
}

TEST_F(ImportTest, ANodeThatGoesAwayEndsItWithTheCountsSoFar) {
  std::string rows = "id,severity,seen,post\r\n";
  for (int i = 0; i < 500; ++i) rows += std::to_string(i) + ",low,smoke,e201\r\n";
  rows_ = folder_.Write("rows.csv", rows);
  node_.FailCreatesFrom(201, absl::StatusCode::kUnavailable, "going down");
  const RunResult result = Import();
  EXPECT_EQ(result.code, 4);
  EXPECT_THAT(result.out, HasSubstr("200 filed"));
  EXPECT_THAT(result.err, HasSubstr("import the same file again"));
  EXPECT_THAT(result.err, HasSubstr("cannot answer now: going down"));
  node_.FailCreatesFrom(0, absl::StatusCode::kOk, "");
  const RunResult again = Import();
  EXPECT_EQ(again.code, 0) << again.err;
  EXPECT_THAT(again.out, HasSubstr("500 read, 300 filed, 200 already there"));
}

TEST_F(ImportTest, ARowThatTheNodeWillNotTakeAsItIsEndsNothing) {
  node_.FailCreatesFrom(1, absl::StatusCode::kFailedPrecondition, "incident.status: moves on only");
  const RunResult result = Import({"--only-scope", "city/kings/l118"});
  EXPECT_EQ(result.code, 0);
  EXPECT_THAT(result.out, HasSubstr("4 read, 0 filed, 0 already there, 0 differ, 2 refused"));
}

TEST_F(ImportTest, WithoutAMappingItNeedsOurOwnFile) {
  const RunResult result = machine_.RunAt(node_, {"import", "csv", rows_});
  EXPECT_EQ(result.code, 2);
  EXPECT_THAT(result.err, HasSubstr("--mapping"));
  EXPECT_EQ(machine_.RunAt(node_, {"import", "csv", folder_.path("none.csv")}).code, 2);
}

TEST_F(ImportTest, AFileThatBreaksOffAfterRowsWereSentIsNoBadUsage) {
  rows_ = folder_.Write("rows.csv",
                        "id,severity,seen,post\r\n1,low,smoke,e201\r\n2,low,\"smoke,e201\r\n");
  const RunResult result = Import();
  EXPECT_EQ(result.code, 3);
  EXPECT_THAT(result.out, HasSubstr("1 read, 1 filed"));
  EXPECT_THAT(result.err, HasSubstr("next: mend the file and import it again"));
  // Before the first row it is.
  rows_ = folder_.Write("rows.csv", "id,severity,seen,post\r\n2,low,\"smoke,e201\r\n");
  EXPECT_EQ(Import().code, 2);
}

TEST_F(ImportTest, OfSeveralFilesAllAreThereOrNothingIsSent) {
  const std::string first = folder_.Write("a.cap", Cap("A1", "Alert", ""));
  const RunResult result =
      machine_.RunAt(node_, {"import", "cap", first, folder_.path("none.cap")});
  EXPECT_EQ(result.code, 2);
  EXPECT_THAT(result.err, HasSubstr("none.cap: cannot be read"));
  EXPECT_TRUE(node_.creates().empty());
}

TEST_F(ImportTest, AlertsOfOneIdentifierInSeveralScopesAreExportedToAFileEach) {
  const std::string file = folder_.Write("a.cap", Cap("A1", "Alert", ""));
  for (const char* scope : {"city/kings/**", "city/kings", "city/kings/e201"}) {
    ASSERT_EQ(machine_.RunAt(node_, {"import", "cap", "--scope", scope, file}).code, 0);
  }
  const std::string out = folder_.path("out");
  const RunResult result = machine_.RunAt(node_, {"export", "cap", "alert", "--out", out});
  EXPECT_EQ(result.code, 0) << result.err;
  EXPECT_THAT(result.err, HasSubstr("3 written"));
  const auto files = std::filesystem::directory_iterator(out);
  EXPECT_EQ(std::distance(begin(files), end(files)), 3);
}

TEST_F(ImportTest, ATableIsNotExportedToAFolderAndNoCountIsPrintedOfIt) {
  Import();
  const RunResult result =
      machine_.RunAt(node_, {"export", "csv", "incident", "--out", folder_.path()});
  EXPECT_EQ(result.code, 2);
  EXPECT_THAT(result.err, HasSubstr("is a folder"));
  EXPECT_THAT(result.err, Not(HasSubstr("written")));
  EXPECT_TRUE(node_.lists().empty());
}

TEST_F(ImportTest, JsonHasEveryCount) {
  const RunResult result = Import({"--output", "json"});
  for (const char* count :
       {"\"read\":4", "\"filed\":3", "\"already_there\":0", "\"differs\":0", "\"refused\":1",
        "\"withheld\":1", "\"flagged\":0", "\"elsewhere\":0"}) {
    EXPECT_THAT(result.out, HasSubstr(count));
  }
}

TEST_F(ImportTest, WhatWasExportedIsAllThereAlready) {
  Import();
  for (const char* format : {"csv", "geojson"}) {
    const std::string file = folder_.path(std::string("out.") + format);
    const RunResult exported = machine_.RunAt(node_, {"export", format, "incident", "--out", file});
    EXPECT_EQ(exported.code, 0) << exported.err;
    const RunResult imported = machine_.RunAt(node_, {"import", format, file});
    EXPECT_EQ(imported.code, 0) << imported.err;
    EXPECT_THAT(imported.out, HasSubstr("3 read, 0 filed, 3 already there, 0 differ")) << format;
  }
}

TEST_F(ImportTest, WhatWasTypedIsFoundAgainByItsCode) {
  ASSERT_EQ(machine_
                .RunAt(node_, {"report", "incident", "--what", "fire", "--how-bad", "minor",
                               "--where", "40.7,-74", "--line", "a bin"})
                .code,
            0);
  const std::string file = folder_.path("typed.csv");
  ASSERT_EQ(machine_.RunAt(node_, {"export", "csv", "incident", "--out", file}).code, 0);
  EXPECT_THAT(machine_.RunAt(node_, {"import", "csv", file}).out,
              HasSubstr("1 read, 0 filed, 1 already there"));
  FakeNode other("city/kings");
  EXPECT_THAT(machine_.RunAt(other, {"import", "csv", file}).out, HasSubstr("1 read, 1 filed"));
}

TEST_F(ImportTest, ACapCancelPutsTheAlertThatItNamesOutOfForce) {
  const std::string first = folder_.Write("a.cap", Cap("A1", "Alert", ""));
  const std::string cancel =
      folder_.Write("c.cap", Cap("C1", "Cancel",
                                 "w@example.org,A1,2026-11-23T14:00:00-05:00 w@example.org,A0,"
                                 "2026-11-23T13:00:00-05:00"));
  ASSERT_EQ(machine_.RunAt(node_, {"import", "cap", first}).code, 0);
  const RunResult result = machine_.RunAt(node_, {"import", "cap", cancel});
  EXPECT_EQ(result.code, 0) << result.err;
  EXPECT_THAT(result.out, HasSubstr("1 earlier alerts put out of force"));
  ASSERT_EQ(node_.updates().size(), 1u);
  EXPECT_EQ(node_.updates()[0].record().alert().state(), v1::ALERT_CANCELLED);
  // A second time there is nothing left to do.
  EXPECT_THAT(machine_.RunAt(node_, {"import", "cap", cancel}).out, HasSubstr("1 already there"));
  EXPECT_EQ(node_.updates().size(), 1u);
  EXPECT_EQ(node_.creates()[0].parent(), "scopes/city.kings.all");
}

TEST_F(ImportTest, ACapAlertThatComesAfterItsCancelIsPutOutOfForceAsWell) {
  const std::string first = folder_.Write("a.cap", Cap("A1", "Alert", ""));
  const std::string update = folder_.Write("u.cap", Cap("U1", "Update", kToA1));
  const std::string cancel = folder_.Write("c.cap", Cap("C1", "Cancel", kToA1));
  // In one run.
  const RunResult one_run = machine_.RunAt(node_, {"import", "cap", cancel, first});
  EXPECT_EQ(one_run.code, 0) << one_run.err;
  EXPECT_THAT(one_run.out, HasSubstr("2 filed"));
  EXPECT_THAT(one_run.out, HasSubstr("1 earlier alerts put out of force"));
  ASSERT_EQ(node_.updates().size(), 1u);
  EXPECT_EQ(node_.updates()[0].record().alert().state(), v1::ALERT_CANCELLED);
  const RunResult again = machine_.RunAt(node_, {"import", "cap", cancel, first});
  EXPECT_THAT(again.out, HasSubstr("2 read, 0 filed, 2 already there, 0 differ, 0 refused"));
  EXPECT_EQ(node_.updates().size(), 1u);
  // Between runs; what was cancelled stays so, though an Update of it is held too.
  FakeNode other("city/kings");
  ASSERT_EQ(machine_.RunAt(other, {"import", "cap", cancel}).code, 0);
  ASSERT_EQ(machine_.RunAt(other, {"import", "cap", update}).code, 0);
  ASSERT_EQ(machine_.RunAt(other, {"import", "cap", first}).code, 0);
  ASSERT_EQ(other.updates().size(), 1u);
  EXPECT_EQ(other.updates()[0].record().alert().state(), v1::ALERT_CANCELLED);
}

TEST_F(ImportTest, AnAlertThatTheNodeLeavesInForceIsSaid) {
  const std::string first = folder_.Write("a.cap", Cap("A1", "Alert", ""));
  const std::string cancel = folder_.Write("c.cap", Cap("C1", "Cancel", kToA1));
  node_.FailUpdates(absl::StatusCode::kFailedPrecondition, "not now");
  const RunResult result = machine_.RunAt(node_, {"import", "cap", first, cancel, "--strict"});
  EXPECT_EQ(result.code, 3);
  EXPECT_THAT(result.out, HasSubstr("2 filed, 0 already there, 0 differ, 0 refused"));
  EXPECT_THAT(result.out, HasSubstr("1 earlier alerts left in force"));
  EXPECT_THAT(result.err, HasSubstr("stays in force: not now"));
}

TEST_F(ImportTest, AFileThatIsRefusedWholeExitsThree) {
  const std::string file = folder_.Write(
      "x.cap", "<!DOCTYPE alert [<!ENTITY x SYSTEM \"file:///etc/passwd\">]><alert>&x;</alert>");
  const RunResult result = machine_.RunAt(node_, {"import", "cap", file});
  EXPECT_EQ(result.code, 3);
  EXPECT_THAT(result.out, HasSubstr("1 read, 0 filed"));
  EXPECT_TRUE(node_.creates().empty());
}

TEST_F(ImportTest, CapComesOutAsItWentIn) {
  const std::string bytes = Cap("A1", "Alert", "");
  ASSERT_EQ(machine_.RunAt(node_, {"import", "cap", folder_.Write("a.cap", bytes)}).code, 0);
  const RunResult result = machine_.RunAt(node_, {"export", "cap", "alert"});
  EXPECT_EQ(result.code, 0) << result.err;
  EXPECT_EQ(result.out, bytes);
}

TEST(Import, TheRealFiresAreAllAccountedFor) {
  const auto fires = DataPath("nyc-fire-incidents");
  const auto houses = DataPath("nyc-firehouses");
  const auto counties = DataPath("boundaries");
  if (!fires || !houses || !counties) GTEST_SKIP() << kNoData;
  FakeNode node("city");
  Machine machine;
  std::string counties_file;
  std::string houses_file;
  std::string fires_file;
  for (const auto& [dir, file] :
       {std::pair{*counties, &counties_file}, {*houses, &houses_file}, {*fires, &fires_file}}) {
    for (const auto& entry : std::filesystem::directory_iterator(dir)) {
      const std::string extension = entry.path().extension();
      if (extension == ".csv" || extension == ".geojson") *file = entry.path();
    }
  }
  const std::vector<std::string> arguments = {"import",
                                              "csv",
                                              fires_file,
                                              "--mapping",
                                              SourcePath("tools/mappings/nyc_fire_incidents.toml"),
                                              "--aid",
                                              "stations=" + houses_file,
                                              "--aid",
                                              "counties=" + counties_file};
  const RunResult result = machine.RunAt(node, arguments);
  EXPECT_EQ(result.code, 0) << result.err;
  EXPECT_EQ(result.out,
            "1266 read, 1265 filed, 0 already there, 0 differ, 1 refused, 27 flagged\n");
  EXPECT_EQ(node.held(), 1265u);
  EXPECT_EQ(machine.RunAt(node, arguments).out,
            "1266 read, 0 filed, 1265 already there, 0 differ, 1 refused, 27 flagged\n");
}

}  // namespace
}  // namespace tocsin::cli
