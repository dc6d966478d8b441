#include "node/conflicts/list.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <set>

#include "tests/node/conflicts/apart.h"

namespace tocsin::conflicts {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr size_t kPlenty = 4 << 20;

class ListTest : public ::testing::Test {
 protected:
  ListTest()
      : board_(std::make_unique<Board>(apart_.county.log(), apart_.county.view(),
                                       apart_.county.node().executor(), BoardOptions())) {
    apart_.Run();
  }
  std::vector<Dot> Conflict(uint64_t code, v1::Severity a, v1::Severity b) {
    const Dot filed = apart_.File(code, view::Fire());
    std::vector<Dot> dots = {Apart::Write(apart_.station, code, Severity(a), {filed}),
                             Apart::Write(apart_.county, code, Severity(b), {filed})};
    apart_.Meet();
    apart_.Run();
    apart_.Advance(absl::Minutes(1));
    return dots;
  }
  v1::ListConflictsResponse List(const v1::ListConflictsRequest& request, size_t bytes = kPlenty) {
    auto page = ListOpen(*board_, apart_.county.view(), request, bytes);
    EXPECT_TRUE(page.ok()) << page.status();
    return page.ok() ? page->response : v1::ListConflictsResponse();
  }
  std::vector<std::string> Codes(const std::string& filter, const std::string& order = "") {
    v1::ListConflictsRequest request;
    request.set_filter(filter);
    request.set_order_by(order);
    std::vector<std::string> codes;
    const v1::ListConflictsResponse page = List(request);
    for (const v1::OpenConflict& row : page.conflict()) codes.push_back(row.code());
    return codes;
  }
  static std::string Code(uint64_t bits) { return SpokenCode::FromBits(bits).ToString(); }

