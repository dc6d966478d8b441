#include "node/exchange/own_format.h"

#include <absl/algorithm/container.h>
#include <absl/strings/ascii.h>
#include <absl/strings/escaping.h>
#include <absl/strings/match.h>
#include <absl/strings/numbers.h>
#include <absl/strings/str_cat.h>
#include <google/protobuf/util/json_util.h>

#include <memory>
#include <optional>
#include <set>
#include <utility>

#include "node/base/scope.h"
#include "node/base/status.h"
#include "node/exchange/csv.h"
#include "node/exchange/features.h"
#include "node/exchange/fields.h"
#include "node/exchange/local_time.h"
#include "node/geo/point.h"
#include "node/schema/geometry.h"
#include "node/schema/kinds.h"
#include "node/schema/spoken_code.h"

namespace tocsin::exchange {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

constexpr const char* kRecordColumns[] = {"kind", "scope", "code", "uid", "update_time"};
constexpr char kLat[] = "point.lat";
constexpr char kLng[] = "point.lng";

bool IsPoint(const FieldDescriptor& field) {
  return !field.is_repeated() && field.message_type() == v1::Point::descriptor();
}

bool IsSource(const FieldDescriptor& field) {
  return field.message_type() == v1::Source::descriptor();
}

bool IsScalar(const FieldDescriptor& field) { return !field.is_repeated() && IsScalarLeaf(field); }

// In base 64, as JSON has it, and without its quotes.
bool IsBytes(const FieldDescriptor& field) {
  return !field.is_repeated() && field.type() == FieldDescriptor::TYPE_BYTES;
}

bool IsText(const FieldDescriptor& field) {
  return field.cpp_type() == FieldDescriptor::CPPTYPE_STRING;
}

bool Has(const Message& body, const FieldDescriptor& field) {
  const auto& reflection = *body.GetReflection();
  return field.is_repeated() ? reflection.FieldSize(body, &field) > 0
                             : reflection.HasField(body, &field);
}

// A relation's id follows from what it relates, that of others from a register's key or from the
// record that they stand for: their code is only an alias, and intake takes none for them.
bool IsNamedByContent(const Message& body) {
  if (schema::KindOf(body) == v1::RELATION) return true;
  for (const char* name : {"source", "moved_from"}) {
    const auto* field = body.GetDescriptor()->FindFieldByName(name);
    if (field != nullptr && Has(body, *field)) return true;
  }
  return false;
}

std::unique_ptr<Message> WithOnly(const Message& body, const FieldDescriptor& field) {
  std::unique_ptr<Message> copy(body.New());
  copy->CopyFrom(body);
  const auto* descriptor = body.GetDescriptor();
  for (int i = 0; i < descriptor->field_count(); ++i) {
    if (descriptor->field(i) != &field)
      copy->GetReflection()->ClearField(copy.get(), descriptor->field(i));
  }
  return copy;
}

// The field's value as JSON: what stands between `{"field":` and `}` of a body with this alone.
std::string FieldJson(const Message& body, const FieldDescriptor& field) {
  google::protobuf::util::JsonPrintOptions options;
  options.preserve_proto_field_names = true;
  std::string json;
  TOCSIN_CHECK(
      google::protobuf::util::MessageToJsonString(*WithOnly(body, field), &json, options).ok());
  const size_t head = field.name().size() + 4;
  TOCSIN_CHECK(json.size() > head);
  return json.substr(head, json.size() - head - 1);
}

absl::Status SetFromJson(Message& body, const FieldDescriptor& field, const std::string& json) {
  if (JsonDepth(json) > kGeoJsonDepthMax) return absl::InvalidArgumentError("nests too deep");
  std::unique_ptr<Message> copy(body.New());
  const std::string object = absl::StrCat("{\"", field.name(), "\":", json, "}");
  if (!google::protobuf::util::JsonStringToMessage(object, copy.get()).ok()) {
    // The parser's own message quotes the cell.
    return absl::InvalidArgumentError("is not this field's JSON");
  }
  body.MergeFrom(*WithOnly(*copy, field));
  return absl::OkStatus();
}

absl::Status SetBytes(Message& body, const FieldDescriptor& field, const std::string& text) {
  std::string bytes;
  if (!absl::Base64Unescape(text, &bytes)) return absl::InvalidArgumentError("is not base 64");
  body.GetReflection()->SetString(&body, &field, bytes);
  return absl::OkStatus();
}

std::string Degrees(int32_t e7) {
  const std::string pair = geo::ToText({e7, 0});
  return pair.substr(0, pair.find(','));
}

std::string DegreesLng(int32_t e7) {
  const std::string pair = geo::ToText({0, e7});
  return pair.substr(pair.find(',') + 1);
}

// One cell of a record, in the order of OwnColumns.
struct Cell {
  std::string column;
  std::string text;
  // Null: one of the record's own columns, or a part of point or source.
  const FieldDescriptor* field = nullptr;
};

void AddField(const Message& body, const FieldDescriptor& field, std::vector<Cell>& cells) {
  const bool has = Has(body, field);
  if (IsPoint(field)) {
    const auto& point =
        static_cast<const v1::Point&>(body.GetReflection()->GetMessage(body, &field));
    cells.push_back({kLat, has ? Degrees(point.lat_e7()) : ""});
    cells.push_back({kLng, has ? DegreesLng(point.lng_e7()) : ""});
  } else if (IsSource(field)) {
    const auto& source =
        static_cast<const v1::Source&>(body.GetReflection()->GetMessage(body, &field));
    cells.push_back({"source.system", source.system()});
    cells.push_back({"source.key", source.key()});
  } else if (!has) {
    cells.push_back({field.name(), "", &field});
  } else if (IsBytes(field)) {
    cells.push_back(
        {field.name(), absl::Base64Escape(body.GetReflection()->GetString(body, &field)), &field});
  } else {
    cells.push_back(
        {field.name(), IsScalar(field) ? ToText(body, field) : FieldJson(body, field), &field});
  }
}

std::vector<Cell> CellsOf(const v1::Record& record) {
  std::vector<Cell> cells = {
      {kRecordColumns[0], v1::Kind_Name(record.kind())},
      {kRecordColumns[1], record.scope()},
      {kRecordColumns[2], record.code()},
      {kRecordColumns[3], record.uid()},
      {kRecordColumns[4],
       record.has_update_time() ? IsoTime(FromTimestamp(record.update_time())) : ""}};
  const Message& body = *schema::BodyOf(record);
  for (int i = 0; i < body.GetDescriptor()->field_count(); ++i) {
    AddField(body, *body.GetDescriptor()->field(i), cells);
  }
  return cells;
}

std::string JsonText(const std::string& text) {
  google::protobuf::Value value;
  value.set_string_value(text);
  std::string json;
  (void)google::protobuf::util::MessageToJsonString(value, &json).ok();
  return json;
}

bool IsPlainJson(const Cell& cell) {
  if (cell.field == nullptr || IsBytes(*cell.field)) return false;
  if (!IsScalar(*cell.field)) return true;
  switch (cell.field->cpp_type()) {
    case FieldDescriptor::CPPTYPE_UINT32:
    case FieldDescriptor::CPPTYPE_UINT64:
    case FieldDescriptor::CPPTYPE_BOOL:
      return true;
    case FieldDescriptor::CPPTYPE_MESSAGE:
      // An exact count of people is a number.
      return absl::c_all_of(cell.text, absl::ascii_isdigit);
    default:
      return false;
  }
}

// What cannot be taken apart has no geometry.
geo::Polygon ToGeo(const v1::Polygon& polygon) {
  return schema::ToGeo(polygon).value_or(geo::Polygon());
}

std::string PositionJson(geo::Point point) {
  return absl::StrCat("[", DegreesLng(point.lng_e7), ",", Degrees(point.lat_e7), "]");
}

std::string PolygonJson(const geo::Polygon& polygon) {
  std::string json = "{\"type\":\"Polygon\",\"coordinates\":[";
  for (size_t ring = 0; ring < polygon.rings.size(); ++ring) {
    absl::StrAppend(&json, ring > 0 ? ",[" : "[");
    for (size_t i = 0; i < polygon.rings[ring].size(); ++i) {
      absl::StrAppend(&json, i > 0 ? "," : "", PositionJson(polygon.rings[ring][i]));
    }
    json += "]";
  }
  return json + "]}";
}

// The geometry, and which field it stands for.
std::pair<std::string, std::string> GeometryJson(const Message& body) {
  const auto* area = body.GetDescriptor()->FindFieldByName("area");
  const auto* point = body.GetDescriptor()->FindFieldByName("point");
  const auto& reflection = *body.GetReflection();
  if (area != nullptr && Has(body, *area)) {
    const auto& polygon = static_cast<const v1::Polygon&>(reflection.GetMessage(body, area));
    return {PolygonJson(ToGeo(polygon)), "area"};
  }
  if (point != nullptr && Has(body, *point)) {
    const auto& place = static_cast<const v1::Point&>(reflection.GetMessage(body, point));
    return {absl::StrCat("{\"type\":\"Point\",\"coordinates\":", PositionJson(schema::ToGeo(place)),
                         "}"),
            "point"};
  }
  return {"null", ""};
}

// The inverse of CellsOf, cell by cell.
class RowReader {
 public:
  // `named` gives a column's cell, empty where it has none.
  template <typename Named>
  absl::StatusOr<ImportRow> Begin(uint64_t line, Named named) {
    ImportRow row;
    row.line = line;
    auto kind = ParseKind(named("kind"));
    if (!kind.ok()) return absl::InvalidArgumentError("column \"kind\": no kind of record");
    if (*kind == v1::ERASURE) return absl::InvalidArgumentError("an erasure is not imported");
    kind_ = *kind;
    auto scope = Scope::Parse(named("scope"));
    if (!scope.ok()) return absl::InvalidArgumentError("column \"scope\": no scope");
    row.record.set_scope(scope->ToString());
    row.record.set_kind(kind_);
    schema::MutableBody(row.record, kind_);
    return row;
  }

