#include "node/exchange/aids.h"

#include <absl/strings/str_cat.h>

#include <set>
#include <sstream>
#include <utility>

#include "node/base/status.h"
#include "node/exchange/features.h"
#include "node/exchange/read.h"
#include "node/schema/geometry.h"

namespace tocsin::exchange {
namespace {

// Keeps the place and scope of each post.
class StationSink : public Sink {
 public:
  explicit StationSink(std::vector<Station>& stations) : stations_(stations) {}

  absl::Status Take(ImportRow row) override {
    TOCSIN_ASSIGN_OR_RETURN(Scope scope, Scope::Parse(row.record.scope()));
    if (!row.record.post().has_point()) {
      return absl::InvalidArgumentError(
          absl::StrCat("line ", row.line, ": a station needs a place"));
    }
    if (!seen_.insert(row.record.scope()).second) {
      return absl::InvalidArgumentError(absl::StrCat("line ", row.line, ": a second station for ",
                                                     row.record.scope(), "; see the slug rule"));
    }
    stations_.push_back({std::move(scope), schema::ToGeo(row.record.post().point())});
    return absl::OkStatus();
  }

  void Refuse(Refused refused) override {
    if (!fault_.ok()) return;
    fault_ = absl::InvalidArgumentError(absl::StrCat("line ", refused.line, ": ", refused.reason));
  }

  const absl::Status& fault() const { return fault_; }

 private:
  std::vector<Station>& stations_;
  std::set<std::string> seen_;
  absl::Status fault_;
};

std::string PropertyOf(const Feature& feature, const std::string& property) {
  auto it = feature.properties.fields().find(property);
  return it == feature.properties.fields().end() ? "" : PropertyText(it->second);
}

absl::StatusOr<std::vector<std::pair<std::string, Feature>>> NamedFeatures(
    const std::string& bytes, const std::string& property) {
  TOCSIN_ASSIGN_OR_RETURN(std::vector<Feature> features, ParseFeatures(bytes));
  std::vector<std::pair<std::string, Feature>> named;
  for (Feature& feature : features) {
    std::string name = PropertyOf(feature, property);
    if (name.empty() || feature.geometry.polygons.empty()) {
      return absl::InvalidArgumentError(
          absl::StrCat("feature ", feature.number, " has no \"", property, "\" or no polygon"));
    }
    named.emplace_back(std::move(name), std::move(feature));
  }
  return named;
}

// Every area that the mapping's scope table may name is there.
absl::Status CheckAreas(const Mapping& mapping, const geo::AreaIndex& areas) {
  const WordTable& table = mapping.tables.at(mapping.scope.take->table);
  size_t column = 0;
  while (table.columns[column] != mapping.scope.area) ++column;
  for (const auto& row : table.rows) {
    if (areas.Has(row[column])) continue;
    return absl::InvalidArgumentError(absl::StrCat("has no area \"", row[column],
                                                   "\", which table \"", mapping.scope.take->table,
                                                   "\" names"));
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status Aids::AddStations(const std::string& name, const std::string& mapping_file,
                               const std::string& bytes, FileLoader load) {
  TOCSIN_ASSIGN_OR_RETURN(const std::string text, load(mapping_file));
  TOCSIN_ASSIGN_OR_RETURN(const Mapping mapping, ParseMapping(text, mapping_file, load));
  if (mapping.kind != v1::POST) {
    return absl::InvalidArgumentError(absl::StrCat(mapping_file, " makes no posts"));
  }
  StationSink sink(stations_[name]);
  std::istringstream in(bytes);
  TOCSIN_RETURN_IF_ERROR(ReadCsv(in, mapping, Aids(), sink).status());
  return sink.fault();
}

absl::Status Aids::AddAreas(const std::string& name, const std::string& property,
                            const std::string& bytes) {
  TOCSIN_ASSIGN_OR_RETURN(auto features, NamedFeatures(bytes, property));
  std::vector<geo::NamedArea> areas;
  for (auto& [area, feature] : features) {
    areas.push_back({area, std::move(feature.geometry.polygons)});
  }
  TOCSIN_ASSIGN_OR_RETURN(geo::AreaIndex index, geo::AreaIndex::Build(areas));
  areas_.emplace(name, std::move(index));
  return absl::OkStatus();
}

absl::Status Aids::AddShapes(const std::string& name, const std::string& property,
                             const std::string& bytes) {
  TOCSIN_ASSIGN_OR_RETURN(auto features, NamedFeatures(bytes, property));
  auto& shapes = shapes_[name];
  for (const auto& [shape, feature] : features) {
    if (feature.geometry.polygons.size() != 1) {
      return absl::InvalidArgumentError(
          absl::StrCat("feature ", feature.number, " is in several pieces"));
    }
    if (!shapes.emplace(shape, schema::FromGeo(feature.geometry.polygons[0])).second) {
      return absl::InvalidArgumentError(
          absl::StrCat("feature ", feature.number, " has the name of another"));
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<Aids> Aids::Build(const Mapping& mapping,
                                 const std::map<std::string, std::string>& files, FileLoader load) {
  for (const auto& [name, bytes] : files) {
    if (mapping.aids.contains(name)) continue;
    return absl::InvalidArgumentError(
        absl::StrCat(mapping.name, " names no aid \"", name, "\": leave it out"));
  }
  Aids aids;
  for (const auto& [name, aid] : mapping.aids) {
    auto file = files.find(name);
    if (file == files.end()) {
      return absl::InvalidArgumentError(absl::StrCat(mapping.name, " needs a file for aid \"", name,
                                                     "\": give it with --aid ", name, "=FILE"));
    }
    absl::Status status;
    switch (aid.use) {
      case AidMapping::Use::kStations:
        status = aids.AddStations(name, aid.mapping, file->second, load);
        break;
      case AidMapping::Use::kAreas:
        status = aids.AddAreas(name, aid.property, file->second);
        if (status.ok() && mapping.scope.within == name) {
          status = CheckAreas(mapping, aids.areas(name));
        }
        break;
      case AidMapping::Use::kShapes:
        status = aids.AddShapes(name, aid.property, file->second);
        break;
    }
    if (!status.ok()) {
      return absl::InvalidArgumentError(absl::StrCat("aid \"", name, "\": ", status.message()));
    }
  }
  return aids;
}

const std::vector<Station>& Aids::stations(const std::string& name) const {
  auto it = stations_.find(name);
  TOCSIN_CHECK(it != stations_.end());
  return it->second;
}

const geo::AreaIndex& Aids::areas(const std::string& name) const {
  auto it = areas_.find(name);
  TOCSIN_CHECK(it != areas_.end());
  return it->second;
}

const v1::Polygon* Aids::Shape(const std::string& aid, const std::string& name) const {
  auto shapes = shapes_.find(aid);
  TOCSIN_CHECK(shapes != shapes_.end());
  auto it = shapes->second.find(name);
  return it == shapes->second.end() ? nullptr : &it->second;
}

}  // namespace tocsin::exchange
