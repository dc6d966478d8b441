#include "node/exchange/translate.h"

#include <absl/strings/ascii.h>
#include <absl/strings/match.h>
#include <absl/strings/numbers.h>
#include <absl/strings/str_cat.h>
#include <absl/strings/str_join.h>
#include <absl/strings/str_split.h>

#include <algorithm>
#include <array>
#include <utility>

#include "node/base/scope.h"
#include "node/base/status.h"
#include "node/exchange/classify.h"
#include "node/exchange/local_time.h"
#include "node/identity/record_id.h"
#include "node/schema/geometry.h"
#include "node/schema/kinds.h"
#include "node/schema/text_check.h"

namespace tocsin::exchange {
namespace {

absl::string_view Trim(absl::string_view text, absl::string_view characters) {
  const size_t first = text.find_first_not_of(characters);
  if (first == absl::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(characters) - first + 1);
}

// Names the column, which is the mapping's word, and what is wrong, which is ours.
absl::Status At(absl::string_view what, const std::string& name, absl::string_view problem) {
  return absl::InvalidArgumentError(absl::StrCat(what, " \"", name, "\": ", problem));
}

std::string JoinNames(const std::vector<std::string>& names) {
  return absl::StrCat("\"", absl::StrJoin(names, "\", \""), "\"");
}

// A column's name is shown to whoever has the file; cut, in case that it is no name.
std::string Shown(absl::string_view name) {
  constexpr size_t kShownMax = 60;
  if (schema::TextFault(name, schema::Lines::kOne)) return "(unreadable)";
  return name.size() > kShownMax ? "(a very long name)" : absl::StrCat("\"", name, "\"");
}

}  // namespace

absl::StatusOr<std::string> Slug(const SlugRule& rule, absl::string_view name) {
  const std::vector<absl::string_view> parts = absl::StrSplit(name, rule.separator);
  for (const auto& [word, prefix] : rule.words) {
    for (absl::string_view part : parts) {
      part = absl::StripAsciiWhitespace(part);
      if (!absl::StartsWith(part, absl::StrCat(word, " "))) continue;
      part = absl::StripAsciiWhitespace(part.substr(word.size()));
      if (part.empty() || !std::all_of(part.begin(), part.end(), absl::ascii_isdigit)) continue;
      return absl::StrCat(prefix, part);
    }
  }
  std::string slug;
  for (char c : name) {
    if (absl::ascii_isalnum(static_cast<unsigned char>(c))) {
      slug.push_back(absl::ascii_tolower(static_cast<unsigned char>(c)));
    } else if (!slug.empty() && slug.back() != '-') {
      slug.push_back('-');
    }
  }
  while (!slug.empty() && slug.back() == '-') slug.pop_back();
  if (slug.empty()) return absl::InvalidArgumentError("gives no name for a jurisdiction");
  return slug;
}

// One row on its way.
class Translator::Work {
 public:
  Work(const Translator& translator, const TableRow& row)
      : t_(translator),
        mapping_(translator.mapping_),
        row_(row),
        body_(*schema::MutableBody(result_.record, translator.mapping_.kind)) {
    result_.line = row.line;
    result_.record.set_kind(mapping_.kind);
  }

  absl::StatusOr<ImportRow> Run() {
    TOCSIN_RETURN_IF_ERROR(SetSource());
    TOCSIN_RETURN_IF_ERROR(SetConstants());
    TOCSIN_RETURN_IF_ERROR(SetFields());
    TOCSIN_RETURN_IF_ERROR(ResolveTimes());
    TOCSIN_RETURN_IF_ERROR(Classify());
    TOCSIN_RETURN_IF_ERROR(SetPlace());
    TOCSIN_RETURN_IF_ERROR(SetScope());
    TOCSIN_RETURN_IF_ERROR(SetReferences());
    return std::move(result_);
  }

 private:
  struct PendingTime {
    const FieldMapping* field;
    TimeReading reading;
    absl::Time chosen;
  };

