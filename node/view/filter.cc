#include "node/view/filter.h"

#include <absl/strings/ascii.h>
#include <absl/strings/match.h>
#include <google/protobuf/message.h>
#include <google/protobuf/timestamp.pb.h>

#include <algorithm>
#include <limits>
#include <utility>

#include "node/base/status.h"
#include "node/schema/kinds.h"
#include "node/schema/spoken_code.h"
#include "node/view/filter_node.h"
#include "node/view/index.h"
#include "node/view/raised.h"

namespace tocsin::view {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

constexpr int kCoverCells = 24;
// Units of 1e-7 degree, more than a leaf cell is wide up to kNearPole.
constexpr int32_t kLeafMargin = 100;
constexpr int32_t kNearPole = 80 * geo::kUnitsPerDegree;
constexpr int32_t kNearAntimeridian = 179 * geo::kUnitsPerDegree;

absl::Time ToTime(const google::protobuf::Timestamp& time) {
  return absl::FromUnixSeconds(time.seconds()) + absl::Nanoseconds(time.nanos());
}

template <typename T>
bool Compares(const T& a, CompareOp op, const T& b) {
  switch (op) {
    case CompareOp::kEqual:
    case CompareOp::kHas:
      return a == b;
    case CompareOp::kNotEqual:
      return a != b;
    case CompareOp::kLess:
      return a < b;
    case CompareOp::kLessOrEqual:
      return a <= b;
    case CompareOp::kGreater:
      return a > b;
    case CompareOp::kGreaterOrEqual:
      return a >= b;
  }
  return false;
}

bool HasPrefix(const std::string& text, const std::string& lower_prefix) {
  return text.size() >= lower_prefix.size() && absl::AsciiStrToLower(absl::string_view(text).substr(
                                                   0, lower_prefix.size())) == lower_prefix;
}

// A list has the value, or has it nowhere.
bool RepeatedMatches(const FilterNode& node, const Message& body) {
  const Reflection& reflection = *body.GetReflection();
  const FieldDescriptor* field = node.field->descriptor;
  bool has = false;
  for (int i = 0; i < reflection.FieldSize(body, field); ++i) {
    if (field->cpp_type() == FieldDescriptor::CPPTYPE_ENUM) {
      has |= reflection.GetRepeatedEnumValue(body, field, i) == std::get<int64_t>(node.value);
    } else if (field->cpp_type() == FieldDescriptor::CPPTYPE_STRING) {
      has |= reflection.GetRepeatedString(body, field, i) == std::get<std::string>(node.value);
    }
  }
  return has == (node.op == CompareOp::kEqual);
}

bool IsSet(const Message& body, const FieldDescriptor* field) {
  return body.GetReflection()->HasField(body, field);
}

bool FieldMatches(const FilterNode& node, const v1::Record& record) {
  const Message* body = schema::BodyOf(record);
  if (body == nullptr) return false;
  const FieldDescriptor* field = node.field->descriptor;
  const Reflection& reflection = *body->GetReflection();
  if (record.mark_size() > 0 && IsMarkedInvalid(record, node.field->name)) return false;
  if (field->is_repeated()) return RepeatedMatches(node, *body);
  if (!IsSet(*body, field)) return node.op == CompareOp::kNotEqual;
  switch (field->cpp_type()) {
    case FieldDescriptor::CPPTYPE_ENUM:
      return Compares<int64_t>(reflection.GetEnumValue(*body, field), node.op,
                               std::get<int64_t>(node.value));
    case FieldDescriptor::CPPTYPE_UINT32:
      return Compares<uint64_t>(reflection.GetUInt32(*body, field), node.op,
                                std::get<uint64_t>(node.value));
    case FieldDescriptor::CPPTYPE_UINT64:
      return Compares<uint64_t>(reflection.GetUInt64(*body, field), node.op,
                                std::get<uint64_t>(node.value));
    case FieldDescriptor::CPPTYPE_BOOL:
      return Compares(reflection.GetBool(*body, field), node.op, std::get<bool>(node.value));
    case FieldDescriptor::CPPTYPE_STRING: {
      std::string copy;
      const std::string& text = reflection.GetStringReference(*body, field, &copy);
      const std::string& wanted = std::get<std::string>(node.value);
      return node.field->is_text() ? HasPrefix(text, wanted) : Compares(text, node.op, wanted);
    }
    case FieldDescriptor::CPPTYPE_MESSAGE:
      return Compares(ToTime(static_cast<const google::protobuf::Timestamp&>(
                          reflection.GetMessage(*body, field))),
                      node.op, std::get<absl::Time>(node.value));
    default:
      return false;
  }
}

bool CompareMatches(const FilterNode& node, const v1::Record& record) {
  switch (node.target) {
    case Target::kField:
      return FieldMatches(node, record);
    case Target::kCode: {
      auto code = SpokenCode::Parse(record.code());
      return code.ok() && Compares(code->bits(), node.op, std::get<uint64_t>(node.value));
    }
    case Target::kCreateTime:
      return Compares(ToTime(record.create_time()), node.op, std::get<absl::Time>(node.value));
    case Target::kUpdateTime:
      return Compares(ToTime(record.update_time()), node.op, std::get<absl::Time>(node.value));
    case Target::kConflict:
      return Compares(record.conflict_size() > 0, node.op, std::get<bool>(node.value));
    case Target::kRaised:
      return Compares(IsClosedThenRaised(record), node.op, std::get<bool>(node.value));
    case Target::kMoved:
      return Compares(record.edited_after_move_size() > 0, node.op, std::get<bool>(node.value));
  }
  return false;
}

bool NodeMatches(const FilterNode& node, const v1::Record& record) {
  auto matches = [&record](const std::shared_ptr<const FilterNode>& child) {
    return NodeMatches(*child, record);
  };
  switch (node.type) {
    case FilterNode::Type::kAnd:
      return std::all_of(node.children.begin(), node.children.end(), matches);
    case FilterNode::Type::kOr:
      return std::any_of(node.children.begin(), node.children.end(), matches);
    case FilterNode::Type::kNot:
      return !matches(node.children.front());
    case FilterNode::Type::kCompare:
      return CompareMatches(node, record);
    case FilterNode::Type::kWithin: {
      auto place = PlaceOf(record);
      return place && geo::Contains(node.rect, *place);
    }
    case FilterNode::Type::kNear: {
      auto place = PlaceOf(record);
      return place && geo::DistanceMeters(node.centre, *place) <= node.metres;
    }
  }
  return false;
}

// The times, in milliseconds, that a comparison leaves: a little more where it is not exact.
std::pair<int64_t, int64_t> TimeBounds(const FilterNode& node) {
  constexpr int64_t kLeast = std::numeric_limits<int64_t>::min();
  constexpr int64_t kMost = std::numeric_limits<int64_t>::max();
  const int64_t at = absl::ToUnixMillis(std::get<absl::Time>(node.value));
  switch (node.op) {
    case CompareOp::kEqual:
      return {at, at};
    case CompareOp::kLess:
    case CompareOp::kLessOrEqual:
      return {kLeast, at};
    case CompareOp::kGreater:
    case CompareOp::kGreaterOrEqual:
      return {at, kMost};
    default:
      return {kLeast, kMost};
  }
}

void AddCompareHints(const FilterNode& node, const KindIndexes& indexes, FilterHints& hints) {
  if (node.target == Target::kConflict) {
    hints.conflict |= node.op == CompareOp::kEqual && std::get<bool>(node.value);
  } else if (node.target == Target::kRaised) {
    hints.raised |= node.op == CompareOp::kEqual && std::get<bool>(node.value);
  } else if (node.target == Target::kMoved) {
    hints.moved |= node.op == CompareOp::kEqual && std::get<bool>(node.value);
  } else if (node.target == Target::kCode && node.op == CompareOp::kEqual) {
    hints.code_bits = std::get<uint64_t>(node.value);
  }
  if (node.target != Target::kField || node.field->repeated) return;
  const uint32_t field = node.field->number;
  if (indexes.HasCoded(field) && node.op == CompareOp::kEqual) {
    hints.coded[field] = static_cast<uint32_t>(std::get<int64_t>(node.value));
  }
  if (indexes.HasTime(field) && node.op != CompareOp::kNotEqual) {
    const auto bounds = TimeBounds(node);
    auto [known, is_new] = hints.times.try_emplace(field, bounds);
    known->second = {std::max(known->second.first, bounds.first),
                     std::min(known->second.second, bounds.second)};
  }
}

void AddHints(const FilterNode& node, const KindIndexes& indexes, FilterHints& hints) {
  switch (node.type) {
    case FilterNode::Type::kAnd:
      for (const auto& child : node.children) AddHints(*child, indexes, hints);
      return;
    case FilterNode::Type::kCompare:
      return AddCompareHints(node, indexes, hints);
    case FilterNode::Type::kWithin:
    case FilterNode::Type::kNear:
      if (hints.window) return;
      hints.window = node.rect;
      hints.cells = geo::CoverRect(node.rect, kCoverCells);
      return;
    case FilterNode::Type::kOr:
    case FilterNode::Type::kNot:
      return;
  }
}

}  // namespace

bool FilterHints::MayHoldPlace(uint64_t leaf_cell) const {
  if (!window || window->low.lng_e7 > window->high.lng_e7) return true;
  const geo::Rect wider = {{window->low.lat_e7 - kLeafMargin, window->low.lng_e7 - kLeafMargin},
                           {window->high.lat_e7 + kLeafMargin, window->high.lng_e7 + kLeafMargin}};
  if (wider.low.lat_e7 < -kNearPole || wider.high.lat_e7 > kNearPole ||
      wider.low.lng_e7 < -kNearAntimeridian || wider.high.lng_e7 > kNearAntimeridian) {
    return true;
  }
  return geo::Contains(wider, geo::CentreOf(leaf_cell));
}

absl::StatusOr<Filter> Filter::Compile(absl::string_view text, uint32_t kind) {
  Filter filter;
  TOCSIN_ASSIGN_OR_RETURN(filter.root_, ParseFilter(text, kind));
  if (filter.root_ != nullptr) AddHints(*filter.root_, IndexesOf(kind), filter.hints_);
  return filter;
}

bool Filter::Matches(const v1::Record& record) const {
  return root_ == nullptr || NodeMatches(*root_, record);
}

}  // namespace tocsin::view
