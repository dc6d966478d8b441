// Times as registers write them: a wall clock's reading in a zone, which a clock change may make
// read twice or never. Pure but for the zone database, which is read once a zone; any thread.
#pragma once

#include <absl/status/statusor.h>
#include <absl/strings/string_view.h>
#include <absl/time/time.h>
#include <google/protobuf/timestamp.pb.h>

#include <string>

namespace tocsin::exchange {

// The moments that one reading may name. `early` and `late` differ where the clock was set back
// (the reading came twice) or forward (it never came: each counts it by one of the two offsets).
struct TimeReading {
  absl::Time early;
  absl::Time late;

  bool unique() const { return early == late; }
};

// NOT_FOUND when the machine's zone database does not have it.
absl::StatusOr<absl::TimeZone> LoadZone(const std::string& name);

// `format` is absl's (strftime's letters with %Ez and %E*S); one that reads an offset gives a
// unique moment. INVALID_ARGUMENT, without the text, for what the format does not read and for
// years outside 1 to 9999.
absl::StatusOr<TimeReading> ReadTime(absl::string_view text, const std::string& format,
                                     absl::TimeZone zone);

// "2015-03-07T23:49:03-05:00", with a fraction perhaps, and "Z" for UTC.
absl::StatusOr<absl::Time> ReadIsoTime(absl::string_view text);
// In UTC, with as many decimals as it has.
std::string IsoTime(absl::Time time);

google::protobuf::Timestamp ToTimestamp(absl::Time time);
absl::Time FromTimestamp(const google::protobuf::Timestamp& timestamp);

}  // namespace tocsin::exchange
