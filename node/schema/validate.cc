#include "node/schema/validate.h"

#include <absl/strings/str_cat.h>
#include <absl/strings/str_join.h>
#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>
#include <google/protobuf/timestamp.pb.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <utility>

#include "node/schema/faults.h"
#include "node/schema/field_table.h"
#include "node/schema/field_value.h"
#include "node/schema/geometry.h"
#include "node/schema/grammar.h"
#include "node/schema/kinds.h"
#include "node/schema/text_check.h"
#include "tocsin/v1/records.pb.h"

namespace tocsin::schema {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

// The first second of 1900 and of 2201.
constexpr int64_t kFirstSecond = -2'208'988'800;
constexpr int64_t kEndSecond = 7'289'654'400;
constexpr int32_t kNanosPerSecond = 1'000'000'000;

const v1::FieldRule& RuleOf(const FieldDescriptor* field) {
  return field->options().GetExtension(v1::rule);
}

// Walks a body by the rules on its fields.
class Checker {
 public:
  // Required fields of the body itself are asked for only of a `whole` one; those of the values
  // inside it always, because values are written whole. What was held may have fields of a newer
  // schema, what is written may not.
  enum Extent { kWhole, kEdit, kHeld };
  Checker(Extent extent, Faults& faults) : extent_(extent), faults_(faults) {}

  void CheckBody(const Message& body, absl::string_view kind_name) {
    path_ = std::string(kind_name);
    CheckFields(body, extent_ == kWhole);
  }

  // One of the body's own fields and nothing else of it.
  void CheckAlone(const Message& body, const FieldDescriptor* field) {
    CheckField(body, field, /*required=*/false);
  }

 private:
  void Add(std::string what) { faults_.Add(path_, std::move(what)); }

  void CheckFields(const Message& message, bool required) {
    const google::protobuf::Descriptor* type = message.GetDescriptor();
    for (int i = 0; i < type->field_count(); ++i) {
      CheckField(message, type->field(i), required);
    }
    if (extent_ == kHeld) return;
    const google::protobuf::UnknownFieldSet& unknown =
        message.GetReflection()->GetUnknownFields(message);
    for (int i = 0; i < unknown.field_count(); ++i) {
      Add(absl::StrCat("field ", unknown.field(i).number(), " is not in the schema"));
    }
  }

  void CheckField(const Message& message, const FieldDescriptor* field, bool required) {
    const size_t length = path_.size();
    absl::StrAppend(&path_, ".", field->name());
    if (field->is_repeated()) {
      CheckRepeated(message, field, required);
    } else if (message.GetReflection()->HasField(message, field)) {
      CheckValue(message, field, -1);
    } else if (required && RuleOf(field).required()) {
      Add("is required");
    }
    path_.resize(length);
  }

  // One of the body's own lists that may take several changes. An original's parts are counted by
  // what an original may be.
  static bool IsSpread(const Message& message, const v1::FieldRule& rule) {
    return KindOf(message) != v1::KIND_UNSPECIFIED && rule.merge() == v1::UNION &&
           rule.text() != v1::ORIGINAL;
  }

  void CheckRepeated(const Message& message, const FieldDescriptor* field, bool required) {
    const v1::FieldRule& rule = RuleOf(field);
    const int size = message.GetReflection()->FieldSize(message, field);
    if (size == 0 && required && rule.required()) Add("is required");
    const bool is_spread = extent_ == kWhole && IsSpread(message, rule);
    const uint32_t most = is_spread ? kNewElementsMax : rule.max_count();
    if (static_cast<uint32_t>(size) > most) {
      Add(absl::StrCat("has ", size, " elements, of at most ", most));
      return;
    }
    const size_t length = path_.size();
    for (int i = 0; i < size; ++i) {
      absl::StrAppend(&path_, "[", i, "]");
      CheckValue(message, field, i);
      path_.resize(length);
    }
  }

  // `index` is -1 of a field that is not repeated.
  void CheckValue(const Message& message, const FieldDescriptor* field, int index) {
    const Reflection& r = *message.GetReflection();
    const bool one = index < 0;
    const v1::FieldRule& rule = RuleOf(field);
    switch (field->cpp_type()) {
      case FieldDescriptor::CPPTYPE_INT32:
        return CheckSigned(
            rule, one ? r.GetInt32(message, field) : r.GetRepeatedInt32(message, field, index));
      case FieldDescriptor::CPPTYPE_INT64:
        return CheckSigned(
            rule, one ? r.GetInt64(message, field) : r.GetRepeatedInt64(message, field, index));
      case FieldDescriptor::CPPTYPE_UINT32:
        return CheckUnsigned(
            rule, one ? r.GetUInt32(message, field) : r.GetRepeatedUInt32(message, field, index));
      case FieldDescriptor::CPPTYPE_UINT64:
        return CheckUnsigned(
            rule, one ? r.GetUInt64(message, field) : r.GetRepeatedUInt64(message, field, index));
      case FieldDescriptor::CPPTYPE_DOUBLE:
        return CheckDouble(
            rule, one ? r.GetDouble(message, field) : r.GetRepeatedDouble(message, field, index));
      case FieldDescriptor::CPPTYPE_ENUM:
        return CheckEnum(field, one ? r.GetEnumValue(message, field)
                                    : r.GetRepeatedEnumValue(message, field, index));
      case FieldDescriptor::CPPTYPE_STRING: {
        std::string copy;
        return CheckString(field, rule,
                           one ? r.GetStringReference(message, field, &copy)
                               : r.GetRepeatedStringReference(message, field, index, &copy));
      }
      case FieldDescriptor::CPPTYPE_MESSAGE:
        return CheckMessage(one ? r.GetMessage(message, field)
                                : r.GetRepeatedMessage(message, field, index));
      case FieldDescriptor::CPPTYPE_BOOL:
      case FieldDescriptor::CPPTYPE_FLOAT:
        return;
    }
  }