  absl::Status Set(ImportRow& row, const std::string& column, const std::string& text) {
    if (text.empty() || absl::c_linear_search(kRecordColumns, column)) return absl::OkStatus();
    Message& body = *schema::MutableBody(row.record, kind_);
    if (column == kLat || column == kLng) return SetDegrees(body, column == kLat, text);
    auto path = ParsePath(kind_, column);
    // The name may be anything: it is not ours.
    if (!path.ok())
      return absl::InvalidArgumentError("has a value in a column that its kind has not");
    const FieldDescriptor& leaf = *path->leaf();
    const bool source_part = path->steps.size() == 2 && IsSource(*path->steps[0]);
    absl::Status status;
    if (source_part || (path->steps.size() == 1 && IsScalar(leaf))) {
      status = SetFromText(body, *path, text);
    } else if (path->steps.size() == 1) {
      status = IsBytes(leaf) ? SetBytes(body, leaf, text) : SetFromJson(body, leaf, text);
    } else {
      return absl::InvalidArgumentError("has a value in a column that its kind has not");
    }
    if (status.ok()) return status;
    return absl::InvalidArgumentError(absl::StrCat("column \"", column, "\": ", status.message()));
  }

  bool IsTextColumn(const std::string& column) const {
    auto path = ParsePath(kind_, column);
    return path.ok() && IsText(*path->leaf()) && IsScalar(*path->leaf());
  }

