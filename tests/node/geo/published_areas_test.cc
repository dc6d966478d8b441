// The published areas of the real data: 2,095 census tracts and the counties of two states.
#include <google/protobuf/struct.pb.h>
#include <google/protobuf/util/json_util.h>
#include <gtest/gtest.h>

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

}  // namespace
}  // namespace tocsin::geo
