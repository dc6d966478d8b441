#include "node/api/conflict_watches.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "tests/node/api/caller.h"
#include "tests/node/conflicts/apart.h"

namespace tocsin::api {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

using Caller = CallerOf<v1::WatchConflictsResponse>;

// A station's board with watches on it. One thread; nothing happens but in Run().
class Station {
 public:
  Station()
      : gate_(view_.log(), view_.view(), view_.node().executor(), 100),
        board_(view_.log(), view_.view(), view_.node().executor(), conflicts::BoardOptions()),
        watches_(std::make_unique<ConflictWatches>(board_, view_.view(), ProcessId(), gate_,
                                                   view_.node().executor(), WatchOptions())) {
    Run();
  }
  ~Station() {
    watches_.reset();
    gate_.Close();
  }

  void Run() { view_.Run(); }

  // Two severities of an incident that did not see one another.
  void Conflict(uint64_t code) {
    view_.node().clock().Advance(absl::Seconds(1));
    const Dot filed = Write(code, v1::SEVERITY_MINOR, {});
    dots_[code] = {Write(code, v1::SEVERITY_SEVERE, {filed}),
                   Write(code, v1::SEVERITY_EXTREME, {filed})};
    Run();
  }
  void Settle(uint64_t code) {
    Write(code, v1::SEVERITY_SEVERE, dots_[code]);
    Run();
  }

  std::shared_ptr<Caller> WatchAll() {
    v1::WatchConflictsRequest request;
    request.set_include_current(true);
    auto caller = std::make_shared<Caller>();
    auto id = watches_->Open(request, caller);
    EXPECT_TRUE(id.ok()) << id.status();
    caller->id = id.value_or(WatchId());
    Run();
    return caller;
  }
  // What comes until nothing comes, `max` at most.
  std::vector<v1::WatchConflictsResponse> Read(Caller& caller, size_t max = 10'000) {
    std::vector<v1::WatchConflictsResponse> messages;
    Run();
    while (caller.under_way && messages.size() < max) {
      messages.push_back(std::move(*caller.under_way));
      caller.under_way.reset();
      watches_->OnSent(caller.id, true);
      Run();
    }
    return messages;
  }

 private:
  Dot Write(uint64_t code, v1::Severity severity, std::vector<Dot> overwrites) {
    return view_
        .Append(view::DraftOf(view::Incident(code), conflicts::Severity(severity),
                              std::move(overwrites)))
        .dot;
  }

  log::TestNetwork network_;
  view::ViewNode view_{network_.e201};
  Gate gate_;
  conflicts::Board board_;
  std::unique_ptr<ConflictWatches> watches_;
  std::map<uint64_t, std::vector<Dot>> dots_;
};

std::vector<v1::ConflictEvent> EventsIn(const std::vector<v1::WatchConflictsResponse>& messages) {
  std::vector<v1::ConflictEvent> events;
  for (const auto& message : messages) {
    if (message.has_conflict()) events.push_back(message.event());
  }
  return events;
}

std::string NameOf(uint64_t code) {
  return "scopes/city.kings.e201/incidents/" + SpokenCode::FromBits(code).ToString();
}

TEST(ConflictWatches, WhatALaterPageToldAsCurrentIsNotToldToOpenAgain) {
  constexpr uint64_t kMoreThanAPage = 60;
  Station station;
  for (uint64_t code = 1; code <= kMoreThanAPage; ++code) station.Conflict(code);
  auto caller = station.WatchAll();
  std::vector<v1::WatchConflictsResponse> messages = station.Read(*caller, 10);
  // The oldest come first: it stands on the last page, when that is read.
  station.Conflict(kMoreThanAPage + 1);
  for (auto& message : station.Read(*caller)) messages.push_back(std::move(message));
  EXPECT_THAT(EventsIn(messages), SizeIs(kMoreThanAPage + 1));
  EXPECT_THAT(EventsIn(messages), ::testing::Each(v1::CONFLICT_CURRENT));
  EXPECT_TRUE(messages.back().current_complete());

  // What becomes of it is told, and of one that no page told.
  station.Settle(kMoreThanAPage + 1);
  station.Conflict(kMoreThanAPage + 2);
  messages = station.Read(*caller);
  ASSERT_THAT(EventsIn(messages), ElementsAre(v1::CONFLICT_SETTLED, v1::CONFLICT_OPENED));
  EXPECT_EQ(messages[0].conflict().record(), NameOf(kMoreThanAPage + 1));
  EXPECT_EQ(messages[1].conflict().record(), NameOf(kMoreThanAPage + 2));
  EXPECT_FALSE(caller->end.has_value());
}

TEST(ConflictWatches, WhatWasSettledBeforeItsPageWasReadIsNotCurrent) {
  constexpr uint64_t kMoreThanAPage = 60;
  Station station;
  for (uint64_t code = 1; code <= kMoreThanAPage; ++code) station.Conflict(code);
  auto caller = station.WatchAll();
  std::vector<v1::WatchConflictsResponse> messages = station.Read(*caller, 10);
  station.Settle(kMoreThanAPage);
  for (auto& message : station.Read(*caller)) messages.push_back(std::move(message));
  const std::vector<v1::ConflictEvent> events = EventsIn(messages);
  ASSERT_THAT(events, SizeIs(kMoreThanAPage));
  EXPECT_EQ(events.back(), v1::CONFLICT_SETTLED);
  EXPECT_EQ(messages.back().conflict().record(), NameOf(kMoreThanAPage));
  EXPECT_THAT(EventsIn(station.Read(*caller)), IsEmpty());
}

}  // namespace
}  // namespace tocsin::api
