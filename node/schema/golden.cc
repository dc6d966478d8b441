#include "node/schema/golden.h"

#include <absl/strings/str_cat.h>
#include <absl/strings/str_join.h>
#include <google/protobuf/descriptor.h>

#include <map>

#include "node/schema/codes.h"
#include "node/schema/conflict_terms.h"
#include "node/schema/field_table.h"
#include "node/schema/kinds.h"

namespace tocsin::schema {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::EnumDescriptor;
using google::protobuf::FieldDescriptor;

constexpr char kHead[] =
    "# The closed schema: every kind, field, code, filter and aggregation that there is.\n"
    "# Written by tools/golden from proto/tocsin/v1; a change is a decision (docs/adr/0002).\n";

// Gathers the messages and enums that the kinds use, by full name, so that they are written once
// and in an order that does not depend on how they were found.
class Types {
 public:
  void AddFieldsOf(const Descriptor* message) {
    for (int i = 0; i < message->field_count(); ++i) Add(message->field(i));
  }

  void AddEnum(const EnumDescriptor* type) { enums_[type->full_name()] = type; }

  const std::map<std::string, const Descriptor*>& messages() const { return messages_; }
  const std::map<std::string, const EnumDescriptor*>& enums() const { return enums_; }

 private:
  void Add(const FieldDescriptor* field) {
    if (field->enum_type() != nullptr) AddEnum(field->enum_type());
    const Descriptor* type = field->message_type();
    if (type != nullptr && messages_.emplace(type->full_name(), type).second) AddFieldsOf(type);
  }

  std::map<std::string, const Descriptor*> messages_;
  std::map<std::string, const EnumDescriptor*> enums_;
};

std::string TypeName(const FieldDescriptor* field) {
  if (field->message_type() != nullptr) return field->message_type()->name();
  if (field->enum_type() != nullptr) return field->enum_type()->name();
  return field->type_name();
}

const char* Label(const FieldDescriptor* field) {
  if (field->is_repeated()) return "repeated ";
  if (field->real_containing_oneof() != nullptr) return "oneof ";
  return field->has_optional_keyword() ? "optional " : "";
}

// "  22 urgency Urgency HIGHEST required filter level 1".
void AppendField(const FieldDescriptor* field, std::string& out) {
  const v1::FieldRule& rule = field->options().GetExtension(v1::rule);
  absl::StrAppend(&out, "  ", field->number(), " ", field->name(), " ", Label(field),
                  TypeName(field));
  if (rule.merge() != v1::MERGE_POLICY_UNSPECIFIED) {
    absl::StrAppend(&out, " ", v1::MergePolicy_Name(rule.merge()));
  }
  if (rule.text() != v1::TEXT_SORT_UNSPECIFIED) {
    absl::StrAppend(&out, " text ", v1::TextSort_Name(rule.text()));
  }
  if (rule.grammar() != v1::GRAMMAR_UNSPECIFIED) {
    absl::StrAppend(&out, " grammar ", v1::Grammar_Name(rule.grammar()));
  }
  if (rule.max_bytes() != 0) absl::StrAppend(&out, " bytes ", rule.max_bytes());
  if (rule.max_count() != 0) absl::StrAppend(&out, " elements ", rule.max_count());
  if (rule.min() != 0 || rule.max() != 0) {
    absl::StrAppend(&out, " range ", rule.min(), "..", rule.max());
  }
  if (rule.required()) absl::StrAppend(&out, " required");
  if (rule.filterable()) absl::StrAppend(&out, " filter");
  if (rule.level() != 0) absl::StrAppend(&out, " level ", rule.level());
  absl::StrAppend(&out, "\n");
}

void AppendMessage(const Descriptor* message, std::string& out) {
  // By number, whatever the order in the file.
  std::map<int, const FieldDescriptor*> fields;
  for (int i = 0; i < message->field_count(); ++i) {
    fields[message->field(i)->number()] = message->field(i);
  }
  for (const auto& [number, field] : fields) AppendField(field, out);
}

void AppendEnum(const EnumDescriptor* type, std::string& out) {
  absl::StrAppend(&out, "\nenum ", type->name(), "\n");
  for (int i = 0; i < type->value_count(); ++i) {
    const v1::StateRule& rule = type->value(i)->options().GetExtension(v1::state_rule);
    absl::StrAppend(&out, "  ", type->value(i)->number(), " ", type->value(i)->name());
    if (rule.ends()) absl::StrAppend(&out, " ends");
    if (rule.next_size() > 0) absl::StrAppend(&out, " next ", absl::StrJoin(rule.next(), " "));
    absl::StrAppend(&out, "\n");
  }
}

// The events that NERIS knows, and what each of them is here.
void AppendNeris(std::string& out) {
  absl::StrAppend(&out, "\ncodes NERIS\n");
  for (const NerisType& type : NerisTypes()) {
    absl::StrAppend(&out, "  ", type.code, " ", v1::IncidentType_Name(type.type),
                    type.use == CodeUse::kFalseAlarm ? " false alarm" : "", "\n");
  }
}

}  // namespace

std::string DescribeSchema() {
  std::string out = kHead;
  absl::StrAppend(&out, "\nlevel ", SchemaLevel(), "\n");
  Types types;
  types.AddEnum(v1::Kind_descriptor());
  for (const KindInfo& kind : Kinds()) {
    absl::StrAppend(&out, "\nkind ", static_cast<int>(kind.kind), " ", kind.descriptor->name(),
                    " collection ", kind.collection, " level ", kind.level, "\n");
    AppendMessage(kind.descriptor, out);
    types.AddFieldsOf(kind.descriptor);
  }
  for (const auto& [name, type] : types.messages()) {
    absl::StrAppend(&out, "\nvalue ", type->name(), "\n");
    AppendMessage(type, out);
  }
  for (const auto& [name, type] : types.enums()) AppendEnum(type, out);
  AppendNeris(out);
  absl::StrAppend(&out, "\nconflicts filter ", absl::StrJoin(kConflictFilters, " "), "\n");
  absl::StrAppend(&out, "conflicts order ", absl::StrJoin(kConflictOrders, " "), "\n");
  absl::StrAppend(&out, "\naggregations\n  conflicts count by ",
                  absl::StrJoin(kConflictCounts, " "), "\n  conflicts oldest by ",
                  absl::StrJoin(kConflictCounts, " "), "\n");
  return out;
}

}  // namespace tocsin::schema
