#include "tools/src/sim/cast.h"

#include <absl/strings/str_cat.h>

#include <algorithm>
#include <string>

#include "node/base/random.h"
#include "node/base/status.h"
#include "tools/src/sim/world.h"

namespace tocsin::sim {
namespace {

constexpr uint64_t kCastSeed = 20'260'601;

identity::NodeSpec Spec(const std::string& path, bool hub) {
  return {.name = path,
          .jurisdiction = Jurisdiction::Parse(path).value(),
          .may_issue = hub,
          .now = World::Beginning() - absl::Hours(24 * 365)};
}

}  // namespace

int Cast::Find(const CertId& certificate) const {
  for (size_t i = 0; i < roles.size(); ++i) {
    if (roles[i].identity.id() == certificate) return static_cast<int>(i);
  }
  return -1;
}

std::shared_ptr<const Cast> MakeCast(int stations) {
  TOCSIN_CHECK(stations >= 1 && stations <= 1000);
  SeededRandom random(kCastSeed);
  auto cast = std::make_shared<Cast>();
  cast->roles.push_back(
      {identity::Identity::NewRoot(Spec("city", true), random).value(), -1, true});
  const int counties = std::max(2, (stations + 2) / 3);
  for (int i = 0; i < counties; ++i) {
    cast->roles.push_back(
        {cast->roles[0]
             .identity.NewChild(Spec(absl::StrCat("city/county", i + 1), true), random)
             .value(),
         0, true});
  }
  for (int i = 0; i < stations; ++i) {
    const int county = 1 + i % counties;
    const std::string path =
        absl::StrCat("city/county", county, "/e", 100 * county + 1 + i / counties);
    cast->roles.push_back({cast->roles[static_cast<size_t>(county)]
                               .identity.NewChild(Spec(path, false), random)
                               .value(),
                           county, false});
  }
  return cast;
}

}  // namespace tocsin::sim
