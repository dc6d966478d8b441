// The published areas of the real data: 2,095 census tracts and the counties of two states.
#include <absl/strings/numbers.h>
#include <google/protobuf/struct.pb.h>
#include <google/protobuf/util/json_util.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <sstream>

#include "node/geo/areas.h"
#include "tests/support/data.h"

namespace tocsin::geo {
namespace {

using google::protobuf::ListValue;

Polygon FromCoordinates(const ListValue& rings) {
  Polygon polygon;
  for (const auto& ring : rings.values()) {
    auto& points = polygon.rings.emplace_back();
    for (const auto& pair : ring.list_value().values()) {
      const ListValue& lng_lat = pair.list_value();
      points.push_back(
          PointFromDegrees(lng_lat.values(1).number_value(), lng_lat.values(0).number_value())
              .value());
    }
  }
  return polygon;
}

std::vector<NamedArea> ReadGeoJson(const std::string& path, const std::string& name_property) {
  google::protobuf::Struct document;
  auto status = google::protobuf::util::JsonStringToMessage(ReadFile(path), &document);
  EXPECT_TRUE(status.ok()) << status.ToString();
  std::vector<NamedArea> areas;
  for (const auto& feature : document.fields().at("features").list_value().values()) {
    const auto& fields = feature.struct_value().fields();
    const auto& geometry = fields.at("geometry").struct_value().fields();
    const ListValue& coordinates = geometry.at("coordinates").list_value();
    NamedArea area;
    area.name = fields.at("properties").struct_value().fields().at(name_property).string_value();
    if (geometry.at("type").string_value() == "Polygon") {
      area.pieces.push_back(FromCoordinates(coordinates));
    } else {
      for (const auto& piece : coordinates.values()) {
        area.pieces.push_back(FromCoordinates(piece.list_value()));
      }
    }
    areas.push_back(std::move(area));
  }
  return areas;
}

TEST(PublishedAreas, EveryCensusTractIsValidAndHasACentroid) {
  auto path = DataPath("nyc-headcount-zones/nyc_tracts.geojson");
  if (!path) GTEST_SKIP() << kNoData;
  std::vector<NamedArea> tracts = ReadGeoJson(*path, "GEOID");
  ASSERT_EQ(tracts.size(), 2095u);
  for (const NamedArea& tract : tracts) {
    ASSERT_EQ(tract.pieces.size(), 1u);
    absl::Status status = ValidatePolygon(tract.pieces[0]);
    EXPECT_TRUE(status.ok()) << tract.name << ": " << status;
    EXPECT_NEAR(Centroid(tract.pieces[0]).lat(), 40.7, 0.3) << tract.name;
  }
}

TEST(PublishedAreas, EveryCountyIsValidAndHoldsItsOwn) {
  auto path = DataPath("boundaries/ny_nj_counties_same.geojson");
  if (!path) GTEST_SKIP() << kNoData;
  auto index = AreaIndex::Build(ReadGeoJson(*path, "name"));
  ASSERT_TRUE(index.ok()) << index.status();
  auto find = [&](double lat, double lng) {
    return index->Find(PointFromDegrees(lat, lng).value());
  };
  using Names = std::vector<std::string>;
  EXPECT_EQ(find(40.7831, -73.9712), Names{"New York"});
  EXPECT_EQ(find(40.6501, -73.9496), Names{"Kings"});
  EXPECT_EQ(find(40.5795, -74.1502), Names{"Richmond"});
  EXPECT_EQ(find(40.7282, -73.7949), Names{"Queens"});
  EXPECT_EQ(find(40.8448, -73.8648), Names{"Bronx"});
  EXPECT_TRUE(find(38.9, -77.0).empty());
}

// The county polygons against the boroughs that the fires of 2015 state, whose numbers differ from
// other files' (3 is Staten Island here).
TEST(PublishedAreas, NineteenFiresPlotOutsideTheirBorough) {
  auto counties = DataPath("boundaries/ny_nj_counties_same.geojson");
  auto fires = DataPath("nyc-fire-incidents/nyc_severe_fire_incidents_2015_h1.csv");
  if (!counties || !fires) GTEST_SKIP() << kNoData;
  auto index = AreaIndex::Build(ReadGeoJson(*counties, "name"));
  ASSERT_TRUE(index.ok()) << index.status();
  const std::vector<std::pair<std::string, std::string>> boroughs = {
      {",1 - Manhattan,", "New York"},
      {",2 - Bronx,", "Bronx"},
      {",3 - Staten Island,", "Richmond"},
      {",4 - Brooklyn,", "Kings"},
      {",5 - Queens,", "Queens"}};
  int without_place = 0, elsewhere_in_the_city = 0, westchester = 0, nowhere = 0;
  std::istringstream rows(ReadFile(*fires));
  std::string row;
  std::getline(rows, row);
  while (std::getline(rows, row)) {
    auto stated = std::find_if(boroughs.begin(), boroughs.end(), [&row](const auto& borough) {
      return row.find(borough.first) != std::string::npos;
    });
    ASSERT_NE(stated, boroughs.end()) << row;
    // The place is the last two columns.
    size_t second = row.rfind(',');
    size_t first = row.rfind(',', second - 1);
    double lat = 0, lng = 0;
    if (!absl::SimpleAtod(row.substr(first + 1, second - first - 1), &lat) ||
        !absl::SimpleAtod(row.substr(second + 1), &lng) || lat == 0) {
      ++without_place;
      continue;
    }
    Point point = PointFromDegrees(lat, lng).value();
    if (index->Contains(stated->second, point)) continue;
    std::vector<std::string> names = index->Find(point);
    if (names.empty()) {
      ++nowhere;
    } else if (names[0] == "Westchester") {
      ++westchester;
    } else {
      ++elsewhere_in_the_city;
    }
  }
  EXPECT_EQ(without_place, 8);
  EXPECT_EQ(elsewhere_in_the_city, 15);
  EXPECT_EQ(westchester, 2);
  EXPECT_EQ(nowhere, 2);
}

// They lie off the coast, for the county lines are simplified: a centroid does not tell a tract's
// county. (Of the means of their vertices 7 do.) The count is that of a computation in the plane.
TEST(PublishedAreas, TwentyFiveTractsHaveTheirCentroidInNoCounty) {
  auto tracts = DataPath("nyc-headcount-zones/nyc_tracts.geojson");
  auto counties = DataPath("boundaries/ny_nj_counties_same.geojson");
  if (!tracts || !counties) GTEST_SKIP() << kNoData;
  auto index = AreaIndex::Build(ReadGeoJson(*counties, "name"));
  ASSERT_TRUE(index.ok()) << index.status();
  int outside = 0;
  for (const NamedArea& tract : ReadGeoJson(*tracts, "GEOID")) {
    if (index->Find(Centroid(tract.pieces[0])).empty()) ++outside;
  }
  EXPECT_EQ(outside, 25);
}

}  // namespace
}  // namespace tocsin::geo
