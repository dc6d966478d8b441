#include "tools/src/cli/words.h"

#include <absl/strings/ascii.h>
#include <absl/strings/numbers.h>
#include <absl/strings/str_cat.h>
#include <absl/strings/str_join.h>
#include <absl/strings/str_replace.h>
#include <absl/strings/str_split.h>

#include <algorithm>

#include "node/base/status.h"
#include "node/config/settings.h"
#include "node/exchange/local_time.h"
#include "node/schema/kinds.h"

namespace tocsin::cli {
namespace {

using google::protobuf::EnumDescriptor;
using google::protobuf::EnumValueDescriptor;

// What the names of all values but the first begin with, up to a '_'.
size_t PrefixLength(const EnumDescriptor& list) {
  if (list.value_count() < 3) return 0;
  const std::string& first = list.value(1)->name();
  size_t length = first.size();
  for (int i = 2; i < list.value_count(); ++i) {
    const std::string& name = list.value(i)->name();
    size_t same = 0;
    while (same < std::min(length, name.size()) && name[same] == first[same]) ++same;
    length = same;
  }
  const size_t at = first.rfind('_', length == 0 ? 0 : length - 1);
  return length == 0 || at == std::string::npos ? 0 : at + 1;
}

std::string Normal(absl::string_view typed) {
  return absl::AsciiStrToUpper(
      absl::StrReplaceAll(absl::StripAsciiWhitespace(typed), {{"-", "_"}, {" ", "_"}}));
}

std::string Perhaps(absl::string_view typed, const std::vector<std::string>& known) {
  const std::string near = config::Suggest(absl::AsciiStrToLower(Normal(typed)), known);
  return near.empty() ? "" : absl::StrCat(" Did you mean ", near, "?");
}

// Hours, minutes and perhaps seconds of a day.
bool IsTimeOfDay(absl::string_view typed) {
  const std::vector<std::string> parts = absl::StrSplit(typed, ':');
  return (parts.size() == 2 || parts.size() == 3) &&
         std::all_of(parts.begin(), parts.end(), [](const std::string& part) {
           int number = 0;
           return part.size() <= 2 && absl::SimpleAtoi(part, &number);
         });
}

absl::Status NotATime(absl::string_view typed) {
  return absl::InvalidArgumentError(
      absl::StrCat("\"", typed.substr(0, 40),
                   "\" is no time; type 14:05, \"2026-11-23 14:05\", now, or ISO with "
                   "an offset, as in 2026-11-23T14:05:00-05:00"));
}

absl::StatusOr<absl::Time> TheOne(const exchange::TimeReading& reading, absl::string_view typed) {
  if (reading.unique()) return reading.early;
  return absl::InvalidArgumentError(
      absl::StrCat("\"", typed,
                   "\" came twice or never, because the clock was changed then; type it "
                   "with its offset, as in 2026-11-01T01:30:00-05:00"));
}

absl::StatusOr<absl::Time> NearestTimeOfDay(absl::string_view typed, absl::TimeZone zone,
                                            absl::Time now) {
  const absl::CivilDay today(absl::ToCivilSecond(now, zone));
  std::optional<absl::Time> nearest;
  for (int days = -1; days <= 1; ++days) {
    const std::string whole = absl::StrCat(absl::FormatCivilTime(today + days), " ", typed);
    for (const char* format : {"%Y-%m-%d %H:%M", "%Y-%m-%d %H:%M:%S"}) {
      absl::StatusOr<exchange::TimeReading> reading = exchange::ReadTime(whole, format, zone);
      if (!reading.ok()) continue;
      for (const absl::Time time : {reading->early, reading->late}) {
        if (!nearest || absl::AbsDuration(time - now) < absl::AbsDuration(*nearest - now)) {
          nearest = time;
        }
      }
    }
  }
  if (!nearest) return NotATime(typed);
  return *nearest;
}

}  // namespace

std::string ShortWord(const EnumValueDescriptor& value) {
  if (value.number() == 0) return "";
  return absl::AsciiStrToLower(absl::string_view(value.name()).substr(PrefixLength(*value.type())));
}

std::vector<std::string> ShortWords(const EnumDescriptor& list) {
  std::vector<std::string> words;
  for (int i = 0; i < list.value_count(); ++i) {
    if (list.value(i)->number() != 0) words.push_back(ShortWord(*list.value(i)));
  }
  return words;
}

absl::StatusOr<const EnumValueDescriptor*> ParseWord(const EnumDescriptor& list,
                                                     absl::string_view typed) {
  const std::string normal = Normal(typed);
  for (int i = 0; i < list.value_count(); ++i) {
    const EnumValueDescriptor* value = list.value(i);
    if (value->number() == 0) continue;
    if (value->name() == normal || absl::AsciiStrToUpper(ShortWord(*value)) == normal) return value;
  }
  const std::vector<std::string> words = ShortWords(list);
  return absl::InvalidArgumentError(absl::StrCat("\"", typed.substr(0, 40), "\" is none of ",
                                                 absl::StrJoin(words, ", "), ".",
                                                 Perhaps(typed, words)));
}

absl::StatusOr<v1::Kind> ParseKindWord(absl::string_view typed) {
  const std::string normal = absl::AsciiStrToLower(Normal(typed));
  std::vector<std::string> names;
  for (const schema::KindInfo& info : schema::Kinds()) {
    if (normal == info.name || normal == absl::AsciiStrToLower(info.collection) ||
        normal == info.name + "s") {
      return info.kind;
    }
    names.push_back(info.name);
  }
  return absl::InvalidArgumentError(
      absl::StrCat("\"", typed.substr(0, 40), "\" is no kind of record; the kinds are ",
                   absl::StrJoin(names, ", "), ".", Perhaps(typed, names)));
}

std::string KindWord(v1::Kind kind) {
  const schema::KindInfo* info = schema::FindKind(static_cast<uint32_t>(kind));
  return info == nullptr ? "" : info->name;
}

absl::StatusOr<absl::Time> ParseTypedTime(absl::string_view raw, absl::TimeZone zone,
                                          absl::Time now) {
  const absl::string_view typed = absl::StripAsciiWhitespace(raw);
  if (absl::AsciiStrToLower(typed) == "now") return now;
  if (IsTimeOfDay(typed)) return NearestTimeOfDay(typed, zone, now);
  if (absl::StatusOr<absl::Time> iso = exchange::ReadIsoTime(typed); iso.ok()) return iso;
  for (const char* format :
       {"%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d",
        "%Y-%m-%d %H:%M%Ez", "%Y-%m-%dT%H:%M%Ez", "%Y-%m-%d %H:%M:%E*S%Ez"}) {
    absl::StatusOr<exchange::TimeReading> reading = exchange::ReadTime(typed, format, zone);
    if (reading.ok()) return TheOne(*reading, typed);
  }
  return NotATime(typed);
}

}  // namespace tocsin::cli
