#include "node/schema/geometry.h"

#include <absl/strings/str_cat.h>

#include <cstdint>

namespace tocsin::schema {
namespace {

// Modulo 2^32, because the step across the antimeridian is longer than 31 bits; the sum in
// RingToGeo wraps the same way.
int32_t Difference(int32_t to, int32_t from) {
  return static_cast<int32_t>(static_cast<uint32_t>(to) - static_cast<uint32_t>(from));
}

int32_t Sum(int32_t from, int32_t difference) {
  return static_cast<int32_t>(static_cast<uint32_t>(from) + static_cast<uint32_t>(difference));
}

absl::StatusOr<std::vector<geo::Point>> RingToGeo(const v1::Ring& ring) {
  if (ring.lat_e7_delta_size() != ring.lng_e7_delta_size()) {
    return absl::InvalidArgumentError(absl::StrCat("has ", ring.lat_e7_delta_size(),
                                                   " latitudes and ", ring.lng_e7_delta_size(),
                                                   " longitudes"));
  }
  std::vector<geo::Point> points;
  points.reserve(static_cast<size_t>(ring.lat_e7_delta_size()));
  geo::Point point;
  for (int i = 0; i < ring.lat_e7_delta_size(); ++i) {
    point.lat_e7 = Sum(point.lat_e7, ring.lat_e7_delta(i));
    point.lng_e7 = Sum(point.lng_e7, ring.lng_e7_delta(i));
    points.push_back(point);
  }
  return points;
}

}  // namespace

v1::Point FromGeo(geo::Point point) {
  v1::Point message;
  message.set_lat_e7(point.lat_e7);
  message.set_lng_e7(point.lng_e7);
  return message;
}

absl::StatusOr<geo::Polygon> ToGeo(const v1::Polygon& polygon) {
  geo::Polygon result;
  for (int i = 0; i < polygon.ring_size(); ++i) {
    absl::StatusOr<std::vector<geo::Point>> ring = RingToGeo(polygon.ring(i));
    if (!ring.ok()) {
      return absl::InvalidArgumentError(absl::StrCat("ring ", i, ": ", ring.status().message()));
    }
    result.rings.push_back(*std::move(ring));
  }
  return result;
}

v1::Polygon FromGeo(const geo::Polygon& polygon) {
  v1::Polygon message;
  for (const std::vector<geo::Point>& points : polygon.rings) {
    v1::Ring* ring = message.add_ring();
    geo::Point before;
    for (geo::Point point : points) {
      ring->add_lat_e7_delta(Difference(point.lat_e7, before.lat_e7));
      ring->add_lng_e7_delta(Difference(point.lng_e7, before.lng_e7));
      before = point;
    }
  }
  return message;
}

}  // namespace tocsin::schema
