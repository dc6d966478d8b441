// Bodies and names that intake's tests start from.
#pragma once

#include <string>

#include "node/identity/record_id.h"
#include "node/intake/compose.h"
#include "node/schema/kinds.h"
#include "node/view/view.h"
#include "tocsin/v1/api.pb.h"

namespace tocsin::intake {

inline Scope Post() { return *Scope::Parse("city/kings/e201"); }

inline view::RecordName NameOf(v1::Kind kind, uint64_t code_bits = 12345) {
  const auto number = static_cast<uint32_t>(kind);
  return {Post(), {number, code_bits, identity::RecordIdFromCode(Post(), number, code_bits)}};
}

// A fire that bothers nobody yet: routine.
inline v1::Incident SmallFire() {
  v1::Incident fire;
  fire.set_status(v1::STATUS_ACTUAL);
  fire.set_state(v1::INCIDENT_REPORTED);
  fire.set_type(v1::FIRE);
  fire.set_urgency(v1::URGENCY_EXPECTED);
  fire.set_severity(v1::SEVERITY_MINOR);
  fire.set_certainty(v1::CERTAINTY_OBSERVED);
  fire.mutable_point()->set_lat_e7(406892000);
  fire.mutable_point()->set_lng_e7(-739442000);
  fire.set_description("Rubbish burning behind the depot");
  return fire;
}

// Flash.
inline v1::Incident GreatFire() {
  v1::Incident fire = SmallFire();
  fire.set_urgency(v1::URGENCY_IMMEDIATE);
  fire.set_severity(v1::SEVERITY_EXTREME);
  fire.set_description("Warehouse well alight, spreading");
  return fire;
}

inline Edit EditOf(const google::protobuf::Message& body) {
  Edit edit;
  edit.body.reset(body.New());
  edit.body->CopyFrom(body);
  return edit;
}

}  // namespace tocsin::intake
