// Between our values and S2's. For the sources of this folder only: S2's headers cost every unit
// that sees them two seconds.
#pragma once

#include <s2/s2latlng.h>
#include <s2/s2loop.h>
#include <s2/s2point.h>

#include <memory>
#include <vector>

#include "node/geo/point.h"

namespace tocsin::geo {

inline constexpr double kEarthMeanRadiusMeters = 6'371'008.8;

// A point's latitude is clamped and its longitude wrapped, so that a foreign value cannot break S2.
S2LatLng ToS2LatLng(Point point);
Point FromS2(const S2Point& point);

// A closed ring as a loop around the smaller of its two sides, whichever way it turns. Its last
// point and repeats of the point before are left out. Nothing if fewer than three points remain.
// Does not check the ring: what crosses itself gives a loop that answers without meaning, but
// answers.
std::unique_ptr<S2Loop> ToLoop(const std::vector<Point>& ring);

}  // namespace tocsin::geo
