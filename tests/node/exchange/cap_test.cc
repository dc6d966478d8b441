#include "node/exchange/cap.h"

#include <absl/strings/match.h>
#include <absl/strings/str_cat.h>
#include <absl/strings/str_replace.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <set>

#include "node/exchange/cap_codes.h"
#include "node/exchange/cap_person.h"
#include "node/exchange/local_time.h"
#include "node/identity/hash.h"
#include "node/schema/validate.h"
#include "tests/node/exchange/support.h"

namespace tocsin::exchange {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr char kMessage[] = R"(<?xml version="1.0" encoding="UTF-8"?>
<alert xmlns="urn:oasis:names:tc:emergency:cap:1.2">
  <identifier>A-1</identifier>
  <sender>office@county.example</sender>
  <sent>2024-05-01T12:00:00-04:00</sent>
  <status>Actual</status>
  <msgType>Alert</msgType>
  <scope>Public</scope>
  <info>
    <category>Met</category>
    <event>Flood Warning</event>
    <urgency>Immediate</urgency>
    <severity>Severe</severity>
    <certainty>Observed</certainty>
    <eventCode><valueName>SAME</valueName><value>FLW</value></eventCode>
    <area>
      <areaDesc>Low ground by the creek</areaDesc>
      <polygon>40.0,-74.0 40.0,-73.9
        40.1, -73.9 40.1,-74.0
        40.0,-74.0</polygon>
      <geocode><valueName>SAME</valueName><value>036047</value></geocode>
    </area>
  </info>
</alert>
)";

std::string With(absl::string_view from, absl::string_view to) {
  EXPECT_TRUE(absl::StrContains(kMessage, from)) << from;
  return absl::StrReplaceAll(kMessage, {{from, to}});
}

CapMessage Good(absl::string_view bytes) {
  CapResult result = ParseCap(bytes);
  EXPECT_TRUE(result.message) << result.fault.line << ": " << result.fault.reason;
  return result.message.value_or(CapMessage());
}

std::string Reason(absl::string_view bytes) {
  CapResult result = ParseCap(bytes);
  EXPECT_FALSE(result.message);
  return result.fault.reason;
}

TEST(Cap, AMessageBecomesAnAlertWithItsOriginalBytes) {
  const CapMessage message = Good(kMessage);
  const v1::Alert& alert = message.alert;
  EXPECT_EQ(alert.identifier(), "A-1");
  EXPECT_EQ(alert.status(), v1::STATUS_ACTUAL);
  EXPECT_EQ(alert.state(), v1::ALERT_IN_FORCE);
  EXPECT_EQ(alert.info(0).language(), "en-US");
  EXPECT_THAT(alert.event(), ElementsAre("Flood Warning"));
  EXPECT_THAT(alert.headline(), ElementsAre(""));
  EXPECT_THAT(alert.area_desc(), ElementsAre("Low ground by the creek"));
  EXPECT_EQ(alert.severity(), v1::SEVERITY_SEVERE);
  EXPECT_EQ(alert.info(0).area(0).polygon_size(), 1);
  EXPECT_TRUE(alert.has_point());
  EXPECT_EQ(alert.original_part(0).substr(2), kMessage);
  EXPECT_EQ(alert.original_sha256(), std::string(identity::Sha256(kMessage).view()));
  EXPECT_EQ(message.key.sent, "2024-05-01T16:00:00Z");
}

TEST(Cap, VersionsOneOneAndOneTwoAreReadAndNoOther) {
  Good(With("cap:1.2", "cap:1.1"));
  EXPECT_THAT(Reason(With("cap:1.2", "cap:1.0")), HasSubstr("another namespace"));
  EXPECT_THAT(Reason(With(" xmlns=\"urn:oasis:names:tc:emergency:cap:1.2\"", "")),
              HasSubstr("another namespace"));
}

TEST(Cap, ADocumentTypeIsRefused) {
  EXPECT_THAT(Reason(With("<alert xmlns", "<!DOCTYPE alert><alert xmlns")), HasSubstr("DOCTYPE"));
  EXPECT_THAT(
      Reason(With("<alert xmlns",
                  "<!DOCTYPE alert [<!ENTITY x SYSTEM \"file:///etc/passwd\">]><alert xmlns")),
      HasSubstr("DOCTYPE"));
}

