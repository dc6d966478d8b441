// S2 cells as index keys: a point's key is its leaf cell's id, written big-endian, and an area is a
// few ranges of such keys. Ids are S2's own 64 bits (s2geometry.io). Pure functions; any thread.
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "node/geo/point.h"
#include "node/geo/polygon.h"

namespace tocsin::geo {

// About 150 m across.
inline constexpr int kDefaultCellLevel = 16;

// A map's window, its borders included. It crosses the antimeridian where low.lng > high.lng; it
// is empty where low.lat > high.lat.
struct Rect {
  Point low;
  Point high;

  friend bool operator==(const Rect&, const Rect&) = default;
};

// First and last leaf cell, both included.
using CellRange = std::pair<uint64_t, uint64_t>;

// The leaf cell (level 30, about a centimetre) that holds the point.
uint64_t LeafCell(Point point);
// The cell of `level`, 0 (a sixth of the earth) to 30. REQUIRES: level in that range.
uint64_t CellOf(Point point, int level = kDefaultCellLevel);
// The middle of a cell: of a leaf cell within two centimetres of every point that it holds.
Point CentreOf(uint64_t cell);
// The leaf cells within a cell of any level. REQUIRES: an id that CellOf gave.
CellRange LeavesOf(uint64_t cell);

bool Contains(const Rect& rect, Point point);

// Ascending ranges that do not touch and together hold the leaf cell of every point in the area;
// they hold others near its border too, so ask Contains afterwards. `max_cells` bounds how closely
// the ranges follow the area: fewer scans against fewer wasted rows; 8 to 32 serve well, and below
// 4 S2 may need more ranges than that. Nothing for an empty area; a polygon's holes are not cut
// out.
std::vector<CellRange> CoverRect(const Rect& rect, int max_cells);
std::vector<CellRange> CoverPolygon(const Polygon& polygon, int max_cells);

}  // namespace tocsin::geo
