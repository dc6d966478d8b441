// CAP messages: what is read as an alert is, once written from its fields, read as the same alert.

#include "node/base/status.h"
#include "node/exchange/cap.h"
#include "tests/fuzz/fuzz.h"

namespace tocsin::fuzz {
namespace {

constexpr char kMessage[] = R"(<?xml version="1.0" encoding="UTF-8"?>
<c:alert xmlns:c="urn:oasis:names:tc:emergency:cap:1.2"><c:identifier>A-1</c:identifier>
<c:sender>office@county.example</c:sender><c:sent>2024-05-01T12:00:00-04:00</c:sent>
<c:status>Actual</c:status><c:msgType>Update</c:msgType><c:scope>Public</c:scope>
<c:references>a@b,one,2024-05-01T10:00:00+00:00</c:references><c:info><c:category>Met</c:category>
<c:event>Flood &amp; wind</c:event><c:urgency>Immediate</c:urgency><c:severity>Severe</c:severity>
<c:certainty>Observed</c:certainty><c:eventCode><c:valueName>SAME</c:valueName><c:value>FLW</c:value>
</c:eventCode><c:expires>2024-05-01T16:00:00-04:00</c:expires><c:description><![CDATA[a < b]]>
</c:description><c:area><c:areaDesc>creek</c:areaDesc><c:polygon>40.0,-74.0 40.0,-73.9 40.1,-73.9
40.0,-74.0</c:polygon><c:circle>40.5,-73.5 1.5</c:circle><c:geocode><c:valueName>SAME</c:valueName>
<c:value>036047</c:value></c:geocode></c:area></c:info></c:alert>)";

// CAP's times have no fractions of a second.
void DropFractions(v1::Alert& alert) {
  alert.mutable_sent_time()->clear_nanos();
  if (alert.has_expires_time()) alert.mutable_expires_time()->clear_nanos();
  for (v1::AlertInfo& info : *alert.mutable_info()) {
    if (info.has_effective_time()) info.mutable_effective_time()->clear_nanos();
    if (info.has_onset_time()) info.mutable_onset_time()->clear_nanos();
    if (info.has_expires_time()) info.mutable_expires_time()->clear_nanos();
  }
}

void Compare(v1::Alert first, v1::Alert again) {
  for (v1::Alert* alert : {&first, &again}) {
    DropFractions(*alert);
    alert->clear_source();
    alert->clear_original_part();
    alert->clear_original_sha256();
  }
  TOCSIN_CHECK(first.SerializeAsString() == again.SerializeAsString());
}

}  // namespace

std::vector<std::string> Seeds() {
  const std::string message(kMessage);
  return {message, "<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?>" + message.substr(38),
          "<!DOCTYPE alert [<!ENTITY x SYSTEM \"file:///x\">]><alert>&x;</alert>",
          "<feed xmlns=\"http://www.w3.org/2005/Atom\"/>"};
}

}  // namespace tocsin::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using tocsin::exchange::ParseCap;
  const auto result = ParseCap({reinterpret_cast<const char*>(data), size});
  TOCSIN_CHECK(result.message.has_value() == result.fault.reason.empty());
  if (!result.message) return 0;
  tocsin::v1::Record record;
  *record.mutable_alert() = result.message->alert;
  record.mutable_alert()->clear_original_part();
  const auto file = tocsin::exchange::WriteCap(record);
  TOCSIN_CHECK(file.ok());
  const auto again = ParseCap(file->bytes);
  TOCSIN_CHECK(again.message.has_value());
  tocsin::fuzz::Compare(result.message->alert, again.message->alert);
  return 0;
}
