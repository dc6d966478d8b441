#include "node/schema/codes.h"

#include <absl/strings/ascii.h>
#include <absl/strings/escaping.h>
#include <absl/strings/match.h>
#include <absl/strings/str_cat.h>
#include <absl/strings/str_split.h>

#include <algorithm>
#include <array>
#include <string>

#include "node/base/status.h"

namespace tocsin {
namespace {

using enum CodeUse;

constexpr size_t kMaxShown = 96;
constexpr size_t kTellingLength = 4;

constexpr absl::string_view kTakenNeris[] = {
#define NERIS_TYPE(code) code,
#include "node/schema/codes/neris_types.inc"
#undef NERIS_TYPE
};

struct RefusedType {
  absl::string_view code;
  CodeUse use;
};

constexpr RefusedType kRefusedNeris[] = {
#define NERIS_REFUSED(code, use) {code, use},
#include "node/schema/codes/neris_refused.inc"
#undef NERIS_REFUSED
};

// Which incident type a part of the NERIS tree is. The longest prefix decides.
struct NerisRule {
  absl::string_view prefix;
  v1::IncidentType type;
  CodeUse use = kEvent;
};

constexpr NerisRule kNerisRules[] = {
    {"FIRE", v1::FIRE},
    {"FIRE||SPECIAL_FIRE||EXPLOSION", v1::EXPLOSION},
    {"HAZSIT||HAZARDOUS_MATERIALS", v1::CHEMICAL_RELEASE},
    {"HAZSIT||HAZARDOUS_MATERIALS||BIOLOGICAL_RELEASE_INCIDENT", v1::BIOLOGICAL_RELEASE},
    {"HAZSIT||HAZARDOUS_MATERIALS||RADIOACTIVE_RELEASE_INCIDENT", v1::RADIOLOGICAL_RELEASE},
    {"HAZSIT||HAZARD_NONCHEM", v1::OTHER_HAZARD},
    {"HAZSIT||HAZARD_NONCHEM||ELEC_POWER_LINE_DOWN_ARCHING_MALFUNC", v1::UTILITY_OUTAGE},
    {"HAZSIT||HAZARD_NONCHEM||MOTOR_VEHICLE_COLLISION", v1::TRANSPORT_ACCIDENT},
    {"HAZSIT||INVESTIGATION", v1::OTHER_HAZARD},
    {"HAZSIT||OVERPRESSURE||NO_RUPTURE", v1::OTHER_HAZARD},
    {"HAZSIT||OVERPRESSURE||RUPTURE_WITHOUT_FIRE", v1::EXPLOSION},
    // Nothing was there: what had been supposed is in the code, and no list of fires counts it.
    {"NOEMERG", v1::OTHER_HAZARD, kFalseAlarm},
    {"PUBSERV||ALARMS_NONMED", v1::OTHER_HAZARD},
    {"PUBSERV||DISASTER_WEATHER", v1::STORM},
    {"PUBSERV||OTHER", v1::OTHER_HAZARD},
    {"PUBSERV||OTHER||DAMAGED_HYDRANT", v1::UTILITY_OUTAGE},
    {"RESCUE", v1::RESCUE},
    {"RESCUE||STRUCTURE||BUILDING_STRUCTURE_COLLAPSE", v1::STRUCTURAL_COLLAPSE},
    {"RESCUE||TRANSPORTATION||AVIATION", v1::TRANSPORT_ACCIDENT},
    {"RESCUE||TRANSPORTATION||TRAIN_RAIL_COLLISION_DERAILMENT", v1::TRANSPORT_ACCIDENT},
    {"RESCUE||WATER||WATERCRAFT_IN_DISTRESS", v1::TRANSPORT_ACCIDENT},
};

// NFIRS 5.0 by series, hand-kept. The longest series that a code begins with decides.
constexpr NfirsType kNfirsTypes[] = {
    {"1", "fire", v1::FIRE, kEvent},
    {"2", "overpressure rupture or explosion, no fire", v1::EXPLOSION, kEvent},
    {"25", "excessive heat or scorch burns, no ignition", v1::OTHER_HAZARD, kEvent},
    {"3", "rescue", v1::RESCUE, kEvent},
    {"31", "medical assist", v1::INCIDENT_TYPE_UNSPECIFIED, kRefusedMedical},
    {"32", "emergency medical service", v1::INCIDENT_TYPE_UNSPECIFIED, kRefusedMedical},
    {"322", "motor vehicle accident with injuries", v1::TRANSPORT_ACCIDENT, kEvent},
    {"323", "motor vehicle and pedestrian accident", v1::TRANSPORT_ACCIDENT, kEvent},
    {"324", "motor vehicle accident without injuries", v1::TRANSPORT_ACCIDENT, kEvent},
    {"33", "lock-in", v1::INCIDENT_TYPE_UNSPECIFIED, kRefusedPerson},
    {"34", "search for a lost person", v1::INCIDENT_TYPE_UNSPECIFIED, kRefusedPerson},
    {"4", "hazardous condition, no fire", v1::OTHER_HAZARD, kEvent},
    {"41", "combustible or flammable spill or leak", v1::CHEMICAL_RELEASE, kEvent},
    {"42", "chemical release, reaction or toxic condition", v1::CHEMICAL_RELEASE, kEvent},
    {"43", "radioactive condition", v1::RADIOLOGICAL_RELEASE, kEvent},
    {"444", "power line down", v1::UTILITY_OUTAGE, kEvent},
    {"45", "biological hazard", v1::BIOLOGICAL_RELEASE, kEvent},
    {"461", "building or structure weakened or collapsed", v1::STRUCTURAL_COLLAPSE, kEvent},
    {"462", "aircraft standby", v1::TRANSPORT_ACCIDENT, kEvent},
    {"463", "vehicle accident, clean-up", v1::TRANSPORT_ACCIDENT, kEvent},
    {"48", "attempted or threatened burning", v1::INCIDENT_TYPE_UNSPECIFIED, kRefusedConduct},
    {"5", "service call", v1::OTHER_HAZARD, kEvent},
    {"51", "person in distress", v1::INCIDENT_TYPE_UNSPECIFIED, kRefusedPerson},
    {"521", "water evacuation", v1::FLOOD, kEvent},
    {"522", "water or steam leak", v1::UTILITY_OUTAGE, kEvent},
    {"551", "assistance to police", v1::INCIDENT_TYPE_UNSPECIFIED, kRefusedConduct},
    {"552", "police matter", v1::INCIDENT_TYPE_UNSPECIFIED, kRefusedConduct},
    {"554", "assistance to an invalid", v1::INCIDENT_TYPE_UNSPECIFIED, kRefusedPerson},
    {"561", "unauthorized burning", v1::FIRE, kEvent},
    {"6", "good intent call", v1::OTHER_HAZARD, kFalseAlarm},
    {"661", "medical call, already transported", v1::INCIDENT_TYPE_UNSPECIFIED, kRefusedMedical},
    {"7", "false alarm or false call", v1::OTHER_HAZARD, kFalseAlarm},
    {"8", "severe weather or natural disaster", v1::STORM, kEvent},
    {"811", "earthquake assessment", v1::EARTHQUAKE, kEvent},
    {"812", "flood assessment", v1::FLOOD, kEvent},
    {"9", "special incident type", v1::OTHER_HAZARD, kEvent},
    {"911", "citizen complaint", v1::INCIDENT_TYPE_UNSPECIFIED, kRefusedConduct},
};

template <typename Rows, typename Prefix>
auto LongestPrefix(const Rows& rows, absl::string_view code, Prefix prefix) {
  decltype(&rows[0]) best = nullptr;
  for (const auto& row : rows) {
    if (!absl::StartsWith(code, prefix(row))) continue;
    if (best == nullptr || prefix(row).size() > prefix(*best).size()) best = &row;
  }
  return best;
}

NerisType ClassifyNeris(absl::string_view code) {
  const NerisRule* rule =
      LongestPrefix(kNerisRules, code, [](const NerisRule& row) { return row.prefix; });
  TOCSIN_CHECK(rule != nullptr);
  return {code, rule->type, rule->use};
}

const std::array<NerisType, std::size(kTakenNeris)>& Table() {
  static const auto table = [] {
    std::array<NerisType, std::size(kTakenNeris)> types;
    std::transform(std::begin(kTakenNeris), std::end(kTakenNeris), types.begin(), ClassifyNeris);
    return types;
  }();
  return table;
}

std::vector<std::string> Words(absl::string_view text) {
  return absl::StrSplit(absl::AsciiStrToUpper(text), absl::ByAnyChar(" \t|_-/,"),
                        absl::SkipEmpty());
}

std::string Shown(absl::string_view code) { return absl::CHexEscape(code.substr(0, kMaxShown)); }

}  // namespace

absl::string_view RefusalReason(CodeUse use) {
  switch (use) {
    case kEvent:
    case kFalseAlarm:
      return "";
    case kRefusedMedical:
      return "describes a medical case";
    case kRefusedPerson:
      return "describes one person";
    case kRefusedConduct:
      return "describes the conduct of people";
  }
  return "";
}

absl::Span<const NerisType> NerisTypes() { return Table(); }

const NerisType* FindNeris(absl::string_view code) {
  auto at = std::lower_bound(
      Table().begin(), Table().end(), code,
      [](const NerisType& type, absl::string_view wanted) { return type.code < wanted; });
  return at != Table().end() && at->code == code ? at : nullptr;
}

std::optional<CodeUse> RefusedNeris(absl::string_view code) {
  for (const RefusedType& type : kRefusedNeris) {
    if (type.code == code) return type.use;
  }
  return std::nullopt;
}

std::vector<const NerisType*> SearchNeris(absl::string_view text) {
  std::vector<std::string> words = Words(text);
  std::vector<const NerisType*> found;
  if (words.empty()) return found;
  for (const NerisType& type : Table()) {
    if (std::all_of(words.begin(), words.end(),
                    [&type](const auto& word) { return absl::StrContains(type.code, word); })) {
      found.push_back(&type);
    }
  }
  return found;
}

absl::StatusOr<const NerisType*> CheckNeris(absl::string_view code) {
  if (const NerisType* type = FindNeris(code)) return type;
  if (std::optional<CodeUse> use = RefusedNeris(code)) {
    return absl::InvalidArgumentError(absl::StrCat(
        "the NERIS type '", code, "' ", RefusalReason(*use),
        "; records are of events, places, goods and counts only, so it cannot be filed"));
  }
  std::string hint = "; codes look like FIRE||STRUCTURE_FIRE||CHIMNEY_FIRE";
  // The last words of a code are the most telling ones, short words are in too many.
  std::vector<std::string> words = Words(code);
  for (; !words.empty(); words.pop_back()) {
    if (words.back().size() < kTellingLength) continue;
    std::vector<const NerisType*> near = SearchNeris(words.back());
    if (near.empty()) continue;
    hint = absl::StrCat("; did you mean ", near[0]->code, "?");
    break;
  }
  return absl::InvalidArgumentError(
      absl::StrCat("NERIS has no incident type '", Shown(code), "'", hint));
}

absl::StatusOr<const NfirsType*> ClassifyNfirs(absl::string_view code) {
  bool digits = code.size() >= 3 && std::all_of(code.begin(), code.begin() + 3,
                                                [](char c) { return absl::ascii_isdigit(c); });
  bool added = code.size() == 4 && (absl::ascii_isdigit(code[3]) || absl::ascii_isupper(code[3]));
  if (!digits || (code.size() != 3 && !added)) {
    return absl::InvalidArgumentError(
        absl::StrCat("'", Shown(code),
                     "' is no NFIRS incident type; it is three digits and "
                     "perhaps one more digit or capital letter, like 111 or 740A"));
  }
  const NfirsType* type = LongestPrefix(kNfirsTypes, code.substr(0, 3),
                                        [](const NfirsType& row) { return row.series; });
  if (type == nullptr) {
    return absl::InvalidArgumentError(
        absl::StrCat("NFIRS has no series ", code.substr(0, 1), "xx; '", code, "' is no type"));
  }
  return type;
}

}  // namespace tocsin
