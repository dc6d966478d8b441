// Points and polygons between the schema's messages and node/geo's values. Pure functions; any
// thread.
#pragma once

#include <absl/status/statusor.h>

#include "node/geo/point.h"
#include "node/geo/polygon.h"
#include "tocsin/v1/types.pb.h"

namespace tocsin::schema {

inline geo::Point ToGeo(const v1::Point& point) { return {point.lat_e7(), point.lng_e7()}; }
v1::Point FromGeo(geo::Point point);

// INVALID_ARGUMENT when a ring has other than as many latitudes as longitudes; the message names it
// ("ring 0"). Whether it is an area is for geo::ValidatePolygon to say.
absl::StatusOr<geo::Polygon> ToGeo(const v1::Polygon& polygon);
v1::Polygon FromGeo(const geo::Polygon& polygon);

}  // namespace tocsin::schema