  // The cell without blanks around it; nothing when it means "no value".
  std::optional<absl::string_view> Cell(const std::string& column) const {
    auto it = t_.position_.find(column);
    TOCSIN_CHECK(it != t_.position_.end() && it->second < row_.cells.size());
    absl::string_view cell = absl::StripAsciiWhitespace(row_.cells[it->second]);
    if (cell.empty() || mapping_.missing.contains(std::string(cell))) return std::nullopt;
    return cell;
  }

  // The cell that a take begins with.
  std::optional<std::pair<std::string, absl::string_view>> First(const Take& take) const {
    for (const std::string& column : take.columns) {
      if (auto cell = Cell(column)) return std::make_pair(column, *cell);
    }
    return std::nullopt;
  }

  // What is looked up, after the cuts.
  absl::StatusOr<std::optional<std::string>> Cut(const Take& take) const {
    auto first = First(take);
    if (!first) return std::optional<std::string>();
    auto [column, cell] = *first;
    if (!take.before.empty()) {
      const size_t at = cell.find(take.before);
      if (at == absl::string_view::npos) return At("column", column, NoCut(take.before));
      cell = cell.substr(0, at);
    }
    if (!take.after.empty()) {
      const size_t at = cell.find(take.after);
      if (at == absl::string_view::npos) return At("column", column, NoCut(take.after));
      cell = cell.substr(at + take.after.size());
    }
    if (!take.strip.empty()) cell = Trim(cell, take.strip);
    return std::optional<std::string>(cell);
  }

  static std::string NoCut(const std::string& mark) {
    return absl::StrCat("has no \"", mark, "\" in it");
  }

  absl::StatusOr<std::optional<std::string>> Get(const Take& take) const {
    TOCSIN_ASSIGN_OR_RETURN(std::optional<std::string> value, Cut(take));
    if (!value) return take.missing;
    if (take.table.empty()) return value;
    auto found = LookUp(mapping_.tables.at(take.table), *value, take.match, take.give);
    if (!found) {
      return At("column", First(take)->first,
                absl::StrCat("a value that table \"", take.table, "\" does not have"));
    }
    return found;
  }

  absl::StatusOr<std::string> Key(const std::vector<std::string>& columns) const {
    std::vector<absl::string_view> parts;
    bool any = false;
    for (const std::string& column : columns) {
      auto cell = Cell(column);
      any = any || cell.has_value();
      parts.push_back(cell.value_or(absl::string_view()));
    }
    if (!any) return absl::InvalidArgumentError("no key: " + JoinNames(columns) + " without value");
    return SourceKey(absl::StrJoin(parts, "|"));
  }

  absl::Status SetSource() {
    TOCSIN_ASSIGN_OR_RETURN(const std::string key, Key(mapping_.key));
    const auto* field = body_.GetDescriptor()->FindFieldByName("source");
    auto& source = static_cast<v1::Source&>(*body_.GetReflection()->MutableMessage(&body_, field));
    source.set_system(mapping_.source_system);
    source.set_key(key);
    return absl::OkStatus();
  }

  absl::Status Set(const FieldPath& path, const std::string& value, absl::string_view what,
                   const std::string& name) {
    absl::Status status = SetFromText(body_, path, value);
    return status.ok() ? status : At(what, name, status.message());
  }

  absl::Status SetConstants() {
    for (const auto& [path, value] : mapping_.constants) {
      TOCSIN_RETURN_IF_ERROR(Set(path, value, "constant", path.name));
    }
    return absl::OkStatus();
  }

  absl::Status SetFields() {
    for (const FieldMapping& field : mapping_.fields) {
      TOCSIN_ASSIGN_OR_RETURN(const std::optional<std::string> value, Get(field.take));
      if (!value) continue;
      if (field.time_format.empty()) {
        TOCSIN_RETURN_IF_ERROR(Set(field.path, *value, "column", field.take.columns[0]));
        continue;
      }
      auto reading = ReadTime(*value, field.time_format, mapping_.zone);
      if (!reading.ok()) return At("column", field.take.columns[0], reading.status().message());
      times_.push_back({&field, *reading, reading->early});
    }
    return absl::OkStatus();
  }

