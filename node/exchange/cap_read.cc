#include <absl/strings/ascii.h>
#include <absl/strings/match.h>
#include <absl/strings/numbers.h>
#include <absl/strings/str_cat.h>
#include <absl/strings/str_split.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <pugixml.hpp>
#include <utility>

#include "node/base/status.h"
#include "node/exchange/cap.h"
#include "node/exchange/cap_codes.h"
#include "node/exchange/cap_person.h"
#include "node/exchange/local_time.h"
#include "node/geo/point.h"
#include "node/geo/polygon.h"
#include "node/identity/hash.h"
#include "node/schema/geometry.h"
#include "node/schema/grammar.h"
#include "node/schema/text_check.h"

namespace tocsin::exchange {
namespace {

constexpr int kDepthMax = 32;
constexpr size_t kPartBytes = 16 << 10;
constexpr size_t kIdentifierMax = 128;
constexpr size_t kCodeMax = 32;
constexpr char kCap11[] = "urn:oasis:names:tc:emergency:cap:1.1";
constexpr char kCap12[] = "urn:oasis:names:tc:emergency:cap:1.2";

// The first thing that is wrong ends the reading; this carries it out.
class Faults {
 public:
  explicit Faults(absl::string_view bytes) : bytes_(bytes) {}

  bool ok() const { return !fault_; }
  void Add(const pugi::xml_node& at, std::string reason) { Add(at.offset_debug(), reason); }
  void Add(ptrdiff_t offset, absl::string_view reason) {
    if (fault_) return;
    fault_.emplace();
    fault_->reason = std::string(reason);
    const auto end = static_cast<size_t>(std::max<ptrdiff_t>(offset, 0));
    const absl::string_view before = bytes_.substr(0, std::min(end, bytes_.size()));
    fault_->line += static_cast<uint64_t>(std::count(before.begin(), before.end(), '\n'));
  }
  CapFault Take() { return *std::move(fault_); }

 private:
  absl::string_view bytes_;
  std::optional<CapFault> fault_;
};

class DepthWalker : public pugi::xml_tree_walker {
 public:
  bool for_each(pugi::xml_node&) override { return depth() <= kDepthMax; }
};

absl::string_view LocalName(const char* name) {
  absl::string_view view(name);
  const size_t colon = view.find(':');
  return colon == absl::string_view::npos ? view : view.substr(colon + 1);
}

// The text of an element, comments left out, blanks around it taken off.
std::string TextOf(const pugi::xml_node& element) {
  std::string text;
  for (const pugi::xml_node& child : element.children()) {
    if (child.type() == pugi::node_pcdata || child.type() == pugi::node_cdata) {
      text.append(child.value());
    }
  }
  return std::string(absl::StripAsciiWhitespace(text));
}

bool IsCapIdentifier(absl::string_view text) {
  return !text.empty() && text.size() <= kIdentifierMax &&
         !schema::GrammarFault(v1::CAP_IDENTIFIER, text);
}

bool IsCode(absl::string_view text) {
  return !text.empty() && text.size() <= kCodeMax && !schema::GrammarFault(v1::IDENTIFIER, text);
}

// An element of the message, with its name in reasons ("info 2, area 1") and what is asked of it.
class Element {
 public:
  Element(pugi::xml_node node, std::string prefix, std::string where, Faults& faults)
      : node_(node), prefix_(std::move(prefix)), where_(std::move(where)), faults_(faults) {}

  std::vector<Element> All(const char* name, bool numbered = false) const {
    std::vector<Element> found;
    // The range keeps the pointer.
    const std::string full = prefix_ + name;
    for (const pugi::xml_node& child : node_.children(full.c_str())) {
      std::string where = numbered ? absl::StrCat(name, " ", found.size() + 1) : name;
      if (!where_.empty()) where = absl::StrCat(where_, ", ", where);
      found.emplace_back(child, prefix_, std::move(where), faults_);
    }
    return found;
  }

  // Empty when it is not there; a fault when it is there twice.
  std::string Optional(const char* name, size_t bytes_max = 0) const {
    const std::vector<Element> all = All(name);
    if (all.empty()) return "";
    if (all.size() > 1) all[1].Fault("is there twice");
    return all[0].Text(bytes_max);
  }

  std::string Required(const char* name, size_t bytes_max = 0) const {
    std::string text = Optional(name, bytes_max);
    if (text.empty()) {
      faults_.Add(node_, absl::StrCat(where_.empty() ? "" : absl::StrCat(where_, ": "), name,
                                      " is required and ",
                                      All(name).empty() ? "is not there" : "is empty"));
    }
    return text;
  }

