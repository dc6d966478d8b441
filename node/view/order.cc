#include "node/view/order.h"

#include <absl/status/status.h>
#include <absl/strings/ascii.h>
#include <absl/strings/str_cat.h>
#include <absl/strings/str_join.h>
#include <absl/strings/str_split.h>
#include <google/protobuf/message.h>
#include <google/protobuf/timestamp.pb.h>
#include <google/protobuf/util/time_util.h>

#include <vector>

#include "node/base/bytes.h"
#include "node/geo/cells.h"
#include "node/schema/kinds.h"
#include "node/view/index.h"

namespace tocsin::view {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::util::TimeUtil;
using schema::FieldInfo;
using schema::FieldType;

bool CanOrder(const FieldInfo& field) {
  return field.filterable && !field.repeated &&
         (field.type == FieldType::kTime || field.type == FieldType::kEnum ||
          field.type == FieldType::kNumber || field.type == FieldType::kBool ||
          field.type == FieldType::kString);
}

absl::Status CannotOrder(absl::string_view text, uint32_t kind) {
  std::vector<std::string> names = {"update_time", "create_time"};
  if (const auto* table = schema::FieldTable::OrNull(kind)) {
    for (const FieldInfo& field : table->fields()) {
      if (CanOrder(field)) names.push_back(field.name);
    }
  }
  return absl::InvalidArgumentError(
      absl::StrCat("order_by: '", text, "' is no order; write one of ", absl::StrJoin(names, ", "),
                   ", and ' desc' after it for the other way round"));
}

// Bytes whose order is that of the values.
std::optional<std::string> ValueBytes(const Message& body, const FieldInfo& field) {
  const google::protobuf::Reflection& reflection = *body.GetReflection();
  const FieldDescriptor* descriptor = field.descriptor;
  if (!reflection.HasField(body, descriptor)) return std::nullopt;
  switch (descriptor->cpp_type()) {
    case FieldDescriptor::CPPTYPE_MESSAGE:
      return IndexNumber(IndexTime(
          TimeUtil::TimestampToMilliseconds(static_cast<const google::protobuf::Timestamp&>(
              reflection.GetMessage(body, descriptor)))));
    case FieldDescriptor::CPPTYPE_ENUM:
      return IndexNumber(static_cast<uint64_t>(reflection.GetEnumValue(body, descriptor)));
    case FieldDescriptor::CPPTYPE_UINT32:
      return IndexNumber(reflection.GetUInt32(body, descriptor));
    case FieldDescriptor::CPPTYPE_UINT64:
      return IndexNumber(reflection.GetUInt64(body, descriptor));
    case FieldDescriptor::CPPTYPE_BOOL:
      return IndexNumber(reflection.GetBool(body, descriptor) ? 1 : 0);
    case FieldDescriptor::CPPTYPE_STRING: {
      std::string value = reflection.GetString(body, descriptor);
      value.push_back('\0');
      return value;
    }
    default:
      return std::nullopt;
  }
}

void AppendRecord(std::string& bytes, const RecordRef& record) {
  ByteWriter out(bytes);
  out.U32(record.kind);
  out.Raw(record.scope.ToString());
  out.U8(0);
  out.Raw(record.id.view());
}

}  // namespace

std::string PositionBytes(uint64_t number, const RecordRef& record) {
  std::string bytes = IndexNumber(number);
  AppendRecord(bytes, record);
  return bytes;
}

absl::StatusOr<Order> Order::Parse(absl::string_view text, uint32_t kind) {
  std::vector<absl::string_view> words =
      absl::StrSplit(text, absl::ByAnyChar(" \t"), absl::SkipEmpty());
  if (words.empty()) return Order(By::kUpdateTime, nullptr, true);
  bool descending = false;
  if (words.size() == 2 && (words[1] == "desc" || words[1] == "asc")) {
    descending = words[1] == "desc";
    words.pop_back();
  }
  if (words.size() != 1) return CannotOrder(text, kind);
  if (words[0] == "update_time") return Order(By::kUpdateTime, nullptr, descending);
  if (words[0] == "create_time") return Order(By::kCreateTime, nullptr, descending);
  const auto* table = schema::FieldTable::OrNull(kind);
  const FieldInfo* field = table == nullptr ? nullptr : table->FindByName(words[0]);
  if (field == nullptr || !CanOrder(*field)) return CannotOrder(text, kind);
  const bool indexed = IndexesOf(kind).HasTime(field->number);
  return Order(indexed ? By::kTimeField : By::kValueField, field, descending);
}

std::optional<std::string> Order::ValueOf(const v1::Record& shown) const {
  switch (by_) {
    case By::kUpdateTime:
      return IndexNumber(IndexTime(UpdateMillis(shown)));
    case By::kCreateTime:
      return IndexNumber(IndexTime(TimeUtil::TimestampToMilliseconds(shown.create_time())));
    case By::kCell: {
      auto place = PlaceOf(shown);
      if (!place) return std::nullopt;
      return IndexNumber(geo::LeafCell(*place));
    }
    case By::kTimeField:
    case By::kValueField: {
      const Message* body = schema::BodyOf(shown);
      if (body == nullptr || IsMarkedInvalid(shown, field_->name)) return std::nullopt;
      return ValueBytes(*body, *field_);
    }
  }
  return std::nullopt;
}

Position Order::Of(const RecordRef& ref, const v1::Record& shown) const {
  if (auto value = ValueOf(shown)) {
    AppendRecord(*value, ref);
    return {false, *std::move(value)};
  }
  return {true, PositionBytes(IndexTime(UpdateMillis(shown)), ref)};
}

bool Order::Before(const Position& a, const Position& b) const {
  if (a.missing != b.missing) return b.missing;
  return descending_ && !a.missing ? a.bytes > b.bytes : a.bytes < b.bytes;
}

}  // namespace tocsin::view
