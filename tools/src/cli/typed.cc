#include "tools/src/cli/typed.h"

#include <absl/strings/ascii.h>
#include <absl/strings/match.h>
#include <absl/strings/numbers.h>
#include <absl/strings/str_cat.h>
#include <absl/strings/str_join.h>
#include <absl/strings/str_split.h>
#include <absl/strings/strip.h>
#include <google/protobuf/timestamp.pb.h>
#include <google/protobuf/util/json_util.h>

#include <algorithm>
#include <set>
#include <vector>

#include "node/base/status.h"
#include "node/config/settings.h"
#include "node/exchange/fields.h"
#include "node/exchange/local_time.h"
#include "node/geo/place.h"
#include "node/schema/field_table.h"
#include "node/schema/geometry.h"
#include "node/schema/kinds.h"
#include "node/schema/text_check.h"
#include "tools/src/cli/outcome.h"
#include "tools/src/cli/words.h"

namespace tocsin::cli {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

absl::Status Wrong(absl::string_view field, absl::string_view what) {
  return absl::InvalidArgumentError(absl::StrCat(field, ": ", what));
}

Message& Leaf(Message& owner, const FieldDescriptor& leaf) {
  return leaf.is_repeated() ? *owner.GetReflection()->AddMessage(&owner, &leaf)
                            : *owner.GetReflection()->MutableMessage(&owner, &leaf);
}

absl::StatusOr<v1::Quantity> ParseQuantity(absl::string_view typed) {
  const std::vector<std::string> parts = absl::StrSplit(typed, ' ', absl::SkipWhitespace());
  double value = 0;
  if (parts.size() != 2 || !absl::SimpleAtod(parts[0], &value)) {
    return absl::InvalidArgumentError("is a number and a unit, as in \"500 kilogram\"");
  }
  TOCSIN_ASSIGN_OR_RETURN(const v1::Unit unit, ParseEnum<v1::Unit>(parts[1]));
  v1::Quantity quantity;
  quantity.set_value(value);
  quantity.set_unit(unit);
  return quantity;
}

absl::StatusOr<v1::Goods> ParseGoods(absl::string_view typed) {
  const std::pair<absl::string_view, absl::string_view> parts =
      absl::StrSplit(absl::StripAsciiWhitespace(typed), absl::MaxSplits(' ', 1));
  absl::string_view number = parts.first;
  if (absl::StartsWithIgnoreCase(number, "un")) number.remove_prefix(2);
  uint32_t un = 0;
  if (number.size() != 4 || !absl::SimpleAtoi(number, &un)) {
    return absl::InvalidArgumentError(
        "is a UN number of four digits, and perhaps how much: \"1203\", \"1203 500 kilogram\"");
  }
  v1::Goods goods;
  goods.set_un_number(un);
  if (!parts.second.empty()) {
    TOCSIN_ASSIGN_OR_RETURN(*goods.mutable_quantity(), ParseQuantity(parts.second));
  }
  return goods;
}

absl::StatusOr<v1::Polygon> ParseArea(absl::string_view typed) {
  geo::Polygon polygon;
  polygon.rings.emplace_back();
  for (absl::string_view corner : absl::StrSplit(typed, ';', absl::SkipWhitespace())) {
    TOCSIN_ASSIGN_OR_RETURN(const geo::Point point, geo::ParsePlace(corner));
    polygon.rings[0].push_back(point);
  }
  if (polygon.rings[0].size() < 3) {
    return absl::InvalidArgumentError(
        "is three corners or more, as in \"40.70,-74.02; 40.70,-73.99; 40.72,-74.00\"");
  }
  if (polygon.rings[0].front() != polygon.rings[0].back()) {
    polygon.rings[0].push_back(polygon.rings[0].front());
  }
  TOCSIN_RETURN_IF_ERROR(geo::ValidatePolygon(polygon));
  return schema::FromGeo(polygon);
}

// A message whose typed form is its own; false: JSON alone will do.
absl::StatusOr<bool> SetOwnForm(Message& owner, const FieldDescriptor& leaf,
                                const std::string& value, const TypedContext& context) {
  const Descriptor* type = leaf.message_type();
  const auto put = [&owner, &leaf](const auto& parsed) -> absl::StatusOr<bool> {
    if (!parsed.ok()) return parsed.status();
    Leaf(owner, leaf).CopyFrom(*parsed);
    return true;
  };
  if (type == google::protobuf::Timestamp::descriptor()) {
    const absl::StatusOr<absl::Time> time = ParseTypedTime(value, context.zone, context.now);
    if (!time.ok()) return time.status();
    Leaf(owner, leaf).CopyFrom(exchange::ToTimestamp(*time));
    return true;
  }
  if (type == v1::Point::descriptor()) {
    const absl::StatusOr<geo::Point> point = geo::ParsePlace(value);
    if (!point.ok()) return point.status();
    Leaf(owner, leaf).CopyFrom(schema::FromGeo(*point));
    return true;
  }
  if (type == v1::Polygon::descriptor()) return put(ParseArea(value));
  if (type == v1::Goods::descriptor()) return put(ParseGoods(value));
  if (type == v1::Quantity::descriptor()) return put(ParseQuantity(value));
  if (type == v1::RecordRef::descriptor()) return put(context.find(value));
  return false;
}

absl::Status SetMessageTyped(Message& owner, const FieldDescriptor& leaf, const std::string& value,
                             const TypedContext& context) {
  if (absl::StartsWith(value, "{")) {
    const auto parsed = google::protobuf::util::JsonStringToMessage(value, &Leaf(owner, leaf));
    if (parsed.ok()) return absl::OkStatus();
    return absl::InvalidArgumentError(
        absl::StrCat("is no ", leaf.message_type()->name(), " in JSON"));
  }
  TOCSIN_ASSIGN_OR_RETURN(const bool done, SetOwnForm(owner, leaf, value, context));
  if (done) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat(
      "has parts: set them one by one (", leaf.name(), ".", leaf.message_type()->field(0)->name(),
      "=...), or all in JSON ({\"", leaf.message_type()->field(0)->name(), "\": ...})"));
}