  std::string Text(size_t bytes_max = 0) const {
    std::string text = TextOf(node_);
    if (bytes_max > 0 && text.size() > bytes_max) {
      Fault(absl::StrCat("is longer than ", bytes_max, " bytes"));
    }
    if (auto fault = schema::TextFault(text, schema::Lines::kMany)) {
      Fault(absl::StrCat("is no text in the encoding that the file declares: ", *fault));
      text.clear();
    }
    return text;
  }

  int Word(const char* name, CapList list) const {
    const std::string word = Required(name);
    if (word.empty()) return 0;
    auto number = FromCap(list, word);
    if (!number) All(name)[0].Fault("is none of the words that CAP has for it");
    return number.value_or(0);
  }

  std::optional<absl::Time> Time(const char* name, bool required) const {
    const std::string text = required ? Required(name) : Optional(name);
    if (text.empty()) return std::nullopt;
    auto time = ReadIsoTime(text);
    if (time.ok()) return *time;
    All(name)[0].Fault(time.status().message());
    return std::nullopt;
  }

  void Fault(absl::string_view problem) const {
    faults_.Add(node_, absl::StrCat(where_, where_.empty() ? "" : " ", problem));
  }

  const std::string& where() const { return where_; }

 private:
  pugi::xml_node node_;
  std::string prefix_;
  std::string where_;
  Faults& faults_;
};

// Every number in a list of "lat,lon" pairs, blanks and line breaks wherever they stand.
std::optional<std::vector<double>> Numbers(absl::string_view text) {
  std::vector<double> numbers;
  for (absl::string_view word :
       absl::StrSplit(text, absl::ByAnyChar(", \t\r\n"), absl::SkipEmpty())) {
    double number = 0;
    if (!absl::SimpleAtod(word, &number)) return std::nullopt;
    numbers.push_back(number);
  }
  return numbers;
}

absl::StatusOr<geo::Polygon> ParsePolygon(absl::string_view text) {
  auto numbers = Numbers(text);
  if (!numbers || numbers->size() % 2 != 0) {
    return absl::InvalidArgumentError("is no list of lat,lon pairs");
  }
  geo::Polygon polygon;
  polygon.rings.emplace_back();
  for (size_t i = 0; i < numbers->size(); i += 2) {
    TOCSIN_ASSIGN_OR_RETURN(const geo::Point point,
                            geo::PointFromDegrees((*numbers)[i], (*numbers)[i + 1]));
    polygon.rings[0].push_back(point);
  }
  TOCSIN_RETURN_IF_ERROR(geo::ValidatePolygon(polygon));
  return polygon;
}

absl::StatusOr<v1::Circle> ParseCircle(absl::string_view text) {
  constexpr double kRadiusKmMax = 20'038;
  auto numbers = Numbers(text);
  if (!numbers || numbers->size() != 3 || !((*numbers)[2] >= 0 && (*numbers)[2] <= kRadiusKmMax)) {
    return absl::InvalidArgumentError("is no \"lat,lon radius\"");
  }
  TOCSIN_ASSIGN_OR_RETURN(const geo::Point centre,
                          geo::PointFromDegrees((*numbers)[0], (*numbers)[1]));
  v1::Circle circle;
  *circle.mutable_centre() = schema::FromGeo(centre);
  circle.set_radius_m(static_cast<uint32_t>(std::lround((*numbers)[2] * 1000)));
  return circle;
}

// A point within the area, for maps; its middle where that lies inside.
geo::Point InsideOf(const geo::Polygon& polygon) {
  const geo::Point middle = geo::Centroid(polygon);
  return geo::Contains(polygon, middle) ? middle : polygon.rings[0][0];
}

absl::StatusOr<CapKey> ParseReference(absl::string_view text) {
  const std::vector<std::string> parts = absl::StrSplit(text, ',');
  if (parts.size() != 3 || !IsCapIdentifier(parts[0]) || !IsCapIdentifier(parts[1])) {
    return absl::InvalidArgumentError("are not of the form sender,identifier,sent");
  }
  TOCSIN_ASSIGN_OR_RETURN(const absl::Time sent, ReadIsoTime(parts[2]));
  return CapKey{parts[0], parts[1], IsoTime(sent)};
}

class Reader {
 public:
  Reader(absl::string_view bytes, Faults& faults) : bytes_(bytes), faults_(faults) {}

  CapMessage Read(const Element& root) {
    ReadHead(root);
    ReadReferences(root);
    for (const Element& info : root.All("info", true)) ReadInfo(info);
    Summarize();
    KeepOriginal();
    return std::move(message_);
  }

