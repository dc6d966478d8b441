#include "tools/src/cli/incident.h"

#include <absl/strings/ascii.h>
#include <absl/strings/match.h>
#include <absl/strings/numbers.h>
#include <absl/strings/str_cat.h>
#include <absl/strings/str_join.h>
#include <absl/strings/str_replace.h>
#include <absl/strings/str_split.h>

#include <algorithm>
#include <utility>

#include "node/base/status.h"
#include "node/exchange/local_time.h"
#include "node/geo/place.h"
#include "node/schema/codes.h"
#include "node/schema/geometry.h"
#include "node/schema/spoken_code.h"
#include "node/schema/validate.h"
#include "tools/src/cli/pages.h"
#include "tools/src/cli/select.h"
#include "tools/src/cli/typed.h"
#include "tools/src/cli/words.h"

namespace tocsin::cli {
namespace {

constexpr absl::Duration kNearTime = absl::Minutes(30);
// What was seen longer ago is history that somebody files now, as an import does.
constexpr absl::Duration kNearPast = absl::Hours(24);
// Of those that are nearest, and of those that are latest, on a screen that the questions share.
constexpr size_t kNearestShown = 10;
constexpr size_t kLatestShown = 10;
constexpr uint64_t kNearRead = 1'000;

What OfNeris(const NerisType& type) { return {type.type, std::string(type.code)}; }

absl::Status SetCount(absl::string_view word, uint32_t number, Counts& counts) {
  const std::string lower = absl::AsciiStrToLower(word);
  const std::pair<const char*, std::optional<uint32_t> Counts::*> kWords[] = {
      {"dead", &Counts::dead},
      {"injured", &Counts::injured},
      {"missing", &Counts::missing},
      {"evacuated", &Counts::evacuated}};
  for (const auto& [name, member] : kWords) {
    if (lower.empty() || !absl::StartsWith(name, lower)) continue;
    counts.*member = number;
    return absl::OkStatus();
  }
  return absl::InvalidArgumentError(
      "counts are numbers of dead, injured, missing and evacuated, as in \"2 injured, 1 missing\"");
}

void PutCounts(const Counts& counts, v1::Incident& incident) {
  if (counts.dead) incident.set_dead_count(*counts.dead);
  if (counts.injured) incident.set_injured_count(*counts.injured);
  if (counts.missing) incident.set_missing_count(*counts.missing);
  if (counts.evacuated) incident.set_evacuated_count(*counts.evacuated);
}

// What the node would refuse of an answer is said while its question is open.
absl::Status CheckAnswer(const v1::Incident& part) {
  const std::vector<schema::Fault> faults = schema::FaultsOf(part, schema::Purpose::kUpdate);
  if (faults.empty()) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrJoin(faults, "; ", [](std::string* out, const schema::Fault& fault) {
        absl::StrAppend(out, WithoutKind(v1::INCIDENT, fault.path), ": ", fault.what);
      }));
}

absl::StatusOr<Where> AtSite(const v1::Record& record) {
  if (!record.site().has_point()) {
    return absl::InvalidArgumentError(absl::StrCat(record.code(), " is a site without a place"));
  }
  TOCSIN_ASSIGN_OR_RETURN(v1::RecordRef ref, RefTo(record));
  return Where{schema::ToGeo(record.site().point()), std::move(ref)};
}

// That may be the same event; `near` says where.
std::string NearReportsFilter(absl::string_view near, absl::Time now) {
  const std::string recently = absl::StrCat("\"", exchange::IsoTime(now - kNearTime), "\"");
  const std::string long_ago = absl::StrCat("\"", exchange::IsoTime(now - kNearPast), "\"");
  // A time that is not set compares with nothing: NOT keeps a record that lacks it.
  return absl::StrCat(near, " AND create_time >= ", recently,
                      " AND state != withdrawn AND status != draft AND NOT observed_time < ",
                      long_ago, " AND NOT call_time < ", long_ago,
                      " AND (state != closed OR observed_time >= ", recently,
                      " OR call_time >= ", recently, ")");
}

// In metres; an area covers the place where it was found.
double DistanceTo(const v1::Record& record, geo::Point place) {
  if (!record.incident().has_point()) return 0;
  return geo::DistanceMeters(schema::ToGeo(record.incident().point()), place);
}

// Does it look like a site's code, perhaps with its post?
bool LooksLikeCode(const std::string& typed) {
  const size_t at = typed.find_last_of(" /");
  return SpokenCode::Parse(typed).ok() ||
         (at != std::string::npos && SpokenCode::Parse(typed.substr(at + 1)).ok());
}

}  // namespace

