#include "node/geo/polygon.h"

#include <absl/container/flat_hash_map.h>
#include <absl/strings/str_cat.h>
#include <s2/mutable_s2shape_index.h>
#include <s2/s2lax_polyline_shape.h>
#include <s2/s2shapeutil_visit_crossing_edge_pairs.h>

#include <memory>
#include <string>

#include "node/base/status.h"
#include "node/geo/s2_shapes.h"

namespace tocsin::geo {
namespace {

using Ring = std::vector<Point>;
using Loops = std::vector<std::unique_ptr<S2Loop>>;

constexpr double kSmallestAreaSquareMeters = 1;
// An edge this close to half around the earth has no direction of its own.
constexpr double kAntipodalRadians = 1e-9;

std::string RingName(size_t ring) {
  return absl::StrCat("ring ", ring, ring == 0 ? "" : " (a hole)");
}

absl::Status Invalid(size_t ring, absl::string_view what) {
  return absl::InvalidArgumentError(absl::StrCat(RingName(ring), " ", what));
}

absl::Status InvalidVertex(size_t ring, size_t vertex, absl::string_view what) {
  return absl::InvalidArgumentError(absl::StrCat(RingName(ring), ", vertex ", vertex, ": ", what));
}

absl::Status CheckShape(size_t index, const Ring& ring) {
  if (ring.size() < 4) {
    return Invalid(index, absl::StrCat("has ", ring.size(), ring.size() == 1 ? " point" : " points",
                                       "; a closed ring has four at least, the last of which "
                                       "repeats the first"));
  }
  for (size_t i = 0; i < ring.size(); ++i) {
    if (absl::Status status = ValidatePoint(ring[i]); !status.ok()) {
      return InvalidVertex(index, i, status.message());
    }
  }
  if (ring.front() != ring.back()) {
    return InvalidVertex(index, ring.size() - 1,
                         absl::StrCat(ToText(ring.back()),
                                      " does not close the ring; repeat the "
                                      "first point, ",
                                      ToText(ring.front()), ", at the end"));
  }
  return absl::OkStatus();
}

// One value for what is one place: 180 and -180 are the same meridian, and a pole has them all.
Point OneName(Point point) {
  if (std::abs(point.lat_e7) == kMaxLatE7) point.lng_e7 = 0;
  if (point.lng_e7 == -kMaxLngE7) point.lng_e7 = kMaxLngE7;
  return point;
}

// A vertex that comes back, other than right after itself or as the closing point.
absl::Status CheckRepeats(size_t index, const Ring& ring) {
  absl::flat_hash_map<Point, size_t> last_seen;
  size_t end = ring.size() - 1;
  while (end > 0 && ring[end] == ring.front()) --end;
  for (size_t i = 0; i <= end; ++i) {
    auto [at, is_new] = last_seen.emplace(OneName(ring[i]), i);
    if (!is_new && at->second + 1 != i) {
      return InvalidVertex(index, i,
                           absl::StrCat(ToText(ring[i]), " is vertex ", at->second,
                                        " again; a ring may not touch itself"));
    }
    at->second = i;
  }
  return absl::OkStatus();
}

absl::Status CheckEdgeLengths(size_t index, const Ring& ring) {
  for (size_t i = 0; i + 1 < ring.size(); ++i) {
    S2Point opposite = -ToS2LatLng(ring[i]).ToPoint();
    if (opposite.Angle(ToS2LatLng(ring[i + 1]).ToPoint()) < kAntipodalRadians) {
      return InvalidVertex(index, i,
                           "the edge from here reaches half around the earth; put a "
                           "vertex between to say which way it goes");
    }
  }
  return absl::OkStatus();
}

// Edge i of a ring leads from its vertex i to its vertex i + 1.
absl::Status CheckCrossings(const Polygon& polygon) {
  MutableS2ShapeIndex index;
  for (const Ring& ring : polygon.rings) {
    std::vector<S2Point> vertices;
    vertices.reserve(ring.size());
    for (Point point : ring) vertices.push_back(ToS2LatLng(point).ToPoint());
    index.Add(std::make_unique<S2LaxPolylineShape>(vertices));
  }
  absl::Status status;
  s2shapeutil::VisitCrossingEdgePairs(
      index, s2shapeutil::CrossingType::INTERIOR,
      [&status](const s2shapeutil::ShapeEdge& a, const s2shapeutil::ShapeEdge& b, bool) {
        status = InvalidVertex(
            static_cast<size_t>(a.id().shape_id), static_cast<size_t>(a.id().edge_id),
            absl::StrCat("the edge from here crosses the edge from vertex ", b.id().edge_id, " of ",
                         RingName(static_cast<size_t>(b.id().shape_id))));
        return false;
      });
  return status;
}

absl::StatusOr<Loops> CheckAreas(const Polygon& polygon) {
  Loops loops;
  for (size_t i = 0; i < polygon.rings.size(); ++i) {
    loops.push_back(ToLoop(polygon.rings[i]));
    if (loops.back() == nullptr) return Invalid(i, "has fewer than three different points");
    double radius = kEarthMeanRadiusMeters;
    if (!(loops.back()->GetArea() * radius * radius >= kSmallestAreaSquareMeters)) {
      return Invalid(i, "encloses less than a square metre");
    }
  }
  return loops;
}

absl::Status CheckNesting(const Loops& loops) {
  for (size_t i = 1; i < loops.size(); ++i) {
    if (!loops[0]->Contains(*loops[i])) return Invalid(i, "does not lie inside ring 0");
    for (size_t j = 1; j < i; ++j) {
      if (loops[i]->Intersects(*loops[j])) {
        return Invalid(i, absl::StrCat("overlaps ", RingName(j), "; make them one hole"));
      }
    }
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status ValidatePolygon(const Polygon& polygon) {
  if (polygon.rings.empty()) {
    return absl::InvalidArgumentError("the polygon has no ring; give its outer line");
  }
  size_t vertices = 0;
  for (size_t i = 0; i < polygon.rings.size(); ++i) {
    TOCSIN_RETURN_IF_ERROR(CheckShape(i, polygon.rings[i]));
    vertices += polygon.rings[i].size();
  }
  if (vertices > kMaxPolygonVertices) {
    return absl::InvalidArgumentError(absl::StrCat("the polygon has ", vertices,
                                                   " vertices, more than ", kMaxPolygonVertices,
                                                   "; simplify or split it"));
  }
  for (size_t i = 0; i < polygon.rings.size(); ++i) {
    TOCSIN_RETURN_IF_ERROR(CheckRepeats(i, polygon.rings[i]));
    TOCSIN_RETURN_IF_ERROR(CheckEdgeLengths(i, polygon.rings[i]));
  }
  TOCSIN_RETURN_IF_ERROR(CheckCrossings(polygon));
  TOCSIN_ASSIGN_OR_RETURN(Loops loops, CheckAreas(polygon));
  return CheckNesting(loops);
}

bool Contains(const Polygon& polygon, Point point) {
  S2Point at = ToS2LatLng(point).ToPoint();
  for (size_t i = 0; i < polygon.rings.size(); ++i) {
    std::unique_ptr<S2Loop> loop = ToLoop(polygon.rings[i]);
    bool inside = loop != nullptr && loop->Contains(at);
    if (inside != (i == 0)) return false;
  }
  return !polygon.rings.empty();
}

Point Centroid(const Polygon& polygon) {
  TOCSIN_CHECK(!polygon.rings.empty() && !polygon.rings[0].empty());
  S2Point sum;
  for (size_t i = 0; i < polygon.rings.size(); ++i) {
    std::unique_ptr<S2Loop> loop = ToLoop(polygon.rings[i]);
    if (loop == nullptr) continue;
    // S2 weighs a loop's centroid with its area.
    sum = i == 0 ? loop->GetCentroid() : sum - loop->GetCentroid();
  }
  if (sum.Norm2() == 0) return polygon.rings[0][0];
  return FromS2(sum.Normalize());
}

}  // namespace tocsin::geo
