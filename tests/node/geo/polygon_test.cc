#include "node/geo/polygon.h"

#include <absl/strings/match.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <cmath>

#include "node/geo/areas.h"
#include "node/geo/cells.h"
#include "tests/node/geo/generators.h"

namespace tocsin::geo {
namespace {

Point At(double lat, double lng) { return PointFromDegrees(lat, lng).value(); }

std::vector<Point> Ring(std::initializer_list<std::pair<double, double>> corners) {
  std::vector<Point> ring;
  for (auto [lat, lng] : corners) ring.push_back(At(lat, lng));
  return ring;
}

std::vector<Point> Square(double south, double west, double north, double east) {
  return Ring({{south, west}, {south, east}, {north, east}, {north, west}, {south, west}});
}

std::string ErrorOf(const Polygon& polygon) {
  absl::Status status = ValidatePolygon(polygon);
  EXPECT_TRUE(status.ok() || absl::IsInvalidArgument(status)) << status;
  return std::string(status.message());
}

TEST(Polygon, ASquareIsValidWhicheverWayItTurns) {
  Polygon square{{Square(40, -75, 41, -74)}};
  EXPECT_EQ(ErrorOf(square), "");
  std::reverse(square.rings[0].begin(), square.rings[0].end());
  EXPECT_EQ(ErrorOf(square), "");
  EXPECT_TRUE(Contains(square, At(40.5, -74.5)));
  EXPECT_FALSE(Contains(square, At(41.5, -74.5)));
}

TEST(Polygon, ABowTieIsRefusedWithBothEdges) {
  Polygon bow{{Ring({{40, -75}, {41, -74}, {41, -75}, {40, -74}, {40, -75}})}};
  EXPECT_EQ(ErrorOf(bow),
            "ring 0, vertex 0: the edge from here crosses the edge from vertex 2 of ring 0");
}

TEST(Polygon, NamesTheRingAndTheVertexOfWhatIsWrong) {
  EXPECT_TRUE(absl::StrContains(ErrorOf({}), "has no ring"));
  EXPECT_TRUE(absl::StrContains(ErrorOf({{{}}}), "ring 0 has 0 points"));
  EXPECT_TRUE(
      absl::StrContains(ErrorOf({{Ring({{0, 0}, {1, 1}, {0, 0}})}}), "ring 0 has 3 points"));
  EXPECT_EQ(ErrorOf({{Ring({{0, 0}, {0, 1}, {1, 1}, {1, 0}})}}),
            "ring 0, vertex 3: 1.0000,0.0000 does not close the ring; repeat the first point, "
            "0.0000,0.0000, at the end");
  EXPECT_TRUE(
      absl::StrContains(ErrorOf({{Square(0, 0, 9, 9), {{0, 0}, {0, 1}, {0, 1800000001}, {0, 0}}}}),
                        "ring 1 (a hole), vertex 2: longitude 180"));
  EXPECT_TRUE(
      absl::StrContains(ErrorOf({{Ring({{0, 0}, {0, 2}, {1, 1}, {2, 2}, {2, 0}, {1, 1}, {0, 0}})}}),
                        "ring 0, vertex 5: 1.0000,1.0000 is vertex 2 again"));
  EXPECT_TRUE(absl::StrContains(ErrorOf({{Ring({{0, 0}, {0, 180}, {1, 90}, {0, 0}})}}),
                                "ring 0, vertex 0: the edge from here reaches half around"));
}

TEST(Polygon, APointRepeatedAtOnceIsNoFault) {
  EXPECT_EQ(ErrorOf({{Ring({{0, 0}, {0, 1}, {0, 1}, {0, 1}, {1, 1}, {0, 0}})}}), "");
  EXPECT_EQ(ErrorOf({{Ring({{0, 0}, {0, 0}, {0, 1}, {1, 1}, {0, 0}, {0, 0}})}}), "");
  EXPECT_NE(ErrorOf({{Ring({{0, 0}, {0, 0}, {0, 1}, {0, 0}})}}), "");
}

TEST(Polygon, WhatHasNoAreaIsRefused) {
  EXPECT_NE(ErrorOf({{Ring({{0, 0}, {0, 1}, {0, 2}, {0, 0}})}}), "");
  EXPECT_NE(ErrorOf({{Ring({{5, 5}, {5, 5}, {5, 5}, {5, 5}})}}), "");
  std::vector<Point> speck = {{0, 0}, {0, 10}, {10, 10}, {10, 0}, {0, 0}};  // 11 cm wide
  EXPECT_TRUE(absl::StrContains(ErrorOf({{speck}}), "ring 0 encloses less than a square metre"));
}

TEST(Polygon, HolesLieInsideAndApart) {
  auto outer = Square(0, 0, 10, 10);
  EXPECT_EQ(ErrorOf({{outer, Square(1, 1, 2, 2), Square(3, 3, 4, 4)}}), "");
  EXPECT_TRUE(absl::StrContains(ErrorOf({{outer, Square(11, 11, 12, 12)}}),
                                "ring 1 (a hole) does not lie inside ring 0"));
  EXPECT_TRUE(absl::StrContains(ErrorOf({{outer, Square(9, 9, 12, 12)}}), "crosses the edge"));
  EXPECT_TRUE(absl::StrContains(ErrorOf({{outer, Square(1, 1, 4, 4), Square(2, 2, 3, 3)}}),
                                "ring 2 (a hole) overlaps ring 1 (a hole)"));
  Polygon holed{{outer, Square(1, 1, 2, 2)}};
  EXPECT_FALSE(Contains(holed, At(1.5, 1.5)));
  EXPECT_TRUE(Contains(holed, At(5, 5)));
}

std::vector<Point> Circle(Point middle, double radius_degrees, int vertices) {
  std::vector<Point> ring;
  for (int i = 0; i < vertices; ++i) {
    double angle = 2 * M_PI * i / vertices;
    ring.push_back(At(middle.lat() + radius_degrees * std::sin(angle),
                      middle.lng() + radius_degrees * std::cos(angle)));
  }
  ring.push_back(ring.front());
  return ring;
}

TEST(Polygon, HasAtMostTwoThousandVertices) {
  EXPECT_EQ(ErrorOf({{Circle(At(40, -74), 1, 1999)}}), "");
  EXPECT_TRUE(absl::StrContains(ErrorOf({{Circle(At(40, -74), 1, 2000)}}), "2001 vertices"));
}

TEST(Polygon, MayCrossTheAntimeridianAndHoldAPole) {
  Polygon fiji{{Square(-20, 177, -15, -178)}};
  EXPECT_EQ(ErrorOf(fiji), "");
  EXPECT_TRUE(Contains(fiji, At(-17, 179)));
  EXPECT_TRUE(Contains(fiji, At(-17, 180)));
  EXPECT_TRUE(Contains(fiji, At(-17, -180)));
  EXPECT_TRUE(Contains(fiji, At(-17, -179)));
  EXPECT_FALSE(Contains(fiji, At(-17, 0)));
  EXPECT_NEAR(Centroid(fiji).lng(), 179.5, 0.01);
  Polygon arctic{{Ring({{80, 0}, {80, 90}, {80, 180}, {80, -90}, {80, 0}})}};
  EXPECT_EQ(ErrorOf(arctic), "");
  EXPECT_TRUE(Contains(arctic, At(90, 12)));
  EXPECT_NEAR(Centroid(arctic).lat(), 90, 1e-6);
  EXPECT_NE(ErrorOf({{Ring({{80, 0}, {90, 10}, {90, 20}, {80, 30}, {90, -5}, {80, 0}})}}), "")
      << "the pole is one vertex, whatever its longitude";
}

TEST(Polygon, CentroidsLeaveHolesOut) {
  EXPECT_NEAR(DistanceMeters(Centroid({{Square(0, 0, 2, 2)}}), At(1, 1)), 0, 20);
  Point shifted = Centroid({{Square(0, 0, 2, 2), Square(0.2, 0.2, 1.8, 1)}});
  // (4 x 1 - 1.28 x 0.6) / (4 - 1.28)
  EXPECT_NEAR(shifted.lng(), 1.1882, 0.001);
  EXPECT_EQ(Centroid({{{At(3, 4)}}}), At(3, 4));
}

// A star around a point never crosses itself: angles rise, radii are free.
Polygon AnyStar() {
  Point middle = *AnyPoint();
  middle.lat_e7 = middle.lat_e7 / 10 * 8;
  int corners = *rc::gen::inRange(3, 40);
  std::vector<Point> ring;
  for (int i = 0; i < corners; ++i) {
    double radius = *rc::gen::inRange(100, 1000) / 1000.0;
    double angle = 2 * M_PI * i / corners;
    double lng = middle.lng() + radius * std::cos(angle);
    ring.push_back(At(middle.lat() + radius * std::sin(angle), std::remainder(lng, 360)));
  }
  ring.push_back(ring.front());
  return {{ring}};
}

RC_GTEST_PROP(Polygon, AStarIsValidHoldsItsMiddleAndReversedIsTheSame, ()) {
  Polygon star = AnyStar();
  absl::Status status = ValidatePolygon(star);
  if (!status.ok()) RC_FAIL(std::string(status.message()));
  Polygon reversed = star;
  std::reverse(reversed.rings[0].begin(), reversed.rings[0].end());
  RC_ASSERT(ValidatePolygon(reversed).ok());
  Point probe = *PointNear(star.rings[0][0], 2 * kUnitsPerDegree);
  RC_ASSERT(Contains(star, probe) == Contains(reversed, probe));
}

// Twice the area of a triangle: its sign says on which side of a-b c lies. Near the equator and
// over a kilometre the sphere is flat enough for the plane to be the oracle.
int64_t Side(Point a, Point b, Point c) {
  return (int64_t{b.lat_e7} - a.lat_e7) * (int64_t{c.lng_e7} - a.lng_e7) -
         (int64_t{b.lng_e7} - a.lng_e7) * (int64_t{c.lat_e7} - a.lat_e7);
}

bool CrossesInThePlane(const std::vector<Point>& ring) {
  for (size_t i = 0; i + 1 < ring.size(); ++i) {
    for (size_t j = i + 2; j + 1 < ring.size(); ++j) {
      if (i == 0 && j + 2 == ring.size()) continue;
      Point a = ring[i], b = ring[i + 1], c = ring[j], d = ring[j + 1];
      if ((Side(a, b, c) > 0) != (Side(a, b, d) > 0) &&
          (Side(c, d, a) > 0) != (Side(c, d, b) > 0)) {
        return true;
      }
    }
  }
  return false;
}

RC_GTEST_PROP(Polygon, IsRefusedExactlyWhenItCrossesItself, ()) {
  std::vector<Point> ring;
  int corners = *rc::gen::inRange(3, 8);
  for (int i = 0; i < corners; ++i) ring.push_back(*PointNear({0, 0}, 100'000));
  for (size_t i = 0; i < ring.size(); ++i) {
    for (size_t j = 0; j < i; ++j) {
      for (size_t k = 0; k < j; ++k) RC_PRE(std::abs(Side(ring[i], ring[j], ring[k])) > 10'000);
    }
  }
  int64_t doubled_area = 0;
  for (size_t i = 1; i + 1 < ring.size(); ++i) doubled_area += Side(ring[0], ring[i], ring[i + 1]);
  RC_PRE(std::abs(doubled_area) > 1'000'000);  // 6 square metres
  ring.push_back(ring.front());
  absl::Status status = ValidatePolygon({{ring}});
  RC_TAG(status.ok());
  RC_ASSERT(status.ok() == !CrossesInThePlane(ring));
  if (!status.ok()) RC_ASSERT(absl::StrContains(status.message(), "ring 0, vertex "));
}

RC_GTEST_PROP(Polygon, AnyRingsGiveAnAnswer, ()) {
  // Anywhere; or on a small lattice, where points meet, lie on a line and edges overlap.
  int32_t pitch = *rc::gen::element<int32_t>(1, 1'000, 450'000'000);
  auto lattice = rc::gen::apply(
      [pitch](int lat, int lng) {
        return Point{lat * pitch, lng * pitch};
      },
      rc::gen::inRange(-2, 3), rc::gen::inRange(-4, 5));
  auto ring =
      rc::gen::container<std::vector<Point>>(*rc::gen::arbitrary<bool>() ? AnyPoint() : lattice);
  Polygon polygon{*rc::gen::container<std::vector<std::vector<Point>>>(ring)};
  for (auto& r : polygon.rings) {
    if (!r.empty() && *rc::gen::arbitrary<bool>()) r.push_back(r.front());
  }
  (void)ValidatePolygon(polygon).ok();
  (void)Contains(polygon, *(*rc::gen::arbitrary<bool>() ? AnyPoint() : lattice));
  (void)CoverPolygon(polygon, 8);
  if (!polygon.rings.empty() && !polygon.rings[0].empty()) {
    RC_ASSERT(ValidatePoint(Centroid(polygon)).ok());
  }
}

TEST(Areas, FindAllThatHoldAPointInTheOrderGiven) {
  auto index = AreaIndex::Build({{"west", {{{Square(0, 0, 1, 1)}}, {{Square(5, 5, 6, 6)}}}},
                                 {"east", {{{Square(0, 1, 1, 2)}}}},
                                 {"all", {{{Square(-1, -1, 7, 7), Square(3, 3, 4, 4)}}}}});
  ASSERT_TRUE(index.ok()) << index.status();
  EXPECT_EQ(index->Find(At(0.5, 0.5)), (std::vector<std::string>{"west", "all"}));
  EXPECT_EQ(index->Find(At(5.5, 5.5)), (std::vector<std::string>{"west", "all"}));
  EXPECT_TRUE(index->Find(At(3.5, 3.5)).empty()) << "a hole";
  EXPECT_EQ(index->Find(At(0.5, 1)).size(), 2u) << "a border belongs to one side";
  EXPECT_TRUE(index->Contains("east", At(0.5, 1.5)));
  EXPECT_FALSE(index->Contains("north", At(0.5, 1.5)));
  EXPECT_TRUE(index->Has("east"));
  EXPECT_FALSE(index->Has("north"));
}

TEST(Areas, NameTheAreaAndThePolygonThatIsNotValid) {
  auto bad = AreaIndex::Build({{"kings", {{{Square(0, 0, 1, 1)}}, {{Square(5, 5, 5, 5)}}}}});
  EXPECT_TRUE(absl::StrContains(bad.status().message(), "area 'kings', polygon 1: ring 0"))
      << bad.status();
  auto twice = AreaIndex::Build({{"kings", {}}, {"kings", {}}});
  EXPECT_TRUE(absl::StrContains(twice.status().message(), "'kings' is given twice"));
}

}  // namespace
}  // namespace tocsin::geo
