// The fields of each kind with the rules that stand on them in the schema. Merge, validation,
// privacy guard, filters and the command line read this table; no other code names a kind's field
// to decide what is done with it. Built once from the descriptors; immutable; any thread.
#pragma once

#include <absl/strings/string_view.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "tocsin/v1/options.pb.h"
#include "tocsin/v1/types.pb.h"

namespace tocsin::schema {

// What a field's value (or each element of it) is.
enum class FieldType : uint8_t {
  kBool,
  // uint32 or uint64.
  kNumber,
  kEnum,
  kString,
  kBytes,
  // google.protobuf.Timestamp.
  kTime,
  kPoint,
  kPolygon,
  kPeopleCount,
  kQuantity,
  kGoods,
  kRecordRef,
  kSource,
  // Another message: AlertInfo, WeeklyHours, ErasedText.
  kGroup,
};

struct FieldInfo {
  uint32_t number;
  std::string name;
  FieldType type;
  bool repeated;
  v1::MergePolicy merge;
  // TEXT_SORT_UNSPECIFIED for all but texts.
  v1::TextSort text;
  bool required;
  bool filterable;
  // 0: not a string or bytes.
  uint32_t max_bytes;
  // 0: not repeated.
  uint32_t max_count;
  // Both 0: no range of its own.
  int64_t min;
  int64_t max;
  v1::Grammar grammar;
  uint32_t level;
  // Of an enum; else null.
  const google::protobuf::EnumDescriptor* enumeration;
  const google::protobuf::FieldDescriptor* descriptor;

  bool is_text() const { return text != v1::TEXT_SORT_UNSPECIFIED; }
};

class FieldTable {
 public:
  // REQUIRES: a kind that the schema has.
  static const FieldTable& Of(v1::Kind kind);
  // Null for a kind that the schema does not have.
  static const FieldTable* OrNull(uint32_t kind);

  v1::Kind kind() const { return kind_; }
  // In order of number.
  const std::vector<FieldInfo>& fields() const { return fields_; }
  // Null for what the kind does not have.
  const FieldInfo* Find(uint32_t number) const {
    return number < by_number_.size() ? by_number_[number] : nullptr;
  }
  const FieldInfo* FindByName(absl::string_view name) const;

  FieldTable(const FieldTable&) = delete;
  FieldTable& operator=(const FieldTable&) = delete;

 private:
  explicit FieldTable(v1::Kind kind);
  friend class FieldTables;

  v1::Kind kind_;
  std::vector<FieldInfo> fields_;
  std::vector<const FieldInfo*> by_number_;
};

// "incident.severity".
std::string PathOf(v1::Kind kind, const FieldInfo& field);

// The number of `state` that says a record of the kind was withdrawn; nothing for kinds that are
// not withdrawn (an escalation is stood down, an erasure stands). REQUIRES: a kind that the schema
// has.
std::optional<int> WithdrawnState(v1::Kind kind);

// Null for a kind that the schema does not have, or a field that the kind does not have.
const FieldInfo* FindField(uint32_t kind, uint32_t number);

}  // namespace tocsin::schema