std::string WhatText(const What& what) {
  if (what.neris.empty()) return absl::StrReplaceAll(WordOf(what.type), {{"_", " "}});
  return absl::AsciiStrToLower(absl::StrReplaceAll(what.neris, {{"||", " / "}, {"_", " "}}));
}

std::vector<What> SearchWhat(absl::string_view word) {
  const std::string wanted = absl::StrReplaceAll(
      absl::AsciiStrToLower(absl::StripAsciiWhitespace(word)), {{" ", "_"}, {"-", "_"}});
  std::vector<What> found;
  const auto& list = *v1::IncidentType_descriptor();
  for (int i = 0; i < list.value_count(); ++i) {
    if (list.value(i)->number() == 0 || !absl::StrContains(ShortWord(*list.value(i)), wanted)) {
      continue;
    }
    found.push_back({static_cast<v1::IncidentType>(list.value(i)->number()), ""});
  }
  if (wanted.empty()) return found;
  for (const NerisType* type : SearchNeris(word)) {
    if (type->use == CodeUse::kEvent) found.push_back(OfNeris(*type));
  }
  return found;
}

absl::StatusOr<What> ParseWhat(absl::string_view typed) {
  absl::StatusOr<v1::IncidentType> type = ParseEnum<v1::IncidentType>(typed);
  if (type.ok()) return What{*type, ""};
  const std::string upper = absl::AsciiStrToUpper(typed);
  if (const NerisType* exact = FindNeris(upper); exact != nullptr) return OfNeris(*exact);
  if (RefusedNeris(upper)) return CheckNeris(upper).status();
  const std::vector<What> found = SearchWhat(typed);
  if (found.size() == 1) return found[0];
  if (found.empty()) return type.status();
  return absl::InvalidArgumentError(absl::StrCat(
      "\"", typed.substr(0, 40), "\" may be ",
      absl::StrJoin(found, "; ",
                    [](std::string* out, const What& what) {
                      absl::StrAppend(out, what.neris.empty() ? WordOf(what.type) : what.neris);
                    }),
      ". Type more of it."));
}

absl::StatusOr<schema::HowBad> ParseHowBad(absl::string_view typed) {
  const std::string lower = absl::AsciiStrToLower(absl::StripAsciiWhitespace(typed));
  constexpr schema::HowBad kAll[] = {schema::HowBad::kMinor, schema::HowBad::kSerious,
                                     schema::HowBad::kGrave};
  constexpr const char* kWords[] = {"minor", "serious", "grave"};
  for (size_t i = 0; i < 3; ++i) {
    if (lower == absl::StrCat(i + 1) || (!lower.empty() && absl::StartsWith(kWords[i], lower))) {
      return kAll[i];
    }
  }
  return absl::InvalidArgumentError("how bad is minor, serious or grave (1, 2 or 3)");
}

absl::StatusOr<Counts> ParseCounts(absl::string_view typed) {
  const std::vector<std::string> parts =
      absl::StrSplit(typed, absl::ByAnyChar(" ,;"), absl::SkipWhitespace());
  Counts counts;
  for (size_t i = 0; i < parts.size(); i += 2) {
    const std::string second = i + 1 < parts.size() ? parts[i + 1] : "";
    uint32_t number = 0;
    if (absl::SimpleAtoi(parts[i], &number)) {
      TOCSIN_RETURN_IF_ERROR(SetCount(second, number, counts));
    } else if (absl::SimpleAtoi(second, &number)) {
      TOCSIN_RETURN_IF_ERROR(SetCount(parts[i], number, counts));
    } else {
      return SetCount("", 0, counts);
    }
  }
  v1::Incident part;
  PutCounts(counts, part);
  TOCSIN_RETURN_IF_ERROR(CheckAnswer(part));
  return counts;
}

