#include "node/geo/point.h"

#include <absl/strings/str_cat.h>
#include <absl/strings/str_format.h>

#include <cmath>
#include <cstdlib>

#include "node/base/status.h"
#include "node/geo/s2_shapes.h"

namespace tocsin::geo {
namespace {

absl::Status OutOfRange(absl::string_view what, double degrees, int limit) {
  return absl::InvalidArgumentError(
      absl::StrCat(what, " ", degrees, " is not between -", limit, " and ", limit, " degrees"));
}

absl::Status CheckDegrees(absl::string_view what, double degrees, int limit) {
  if (!std::isfinite(degrees)) {
    return absl::InvalidArgumentError(absl::StrCat(what, " is not a number"));
  }
  if (degrees < -limit || degrees > limit) return OutOfRange(what, degrees, limit);
  return absl::OkStatus();
}

// Seven decimals, of which trailing zeros beyond the fourth are dropped.
std::string DegreesText(int32_t e7) {
  int64_t units = std::abs(static_cast<int64_t>(e7));
  std::string text = absl::StrFormat("%s%d.%07d", e7 < 0 ? "-" : "", units / kUnitsPerDegree,
                                     units % kUnitsPerDegree);
  for (int spare = 3; spare > 0 && text.back() == '0'; --spare) text.pop_back();
  return text;
}

}  // namespace

absl::StatusOr<Point> PointFromDegrees(double lat, double lng) {
  TOCSIN_RETURN_IF_ERROR(CheckDegrees("latitude", lat, 90));
  TOCSIN_RETURN_IF_ERROR(CheckDegrees("longitude", lng, 180));
  return Point{static_cast<int32_t>(std::lround(lat * kUnitsPerDegree)),
               static_cast<int32_t>(std::lround(lng * kUnitsPerDegree))};
}

absl::Status ValidatePoint(Point point) {
  if (point.lat_e7 < -kMaxLatE7 || point.lat_e7 > kMaxLatE7) {
    return OutOfRange("latitude", point.lat(), 90);
  }
  if (point.lng_e7 < -kMaxLngE7 || point.lng_e7 > kMaxLngE7) {
    return OutOfRange("longitude", point.lng(), 180);
  }
  return absl::OkStatus();
}

std::string ToText(Point point) {
  return absl::StrCat(DegreesText(point.lat_e7), ",", DegreesText(point.lng_e7));
}

double DistanceMeters(Point a, Point b) {
  return ToS2LatLng(a).GetDistance(ToS2LatLng(b)).radians() * kEarthMeanRadiusMeters;
}

}  // namespace tocsin::geo