 private:
  v1::Alert& alert() { return message_.alert; }

  std::string Identifier(const Element& root, const char* name) {
    std::string text = root.Required(name);
    if (!text.empty() && !IsCapIdentifier(text)) {
      root.All(name)[0].Fault("has blanks, commas, < or &, or is longer than 128 bytes");
    }
    return text;
  }

  void ReadHead(const Element& root) {
    CapKey& key = message_.key;
    key.identifier = Identifier(root, "identifier");
    key.sender = Identifier(root, "sender");
    const auto sent = root.Time("sent", true);
    if (sent) key.sent = IsoTime(*sent);
    alert().set_identifier(key.identifier);
    alert().set_sender(key.sender);
    if (sent) *alert().mutable_sent_time() = ToTimestamp(*sent);
    alert().mutable_source()->set_system(kCapSourceSystem);
    alert().mutable_source()->set_key(SourceKey(key.ToText()));
    alert().set_status(static_cast<v1::CapStatus>(root.Word("status", CapList::kStatus)));
    const std::string type = root.Required("msgType");
    if (type == "Ack" || type == "Error") {
      root.All("msgType")[0].Fault("is Ack or Error: such a message makes no record");
    }
    alert().set_type(static_cast<v1::AlertType>(root.Word("msgType", CapList::kMessageType)));
    alert().set_audience(static_cast<v1::AlertScope>(root.Word("scope", CapList::kScope)));
    if (alert().audience() == v1::ALERT_RESTRICTED) root.Required("restriction");
    if (alert().audience() == v1::ALERT_PRIVATE) root.Required("addresses");
    alert().set_state(alert().type() == v1::ALERT_TYPE_CANCEL ? v1::ALERT_CANCELLED
                                                              : v1::ALERT_IN_FORCE);
  }

  void ReadReferences(const Element& root) {
    const std::vector<Element> all = root.All("references");
    if (all.size() > 1) all[1].Fault("is there twice");
    if (all.empty()) {
      if (alert().type() == v1::ALERT_TYPE_CANCEL) {
        root.Fault("a Cancel needs references: what does it cancel?");
      }
      return;
    }
    const std::string text = all[0].Text();
    if (text.empty()) all[0].Fault("is empty: leave the element out, or name the messages meant");
    for (absl::string_view word :
         absl::StrSplit(text, absl::ByAnyChar(" \t\r\n"), absl::SkipEmpty())) {
      auto key = ParseReference(word);
      if (!key.ok()) return all[0].Fault(key.status().message());
      alert().add_cap_reference(std::string(word));
      message_.references.push_back(*std::move(key));
    }
  }

  void ReadInfo(const Element& element) {
    v1::AlertInfo& info = *alert().add_info();
    const std::string language = element.Optional("language");
    info.set_language(language.empty() ? "en-US" : language);
    for (const Element& category : element.All("category")) {
      if (auto number = FromCap(CapList::kCategory, category.Text())) {
        info.add_category(static_cast<v1::CapCategory>(*number));
      } else {
        category.Fault("is none of the words that CAP has for it");
      }
    }
    if (info.category_size() == 0) element.Required("category");
    for (const Element& response : element.All("responseType")) {
      if (auto number = FromCap(CapList::kResponse, response.Text())) {
        info.add_response_type(static_cast<v1::ResponseType>(*number));
      } else {
        response.Fault("is none of the words that CAP has for it");
      }
    }
    info.set_urgency(static_cast<v1::Urgency>(element.Word("urgency", CapList::kUrgency)));
    info.set_severity(static_cast<v1::Severity>(element.Word("severity", CapList::kSeverity)));
    info.set_certainty(static_cast<v1::Certainty>(element.Word("certainty", CapList::kCertainty)));
    ReadTexts(element);
    ReadEventCodes(element, info);
    if (auto time = element.Time("effective", false))
      *info.mutable_effective_time() = ToTimestamp(*time);
    if (auto time = element.Time("onset", false)) *info.mutable_onset_time() = ToTimestamp(*time);
    if (auto time = element.Time("expires", false))
      *info.mutable_expires_time() = ToTimestamp(*time);
    for (const Element& area : element.All("area", true)) ReadArea(area, *info.add_area());
  }

  void ReadTexts(const Element& element) {
    const std::string event = element.Required("event", 512);
    if (IsPersonEvent(event)) RefusePerson(element);
    alert().add_event(event);
    alert().add_headline(element.Optional("headline", 1024));
    alert().add_description(element.Optional("description", 16384));
    alert().add_instruction(element.Optional("instruction", 16384));
  }

