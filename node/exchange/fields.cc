#include "node/exchange/fields.h"

#include <absl/strings/numbers.h>
#include <absl/strings/str_cat.h>
#include <absl/strings/str_join.h>
#include <absl/strings/str_split.h>

#include <limits>

#include "node/base/status.h"
#include "node/exchange/local_time.h"
#include "node/schema/kinds.h"
#include "node/schema/text_check.h"
#include "tocsin/v1/options.pb.h"

namespace tocsin::exchange {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

bool IsTimestamp(const FieldDescriptor& field) {
  return field.cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE &&
         field.message_type() == google::protobuf::Timestamp::descriptor();
}

bool IsPeople(const FieldDescriptor& field) {
  return field.cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE &&
         field.message_type() == v1::PeopleCount::descriptor();
}

absl::Status SetPeople(Message& owner, const FieldDescriptor& leaf, absl::string_view text) {
  auto& people =
      static_cast<v1::PeopleCount&>(*owner.GetReflection()->MutableMessage(&owner, &leaf));
  const bool fewer = !text.empty() && text[0] == '<';
  if (fewer) text.remove_prefix(1);
  uint32_t count = 0;
  if (!absl::SimpleAtoi(text, &count)) return absl::InvalidArgumentError("not a count of people");
  fewer ? people.set_fewer_than(count) : people.set_exactly(count);
  return absl::OkStatus();
}

template <typename Number>
absl::StatusOr<Number> ParseNumber(absl::string_view text) {
  Number number = 0;
  if (!absl::SimpleAtoi(text, &number)) {
    return absl::InvalidArgumentError("not a whole number of its range");
  }
  return number;
}

#define TOCSIN_SET_NUMBER(Name, Type)                                    \
  {                                                                      \
    TOCSIN_ASSIGN_OR_RETURN(const Type number, ParseNumber<Type>(text)); \
    leaf.is_repeated() ? reflection.Add##Name(&owner, &leaf, number)     \
                       : reflection.Set##Name(&owner, &leaf, number);    \
    return absl::OkStatus();                                             \
  }

absl::Status SetDouble(Message& owner, const FieldDescriptor& leaf, absl::string_view text) {
  double number = 0;
  if (!absl::SimpleAtod(text, &number) || !(number >= std::numeric_limits<double>::lowest() &&
                                            number <= std::numeric_limits<double>::max())) {
    return absl::InvalidArgumentError("not a number");
  }
  owner.GetReflection()->SetDouble(&owner, &leaf, number);
  return absl::OkStatus();
}

absl::Status SetBool(Message& owner, const FieldDescriptor& leaf, absl::string_view text) {
  if (text != "true" && text != "false") return absl::InvalidArgumentError("not true or false");
  owner.GetReflection()->SetBool(&owner, &leaf, text == "true");
  return absl::OkStatus();
}

absl::Status SetEnum(Message& owner, const FieldDescriptor& leaf, absl::string_view text) {
  const auto* value = leaf.enum_type()->FindValueByName(std::string(text));
  if (value == nullptr || value->number() == 0) {
    return absl::InvalidArgumentError(absl::StrCat("not one of ", leaf.enum_type()->name()));
  }
  leaf.is_repeated() ? owner.GetReflection()->AddEnum(&owner, &leaf, value)
                     : owner.GetReflection()->SetEnum(&owner, &leaf, value);
  return absl::OkStatus();
}

absl::Status SetString(Message& owner, const FieldDescriptor& leaf, absl::string_view text) {
  if (auto fault = schema::TextFault(text, schema::Lines::kMany)) {
    return absl::InvalidArgumentError(*fault);
  }
  leaf.is_repeated() ? owner.GetReflection()->AddString(&owner, &leaf, std::string(text))
                     : owner.GetReflection()->SetString(&owner, &leaf, std::string(text));
  return absl::OkStatus();
}

absl::Status SetMessage(Message& owner, const FieldDescriptor& leaf, absl::string_view text) {
  if (IsPeople(leaf)) return SetPeople(owner, leaf, text);
  TOCSIN_CHECK(IsTimestamp(leaf));
  TOCSIN_ASSIGN_OR_RETURN(const absl::Time time, ReadIsoTime(text));
  static_cast<google::protobuf::Timestamp&>(*owner.GetReflection()->MutableMessage(&owner, &leaf)) =
      ToTimestamp(time);
  return absl::OkStatus();
}

}  // namespace

bool FieldPath::is_text() const {
  return steps.front()->options().GetExtension(v1::rule).text() != v1::TEXT_SORT_UNSPECIFIED;
}

