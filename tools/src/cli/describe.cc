#include "tools/src/cli/describe.h"

#include <absl/strings/ascii.h>
#include <absl/strings/escaping.h>
#include <absl/strings/str_cat.h>
#include <absl/strings/str_format.h>
#include <absl/strings/str_join.h>
#include <absl/strings/str_replace.h>
#include <absl/strings/str_split.h>

#include <google/protobuf/util/json_util.h>

#include <algorithm>
#include <iterator>
#include <memory>

#include "node/exchange/fields.h"
#include "node/exchange/local_time.h"
#include "node/geo/place.h"
#include "node/schema/field_table.h"
#include "node/schema/geometry.h"
#include "node/schema/kinds.h"
#include "node/schema/names.h"
#include "tools/src/cli/table.h"
#include "tools/src/cli/typed.h"
#include "tools/src/cli/words.h"

namespace tocsin::cli {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

std::string Words(absl::string_view word) { return absl::StrReplaceAll(word, {{"_", " "}}); }

std::string PlaceText(const v1::Point& point) { return geo::ToText(schema::ToGeo(point)); }

std::string AreaText(const v1::Polygon& area) {
  int corners = 0;
  for (const v1::Ring& ring : area.ring()) corners += std::max(0, ring.lat_e7_delta_size() - 1);
  return absl::StrCat("area of ", corners, " corners");
}

std::string QuantityText(const v1::Quantity& quantity) {
  return absl::StrFormat("%g %s", quantity.value(), Words(WordOf(quantity.unit())));
}

std::string GoodsText(const v1::Goods& goods) {
  std::vector<std::string> parts;
  if (goods.un_number() != 0) parts.push_back(absl::StrFormat("UN%04d", goods.un_number()));
  if (goods.label_size() > 0)
    parts.push_back(absl::StrCat("label ", absl::StrJoin(goods.label(), "+")));
  if (goods.packing_group() != 0) {
    parts.push_back(absl::StrCat("packing group ", WordOf(goods.packing_group())));
  }
  if (goods.has_quantity()) parts.push_back(QuantityText(goods.quantity()));
  if (goods.packages() != 0) parts.push_back(absl::StrCat(goods.packages(), " packages"));
  return absl::StrJoin(parts, ", ");
}

// "severity: seen on scene".
std::string ResolutionText(const v1::Resolution& resolution, v1::Kind kind) {
  const schema::FieldInfo* field =
      schema::FindField(static_cast<uint32_t>(kind), resolution.field());
  return absl::StrCat(field == nullptr ? absl::StrCat("field ", resolution.field()) : field->name,
                      ": ", Words(WordOf(resolution.reason())));
}

// Of a field of a record of `kind`.
std::string MessageText(const Message& value, v1::Kind kind, const Reading& reading) {
  if (const auto* resolution = dynamic_cast<const v1::Resolution*>(&value)) {
    return ResolutionText(*resolution, kind);
  }
  if (const auto* time = dynamic_cast<const google::protobuf::Timestamp*>(&value)) {
    return TimeText(*time, reading.zone);
  }
  if (const auto* point = dynamic_cast<const v1::Point*>(&value)) return PlaceText(*point);
  if (const auto* area = dynamic_cast<const v1::Polygon*>(&value)) return AreaText(*area);
  if (const auto* goods = dynamic_cast<const v1::Goods*>(&value)) return GoodsText(*goods);
  if (const auto* quantity = dynamic_cast<const v1::Quantity*>(&value)) {
    return QuantityText(*quantity);
  }
  if (const auto* ref = dynamic_cast<const v1::RecordRef*>(&value)) {
    return absl::StrCat(Words(KindWord(ref->kind())), " ", NameOfRef(*ref, reading));
  }
  if (const auto* source = dynamic_cast<const v1::Source*>(&value)) {
    return absl::StrCat(source->system(), " ", source->key());
  }
  if (const auto* people = dynamic_cast<const v1::PeopleCount*>(&value)) {
    return people->has_fewer_than() ? absl::StrCat("fewer than ", people->fewer_than())
                                    : absl::StrCat(people->exactly());
  }
  return OneLine(value.ShortDebugString());
}

std::string BytesText(const std::string& bytes) {
  return bytes.size() <= 32 ? absl::BytesToHexString(bytes) : absl::StrCat(bytes.size(), " bytes");
}

// Of one that is not a message: one element, or the value.
std::string ScalarText(const Message& owner, const FieldDescriptor& field, int element) {
  const Reflection& reflection = *owner.GetReflection();
  const bool repeated = field.is_repeated();
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_ENUM: {
      const auto* value = repeated ? reflection.GetRepeatedEnum(owner, &field, element)
                                   : reflection.GetEnum(owner, &field);
      return Words(ShortWord(*value));
    }
    case FieldDescriptor::CPPTYPE_STRING: {
      const std::string value = repeated ? reflection.GetRepeatedString(owner, &field, element)
                                         : reflection.GetString(owner, &field);
      return field.type() == FieldDescriptor::TYPE_BYTES ? BytesText(value) : OneLine(value);
    }
    case FieldDescriptor::CPPTYPE_BOOL:
      return reflection.GetBool(owner, &field) ? "yes" : "no";
    default:
      return exchange::ToText(owner, field);
  }
}

