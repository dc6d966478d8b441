#include "node/exchange/mapping.h"

#include <absl/strings/str_cat.h>
#include <absl/strings/str_replace.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <filesystem>

#include "node/exchange/features.h"
#include "node/exchange/local_time.h"
#include "node/exchange/translate.h"
#include "tests/node/exchange/support.h"

namespace tocsin::exchange {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr char kFires[] = R"(
kind = "INCIDENT"
source = "test"
key = ["id"]
ignore = ["remarks"]
missing = ["NA"]
time_zone = "America/New_York"
[constants]
status = "STATUS_ACTUAL"
[field.severity]
column = "spread"
table = "spread"
missing = "SEVERITY_UNKNOWN"
[table.spread]
room = "SEVERITY_MODERATE"
[field.call_time]
column = "called"
time = "%m/%d/%Y %H:%M:%S"
[field.cleared_time]
column = "cleared"
time = "%m/%d/%Y %H:%M:%S"
[duration]
from = "call_time"
to = "cleared_time"
column = "seconds"
[scope]
constant = "city/kings"
)";
constexpr char kHeader[] = "id,spread,called,cleared,seconds,remarks\n";

absl::Status ParseError(const std::string& toml) {
  return ParseMapping(toml, "test.toml", LoadNothing).status();
}

std::string Fires(absl::string_view from, absl::string_view to) {
  return absl::StrReplaceAll(kFires, {{from, to}});
}

v1::Incident OneFire(const std::string& row, const std::string& toml = kFires) {
  KeepingSink sink;
  auto summary = ImportCsv(kHeader + row, toml, sink);
  EXPECT_TRUE(summary.ok()) << summary.status();
  for (const Refused& refused : sink.refused) ADD_FAILURE() << refused.reason;
  return sink.rows.size() == 1 ? sink.rows[0].record.incident() : v1::Incident();
}

std::string Refusal(const std::string& row, const std::string& toml = kFires) {
  KeepingSink sink;
  auto summary = ImportCsv(kHeader + row, toml, sink);
  EXPECT_TRUE(summary.ok()) << summary.status();
  EXPECT_EQ(sink.refused.size(), 1u);
  return sink.refused.empty() ? "" : sink.refused[0].reason;
}

TEST(Mapping, EveryShippedMappingIsSound) {
  int mappings = 0;
  for (const auto& entry : std::filesystem::directory_iterator(SourcePath("tools/mappings"))) {
    const std::string name = entry.path().filename();
    if (name == "nyc_boroughs.toml") continue;
    EXPECT_TRUE(ShippedMapping(name).ok()) << ShippedMapping(name).status();
    ++mappings;
  }
  EXPECT_GE(mappings, 8);
}

TEST(Mapping, AnUnknownSettingIsNamedWithItsLine) {
  EXPECT_THAT(ParseError(Fires("table = \"spread\"", "tabel = \"spread\"")).ToString(),
              HasSubstr("test.toml, line 12: field.severity.tabel is not known here"));
}

TEST(Mapping, BrokenTomlIsNamedWithItsLine) {
  EXPECT_THAT(ParseError("kind = \"INCIDENT\"\nkey = [\n").ToString(),
              HasSubstr("test.toml, line"));
}

TEST(Mapping, AFreeTextIsFilledOnlyWhereTheMappingSaysSo) {
  const std::string quiet = Fires("[scope]", "[field.description]\ncolumn = \"remarks\"\n[scope]");
  EXPECT_THAT(ParseError(absl::StrReplaceAll(quiet, {{"ignore = [\"remarks\"]", ""}})).ToString(),
              HasSubstr("text = true"));
  const std::string said = absl::StrReplaceAll(
      quiet, {{"ignore = [\"remarks\"]", ""}, {"\"remarks\"\n", "\"remarks\"\ntext = true\n"}});
  EXPECT_EQ(OneFire("1,room,,,,smoke seen\n", said).description(), "smoke seen");
  EXPECT_THAT(ParseError(Fires("missing = \"SEV", "text = true\nmissing = \"SEV")).ToString(),
              HasSubstr("no free text"));
}

