// The further files that a mapping stands on, read once before the first row: stations (to which
// the nearest takes a row), areas (whether a place lies where it is said to), shapes (the polygon
// of a row, from another file). Immutable once built; any thread.
#pragma once

#include <absl/status/statusor.h>

#include <map>
#include <string>
#include <vector>

#include "node/base/scope.h"
#include "node/exchange/mapping.h"
#include "node/geo/areas.h"
#include "node/geo/point.h"
#include "tocsin/v1/types.pb.h"

namespace tocsin::exchange {

struct Station {
  Scope scope;
  geo::Point point;
};

class Aids {
 public:
  // `files` has the bytes of each aid by the name that the mapping gives it. INVALID_ARGUMENT names
  // the aid that lacks, is not named by the mapping, or cannot be read, and which of its rows.
  static absl::StatusOr<Aids> Build(const Mapping& mapping,
                                    const std::map<std::string, std::string>& files,
                                    FileLoader load);
  // For a mapping without aids.
  Aids() = default;

  // REQUIRES, of each: the mapping has an aid of that name and use.
  const std::vector<Station>& stations(const std::string& name) const;
  const geo::AreaIndex& areas(const std::string& name) const;
  // Null: no shape of that name.
  const v1::Polygon* Shape(const std::string& aid, const std::string& name) const;

 private:
  absl::Status AddStations(const std::string& name, const std::string& mapping_file,
                           const std::string& bytes, FileLoader load);
  absl::Status AddAreas(const std::string& name, const std::string& property,
                        const std::string& bytes);
  absl::Status AddShapes(const std::string& name, const std::string& property,
                         const std::string& bytes);

  std::map<std::string, std::vector<Station>> stations_;
  std::map<std::string, geo::AreaIndex> areas_;
  std::map<std::string, std::map<std::string, v1::Polygon>> shapes_;
};

}  // namespace tocsin::exchange
