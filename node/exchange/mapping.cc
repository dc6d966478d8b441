#include "node/exchange/mapping.h"

#include <absl/strings/match.h>
#include <absl/strings/str_cat.h>
#include <absl/strings/str_join.h>
#include <google/protobuf/timestamp.pb.h>

#include <algorithm>

#include "node/base/scope.h"
#include "node/base/status.h"
#include "node/exchange/mapping_check.h"
#include "node/schema/kinds.h"

namespace tocsin::exchange {
namespace {

using google::protobuf::FieldDescriptor;

bool IsTime(const FieldDescriptor& leaf) {
  return leaf.cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE &&
         leaf.message_type() == google::protobuf::Timestamp::descriptor();
}

const google::protobuf::Descriptor* DescriptorOf(v1::Kind kind) {
  return schema::FindKind(static_cast<uint32_t>(kind))->descriptor;
}

bool Same(const WordTable& table, absl::string_view a, absl::string_view b) {
  return table.ignore_case ? absl::EqualsIgnoreCase(a, b) : a == b;
}

std::optional<size_t> ColumnOf(const WordTable& table, absl::string_view name) {
  auto it = std::find(table.columns.begin(), table.columns.end(), name);
  if (it == table.columns.end()) return std::nullopt;
  return static_cast<size_t>(it - table.columns.begin());
}

absl::Status CheckTake(const Mapping& mapping, const Take& take) {
  if (take.table.empty()) return absl::OkStatus();
  auto it = mapping.tables.find(take.table);
  if (it == mapping.tables.end()) {
    return absl::InvalidArgumentError(absl::StrCat("there is no table \"", take.table, "\""));
  }
  const WordTable& table = it->second;
  if (table.columns.empty()) return absl::OkStatus();
  for (const std::string& name : {take.match, take.give}) {
    if (ColumnOf(table, name)) continue;
    return absl::InvalidArgumentError(absl::StrCat("table \"", take.table,
                                                   "\" needs `match` and `give`, each one of ",
                                                   absl::StrJoin(table.columns, ", ")));
  }
  return absl::OkStatus();
}

// What a take may give besides the column's own text.
std::vector<std::string> WordsOf(const Mapping& mapping, const Take& take) {
  std::vector<std::string> words;
  if (take.missing) words.push_back(*take.missing);
  if (take.table.empty()) return words;
  const WordTable& table = mapping.tables.at(take.table);
  for (const auto& [from, to] : table.values) words.push_back(to);
  if (auto give = ColumnOf(table, take.give)) {
    for (const auto& row : table.rows) words.push_back(row[*give]);
  }
  return words;
}

absl::Status CheckField(const Mapping& mapping, const FieldMapping& field) {
  TOCSIN_RETURN_IF_ERROR(CheckTake(mapping, field.take));
  if ((!field.time_format.empty() || field.end_of_day) && !IsTime(*field.path.leaf())) {
    return absl::InvalidArgumentError("is no time, so `time` and `end_of_day` do not apply");
  }
  if (!field.time_format.empty()) return absl::OkStatus();
  for (const std::string& word : WordsOf(mapping, field.take)) {
    TOCSIN_RETURN_IF_ERROR(CheckValue(mapping.kind, field.path, word));
  }
  return absl::OkStatus();
}

absl::Status CheckDuration(const Mapping& mapping) {
  if (!mapping.duration) return absl::OkStatus();
  if (mapping.duration->column.empty()) {
    return absl::InvalidArgumentError("duration.column is missing: the column of seconds");
  }
  for (const std::string& name : {mapping.duration->from, mapping.duration->to}) {
    auto it = std::find_if(mapping.fields.begin(), mapping.fields.end(),
                           [&](const FieldMapping& f) { return f.path.name == name; });
    if (it != mapping.fields.end() && !it->time_format.empty()) continue;
    return absl::InvalidArgumentError(absl::StrCat(
        "duration stands between two time fields of the mapping, and \"", name, "\" is none"));
  }
  return absl::OkStatus();
}

absl::Status CheckSetOnce(const Mapping& mapping) {
  std::set<std::string> set;
  auto once = [&](const std::string& name) {
    return set.insert(name).second
               ? absl::OkStatus()
               : absl::InvalidArgumentError(absl::StrCat("field \"", name, "\" is set twice"));
  };
  for (const auto& [path, value] : mapping.constants) TOCSIN_RETURN_IF_ERROR(once(path.name));
  for (const FieldMapping& field : mapping.fields) TOCSIN_RETURN_IF_ERROR(once(field.path.name));
  for (const ReferenceMapping& ref : mapping.references) TOCSIN_RETURN_IF_ERROR(once(ref.field));
  return absl::OkStatus();
}

absl::Status CheckPlace(const Mapping& mapping) {
  if (!mapping.place) return absl::OkStatus();
  const auto* body = DescriptorOf(mapping.kind);
  const PlaceMapping& place = *mapping.place;
  if (body->FindFieldByName("point") == nullptr) {
    return absl::InvalidArgumentError("place: the kind has no place");
  }
  if (place.latitude.empty() && !place.geometry && place.shapes.empty()) {
    return absl::InvalidArgumentError(
        "place needs latitude and longitude, geometry = true, or shapes");
  }
  if (!place.shapes.empty() && body->FindFieldByName("area") == nullptr) {
    return absl::InvalidArgumentError("place.shapes: the kind has no area");
  }
  auto aid = mapping.aids.find(place.shapes);
  if (!place.shapes.empty() &&
      (aid == mapping.aids.end() || aid->second.use != AidMapping::Use::kShapes)) {
    return absl::InvalidArgumentError("place.shapes names no aid whose use is \"shapes\"");
  }
  return absl::OkStatus();
}

void Add(const Take& take, std::set<std::string>& columns) {
  columns.insert(take.columns.begin(), take.columns.end());
}

}  // namespace

std::optional<std::string> LookUp(const WordTable& table, absl::string_view value,
                                  absl::string_view match, absl::string_view give) {
  for (const auto& [from, to] : table.values) {
    if (Same(table, from, value)) return to;
  }
  const auto from = ColumnOf(table, match);
  const auto to = ColumnOf(table, give);
  if (!from || !to) return std::nullopt;
  for (const auto& row : table.rows) {
    if (Same(table, row[*from], value)) return row[*to];
  }
  return std::nullopt;
}

std::set<std::string> Mapping::ReadColumns() const {
  std::set<std::string> columns(key.begin(), key.end());
  for (const FieldMapping& field : fields) Add(field.take, columns);
  for (const ReferenceMapping& ref : references) columns.insert(ref.key.begin(), ref.key.end());
  if (classification) Add(classification->take, columns);
  if (duration) columns.insert(duration->column);
  if (scope.take) Add(*scope.take, columns);
  if (scope.slug) columns.insert(scope.slug->column);
  if (place) columns.insert({place->latitude, place->longitude, place->shape_column});
  columns.erase("");
  return columns;
}

absl::Status CheckSettable(const FieldPath& path, bool text) {
  if (!IsScalarLeaf(*path.leaf())) {
    return absl::InvalidArgumentError("has parts: name one of them, or use [place] or [reference]");
  }
  if (path.is_text() && !text) {
    return absl::InvalidArgumentError(
        "is a free text: write text = true if the column may go there, after reading what it "
        "holds; a text must describe no person");
  }
  if (!path.is_text() && text) return absl::InvalidArgumentError("is no free text");
  if (path.name == "source" || path.steps.front()->name() == "source") {
    return absl::InvalidArgumentError("is set by the mapping's `source` and `key`");
  }
  return absl::OkStatus();
}

absl::Status CheckValue(v1::Kind kind, const FieldPath& path, const std::string& value) {
  const auto scratch = schema::NewBody(kind);
  absl::Status status = SetFromText(*scratch, path, value);
  if (status.ok()) return status;
  // The word is the mapping's own.
  return absl::InvalidArgumentError(absl::StrCat("\"", value, "\": ", status.message()));
}

absl::Status CheckReference(v1::Kind kind, const ReferenceMapping& reference) {
  TOCSIN_ASSIGN_OR_RETURN(const FieldPath path, ParsePath(kind, reference.field));
  if (path.leaf()->message_type() != v1::RecordRef::descriptor()) {
    return absl::InvalidArgumentError("names no field that refers to another record");
  }
  if (reference.system.empty() || reference.key.empty()) {
    return absl::InvalidArgumentError("needs `source` and `key` of the record that it names");
  }
  return absl::OkStatus();
}

absl::Status CheckScope(const Mapping& mapping) {
  const ScopeMapping& scope = mapping.scope;
  if (!scope.constant.empty()) {
    TOCSIN_RETURN_IF_ERROR(Scope::Parse(scope.constant).status());
    if (!scope.within.empty() || !scope.nearest.empty() || scope.slug) {
      return absl::InvalidArgumentError("`constant` stands alone");
    }
    return absl::OkStatus();
  }
  TOCSIN_RETURN_IF_ERROR(CheckTake(mapping, *scope.take));
  auto is = [&](const std::string& name, AidMapping::Use use) {
    auto it = mapping.aids.find(name);
    return it != mapping.aids.end() && it->second.use == use;
  };
  if (!scope.nearest.empty() && !is(scope.nearest, AidMapping::Use::kStations)) {
    return absl::InvalidArgumentError("`nearest` names no aid whose use is \"stations\"");
  }
  if (scope.within.empty()) return absl::OkStatus();
  if (!is(scope.within, AidMapping::Use::kAreas)) {
    return absl::InvalidArgumentError("`within` names no aid whose use is \"areas\"");
  }
  auto table = mapping.tables.find(scope.take->table);
  if (table == mapping.tables.end() || !ColumnOf(table->second, scope.area)) {
    return absl::InvalidArgumentError(
        "`within` needs a scope from a lookup, and `area`: the column of it that names the area");
  }
  return absl::OkStatus();
}

absl::Status CheckMapping(const Mapping& mapping) {
  const std::set<std::string> read = mapping.ReadColumns();
  for (const std::string& column : mapping.ignore) {
    if (read.contains(column)) {
      return absl::InvalidArgumentError(
          absl::StrCat("column \"", column, "\" is both mapped and ignored"));
    }
  }
  if (mapping.source_system.empty() || mapping.key.empty()) {
    return absl::InvalidArgumentError(
        "`source` (which register this is) and `key` (its columns that name a row for ever) are "
        "needed, so that importing twice files nothing twice");
  }
  if (DescriptorOf(mapping.kind)->FindFieldByName("source") == nullptr) {
    return absl::InvalidArgumentError("records of this kind are not imported");
  }
  for (const FieldMapping& field : mapping.fields) {
    absl::Status status = CheckField(mapping, field);
    if (!status.ok()) {
      return absl::InvalidArgumentError(
          absl::StrCat("field.", field.path.name, " ", status.message()));
    }
  }
  if (mapping.classification)
    TOCSIN_RETURN_IF_ERROR(CheckTake(mapping, mapping.classification->take));
  TOCSIN_RETURN_IF_ERROR(CheckSetOnce(mapping));
  TOCSIN_RETURN_IF_ERROR(CheckPlace(mapping));
  return CheckDuration(mapping);
}

}  // namespace tocsin::exchange