TEST(Mapping, WordsThatTheFieldDoesNotKnowAreFoundBeforeTheFirstRow) {
  EXPECT_THAT(ParseError(Fires("SEVERITY_MODERATE", "SEVERITY_BAD")).ToString(),
              HasSubstr("SEVERITY_BAD"));
  EXPECT_THAT(ParseError(Fires("STATUS_ACTUAL", "Actual")).ToString(), HasSubstr("CapStatus"));
  EXPECT_THAT(ParseError(Fires("field.severity", "field.severeness")).ToString(),
              HasSubstr("no field"));
  EXPECT_THAT(ParseError(Fires("table = \"spread\"", "table = \"other\"")).ToString(),
              HasSubstr("no table"));
  EXPECT_THAT(ParseError(Fires("\"INCIDENT\"", "\"PERSON\"")).ToString(),
              HasSubstr("no kind of record"));
  EXPECT_THAT(ParseError(Fires("New_York", "Gotham")).ToString(), HasSubstr("tzdata"));
}

TEST(Mapping, TheSourceIsNeverAColumnOfItsOwn) {
  EXPECT_FALSE(
      ParseError(Fires("[scope]", "[field.\"source.key\"]\ncolumn = \"id\"\n[scope]")).ok());
}

TEST(Mapping, AColumnNeitherMappedNorIgnoredEndsTheImport) {
  KeepingSink sink;
  auto summary = ImportCsv("id,spread,called,cleared,seconds,remarks,extra\n", kFires, sink);
  EXPECT_THAT(summary.status().ToString(), HasSubstr("\"extra\" is neither mapped nor ignored"));
  summary = ImportCsv("id,spread,called,cleared,remarks\n", kFires, sink);
  EXPECT_THAT(summary.status().ToString(), HasSubstr("\"seconds\""));
  summary = ImportCsv("id,id,spread,called,cleared,seconds\n", kFires, sink);
  EXPECT_THAT(summary.status().ToString(), HasSubstr("twice"));
  EXPECT_THAT(ParseError(Fires("[\"remarks\"]", "[\"spread\"]")).ToString(),
              HasSubstr("both mapped and ignored"));
}

TEST(Mapping, AFileWithoutHeaderIsNotRepeatedInTheMessage) {
  KeepingSink sink;
  auto summary = ImportCsv("somebody's secret,and another\n", kFires, sink);
  EXPECT_THAT(summary.status().ToString(), HasSubstr("begin with its column names"));
  EXPECT_THAT(summary.status().ToString(), Not(HasSubstr("secret")));
}

TEST(Translate, AMissingValueIsWhatTheMappingSays) {
  EXPECT_EQ(OneFire("1,NA,,,,\n").severity(), v1::SEVERITY_UNKNOWN);
  EXPECT_EQ(OneFire("1, room ,,,,\n").severity(), v1::SEVERITY_MODERATE);
  EXPECT_FALSE(OneFire("1,room,NA,,,\n").has_call_time());
}

TEST(Translate, AValueThatATableLacksRefusesTheRowWithoutRepeatingIt) {
  const std::string reason = Refusal("1,Zanzibar,,,,\n");
  EXPECT_THAT(reason, HasSubstr("column \"spread\""));
  EXPECT_THAT(reason, Not(HasSubstr("Zanzibar")));
  EXPECT_THAT(Refusal(",room,,,,\n"), HasSubstr("no key"));
  EXPECT_THAT(Refusal("1,room,Zanzibar,,,\n"), Not(HasSubstr("Zanzibar")));
}

