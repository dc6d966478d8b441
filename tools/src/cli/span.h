// Times as people say them in a narrow column. Pure functions; any thread.
#pragma once

#include <absl/time/time.h>
#include <google/protobuf/duration.pb.h>

#include <string>

namespace tocsin::cli {

// "40s", "12m", "3h05m", "2d04h": the two largest units that say something.
std::string SpanText(absl::Duration span);
std::string SpanText(const google::protobuf::Duration& span);

// "14:20" on the day of `now`, else "Nov 22 14:20".
std::string ClockText(absl::Time time, absl::Time now, absl::TimeZone zone);

}  // namespace tocsin::cli
