#include <absl/strings/ascii.h>
#include <absl/strings/str_cat.h>
#include <absl/strings/str_join.h>
#include <absl/strings/strip.h>

#include <algorithm>
#include <cmath>
#include <pugixml.hpp>
#include <sstream>
#include <utility>

#include "node/base/scope.h"
#include "node/base/status.h"
#include "node/exchange/cap.h"
#include "node/exchange/cap_codes.h"
#include "node/exchange/local_time.h"
#include "node/geo/point.h"
#include "node/identity/hash.h"
#include "node/schema/geometry.h"
#include "node/schema/names.h"

namespace tocsin::exchange {
namespace {

constexpr char kNamespace[] = "urn:oasis:names:tc:emergency:cap:1.2";
// Stands where CAP requires a text that the record does not have (an erased one).
// Of a file's name: an identifier or a scope may be longer than file systems take.
constexpr size_t kNamePartMax = 100;
constexpr char kNotGiven[] = "(not given)";
// CAP wants to be told why a message is not public; the schema keeps no list of addressees.
constexpr char kRestriction[] = "for public-safety posts";

std::string CapTime(const google::protobuf::Timestamp& time) {
  return absl::FormatTime("%E4Y-%m-%dT%H:%M:%S-00:00", FromTimestamp(time), absl::UTCTimeZone());
}

std::string Point(const v1::Point& point) { return geo::ToText(schema::ToGeo(point)); }

void Add(pugi::xml_node& parent, const char* name, const std::string& text) {
  if (!text.empty()) parent.append_child(name).text().set(text.c_str());
}

void AddWord(pugi::xml_node& parent, const char* name, CapList list, int number) {
  Add(parent, name, std::string(ToCap(list, number)));
}

void AddCode(pugi::xml_node& parent, const char* name, const v1::Geocode& code) {
  pugi::xml_node element = parent.append_child(name);
  Add(element, "valueName", code.system());
  Add(element, "value", code.value());
}

// The element at `position`, or nothing where the list is shorter.
std::string At(const google::protobuf::RepeatedPtrField<std::string>& texts, int position) {
  return position < texts.size() ? texts.Get(position) : "";
}

std::string OrNotGiven(std::string text) { return text.empty() ? kNotGiven : std::move(text); }

void AddArea(pugi::xml_node& info, const v1::Area& area, const std::string& description) {
  pugi::xml_node element = info.append_child("area");
  Add(element, "areaDesc", OrNotGiven(description));
  for (const v1::Polygon& polygon : area.polygon()) {
    const absl::StatusOr<geo::Polygon> shape = schema::ToGeo(polygon);
    if (!shape.ok() || shape->rings.empty()) continue;
    // CAP has no holes: the outer ring is the warning's, on the safe side.
    Add(element, "polygon",
        absl::StrJoin(shape->rings[0], " ", [](std::string* out, const geo::Point& point) {
          absl::StrAppend(out, geo::ToText(point));
        }));
  }
  for (const v1::Circle& circle : area.circle()) {
    Add(element, "circle",
        absl::StrCat(Point(circle.centre()), " ", circle.radius_m() / 1000, ".",
                     absl::Dec(circle.radius_m() % 1000, absl::kZeroPad3)));
  }
  for (const v1::Geocode& code : area.geocode()) AddCode(element, "geocode", code);
}

void AddInfo(pugi::xml_node& root, const v1::Alert& alert, int position, int& areas) {
  const v1::AlertInfo& info = alert.info(position);
  pugi::xml_node element = root.append_child("info");
  Add(element, "language", info.language());
  for (int category : info.category()) AddWord(element, "category", CapList::kCategory, category);
  Add(element, "event", OrNotGiven(At(alert.event(), position)));
  for (int response : info.response_type()) {
    AddWord(element, "responseType", CapList::kResponse, response);
  }
  AddWord(element, "urgency", CapList::kUrgency, info.urgency());
  AddWord(element, "severity", CapList::kSeverity, info.severity());
  AddWord(element, "certainty", CapList::kCertainty, info.certainty());
  for (const v1::Geocode& code : info.event_code()) AddCode(element, "eventCode", code);
  if (info.has_effective_time()) Add(element, "effective", CapTime(info.effective_time()));
  if (info.has_onset_time()) Add(element, "onset", CapTime(info.onset_time()));
  if (info.has_expires_time()) Add(element, "expires", CapTime(info.expires_time()));
  Add(element, "headline", At(alert.headline(), position));
  Add(element, "description", At(alert.description(), position));
  Add(element, "instruction", At(alert.instruction(), position));
  for (const v1::Area& area : info.area()) AddArea(element, area, At(alert.area_desc(), areas++));
}

struct Head {
  std::string identifier;
  std::string sender;
  std::string sent;
  v1::CapStatus status;
  v1::AlertType type;
  v1::AlertScope audience;
  std::string references;
};

pugi::xml_node Begin(pugi::xml_document& document, const Head& head) {
  pugi::xml_node declaration = document.append_child(pugi::node_declaration);
  declaration.append_attribute("version") = "1.0";
  declaration.append_attribute("encoding") = "UTF-8";
  pugi::xml_node root = document.append_child("alert");
  root.append_attribute("xmlns") = kNamespace;
  Add(root, "identifier", head.identifier);
  Add(root, "sender", head.sender);
  Add(root, "sent", head.sent);
  AddWord(root, "status", CapList::kStatus, head.status);
  AddWord(root, "msgType", CapList::kMessageType, head.type);
  AddWord(root, "scope", CapList::kScope, head.audience);
  if (head.audience == v1::ALERT_RESTRICTED) Add(root, "restriction", kRestriction);
  if (head.audience == v1::ALERT_PRIVATE) Add(root, "addresses", kRestriction);
  Add(root, "references", head.references);
  return root;
}

// Of the characters that every file system takes.
std::string PlainName(absl::string_view text) {
  std::string name;
  for (char c : text.substr(0, kNamePartMax)) {
    const bool plain =
        absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '-' || c == '.' || c == '_';
    name.push_back(plain && !(name.empty() && c == '.') ? c : '_');
  }
  return name;
}

CapFile Finish(const pugi::xml_document& document, const std::string& name) {
  std::ostringstream out;
  document.save(out, "  ", pugi::format_indent, pugi::encoding_utf8);
  CapFile file;
  file.name = name + ".cap";
  file.bytes = out.str();
  return file;
}

// Several scopes may hold one message, and several senders may use one identifier.
std::string NameOfAlert(const v1::Record& record, const std::string& identifier) {
  std::string name = PlainName(identifier);
  const absl::StatusOr<Scope> scope = Scope::Parse(record.scope());
  if (scope.ok()) {
    const std::string parent = schema::ParentName(*scope);
    absl::StrAppend(&name, ".", PlainName(absl::StripPrefix(parent, "scopes/")));
  }
  if (!record.code().empty()) absl::StrAppend(&name, ".", record.code());
  return name;
}

// The bytes of the message as it was received, if all parts are here and unaltered.
std::string OriginalOf(const v1::Alert& alert) {
  std::vector<std::string> parts(alert.original_part().begin(), alert.original_part().end());
  std::sort(parts.begin(), parts.end());
  std::string original;
  for (const std::string& part : parts) {
    if (part.size() > 2) original.append(part, 2);
  }
  const bool whole = !parts.empty() && identity::Sha256(original).view() ==
                                           absl::string_view(alert.original_sha256());
  return whole ? original : "";
}

// Whether the original still says what the record does, state apart.
bool StillSays(const std::string& original, v1::Alert alert) {
  CapResult result = ParseCap(original);
  if (!result.message) return false;
  v1::Alert& read = result.message->alert;
  for (v1::Alert* each : {&alert, &read}) {
    each->clear_state();
    each->clear_source();
    each->clear_original_part();
    each->clear_original_sha256();
  }
  return alert.SerializeAsString() == read.SerializeAsString();
}

absl::Status Lacks(const char* what) {
  return absl::InvalidArgumentError(
      absl::StrCat("CAP requires ", what, ", and the record has none"));
}

absl::StatusOr<CapFile> WriteAlert(const v1::Record& record) {
  const v1::Alert& alert = record.alert();
  if (alert.identifier().empty() || alert.sender().empty()) return Lacks("identifier and sender");
  if (!alert.has_sent_time()) return Lacks("the time of sending");
  const bool withdrawn = alert.state() == v1::ALERT_WITHDRAWN;
  pugi::xml_document document;
  if (const std::string original = OriginalOf(alert);
      !withdrawn && !original.empty() && StillSays(original, alert)) {
    CapFile file = Finish(document, NameOfAlert(record, alert.identifier()));
    file.bytes = original;
    return file;
  }
  Head head{alert.identifier(),
            alert.sender(),
            CapTime(alert.sent_time()),
            alert.status(),
            alert.type(),
            alert.audience(),
            absl::StrJoin(alert.cap_reference(), " ")};
  if (withdrawn) {
    head.references = absl::StrCat(head.sender, ",", head.identifier, ",", head.sent);
    head.identifier += ".withdrawn";
    head.type = v1::ALERT_TYPE_CANCEL;
    if (record.has_update_time()) head.sent = CapTime(record.update_time());
  }
  pugi::xml_node root = Begin(document, head);
  int areas = 0;
  for (int i = 0; i < alert.info_size(); ++i) AddInfo(root, alert, i, areas);
  return Finish(document, NameOfAlert(record, head.identifier));
}

v1::CapCategory CategoryOf(const v1::Incident& incident) {
  if (incident.category() != v1::CAP_CATEGORY_UNSPECIFIED) return incident.category();
  switch (incident.type()) {
    case v1::FIRE:
    case v1::EXPLOSION:
      return v1::CATEGORY_FIRE;
    case v1::CHEMICAL_RELEASE:
    case v1::RADIOLOGICAL_RELEASE:
    case v1::BIOLOGICAL_RELEASE:
      return v1::CATEGORY_CBRNE;
    case v1::POISONING:
    case v1::MASS_CASUALTY_EVENT:
      return v1::CATEGORY_HEALTH;
    case v1::FLOOD:
    case v1::STORM:
      return v1::CATEGORY_MET;
    case v1::LANDSLIDE:
    case v1::EARTHQUAKE:
      return v1::CATEGORY_GEO;
    case v1::STRUCTURAL_COLLAPSE:
    case v1::RESCUE:
      return v1::CATEGORY_RESCUE;
    case v1::TRANSPORT_ACCIDENT:
      return v1::CATEGORY_TRANSPORT;
    case v1::UTILITY_OUTAGE:
      return v1::CATEGORY_INFRA;
    default:
      return v1::CATEGORY_OTHER;
  }
}

// "TRANSPORT_ACCIDENT" is "Transport accident".
std::string EventOf(const v1::Incident& incident) {
  std::string name = absl::AsciiStrToLower(v1::IncidentType_Name(incident.type()));
  std::replace(name.begin(), name.end(), '_', ' ');
  name[0] = absl::ascii_toupper(static_cast<unsigned char>(name[0]));
  return name;
}

// The incident as an alert's fields. Counts of casualties and notes stay with the posts.
v1::Alert AlertOf(const v1::Incident& incident, const std::string& scope) {
  v1::Alert alert;
  v1::AlertInfo& info = *alert.add_info();
  info.set_language("en-US");
  info.add_category(CategoryOf(incident));
  info.set_urgency(std::max(incident.urgency(), v1::URGENCY_UNKNOWN));
  info.set_severity(std::max(incident.severity(), v1::SEVERITY_UNKNOWN));
  info.set_certainty(std::max(incident.certainty(), v1::CERTAINTY_UNKNOWN));
  if (incident.has_onset_time()) {
    *info.mutable_onset_time() = incident.onset_time();
  } else if (incident.has_observed_time()) {
    *info.mutable_onset_time() = incident.observed_time();
  } else if (incident.has_call_time()) {
    *info.mutable_onset_time() = incident.call_time();
  }
  if (!incident.nfirs_type().empty()) {
    v1::Geocode& code = *info.add_event_code();
    code.set_system("NFIRS");
    code.set_value(incident.nfirs_type());
  }
  alert.add_event(EventOf(incident));
  alert.add_description(incident.description());
  alert.add_area_desc(scope);
  v1::Area& area = *info.add_area();
  if (incident.has_area()) *area.add_polygon() = incident.area();
  if (incident.has_point()) *area.add_circle()->mutable_centre() = incident.point();
  return alert;
}

absl::StatusOr<CapFile> WriteIncident(const v1::Record& record) {
  const v1::Incident& incident = record.incident();
  if (record.uid().empty() || record.scope().empty()) return Lacks("identifier and sender");
  if (!record.has_create_time()) return Lacks("the time of sending");
  if (incident.type() == v1::INCIDENT_TYPE_UNSPECIFIED) return Lacks("an event");
  const std::string filed = CapTime(record.create_time());
  const std::string updated = record.has_update_time() ? CapTime(record.update_time()) : filed;
  Head head{record.uid(),         record.scope(),       filed, incident.status(),
            v1::ALERT_TYPE_ALERT, v1::ALERT_RESTRICTED, ""};
  const bool withdrawn = incident.state() == v1::INCIDENT_WITHDRAWN;
  if (withdrawn || updated != filed) {
    head.references = absl::StrCat(head.sender, ",", head.identifier, ",", filed);
    head.identifier = absl::StrCat(
        head.identifier, ".",
        absl::FormatTime(
            "%E4Y%m%dT%H%M%S",
            FromTimestamp(record.has_update_time() ? record.update_time() : record.create_time()),
            absl::UTCTimeZone()));
    head.sent = updated;
    head.type = withdrawn ? v1::ALERT_TYPE_CANCEL : v1::ALERT_TYPE_UPDATE;
  }
  pugi::xml_document document;
  pugi::xml_node root = Begin(document, head);
  int areas = 0;
  AddInfo(root, AlertOf(incident, record.scope()), 0, areas);
  // Its identifier has the record's uid.
  return Finish(document, PlainName(head.identifier));
}

}  // namespace

absl::StatusOr<CapFile> WriteCap(const v1::Record& record) {
  if (record.has_alert()) return WriteAlert(record);
  if (record.has_incident()) return WriteIncident(record);
  return absl::InvalidArgumentError(
      "CAP carries alerts and incidents; export this kind as csv or geojson");
}

}  // namespace tocsin::exchange