TEST(Translate, ARowOfAnotherWidthIsRefusedAndTheNextIsRead) {
  KeepingSink sink;
  auto summary = ImportCsv(absl::StrCat(kHeader, "1,room\n2,room,,,,\n"), kFires, sink);
  ASSERT_TRUE(summary.ok());
  EXPECT_EQ(summary->read, 2u);
  EXPECT_EQ(summary->ready, 1u);
  EXPECT_EQ(sink.refused[0].line, 2u);
  EXPECT_THAT(sink.refused[0].reason, HasSubstr("has 2 cells, the header has 6"));
}

TEST(Translate, KeysThatAreNoIdentifiersStandAsAHash) {
  EXPECT_EQ(SourceKey("2-6007-00015/00030"), "2-6007-00015/00030");
  EXPECT_EQ(SourceKey("a key with blanks").size(), 32u);
  EXPECT_NE(SourceKey("a key with blanks"), SourceKey("a key with  blanks"));
}

TEST(Translate, TheDurationTellsWhichOfTwoReadingsWasMeant) {
  // Clocks went back at 02:00 on 1 November 2015: 01:30 came twice.
  EXPECT_EQ(IsoTime(FromTimestamp(
                OneFire("1,room,11/01/2015 00:30:00,11/01/2015 01:30:00,3600,\n").cleared_time())),
            "2015-11-01T05:30:00Z");
  EXPECT_EQ(IsoTime(FromTimestamp(
                OneFire("1,room,11/01/2015 00:30:00,11/01/2015 01:30:00,7200,\n").cleared_time())),
            "2015-11-01T06:30:00Z");
}

TEST(Translate, AReadingThatCameTwiceIsRefusedUnlessTheMappingDecides) {
  const std::string row = "1,room,11/01/2015 01:30:00,,,\n";
  EXPECT_THAT(Refusal(row), HasSubstr("ambiguous"));
  auto decided = [&](const std::string& which) {
    return IsoTime(FromTimestamp(
        OneFire(row, Fires("time_zone", "ambiguous = \"" + which + "\"\ntime_zone")).call_time()));
  };
  EXPECT_EQ(decided("early"), "2015-11-01T05:30:00Z");
  EXPECT_EQ(decided("late"), "2015-11-01T06:30:00Z");
}

TEST(Translate, AReadingThatNeverCameIsRefusedUnlessTheDurationProvesIt) {
  // Clocks went forward at 02:00 on 8 March 2015.
  EXPECT_THAT(Refusal("1,room,03/08/2015 02:30:00,,,\n"), HasSubstr("ambiguous"));
  EXPECT_EQ(IsoTime(FromTimestamp(
                OneFire("1,room,03/08/2015 01:30:00,03/08/2015 02:30:00,3600,\n").cleared_time())),
            "2015-03-08T07:30:00Z");
}

TEST(Translate, ADurationThatFitsNoReadingRefusesTheRow) {
  EXPECT_THAT(Refusal("1,room,11/01/2015 00:30:00,11/01/2015 01:30:00,3601,\n"),
              HasSubstr("column \"seconds\""));
}

TEST(Translate, SlugsComeFromTheWordsInTheirOrder) {
  const SlugRule rule{"name", '/', {{"Engine", "e"}, {"Ladder", "l"}}};
  EXPECT_EQ(*Slug(rule, "Battalion 40/Engine 201/Ladder 114"), "e201");
  EXPECT_EQ(*Slug(rule, "Ladder 8/Engine 9"), "e9");
  EXPECT_EQ(*Slug(rule, "Ladder 8"), "l8");
  EXPECT_EQ(*Slug(rule, "Bronx Borough Command"), "bronx-borough-command");
  EXPECT_EQ(*Slug(rule, "Engine House, Old"), "engine-house-old");
  EXPECT_FALSE(Slug(rule, "///").ok());
}

TEST(GeoJson, LongitudeComesFirst) {
  auto features = ParseFeatures(
      R"({"type":"Feature","geometry":{"type":"Point","coordinates":[-73.9,40.8,12]},"properties":{}})");
  ASSERT_TRUE(features.ok()) << features.status();
  EXPECT_EQ(features->at(0).geometry.point->lat_e7, 408'000'000);
}