  PendingTime* FindTime(const std::string& name) {
    auto it = std::find_if(times_.begin(), times_.end(),
                           [&](const PendingTime& t) { return t.field->path.name == name; });
    return it == times_.end() ? nullptr : &*it;
  }

  // Chooses the readings that the stated duration proves. False when there is no duration.
  absl::StatusOr<bool> ProveDuration() {
    if (!mapping_.duration) return false;
    const std::string& column = mapping_.duration->column;
    auto cell = Cell(column);
    PendingTime* from = FindTime(mapping_.duration->from);
    PendingTime* to = FindTime(mapping_.duration->to);
    if (!cell || from == nullptr || to == nullptr) return false;
    int64_t seconds = 0;
    if (!absl::SimpleAtoi(*cell, &seconds)) return At("column", column, "not a count of seconds");
    for (absl::Time begin : {from->reading.early, from->reading.late}) {
      for (absl::Time end : {to->reading.early, to->reading.late}) {
        if (end - begin != absl::Seconds(seconds)) continue;
        from->chosen = begin;
        to->chosen = end;
        proved_ = {from, to};
        return true;
      }
    }
    return At("column", column, "not the time between the two it is said to lie between");
  }

  bool Proved(const PendingTime& time) const { return proved_[0] == &time || proved_[1] == &time; }

  absl::Status ResolveTimes() {
    TOCSIN_ASSIGN_OR_RETURN(const bool proved, ProveDuration());
    for (PendingTime& time : times_) {
      if (!time.reading.unique() && !Proved(time)) {
        TOCSIN_RETURN_IF_ERROR(Choose(time, proved));
      }
      if (time.field->end_of_day) time.chosen = EndOfDay(time.chosen);
      Store(time);
    }
    return absl::OkStatus();
  }

  absl::Status Choose(PendingTime& time, bool proved) const {
    auto between = [&](absl::Time t) {
      return proved && proved_[0]->chosen <= t && t <= proved_[1]->chosen;
    };
    const bool early = between(time.reading.early);
    const bool late = between(time.reading.late);
    if (early != late) {
      time.chosen = early ? time.reading.early : time.reading.late;
      return absl::OkStatus();
    }
    if (mapping_.ambiguous == Ambiguous::kRefuse) {
      return At("column", time.field->take.columns[0],
                "a local time that a clock change made twice or never; set `ambiguous` in the "
                "mapping to take the early or the late one");
    }
    time.chosen = mapping_.ambiguous == Ambiguous::kEarly ? time.reading.early : time.reading.late;
    return absl::OkStatus();
  }

  absl::Time EndOfDay(absl::Time time) const {
    const absl::CivilDay day = absl::ToCivilDay(time, mapping_.zone);
    return absl::FromCivil(absl::CivilSecond(day + 1), mapping_.zone) - absl::Seconds(1);
  }

  void Store(const PendingTime& time) {
    google::protobuf::Message& owner = OwnerOf(body_, time.field->path);
    static_cast<google::protobuf::Timestamp&>(*owner.GetReflection()->MutableMessage(
        &owner, time.field->path.leaf())) = ToTimestamp(time.chosen);
  }

  absl::Status Classify() {
    if (!mapping_.classification) return absl::OkStatus();
    const Classification& classification = *mapping_.classification;
    TOCSIN_ASSIGN_OR_RETURN(const std::optional<std::string> code, Get(classification.take));
    const std::string& column = classification.take.columns[0];
    if (!code) return At("column", column, "no incident type");
    absl::Status status =
        exchange::Classify(classification.codes, *code, *result_.record.mutable_incident());
    return status.ok() ? status : At("column", column, status.message());
  }

