#include "node/schema/field_table.h"

#include <absl/strings/match.h>
#include <absl/strings/str_cat.h>
#include <google/protobuf/descriptor.h>
#include <google/protobuf/timestamp.pb.h>

#include <algorithm>
#include <memory>

#include "node/base/status.h"
#include "node/schema/kinds.h"

namespace tocsin::schema {
namespace {

using google::protobuf::FieldDescriptor;

FieldType MessageTypeOf(const google::protobuf::Descriptor* type) {
  if (type == google::protobuf::Timestamp::descriptor()) return FieldType::kTime;
  if (type == v1::Point::descriptor()) return FieldType::kPoint;
  if (type == v1::Polygon::descriptor()) return FieldType::kPolygon;
  if (type == v1::PeopleCount::descriptor()) return FieldType::kPeopleCount;
  if (type == v1::Quantity::descriptor()) return FieldType::kQuantity;
  if (type == v1::Goods::descriptor()) return FieldType::kGoods;
  if (type == v1::RecordRef::descriptor()) return FieldType::kRecordRef;
  if (type == v1::Source::descriptor()) return FieldType::kSource;
  return FieldType::kGroup;
}

FieldType TypeOf(const FieldDescriptor* field) {
  switch (field->cpp_type()) {
    case FieldDescriptor::CPPTYPE_BOOL:
      return FieldType::kBool;
    case FieldDescriptor::CPPTYPE_ENUM:
      return FieldType::kEnum;
    case FieldDescriptor::CPPTYPE_STRING:
      return field->type() == FieldDescriptor::TYPE_BYTES ? FieldType::kBytes : FieldType::kString;
    case FieldDescriptor::CPPTYPE_MESSAGE:
      return MessageTypeOf(field->message_type());
    case FieldDescriptor::CPPTYPE_UINT32:
    case FieldDescriptor::CPPTYPE_UINT64:
      return FieldType::kNumber;
    default:
      // A kind's own field is of no other type; numbers with a sign or a point stand in values.
      TOCSIN_CHECK(false);
  }
}

FieldInfo InfoOf(const FieldDescriptor* field) {
  const v1::FieldRule& rule = field->options().GetExtension(v1::rule);
  return {.number = static_cast<uint32_t>(field->number()),
          .name = field->name(),
          .type = TypeOf(field),
          .repeated = field->is_repeated(),
          .merge = rule.merge(),
          .text = rule.text(),
          .required = rule.required(),
          .filterable = rule.filterable(),
          .max_bytes = rule.max_bytes(),
          .max_count = rule.max_count(),
          .min = rule.min(),
          .max = rule.max(),
          .grammar = rule.grammar(),
          .level = rule.level(),
          .enumeration = field->enum_type(),
          .descriptor = field};
}

}  // namespace

FieldTable::FieldTable(v1::Kind kind) : kind_(kind) {
  const KindInfo* info = FindKind(static_cast<uint32_t>(kind));
  TOCSIN_CHECK(info != nullptr);
  for (int i = 0; i < info->descriptor->field_count(); ++i) {
    fields_.push_back(InfoOf(info->descriptor->field(i)));
  }
  std::sort(fields_.begin(), fields_.end(),
            [](const FieldInfo& a, const FieldInfo& b) { return a.number < b.number; });
  by_number_.resize(fields_.back().number + 1);
  for (const FieldInfo& field : fields_) by_number_[field.number] = &field;
}

// All tables, by kind.
class FieldTables {
 public:
  static const FieldTables& Get() {
    static const auto* const tables = new FieldTables();
    return *tables;
  }

  const FieldTable* Find(uint32_t kind) const {
    return kind >= 1 && kind <= tables_.size() ? tables_[kind - 1].get() : nullptr;
  }

 private:
  FieldTables() {
    for (const KindInfo& info : Kinds()) {
      tables_.push_back(std::unique_ptr<const FieldTable>(new FieldTable(info.kind)));
    }
  }

  std::vector<std::unique_ptr<const FieldTable>> tables_;
};

const FieldTable* FieldTable::OrNull(uint32_t kind) { return FieldTables::Get().Find(kind); }

const FieldTable& FieldTable::Of(v1::Kind kind) {
  const FieldTable* table = OrNull(static_cast<uint32_t>(kind));
  TOCSIN_CHECK(table != nullptr);
  return *table;
}

const FieldInfo* FieldTable::FindByName(absl::string_view name) const {
  for (const FieldInfo& field : fields_) {
    if (field.name == name) return &field;
  }
  return nullptr;
}

std::optional<int> WithdrawnState(v1::Kind kind) {
  const FieldInfo* state = FieldTable::Of(kind).FindByName("state");
  if (state == nullptr) return std::nullopt;
  for (int i = 0; i < state->enumeration->value_count(); ++i) {
    const google::protobuf::EnumValueDescriptor* value = state->enumeration->value(i);
    if (absl::EndsWith(value->name(), "_WITHDRAWN")) return value->number();
  }
  return std::nullopt;
}

std::string PathOf(v1::Kind kind, const FieldInfo& field) {
  return absl::StrCat(FindKind(static_cast<uint32_t>(kind))->name, ".", field.name);
}

const FieldInfo* FindField(uint32_t kind, uint32_t number) {
  const FieldTable* table = FieldTable::OrNull(kind);
  return table == nullptr ? nullptr : table->Find(number);
}

}  // namespace tocsin::schema
