#include "node/exchange/local_time.h"

#include <absl/strings/str_cat.h>

#include <utility>

#include "node/base/status.h"

namespace tocsin::exchange {
namespace {

const absl::CivilSecond kFirst(1, 1, 1);
const absl::CivilSecond kLast(9999, 12, 31, 23, 59, 59);

bool ReadsOffset(const std::string& format) {
  for (const char* part : {"%z", "%Ez", "%E*z", "%:z", "%s"}) {
    if (format.find(part) != std::string::npos) return true;
  }
  return false;
}

absl::Status InRange(absl::Time time) {
  if (time < absl::FromCivil(kFirst, absl::UTCTimeZone()) ||
      time > absl::FromCivil(kLast, absl::UTCTimeZone())) {
    return absl::InvalidArgumentError("a year outside 1 to 9999");
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<absl::TimeZone> LoadZone(const std::string& name) {
  absl::TimeZone zone;
  if (!absl::LoadTimeZone(name, &zone)) {
    return absl::NotFoundError(absl::StrCat("time zone \"", name,
                                            "\" is not in this machine's zone database: install "
                                            "tzdata, or write it as in \"America/New_York\""));
  }
  return zone;
}

absl::StatusOr<TimeReading> ReadTime(absl::string_view text, const std::string& format,
                                     absl::TimeZone zone) {
  absl::Time as_utc;
  if (!absl::ParseTime(format, std::string(text), absl::UTCTimeZone(), &as_utc, nullptr)) {
    return absl::InvalidArgumentError(absl::StrCat("not a time of the form ", format));
  }
  TOCSIN_RETURN_IF_ERROR(InRange(as_utc));
  if (ReadsOffset(format)) return TimeReading{as_utc, as_utc};
  const absl::CivilSecond civil = absl::ToCivilSecond(as_utc, absl::UTCTimeZone());
  const absl::Duration fraction = as_utc - absl::FromCivil(civil, absl::UTCTimeZone());
  const absl::TimeZone::TimeInfo info = zone.At(civil);
  TimeReading reading{info.pre + fraction, info.post + fraction};
  if (reading.early > reading.late) std::swap(reading.early, reading.late);
  TOCSIN_RETURN_IF_ERROR(InRange(reading.early));
  TOCSIN_RETURN_IF_ERROR(InRange(reading.late));
  return reading;
}

absl::StatusOr<absl::Time> ReadIsoTime(absl::string_view text) {
  absl::Time time;
  if (!absl::ParseTime(absl::RFC3339_full, std::string(text), &time, nullptr)) {
    return absl::InvalidArgumentError(
        "not a time with its offset, as in 2015-03-07T23:49:03-05:00");
  }
  TOCSIN_RETURN_IF_ERROR(InRange(time));
  return time;
}

std::string IsoTime(absl::Time time) {
  return absl::FormatTime("%E4Y-%m-%dT%H:%M:%E*SZ", time, absl::UTCTimeZone());
}

google::protobuf::Timestamp ToTimestamp(absl::Time time) {
  const int64_t seconds = absl::ToUnixSeconds(time);
  google::protobuf::Timestamp timestamp;
  timestamp.set_seconds(seconds);
  timestamp.set_nanos(
      static_cast<int32_t>(absl::ToInt64Nanoseconds(time - absl::FromUnixSeconds(seconds))));
  return timestamp;
}

absl::Time FromTimestamp(const google::protobuf::Timestamp& timestamp) {
  return absl::FromUnixSeconds(timestamp.seconds()) + absl::Nanoseconds(timestamp.nanos());
}

}  // namespace tocsin::exchange