  void RefusePerson(const Element& element) {
    element.Fault(
        "is about a person: Tocsin keeps records of events and refuses such alerts whole; pass it "
        "on by the channels that are made for it");
  }

  void ReadEventCodes(const Element& element, v1::AlertInfo& info) {
    for (const Element& code : element.All("eventCode", true)) {
      const std::string name = code.Required("valueName");
      const std::string value = code.Required("value");
      if (IsPersonEventCode(value)) RefusePerson(element);
      AddCode(code, name, value, *info.mutable_event_code());
    }
  }

  // A code outside the schema's grammar stands in the original alone.
  void AddCode(const Element& element, const std::string& name, const std::string& value,
               google::protobuf::RepeatedPtrField<v1::Geocode>& codes) {
    if (!IsCode(name) || !IsCode(value)) {
      message_.notes.push_back(
          absl::StrCat(element.where(),
                       ": left out of the coded part: not an identifier of up to 32 characters"));
      return;
    }
    v1::Geocode& code = *codes.Add();
    code.set_system(name);
    code.set_value(value);
  }

  void ReadArea(const Element& element, v1::Area& area) {
    alert().add_area_desc(element.Required("areaDesc", 4096));
    for (const Element& polygon : element.All("polygon", true)) ReadPolygon(polygon, area);
    for (const Element& circle : element.All("circle", true)) {
      const std::string text = circle.Text();
      if (text.empty()) continue;
      auto parsed = ParseCircle(text);
      if (!parsed.ok()) return circle.Fault(parsed.status().message());
      if (!alert().has_point()) *alert().mutable_point() = parsed->centre();
      *area.add_circle() = *std::move(parsed);
    }
    for (const Element& code : element.All("geocode", true)) {
      const std::string name = code.Required("valueName");
      const std::string value = code.Required("value");
      AddCode(code, name, value, *area.mutable_geocode());
    }
  }

  // A warning with a bad polygon is still a warning: it goes out by its other areas and its text.
  void ReadPolygon(const Element& element, v1::Area& area) {
    const std::string text = element.Text();
    if (text.empty()) return;
    auto polygon = ParsePolygon(text);
    if (!polygon.ok()) {
      message_.flagged = true;
      message_.notes.push_back(absl::StrCat(
          element.where(), ": left out of the coded part: ", polygon.status().message()));
      return;
    }
    if (!alert().has_point()) *alert().mutable_point() = schema::FromGeo(InsideOf(*polygon));
    *area.add_polygon() = schema::FromGeo(*polygon);
  }

  // The worst and the latest over all infos.
  void Summarize() {
    for (const v1::AlertInfo& info : alert().info()) {
      alert().set_urgency(std::max(alert().urgency(), info.urgency()));
      alert().set_severity(std::max(alert().severity(), info.severity()));
      alert().set_certainty(std::max(alert().certainty(), info.certainty()));
      if (info.has_expires_time() &&
          (!alert().has_expires_time() ||
           alert().expires_time().seconds() < info.expires_time().seconds())) {
        *alert().mutable_expires_time() = info.expires_time();
      }
    }
  }

  void KeepOriginal() {
    alert().set_original_sha256(std::string(identity::Sha256(bytes_).view()));
    for (size_t at = 0, position = 0; at < bytes_.size(); at += kPartBytes, ++position) {
      std::string part;
      part.push_back(static_cast<char>(position >> 8));
      part.push_back(static_cast<char>(position & 0xFF));
      absl::StrAppend(&part, bytes_.substr(at, kPartBytes));
      alert().add_original_part(std::move(part));
    }
  }