// The text form that exchange::SetFromText takes of what was typed.
absl::StatusOr<std::string> TextForm(const FieldDescriptor& leaf, const std::string& value) {
  if (leaf.cpp_type() == FieldDescriptor::CPPTYPE_ENUM) {
    TOCSIN_ASSIGN_OR_RETURN(const auto* found, ParseWord(*leaf.enum_type(), value));
    return found->name();
  }
  if (leaf.cpp_type() == FieldDescriptor::CPPTYPE_BOOL) {
    const std::string lower = absl::AsciiStrToLower(value);
    if (lower == "yes" || lower == "true") return std::string("true");
    if (lower == "no" || lower == "false") return std::string("false");
    return absl::InvalidArgumentError("is yes or no");
  }
  return value;
}

bool IsPeople(const FieldDescriptor& leaf) {
  return leaf.cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE &&
         leaf.message_type() == v1::PeopleCount::descriptor();
}

absl::Status SetLeaf(Message& body, const exchange::FieldPath& path, const std::string& value,
                     const TypedContext& context) {
  const FieldDescriptor& leaf = *path.leaf();
  if (leaf.cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE && !IsPeople(leaf)) {
    return SetMessageTyped(exchange::OwnerOf(body, path), leaf, value, context);
  }
  if (!exchange::IsScalarLeaf(leaf)) return absl::InvalidArgumentError("is not typed by hand");
  TOCSIN_ASSIGN_OR_RETURN(const std::string text, TextForm(leaf, value));
  return exchange::SetFromText(body, path, text);
}

// What is required cannot be cleared, and a part of a field not by itself.
absl::Status NoValue(v1::Kind kind, const exchange::FieldPath& path, absl::string_view field) {
  const FieldDescriptor& top = *path.steps.front();
  if (schema::FieldTable::Of(kind).FindByName(top.name())->required) {
    return Wrong(field, absl::StrCat("has no value, and every ", KindWord(kind),
                                     " must have one; `tocsin fields ", KindWord(kind),
                                     "` says what it takes"));
  }
  return Wrong(field, absl::StrCat("has no value; leave it out of a report, or clear it by `tocsin "
                                   "edit ID --clear ",
                                   top.name(), "`"));
}

}  // namespace

absl::StatusOr<std::pair<std::string, std::string>> SplitAssignment(absl::string_view typed) {
  const size_t at = typed.find('=');
  if (at == absl::string_view::npos || at == 0) {
    return absl::InvalidArgumentError(
        "--set takes field=value, as in --set severity=severe (nothing before or after the '=')");
  }
  return std::pair<std::string, std::string>(absl::StripAsciiWhitespace(typed.substr(0, at)),
                                             typed.substr(at + 1));
}

std::string WithoutKind(v1::Kind kind, absl::string_view path) {
  absl::ConsumePrefix(&path, absl::StrCat(KindWord(kind), "."));
  return std::string(path);
}

absl::StatusOr<const FieldDescriptor*> TopField(v1::Kind kind, absl::string_view path) {
  const schema::FieldTable& table = schema::FieldTable::Of(kind);
  const std::string whole = WithoutKind(kind, path);
  const std::string name = whole.substr(0, whole.find('.'));
  if (const schema::FieldInfo* field = table.FindByName(name)) return field->descriptor;
  std::vector<std::string> names;
  for (const schema::FieldInfo& field : table.fields()) names.push_back(field.name);
  const std::string near = config::Suggest(name, names);
  return absl::InvalidArgumentError(
      absl::StrCat(KindWord(kind), " has no field \"", name.substr(0, 40), "\"; it has ",
                   absl::StrJoin(names, ", "), ".",
                   near.empty() ? "" : absl::StrCat(" Did you mean ", near, "?")));
}

absl::Status CheckSetOnce(v1::Kind kind, const std::vector<std::string>& assignments) {
  std::set<std::string> seen;
  for (const std::string& assignment : assignments) {
    TOCSIN_ASSIGN_OR_RETURN(const auto typed, SplitAssignment(assignment));
    const std::string field = WithoutKind(kind, typed.first);
    TOCSIN_RETURN_IF_ERROR(TopField(kind, field).status());
    TOCSIN_ASSIGN_OR_RETURN(const exchange::FieldPath path, exchange::ParsePath(kind, field));
    const bool several = std::any_of(path.steps.begin(), path.steps.end(),
                                     [](const auto* step) { return step->is_repeated(); });
    if (!seen.insert(field).second && !several) {
      return Wrong(field, "is set twice, and takes one value; say which");
    }
  }
  return absl::OkStatus();
}

absl::Status SetTyped(Message& body, const std::string& typed_field, const std::string& value,
                      const TypedContext& context) {
  const v1::Kind kind = schema::KindOf(body);
  const std::string field = WithoutKind(kind, typed_field);
  TOCSIN_RETURN_IF_ERROR(TopField(kind, field).status());
  TOCSIN_ASSIGN_OR_RETURN(const exchange::FieldPath path, exchange::ParsePath(kind, field));
  if (value.empty()) return NoValue(kind, path, field);
  if (const auto fault = schema::TextFault(value, schema::Lines::kMany))
    return Wrong(field, *fault);
  const absl::Status set = SetLeaf(body, path, value, context);
  // What the node answered about a record that was named says itself what it is about.
  if (set.ok() || IsFromNode(set)) return set;
  return Wrong(field, set.message());
}

}  // namespace tocsin::cli