  // What was typed by hand is found again by its code; all else by what its id follows from.
  template <typename Named>
  absl::Status End(ImportRow& row, Named named) {
    if (has_lat_ != has_lng_) return absl::InvalidArgumentError("point: one half of it is missing");
    if (IsNamedByContent(*schema::BodyOf(row.record))) return absl::OkStatus();
    const std::string text = named("code");
    if (text.empty()) return absl::OkStatus();
    const absl::StatusOr<SpokenCode> code = SpokenCode::Parse(text);
    if (!code.ok()) return absl::InvalidArgumentError("column \"code\": no code of a record");
    row.record.set_code(code->ToString());
    return absl::OkStatus();
  }

 private:
  absl::Status SetDegrees(Message& body, bool latitude, const std::string& text) {
    const auto* field = body.GetDescriptor()->FindFieldByName("point");
    double degrees = 0;
    if (field == nullptr || !absl::SimpleAtod(text, &degrees)) {
      return absl::InvalidArgumentError("point: no decimal degrees");
    }
    auto point = geo::PointFromDegrees(latitude ? degrees : 0, latitude ? 0 : degrees);
    if (!point.ok()) return absl::InvalidArgumentError("point: out of range");
    auto& proto = static_cast<v1::Point&>(*body.GetReflection()->MutableMessage(&body, field));
    latitude ? proto.set_lat_e7(point->lat_e7) : proto.set_lng_e7(point->lng_e7);
    (latitude ? has_lat_ : has_lng_) = true;
    return absl::OkStatus();
  }

