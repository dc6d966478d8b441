// Which of several named areas holds a point: counties, boroughs, a hub's own territory. The caller
// brings names and polygons; nothing is read from disk.
#pragma once

#include <absl/status/statusor.h>
#include <absl/strings/string_view.h>

#include <memory>
#include <string>
#include <vector>

#include "node/geo/point.h"
#include "node/geo/polygon.h"

namespace tocsin::geo {

// An area may be in several pieces: islands.
struct NamedArea {
  std::string name;
  std::vector<Polygon> pieces;
};

// Immutable once built; any thread. Owned by whoever asks it; keeps what it needs of the polygons.
class AreaIndex {
 public:
  // INVALID_ARGUMENT names the area and the piece whose polygon is not valid, or a name that comes
  // twice.
  static absl::StatusOr<AreaIndex> Build(const std::vector<NamedArea>& areas);

  AreaIndex(AreaIndex&&) noexcept;
  AreaIndex& operator=(AreaIndex&&) noexcept;
  ~AreaIndex();

  // The names of all areas that hold the point, in the order given to Build. Areas that only share
  // a border never both hold it.
  std::vector<std::string> Find(Point point) const;
  // False also for a name that is not there.
  bool Contains(absl::string_view name, Point point) const;
  bool Has(absl::string_view name) const;

 private:
  struct Area;
  explicit AreaIndex(std::vector<std::unique_ptr<Area>> areas);
  const Area* Named(absl::string_view name) const;

  std::vector<std::unique_ptr<Area>> areas_;
};

}  // namespace tocsin::geo
