#include <absl/status/status.h>
#include <absl/strings/ascii.h>
#include <absl/strings/match.h>
#include <absl/strings/numbers.h>
#include <absl/strings/str_cat.h>
#include <absl/strings/str_join.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "node/base/status.h"
#include "node/schema/field_table.h"
#include "node/schema/kinds.h"
#include "node/schema/spoken_code.h"
#include "node/view/filter.h"
#include "node/view/filter_node.h"
#include "tocsin/v1/options.pb.h"

namespace tocsin::view {
namespace {

using schema::FieldInfo;
using schema::FieldType;
using NodePtr = std::shared_ptr<const FilterNode>;

constexpr int kDepthMax = 32;
constexpr int kRestrictionsMax = 64;

bool IsNameChar(char c) { return absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '_'; }
bool IsBareChar(char c) {
  return IsNameChar(c) || c == '-' || c == '+' || c == '.' || c == ':' || c == '/' || c == '*';
}

// "SEVERITY_" of an enum all of whose names begin so; empty where they do not.
std::string EnumPrefix(const google::protobuf::EnumDescriptor& type) {
  std::string prefix;
  for (int i = 0; i < type.value_count(); ++i) {
    if (type.value(i)->number() == 0) continue;
    const std::string& name = type.value(i)->name();
    if (prefix.empty()) prefix = name;
    size_t same = 0;
    while (same < prefix.size() && same < name.size() && prefix[same] == name[same]) ++same;
    prefix.resize(same);
    if (prefix.empty()) return prefix;
  }
  prefix.resize(prefix.rfind('_') == std::string::npos ? 0 : prefix.rfind('_') + 1);
  return prefix;
}

std::string EnumNames(const google::protobuf::EnumDescriptor& type) {
  std::vector<std::string> names;
  const size_t skip = EnumPrefix(type).size();
  for (int i = 0; i < type.value_count(); ++i) {
    if (type.value(i)->number() != 0) names.push_back(type.value(i)->name().substr(skip));
  }
  return absl::StrJoin(names, ", ");
}

std::string FieldNames(uint32_t kind) {
  std::vector<std::string> names;
  for (const FieldInfo& field : schema::FieldTable::Of(static_cast<v1::Kind>(kind)).fields()) {
    if (field.filterable) names.push_back(field.name);
  }
  return absl::StrCat(absl::StrJoin(names, ", "),
                      ", code, create_time, update_time, conflict, "
                      "closed_then_raised, edited_after_move");
}

// One pass over the text; lives for one Compile.
class Parser {
 public:
  Parser(absl::string_view text, uint32_t kind) : text_(text), kind_(kind) {}

  absl::StatusOr<NodePtr> Run() {
    SkipBlanks();
    if (AtEnd()) return NodePtr();
    TOCSIN_ASSIGN_OR_RETURN(NodePtr root, Expression(0));
    SkipBlanks();
    if (!AtEnd()) return Error("nothing may follow here; join comparisons with AND or OR");
    return root;
  }

 private:
  bool AtEnd() const { return at_ >= text_.size(); }
  char Peek() const { return AtEnd() ? '\0' : text_[at_]; }
  void SkipBlanks() {
    while (!AtEnd() && absl::ascii_isspace(static_cast<unsigned char>(text_[at_]))) ++at_;
  }
  bool Accept(absl::string_view token) {
    SkipBlanks();
    if (!absl::StartsWith(text_.substr(at_), token)) return false;
    at_ += token.size();
    return true;
  }
  // A word as a whole, in capitals.
  bool AcceptWord(absl::string_view word) {
    SkipBlanks();
    absl::string_view rest = text_.substr(at_);
    if (!absl::StartsWith(rest, word)) return false;
    if (rest.size() > word.size() && IsNameChar(rest[word.size()])) return false;
    at_ += word.size();
    return true;
  }

  absl::Status ErrorAt(size_t at, absl::string_view what) const {
    return absl::InvalidArgumentError(absl::StrCat("filter: at character ", at + 1, ": ", what));
  }
  absl::Status Error(absl::string_view what) const { return ErrorAt(at_, what); }