  v1::Kind kind_ = v1::KIND_UNSPECIFIED;
  bool has_lat_ = false;
  bool has_lng_ = false;
};

absl::StatusOr<ImportRow> CsvRow(const std::vector<std::string>& header, const CsvRecord& record) {
  if (!record.fault.empty()) return absl::InvalidArgumentError(record.fault);
  if (record.cells.size() != header.size()) {
    return absl::InvalidArgumentError(
        absl::StrCat("has ", record.cells.size(), " cells, the header has ", header.size()));
  }
  auto named = [&](absl::string_view name) {
    for (size_t i = 0; i < header.size(); ++i) {
      if (header[i] == name) return record.cells[i];
    }
    return std::string();
  };
  RowReader reader;
  TOCSIN_ASSIGN_OR_RETURN(ImportRow row, reader.Begin(record.line, named));
  for (size_t i = 0; i < header.size(); ++i) {
    const std::string text =
        reader.IsTextColumn(header[i]) ? UnescapeFormula(record.cells[i]) : record.cells[i];
    TOCSIN_RETURN_IF_ERROR(reader.Set(row, header[i], text));
  }
  TOCSIN_RETURN_IF_ERROR(reader.End(row, named));
  return row;
}

absl::Status SetGeometry(const Geometry& geometry, Message& body) {
  if (!geometry.fault.empty()) return absl::InvalidArgumentError(geometry.fault);
  const auto* point = body.GetDescriptor()->FindFieldByName("point");
  const auto* area = body.GetDescriptor()->FindFieldByName("area");
  if (geometry.point) {
    if (point == nullptr) return absl::InvalidArgumentError("the kind has no place");
    body.GetReflection()->MutableMessage(&body, point)->CopyFrom(schema::FromGeo(*geometry.point));
  }
  if (geometry.polygons.empty()) return absl::OkStatus();
  if (area == nullptr || geometry.polygons.size() > 1) {
    return absl::InvalidArgumentError("the kind has no such area");
  }
  body.GetReflection()
      ->MutableMessage(&body, area)
      ->CopyFrom(schema::FromGeo(geometry.polygons[0]));
  return absl::OkStatus();
}

absl::StatusOr<ImportRow> FeatureRow(const Feature& feature) {
  auto named = [&](absl::string_view name) {
    auto it = feature.properties.fields().find(std::string(name));
    return it == feature.properties.fields().end() ? std::string() : PropertyText(it->second);
  };
  RowReader reader;
  TOCSIN_ASSIGN_OR_RETURN(ImportRow row, reader.Begin(feature.number, named));
  for (const auto& [name, value] : feature.properties.fields()) {
    TOCSIN_RETURN_IF_ERROR(reader.Set(row, name, PropertyText(value)));
  }
  TOCSIN_RETURN_IF_ERROR(
      SetGeometry(feature.geometry, *schema::MutableBody(row.record, row.record.kind())));
  TOCSIN_RETURN_IF_ERROR(reader.End(row, named));
  return row;
}

absl::Status Put(absl::StatusOr<ImportRow> row, uint64_t line, Sink& sink, Summary& summary) {
  ++summary.read;
  if (!row.ok()) {
    ++summary.refused;
    sink.Refuse({line, std::string(row.status().message())});
    return absl::OkStatus();
  }
  ++summary.ready;
  return sink.Take(*std::move(row));
}

}  // namespace

