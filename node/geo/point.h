// A place on the earth, WGS 84, as it is stored: two integers in units of 1e-7 degree (11 mm).
// Immutable values and pure functions; any thread.
#pragma once

#include <absl/status/statusor.h>

#include <compare>
#include <cstdint>
#include <string>

namespace tocsin::geo {

inline constexpr int32_t kUnitsPerDegree = 10'000'000;
inline constexpr int32_t kMaxLatE7 = 90 * kUnitsPerDegree;
inline constexpr int32_t kMaxLngE7 = 180 * kUnitsPerDegree;

// Latitude -90 to 90 degrees, longitude -180 to 180, both ends included: 180 and -180 are one
// meridian but two values, as in GeoJSON.
struct Point {
  int32_t lat_e7 = 0;
  int32_t lng_e7 = 0;

  double lat() const { return static_cast<double>(lat_e7) / kUnitsPerDegree; }
  double lng() const { return static_cast<double>(lng_e7) / kUnitsPerDegree; }

  friend constexpr auto operator<=>(const Point&, const Point&) = default;
  template <typename H>
  friend H AbslHashValue(H h, Point p) {
    return H::combine(std::move(h), p.lat_e7, p.lng_e7);
  }
};

// Degrees, rounded to the nearest unit. INVALID_ARGUMENT for what is no number or out of range.
absl::StatusOr<Point> PointFromDegrees(double lat, double lng);

// INVALID_ARGUMENT unless both are in range: for points that were decoded, not made here.
absl::Status ValidatePoint(Point point);

// "40.7128,-74.0060": decimal degrees, latitude first, exact, with at least four decimals.
// ParsePlace (place.h) reads it back to the same point.
std::string ToText(Point point);

// Along the surface of a sphere of the earth's mean radius: within 0.6 % of the ellipsoid.
double DistanceMeters(Point a, Point b);

}  // namespace tocsin::geo