TEST(Cap, WhatIsRequiredIsNamedWithItsLine) {
  CapResult result = ParseCap(With("    <urgency>Immediate</urgency>\n", ""));
  EXPECT_FALSE(result.message);
  EXPECT_THAT(result.fault.reason, HasSubstr("info 1: urgency is required"));
  EXPECT_EQ(result.fault.line, 9u);
  EXPECT_THAT(Reason(With("<scope>Public</scope>", "")), HasSubstr("scope is required"));
  EXPECT_THAT(Reason(With("<areaDesc>Low ground by the creek</areaDesc>", "")),
              HasSubstr("info 1, area 1: areaDesc is required"));
}

TEST(Cap, ReasonsRepeatNothingOfTheFile) {
  EXPECT_THAT(Reason(With("Immediate", "Zanzibar")), Not(HasSubstr("Zanzibar")));
  EXPECT_THAT(Reason(With("2024-05-01", "Zanzibar")), Not(HasSubstr("Zanzibar")));
  EXPECT_THAT(Reason(With("A-1", "Zanzibar B")), Not(HasSubstr("Zanzibar")));
  EXPECT_THAT(Reason(With("<info>", "<info Zanzibar")), Not(HasSubstr("Zanzibar")));
}

TEST(Cap, AlertsAboutAPersonAreRefusedWhole) {
  for (const char* code : {"CAE", "MEP", "BLU", "missingPer"}) {
    EXPECT_THAT(Reason(With("FLW", code)), HasSubstr("about a person")) << code;
  }
  for (const char* event :
       {"Child Abduction Emergency", "AMBER Alert", "Missing Person", "Missing/Endangered person",
        "Law enforcement: Blue Alert", "Alerte enl\xC3\xA8vement"}) {
    EXPECT_THAT(Reason(With("Flood Warning", event)), HasSubstr("about a person")) << event;
  }
}

TEST(Cap, WhatIsMissingIsNotAlwaysAPerson) {
  for (const char* event : {"Missing vessel", "Blue-green algae", "Amber avalanche level",
                            "Flood Warning", "Hazardous Materials Warning"}) {
    EXPECT_FALSE(IsPersonEvent(event)) << event;
  }
}

TEST(Cap, UpdatesAndCancelsNameWhatTheyPutOutOfForce) {
  const std::string references =
      "<references>a@b,one,2024-05-01T10:00:00+00:00\n "
      "a@b,two,2024-05-01T06:00:00-04:00</references>";
  KeepingSink sink;
  const auto scope = Scope::Parse("city/kings/**");
  const std::string update = absl::StrReplaceAll(
      kMessage, {{"<msgType>Alert", "<msgType>Update"}, {"</scope>", "</scope>" + references}});
  ASSERT_TRUE(ReadCap(update, *scope, sink).ok());
  ASSERT_EQ(sink.rows.size(), 1u);
  EXPECT_EQ(sink.rows[0].record.scope(), "city/kings/**");
  EXPECT_EQ(sink.rows[0].superseded_state, v1::ALERT_UPDATED);
  // Both were sent at the same moment, written in two zones.
  EXPECT_THAT(sink.rows[0].supersedes, ElementsAre(CapKey{"a@b", "one", "2024-05-01T10:00:00Z"},
                                                   CapKey{"a@b", "two", "2024-05-01T10:00:00Z"}));
  ASSERT_TRUE(ReadCap(absl::StrReplaceAll(update, {{"Update", "Cancel"}}), *scope, sink).ok());
  EXPECT_EQ(sink.rows[1].superseded_state, v1::ALERT_CANCELLED);
  EXPECT_EQ(sink.rows[1].record.alert().state(), v1::ALERT_CANCELLED);
}

TEST(Cap, ACancelWithoutReferencesIsRefused) {
  EXPECT_THAT(Reason(With("<msgType>Alert", "<msgType>Cancel")), HasSubstr("needs references"));
}

TEST(Cap, AcknowledgementsMakeNoRecord) {
  EXPECT_THAT(Reason(With("<msgType>Alert", "<msgType>Ack")), HasSubstr("makes no record"));
}

