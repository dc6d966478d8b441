// A place as people say and type it. Pure functions; any thread.
#pragma once

#include <absl/status/statusor.h>
#include <absl/strings/string_view.h>

#include <string>

#include "node/geo/point.h"

namespace tocsin::geo {

// Reads, blanks before and after allowed, letters of either case:
//   40.7128,-74.0060   40.7128 -74.0060         decimal degrees, latitude first
//   40.7128N 74.0060W   W74.0060, N40.7128      with N, S, E, W, in either order
//   40d42'46"N 74d0'22"W   40:42:46N 74:00:22W  degrees, minutes, seconds; also with a degree sign
//   18T WL 85628 11322   18TWL8562811322        MGRS or USNG, to a kilometre or finer; gives the
//                                               middle of the square named
// INVALID_ARGUMENT says what is wrong with the text and how to write it. At most 64 characters.
absl::StatusOr<Point> ParsePlace(absl::string_view text);

// "18T WL 85628 11322": the square that holds the point, `precision` digits each way: 5 is a metre,
// 4 ten metres, 2 a kilometre. REQUIRES: a valid point and precision 0 to 5.
std::string ToMgrs(Point point, int precision = 5);

}  // namespace tocsin::geo