  template <typename T>
  void AddOutOf(const v1::FieldRule& rule, T value) {
    Add(absl::StrCat(value, " is out of ", rule.min(), " to ", rule.max()));
  }

  static bool HasRange(const v1::FieldRule& rule) { return rule.min() != 0 || rule.max() != 0; }

  void CheckSigned(const v1::FieldRule& rule, int64_t value) {
    if (HasRange(rule) && (value < rule.min() || value > rule.max())) AddOutOf(rule, value);
  }

  void CheckUnsigned(const v1::FieldRule& rule, uint64_t value) {
    if (HasRange(rule) &&
        (value < static_cast<uint64_t>(rule.min()) || value > static_cast<uint64_t>(rule.max()))) {
      AddOutOf(rule, value);
    }
  }

  void CheckDouble(const v1::FieldRule& rule, double value) {
    if (!std::isfinite(value)) {
      Add("is no number");
    } else if (HasRange(rule) && (value < static_cast<double>(rule.min()) ||
                                  value > static_cast<double>(rule.max()))) {
      AddOutOf(rule, value);
    }
  }

  void CheckEnum(const FieldDescriptor* field, int value) {
    if (field->enum_type()->FindValueByNumber(value) == nullptr) {
      Add(absl::StrCat(value, " is no value of ", field->enum_type()->name()));
    } else if (value == 0) {
      Add(absl::StrCat("is ", field->enum_type()->value(0)->name(), ", which says nothing"));
    }
  }

  void CheckString(const FieldDescriptor* field, const v1::FieldRule& rule,
                   const std::string& value) {
    if (value.size() > rule.max_bytes()) {
      Add(absl::StrCat("is ", value.size(), " bytes long, of at most ", rule.max_bytes()));
    }
    if (field->type() == FieldDescriptor::TYPE_STRING) {
      const bool many = rule.text() == v1::DESCRIPTION;
      if (auto fault = TextFault(value, many ? Lines::kMany : Lines::kOne)) {
        Add(*std::move(fault));
        return;
      }
    }
    if (auto fault = GrammarFault(rule.grammar(), value)) Add(*std::move(fault));
  }

  void CheckMessage(const Message& message) {
    const google::protobuf::Descriptor* type = message.GetDescriptor();
    if (type == google::protobuf::Timestamp::descriptor()) {
      return CheckTime(static_cast<const google::protobuf::Timestamp&>(message));
    }
    const size_t before = faults_.count();
    CheckFields(message, true);
    if (faults_.count() > before) return;
    if (type == v1::Point::descriptor()) CheckPoint(static_cast<const v1::Point&>(message));
    if (type == v1::Polygon::descriptor()) CheckPolygon(static_cast<const v1::Polygon&>(message));
    if (type == v1::Goods::descriptor()) CheckGoods(static_cast<const v1::Goods&>(message));
    if (type == v1::PeopleCount::descriptor()) {
      if (static_cast<const v1::PeopleCount&>(message).count_case() ==
          v1::PeopleCount::COUNT_NOT_SET) {
        Add("says no count; leave it out when it is not known");
      }
    }
    if (type == v1::WeeklyHours::descriptor()) {
      const auto& hours = static_cast<const v1::WeeklyHours&>(message);
      if (hours.end_minute() <= hours.begin_minute()) Add("ends before it begins");
    }
  }

  void CheckTime(const google::protobuf::Timestamp& time) {
    if (time.seconds() < kFirstSecond || time.seconds() >= kEndSecond) {
      Add("is out of the years 1900 to 2200");
    } else if (time.nanos() < 0 || time.nanos() >= kNanosPerSecond) {
      Add(absl::StrCat(time.nanos(), " nanoseconds are out of 0 to 999999999"));
    }
  }

  void CheckPoint(const v1::Point& point) {
    if (point.lat_e7() == 0 && point.lng_e7() == 0) {
      Add("is 0,0, as a place that was never filled in; leave it out when it is not known");
    }
  }

