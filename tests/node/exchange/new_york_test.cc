// The files of New York by the mappings that ship, with the counts that the files' README states.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>

#include "node/base/scope.h"
#include "node/exchange/features.h"
#include "node/exchange/local_time.h"
#include "node/exchange/translate.h"
#include "node/identity/record_id.h"
#include "node/schema/kinds.h"
#include "node/schema/validate.h"
#include "tests/node/exchange/support.h"

namespace tocsin::exchange {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr char kCounties[] = "boundaries/ny_nj_counties_same.geojson";
constexpr char kFirehouses[] = "nyc-firehouses/fdny_firehouses.csv";
constexpr char kFires[] = "nyc-fire-incidents/nyc_severe_fire_incidents_2015_h1.csv";
constexpr char kPermits[] = "nyc-regulated-sites/nyc_transfer_station_permits.csv";
constexpr char kTracts[] = "nyc-headcount-zones/nyc_tract_population.csv";

class NewYork : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!DataPath("README.md")) GTEST_SKIP() << "the shared data is not there";
  }

  static std::string Data(const std::string& relative) {
    auto path = DataPath(relative);
    EXPECT_TRUE(path) << relative;
    auto bytes = Slurp(path.value_or(""));
    EXPECT_TRUE(bytes.ok()) << bytes.status();
    return bytes.value_or("");
  }

  // `aids` maps names to files.
  Summary Import(const std::string& mapping_name, const std::string& file,
                 std::map<std::string, std::string> aids = {}) {
    auto mapping = ShippedMapping(mapping_name);
    EXPECT_TRUE(mapping.ok()) << mapping.status();
    if (!mapping.ok()) return {};
    for (auto& [name, path] : aids) path = Data(path);
    auto built = Aids::Build(*mapping, aids, LoadShipped);
    EXPECT_TRUE(built.ok()) << built.status();
    if (!built.ok()) return {};
    const std::string bytes = Data(file);
    std::istringstream in(bytes);
    auto summary = file.ends_with(".geojson") ? ReadGeoJson(bytes, *mapping, *built, sink_)
                                              : ReadCsv(in, *mapping, *built, sink_);
    EXPECT_TRUE(summary.ok()) << summary.status();
    for (const ImportRow& row : sink_.rows) {
      const absl::Status valid =
          schema::Validate(*schema::BodyOf(row.record), schema::Purpose::kCreate);
      EXPECT_TRUE(valid.ok()) << "line " << row.line << ": " << valid;
    }
    return summary.value_or(Summary());
  }

  Summary ImportFires() {
    return Import("nyc_fire_incidents.toml", kFires,
                  {{"stations", kFirehouses}, {"counties", kCounties}});
  }

  std::map<std::string, int> Scopes() const {
    std::map<std::string, int> scopes;
    for (const ImportRow& row : sink_.rows) ++scopes[row.record.scope()];
    return scopes;
  }

  const v1::Incident* Fire(const std::string& key) const {
    for (const ImportRow& row : sink_.rows) {
      if (row.record.incident().source().key() == key) return &row.record.incident();
    }
    return nullptr;
  }

  KeepingSink sink_;
};

bool IsCounty(const std::string& scope) { return std::count(scope.begin(), scope.end(), '/') == 1; }

TEST_F(NewYork, AllFiresAreFiledButTheOneThatDescribesAPerson) {
  const Summary summary = ImportFires();
  EXPECT_EQ(summary.read, 1266u);
  EXPECT_EQ(summary.ready, 1265u);
  EXPECT_EQ(summary.refused, 1u);
  EXPECT_EQ(summary.flagged, 27u);
  ASSERT_EQ(sink_.refused.size(), 1u);
  EXPECT_THAT(sink_.refused[0].reason, HasSubstr("INCIDENT_TYPE_DESC"));
  EXPECT_THAT(sink_.refused[0].reason, Not(HasSubstr("edical assist")));
  std::set<std::string> keys;
  for (const ImportRow& row : sink_.rows) keys.insert(row.record.incident().source().key());
  EXPECT_EQ(keys.size(), 1265u);
}

TEST_F(NewYork, FalseAlarmsAreFiledAsWithdrawn) {
  ImportFires();
  std::set<std::string> codes;
  int withdrawn = 0;
  for (const ImportRow& row : sink_.rows) {
    const v1::Incident& fire = row.record.incident();
    const bool is = fire.state() == v1::INCIDENT_WITHDRAWN;
    EXPECT_EQ(is, fire.withdraw_reason() == v1::WITHDRAW_FALSE_ALARM);
    EXPECT_EQ(!is, fire.state() == v1::INCIDENT_CLOSED);
    if (is) codes.insert(fire.nfirs_type());
    withdrawn += is ? 1 : 0;
  }
  EXPECT_EQ(withdrawn, 5);
  EXPECT_EQ(codes, (std::set<std::string>{"611", "651", "671", "740A", "741"}));
}

