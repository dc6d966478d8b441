// What people type, as values: words of closed lists, kinds and times; and such words for people to
// read. Pure functions; any thread.
#pragma once

#include <absl/status/statusor.h>
#include <absl/strings/string_view.h>
#include <absl/time/time.h>
#include <google/protobuf/descriptor.h>
#include <google/protobuf/generated_enum_reflection.h>

#include <string>
#include <vector>

#include "tocsin/v1/api.pb.h"

namespace tocsin::cli {

// "under_control" for INCIDENT_UNDER_CONTROL: the value's name without what all of its list begin
// with, in lower case. "" for the first, which says nothing.
std::string ShortWord(const google::protobuf::EnumValueDescriptor& value);
// All of them but the first, in order.
std::vector<std::string> ShortWords(const google::protobuf::EnumDescriptor& list);
// Short or whole, in either case, with '-' or ' ' for '_'. INVALID_ARGUMENT suggests the nearest,
// and lists all.
absl::StatusOr<const google::protobuf::EnumValueDescriptor*> ParseWord(
    const google::protobuf::EnumDescriptor& list, absl::string_view typed);
template <typename Enum>
absl::StatusOr<Enum> ParseEnum(absl::string_view typed) {
  auto value = ParseWord(*google::protobuf::GetEnumDescriptor<Enum>(), typed);
  if (!value.ok()) return value.status();
  return static_cast<Enum>((*value)->number());
}
template <typename Enum>
std::string WordOf(Enum value) {
  const auto* found = google::protobuf::GetEnumDescriptor<Enum>()->FindValueByNumber(value);
  return found == nullptr ? std::string() : ShortWord(*found);
}

// "incident", "Incidents", "consignment-event". INVALID_ARGUMENT suggests.
absl::StatusOr<v1::Kind> ParseKindWord(absl::string_view typed);
// "incident".
std::string KindWord(v1::Kind kind);

// "14:05" (the one nearest to now), "2026-11-23 14:05" (seconds and a T allowed), "2026-11-23",
// "now", or each of the long ones with its offset. INVALID_ARGUMENT for what is none of these, and
// for a reading that a clock change made twice or never: type that one with its offset.
absl::StatusOr<absl::Time> ParseTypedTime(absl::string_view typed, absl::TimeZone zone,
                                          absl::Time now);

}  // namespace tocsin::cli