  // AIP-160 lets OR bind more tightly than AND, everybody else the other way round: so where both
  // stand side by side, the writer says which is meant.
  absl::StatusOr<NodePtr> Expression(int depth) {
    if (depth > kDepthMax) return Error("parentheses are nested too deeply");
    TOCSIN_ASSIGN_OR_RETURN(NodePtr first, Term(depth));
    std::vector<NodePtr> children = {std::move(first)};
    auto type = FilterNode::Type::kAnd;
    while (true) {
      SkipBlanks();
      const size_t at = at_;
      FilterNode::Type joined;
      if (AcceptWord("AND")) {
        joined = FilterNode::Type::kAnd;
      } else if (AcceptWord("OR")) {
        joined = FilterNode::Type::kOr;
      } else {
        break;
      }
      if (children.size() > 1 && joined != type) {
        return ErrorAt(at, "AND and OR side by side need parentheses: a AND (b OR c)");
      }
      type = joined;
      TOCSIN_ASSIGN_OR_RETURN(NodePtr next, Term(depth));
      children.push_back(std::move(next));
    }
    if (children.size() == 1) return children.front();
    auto node = std::make_shared<FilterNode>();
    node->type = type;
    node->children = std::move(children);
    return NodePtr(std::move(node));
  }

  absl::StatusOr<NodePtr> Term(int depth) {
    if (AcceptWord("NOT")) {
      if (depth > kDepthMax) return Error("NOT is nested too deeply");
      TOCSIN_ASSIGN_OR_RETURN(NodePtr inner, Term(depth + 1));
      auto node = std::make_shared<FilterNode>();
      node->type = FilterNode::Type::kNot;
      node->children = {std::move(inner)};
      return NodePtr(std::move(node));
    }
    if (!Accept("(")) return Restriction();
    TOCSIN_ASSIGN_OR_RETURN(NodePtr inner, Expression(depth + 1));
    if (!Accept(")")) return Error("expected ')'");
    return inner;
  }

  absl::StatusOr<NodePtr> Restriction() {
    if (++restrictions_ > kRestrictionsMax) {
      return Error(absl::StrCat("more than ", kRestrictionsMax, " comparisons"));
    }
    SkipBlanks();
    const size_t at = at_;
    while (!AtEnd() && IsNameChar(Peek())) ++at_;
    const absl::string_view name = text_.substr(at, at_ - at);
    if (name.empty()) {
      return ErrorAt(at, absl::StrCat("expected a field, one of ", FieldNames(kind_),
                                      "; or within(...), near(...)"));
    }
    if (Accept("(")) return Function(at, name);
    auto node = std::make_shared<FilterNode>();
    node->type = FilterNode::Type::kCompare;
    TOCSIN_RETURN_IF_ERROR(SetTarget(at, name, *node));
    TOCSIN_ASSIGN_OR_RETURN(node->op, Operator());
    SkipBlanks();
    const size_t value_at = at_;
    TOCSIN_ASSIGN_OR_RETURN(std::string value, Value());
    TOCSIN_RETURN_IF_ERROR(SetValue(value_at, name, value, *node));
    return NodePtr(std::move(node));
  }

  absl::Status SetTarget(size_t at, absl::string_view name, FilterNode& node) const {
    if (name == "code") {
      node.target = Target::kCode;
    } else if (name == "create_time") {
      node.target = Target::kCreateTime;
    } else if (name == "update_time") {
      node.target = Target::kUpdateTime;
    } else if (name == "conflict") {
      node.target = Target::kConflict;
    } else if (name == "closed_then_raised") {
      node.target = Target::kRaised;
    } else if (name == "edited_after_move") {
      node.target = Target::kMoved;
    } else {
      node.field = schema::FieldTable::Of(static_cast<v1::Kind>(kind_)).FindByName(name);
      if (node.field == nullptr || !node.field->filterable) {
        return ErrorAt(at, absl::StrCat("'", name, "' is no field that a filter of ",
                                        schema::FindKind(kind_)->collection,
                                        " may name; these are: ", FieldNames(kind_)));
      }
    }
    return absl::OkStatus();
  }

  absl::StatusOr<CompareOp> Operator() {
    if (Accept("!=")) return CompareOp::kNotEqual;
    if (Accept("<=")) return CompareOp::kLessOrEqual;
    if (Accept(">=")) return CompareOp::kGreaterOrEqual;
    if (Accept("<")) return CompareOp::kLess;
    if (Accept(">")) return CompareOp::kGreater;
    if (Accept("=")) return CompareOp::kEqual;
    if (Accept(":")) return CompareOp::kHas;
    return Error("expected one of = != < <= > >=");
  }

  absl::StatusOr<std::string> Value() {
    const size_t at = at_;
    if (Peek() != '"' && Peek() != '\'') {
      while (!AtEnd() && IsBareChar(Peek())) ++at_;
      if (at_ == at) return Error("expected a value; put text in double quotes");
      return std::string(text_.substr(at, at_ - at));
    }
    const char quote = text_[at_++];
    std::string value;
    while (!AtEnd() && Peek() != quote) {
      if (Peek() == '\\' && at_ + 1 < text_.size()) ++at_;
      value.push_back(text_[at_++]);
    }
    if (AtEnd()) return ErrorAt(at, "this quotation has no end");
    ++at_;
    return value;
  }

