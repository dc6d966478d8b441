// An incident as a crew says it: five answers, whether typed as flags or asked for. Where it
// happens may need the node (a site's code); all else is pure.
#pragma once

#include <absl/status/statusor.h>
#include <absl/strings/string_view.h>
#include <absl/time/time.h>

#include <optional>
#include <string>
#include <vector>

#include "node/geo/point.h"
#include "node/schema/triage.h"
#include "tocsin/v1/records.pb.h"
#include "tools/src/cli/context.h"

namespace tocsin::cli {

struct What {
  v1::IncidentType type = v1::INCIDENT_TYPE_UNSPECIFIED;
  // The NERIS type, where the answer was that exact.
  std::string neris;
};

struct Where {
  // Nothing: unknown, and flagged as such.
  std::optional<geo::Point> point;
  // Where it is a known site, which gives the point.
  std::optional<v1::RecordRef> site;
};

struct Counts {
  std::optional<uint32_t> dead;
  std::optional<uint32_t> injured;
  std::optional<uint32_t> missing;
  std::optional<uint32_t> evacuated;
};

struct Answers {
  What what;
  Where where;
  schema::HowBad how_bad = schema::HowBad::kMinor;
  Counts counts;
  std::string line;
  // False for what the post was told.
  bool seen = true;
};

// What there is of that word: incident types, then NERIS types of events. Every type for no word.
std::vector<What> SearchWhat(absl::string_view word);
// "fire", "fire / structure fire / chimney fire".
std::string WhatText(const What& what);
// An incident type, a NERIS code, or words of one alone. INVALID_ARGUMENT lists what it may be.
absl::StatusOr<What> ParseWhat(absl::string_view typed);
// minor, serious, grave, or 1 to 3.
absl::StatusOr<schema::HowBad> ParseHowBad(absl::string_view typed);
// "2 injured, 1 missing", in either order; nothing typed is nothing said. INVALID_ARGUMENT for what
// no record takes, too.
absl::StatusOr<Counts> ParseCounts(absl::string_view typed);
// The description, as a record takes it.
absl::StatusOr<std::string> ParseLine(const std::string& typed);
// A site's code, a place as geo::ParsePlace reads it, or "unknown".
absl::StatusOr<Where> ParseWhere(Context& context, const std::string& typed);

// The body to file, with what triage made of the answers.
struct Draft {
  v1::Incident incident;
  schema::Triage triage;
};
Draft DraftOf(const Answers& answers);

// What may be the same event: incidents within a kilometre that were filed in the last 30 minutes
// and are not long past, neither withdrawn nor drafts, nor closed but for those of these minutes.
struct Near {
  // The nearest and the latest, the latest first.
  std::vector<v1::Record> records;
  // How many are not among them.
  size_t others = 0;
};
absl::StatusOr<Near> NearReports(Context& context, geo::Point point);

// Asks the five questions on the console. OUT_OF_RANGE when the input ends before they are
// answered.
absl::StatusOr<Answers> Ask(Context& context);
// Enter alone is a yes. OUT_OF_RANGE when the input ends.
absl::StatusOr<bool> AskYes(Console& console, absl::string_view question);

}  // namespace tocsin::cli