TEST_F(NewYork, CodesBecomeEvents) {
  ImportFires();
  int fires = 0, rescues = 0;
  for (const ImportRow& row : sink_.rows) {
    const v1::Incident& incident = row.record.incident();
    EXPECT_NE(incident.type(), v1::INCIDENT_TYPE_UNSPECIFIED);
    const std::string& code = incident.nfirs_type();
    if (code.empty()) continue;
    if (code[0] == '1') {
      ++fires;
      EXPECT_EQ(incident.type(), v1::FIRE) << code;
    }
    if (code == "300") {
      ++rescues;
      EXPECT_EQ(incident.type(), v1::RESCUE);
    }
  }
  EXPECT_EQ(fires, 1209);
  EXPECT_EQ(rescues, 6);
}

TEST_F(NewYork, SeverityComesFromHowFarTheFireSpread) {
  ImportFires();
  std::map<v1::Severity, int> counts;
  for (const ImportRow& row : sink_.rows) ++counts[row.record.incident().severity()];
  EXPECT_EQ(counts[v1::SEVERITY_EXTREME], 12);
  EXPECT_EQ(counts[v1::SEVERITY_SEVERE], 206);
  EXPECT_EQ(counts[v1::SEVERITY_MODERATE], 663);
  EXPECT_EQ(counts[v1::SEVERITY_MINOR], 100);
  // 285 without, of which the refused row is one.
  EXPECT_EQ(counts[v1::SEVERITY_UNKNOWN], 284);
}

TEST_F(NewYork, FiresGoToTheNearestFirehouseOfTheirBorough) {
  ImportFires();
  int in_county = 0, most = 0;
  std::set<std::string> stations;
  for (const auto& [scope, count] : Scopes()) {
    if (IsCounty(scope)) {
      in_county += count;
      continue;
    }
    stations.insert(scope);
    most = std::max(most, count);
  }
  EXPECT_EQ(in_county, 27);
  EXPECT_EQ(stations.size(), 212u);
  EXPECT_EQ(most, 19);
}

TEST_F(NewYork, OddPlacesAreFlaggedInTheCountysOwnScope) {
  ImportFires();
  int missing = 0, outside = 0;
  for (const ImportRow& row : sink_.rows) {
    const v1::Incident& fire = row.record.incident();
    EXPECT_EQ(row.flagged, fire.place_flag_size() == 1);
    EXPECT_EQ(row.flagged, IsCounty(row.record.scope()));
    if (!row.flagged) continue;
    missing += fire.place_flag(0) == v1::PLACE_MISSING ? 1 : 0;
    outside += fire.place_flag(0) == v1::PLACE_OUTSIDE_JURISDICTION ? 1 : 0;
    EXPECT_EQ(fire.has_point(), fire.place_flag(0) != v1::PLACE_MISSING);
  }
  EXPECT_EQ(missing, 8);
  EXPECT_EQ(outside, 19);
}

TEST_F(NewYork, TheFireOverTheClockChangeLastsWhatItsRowSays) {
  ImportFires();
  const v1::Incident* fire = Fire("58149566");
  ASSERT_NE(fire, nullptr);
  EXPECT_EQ(fire->cleared_time().seconds() - fire->call_time().seconds(), 8552);
  EXPECT_EQ(IsoTime(FromTimestamp(fire->call_time())), "2015-03-08T04:49:03Z");
}

TEST_F(NewYork, NoTextIsTakenFromTheFires) {
  ImportFires();
  for (const ImportRow& row : sink_.rows) {
    EXPECT_TRUE(row.record.incident().description().empty());
    EXPECT_EQ(row.record.incident().note_size(), 0);
  }
}

TEST_F(NewYork, EachFirehouseIsAPostWithAScopeOfItsOwn) {
  const Summary summary = Import("nyc_firehouses.toml", kFirehouses);
  EXPECT_EQ(summary.ready, 219u);
  EXPECT_EQ(summary.refused, 0u);
  const auto scopes = Scopes();
  EXPECT_EQ(scopes.size(), 219u);
  EXPECT_TRUE(scopes.contains("city/kings/e201"));
  EXPECT_TRUE(scopes.contains("city/queens/e264"));
  EXPECT_TRUE(scopes.contains("city/bronx/bronx-borough-command"));
  EXPECT_TRUE(scopes.contains("city/queens/queens-borough-command"));
  int by_number = 0;
  for (const auto& [scope, count] : scopes) {
    by_number += scope.ends_with("borough-command") ? 0 : 1;
  }
  EXPECT_EQ(by_number, 217);
}

TEST_F(NewYork, SheltersHaveNoCapacityAndNoKeyOfTheirOwn) {
  const Summary summary = Import("nyc_evacuation_centers.toml",
                                 "nyc-evac-centers/nyc_hurricane_evacuation_centers.geojson");
  EXPECT_EQ(summary.ready, 60u);
  EXPECT_EQ(summary.refused, 0u);
  std::set<std::string> keys;
  int accessible = 0;
  for (const ImportRow& row : sink_.rows) {
    const v1::Shelter& shelter = row.record.shelter();
    keys.insert(shelter.source().key());
    EXPECT_FALSE(shelter.has_capacity());
    EXPECT_TRUE(shelter.has_point());
    EXPECT_TRUE(shelter.has_accessible());
    accessible += shelter.accessible() ? 1 : 0;
  }
  EXPECT_EQ(keys.size(), 60u);
  EXPECT_EQ(accessible, 59);
  EXPECT_EQ(Scopes()["city/kings"], 17);
  EXPECT_EQ(Scopes()["city/richmond"], 5);
}