  void CheckPolygon(const v1::Polygon& polygon) {
    absl::StatusOr<geo::Polygon> area = ToGeo(polygon);
    const absl::Status status = area.ok() ? geo::ValidatePolygon(*area) : area.status();
    if (!status.ok()) Add(std::string(status.message()));
  }

  void CheckGoods(const v1::Goods& goods) {
    if (goods.un_number() == 0 && goods.label().empty()) {
      Add("has neither a UN number nor a hazard label");
    }
  }

  const Extent extent_;
  Faults& faults_;
  std::string path_;
};

absl::Status StatusOf(Faults& faults) {
  const size_t count = faults.count();
  if (count == 0) return absl::OkStatus();
  std::string message =
      absl::StrJoin(faults.Take(), "; ", [](std::string* out, const Fault& fault) {
        absl::StrAppend(out, fault.path, fault.path.empty() ? "" : ": ", fault.what);
      });
  if (count > Faults::kMaxFaults) {
    absl::StrAppend(&message, "; and ", count - Faults::kMaxFaults, " more");
  }
  return absl::InvalidArgumentError(message);
}

void CheckAll(const Message& body, Purpose purpose, Faults& faults) {
  const KindInfo* kind = FindKind(static_cast<uint32_t>(KindOf(body)));
  if (kind == nullptr) {
    faults.Add("", absl::StrCat(body.GetDescriptor()->name(), " is not the body of a record"));
    return;
  }
  Checker(purpose == Purpose::kCreate ? Checker::kWhole : Checker::kEdit, faults)
      .CheckBody(body, kind->name);
  CheckKindRules(body, purpose, kind->name, faults);
}

}  // namespace

std::vector<Fault> FaultsOf(const Message& body, Purpose purpose) {
  Faults faults;
  CheckAll(body, purpose, faults);
  return faults.Take();
}

absl::Status Validate(const Message& body, Purpose purpose) {
  Faults faults;
  CheckAll(body, purpose, faults);
  return StatusOf(faults);
}

absl::Status ValidateCleared(v1::Kind kind, absl::Span<const uint32_t> fields) {
  const FieldTable& table = FieldTable::Of(kind);
  const std::string& name = FindKind(static_cast<uint32_t>(kind))->name;
  Faults faults;
  for (uint32_t number : fields) {
    const FieldInfo* field = table.Find(number);
    if (field == nullptr) {
      faults.Add(absl::StrCat(name, ".", number), "is not in the schema");
    } else if (field->required) {
      faults.Add(absl::StrCat(name, ".", field->name), "is required and cannot be cleared");
    }
  }
  return StatusOf(faults);
}

bool FragmentIsValid(uint32_t kind, uint32_t number, absl::string_view fragment) {
  const FieldInfo* field = FindField(kind, number);
  if (field == nullptr) return false;
  if (field->is_text()) return true;
  auto body = ParseValues(kind, fragment);
  return body.ok() && FieldIsValid(**body, *field);
}

bool FieldIsValid(const Message& body, const FieldInfo& field) {
  if (field.is_text()) return true;
  Faults faults;
  Checker(Checker::kHeld, faults).CheckAlone(body, field.descriptor);
  return faults.count() == 0;
}

v1::PeopleCount ApplyMinimumCell(const v1::PeopleCount& people, uint32_t min_cell) {
  v1::PeopleCount stored = people;
  const bool below_exactly = people.has_exactly() && people.exactly() < min_cell;
  const bool below_bound = people.has_fewer_than() && people.fewer_than() < min_cell;
  if (below_exactly || below_bound) stored.set_fewer_than(min_cell);
  return stored;
}

void ApplyMinimumCells(Message& body, uint32_t min_cell) {
  const Reflection& reflection = *body.GetReflection();
  for (int i = 0; i < body.GetDescriptor()->field_count(); ++i) {
    const FieldDescriptor* field = body.GetDescriptor()->field(i);
    if (field->message_type() != v1::PeopleCount::descriptor()) continue;
    if (field->is_repeated() || !reflection.HasField(body, field)) continue;
    auto* people = static_cast<v1::PeopleCount*>(reflection.MutableMessage(&body, field));
    *people = ApplyMinimumCell(*people, min_cell);
  }
}

std::string WithMinimumCell(uint32_t kind, uint32_t field, std::string fragment,
                            uint32_t min_cell) {
  const FieldInfo* info = FindField(kind, field);
  if (info == nullptr || info->type != FieldType::kPeopleCount) return fragment;
  auto body = ParseValues(kind, fragment);
  if (!body.ok()) return fragment;
  ApplyMinimumCells(**body, min_cell);
  return FieldsOf(**body)[field];
}

std::optional<uint32_t> PeopleForPlanning(const v1::PeopleCount& people) {
  if (people.has_exactly()) return people.exactly();
  if (people.has_fewer_than()) return people.fewer_than();
  return std::nullopt;
}

}  // namespace tocsin::schema