absl::StatusOr<std::string> ParseLine(const std::string& typed) {
  v1::Incident part;
  if (!typed.empty()) part.set_description(typed);
  TOCSIN_RETURN_IF_ERROR(CheckAnswer(part));
  return typed;
}

absl::StatusOr<Where> ParseWhere(Context& context, const std::string& typed) {
  const std::string text(absl::StripAsciiWhitespace(typed));
  if (absl::EqualsIgnoreCase(text, "unknown") || text == "?") return Where{};
  absl::StatusOr<geo::Point> point = geo::ParsePlace(text);
  // A grid reference may look like a code: a site of that code comes first.
  if (LooksLikeCode(text)) {
    absl::StatusOr<v1::Record> site = context.Find({text}, v1::SITE);
    if (site.ok()) return AtSite(*site);
    if (!point.ok() || !absl::IsNotFound(site.status())) return site.status();
  }
  if (!point.ok()) {
    return absl::InvalidArgumentError(absl::StrCat(
        "\"", text.substr(0, 64), "\" is no place: ", std::string(point.status().message()),
        ". A site's code or \"unknown\" will do as well."));
  }
  return Where{*point, std::nullopt};
}

Draft DraftOf(const Answers& answers) {
  Draft draft;
  v1::Incident& incident = draft.incident;
  draft.triage = schema::TriageIncident({.type = answers.what.type,
                                         .how_bad = answers.how_bad,
                                         .dead = answers.counts.dead,
                                         .injured = answers.counts.injured,
                                         .missing = answers.counts.missing,
                                         .evacuated = answers.counts.evacuated,
                                         .seen = answers.seen});
  incident.set_state(v1::INCIDENT_REPORTED);
  incident.set_type(answers.what.type);
  if (!answers.what.neris.empty()) incident.set_neris_type(answers.what.neris);
  incident.set_urgency(draft.triage.urgency);
  incident.set_severity(draft.triage.severity);
  incident.set_certainty(draft.triage.certainty);
  if (answers.where.point) {
    *incident.mutable_point() = schema::FromGeo(*answers.where.point);
  } else {
    incident.add_place_flag(v1::PLACE_MISSING);
  }
  if (answers.where.site) *incident.mutable_site() = *answers.where.site;
  PutCounts(answers.counts, incident);
  if (!answers.line.empty()) incident.set_description(answers.line);
  return draft;
}

absl::StatusOr<Near> NearReports(Context& context, geo::Point point) {
  TOCSIN_ASSIGN_OR_RETURN(const std::string near, NearFilter(geo::ToText(point)));
  v1::ListRecordsRequest request;
  request.set_parent("scopes/-");
  request.set_kind(v1::INCIDENT);
  request.set_filter(NearReportsFilter(near, context.now()));
  request.set_order_by("create_time desc");
  TOCSIN_ASSIGN_OR_RETURN(
      Pages<v1::Record> read,
      ReadPages<v1::Record>(
          std::move(request), kNearRead,
          [&context](const v1::ListRecordsRequest& page) { return context.client().List(page); },
          [](v1::ListRecordsResponse& page) { return page.mutable_record(); }));
  std::vector<v1::Record>& records = read.rows;
  const auto later = [](const v1::Record& a, const v1::Record& b) {
    return exchange::FromTimestamp(a.create_time()) > exchange::FromTimestamp(b.create_time());
  };
  std::stable_sort(records.begin(), records.end(), later);
  Near found;
  if (records.size() > kNearestShown + kLatestShown) {
    found.others = records.size() - kNearestShown - kLatestShown;
    const auto rest = records.begin() + kLatestShown;
    std::stable_sort(rest, records.end(), [point](const v1::Record& a, const v1::Record& b) {
      return DistanceTo(a, point) < DistanceTo(b, point);
    });
    records.resize(kNearestShown + kLatestShown);
    std::stable_sort(rest, records.end(), later);
  }
  found.records = std::move(records);
  return found;
}

}  // namespace tocsin::cli
