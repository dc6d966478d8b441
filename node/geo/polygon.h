// Drawn areas: an incident's or an alert's polygon, a zone, a county. Edges are the shortest lines
// on the sphere, so a polygon may cross the antimeridian or hold a pole; each ring encloses the
// smaller of its two sides, whichever way it turns. Pure functions; any thread.
#pragma once

#include <absl/status/status.h>

#include <vector>

#include "node/geo/point.h"

namespace tocsin::geo {

// In all rings together.
inline constexpr size_t kMaxPolygonVertices = 2'000;

// Each ring is closed: its last point repeats its first, as in GeoJSON and CAP. The first ring is
// the outer one, the others are holes in it.
struct Polygon {
  std::vector<std::vector<Point>> rings;

  friend bool operator==(const Polygon&, const Polygon&) = default;
};

// INVALID_ARGUMENT names the ring and the vertex, both counted from 0 ("ring 0, vertex 3"), and
// says which rule is broken: every point in range; each ring of four points at least, closed, never
// crossing or touching itself (a point may repeat the point right before it: published county lines
// do); no edge half around the earth; a square metre at least in each ring; holes inside the outer
// ring, neither crossing nor in one another; at most kMaxPolygonVertices.
absl::Status ValidatePolygon(const Polygon& polygon);

// Of two valid polygons that share an edge exactly one contains a point on it. Within the outer
// ring and in no hole. Costs time in proportion to the vertices: areas.h is for many questions.
// A polygon that is not valid gets an answer without meaning.
bool Contains(const Polygon& polygon, Point point);

// The centre of gravity; it may lie outside the area. The first vertex where there is no area.
// REQUIRES: at least one point in the first ring.
Point Centroid(const Polygon& polygon);

}  // namespace tocsin::geo