  Apart apart_;
  std::unique_ptr<Board> board_;
};

TEST_F(ListTest, TheMostSevereAndThenTheOldestComeFirst) {
  Conflict(1, v1::SEVERITY_MINOR, v1::SEVERITY_SEVERE);
  Conflict(2, v1::SEVERITY_SEVERE, v1::SEVERITY_EXTREME);
  Conflict(3, v1::SEVERITY_MINOR, v1::SEVERITY_EXTREME);
  Conflict(4, v1::SEVERITY_MINOR, v1::SEVERITY_SEVERE);
  EXPECT_THAT(Codes(""), ElementsAre(Code(2), Code(3), Code(1), Code(4)));
  EXPECT_THAT(Codes("", "since_time desc"), ElementsAre(Code(4), Code(3), Code(2), Code(1)));
  EXPECT_THAT(Codes("", "severity,since_time desc"),
              ElementsAre(Code(4), Code(1), Code(3), Code(2)));
}

TEST_F(ListTest, ARowSaysWhatWhoWhenAndWhoseTurn) {
  Conflict(1, v1::SEVERITY_SEVERE, v1::SEVERITY_EXTREME);
  const v1::ListConflictsResponse page = List({});
  ASSERT_EQ(page.conflict_size(), 1);
  const v1::OpenConflict& row = page.conflict(0);
  EXPECT_EQ(row.record(), "scopes/city.kings.e201/incidents/" + Code(1));
  EXPECT_EQ(row.scope(), "city/kings/e201");
  EXPECT_EQ(row.kind(), v1::INCIDENT);
  EXPECT_EQ(row.type(), "FIRE");
  EXPECT_EQ(row.severity(), v1::SEVERITY_EXTREME);
  EXPECT_EQ(row.status(), v1::STATUS_ACTUAL);
  EXPECT_EQ(row.conflict().field(), "severity");
  ASSERT_EQ(row.conflict().value_size(), 2);
  EXPECT_TRUE(row.conflict().value(0).shown());
  EXPECT_EQ(row.conflict().value(0).jurisdiction(), "city/kings");
  EXPECT_EQ(row.conflict().value(1).jurisdiction(), "city/kings/e201");
  EXPECT_EQ(row.age().seconds(), 60);
  EXPECT_EQ(row.turn(), "city/kings/e201");
  EXPECT_EQ(row.turn_until_time().seconds() - row.since_time().seconds(), 15 * 60);
  EXPECT_EQ(row.etag(), apart_.county.Shown(view::Incident(1)).etag());
}

TEST_F(ListTest, FiltersPickByKindFieldSeverityAgeAndTurn) {
  Conflict(1, v1::SEVERITY_MINOR, v1::SEVERITY_SEVERE);
  apart_.Advance(absl::Minutes(20));
  Conflict(2, v1::SEVERITY_SEVERE, v1::SEVERITY_EXTREME);
  EXPECT_THAT(Codes("age > 10m"), ElementsAre(Code(1)));
  EXPECT_THAT(Codes("severity = extreme"), ElementsAre(Code(2)));
  EXPECT_THAT(Codes("turn = city/kings"), ElementsAre(Code(1)));
  EXPECT_THAT(Codes("turn = city/kings/e201"), ElementsAre(Code(2)));
  EXPECT_THAT(Codes("field = state"), IsEmpty());
  EXPECT_THAT(Codes("kind = hazard"), IsEmpty());
  EXPECT_THAT(Codes("kind = incident AND field = severity"), ElementsAre(Code(2), Code(1)));
}

TEST_F(ListTest, AParentTakesWhatIsBelowIt) {
  Conflict(1, v1::SEVERITY_MINOR, v1::SEVERITY_SEVERE);
  v1::ListConflictsRequest request;
  for (const char* parent :
       {"scopes/city.kings", "scopes/city", "scopes/city.kings.e201", "scopes/-"}) {
    request.set_parent(parent);
    EXPECT_EQ(List(request).conflict_size(), 1) << parent;
  }
  for (const char* parent : {"scopes/city.kings.all", "scopes/city.queens"}) {
    request.set_parent(parent);
    EXPECT_EQ(List(request).conflict_size(), 0) << parent;
  }
}

TEST_F(ListTest, PagesHaveEachConflictOnceWhateverIsSettledBetweenThem) {
  std::vector<std::vector<Dot>> dots;
  for (uint64_t code = 1; code <= 7; ++code) {
    dots.push_back(Conflict(code, v1::SEVERITY_MINOR,
                            code % 2 == 0 ? v1::SEVERITY_SEVERE : v1::SEVERITY_EXTREME));
  }
  v1::ListConflictsRequest request;
  request.set_page_size(2);
  std::multiset<std::string> seen;
  do {
    const v1::ListConflictsResponse page = List(request);
    for (const v1::OpenConflict& row : page.conflict()) seen.insert(row.code());
    // One that was seen is settled before the next page is read.
    if (seen.size() == 2) {
      Apart::Write(apart_.county, 1, Severity(v1::SEVERITY_MINOR), dots[0]);
      apart_.Run();
    }
    request.set_page_token(page.next_page_token());
  } while (!request.page_token().empty());
  EXPECT_EQ(seen.size(), 7u);
  EXPECT_EQ(std::set<std::string>(seen.begin(), seen.end()).size(), 7u);
}

TEST_F(ListTest, LongRowsMakeShortPages) {
  for (uint64_t code = 1; code <= 4; ++code) {
    Conflict(code, v1::SEVERITY_MINOR, v1::SEVERITY_SEVERE);
  }
  const v1::ListConflictsResponse page = List({}, 10);
  EXPECT_EQ(page.conflict_size(), 1);
  EXPECT_FALSE(page.next_page_token().empty());
}

TEST_F(ListTest, WhatCannotBeReadIsRefused) {
  const auto code = [this](const v1::ListConflictsRequest& request) {
    return ListOpen(*board_, apart_.county.view(), request, kPlenty).status().code();
  };
  v1::ListConflictsRequest request;
  request.set_parent("rubbish");
  EXPECT_EQ(code(request), absl::StatusCode::kInvalidArgument);
  request = {};
  request.set_order_by("description");
  EXPECT_EQ(code(request), absl::StatusCode::kInvalidArgument);
  request = {};
  request.set_page_size(-1);
  EXPECT_EQ(code(request), absl::StatusCode::kInvalidArgument);
  request = {};
  request.set_page_token("rubbish");
  EXPECT_EQ(code(request), absl::StatusCode::kInvalidArgument);
  for (uint64_t incident = 1; incident <= 2; ++incident) {
    Conflict(incident, v1::SEVERITY_MINOR, v1::SEVERITY_SEVERE);
  }
  request = {};
  request.set_page_size(1);
  request.set_page_token(List(request).next_page_token());
  EXPECT_EQ(code(request), absl::StatusCode::kOk);
  request.set_filter("severity > minor");
  EXPECT_EQ(code(request), absl::StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace tocsin::conflicts
