#include "node/exchange/features.h"

#include <absl/strings/str_cat.h>
#include <absl/strings/str_format.h>
#include <google/protobuf/util/json_util.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "node/base/status.h"
#include "node/schema/text_check.h"

namespace tocsin::exchange {
namespace {

using google::protobuf::ListValue;
using google::protobuf::Struct;
using google::protobuf::Value;

const Value* Member(const Struct& object, const char* name) {
  auto it = object.fields().find(name);
  return it == object.fields().end() ? nullptr : &it->second;
}

bool TypeIs(const Struct& object, const char* type) {
  const Value* value = Member(object, "type");
  return value != nullptr && value->string_value() == type;
}

absl::StatusOr<geo::Point> ReadPosition(const Value& value) {
  const ListValue& list = value.list_value();
  if (list.values_size() < 2 || list.values(0).kind_case() != Value::kNumberValue ||
      list.values(1).kind_case() != Value::kNumberValue) {
    return absl::InvalidArgumentError("a position is not [longitude, latitude]");
  }
  return geo::PointFromDegrees(list.values(1).number_value(), list.values(0).number_value());
}

absl::StatusOr<geo::Polygon> ReadPolygon(const Value& value) {
  geo::Polygon polygon;
  size_t vertices = 0;
  for (const Value& ring : value.list_value().values()) {
    auto& points = polygon.rings.emplace_back();
    for (const Value& position : ring.list_value().values()) {
      TOCSIN_ASSIGN_OR_RETURN(const geo::Point point, ReadPosition(position));
      points.push_back(point);
      if (++vertices > geo::kMaxPolygonVertices) {
        return absl::InvalidArgumentError(
            absl::StrCat("a polygon has more than ", geo::kMaxPolygonVertices, " vertices"));
      }
    }
  }
  if (polygon.rings.empty()) return absl::InvalidArgumentError("a polygon has no ring");
  return polygon;
}

absl::Status ReadGeometry(const Struct& object, Geometry& geometry) {
  const Value* coordinates = Member(object, "coordinates");
  if (coordinates == nullptr) return absl::InvalidArgumentError("the geometry has no coordinates");
  if (TypeIs(object, "Point")) {
    TOCSIN_ASSIGN_OR_RETURN(geometry.point, ReadPosition(*coordinates));
  } else if (TypeIs(object, "Polygon")) {
    TOCSIN_ASSIGN_OR_RETURN(geo::Polygon polygon, ReadPolygon(*coordinates));
    geometry.polygons.push_back(std::move(polygon));
  } else if (TypeIs(object, "MultiPolygon")) {
    for (const Value& piece : coordinates->list_value().values()) {
      TOCSIN_ASSIGN_OR_RETURN(geo::Polygon polygon, ReadPolygon(piece));
      geometry.polygons.push_back(std::move(polygon));
    }
  } else {
    return absl::InvalidArgumentError("the geometry is no Point, Polygon or MultiPolygon");
  }
  return absl::OkStatus();
}

absl::StatusOr<Feature> ReadFeature(Struct& object, uint64_t number) {
  if (!TypeIs(object, "Feature")) {
    return absl::InvalidArgumentError(absl::StrCat("feature ", number, " is no Feature"));
  }
  Feature feature;
  feature.number = number;
  if (auto it = object.mutable_fields()->find("properties"); it != object.mutable_fields()->end()) {
    feature.properties = std::move(*it->second.mutable_struct_value());
  }
  const Value* geometry = Member(object, "geometry");
  if (geometry == nullptr || geometry->kind_case() == Value::kNullValue) return feature;
  absl::Status status = ReadGeometry(geometry->struct_value(), feature.geometry);
  if (!status.ok()) feature.geometry = {std::nullopt, {}, std::string(status.message())};
  return feature;
}

}  // namespace

size_t JsonDepth(absl::string_view json) {
  size_t depth = 0, deepest = 0;
  bool quoted = false;
  for (size_t i = 0; i < json.size(); ++i) {
    const char c = json[i];
    if (quoted) {
      if (c == '\\') ++i;
      if (c == '"') quoted = false;
    } else if (c == '"') {
      quoted = true;
    } else if (c == '[' || c == '{') {
      deepest = std::max(deepest, ++depth);
    } else if ((c == ']' || c == '}') && depth > 0) {
      --depth;
    }
  }
  return deepest;
}

absl::StatusOr<std::vector<Feature>> ParseFeatures(absl::string_view json) {
  if (json.size() > kGeoJsonBytesMax) {
    return absl::InvalidArgumentError(
        absl::StrCat("more than ", kGeoJsonBytesMax >> 20, " MiB: split the file"));
  }
  if (json.substr(0, 3) == "\xEF\xBB\xBF") json.remove_prefix(3);
  if (auto fault = schema::TextFault(json, schema::Lines::kMany)) {
    return absl::InvalidArgumentError(absl::StrCat("the file ", *fault));
  }
  if (JsonDepth(json) > kGeoJsonDepthMax) {
    return absl::InvalidArgumentError(
        absl::StrCat("brackets nest deeper than ", kGeoJsonDepthMax, ", so it is no GeoJSON"));
  }
  Struct root;
  if (!google::protobuf::util::JsonStringToMessage({json.data(), json.size()}, &root).ok()) {
    // The parser's own message quotes the file.
    return absl::InvalidArgumentError("the file is not JSON, or its outermost value no object");
  }
  std::vector<Feature> features;
  if (TypeIs(root, "Feature")) {
    TOCSIN_ASSIGN_OR_RETURN(Feature feature, ReadFeature(root, 1));
    features.push_back(std::move(feature));
    return features;
  }
  auto list = root.mutable_fields()->find("features");
  if (!TypeIs(root, "FeatureCollection") || list == root.mutable_fields()->end()) {
    return absl::InvalidArgumentError("no GeoJSON FeatureCollection or Feature");
  }
  for (Value& value : *list->second.mutable_list_value()->mutable_values()) {
    TOCSIN_ASSIGN_OR_RETURN(Feature feature,
                            ReadFeature(*value.mutable_struct_value(), features.size() + 1));
    features.push_back(std::move(feature));
  }
  return features;
}

std::string PropertyText(const Value& value) {
  switch (value.kind_case()) {
    case Value::kStringValue:
      return value.string_value();
    case Value::kBoolValue:
      return value.bool_value() ? "true" : "false";
    case Value::kNumberValue: {
      const double number = value.number_value();
      if (std::abs(number) < 1e15 && number == std::floor(number)) {
        return absl::StrCat(static_cast<int64_t>(number));
      }
      // The fewest digits that give the number back.
      for (int digits = 6; digits < 17; ++digits) {
        std::string text = absl::StrFormat("%.*g", digits, number);
        if (std::strtod(text.c_str(), nullptr) == number) return text;
      }
      return absl::StrFormat("%.17g", number);
    }
    case Value::kListValue:
    case Value::kStructValue: {
      std::string json;
      (void)google::protobuf::util::MessageToJsonString(value, &json).ok();
      return json;
    }
    default:
      return "";
  }
}

}  // namespace tocsin::exchange