TEST(Cap, ABadPolygonIsLeftOutAndTheWarningStands) {
  const CapMessage message = Good(With("40.1, -73.9 40.1,-74.0", "40.1,-74.0 40.1,-73.9"));
  EXPECT_TRUE(message.flagged);
  EXPECT_EQ(message.alert.info(0).area(0).polygon_size(), 0);
  ASSERT_EQ(message.notes.size(), 1u);
  EXPECT_THAT(message.notes[0], HasSubstr("info 1, area 1, polygon 1"));
}

TEST(Cap, WrappersAreRefusedByName) {
  EXPECT_THAT(Reason("<feed xmlns=\"http://www.w3.org/2005/Atom\"/>"), HasSubstr("Atom"));
  EXPECT_THAT(Reason("<rss version=\"2.0\"/>"), HasSubstr("RSS"));
  EXPECT_THAT(Reason("<e:EDXLDistribution xmlns:e=\"urn:x\"/>"), HasSubstr("EDXL-DE"));
}

TEST(Cap, LimitsOnSizeDepthAndEncodingAreKept) {
  EXPECT_THAT(Reason(std::string(kCapBytesMax + 1, ' ')), HasSubstr("longer than"));
  std::string deep;
  for (int i = 0; i < 100; ++i) deep += "<a>";
  for (int i = 0; i < 100; ++i) deep += "</a>";
  EXPECT_THAT(Reason(With("<info>", deep + "<info>")), HasSubstr("deeper"));
  EXPECT_THAT(Reason(With("UTF-8", "windows-1252")), HasSubstr("encoding"));
  EXPECT_THAT(Reason(With("creek", "\xE9")), HasSubstr("no text in the encoding"));
  EXPECT_THAT(Good(absl::StrReplaceAll(kMessage, {{"UTF-8", "ISO-8859-1"}, {"creek", "\xE9t\xE9"}}))
                  .alert.area_desc(0),
              HasSubstr("\xC3\xA9t\xC3\xA9"));
  EXPECT_THAT(Reason(""), HasSubstr("no XML"));
}

TEST(Cap, EntitiesOfTheFilesOwnAreNeverFilledIn) {
  const CapMessage message = Good(With("creek", "&xxe; &amp; &#233;"));
  EXPECT_THAT(message.alert.area_desc(0), HasSubstr("&xxe; & \xC3\xA9"));
}

TEST(Cap, ALongOriginalIsKeptInNumberedParts) {
  const std::string bytes =
      With("</alert>", absl::StrCat("<!--", std::string(40000, 'x'), "--></alert>"));
  const v1::Alert alert = Good(bytes).alert;
  ASSERT_EQ(alert.original_part_size(), 3);
  std::string joined;
  for (const std::string& part : alert.original_part()) joined += part.substr(2);
  EXPECT_EQ(joined, bytes);
  EXPECT_EQ(alert.original_part(2).substr(0, 2), std::string("\0\2", 2));
}

v1::Record RecordOf(v1::Alert alert) {
  v1::Record record;
  record.set_scope("city/**");
  record.set_kind(v1::ALERT);
  *record.mutable_alert() = std::move(alert);
  return record;
}

TEST(CapExport, EveryAlertHasAFileNameOfItsOwn) {
  std::set<std::string> names;
  for (const char* scope : {"city/**", "city/kings", "city/kings/**"}) {
    // The same identifier of two senders.
    for (const char* code : {"7K3M9QXF", "8K3M9QXG"}) {
      v1::Record record = RecordOf(Good(kMessage).alert);
      record.set_scope(scope);
      record.set_code(code);
      names.insert(WriteCap(record)->name);
    }
  }
  EXPECT_EQ(names.size(), 6u);
  EXPECT_TRUE(names.contains("A-1.city.kings.all.7K3M9QXF.cap"));
  // However long, it is a name that a file may have.
  v1::Record record = RecordOf(Good(kMessage).alert);
  record.mutable_alert()->set_identifier(std::string(128, 'x'));
  record.set_scope(absl::StrCat(std::string(32, 'a'), "/", std::string(32, 'b'), "/",
                                std::string(32, 'c'), "/", std::string(32, 'd')));
  record.set_code("7K3M9QXF");
  EXPECT_LT(WriteCap(record)->name.size(), 255u);
}

