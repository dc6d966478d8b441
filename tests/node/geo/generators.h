// Points for the properties of this folder: anywhere, and more often where geometry breaks.
#pragma once

#include <rapidcheck.h>

#include "node/geo/point.h"

namespace tocsin::geo {

inline rc::Gen<Point> AnyPoint() {
  auto lat = rc::gen::oneOf(rc::gen::inRange<int32_t>(-kMaxLatE7, kMaxLatE7 + 1),
                            rc::gen::element<int32_t>(-kMaxLatE7, kMaxLatE7, 0, 840000000,
                                                      839999999, -800000000, -800000001));
  auto lng = rc::gen::oneOf(rc::gen::inRange<int32_t>(-kMaxLngE7, kMaxLngE7 + 1),
                            rc::gen::element<int32_t>(-kMaxLngE7, kMaxLngE7, 0, 1, -1, 900000000,
                                                      -450000000, 60000000, kMaxLngE7 - 1));
  return rc::gen::apply([](int32_t a, int32_t b) { return Point{a, b}; }, lat, lng);
}

// Within about `span_e7` of `middle`, kept in range.
inline rc::Gen<Point> PointNear(Point middle, int32_t span_e7) {
  return rc::gen::apply(
      [middle](int32_t lat, int32_t lng) {
        auto clamp = [](int64_t value, int32_t limit) {
          return static_cast<int32_t>(std::max<int64_t>(-limit, std::min<int64_t>(limit, value)));
        };
        return Point{clamp(int64_t{middle.lat_e7} + lat, kMaxLatE7),
                     clamp(int64_t{middle.lng_e7} + lng, kMaxLngE7)};
      },
      rc::gen::inRange<int32_t>(-span_e7, span_e7 + 1),
      rc::gen::inRange<int32_t>(-span_e7, span_e7 + 1));
}

}  // namespace tocsin::geo
