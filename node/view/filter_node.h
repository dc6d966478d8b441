// A filter, taken apart. For the sources of this folder. Immutable values.
#pragma once

#include <absl/status/statusor.h>
#include <absl/strings/string_view.h>
#include <absl/time/time.h>

#include <cstdint>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "node/geo/cells.h"
#include "node/geo/point.h"
#include "node/schema/field_table.h"

namespace tocsin::view {

enum class CompareOp { kEqual, kNotEqual, kLess, kLessOrEqual, kGreater, kGreaterOrEqual, kHas };

// What is compared: a field of the body, or one of these.
enum class Target { kField, kCode, kCreateTime, kUpdateTime, kConflict, kRaised, kMoved };

// An enum's number, a number, a time, a bool; a string; of a text its prefix in lower case.
using CompareValue = std::variant<int64_t, uint64_t, absl::Time, bool, std::string>;

struct FilterNode {
  enum class Type { kAnd, kOr, kNot, kCompare, kWithin, kNear };
  Type type = Type::kAnd;
  // Of kAnd, kOr and kNot.
  std::vector<std::shared_ptr<const FilterNode>> children;
  // Of kCompare.
  Target target = Target::kField;
  const schema::FieldInfo* field = nullptr;
  CompareOp op = CompareOp::kEqual;
  CompareValue value;
  // Of kWithin; of kNear what surely holds the circle.
  geo::Rect rect;
  // Of kNear.
  geo::Point centre;
  double metres = 0;
};

// Null for a filter that is empty or blank: everything matches.
absl::StatusOr<std::shared_ptr<const FilterNode>> ParseFilter(absl::string_view text,
                                                              uint32_t kind);

}  // namespace tocsin::view