TEST(CapExport, TheOriginalGoesOutWhileItSaysWhatTheRecordSays) {
  v1::Record record = RecordOf(Good(kMessage).alert);
  auto file = WriteCap(record);
  ASSERT_TRUE(file.ok()) << file.status();
  EXPECT_EQ(file->bytes, kMessage);
  EXPECT_EQ(file->name, "A-1.city.all.cap");
  record.mutable_alert()->set_event(0, "Flash Flood Warning");
  file = WriteCap(record);
  ASSERT_TRUE(file.ok()) << file.status();
  EXPECT_THAT(Good(file->bytes).alert.event(), ElementsAre("Flash Flood Warning"));
}

TEST(CapExport, AWithdrawnAlertBecomesACancelOfIt) {
  v1::Record record = RecordOf(Good(kMessage).alert);
  record.mutable_alert()->set_state(v1::ALERT_WITHDRAWN);
  auto file = WriteCap(record);
  ASSERT_TRUE(file.ok()) << file.status();
  const CapMessage message = Good(file->bytes);
  EXPECT_EQ(message.alert.type(), v1::ALERT_TYPE_CANCEL);
  EXPECT_THAT(message.references, ElementsAre(Good(kMessage).key));
}

v1::Record Fire() {
  v1::Record record;
  record.set_uid("0a1b");
  record.set_scope("city/kings/e201");
  record.set_kind(v1::INCIDENT);
  record.mutable_create_time()->set_seconds(1'700'000'000);
  record.mutable_update_time()->set_seconds(1'700'000'000);
  v1::Incident& fire = *record.mutable_incident();
  fire.set_status(v1::STATUS_ACTUAL);
  fire.set_type(v1::FIRE);
  fire.set_state(v1::INCIDENT_CONFIRMED);
  fire.set_severity(v1::SEVERITY_SEVERE);
  fire.set_description("smoke on two floors");
  fire.set_injured_count(3);
  fire.add_note("three carried out");
  fire.mutable_point()->set_lat_e7(406'000'000);
  fire.mutable_point()->set_lng_e7(-740'000'000);
  return record;
}

TEST(CapExport, AnIncidentBecomesARestrictedMessageWithoutCasualties) {
  auto file = WriteCap(Fire());
  ASSERT_TRUE(file.ok()) << file.status();
  const CapMessage message = Good(file->bytes);
  EXPECT_EQ(message.alert.audience(), v1::ALERT_RESTRICTED);
  EXPECT_EQ(message.alert.type(), v1::ALERT_TYPE_ALERT);
  EXPECT_EQ(message.alert.info(0).category(0), v1::CATEGORY_FIRE);
  EXPECT_EQ(message.alert.info(0).area(0).circle_size(), 1);
  EXPECT_THAT(file->bytes, Not(HasSubstr("carried out")));
  EXPECT_THAT(file->bytes, Not(HasSubstr("injured")));
}

TEST(CapExport, AnEditedIncidentIsAnUpdateAndAWithdrawnOneACancel) {
  v1::Record record = Fire();
  record.mutable_update_time()->set_seconds(1'700'000'600);
  CapMessage message = Good(WriteCap(record)->bytes);
  EXPECT_EQ(message.alert.type(), v1::ALERT_TYPE_UPDATE);
  EXPECT_THAT(message.references, ElementsAre(Good(WriteCap(Fire())->bytes).key));
  record.mutable_incident()->set_state(v1::INCIDENT_WITHDRAWN);
  message = Good(WriteCap(record)->bytes);
  EXPECT_EQ(message.alert.type(), v1::ALERT_TYPE_CANCEL);
}

TEST(CapExport, OtherKindsAreNotCarried) {
  v1::Record record;
  record.set_kind(v1::SITE);
  record.mutable_site();
  EXPECT_EQ(WriteCap(record).status().code(), absl::StatusCode::kInvalidArgument);
}

// An alert of what CAP can carry: times in whole seconds, texts without blanks around them.
v1::Alert AnyAlert() {
  auto text = [] {
    return "t" +
           *rc::gen::container<std::string>(
               rc::gen::elementOf(std::string("ab <>&\"'\n;]]>,\x7E"))) +
           "t";
  };
  auto time = [](google::protobuf::Timestamp* out) {
    out->set_seconds(*rc::gen::inRange<int64_t>(-1'000'000'000, 4'000'000'000));
  };
  auto word = [](int last) { return *rc::gen::inRange(1, last + 1); };
  v1::Alert alert;
  alert.set_identifier(absl::StrCat("id-", *rc::gen::inRange(0, 1000)));
  alert.set_sender("sender@x");
  alert.mutable_source()->set_system("cap");
  time(alert.mutable_sent_time());
  alert.set_status(static_cast<v1::CapStatus>(word(5)));
  alert.set_type(static_cast<v1::AlertType>(word(2)));
  alert.set_audience(static_cast<v1::AlertScope>(word(3)));
  alert.set_state(v1::ALERT_IN_FORCE);
  if (*rc::gen::arbitrary<bool>()) alert.add_cap_reference("a,b,2024-05-01T10:00:00-00:00");
  for (int i = *rc::gen::inRange(0, 3); i > 0; --i) {
    v1::AlertInfo& info = *alert.add_info();
    info.set_language(*rc::gen::elementOf(std::vector<std::string>{"en-US", "fr-CA"}));
    info.add_category(static_cast<v1::CapCategory>(word(12)));
    if (*rc::gen::arbitrary<bool>()) info.add_response_type(static_cast<v1::ResponseType>(word(9)));
    info.set_urgency(static_cast<v1::Urgency>(word(5)));
    info.set_severity(static_cast<v1::Severity>(word(5)));
    info.set_certainty(static_cast<v1::Certainty>(word(5)));
    if (*rc::gen::arbitrary<bool>()) time(info.mutable_expires_time());
    alert.add_event(text());
    alert.add_headline(*rc::gen::arbitrary<bool>() ? text() : "");
    alert.add_description(text());
    alert.add_instruction("");
    for (int j = *rc::gen::inRange(0, 3); j > 0; --j) {
      v1::Area& area = *info.add_area();
      alert.add_area_desc(text());
      v1::Circle& circle = *area.add_circle();
      circle.mutable_centre()->set_lat_e7(*rc::gen::inRange(-900'000'000, 900'000'001));
      circle.mutable_centre()->set_lng_e7(*rc::gen::inRange(-1'800'000'000, 1'800'000'001));
      circle.set_radius_m(*rc::gen::inRange<uint32_t>(0, 1'000'000));
      v1::Geocode& code = *area.add_geocode();
      code.set_system("SAME");
      code.set_value("036047");
    }
  }
  return alert;
}

RC_GTEST_PROP(CapExport, WhatIsWrittenIsReadBack, ()) {
  const v1::Alert alert = AnyAlert();
  auto file = WriteCap(RecordOf(alert));
  RC_ASSERT(file.ok());
  CapResult result = ParseCap(file->bytes);
  RC_ASSERT(result.message.has_value());
  v1::Alert read = result.message->alert;
  // Derived from the rest, or from the bytes.
  read.clear_source();
  read.clear_point();
  read.clear_urgency();
  read.clear_severity();
  read.clear_certainty();
  read.clear_expires_time();
  read.clear_original_part();
  read.clear_original_sha256();
  v1::Alert expected = alert;
  expected.clear_source();
  RC_ASSERT(read.ShortDebugString() == expected.ShortDebugString());
}

RC_GTEST_PROP(Cap, NoMutationOfAMessageCrashesTheReader, ()) {
  std::string bytes = kMessage;
  for (int i = *rc::gen::inRange(1, 6); i > 0; --i) {
    const auto at = *rc::gen::inRange<size_t>(0, bytes.size());
    const auto length = *rc::gen::inRange<size_t>(0, 20);
    switch (*rc::gen::inRange(0, 3)) {
      case 0:
        bytes.erase(at, length);
        break;
      case 1:
        bytes.insert(at, bytes.substr(*rc::gen::inRange<size_t>(0, bytes.size()), length));
        break;
      default:
        bytes[at] = *rc::gen::arbitrary<char>();
    }
    if (bytes.empty()) bytes = "<";
  }
  CapResult result = ParseCap(bytes);
  RC_ASSERT(result.message.has_value() != !result.fault.reason.empty());
}

class CapSamples : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!DataPath("cap-samples")) GTEST_SKIP() << kNoData;
  }
  static std::string Sample(const std::string& name) {
    return ReadFile(DataPath("cap-samples/google-cap-library/" + name).value_or(""));
  }
};

