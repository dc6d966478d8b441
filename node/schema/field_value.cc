#include "node/schema/field_value.h"

#include <absl/strings/str_cat.h>
#include <google/protobuf/descriptor.h>
#include <google/protobuf/util/json_util.h>
#include <google/protobuf/util/message_differencer.h>

#include <optional>

#include "node/schema/field_table.h"
#include "node/schema/kinds.h"
#include "node/schema/wire.h"

namespace tocsin::schema {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

// Null when the schema does not have the kind or the bytes are no such body.
std::unique_ptr<Message> TryParse(uint32_t kind, absl::string_view values) {
  const KindInfo* info = FindKind(kind);
  if (info == nullptr) return nullptr;
  std::unique_ptr<Message> body = NewBody(info->kind);
  if (!body->ParsePartialFromArray(values.data(), static_cast<int>(values.size()))) return nullptr;
  return body;
}

// The elements of a packed field, each with a tag of its own; nothing if they do not come apart.
std::optional<std::vector<std::string>> Unpack(const FieldDescriptor* field,
                                               const WireField& packed) {
  // A kind's own packed fields are enums; others of fixed size stand only inside values.
  if (field->cpp_type() == FieldDescriptor::CPPTYPE_FLOAT ||
      field->cpp_type() == FieldDescriptor::CPPTYPE_DOUBLE) {
    return std::nullopt;
  }
  std::vector<std::string> elements;
  absl::string_view rest = packed.payload;
  uint64_t value = 0;
  while (NextVarint(rest, value)) {
    std::string element;
    AppendTag(element, packed.number, WireType::kVarint);
    AppendVarint(element, value);
    elements.push_back(std::move(element));
  }
  if (!rest.empty()) return std::nullopt;
  return elements;
}

// Where a value stands in the order of CompareSeverity.
struct Rank {
  enum Tier { kSaysNothing, kOutOfRange, kPlain } tier = kSaysNothing;
  uint64_t value = 0;

  friend auto operator<=>(const Rank&, const Rank&) = default;
};

Rank RankOfNumber(const FieldInfo& field, uint64_t value) {
  const bool ranged = field.min != 0 || field.max != 0;
  const bool outside = ranged && (value < static_cast<uint64_t>(field.min) ||
                                  value > static_cast<uint64_t>(field.max));
  return {outside ? Rank::kOutOfRange : Rank::kPlain, value};
}

Rank RankOfEnum(const FieldInfo& field, int value) {
  if (value == 0) return {};
  const bool named = field.enumeration->FindValueByNumber(value) != nullptr;
  return {named ? Rank::kPlain : Rank::kOutOfRange, static_cast<uint32_t>(value)};
}

Rank RankOfPeople(const v1::PeopleCount& people) {
  switch (people.count_case()) {
    case v1::PeopleCount::kExactly:
      return {Rank::kPlain, 2 * static_cast<uint64_t>(people.exactly())};
    case v1::PeopleCount::kFewerThan:
      if (people.fewer_than() == 0) return {Rank::kOutOfRange, 0};
      return {Rank::kPlain, 2 * static_cast<uint64_t>(people.fewer_than()) - 1};
    case v1::PeopleCount::COUNT_NOT_SET:
      break;
  }
  return {};
}

Rank RankOf(uint32_t kind, const FieldInfo& field, absl::string_view fragment) {
  std::unique_ptr<Message> body = TryParse(kind, fragment);
  if (body == nullptr || field.repeated) return {};
  const google::protobuf::Reflection& reflection = *body->GetReflection();
  if (field.descriptor->has_presence() && !reflection.HasField(*body, field.descriptor)) return {};
  switch (field.descriptor->cpp_type()) {
    case FieldDescriptor::CPPTYPE_UINT32:
      return RankOfNumber(field, reflection.GetUInt32(*body, field.descriptor));
    case FieldDescriptor::CPPTYPE_UINT64:
      return RankOfNumber(field, reflection.GetUInt64(*body, field.descriptor));
    case FieldDescriptor::CPPTYPE_ENUM:
      return RankOfEnum(field, reflection.GetEnumValue(*body, field.descriptor));
    case FieldDescriptor::CPPTYPE_MESSAGE:
      if (field.type != FieldType::kPeopleCount) return {};
      return RankOfPeople(
          static_cast<const v1::PeopleCount&>(reflection.GetMessage(*body, field.descriptor)));
    default:
      return {};
  }
}

}  // namespace