TEST_F(NewYork, TheSiteInJamestownIsFlagged) {
  const Summary summary =
      Import("nyc_epa_sites.toml", "nyc-regulated-sites/nyc_epa_tri_sites_2019.csv",
             {{"counties", kCounties}});
  EXPECT_EQ(summary.ready, 40u);
  EXPECT_EQ(summary.refused, 0u);
  bool jamestown = false;
  for (const ImportRow& row : sink_.rows) {
    const v1::Site& site = row.record.site();
    if (site.source().key() != "14701BLCKS1BLAC") continue;
    jamestown = true;
    EXPECT_TRUE(row.flagged);
    EXPECT_EQ(row.record.scope(), "city/manhattan");
  }
  EXPECT_TRUE(jamestown);
}

TEST_F(NewYork, PermitsNameTheirSites) {
  EXPECT_EQ(Import("nyc_transfer_station_sites.toml", kPermits, {{"counties", kCounties}}).ready,
            20u);
  std::set<std::string> sites;
  for (const ImportRow& row : sink_.rows) {
    auto scope = Scope::Parse(row.record.scope());
    const v1::Source& source = row.record.site().source();
    sites.insert(std::string(
        identity::RecordIdFromSourceKey(*scope, v1::SITE, source.system(), source.key()).view()));
  }
  sink_.rows.clear();
  EXPECT_EQ(Import("nyc_transfer_station_permits.toml", kPermits).ready, 20u);
  std::map<v1::PermitActivity, int> activities;
  int without_expiry = 0;
  for (const ImportRow& row : sink_.rows) {
    const v1::Permit& permit = row.record.permit();
    EXPECT_TRUE(sites.contains(permit.subject().id()));
    ++activities[permit.activity()];
    without_expiry += permit.has_valid_until_time() ? 0 : 1;
    EXPECT_EQ(permit.number().find_first_of("[]"), std::string::npos);
    if (permit.number() == "2-6007-00015/00030") {
      EXPECT_EQ(IsoTime(FromTimestamp(permit.valid_from_time())), "2017-06-30T04:00:00Z");
      EXPECT_EQ(IsoTime(FromTimestamp(permit.valid_until_time())), "2020-04-23T03:59:59Z");
    }
  }
  EXPECT_EQ(activities[v1::ACTIVITY_WASTE_TRANSFER], 17);
  EXPECT_EQ(activities[v1::ACTIVITY_WASTE_TRANSFER_REGISTRATION], 3);
  EXPECT_EQ(without_expiry, 3);
  EXPECT_EQ(sites.size(), 20u);
}

TEST_F(NewYork, EveryTractIsAZoneWithItsPolygonAndItsResidents) {
  Summary summary = Import("nyc_tract_zones.toml", kTracts,
                           {{"tracts", "nyc-headcount-zones/nyc_tracts.geojson"}});
  EXPECT_EQ(summary.ready, 2095u);
  EXPECT_EQ(summary.refused, 0u);
  std::set<std::string> zones;
  for (const ImportRow& row : sink_.rows) {
    const v1::Zone& zone = row.record.zone();
    EXPECT_EQ(zone.area().ring_size(), 1);
    zones.insert(
        std::string(identity::RecordIdFromSourceKey(*Scope::Parse(row.record.scope()), v1::ZONE,
                                                    zone.source().system(), zone.source().key())
                        .view()));
  }
  auto scopes = Scopes();
  std::vector<int> counts;
  for (const auto& [scope, count] : scopes) counts.push_back(count);
  std::sort(counts.rbegin(), counts.rend());
  EXPECT_EQ(counts, (std::vector<int>{747, 639, 327, 278, 104}));
  EXPECT_EQ(scopes["city/kings"], 747);
  sink_.rows.clear();

  summary = Import("nyc_tract_headcounts.toml", kTracts);
  EXPECT_EQ(summary.ready, 2095u);
  uint64_t residents = 0;
  for (const ImportRow& row : sink_.rows) {
    const v1::Headcount& headcount = row.record.headcount();
    EXPECT_TRUE(zones.contains(headcount.zone().id()));
    EXPECT_EQ(headcount.zone().scope(), row.record.scope());
    residents += headcount.residents().exactly();
  }
  EXPECT_EQ(residents, 8398556u);
}

TEST_F(NewYork, TheSameFileTwiceGivesTheSameRows) {
  ImportFires();
  std::vector<ImportRow> first = std::move(sink_.rows);
  sink_.rows.clear();
  ImportFires();
  ASSERT_EQ(first.size(), sink_.rows.size());
  for (size_t i = 0; i < first.size(); ++i) {
    EXPECT_EQ(first[i].record.ShortDebugString(), sink_.rows[i].record.ShortDebugString());
  }
}

}  // namespace
}  // namespace tocsin::exchange