  const absl::string_view bytes_;
  Faults& faults_;
  CapMessage message_;
};

bool ReadsEncoding(absl::string_view name) {
  for (const char* known :
       {"", "UTF-8", "UTF-16", "UTF-16LE", "UTF-16BE", "ISO-8859-1", "latin1", "US-ASCII"}) {
    if (absl::EqualsIgnoreCase(name, known)) return true;
  }
  return false;
}

// What the document is, if it is none that is read.
std::string ForeignDocument(const pugi::xml_node& root, absl::string_view name_space) {
  const absl::string_view name = LocalName(root.name());
  if (name_space == "http://www.w3.org/2005/Atom" || name == "feed" || name == "entry") {
    return "an Atom feed, which lists alerts: fetch the CAP file that each entry links to, and "
           "import those";
  }
  if (name == "rss" || name == "RDF") {
    return "an RSS feed, which lists alerts: fetch the CAP file that each item links to, and "
           "import those";
  }
  if (name == "EDXLDistribution") {
    return "an EDXL-DE envelope: take the CAP message out of its contentObject, and import that";
  }
  if (name != "alert") return "no CAP: the outermost element is not <alert>";
  if (name_space != kCap11 && name_space != kCap12) {
    return "an alert of another namespace than CAP 1.1 or 1.2";
  }
  return "";
}

void CheckDocument(pugi::xml_document& document, Faults& faults) {
  for (const pugi::xml_node& node : document.children()) {
    if (node.type() == pugi::node_doctype) {
      return faults.Add(node,
                        "has a document type (DOCTYPE), which could reach for other files: "
                        "such a file is never read");
    }
    if (node.type() == pugi::node_declaration &&
        !ReadsEncoding(node.attribute("encoding").value())) {
      return faults.Add(node, "declares an encoding that is not read: convert it to UTF-8");
    }
  }
  DepthWalker walker;
  if (!document.traverse(walker)) {
    faults.Add(ptrdiff_t{0}, absl::StrCat("elements nest deeper than ", kDepthMax));
  }
}

std::optional<CapMessage> ReadDocument(absl::string_view bytes, Faults& faults) {
  if (bytes.size() > kCapBytesMax) {
    faults.Add(ptrdiff_t{0}, absl::StrCat("is longer than ", kCapBytesMax, " bytes"));
    return std::nullopt;
  }
  pugi::xml_document document;
  const pugi::xml_parse_result parsed =
      document.load_buffer(bytes.data(), bytes.size(),
                           pugi::parse_default | pugi::parse_doctype | pugi::parse_declaration);
  if (!parsed) {
    faults.Add(parsed.offset,
               "is no XML: an element, attribute or quote is not closed, or the "
               "file is empty");
    return std::nullopt;
  }
  CheckDocument(document, faults);
  if (!faults.ok()) return std::nullopt;
  const pugi::xml_node root = document.document_element();
  const absl::string_view name(root.name());
  const size_t colon = name.find(':');
  const std::string prefix(colon == absl::string_view::npos ? "" : name.substr(0, colon + 1));
  const std::string declared =
      prefix.empty() ? "xmlns" : absl::StrCat("xmlns:", name.substr(0, colon));
  const std::string foreign = ForeignDocument(root, root.attribute(declared.c_str()).value());
  if (!foreign.empty()) {
    faults.Add(root, foreign);
    return std::nullopt;
  }
  CapMessage message = Reader(bytes, faults).Read(Element(root, prefix, "", faults));
  if (!faults.ok()) return std::nullopt;
  return message;
}

}  // namespace

CapResult ParseCap(absl::string_view bytes) {
  Faults faults(bytes);
  CapResult result;
  result.message = ReadDocument(bytes, faults);
  if (!result.message) result.fault = faults.Take();
  return result;
}

v1::AlertState StateOfReferenced(v1::AlertType type) {
  switch (type) {
    case v1::ALERT_TYPE_UPDATE:
      return v1::ALERT_UPDATED;
    case v1::ALERT_TYPE_CANCEL:
      return v1::ALERT_CANCELLED;
    default:
      return v1::ALERT_STATE_UNSPECIFIED;
  }
}

std::vector<CapKey> ReferencesOf(const v1::Alert& alert) {
  std::vector<CapKey> keys;
  for (const std::string& reference : alert.cap_reference()) {
    if (auto key = ParseReference(reference); key.ok()) keys.push_back(*std::move(key));
  }
  return keys;
}

absl::StatusOr<Summary> ReadCap(absl::string_view bytes, const Scope& scope, Sink& sink) {
  Summary summary;
  summary.read = 1;
  CapResult result = ParseCap(bytes);
  if (!result.message) {
    summary.refused = 1;
    sink.Refuse({result.fault.line, std::move(result.fault.reason)});
    return summary;
  }
  CapMessage& message = *result.message;
  ImportRow row;
  row.line = 1;
  row.record.set_scope(scope.ToString());
  row.record.set_kind(v1::ALERT);
  row.flagged = message.flagged;
  row.notes = std::move(message.notes);
  row.cap_key = std::move(message.key);
  row.superseded_state = StateOfReferenced(message.alert.type());
  if (row.superseded_state != v1::ALERT_STATE_UNSPECIFIED) {
    row.supersedes = std::move(message.references);
  }
  *row.record.mutable_alert() = std::move(message.alert);
  summary.ready = 1;
  summary.flagged = row.flagged ? 1 : 0;
  TOCSIN_RETURN_IF_ERROR(sink.Take(std::move(row)));
  return summary;
}

}  // namespace tocsin::exchange
