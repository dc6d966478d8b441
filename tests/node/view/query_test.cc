#include "node/view/query.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <optional>
#include <set>

#include "node/geo/cells.h"
#include "tests/node/view/world.h"

namespace tocsin::view {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::UnorderedElementsAre;

std::vector<std::string> Codes(const std::vector<v1::Record>& records) {
  std::vector<std::string> codes;
  for (const v1::Record& record : records) codes.push_back(record.code());
  return codes;
}

std::string Code(uint64_t bits) { return SpokenCode::FromBits(bits).ToString(); }

ListQuery Asking(std::string filter, std::string order_by = "") {
  ListQuery query;
  query.kind = v1::INCIDENT;
  query.filter = std::move(filter);
  query.order_by = std::move(order_by);
  return query;
}

// Every page of it, with pages of the given size.
std::vector<v1::Record> ListAll(const View& view, ListQuery query, size_t page_size = 3) {
  std::vector<v1::Record> records;
  query.page_size = page_size;
  for (int pages = 0; pages < 10'000; ++pages) {
    auto page = view.List(query);
    EXPECT_TRUE(page.ok()) << page.status();
    if (!page.ok()) break;
    EXPECT_LE(page->records.size(), page_size);
    for (v1::Record& record : page->records) records.push_back(std::move(record));
    query.page_token = page->next_page_token;
    if (query.page_token.empty()) break;
  }
  return records;
}

class QueryTest : public ::testing::Test {
 protected:
  // Filed in this order, a second apart.
  void File(uint64_t bits, const v1::Incident& incident, const Scope& scope = log::StationScope()) {
    county_.node().clock().Advance(absl::Seconds(1));
    county_.Append(DraftOf(Incident(bits, scope), incident));
  }
  absl::Status ErrorOf(const ListQuery& query) { return county_.view().List(query).status(); }

  log::TestNetwork network_;
  ViewNode county_{network_.kings};
};

TEST_F(QueryTest, WithoutAnOrderTheLatestChangedComesFirst) {
  for (uint64_t bits = 1; bits <= 5; ++bits) File(bits, Fire());
  EXPECT_THAT(Codes(ListAll(county_.view(), Asking(""))),
              ElementsAre(Code(5), Code(4), Code(3), Code(2), Code(1)));
  EXPECT_THAT(Codes(ListAll(county_.view(), Asking("", "update_time"))),
              ElementsAre(Code(1), Code(2), Code(3), Code(4), Code(5)));
}

TEST_F(QueryTest, AParentHoldsItsOwnMattersThoseBelowAndTheirBroadcasts) {
  auto scope = [](const char* text) { return *Scope::Parse(text); };
  File(1, Fire(), scope("city/kings"));
  File(2, Fire(), scope("city/kings/**"));
  File(3, Fire(), scope("city/kings/e201"));
  File(4, Fire(), scope("city/kings/e20"));
  ListQuery query = Asking("");
  query.parent = scope("city/kings");
  EXPECT_THAT(ListAll(county_.view(), query), SizeIs(4));
  query.parent = scope("city/kings/e20");
  EXPECT_THAT(Codes(ListAll(county_.view(), query)), ElementsAre(Code(4)));
  query.parent = scope("city/kings/**");
  EXPECT_THAT(Codes(ListAll(county_.view(), query)), ElementsAre(Code(2)));
}

TEST_F(QueryTest, AListOfEveryKindTakesThoseThatHaveTheFieldsOfTheFilter) {
  File(1, Fire());
  v1::Site site;
  site.set_status(v1::STATUS_ACTUAL);
  site.set_state(v1::LIFE_ACTIVE);
  site.set_display_name("Depot");
  RecordName name = Incident(2);
  name.key.kind = static_cast<uint32_t>(v1::SITE);
  name.key.id = identity::RecordIdFromCode(name.scope, name.key.kind, 2);
  county_.Append(DraftOf(name, site));
  ListQuery query;
  EXPECT_THAT(Codes(ListAll(county_.view(), query)), UnorderedElementsAre(Code(1), Code(2)));
  query.filter = "display_name = \"dep*\"";
  EXPECT_THAT(Codes(ListAll(county_.view(), query)), ElementsAre(Code(2)));
  query.filter = "no_such_field = 1";
  EXPECT_EQ(ErrorOf(query).code(), absl::StatusCode::kInvalidArgument);
}

TEST_F(QueryTest, APageTokenBelongsToItsQuery) {
  for (uint64_t bits = 1; bits <= 5; ++bits) File(bits, Fire());
  ListQuery query = Asking("type = FIRE");
  query.page_size = 2;
  const std::string token = county_.view().List(query)->next_page_token;
  query.page_token = token;
  EXPECT_TRUE(county_.view().List(query).ok());
  query.page_size = 1;
  EXPECT_TRUE(county_.view().List(query).ok());
  query.filter = "type = FLOOD";
  EXPECT_THAT(std::string(ErrorOf(query).message()), HasSubstr("another parent, kind, filter"));
  query.page_token = "rubbish";
  EXPECT_THAT(std::string(ErrorOf(query).message()), HasSubstr("no token of ours"));
}

TEST_F(QueryTest, OrderOfSomethingElseSaysWhatThereIs) {
  absl::Status status = ErrorOf(Asking("", "description"));
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(status.message()), HasSubstr("observed_time"));
}