Fragments SplitFields(uint32_t /*kind*/, absl::string_view values) {
  Fragments fragments;
  WireField field;
  while (NextWireField(values, field)) {
    fragments[field.number].append(field.whole.data(), field.whole.size());
  }
  if (!values.empty()) fragments[0] = std::string(values);
  return fragments;
}

std::string JoinFields(const Fragments& fragments) {
  std::string values;
  for (const auto& [number, fragment] : fragments) {
    if (number != 0) values += fragment;
  }
  if (auto rest = fragments.find(0); rest != fragments.end()) values += rest->second;
  return values;
}

Fragments FieldsOf(const Message& body) {
  return SplitFields(static_cast<uint32_t>(KindOf(body)), body.SerializePartialAsString());
}

absl::StatusOr<std::unique_ptr<Message>> ParseValues(uint32_t kind, absl::string_view values) {
  const KindInfo* info = FindKind(kind);
  if (info == nullptr) {
    return absl::InvalidArgumentError(absl::StrCat(
        "kind ", kind, " is not in this program's schema; a newer version may have it"));
  }
  std::unique_ptr<Message> body = TryParse(kind, values);
  if (body == nullptr) {
    return absl::InvalidArgumentError(
        absl::StrCat("these ", values.size(), " bytes are no values of kind ", info->name,
                     ": the protobuf encoding is broken or a text in it is not UTF-8"));
  }
  return body;
}

std::vector<std::string> SplitElements(uint32_t kind, uint32_t number, absl::string_view fragment) {
  const FieldInfo* field = FindField(kind, number);
  if (field == nullptr || !field->repeated) return {std::string(fragment)};
  std::vector<std::string> elements;
  WireField wire;
  while (NextWireField(fragment, wire)) {
    if (wire.type == WireType::kBytes && field->descriptor->is_packable()) {
      if (auto unpacked = Unpack(field->descriptor, wire)) {
        elements.insert(elements.end(), unpacked->begin(), unpacked->end());
        continue;
      }
    }
    elements.emplace_back(wire.whole);
  }
  return elements;
}

std::string TextFragment(uint32_t field, const std::vector<std::string>& texts) {
  std::string fragment;
  for (const std::string& text : texts) {
    AppendTag(fragment, field, WireType::kBytes);
    AppendVarint(fragment, text.size());
    fragment += text;
  }
  return fragment;
}

std::vector<std::string> TextsOf(absl::string_view fragment) {
  std::vector<std::string> texts;
  WireField wire;
  while (NextWireField(fragment, wire)) {
    if (wire.type == WireType::kBytes) texts.emplace_back(wire.payload);
  }
  return texts;
}

bool FieldValuesEqual(uint32_t kind, uint32_t /*field*/, absl::string_view a, absl::string_view b) {
  if (a == b) return true;
  std::unique_ptr<Message> parsed_a = TryParse(kind, a);
  std::unique_ptr<Message> parsed_b = TryParse(kind, b);
  if (parsed_a == nullptr || parsed_b == nullptr) return false;
  return google::protobuf::util::MessageDifferencer::Equals(*parsed_a, *parsed_b);
}

std::weak_ordering CompareSeverity(uint32_t kind, uint32_t number, absl::string_view a,
                                   absl::string_view b) {
  const FieldInfo* field = FindField(kind, number);
  if (field == nullptr || a == b) return std::weak_ordering::equivalent;
  return RankOf(kind, *field, a) <=> RankOf(kind, *field, b);
}

std::string ToJson(uint32_t kind, uint32_t number, absl::string_view fragment) {
  const FieldInfo* field = FindField(kind, number);
  std::unique_ptr<Message> body = TryParse(kind, fragment);
  std::string json;
  google::protobuf::util::JsonPrintOptions options;
  options.preserve_proto_field_names = true;
  if (field == nullptr || body == nullptr ||
      !google::protobuf::util::MessageToJsonString(*body, &json, options).ok()) {
    return absl::StrCat("\"unreadable: ", fragment.size(), " bytes\"");
  }
  // The body has this field alone: {"severity":"SEVERITY_SEVERE"}.
  const std::string before = absl::StrCat("{\"", field->name, "\":");
  if (json.compare(0, before.size(), before) != 0) return "null";
  return json.substr(before.size(), json.size() - before.size() - 1);
}

}  // namespace tocsin::schema
