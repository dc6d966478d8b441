#include "node/schema/triage.h"

#include <absl/strings/ascii.h>
#include <absl/strings/match.h>
#include <absl/strings/str_cat.h>
#include <absl/strings/str_replace.h>
#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>

#include <algorithm>
#include <array>
#include <memory>
#include <string>

#include "node/schema/kinds.h"

namespace tocsin::schema {
namespace {

using google::protobuf::Message;

// What "how bad" means for most incidents, and for those that spread or strike many at once.
struct BaseRow {
  HowBad how_bad;
  const char* word;
  v1::Severity severity;
  v1::Severity spreading;
  v1::Urgency urgency;
};

constexpr std::array<BaseRow, 3> kBase = {{
    {HowBad::kMinor, "minor", v1::SEVERITY_MINOR, v1::SEVERITY_MODERATE, v1::URGENCY_EXPECTED},
    {HowBad::kSerious, "serious", v1::SEVERITY_MODERATE, v1::SEVERITY_SEVERE,
     v1::URGENCY_IMMEDIATE},
    {HowBad::kGrave, "grave", v1::SEVERITY_SEVERE, v1::SEVERITY_EXTREME, v1::URGENCY_IMMEDIATE},
}};

constexpr std::array<v1::IncidentType, 7> kSpreading = {
    v1::EXPLOSION,  v1::CHEMICAL_RELEASE,    v1::RADIOLOGICAL_RELEASE, v1::BIOLOGICAL_RELEASE,
    v1::EARTHQUAKE, v1::STRUCTURAL_COLLAPSE, v1::MASS_CASUALTY_EVENT,
};

// At least so many of them raise the severity to at least this.
struct CountRow {
  std::optional<uint32_t> TriageInput::*count;
  uint32_t at_least;
  v1::Severity severity;
  const char* word;
};

constexpr std::array<CountRow, 10> kCounts = {{
    {&TriageInput::dead, 10, v1::SEVERITY_EXTREME, "dead"},
    {&TriageInput::missing, 10, v1::SEVERITY_EXTREME, "missing"},
    {&TriageInput::injured, 50, v1::SEVERITY_EXTREME, "injured"},
    {&TriageInput::evacuated, 1000, v1::SEVERITY_EXTREME, "evacuated"},
    {&TriageInput::dead, 1, v1::SEVERITY_SEVERE, "dead"},
    {&TriageInput::missing, 1, v1::SEVERITY_SEVERE, "missing"},
    {&TriageInput::injured, 5, v1::SEVERITY_SEVERE, "injured"},
    {&TriageInput::evacuated, 100, v1::SEVERITY_SEVERE, "evacuated"},
    {&TriageInput::injured, 1, v1::SEVERITY_MODERATE, "injured"},
    {&TriageInput::evacuated, 1, v1::SEVERITY_MODERATE, "evacuated"},
}};

bool Spreads(v1::IncidentType type) {
  return std::find(kSpreading.begin(), kSpreading.end(), type) != kSpreading.end();
}

// "SEVERITY_EXTREME" as people say it: "extreme"; "CHEMICAL_RELEASE": "chemical release".
std::string Word(absl::string_view name, absl::string_view prefix) {
  if (absl::StartsWith(name, prefix)) name.remove_prefix(prefix.size());
  return absl::StrReplaceAll(absl::AsciiStrToLower(name), {{"_", " "}});
}

std::string WordOf(v1::Severity severity) { return Word(v1::Severity_Name(severity), "SEVERITY_"); }
std::string WordOf(v1::Urgency urgency) { return Word(v1::Urgency_Name(urgency), "URGENCY_"); }
std::string WordOf(v1::IncidentType type) {
  if (type == v1::INCIDENT_TYPE_UNSPECIFIED || !v1::IncidentType_IsValid(type)) return "incident";
  return Word(v1::IncidentType_Name(type), "");
}

// The first row that raises `severity`, if any does.
const CountRow* Raising(const TriageInput& input, v1::Severity severity) {
  for (const CountRow& row : kCounts) {
    const std::optional<uint32_t>& count = input.*row.count;
    if (count && *count >= row.at_least && row.severity > severity) return &row;
  }
  return nullptr;
}

// Severity against urgency. What is not said counts as the worse: past and future alone are known
// not to be now.
Precedence PrecedenceFor(v1::Severity severity, v1::Urgency urgency) {
  if (urgency == v1::URGENCY_PAST) return Precedence::kRoutine;
  const bool future = urgency == v1::URGENCY_FUTURE;
  switch (severity) {
    case v1::SEVERITY_UNSPECIFIED:
    case v1::SEVERITY_SEVERE:
    case v1::SEVERITY_EXTREME:
      return future ? Precedence::kPriority : Precedence::kFlash;
    case v1::SEVERITY_MODERATE:
      return Precedence::kPriority;
    case v1::SEVERITY_UNKNOWN:
      return future ? Precedence::kRoutine : Precedence::kPriority;
    default:
      return Precedence::kRoutine;
  }
}

Precedence OfIncident(const v1::Incident& incident) {
  if (incident.state() == v1::INCIDENT_CLOSED || incident.state() == v1::INCIDENT_WITHDRAWN) {
    return Precedence::kRoutine;
  }
  return PrecedenceFor(incident.severity(), incident.urgency());
}

// By the worst of its infos where the alert itself does not say; one that says nothing at all
// (CAP allows it) is of unknown severity.
Precedence OfAlert(const v1::Alert& alert) {
  if (alert.state() != v1::ALERT_STATE_UNSPECIFIED && alert.state() != v1::ALERT_IN_FORCE) {
    return Precedence::kRoutine;
  }
  v1::Severity severity = alert.severity();
  v1::Urgency urgency = alert.urgency();
  for (const v1::AlertInfo& info : alert.info()) {
    severity = std::max(severity, info.severity());
    urgency = std::max(urgency, info.urgency());
  }
  if (severity == v1::SEVERITY_UNSPECIFIED) severity = v1::SEVERITY_UNKNOWN;
  return PrecedenceFor(severity, urgency);
}

Precedence OfHazard(const v1::Hazard& hazard) {
  const bool open = hazard.state() == v1::HAZARD_STATE_UNSPECIFIED ||
                    hazard.state() == v1::HAZARD_OPEN || hazard.state() == v1::HAZARD_REOPENED;
  return open ? Precedence::kPriority : Precedence::kRoutine;
}

// Where evacuees can go now.
Precedence OfShelter(const v1::Shelter& shelter) {
  const bool in_use = shelter.state() == v1::SHELTER_OPEN || shelter.state() == v1::SHELTER_FULL ||
                      shelter.state() == v1::SHELTER_REOPENED;
  return in_use ? Precedence::kPriority : Precedence::kRoutine;
}

// People present during an incident, for as long as the count stands.
Precedence OfHeadcount(const v1::Headcount& headcount) {
  const bool standing = headcount.has_present() && headcount.state() != v1::LIFE_WITHDRAWN;
  return standing ? Precedence::kPriority : Precedence::kRoutine;
}

Precedence OfEscalation(const v1::Escalation& escalation) {
  return escalation.state() == v1::ESCALATION_STOOD_DOWN ? Precedence::kRoutine
                                                         : Precedence::kFlash;
}

bool IsRehearsalOrDraft(const Message& body) {
  const google::protobuf::FieldDescriptor* field = body.GetDescriptor()->FindFieldByName("status");
  const int status = body.GetReflection()->GetEnumValue(body, field);
  return status == v1::STATUS_DRAFT || status == v1::STATUS_TEST || status == v1::STATUS_SYSTEM;
}

std::string WhyOf(const TriageInput& input, const CountRow* raised, const Triage& triage) {
  const BaseRow& base = kBase[static_cast<size_t>(input.how_bad)];
  std::string why =
      absl::StrCat(WordOf(triage.severity), " and ", WordOf(triage.urgency), ", because ");
  if (raised != nullptr) {
    const uint32_t count = *(input.*raised->count);
    absl::StrAppend(&why, count, count == 1 ? " is " : " are ", raised->word);
  } else {
    const std::string what = WordOf(input.type);
    absl::StrAppend(&why, "it is ", base.word, ": ", what);
    if (Spreads(input.type)) absl::StrAppend(&why, ", which spreads or strikes many at once");
  }
  absl::StrAppend(&why, "; ", input.seen ? "seen" : "likely, as it was told and not seen",
                  "; it goes as ", PrecedenceName(triage.precedence), ".");
  why[0] = absl::ascii_toupper(static_cast<unsigned char>(why[0]));
  return why;
}

}  // namespace

Triage TriageIncident(const TriageInput& input) {
  const BaseRow& base = kBase[static_cast<size_t>(input.how_bad)];
  Triage triage;
  triage.severity = Spreads(input.type) ? base.spreading : base.severity;
  triage.urgency = base.urgency;
  const CountRow* raised = Raising(input, triage.severity);
  if (raised != nullptr) triage.severity = raised->severity;
  if (triage.severity >= v1::SEVERITY_SEVERE) triage.urgency = v1::URGENCY_IMMEDIATE;
  triage.certainty = input.seen ? v1::CERTAINTY_OBSERVED : v1::CERTAINTY_LIKELY;
  triage.precedence = PrecedenceFor(triage.severity, triage.urgency);
  triage.why = WhyOf(input, raised, triage);
  return triage;
}

Precedence PrecedenceOf(const Message& body) {
  const v1::Kind kind = KindOf(body);
  if (kind == v1::KIND_UNSPECIFIED || IsRehearsalOrDraft(body)) return Precedence::kRoutine;
  switch (kind) {
    case v1::INCIDENT:
      return OfIncident(static_cast<const v1::Incident&>(body));
    case v1::HAZARD:
      return OfHazard(static_cast<const v1::Hazard&>(body));
    case v1::HEADCOUNT:
      return OfHeadcount(static_cast<const v1::Headcount&>(body));
    case v1::SHELTER:
      return OfShelter(static_cast<const v1::Shelter&>(body));
    case v1::ALERT:
      return OfAlert(static_cast<const v1::Alert&>(body));
    case v1::ESCALATION:
      return OfEscalation(static_cast<const v1::Escalation&>(body));
    case v1::ERASURE:
      return Precedence::kPriority;
    default:
      return Precedence::kRoutine;
  }
}

Precedence PrecedenceOfOpen(const Message& body) {
  std::unique_ptr<Message> open(body.New());
  open->CopyFrom(body);
  const auto* state = body.GetDescriptor()->FindFieldByName("state");
  if (state != nullptr) open->GetReflection()->ClearField(open.get(), state);
  return PrecedenceOf(*open);
}

Precedence PrecedenceOfEdit(const Message& before, const Message& after) {
  return std::min(PrecedenceOf(before), PrecedenceOf(after));
}

const char* PrecedenceName(Precedence precedence) {
  switch (precedence) {
    case Precedence::kFlash:
      return "flash";
    case Precedence::kPriority:
      return "priority";
    case Precedence::kRoutine:
      return "routine";
  }
  return "routine";
}

}  // namespace tocsin::schema