TEST_F(QueryTest, RecordsWithoutTheFieldOfTheOrderComeLast) {
  File(1, FireAt(1, 1, 30));
  File(2, Fire());
  File(3, FireAt(1, 1, 10));
  File(4, Fire());
  EXPECT_THAT(Codes(ListAll(county_.view(), Asking("", "observed_time"), 1)),
              ElementsAre(Code(3), Code(1), Code(2), Code(4)));
  EXPECT_THAT(Codes(ListAll(county_.view(), Asking("", "observed_time desc"), 1)),
              ElementsAre(Code(1), Code(3), Code(2), Code(4)));
}

TEST_F(QueryTest, FindsByCodeInEveryScope) {
  File(1, Fire(), *Scope::Parse("city/kings/e201"));
  File(1, Fire(), *Scope::Parse("city/kings/e202"));
  File(2, Fire(), *Scope::Parse("city/kings/e202"));
  EXPECT_THAT(ListAll(county_.view(), Asking("code = " + Code(1))), SizeIs(2));
  EXPECT_THAT(ListAll(county_.view(), Asking("code = " + Code(2))), SizeIs(1));
  EXPECT_THAT(ListAll(county_.view(), Asking("code = " + Code(3))), IsEmpty());
}

TEST_F(QueryTest, ConflictsAreListed) {
  File(1, Fire());
  File(2, Fire());
  v1::Incident other;
  other.set_type(v1::FLOOD);
  county_.Append(DraftOf(Incident(2), other));
  EXPECT_THAT(Codes(ListAll(county_.view(), Asking("conflict = true"))), ElementsAre(Code(2)));
  EXPECT_THAT(Codes(ListAll(county_.view(), Asking("conflict = false"))), ElementsAre(Code(1)));
}

TEST_F(QueryTest, AnEmptyRangeOfTimesFindsNothing) {
  File(1, FireAt(1, 1, 10));
  EXPECT_THAT(ListAll(county_.view(), Asking("observed_time > 1970-01-01T00:01:00Z AND "
                                             "observed_time < 1970-01-01T00:00:30Z")),
              IsEmpty());
}

TEST_F(QueryTest, ListsLeaveOutTheOriginalsOfAlerts) {
  v1::Alert alert;
  alert.set_status(v1::STATUS_ACTUAL);
  alert.set_state(v1::ALERT_IN_FORCE);
  alert.add_headline("Flood warning");
  alert.add_original_part(std::string("\0\0<alert/>", 10));
  RecordName name = Incident(2);
  name.key.kind = static_cast<uint32_t>(v1::ALERT);
  name.key.id = identity::RecordIdFromCode(name.scope, name.key.kind, 2);
  county_.Append(DraftOf(name, alert));
  ListQuery query;
  query.kind = v1::ALERT;
  auto listed = ListAll(county_.view(), query);
  ASSERT_THAT(listed, SizeIs(1));
  EXPECT_THAT(listed[0].alert().original_part(), IsEmpty());
  EXPECT_EQ(listed[0].alert().headline(0), "Flood warning");
  EXPECT_EQ(county_.Shown(name).alert().original_part(0), alert.original_part(0));
}

TEST_F(QueryTest, WhatMatchesIsWhatIsListed) {
  File(1, FireAt(407000000, -740000000, 5));
  File(2, Fire());
  for (const char* filter : {"", "type = FIRE", "within(40,-75,41,-73)", "severity = EXTREME"}) {
    ListQuery query = Asking(filter);
    query.parent = *Scope::Parse("city/kings/e201");
    std::vector<std::string> listed = Codes(ListAll(county_.view(), query));
    for (uint64_t bits : {1, 2}) {
      auto record = county_.view().Get(Incident(bits));
      ASSERT_TRUE(record.ok());
      EXPECT_EQ(*county_.view().Matches(query, *record),
                std::count(listed.begin(), listed.end(), Code(bits)) == 1)
          << filter;
    }
  }
}

// -- Any query over any records, against looking at each of them.

