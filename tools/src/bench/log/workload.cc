#include "tools/src/bench/log/workload.h"

#include <absl/strings/str_cat.h>

#include "node/identity/record_id.h"
#include "tocsin/v1/records.pb.h"

namespace tocsin::bench {
namespace {

constexpr const char* kStreets[] = {"Atlantic Avenue",  "Eastern Parkway", "Flatbush Avenue",
                                    "Nostrand Avenue",  "Fulton Street",   "Bedford Avenue",
                                    "Linden Boulevard", "Church Avenue",   "Utica Avenue",
                                    "Ocean Parkway",    "Kings Highway",   "Myrtle Avenue"};
constexpr const char* kNfirs[] = {"111", "113", "131", "100", "151", "112", "118", "130"};
constexpr uint32_t kDescription = 27;
constexpr uint32_t kSeverity = 23;
constexpr int64_t kFirstCall = 1'420'070'400;  // 2015-01-01

log::RecordKey KeyOf(const Scope& scope, uint64_t n) {
  log::RecordKey key;
  key.kind = v1::INCIDENT;
  key.id = identity::RecordIdFromSourceKey(scope, key.kind, "nyc-fdny-incidents",
                                           absl::StrCat(57'892'593 + n * 17));
  return key;
}

v1::Severity AnySeverity(Random& random) {
  return static_cast<v1::Severity>(v1::SEVERITY_MINOR + static_cast<int>(random.Below(3)));
}

log::Draft DraftOf(const Scope& scope, uint64_t n, const v1::Incident& fire) {
  return {scope,
          Precedence::kRoutine,
          KeyOf(scope, n),
          v1::STATUS_ACTUAL,
          false,
          {},
          {},
          fire.SerializeAsString(),
          {}};
}

}  // namespace

std::string DescribeRow() { return "15 coded fields and one address text of about 22 bytes"; }
std::string DescribeEdit() { return "one coded field, overwriting one dot"; }

log::Draft FireRow(const Scope& scope, uint64_t n, Random& random) {
  v1::Incident fire;
  fire.set_status(v1::STATUS_ACTUAL);
  fire.set_state(v1::INCIDENT_CLOSED);
  fire.mutable_point()->set_lat_e7(405'000'000 + static_cast<int32_t>(random.Below(4'000'000)));
  fire.mutable_point()->set_lng_e7(-742'000'000 + static_cast<int32_t>(random.Below(5'000'000)));
  fire.mutable_source()->set_system("nyc-fdny-incidents");
  fire.mutable_source()->set_key(absl::StrCat(57'892'593 + n * 17));
  fire.set_type(v1::FIRE);
  fire.set_category(v1::CATEGORY_FIRE);
  fire.set_urgency(v1::URGENCY_PAST);
  fire.set_severity(AnySeverity(random));
  fire.set_certainty(v1::CERTAINTY_OBSERVED);
  fire.set_nfirs_type(kNfirs[random.Below(8)]);
  int64_t call =
      kFirstCall + static_cast<int64_t>(n) * 177 + static_cast<int64_t>(random.Below(177));
  int64_t arrival = call + 120 + static_cast<int64_t>(random.Below(240));
  fire.mutable_call_time()->set_seconds(call);
  fire.mutable_arrival_time()->set_seconds(arrival);
  fire.mutable_cleared_time()->set_seconds(arrival + 600 +
                                           static_cast<int64_t>(random.Below(5000)));
  fire.set_units_on_scene(static_cast<uint32_t>(3 + random.Below(12)));

  log::Draft draft = DraftOf(scope, n, fire);
  for (uint32_t field : {1u, 2u, 5u, 8u, 20u, 21u, 22u, 23u, 24u, 26u, 27u, 29u, 31u, 33u, 41u}) {
    draft.ops.push_back({field, false, {}});
  }
  std::string address = absl::StrCat(1 + random.Below(2500), " ", kStreets[random.Below(12)]);
  draft.texts.push_back({0, kDescription, 0, address, std::nullopt, std::nullopt});
  return draft;
}

log::Draft Edit(const Scope& scope, uint64_t n, const Dot& dot, Random& random) {
  v1::Incident fire;
  fire.set_severity(AnySeverity(random));
  log::Draft draft = DraftOf(scope, n, fire);
  draft.ops.push_back({kSeverity, false, {dot}});
  return draft;
}

}  // namespace tocsin::bench