TEST_F(CapSamples, TheGoodOnesAreAlerts) {
  for (const char* name :
       {"43b080713727.cap", "australia.cap", "canada.cap", "canada_signed.cap",
        "earthquake-iso8859-1.cap", "earthquake.cap", "earthquake_signed.cap",
        "no_optional_fields.cap", "thunderstorm.cap", "wcatwc-warning.cap", "weather.cap"}) {
    const std::string bytes = Sample(name);
    CapResult result = ParseCap(bytes);
    ASSERT_TRUE(result.message) << name << ": " << result.fault.reason;
    EXPECT_FALSE(result.message->flagged) << name;
    const absl::Status valid = schema::Validate(result.message->alert, schema::Purpose::kCreate);
    EXPECT_TRUE(valid.ok()) << name << ": " << valid;
    auto file = WriteCap(RecordOf(result.message->alert));
    ASSERT_TRUE(file.ok());
    EXPECT_EQ(file->bytes, bytes) << name;
    // Written from its fields, it is the same alert.
    v1::Alert bare = result.message->alert;
    bare.clear_original_part();
    file = WriteCap(RecordOf(bare));
    ASSERT_TRUE(file.ok());
    v1::Alert again = Good(file->bytes).alert;
    again.clear_original_part();
    again.set_original_sha256(bare.original_sha256());
    EXPECT_EQ(again.ShortDebugString(), bare.ShortDebugString()) << name;
  }
}