  absl::Status SetValue(size_t at, absl::string_view name, const std::string& value,
                        FilterNode& node) const {
    switch (node.target) {
      case Target::kCode: {
        auto code = SpokenCode::Parse(value);
        if (!code.ok()) return ErrorAt(at, code.status().message());
        node.value = code->bits();
        return OnlyEquality(at, name, node.op);
      }
      case Target::kCreateTime:
      case Target::kUpdateTime:
        return SetTime(at, value, node);
      case Target::kConflict:
      case Target::kRaised:
      case Target::kMoved:
        return SetBool(at, name, value, node);
      case Target::kField:
        return SetFieldValue(at, name, value, node);
    }
    return absl::OkStatus();
  }

  absl::Status OnlyEquality(size_t at, absl::string_view name, CompareOp op) const {
    if (op == CompareOp::kEqual || op == CompareOp::kNotEqual) return absl::OkStatus();
    return ErrorAt(at, absl::StrCat("'", name, "' can be compared by = and != only"));
  }

  absl::Status SetFieldValue(size_t at, absl::string_view name, const std::string& value,
                             FilterNode& node) const {
    if (node.field->repeated && node.op == CompareOp::kHas) node.op = CompareOp::kEqual;
    if (node.op == CompareOp::kHas) {
      return ErrorAt(at, absl::StrCat("':' asks whether a list has a value, and '", name,
                                      "' is no list; write ="));
    }
    if (node.field->repeated) TOCSIN_RETURN_IF_ERROR(OnlyEquality(at, name, node.op));
    if (node.field->is_text()) return SetPrefix(at, name, value, node);
    switch (node.field->type) {
      case FieldType::kEnum:
        return SetEnum(at, name, value, node);
      case FieldType::kTime:
        return SetTime(at, value, node);
      case FieldType::kBool:
        return SetBool(at, name, value, node);
      case FieldType::kNumber: {
        uint64_t number = 0;
        if (!absl::SimpleAtoi(value, &number)) {
          return ErrorAt(at, absl::StrCat("'", name, "' is a whole number, 0 or more"));
        }
        node.value = number;
        return absl::OkStatus();
      }
      case FieldType::kString:
        node.value = value;
        return OnlyEquality(at, name, node.op);
      default:
        return ErrorAt(at, absl::StrCat("'", name, "' has no values that a filter can name"));
    }
  }

  absl::Status SetPrefix(size_t at, absl::string_view name, const std::string& value,
                         FilterNode& node) const {
    if (node.op != CompareOp::kEqual || value.size() < 2 || value.back() != '*' ||
        value.find('*') != value.size() - 1) {
      return ErrorAt(at, absl::StrCat("'", name, "' is matched by its beginning only: ", name,
                                      " = \"Engine*\""));
    }
    node.value = absl::AsciiStrToLower(value.substr(0, value.size() - 1));
    return absl::OkStatus();
  }

  absl::Status SetEnum(size_t at, absl::string_view name, const std::string& value,
                       FilterNode& node) const {
    const google::protobuf::EnumDescriptor& type = *node.field->enumeration;
    const std::string upper = absl::AsciiStrToUpper(value);
    const auto* found = type.FindValueByName(upper);
    if (found == nullptr) found = type.FindValueByName(EnumPrefix(type) + upper);
    if (found == nullptr) {
      return ErrorAt(
          at, absl::StrCat("'", value, "' is no ", name, "; it is one of ", EnumNames(type)));
    }
    node.value = static_cast<int64_t>(found->number());
    return absl::OkStatus();
  }

  absl::Status SetBool(size_t at, absl::string_view name, const std::string& value,
                       FilterNode& node) const {
    if (value != "true" && value != "false") {
      return ErrorAt(at, absl::StrCat("'", name, "' is true or false"));
    }
    node.value = value == "true";
    return OnlyEquality(at, name, node.op);
  }

  absl::Status SetTime(size_t at, const std::string& value, FilterNode& node) const {
    absl::Time time;
    std::string error;
    if (!absl::ParseTime(absl::RFC3339_full, value, &time, &error) &&
        !absl::ParseTime("%Y-%m-%d", value, absl::UTCTimeZone(), &time, &error)) {
      return ErrorAt(at, "a time is written as 2015-06-01T14:30:00Z, or as a day, 2015-06-01");
    }
    if (node.op == CompareOp::kHas) return ErrorAt(at, "times are compared by = != < <= > >=");
    node.value = time;
    return absl::OkStatus();
  }