std::vector<std::string> OwnColumns(v1::Kind kind) {
  v1::Record record;
  record.set_kind(kind);
  schema::MutableBody(record, kind);
  std::vector<std::string> columns;
  for (Cell& cell : CellsOf(record)) columns.push_back(std::move(cell.column));
  return columns;
}

void AppendOwnCsvHeader(v1::Kind kind, std::string& out) { AppendCsv(OwnColumns(kind), out); }

void AppendOwnCsv(const v1::Record& record, std::string& out) {
  std::vector<std::string> cells;
  for (Cell& cell : CellsOf(record)) {
    const bool text = cell.field != nullptr && IsScalar(*cell.field) && IsText(*cell.field);
    const bool source = absl::StartsWith(cell.column, "source.");
    cells.push_back(text || source ? EscapeFormula(cell.text) : std::move(cell.text));
  }
  AppendCsv(cells, out);
}

std::string OwnGeoJsonFeature(const v1::Record& record) {
  const auto [geometry, stands_for] = GeometryJson(*schema::BodyOf(record));
  std::string properties;
  for (const Cell& cell : CellsOf(record)) {
    const bool in_geometry = stands_for == "area" ? cell.column == "area"
                                                  : stands_for == "point" && (cell.column == kLat ||
                                                                              cell.column == kLng);
    if (cell.text.empty() || in_geometry) continue;
    absl::StrAppend(&properties, properties.empty() ? "" : ",", JsonText(cell.column), ":",
                    IsPlainJson(cell) ? cell.text : JsonText(cell.text));
  }
  return absl::StrCat("{\"type\":\"Feature\",\"id\":", JsonText(record.uid()),
                      ",\"geometry\":", geometry, ",\"properties\":{", properties, "}}");
}

bool IsOwnCsv(absl::string_view first_line) {
  return absl::StartsWith(first_line, "kind,scope,code,uid,update_time,");
}

absl::StatusOr<Summary> ReadOwnCsv(std::istream& in, Sink& sink) {
  CsvReader reader(in);
  CsvRecord record;
  TOCSIN_ASSIGN_OR_RETURN(bool more, reader.Next(record));
  if (!more || !record.fault.empty()) {
    return absl::InvalidArgumentError("the file has no header");
  }
  const std::vector<std::string> header = record.cells;
  if (std::set<std::string>(header.begin(), header.end()).size() != header.size()) {
    return absl::InvalidArgumentError("the header has a column twice: rename one in the file");
  }
  if (!absl::c_linear_search(header, "kind") || !absl::c_linear_search(header, "scope")) {
    return absl::InvalidArgumentError(
        "no export of this program (it has no columns \"kind\" and \"scope\"): name a mapping with "
        "--mapping FILE; docs/import.md says how to write one");
  }
  Summary summary;
  while (true) {
    TOCSIN_ASSIGN_OR_RETURN(more, reader.Next(record));
    if (!more) return summary;
    TOCSIN_RETURN_IF_ERROR(Put(CsvRow(header, record), record.line, sink, summary));
  }
}

absl::StatusOr<Summary> ReadOwnGeoJson(absl::string_view json, Sink& sink) {
  TOCSIN_ASSIGN_OR_RETURN(const std::vector<Feature> features, ParseFeatures(json));
  Summary summary;
  for (const Feature& feature : features) {
    TOCSIN_RETURN_IF_ERROR(Put(FeatureRow(feature), feature.number, sink, summary));
  }
  return summary;
}

}  // namespace tocsin::exchange