TEST(GeoJson, NumbersBecomeTheTextThatACellWouldHave) {
  auto features = ParseFeatures(
      R"({"type":"Feature","geometry":null,"properties":{"a":4582.0,"b":0.1,"c":true,"d":null}})");
  ASSERT_TRUE(features.ok());
  const auto& properties = features->at(0).properties.fields();
  EXPECT_EQ(PropertyText(properties.at("a")), "4582");
  EXPECT_EQ(PropertyText(properties.at("b")), "0.1");
  EXPECT_EQ(PropertyText(properties.at("c")), "true");
  EXPECT_EQ(PropertyText(properties.at("d")), "");
}

TEST(GeoJson, LimitsAreKeptAndOtherJsonIsRefused) {
  EXPECT_FALSE(ParseFeatures("").ok());
  EXPECT_FALSE(ParseFeatures("[]").ok());
  EXPECT_FALSE(ParseFeatures("{\"type\":\"Topology\"}").ok());
  EXPECT_FALSE(ParseFeatures("{\"type\":\"FeatureCollection\",\"features\":[\"\xE9\"]}").ok());
  EXPECT_THAT(ParseFeatures(std::string(100'000, '[')).status().ToString(), HasSubstr("nest"));
  EXPECT_FALSE(ParseFeatures(std::string(kGeoJsonBytesMax + 1, ' ')).ok());
}

std::string Mutated(std::string bytes) {
  for (int i = *rc::gen::inRange(1, 5); i > 0 && !bytes.empty(); --i) {
    const auto at = *rc::gen::inRange<size_t>(0, bytes.size());
    switch (*rc::gen::inRange(0, 3)) {
      case 0:
        bytes.erase(at, *rc::gen::inRange<size_t>(0, 10));
        break;
      case 1:
        bytes.insert(at, bytes.substr(*rc::gen::inRange<size_t>(0, bytes.size()), 8));
        break;
      default:
        bytes[at] = *rc::gen::oneOf(rc::gen::arbitrary<char>(),
                                    rc::gen::elementOf(std::string("\"[]{}=.\n,")));
    }
  }
  return bytes;
}

RC_GTEST_PROP(Mapping, NoMutationOfAMappingOrAFileCrashesTheReaders, ()) {
  KeepingSink sink;
  (void)ImportCsv(Mutated(absl::StrCat(kHeader,
                                       "1,room,11/01/2015 00:30:00,11/01/2015 01:30:00,"
                                       "3600,text\n2,NA,,,,\n")),
                  Mutated(kFires), sink)
      .ok();
}

RC_GTEST_PROP(GeoJson, NoMutationCrashesTheReader, ()) {
  (void)ParseFeatures(Mutated(R"({"type":"FeatureCollection","features":[{"type":"Feature",
    "properties":{"a":1,"b":"x\u00e9","c":[1,{}]},"geometry":{"type":"MultiPolygon",
    "coordinates":[[[[0,0],[1,0],[1,1],[0,0]]]]}}]})"))
      .ok();
}

RC_GTEST_PROP(Translate, NoReasonRepeatsACell, ()) {
  // Cells of a word that no mapping and no message has.
  auto cell = [] {
    return *rc::gen::elementOf(std::vector<std::string>{"", "NA", "1", "room", "zzqzz", "\xFFzzqzz",
                                                        "11/01/2015 01:30:00", "zzqzz/1"});
  };
  KeepingSink sink;
  auto summary = ImportCsv(absl::StrCat(kHeader, cell(), ",", cell(), ",", cell(), ",", cell(), ",",
                                        cell(), ",", cell(), "\n"),
                           kFires, sink);
  RC_ASSERT(summary.ok());
  for (const Refused& refused : sink.refused) {
    RC_ASSERT(refused.reason.find("zzqzz") == std::string::npos);
  }
}

}  // namespace
}  // namespace tocsin::exchange