  absl::StatusOr<NodePtr> Function(size_t at, absl::string_view name) {
    auto node = std::make_shared<FilterNode>();
    if (name == "within") {
      node->type = FilterNode::Type::kWithin;
      TOCSIN_ASSIGN_OR_RETURN(geo::Point a, PointArgument());
      if (!Accept(",")) return Error("within takes lat1,lng1,lat2,lng2: two corners");
      TOCSIN_ASSIGN_OR_RETURN(geo::Point b, PointArgument());
      // Either corner may come first; of longitudes the first is the western one.
      if (a.lat_e7 > b.lat_e7) std::swap(a, b);
      node->rect = {a, b};
    } else if (name == "near") {
      node->type = FilterNode::Type::kNear;
      TOCSIN_ASSIGN_OR_RETURN(node->centre, PointArgument());
      if (!Accept(",")) return Error("near takes lat,lng,metres");
      TOCSIN_ASSIGN_OR_RETURN(node->metres, NumberArgument());
      if (node->metres < 0) return Error("metres must be 0 or more");
      node->rect = RectAround(node->centre, node->metres);
    } else {
      return ErrorAt(at, absl::StrCat("'", name,
                                      "' is no function; there are "
                                      "within(lat1,lng1,lat2,lng2) and near(lat,lng,metres)"));
    }
    if (!Accept(")")) return Error("expected ')'");
    return NodePtr(std::move(node));
  }

  absl::StatusOr<double> NumberArgument() {
    SkipBlanks();
    const size_t at = at_;
    while (!AtEnd() && IsBareChar(Peek())) ++at_;
    double number = 0;
    if (!absl::SimpleAtod(text_.substr(at, at_ - at), &number) || !std::isfinite(number)) {
      return ErrorAt(at, "expected a number, in degrees or metres");
    }
    return number;
  }

  absl::StatusOr<geo::Point> PointArgument() {
    SkipBlanks();
    const size_t at = at_;
    TOCSIN_ASSIGN_OR_RETURN(double lat, NumberArgument());
    if (!Accept(",")) return Error("expected ',' between latitude and longitude");
    TOCSIN_ASSIGN_OR_RETURN(double lng, NumberArgument());
    auto point = geo::PointFromDegrees(lat, lng);
    if (!point.ok()) return ErrorAt(at, point.status().message());
    return point;
  }

  // A window that holds the circle; all around the earth where it holds a pole.
  static geo::Rect RectAround(geo::Point centre, double metres) {
    constexpr double kMetresPerDegree = 110'000;  // a little less than there are
    constexpr double kDegreesToRadians = 0.017453292519943295;
    const double lat_span = metres / kMetresPerDegree;
    const double low = centre.lat() - lat_span;
    const double high = centre.lat() + lat_span;
    geo::Rect rect;
    rect.low.lat_e7 = ToE7(std::max(low, -90.0));
    rect.high.lat_e7 = ToE7(std::min(high, 90.0));
    const double widest = std::max(std::abs(low), std::abs(high));
    const double lng_span = widest >= 89.9 ? 180 : lat_span / std::cos(widest * kDegreesToRadians);
    if (lng_span >= 179.9) {
      rect.low.lng_e7 = -geo::kMaxLngE7;
      rect.high.lng_e7 = geo::kMaxLngE7;
      return rect;
    }
    rect.low.lng_e7 = ToE7(Wrapped(centre.lng() - lng_span));
    rect.high.lng_e7 = ToE7(Wrapped(centre.lng() + lng_span));
    return rect;
  }
  static double Wrapped(double lng) { return lng < -180 ? lng + 360 : lng > 180 ? lng - 360 : lng; }
  static int32_t ToE7(double degrees) {
    return static_cast<int32_t>(std::lround(degrees * geo::kUnitsPerDegree));
  }

  const absl::string_view text_;
  const uint32_t kind_;
  size_t at_ = 0;
  int restrictions_ = 0;
};

}  // namespace

absl::StatusOr<NodePtr> ParseFilter(absl::string_view text, uint32_t kind) {
  if (text.size() > Filter::kBytesMax) {
    return absl::InvalidArgumentError(
        absl::StrCat("filter: longer than ", Filter::kBytesMax, " bytes"));
  }
  return Parser(text, kind).Run();
}

}  // namespace tocsin::view
