// Codes of what happens: the incident types of NERIS and NFIRS 5.0, and what each of them is here.
// Records describe events; a code that describes one human being or the conduct of people is known
// only in order to be refused. Pure functions over constant tables; any thread.
#pragma once

#include <absl/status/statusor.h>
#include <absl/strings/string_view.h>
#include <absl/types/span.h>

#include <optional>
#include <vector>

#include "tocsin/v1/records.pb.h"

namespace tocsin {

// What becomes of a report that carries a code.
enum class CodeUse {
  // Filed as an incident.
  kEvent,
  // Filed as an incident and withdrawn as a false alarm: good intent, cancelled, malfunction.
  kFalseAlarm,
  // Refused: someone's illness or injury.
  kRefusedMedical,
  // Refused: about one person: lost, locked out, carried.
  kRefusedPerson,
  // Refused: what people did, as police record it.
  kRefusedConduct,
};

constexpr bool IsRefused(CodeUse use) {
  return use != CodeUse::kEvent && use != CodeUse::kFalseAlarm;
}

// "describes a medical case": the end of a sentence that begins with the code. Empty unless
// refused.
absl::string_view RefusalReason(CodeUse use);

// One of the 77 NERIS types that are taken: kEvent or kFalseAlarm. Lives for ever.
struct NerisType {
  // "FIRE||STRUCTURE_FIRE||CHIMNEY_FIRE".
  absl::string_view code;
  v1::IncidentType type;
  CodeUse use;
};

// In the order of their codes.
absl::Span<const NerisType> NerisTypes();
// Exact, upper case. Null for a code that is unknown or refused.
const NerisType* FindNeris(absl::string_view code);
// The use of a code that NERIS has and we refuse, else nothing.
std::optional<CodeUse> RefusedNeris(absl::string_view code);
// Those whose code holds every word of `text`, in either case: "structure chimney". For people who
// type a part of a name. Nothing for no words.
std::vector<const NerisType*> SearchNeris(absl::string_view text);
// The type, or INVALID_ARGUMENT that says that the code is refused and why, or that NERIS has no
// such code, with the nearest that it has where a word of it is known.
absl::StatusOr<const NerisType*> CheckNeris(absl::string_view code);

// The most special row of our table that a code falls under. Lives for ever.
struct NfirsType {
  // The digits the row stands for: "1", "11", "311".
  absl::string_view series;
  absl::string_view meaning;
  // INCIDENT_TYPE_UNSPECIFIED where refused.
  v1::IncidentType type;
  CodeUse use;
};

// A code is three digits and perhaps one more character, a digit or capital letter that a state or
// town added ("740A", "4004"): it says nothing about the type. INVALID_ARGUMENT for any other form
// and for a series that NFIRS has not (0). A refused code is no error: see `use`.
absl::StatusOr<const NfirsType*> ClassifyNfirs(absl::string_view code);

}  // namespace tocsin
