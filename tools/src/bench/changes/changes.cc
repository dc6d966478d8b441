#include "tools/src/bench/changes/changes.h"

#include <absl/strings/str_cat.h>

#include "node/identity/record_id.h"
#include "tocsin/v1/records.pb.h"

namespace tocsin::bench {
namespace {

constexpr uint32_t kIncident = 1;
constexpr uint32_t kUnitsOnScene = 41;
// 1 January 2015.
constexpr int64_t kYearBegin = 1'420'070'400;
constexpr uint64_t kYearSeconds = 365 * 24 * 3600;

int32_t Around(Random& random, int32_t centre, uint64_t spread) {
  return centre + static_cast<int32_t>(random.Below(spread)) - static_cast<int32_t>(spread / 2);
}

}  // namespace

log::Draft FireRow(Random& random, const Scope& scope, uint64_t number) {
  static constexpr const char* kCodes[] = {"100", "111", "113", "117", "118", "130", "151", "251"};
  std::string key = absl::StrCat(57'000'000 + number);
  v1::Incident incident;
  incident.set_status(v1::STATUS_ACTUAL);
  incident.set_state(v1::INCIDENT_CLOSED);
  incident.mutable_point()->set_lat_e7(Around(random, 407'000'000, 2'000'000));
  incident.mutable_point()->set_lng_e7(Around(random, -739'500'000, 2'000'000));
  incident.mutable_source()->set_system("nyc-fire-incidents");
  incident.mutable_source()->set_key(key);
  incident.set_type(v1::FIRE);
  incident.set_category(v1::CATEGORY_FIRE);
  incident.set_urgency(v1::URGENCY_PAST);
  incident.set_severity(static_cast<v1::Severity>(1 + random.Below(5)));
  incident.set_certainty(v1::CERTAINTY_OBSERVED);
  incident.set_nfirs_type(kCodes[random.Below(std::size(kCodes))]);
  auto call = kYearBegin + static_cast<int64_t>(random.Below(kYearSeconds));
  incident.mutable_call_time()->set_seconds(call);
  incident.mutable_arrival_time()->set_seconds(call + 120 +
                                               static_cast<int64_t>(random.Below(400)));
  incident.mutable_cleared_time()->set_seconds(call + 1200 +
                                               static_cast<int64_t>(random.Below(9000)));
  incident.set_units_on_scene(static_cast<uint32_t>(2 + random.Below(30)));
  incident.set_call_reference(key);

  log::Draft draft{.scope = scope,
                   .precedence = Precedence::kRoutine,
                   .key = {},
                   .cap_status = v1::STATUS_ACTUAL,
                   .heard = false,
                   .ops = {},
                   .restated = {},
                   .values = incident.SerializeAsString(),
                   .texts = {}};
  draft.key.kind = kIncident;
  draft.key.id = identity::RecordIdFromSourceKey(scope, kIncident, "nyc-fire-incidents", key);
  for (uint32_t field : {1, 2, 5, 8, 20, 21, 22, 23, 24, 26, 29, 31, 33, 41, 42}) {
    draft.ops.push_back({.field = field, .clear = false, .overwrites = {}});
  }
  return draft;
}

log::Draft EditOfOneField(Random& random, const log::Draft& row, const Dot& before) {
  v1::Incident incident;
  incident.set_units_on_scene(static_cast<uint32_t>(2 + random.Below(30)));
  log::Draft draft = row;
  draft.values = incident.SerializeAsString();
  draft.ops = {{.field = kUnitsOnScene, .clear = false, .overwrites = {before}}};
  return draft;
}

}  // namespace tocsin::bench