TEST_F(CapSamples, TheBadOnesAreRefusedWithTheirReasons) {
  EXPECT_THAT(Reason(Sample("xee.cap")), HasSubstr("DOCTYPE"));
  EXPECT_THAT(Reason(Sample("invalid.cap")), HasSubstr("scope is required"));
  EXPECT_THAT(Reason(Sample("canada_errors.cap")), HasSubstr("references is empty"));
  EXPECT_THAT(Reason(Sample("noaa_errors.cap")), HasSubstr("references is empty"));
}

TEST_F(CapSamples, FeedsAndEnvelopesAreRefusedByName) {
  for (const char* name : {"canada_signed.atom", "earthquake.atom", "earthquake_index.atom",
                           "empty_weather_index.atom", "invalid_element.atom", "no_entries.atom",
                           "no_id.atom", "no_link.atom", "no_title.atom", "weather.atom",
                           "weather_index.atom", "weather_invalid.atom"}) {
    EXPECT_THAT(Reason(Sample(name)), HasSubstr("Atom")) << name;
  }
  EXPECT_THAT(Reason(Sample("xee.atom")), HasSubstr("DOCTYPE"));
  for (const char* name : {"invalid.rss", "ny_index.rss"}) {
    EXPECT_THAT(Reason(Sample(name)), HasSubstr("RSS")) << name;
  }
  for (const char* name : {"bushfire.edxlde", "bushfire_invalid.edxlde", "bushfire_valid.edxlde"}) {
    EXPECT_THAT(Reason(Sample(name)), HasSubstr("EDXL-DE")) << name;
  }
}

TEST_F(CapSamples, TheOnesWithoutInfoAndInLatin1AreWhole) {
  EXPECT_EQ(Good(Sample("no_optional_fields.cap")).alert.info_size(), 0);
  EXPECT_THAT(Good(Sample("earthquake-iso8859-1.cap")).alert.headline(0),
              HasSubstr("Usulut\xC3\xA1n"));
  EXPECT_EQ(Good(Sample("canada.cap")).references.size(), 2u);
  EXPECT_EQ(Good(Sample("canada.cap")).alert.info_size(), 2);
}

}  // namespace
}  // namespace tocsin::exchange
