#include "node/geo/cells.h"

#include <s2/s2cell_id.h>
#include <s2/s2cell_union.h>
#include <s2/s2latlng_rect.h>
#include <s2/s2region_coverer.h>

#include <memory>

#include "node/base/status.h"
#include "node/geo/s2_shapes.h"

namespace tocsin::geo {
namespace {

std::vector<CellRange> Cover(const S2Region& region, int max_cells) {
  S2RegionCoverer::Options options;
  options.set_max_cells(max_cells);
  S2CellUnion cells = S2RegionCoverer(options).GetCovering(region);
  std::vector<CellRange> ranges;
  for (S2CellId cell : cells) {
    // Leaf ids are odd: those of neighbours on the curve differ by 2.
    uint64_t first = cell.range_min().id();
    if (!ranges.empty() && ranges.back().second + 2 == first) {
      ranges.back().second = cell.range_max().id();
    } else {
      ranges.emplace_back(first, cell.range_max().id());
    }
  }
  return ranges;
}

bool IsAntimeridian(int32_t lng_e7) { return lng_e7 == kMaxLngE7 || lng_e7 == -kMaxLngE7; }

}  // namespace

uint64_t LeafCell(Point point) { return S2CellId(ToS2LatLng(point)).id(); }

uint64_t CellOf(Point point, int level) {
  TOCSIN_CHECK(level >= 0 && level <= S2CellId::kMaxLevel);
  return S2CellId(ToS2LatLng(point)).parent(level).id();
}

Point CentreOf(uint64_t cell) { return FromS2(S2CellId(cell).ToPoint()); }

CellRange LeavesOf(uint64_t cell) {
  S2CellId id(cell);
  TOCSIN_CHECK(id.is_valid());
  return {id.range_min().id(), id.range_max().id()};
}

bool Contains(const Rect& rect, Point point) {
  if (point.lat_e7 < rect.low.lat_e7 || point.lat_e7 > rect.high.lat_e7) return false;
  auto within = [&rect](int32_t lng) {
    return rect.low.lng_e7 <= rect.high.lng_e7 ? lng >= rect.low.lng_e7 && lng <= rect.high.lng_e7
                                               : lng >= rect.low.lng_e7 || lng <= rect.high.lng_e7;
  };
  return within(point.lng_e7) || (IsAntimeridian(point.lng_e7) && within(-point.lng_e7));
}

std::vector<CellRange> CoverRect(const Rect& rect, int max_cells) {
  if (rect.low.lat_e7 > rect.high.lat_e7) return {};
  double west = rect.low.lng();
  double east = rect.high.lng();
  // S2 writes the empty interval as 180 to -180; here that is the one meridian.
  if (west == 180 && east == -180) east = 180;
  S2LatLngRect exact(S2LatLng::FromDegrees(rect.low.lat(), west),
                     S2LatLng::FromDegrees(rect.high.lat(), east));
  // Half a unit of storage to each side, so that no rounding loses a point on the border.
  double margin = 0.5 / kUnitsPerDegree;
  return Cover(exact.Expanded(S2LatLng::FromDegrees(margin, margin)), max_cells);
}

std::vector<CellRange> CoverPolygon(const Polygon& polygon, int max_cells) {
  if (polygon.rings.empty()) return {};
  std::unique_ptr<S2Loop> outer = ToLoop(polygon.rings[0]);
  return outer == nullptr ? std::vector<CellRange>() : Cover(*outer, max_cells);
}

}  // namespace tocsin::geo
