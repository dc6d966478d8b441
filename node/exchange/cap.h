// CAP, the Common Alerting Protocol: versions 1.1 and 1.2 in, 1.2 out. One message a file. The XML
// is read without a document type and without entities, so that a message can neither reach for
// other files nor swell.
#pragma once

#include <absl/status/statusor.h>
#include <absl/strings/string_view.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "node/base/scope.h"
#include "node/exchange/row.h"
#include "tocsin/v1/api.pb.h"

namespace tocsin::exchange {

// What an alert keeps of a message: 64 parts of 16 KiB.
inline constexpr size_t kCapBytesMax = 1 << 20;

struct CapMessage {
  // Its coded part, its texts, and the original bytes with their SHA-256. In force, or cancelled if
  // the message is itself a Cancel.
  v1::Alert alert;
  CapKey key;
  // What <references> lists.
  std::vector<CapKey> references;
  // What the message says and the alert cannot: "info 1, area 2: a geocode is left out".
  std::vector<std::string> notes;
  // A polygon was left out because it is none.
  bool flagged = false;
};

// Why a file is refused, and where: an element's line where it is known, else 1.
struct CapFault {
  uint64_t line = 1;
  std::string reason;
};

// One of the two is given. Refused are: what is past kCapBytesMax or is no XML; any document type;
// Atom, RSS and EDXL-DE, by name; what CAP requires and the message lacks; Ack and Error messages;
// alerts about a person, whole. The reason repeats nothing of the file. Pure; any thread.
struct CapResult {
  std::optional<CapMessage> message;
  CapFault fault;
};
CapResult ParseCap(absl::string_view bytes);

// Gives the sink the one row, or the one refusal. `scope` is where alerts are filed: a hub's
// broadcast, "city/kings/**".
absl::StatusOr<Summary> ReadCap(absl::string_view bytes, const Scope& scope, Sink& sink);

// What becomes of the alerts that a message of that type refers to, once it is held; UNSPECIFIED:
// nothing. Pure; any thread.
v1::AlertState StateOfReferenced(v1::AlertType type);
// The messages that an alert refers to. Pure; any thread.
std::vector<CapKey> ReferencesOf(const v1::Alert& alert);

struct CapFile {
  // "NWS-4711.city.kings.all.7K3M9QXF.cap" for an alert, by identifier, scope and code;
  // "018f….cap" for an incident, by its uid and, once edited, when. A record's own, however many
  // are exported with it; of the characters that every file system takes.
  std::string name;
  std::string bytes;
};

// A CAP 1.2 message from a record.
// - Alert: the original bytes, if they are whole and still say what the record says; else written
//   from its fields. Withdrawn: a Cancel that refers to it.
// - Incident: a restricted message of its type, place and times, without casualties and notes; an
//   Update once it was edited, a Cancel once withdrawn, both referring to the message of its
//   filing.
// INVALID_ARGUMENT for other kinds, and for a record that lacks what CAP requires. Pure; any
// thread.
absl::StatusOr<CapFile> WriteCap(const v1::Record& record);

}  // namespace tocsin::exchange
