#include "node/geo/s2_shapes.h"

#include <cmath>

namespace tocsin::geo {
namespace {

// S2's own == is ambiguous in C++20.
bool Equal(const S2Point& a, const S2Point& b) {
  return a.x() == b.x() && a.y() == b.y() && a.z() == b.z();
}

}  // namespace

S2LatLng ToS2LatLng(Point point) {
  return S2LatLng::FromDegrees(point.lat(), point.lng()).Normalized();
}

Point FromS2(const S2Point& point) {
  S2LatLng at(point);
  return Point{static_cast<int32_t>(std::lround(at.lat().degrees() * kUnitsPerDegree)),
               static_cast<int32_t>(std::lround(at.lng().degrees() * kUnitsPerDegree))};
}

std::unique_ptr<S2Loop> ToLoop(const std::vector<Point>& ring) {
  std::vector<S2Point> vertices;
  vertices.reserve(ring.size());
  for (Point point : ring) {
    S2Point vertex = ToS2LatLng(point).ToPoint();
    if (vertices.empty() || !Equal(vertex, vertices.back())) vertices.push_back(vertex);
  }
  while (vertices.size() > 1 && Equal(vertices.back(), vertices.front())) vertices.pop_back();
  if (vertices.size() < 3) return nullptr;
  auto loop = std::make_unique<S2Loop>();
  loop->set_s2debug_override(S2Debug::DISABLE);
  loop->Init(vertices);
  // Not Normalize(): it aborts on a ring that is no loop, as S2 is built with its checks on.
  if (!loop->IsNormalized()) loop->Invert();
  return loop;
}

}  // namespace tocsin::geo
