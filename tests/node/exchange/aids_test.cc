// Stations, areas and shapes on a small made-up county of two stations, so that the rules are
// tested where the real files are absent.
#include "node/exchange/aids.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "node/exchange/read.h"
#include "tests/node/exchange/support.h"

namespace tocsin::exchange {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr char kStationMapping[] = R"(
kind = "POST"
source = "stations"
key = ["name"]
[constants]
status = "STATUS_ACTUAL"
state = "LIFE_ACTIVE"
[field.display_name]
column = "name"
text = true
[place]
latitude = "lat"
longitude = "lng"
[scope]
column = "county"
table = "counties"
[scope.slug]
column = "name"
words = [["Engine", "e"]]
[table.counties]
north = "city/north"
south = "city/south"
)";

constexpr char kFireMapping[] = R"(
kind = "INCIDENT"
source = "fires"
key = ["id"]
[aid.stations]
use = "stations"
mapping = "stations.toml"
[aid.areas]
use = "areas"
property = "name"
[aid.shapes]
use = "shapes"
property = "name"
[place]
latitude = "lat"
longitude = "lng"
shapes = "shapes"
shape_column = "shape"
[scope]
column = "county"
table = "counties"
match = "name"
give = "scope"
nearest = "stations"
within = "areas"
area = "area"
[lookup.counties]
columns = ["name", "scope", "area"]
rows = [["north", "city/north", "N"]]
)";

constexpr char kStations[] =
    "name,county,lat,lng\nEngine 1,north,40.2,-74.0\nEngine 2,north,40.8,-74.0\n"
    "Engine 3,south,40.5,-74.0\n";
// A square degree.
constexpr char kAreas[] =
    R"({"type":"FeatureCollection","features":[{"type":"Feature","properties":{"name":"N"},
    "geometry":{"type":"Polygon","coordinates":[[[-75,40],[-73,40],[-73,41],[-75,41],[-75,40]]]}}]})";
constexpr char kHeader[] = "id,county,lat,lng,shape\n";

absl::StatusOr<std::string> Load(const std::string& name) {
  if (name == "stations.toml") return std::string(kStationMapping);
  return absl::NotFoundError(name);
}

std::map<std::string, std::string> Files() {
  return {{"stations", kStations}, {"areas", kAreas}, {"shapes", kAreas}};
}

absl::StatusOr<Aids> Build(const std::map<std::string, std::string>& files) {
  auto mapping = ParseMapping(kFireMapping, "fires.toml", Load);
  EXPECT_TRUE(mapping.ok()) << mapping.status();
  return Aids::Build(*mapping, files, Load);
}

std::string BuildError(const std::string& aid, const std::string& bytes) {
  auto files = Files();
  files[aid] = bytes;
  return std::string(Build(files).status().message());
}

KeepingSink Import(const std::string& rows) {
  KeepingSink sink;
  auto mapping = ParseMapping(kFireMapping, "fires.toml", Load);
  auto aids = Build(Files());
  EXPECT_TRUE(aids.ok()) << aids.status();
  std::istringstream in(kHeader + rows);
  auto summary = ReadCsv(in, *mapping, *aids, sink);
  EXPECT_TRUE(summary.ok()) << summary.status();
  return sink;
}

TEST(Aids, ARowGoesToTheNearestStationOfItsOwnCounty) {
  // Engine 3 is nearest to all of them, and in another county.
  const KeepingSink sink = Import("1,north,40.45,-74,N\n2,north,40.55,-74,N\n");
  ASSERT_EQ(sink.rows.size(), 2u);
  EXPECT_EQ(sink.rows[0].record.scope(), "city/north/e1");
  EXPECT_EQ(sink.rows[1].record.scope(), "city/north/e2");
  EXPECT_FALSE(sink.rows[0].flagged);
}

TEST(Aids, ARowWithoutPlaceOrOutsideItsAreaStaysWithTheCountyAndIsFlagged) {
  const KeepingSink sink = Import("1,north,,,N\n2,north,42,-74,N\n");
  ASSERT_EQ(sink.rows.size(), 2u);
  for (const ImportRow& row : sink.rows) {
    EXPECT_EQ(row.record.scope(), "city/north");
    EXPECT_TRUE(row.flagged);
  }
  EXPECT_THAT(sink.rows[0].record.incident().place_flag(), ElementsAre(v1::PLACE_MISSING));
  EXPECT_THAT(sink.rows[1].record.incident().place_flag(),
              ElementsAre(v1::PLACE_OUTSIDE_JURISDICTION));
  EXPECT_FALSE(sink.rows[0].record.incident().has_point());
  EXPECT_TRUE(sink.rows[1].record.incident().has_point());
}

TEST(Aids, AShapeIsTakenByItsNameAndOneThatIsNotThereRefusesTheRow) {
  const KeepingSink sink = Import("1,north,40.5,-74,N\n2,north,40.5,-74,Zanzibar\n");
  ASSERT_EQ(sink.rows.size(), 1u);
  EXPECT_EQ(sink.rows[0].record.incident().area().ring(0).lat_e7_delta_size(), 5);
  ASSERT_EQ(sink.refused.size(), 1u);
  EXPECT_THAT(sink.refused[0].reason, HasSubstr("column \"shape\""));
}

TEST(Aids, HalfAPlaceRefusesTheRow) {
  EXPECT_EQ(Import("1,north,40.5,,N\n2,north,91,0,N\n3,north,x,y,N\n").refused.size(), 3u);
}

TEST(Aids, EveryAidIsAskedForByNameAndNoOtherIsTaken) {
  auto files = Files();
  files.erase("areas");
  EXPECT_THAT(Build(files).status().ToString(), HasSubstr("--aid areas=FILE"));
  files = Files();
  files["other"] = "";
  EXPECT_THAT(Build(files).status().ToString(), HasSubstr("no aid \"other\""));
}

TEST(Aids, StationsThatCannotBeToldApartAreRefused) {
  EXPECT_THAT(BuildError("stations",
                         "name,county,lat,lng\nEngine 1,north,40,-74\n"
                         "Engine 1/Ladder 2,north,40,-74\n"),
              HasSubstr("line 3: a second station for city/north/e1"));
  EXPECT_THAT(BuildError("stations", "name,county,lat,lng\nEngine 1,north,,\n"),
              HasSubstr("line 2: a station needs a place"));
  EXPECT_THAT(BuildError("stations", "name,county,lat,lng\nEngine 1,west,40,-74\n"),
              HasSubstr("line 2: column \"county\""));
}

TEST(Aids, AreasThatTheScopesNameMustBeThere) {
  std::string other(kAreas);
  other.replace(other.find("\"N\""), 3, "\"M\"");
  EXPECT_THAT(BuildError("areas", other), HasSubstr("has no area \"N\""));
  EXPECT_THAT(BuildError("areas", "[]"), HasSubstr("aid \"areas\""));
}

}  // namespace
}  // namespace tocsin::exchange