struct World {
  World() : county(network.kings) {
    const int records = *rc::gen::inRange(0, 25);
    for (int n = 0; n < records; ++n) {
      v1::Incident incident = Fire();
      incident.set_type(*rc::gen::element(v1::FIRE, v1::FLOOD, v1::STORM));
      incident.set_state(*rc::gen::element(v1::INCIDENT_REPORTED, v1::INCIDENT_CLOSED));
      if (*rc::gen::inRange(0, 3) != 0) {
        incident.mutable_point()->set_lat_e7(400000000 + *rc::gen::inRange(0, 20) * 1000000);
        incident.mutable_point()->set_lng_e7(-740000000 + *rc::gen::inRange(0, 20) * 1000000);
      }
      if (*rc::gen::inRange(0, 3) != 0) {
        incident.mutable_observed_time()->set_seconds(*rc::gen::inRange(0, 6));
      }
      if (*rc::gen::arbitrary<bool>()) county.node().clock().Advance(absl::Seconds(1));
      const Scope scope = *Scope::Parse(*rc::gen::element<std::string>(
          "city/kings", "city/kings/e201", "city/kings/e202", "city/kings/**"));
      county.Append(DraftOf(Incident(static_cast<uint64_t>(n), scope), incident));
      names.push_back(Incident(static_cast<uint64_t>(n), scope));
    }
  }
  log::TestNetwork network;
  ViewNode county;
  std::vector<RecordName> names;
};

ListQuery RandomQuery() {
  ListQuery query =
      Asking(*rc::gen::element<std::string>(
                 "", "type = FIRE", "type != FIRE AND state = CLOSED", "within(40,-74,41,-73)",
                 "near(40.5,-73.5,50000) AND type = FLOOD", "observed_time >= 1970-01-01T00:00:02Z",
                 "observed_time > 1970-01-01T00:00:01Z AND within(40,-74,42,-72.5)",
                 "NOT within(40,-74,41,-73)", "type = FIRE OR type = STORM"),
             *rc::gen::element<std::string>("", "update_time", "update_time desc", "observed_time",
                                            "observed_time desc", "type", "severity desc",
                                            "create_time desc"));
  query.parent = *rc::gen::element<std::optional<Scope>>(std::nullopt, *Scope::Parse("city/kings"),
                                                         *Scope::Parse("city/kings/e201"),
                                                         *Scope::Parse("city/kings/**"));
  return query;
}

RC_GTEST_PROP(QueryProperty, PagesTogetherAreEveryMatchOnceInOneOrder, ()) {
  World world;
  const ListQuery query = RandomQuery();
  RC_LOG() << query.filter << " | " << query.order_by << " | "
           << (query.parent ? query.parent->ToString() : "-") << "\n";
  std::set<std::string> expected;
  for (const RecordName& name : world.names) {
    auto record = world.county.view().Get(name);
    if (*world.county.view().Matches(query, *record)) expected.insert(record->shown.name());
  }
  const auto page_size = static_cast<size_t>(*rc::gen::inRange(1, 8));
  std::vector<std::string> paged;
  for (const v1::Record& record : ListAll(world.county.view(), query, page_size)) {
    paged.push_back(record.name());
  }
  std::vector<std::string> whole;
  for (const v1::Record& record : ListAll(world.county.view(), query, 1000)) {
    whole.push_back(record.name());
  }
  RC_ASSERT(paged == whole);
  RC_ASSERT(std::set<std::string>(paged.begin(), paged.end()) == expected);
  RC_ASSERT(paged.size() == expected.size());
}

RC_GTEST_PROP(QueryProperty, WhatNobodyChangesComesOnceWhileOthersAreWritten, ()) {
  World world;
  ListQuery query = RandomQuery();
  std::set<std::string> untouched;
  for (const v1::Record& record : ListAll(world.county.view(), query, 1000)) {
    untouched.insert(record.name());
  }
  std::vector<std::string> seen;
  query.page_size = 3;
  for (int page_number = 0; page_number < 100; ++page_number) {
    auto page = world.county.view().List(query);
    RC_ASSERT(page.ok());
    for (const v1::Record& record : page->records) seen.push_back(record.name());
    query.page_token = page->next_page_token;
    if (query.page_token.empty()) break;
    if (world.names.empty()) continue;
    const auto& name = world.names[*rc::gen::inRange<size_t>(0, world.names.size())];
    world.county.node().clock().Advance(absl::Seconds(1));
    v1::Incident edit;
    edit.set_type(v1::FLOOD);
    auto before = world.county.view().Get(name);
    world.county.Append(
        DraftOf(name, edit, merge::ShownDots(before->merged, v1::Incident::kTypeFieldNumber)));
    untouched.erase(before->shown.name());
  }
  for (const std::string& name : untouched) {
    RC_ASSERT(std::count(seen.begin(), seen.end(), name) == 1);
  }
}

}  // namespace
}  // namespace tocsin::view
