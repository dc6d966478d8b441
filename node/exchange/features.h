// GeoJSON (RFC 7946) as a list of features, without a record's meaning: properties by name and a
// geometry in our own form. Longitude comes first there. Pure functions; any thread.
#pragma once

#include <absl/status/statusor.h>
#include <absl/strings/string_view.h>
#include <google/protobuf/struct.pb.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "node/geo/point.h"
#include "node/geo/polygon.h"

namespace tocsin::exchange {

inline constexpr size_t kGeoJsonBytesMax = 32 << 20;
inline constexpr size_t kGeoJsonDepthMax = 24;

struct Geometry {
  std::optional<geo::Point> point;
  // Of Polygon and MultiPolygon. Not validated.
  std::vector<geo::Polygon> polygons;
  // Not empty: there is a geometry that is not read, and why.
  std::string fault;
};

struct Feature {
  // Position in the collection; the first is 1.
  uint64_t number = 0;
  google::protobuf::Struct properties;
  Geometry geometry;
};

// A FeatureCollection or one Feature. INVALID_ARGUMENT for what is no GeoJSON or past the limits;
// a geometry that cannot be read is the feature's own fault.
absl::StatusOr<std::vector<Feature>> ParseFeatures(absl::string_view json);

// How deep brackets nest outside of strings: asked before a parser recurses into them.
size_t JsonDepth(absl::string_view json);

// A property as the text that a CSV cell would have: numbers in shortest form and whole ones
// without a point, true or false, nothing for null, lists and objects as JSON.
std::string PropertyText(const google::protobuf::Value& value);

}  // namespace tocsin::exchange