bool IsSet(const Message& owner, const FieldDescriptor& field) {
  return field.is_repeated() ? owner.GetReflection()->FieldSize(owner, &field) > 0
                             : owner.GetReflection()->HasField(owner, &field);
}

// Of a column: fields of which the first that is set is shown.
std::vector<std::string> Parts(const std::string& column) { return absl::StrSplit(column, '|'); }

constexpr char kWhen[] = "observed_time|onset_time|call_time|sent_time|as_of_time";

void PrintMarks(const v1::Record& record, std::ostream& out) {
  for (const v1::FieldMark& mark : record.mark()) {
    out << "  mark: " << mark.field() << " is " << WordOf(mark.mark()) << '\n';
  }
}

void PrintConflicts(const v1::Record& record, const Reading& reading, std::ostream& out) {
  for (const v1::Conflict& conflict : record.conflict()) {
    out << "  conflict: " << conflict.field() << " was written apart   ("
        << ResolveCommand(record, conflict, reading) << ")\n";
    PrintConflict(record.kind(), conflict, reading, out);
  }
}

}  // namespace

std::string TimeText(const google::protobuf::Timestamp& time, absl::TimeZone zone) {
  if (time.seconds() == 0 && time.nanos() == 0) return "";
  return absl::FormatTime("%Y-%m-%d %H:%M:%S %Z", exchange::FromTimestamp(time), zone);
}

std::string FieldText(const Message& body, const FieldDescriptor& field, const Reading& reading) {
  if (!IsSet(body, field)) return "";
  const Reflection& reflection = *body.GetReflection();
  const bool message = field.cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE;
  const v1::Kind kind = schema::KindOf(body);
  if (!field.is_repeated()) {
    return message ? MessageText(reflection.GetMessage(body, &field), kind, reading)
                   : ScalarText(body, field, 0);
  }
  std::vector<std::string> elements;
  for (int i = 0; i < reflection.FieldSize(body, &field); ++i) {
    elements.push_back(
        message ? MessageText(reflection.GetRepeatedMessage(body, &field, i), kind, reading)
                : ScalarText(body, field, i));
  }
  return absl::StrJoin(elements, "; ");
}

std::string ValueText(v1::Kind kind, const std::string& field, const std::string& value_json,
                      const Reading& reading) {
  if (value_json == "null") return "(nothing)";
  // A node may be newer than this program.
  if (schema::FindKind(static_cast<uint32_t>(kind)) == nullptr) return OneLine(value_json);
  const std::unique_ptr<Message> body = schema::NewBody(kind);
  const FieldDescriptor* descriptor = body->GetDescriptor()->FindFieldByName(field);
  const std::string json = absl::StrCat("{\"", field, "\":", value_json, "}");
  if (descriptor == nullptr ||
      !google::protobuf::util::JsonStringToMessage(json, body.get()).ok()) {
    return OneLine(value_json);
  }
  return FieldText(*body, *descriptor, reading);
}

std::string ResolveCommand(const v1::Record& record, const v1::Conflict& conflict,
                           const Reading& reading) {
  return absl::StrCat(reading.called, " resolve ", reading.naming.Short(record), " ",
                      conflict.field());
}

void PrintConflict(v1::Kind kind, const v1::Conflict& conflict, const Reading& reading,
                   std::ostream& out) {
  Table table({});
  int number = 0;
  for (const v1::ConflictingValue& value : conflict.value()) {
    table.Add({absl::StrCat(++number), value.shown() ? "shown" : "",
               ValueText(kind, conflict.field(), value.value_json(), reading), value.jurisdiction(),
               TimeText(value.write_time(), reading.zone)});
  }
  table.Print(out, "    ");
}

std::string BadgeText(const v1::Record& record, const Reading& reading) {
  std::vector<std::string> apart;
  for (const v1::Conflict& conflict : record.conflict()) {
    std::vector<std::string> others;
    if (conflict.field() == "severity" || conflict.field() == "state") {
      for (const v1::ConflictingValue& value : conflict.value()) {
        if (value.shown()) continue;
        const std::string post = reading.naming.ShortScope(value.jurisdiction());
        others.push_back(
            absl::StrCat(ValueText(record.kind(), conflict.field(), value.value_json(), reading),
                         " (", post.empty() ? std::string("here") : post, ")"));
      }
    }
    apart.push_back(others.empty()
                        ? conflict.field()
                        : absl::StrCat(conflict.field(), " also ", absl::StrJoin(others, ", ")));
  }
  std::vector<std::string> parts;
  if (!apart.empty()) parts.push_back(absl::StrCat("APART: ", absl::StrJoin(apart, "; ")));
  for (const v1::FieldMark& mark : record.mark()) {
    if (mark.mark() == v1::MARK_CLOSED_THEN_RAISED) parts.push_back("closed, then raised");
  }
  std::vector<std::string> late;
  for (const v1::LateEdit& edit : record.edited_after_move()) {
    late.push_back(WithoutKind(record.kind(), edit.field()));
  }
  if (!late.empty())
    parts.push_back(absl::StrCat("moved, then edited: ", absl::StrJoin(late, ", ")));
  return absl::StrJoin(parts, "; ");
}

