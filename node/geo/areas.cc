#include "node/geo/areas.h"

#include <absl/strings/str_cat.h>

#include <algorithm>
#include <utility>

#include "node/base/status.h"
#include "node/geo/s2_shapes.h"

namespace tocsin::geo {

struct AreaIndex::Area {
  // One polygon: its outer ring and its holes. A loop bounds itself by a rectangle and, once asked
  // often, indexes its edges; it guards that by itself.
  using Piece = std::vector<std::unique_ptr<S2Loop>>;

  bool Contains(const S2Point& at) const {
    return std::any_of(pieces.begin(), pieces.end(), [&at](const Piece& piece) {
      return piece[0]->Contains(at) &&
             std::none_of(piece.begin() + 1, piece.end(),
                          [&at](const auto& hole) { return hole->Contains(at); });
    });
  }

  std::string name;
  std::vector<Piece> pieces;
};

AreaIndex::AreaIndex(std::vector<std::unique_ptr<Area>> areas) : areas_(std::move(areas)) {}
AreaIndex::AreaIndex(AreaIndex&&) noexcept = default;
AreaIndex& AreaIndex::operator=(AreaIndex&&) noexcept = default;
AreaIndex::~AreaIndex() = default;

absl::StatusOr<AreaIndex> AreaIndex::Build(const std::vector<NamedArea>& areas) {
  AreaIndex index({});
  for (const NamedArea& named : areas) {
    if (index.Has(named.name)) {
      return absl::InvalidArgumentError(
          absl::StrCat("the area '", named.name, "' is given twice; put its polygons in one"));
    }
    auto area = std::make_unique<Area>();
    area->name = named.name;
    for (size_t i = 0; i < named.pieces.size(); ++i) {
      if (absl::Status status = ValidatePolygon(named.pieces[i]); !status.ok()) {
        return absl::InvalidArgumentError(
            absl::StrCat("area '", named.name, "', polygon ", i, ": ", status.message()));
      }
      Area::Piece& piece = area->pieces.emplace_back();
      for (const auto& ring : named.pieces[i].rings) piece.push_back(ToLoop(ring));
    }
    index.areas_.push_back(std::move(area));
  }
  return index;
}

std::vector<std::string> AreaIndex::Find(Point point) const {
  S2Point at = ToS2LatLng(point).ToPoint();
  std::vector<std::string> names;
  for (const auto& area : areas_) {
    if (area->Contains(at)) names.push_back(area->name);
  }
  return names;
}

const AreaIndex::Area* AreaIndex::Named(absl::string_view name) const {
  auto at = std::find_if(areas_.begin(), areas_.end(),
                         [name](const auto& area) { return name == area->name; });
  return at == areas_.end() ? nullptr : at->get();
}

bool AreaIndex::Contains(absl::string_view name, Point point) const {
  const Area* area = Named(name);
  return area != nullptr && area->Contains(ToS2LatLng(point).ToPoint());
}

bool AreaIndex::Has(absl::string_view name) const { return Named(name) != nullptr; }

}  // namespace tocsin::geo