  absl::StatusOr<std::optional<geo::Point>> ReadPoint() const {
    const PlaceMapping& place = *mapping_.place;
    if (place.latitude.empty()) {
      return place.geometry ? row_.geometry.point : std::optional<geo::Point>();
    }
    auto latitude = Cell(place.latitude);
    auto longitude = Cell(place.longitude);
    if (!latitude && !longitude) return std::optional<geo::Point>();
    double lat = 0, lng = 0;
    if (!latitude || !longitude || !absl::SimpleAtod(*latitude, &lat) ||
        !absl::SimpleAtod(*longitude, &lng)) {
      return At("column", place.latitude, "no latitude and longitude in decimal degrees");
    }
    auto point = geo::PointFromDegrees(lat, lng);
    if (!point.ok()) return At("column", place.latitude, "latitude or longitude out of range");
    return std::optional<geo::Point>(*point);
  }

  void SetArea(const v1::Polygon& polygon) {
    const auto* field = body_.GetDescriptor()->FindFieldByName("area");
    body_.GetReflection()->MutableMessage(&body_, field)->CopyFrom(polygon);
  }

  absl::Status SetGeometryArea() {
    const Geometry& geometry = row_.geometry;
    if (!geometry.fault.empty()) return absl::InvalidArgumentError(geometry.fault);
    if (geometry.polygons.empty()) return absl::OkStatus();
    if (body_.GetDescriptor()->FindFieldByName("area") == nullptr) {
      return absl::InvalidArgumentError("the kind takes a point and no polygon");
    }
    if (geometry.polygons.size() > 1) {
      return absl::InvalidArgumentError("an area in several pieces: file one record a piece");
    }
    SetArea(schema::FromGeo(geometry.polygons[0]));
    return absl::OkStatus();
  }

  absl::Status SetPlace() {
    if (!mapping_.place) return absl::OkStatus();
    TOCSIN_ASSIGN_OR_RETURN(point_, ReadPoint());
    if (point_) {
      const auto* field = body_.GetDescriptor()->FindFieldByName("point");
      body_.GetReflection()->MutableMessage(&body_, field)->CopyFrom(schema::FromGeo(*point_));
    }
    const PlaceMapping& place = *mapping_.place;
    if (place.geometry) TOCSIN_RETURN_IF_ERROR(SetGeometryArea());
    if (place.shapes.empty()) return absl::OkStatus();
    auto name = Cell(place.shape_column);
    const v1::Polygon* shape = name ? t_.aids_.Shape(place.shapes, std::string(*name)) : nullptr;
    if (shape == nullptr) {
      return At("column", place.shape_column,
                absl::StrCat("names no shape of aid \"", place.shapes, "\""));
    }
    SetArea(*shape);
    return absl::OkStatus();
  }

  void Flag(v1::PlaceFlag flag) {
    result_.flagged = true;
    const auto* field = body_.GetDescriptor()->FindFieldByName("place_flag");
    if (field != nullptr) body_.GetReflection()->AddEnumValue(&body_, field, flag);
  }

  // Whether the record's place is what it should be for its scope; flags it where not.
  absl::StatusOr<bool> PlaceFits(const ScopeMapping& scope) {
    if (scope.within.empty() && scope.nearest.empty()) return true;
    if (!point_) {
      Flag(v1::PLACE_MISSING);
      return false;
    }
    if (scope.within.empty()) return true;
    TOCSIN_ASSIGN_OR_RETURN(const std::optional<std::string> value, Cut(*scope.take));
    auto area = LookUp(mapping_.tables.at(scope.take->table), value.value_or(""), scope.take->match,
                       scope.area);
    if (area && t_.aids_.areas(scope.within).Contains(*area, *point_)) return true;
    Flag(v1::PLACE_OUTSIDE_JURISDICTION);
    return false;
  }

  const Station* Nearest(const std::vector<Station>& stations, const Jurisdiction& within) const {
    const Station* nearest = nullptr;
    double distance = 0;
    for (const Station& station : stations) {
      if (!within.Covers(station.scope.jurisdiction())) continue;
      const double metres = geo::DistanceMeters(station.point, *point_);
      if (nearest == nullptr || metres < distance) {
        nearest = &station;
        distance = metres;
      }
    }
    return nearest;
  }