absl::StatusOr<v1::Kind> ParseKind(absl::string_view name) {
  v1::Kind kind = v1::KIND_UNSPECIFIED;
  if (v1::Kind_Parse(std::string(name), &kind) && kind != v1::KIND_UNSPECIFIED) return kind;
  return absl::InvalidArgumentError(absl::StrCat(
      "no kind of record; the kinds are ",
      absl::StrJoin(schema::Kinds(), ", ", [](std::string* out, const schema::KindInfo& info) {
        absl::StrAppend(out, v1::Kind_Name(info.kind));
      })));
}

absl::StatusOr<FieldPath> ParsePath(v1::Kind kind, absl::string_view path) {
  FieldPath result;
  result.name = std::string(path);
  const Descriptor* message = schema::FindKind(static_cast<uint32_t>(kind))->descriptor;
  for (absl::string_view step : absl::StrSplit(path, '.')) {
    const FieldDescriptor* field =
        message == nullptr ? nullptr : message->FindFieldByName(std::string(step));
    if (field == nullptr) {
      return absl::InvalidArgumentError(
          absl::StrCat(v1::Kind_Name(kind), " has no field \"", path, "\""));
    }
    result.steps.push_back(field);
    message = field->message_type();
  }
  return result;
}

bool IsScalarLeaf(const FieldDescriptor& leaf) {
  if (leaf.cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) {
    return IsTimestamp(leaf) || IsPeople(leaf);
  }
  return leaf.type() != FieldDescriptor::TYPE_BYTES;
}

Message& OwnerOf(Message& body, const FieldPath& path) {
  Message* owner = &body;
  for (size_t i = 0; i + 1 < path.steps.size(); ++i) {
    const FieldDescriptor* step = path.steps[i];
    const Reflection* reflection = owner->GetReflection();
    if (!step->is_repeated()) {
      owner = reflection->MutableMessage(owner, step);
    } else if (reflection->FieldSize(*owner, step) == 0) {
      owner = reflection->AddMessage(owner, step);
    } else {
      owner = reflection->MutableRepeatedMessage(owner, step, 0);
    }
  }
  return *owner;
}

absl::Status SetFromText(Message& body, const FieldPath& path, absl::string_view text) {
  Message& owner = OwnerOf(body, path);
  const FieldDescriptor& leaf = *path.leaf();
  const Reflection& reflection = *owner.GetReflection();
  switch (leaf.cpp_type()) {
    case FieldDescriptor::CPPTYPE_STRING:
      return SetString(owner, leaf, text);
    case FieldDescriptor::CPPTYPE_ENUM:
      return SetEnum(owner, leaf, text);
    case FieldDescriptor::CPPTYPE_BOOL:
      return SetBool(owner, leaf, text);
    case FieldDescriptor::CPPTYPE_DOUBLE:
      return SetDouble(owner, leaf, text);
    case FieldDescriptor::CPPTYPE_UINT32:
      TOCSIN_SET_NUMBER(UInt32, uint32_t)
    case FieldDescriptor::CPPTYPE_UINT64:
      TOCSIN_SET_NUMBER(UInt64, uint64_t)
    case FieldDescriptor::CPPTYPE_INT32:
      TOCSIN_SET_NUMBER(Int32, int32_t)
    case FieldDescriptor::CPPTYPE_MESSAGE:
      return SetMessage(owner, leaf, text);
    default:
      return absl::InvalidArgumentError("cannot be set from a text");
  }
}

#undef TOCSIN_SET_NUMBER

std::string ToText(const Message& owner, const FieldDescriptor& leaf) {
  const Reflection& reflection = *owner.GetReflection();
  switch (leaf.cpp_type()) {
    case FieldDescriptor::CPPTYPE_STRING:
      return reflection.GetString(owner, &leaf);
    case FieldDescriptor::CPPTYPE_ENUM:
      return reflection.GetEnum(owner, &leaf)->name();
    case FieldDescriptor::CPPTYPE_BOOL:
      return reflection.GetBool(owner, &leaf) ? "true" : "false";
    case FieldDescriptor::CPPTYPE_UINT32:
      return absl::StrCat(reflection.GetUInt32(owner, &leaf));
    case FieldDescriptor::CPPTYPE_UINT64:
      return absl::StrCat(reflection.GetUInt64(owner, &leaf));
    case FieldDescriptor::CPPTYPE_INT32:
      return absl::StrCat(reflection.GetInt32(owner, &leaf));
    default:
      break;
  }
  TOCSIN_CHECK(IsScalarLeaf(leaf) && leaf.cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE);
  const Message& value = reflection.GetMessage(owner, &leaf);
  if (IsTimestamp(leaf)) {
    return IsoTime(FromTimestamp(static_cast<const google::protobuf::Timestamp&>(value)));
  }
  const auto& people = static_cast<const v1::PeopleCount&>(value);
  return people.has_fewer_than() ? absl::StrCat("<", people.fewer_than())
                                 : absl::StrCat(people.exactly());
}

}  // namespace tocsin::exchange
