// The triage table: what a crew in a hurry answers (what, how bad, counts) becomes urgency,
// severity, certainty and precedence in CAP's terms, and says why. And the precedence of any
// record: which queue its changes take. docs/triage.md is the same as a table for people. Pure
// functions; any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "node/base/ids.h"
#include "tocsin/v1/records.pb.h"

namespace tocsin::schema {

// How bad, in the crew's own words.
enum class HowBad {
  // Handled with what is there.
  kMinor,
  // Needs more than what is there, or threatens life or property beyond it.
  kSerious,
  // Life is being lost or about to be, or it spreads out of control.
  kGrave,
};

struct TriageInput {
  v1::IncidentType type = v1::INCIDENT_TYPE_UNSPECIFIED;
  HowBad how_bad = HowBad::kMinor;
  // Persons, as counts; nothing where nothing was said.
  std::optional<uint32_t> dead;
  std::optional<uint32_t> injured;
  std::optional<uint32_t> missing;
  std::optional<uint32_t> evacuated;
  // False for what the post was told and has not seen.
  bool seen = true;
};

struct Triage {
  v1::Urgency urgency = v1::URGENCY_UNSPECIFIED;
  v1::Severity severity = v1::SEVERITY_UNSPECIFIED;
  v1::Certainty certainty = v1::CERTAINTY_UNSPECIFIED;
  Precedence precedence = Precedence::kRoutine;
  // One sentence: "Severe and immediate, because it is grave: fire; seen; it goes as flash."
  std::string why;
};

// Counts only ever raise what the answer to "how bad" gave, and so does the type.
Triage TriageIncident(const TriageInput& input);

// What a record deserves, from its whole body. A field that says nothing counts as the worse:
// incomplete never means late. What is closed, withdrawn or past is routine, so that an import of
// old events delays nobody; so is what is a test, a draft or the system's own. Exercises travel as
// the real thing does. Routine for a message that is no kind's body.
Precedence PrecedenceOf(const google::protobuf::Message& body);

// The same for a record whose state does not count: it was closed, then raised by others.
Precedence PrecedenceOfOpen(const google::protobuf::Message& body);

// For an edit: the more urgent of what the record was and what it becomes. A stand-down overtakes
// the backlog as the alarm did.
Precedence PrecedenceOfEdit(const google::protobuf::Message& before,
                            const google::protobuf::Message& after);

// "flash", "priority", "routine".
const char* PrecedenceName(Precedence precedence);

}  // namespace tocsin::schema