  absl::Status SetScope() {
    const ScopeMapping& scope = mapping_.scope;
    std::string path = scope.constant;
    if (scope.take) {
      TOCSIN_ASSIGN_OR_RETURN(const std::optional<std::string> value, Get(*scope.take));
      if (!value) return At("column", scope.take->columns[0], "no jurisdiction");
      path = *value;
    }
    if (scope.slug) {
      auto name = Cell(scope.slug->column);
      if (!name) return At("column", scope.slug->column, "no name");
      auto slug = Slug(*scope.slug, *name);
      if (!slug.ok()) return At("column", scope.slug->column, slug.status().message());
      absl::StrAppend(&path, "/", *slug);
    }
    auto parsed = Scope::Parse(path);
    if (!parsed.ok()) return absl::InvalidArgumentError("scope: not the name of a jurisdiction");
    TOCSIN_ASSIGN_OR_RETURN(const bool fits, PlaceFits(scope));
    if (!scope.nearest.empty() && fits) {
      const Station* station = Nearest(t_.aids_.stations(scope.nearest), parsed->jurisdiction());
      if (station != nullptr) parsed = station->scope;
    }
    result_.record.set_scope(parsed->ToString());
    return absl::OkStatus();
  }

  absl::Status SetReferences() {
    for (const ReferenceMapping& reference : mapping_.references) {
      TOCSIN_ASSIGN_OR_RETURN(const std::string key, Key(reference.key));
      TOCSIN_ASSIGN_OR_RETURN(const Scope scope, Scope::Parse(result_.record.scope()));
      TOCSIN_ASSIGN_OR_RETURN(const FieldPath path, ParsePath(mapping_.kind, reference.field));
      google::protobuf::Message& owner = OwnerOf(body_, path);
      auto& ref =
          static_cast<v1::RecordRef&>(*owner.GetReflection()->MutableMessage(&owner, path.leaf()));
      ref.set_scope(scope.ToString());
      ref.set_kind(reference.kind);
      const RecordId id = identity::RecordIdFromSourceKey(
          scope, static_cast<uint32_t>(reference.kind), reference.system, key);
      ref.set_id(std::string(id.view()));
    }
    return absl::OkStatus();
  }

  const Translator& t_;
  const Mapping& mapping_;
  const TableRow& row_;
  ImportRow result_;
  google::protobuf::Message& body_;
  std::vector<PendingTime> times_;
  std::array<const PendingTime*, 2> proved_ = {nullptr, nullptr};
  std::optional<geo::Point> point_;
};

absl::StatusOr<Translator> Translator::Make(const Mapping& mapping, const Aids& aids,
                                            const std::vector<std::string>& header) {
  const std::set<std::string> read = mapping.ReadColumns();
  const std::set<std::string> ignored(mapping.ignore.begin(), mapping.ignore.end());
  Translator translator(mapping, aids);
  std::vector<std::string> unknown;
  for (size_t i = 0; i < header.size(); ++i) {
    const std::string name(absl::StripAsciiWhitespace(header[i]));
    if (!read.contains(name) && !ignored.contains(name)) {
      unknown.push_back(Shown(name));
    } else if (!translator.position_.emplace(name, i).second) {
      return absl::InvalidArgumentError(
          absl::StrCat("column ", Shown(name), " is there twice: rename one in the file"));
    }
  }
  if (translator.position_.empty()) {
    return absl::InvalidArgumentError(
        absl::StrCat("none of the columns that ", mapping.name,
                     " names is there: is it the mapping for this "
                     "file, and does the file begin with its column names?"));
  }
  if (!unknown.empty()) {
    return absl::InvalidArgumentError(absl::StrCat(
        "column ", absl::StrJoin(unknown, ", "), " is neither mapped nor ignored: ", "name it in ",
        mapping.name, ", under a field or under `ignore`"));
  }
  for (const std::string& name : read) {
    if (translator.position_.contains(name)) continue;
    return absl::InvalidArgumentError(
        absl::StrCat("column \"", name, "\", which ", mapping.name, " reads, is not in the file"));
  }
  return translator;
}

absl::StatusOr<ImportRow> Translator::Translate(const TableRow& row) const {
  return Work(*this, row).Run();
}

}  // namespace tocsin::exchange