std::string Shortened(const std::string& text, size_t width) {
  size_t characters = 0;
  size_t last = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    if ((static_cast<unsigned char>(text[i]) & 0xC0) == 0x80) continue;
    // Where the last character would begin, if the text has more than there is room for.
    if (characters + 1 == width) last = i;
    if (++characters > width) return absl::StrCat(text.substr(0, last), "…");
  }
  return text;
}

std::vector<std::string> ListColumns(v1::Kind kind) {
  // What tells records of the kind from one another, first; each kind takes those that it has.
  static constexpr const char* kOrder[] = {
      "type",      "finding",     "activity",         "number",   "severity",     "urgency",
      "state",     "subject",     "object",           "capacity", "occupied",     "residents",
      "present",   "due_time",    "valid_until_time", kWhen,      "place_flag",   "identifier",
      "rule_name", "seal_number", "area_code",        "point",    "display_name", "address",
      "headline",  "description"};
  const schema::FieldTable* table = schema::FieldTable::OrNull(static_cast<uint32_t>(kind));
  std::vector<std::string> columns;
  for (const std::string column : kOrder) {
    if (table == nullptr) break;
    for (const std::string& name : Parts(column)) {
      if (table->FindByName(name) == nullptr) continue;
      columns.push_back(column);
      break;
    }
  }
  return columns;
}

bool IsRecordColumn(const std::string& column) {
  static constexpr const char* kColumns[] = {"update_time", "create_time", "filed_by",
                                             "precedence",  "kind",        "scope",
                                             "uid",         "name",        "code"};
  return std::find(std::begin(kColumns), std::end(kColumns), column) != std::end(kColumns);
}

std::string CellText(const v1::Record& record, const std::string& column, const Reading& reading) {
  if (column == "update_time") return TimeText(record.update_time(), reading.zone);
  if (column == "create_time") return TimeText(record.create_time(), reading.zone);
  if (column == "filed_by") return record.filed_by();
  if (column == "precedence") return record.precedence();
  if (column == "kind") return Words(KindWord(record.kind()));
  if (column == "scope") return record.scope();
  if (column == "uid") return record.uid();
  if (column == "name") return record.name();
  // The first column has it already.
  if (column == "code") return "";
  const Message* body = schema::BodyOf(record);
  if (body == nullptr) return "";
  for (const std::string& name : Parts(column)) {
    const FieldDescriptor* field = body->GetDescriptor()->FindFieldByName(name);
    if (field == nullptr) continue;
    if (std::string text = FieldText(*body, *field, reading); !text.empty()) return text;
  }
  return "";
}

std::string Summary(const v1::Record& record, const Reading& reading) {
  std::vector<std::string> parts;
  if (record.status() != v1::STATUS_ACTUAL && record.status() != v1::CAP_STATUS_UNSPECIFIED) {
    parts.push_back(absl::AsciiStrToUpper(WordOf(record.status())));
  }
  for (const std::string& column : ListColumns(record.kind())) {
    std::string text = CellText(record, column, reading);
    if (text.empty()) continue;
    // Else people would seem to be missing.
    parts.push_back(column == "place_flag" ? absl::StrCat("place ", text) : std::move(text));
  }
  return absl::StrJoin(parts, ", ");
}

void PrintRecord(const v1::Record& record, const Reading& reading, std::ostream& out) {
  out << Words(KindWord(record.kind())) << ' ' << reading.naming.Short(record) << '\n';
  Table table({});
  if (absl::StatusOr<SpokenCode> code = SpokenCode::Parse(record.code()); code.ok()) {
    table.Add({"spoken", code->ToPhonetic()});
  }
  table.Add({"name", record.name()});
  table.Add({"uid", record.uid()});
  if (const Message* body = schema::BodyOf(record)) {
    for (const schema::FieldInfo& field : schema::FieldTable::Of(schema::KindOf(*body)).fields()) {
      std::string text = FieldText(*body, *field.descriptor, reading);
      if (text.empty()) continue;
      if (field.type == schema::FieldType::kPoint) {
        const auto& point = static_cast<const v1::Point&>(
            body->GetReflection()->GetMessage(*body, field.descriptor));
        if (geo::ValidatePoint(schema::ToGeo(point)).ok()) {
          absl::StrAppend(&text, "   ", geo::ToMgrs(schema::ToGeo(point)));
        }
      }
      table.Add({field.name, std::move(text)});
    }
  }
  table.Add({"precedence", record.precedence()});
  table.Add({"filed by", record.filed_by()});
  table.Add({"filed", TimeText(record.create_time(), reading.zone)});
  table.Add({"changed", TimeText(record.update_time(), reading.zone)});
  table.Print(out, "  ");
  PrintMarks(record, out);
  PrintConflicts(record, reading, out);
}

}  // namespace tocsin::cli
