#include "node/geo/cells.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "tests/node/geo/generators.h"

namespace tocsin::geo {
namespace {

Point At(double lat, double lng) { return PointFromDegrees(lat, lng).value(); }

bool Holds(const std::vector<CellRange>& ranges, Point point) {
  uint64_t leaf = LeafCell(point);
  for (auto [first, last] : ranges) {
    if (leaf >= first && leaf <= last) return true;
  }
  return false;
}

void CheckOrdered(const std::vector<CellRange>& ranges) {
  for (size_t i = 0; i < ranges.size(); ++i) {
    RC_ASSERT(ranges[i].first <= ranges[i].second);
    if (i > 0) RC_ASSERT(ranges[i - 1].second + 2 < ranges[i].first);
  }
}

TEST(Cells, ALeafLiesInEveryCellAboveIt) {
  Point point = At(40.7128, -74.0060);
  for (int level = 0; level <= 30; ++level) {
    CellRange leaves = LeavesOf(CellOf(point, level));
    EXPECT_LE(leaves.first, LeafCell(point));
    EXPECT_GE(leaves.second, LeafCell(point));
  }
  EXPECT_EQ(CellOf(point, 30), LeafCell(point));
  EXPECT_EQ(CellOf(point), CellOf(point, kDefaultCellLevel));
}

RC_GTEST_PROP(Cells, TheCentreOfALeafIsWithinTwoCentimetresOfWhatItHolds, ()) {
  const Point point{*rc::gen::inRange(-kMaxLatE7, kMaxLatE7 + 1),
                    *rc::gen::inRange(-kMaxLngE7, kMaxLngE7 + 1)};
  RC_ASSERT(DistanceMeters(point, CentreOf(LeafCell(point))) < 0.02);
}

TEST(Cells, IdsAreS2sOwn) {
  // The three faces whose middles are the equator at 0 and 90 degrees east, and the north pole.
  EXPECT_EQ(CellOf(At(0, 0), 0), 0x1000000000000000u);
  EXPECT_EQ(CellOf(At(0, 90), 0), 0x3000000000000000u);
  EXPECT_EQ(CellOf(At(90, 0), 0), 0x5000000000000000u);
}

TEST(Rect, HoldsItsBordersAndCrossesTheAntimeridian) {
  Rect rect{At(-20, 177), At(-15, -178)};
  EXPECT_TRUE(Contains(rect, At(-20, 177)));
  EXPECT_TRUE(Contains(rect, At(-15, -178)));
  EXPECT_TRUE(Contains(rect, At(-17, 180)));
  EXPECT_TRUE(Contains(rect, At(-17, -180)));
  EXPECT_FALSE(Contains(rect, At(-17, 0)));
  EXPECT_FALSE(Contains(rect, At(-14.9999999, 179)));
  EXPECT_TRUE(Contains(Rect{At(0, 170), At(1, 180)}, At(0, -180))) << "one meridian";
  EXPECT_FALSE(Contains(Rect{At(1, 0), At(0, 1)}, At(0.5, 0.5))) << "empty";
}

TEST(Rect, CoversOfStrangeWindows) {
  EXPECT_TRUE(CoverRect({At(1, 0), At(0, 1)}, 8).empty());
  EXPECT_TRUE(Holds(CoverRect({At(5, 180), At(6, -180)}, 8), At(5.5, 180)));
  EXPECT_TRUE(Holds(CoverRect({At(5, 180), At(6, -180)}, 8), At(5.5, -180)));
  EXPECT_FALSE(Holds(CoverRect({At(5, 180), At(6, -180)}, 8), At(5.5, 0)));
  std::vector<CellRange> world = CoverRect({At(-90, -180), At(90, 180)}, 8);
  ASSERT_EQ(world.size(), 1u) << "neighbours on the curve are one range";
  EXPECT_TRUE(Holds(CoverRect({At(90, 0), At(90, 0)}, 8), At(90, 0)));
  Point point = At(40.7128, -74.0060);
  EXPECT_TRUE(Holds(CoverRect({point, point}, 8), point));
}

TEST(Rect, MoreCellsFollowTheWindowMoreClosely) {
  Rect manhattan{At(40.70, -74.02), At(40.88, -73.91)};
  auto width = [](const std::vector<CellRange>& ranges) {
    double sum = 0;
    for (auto [first, last] : ranges) sum += static_cast<double>(last - first);
    return sum;
  };
  EXPECT_LT(width(CoverRect(manhattan, 32)), 0.8 * width(CoverRect(manhattan, 4)));
  EXPECT_LE(CoverRect(manhattan, 32).size(), 32u);
  EXPECT_FALSE(Holds(CoverRect(manhattan, 32), At(41.5, -73.95)));
}

RC_GTEST_PROP(Rect, ACoverHoldsEveryPointInside, ()) {
  Rect rect{*AnyPoint(), *AnyPoint()};
  if (rect.low.lat_e7 > rect.high.lat_e7) std::swap(rect.low.lat_e7, rect.high.lat_e7);
  std::vector<CellRange> cover = CoverRect(rect, *rc::gen::inRange(1, 64));
  CheckOrdered(cover);
  std::vector<Point> probes = {*AnyPoint(),
                               rect.low,
                               rect.high,
                               {rect.low.lat_e7, rect.high.lng_e7},
                               {rect.high.lat_e7, rect.low.lng_e7}};
  for (Point probe : probes) {
    if (Contains(rect, probe)) RC_ASSERT(Holds(cover, probe));
  }
}

RC_GTEST_PROP(Rect, ACoverOfASmallWindowHoldsEveryPointInside, ()) {
  Point middle = *AnyPoint();
  Point a = *PointNear(middle, 20'000), b = *PointNear(middle, 20'000);
  Rect rect{{std::min(a.lat_e7, b.lat_e7), std::min(a.lng_e7, b.lng_e7)},
            {std::max(a.lat_e7, b.lat_e7), std::max(a.lng_e7, b.lng_e7)}};
  std::vector<CellRange> cover = CoverRect(rect, 16);
  for (int i = 0; i < 20; ++i) {
    Point probe = *PointNear(middle, 20'000);
    if (Contains(rect, probe)) RC_ASSERT(Holds(cover, probe));
  }
}

RC_GTEST_PROP(Polygon, ACoverHoldsEveryPointInside, ()) {
  Point middle = *AnyPoint();
  int32_t span = *rc::gen::element(1'000, 1'000'000, 100'000'000);
  Polygon triangle;
  auto& ring = triangle.rings.emplace_back();
  for (int i = 0; i < 3; ++i) ring.push_back(*PointNear(middle, span));
  ring.push_back(ring.front());
  std::vector<CellRange> cover = CoverPolygon(triangle, *rc::gen::inRange(4, 32));
  CheckOrdered(cover);
  for (int i = 0; i < 20; ++i) {
    Point probe = *PointNear(middle, span);
    if (Contains(triangle, probe)) RC_ASSERT(Holds(cover, probe));
  }
}

TEST(Polygon, NoRingHasNoCover) {
  EXPECT_TRUE(CoverPolygon({}, 8).empty());
  EXPECT_TRUE(CoverPolygon({{{}}}, 8).empty());
}

}  // namespace
}  // namespace tocsin::geo
