#include "node/api/watches.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <map>
#include <optional>
#include <vector>

#include "node/api/resume_token.h"
#include "tests/node/api/caller.h"
#include "tests/node/view/world.h"

namespace tocsin::api {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

using Caller = CallerOf<v1::WatchRecordsResponse>;

// A station's view with watches on it. One thread; nothing happens but in Run().
class Station {
 public:
  explicit Station(const WatchOptions& options = {})
      : view_(network_.e201),
        gate_(view_.log(), view_.view(), view_.node().executor(), 100),
        watches_(std::make_unique<Watches>(view_.log(), view_.view(), gate_,
                                           view_.node().executor(), options)) {
    view_.Run();
  }
  ~Station() {
    watches_.reset();
    gate_.Close();
  }

  Watches& watches() { return *watches_; }
  view::ViewNode& view() { return view_; }
  void Run() { view_.Run(); }

  std::shared_ptr<Caller> Watch(const v1::WatchRecordsRequest& request = {}) {
    auto caller = std::make_shared<Caller>();
    auto id = watches_->Open(request, caller);
    EXPECT_TRUE(id.ok()) << id.status();
    caller->id = id.value_or(WatchId());
    Run();
    return caller;
  }
  // What comes until nothing comes.
  std::vector<v1::WatchRecordsResponse> Read(Caller& caller) {
    std::vector<v1::WatchRecordsResponse> messages;
    Run();
    while (caller.under_way) {
      messages.push_back(std::move(*caller.under_way));
      caller.under_way.reset();
      watches_->OnSent(caller.id, true);
      Run();
    }
    return messages;
  }

  // The severity is a new write of the incident; it overwrites the one before.
  void Set(uint64_t code, v1::Severity severity) {
    v1::Incident fire = view::Fire();
    fire.set_severity(severity);
    std::vector<Dot> before;
    if (last_.contains(code)) before = {last_[code]};
    last_[code] = view_.Append(view::DraftOf(view::Incident(code), fire, before)).dot;
  }

 private:
  log::TestNetwork network_;
  view::ViewNode view_;
  Gate gate_;
  std::unique_ptr<Watches> watches_;
  std::map<uint64_t, Dot> last_;
};

std::string NameOf(uint64_t code) {
  return "scopes/city.kings.e201/incidents/" + SpokenCode::FromBits(code).ToString();
}

std::vector<std::string> NamesIn(const std::vector<v1::WatchRecordsResponse>& messages) {
  std::vector<std::string> names;
  for (const v1::WatchRecordsResponse& message : messages) {
    if (message.has_record()) names.push_back(message.record().name());
  }
  return names;
}

TEST(ResumeToken, SaysWhatWasPutIn) {
  SeededRandom random(1);
  const auto log = random.Fixed<LogId>();
  log::Ends ends;
  for (uint64_t i = 0; i < 4; ++i) ends.end[i] = Arrival(1000 * i);
  const std::string token = EncodeResumeToken(log, ends);
  auto decoded = DecodeResumeToken(token, log);
  ASSERT_TRUE(decoded.ok());
  EXPECT_EQ(decoded->end, ends.end);
  EXPECT_EQ(DecodeResumeToken(token, random.Fixed<LogId>()).status().code(),
            absl::StatusCode::kOutOfRange);
  EXPECT_EQ(DecodeResumeToken(token + "A", log).status().code(),
            absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(DecodeResumeToken("", log).status().code(), absl::StatusCode::kInvalidArgument);
}

RC_GTEST_PROP(ResumeTokenProperty, AnyBytesAreReadOrRefused, (const std::string& bytes)) {
  auto decoded = DecodeResumeToken(bytes, LogId());
  RC_ASSERT(decoded.ok() == (decoded.ok() && EncodeResumeToken(LogId(), *decoded) == bytes));
}

TEST(Watches, ARecordThatChangesWhileItsWatcherIsSlowIsSentOnceAsItIsThen) {
  Station station;
  auto caller = station.Watch();
  station.Set(1, v1::SEVERITY_MINOR);
  station.Run();
  ASSERT_TRUE(caller->under_way);
  for (int i = 0; i < 10; ++i) {
    station.Set(2, i % 2 == 0 ? v1::SEVERITY_MODERATE : v1::SEVERITY_SEVERE);
    station.Set(3, v1::SEVERITY_MINOR);
    station.Run();
  }
  auto messages = station.Read(*caller);
  EXPECT_THAT(NamesIn(messages), ElementsAre(NameOf(1), NameOf(2), NameOf(3)));
  EXPECT_EQ(messages[1].record().incident().severity(), v1::SEVERITY_SEVERE);
}

TEST(Watches, ASlowWatcherWhoseQueueIsFullIsBroughtUpToDateFromTheLog) {
  WatchOptions options;
  options.queue_max = 5;
  Station station(options);
  auto caller = station.Watch();
  for (uint64_t code = 1; code <= 40; ++code) {
    station.Set(code, v1::SEVERITY_MINOR);
    station.Run();
  }
  auto names = NamesIn(station.Read(*caller));
  EXPECT_EQ(std::set<std::string>(names.begin(), names.end()).size(), 40u);
  station.Set(1, v1::SEVERITY_SEVERE);
  EXPECT_THAT(NamesIn(station.Read(*caller)), ElementsAre(NameOf(1)));
}

TEST(Watches, AWatcherThatMissedTooMuchIsToldToBeginAnew) {
  WatchOptions options;
  options.queue_max = 2;
  options.missed_max = 10;
  Station station(options);
  auto caller = station.Watch();
  for (uint64_t code = 1; code <= 40; ++code) {
    station.Set(code, v1::SEVERITY_MINOR);
    station.Run();
  }
  station.Read(*caller);
  ASSERT_TRUE(caller->end);
  EXPECT_EQ(caller->end->code(), absl::StatusCode::kOutOfRange);
  EXPECT_EQ(station.watches().size(), 0u);
}

TEST(Watches, ARecordThatLeavesTheFilterIsToldOnce) {
  Station station;
  station.Set(1, v1::SEVERITY_EXTREME);
  station.Set(2, v1::SEVERITY_MINOR);
  station.Run();
  v1::WatchRecordsRequest request;
  request.set_kind(v1::INCIDENT);
  request.set_filter("severity >= SEVERITY_SEVERE");
  request.set_include_current(true);
  auto caller = station.Watch(request);
  auto messages = station.Read(*caller);
  EXPECT_THAT(NamesIn(messages), ElementsAre(NameOf(1)));
  station.Set(1, v1::SEVERITY_MINOR);
  messages = station.Read(*caller);
  ASSERT_EQ(messages.size(), 1u);
  EXPECT_TRUE(messages[0].left_filter());
  EXPECT_EQ(messages[0].record().name(), NameOf(1));
  station.Set(1, v1::SEVERITY_MODERATE);
  EXPECT_THAT(NamesIn(station.Read(*caller)), IsEmpty());
  station.Set(1, v1::SEVERITY_EXTREME);
  messages = station.Read(*caller);
  ASSERT_EQ(messages.size(), 1u);
  EXPECT_FALSE(messages[0].left_filter());
}

TEST(Watches, WhatWasNeverInTheFilterIsNotSaidToLeaveIt) {
  Station station;
  v1::WatchRecordsRequest request;
  request.set_filter("severity >= SEVERITY_SEVERE");
  auto caller = station.Watch(request);
  for (uint64_t code = 1; code <= 20; ++code) station.Set(code, v1::SEVERITY_MINOR);
  EXPECT_THAT(station.Read(*caller), IsEmpty());
}

TEST(Watches, AResumedWatchTellsWhatLeftTheFilterMeanwhile) {
  Station station;
  station.Set(1, v1::SEVERITY_EXTREME);
  station.Run();
  v1::WatchRecordsRequest request;
  request.set_filter("severity >= SEVERITY_SEVERE");
  request.set_include_current(true);
  auto first = station.Watch(request);
  const std::string token = station.Read(*first).back().resume_token();
  station.Set(1, v1::SEVERITY_MINOR);
  station.Set(2, v1::SEVERITY_MINOR);
  request.set_include_current(false);
  request.set_resume_token(token);
  auto messages = station.Read(*station.Watch(request));
  ASSERT_EQ(messages.size(), 1u);
  EXPECT_TRUE(messages[0].left_filter());
  EXPECT_EQ(messages[0].record().name(), NameOf(1));
}

TEST(Watches, OnlyRecordsOfTheKindAndBelowTheParentAreTold) {
  Station station;
  v1::WatchRecordsRequest other_kind;
  other_kind.set_kind(v1::SITE);
  v1::WatchRecordsRequest elsewhere;
  elsewhere.set_parent("scopes/city.queens");
  v1::WatchRecordsRequest above;
  above.set_parent("scopes/city.kings");
  auto sites = station.Watch(other_kind);
  auto queens = station.Watch(elsewhere);
  auto kings = station.Watch(above);
  station.Set(1, v1::SEVERITY_MINOR);
  EXPECT_THAT(NamesIn(station.Read(*sites)), IsEmpty());
  EXPECT_THAT(NamesIn(station.Read(*queens)), IsEmpty());
  EXPECT_THAT(NamesIn(station.Read(*kings)), ElementsAre(NameOf(1)));
}

TEST(Watches, CurrentRecordsCarryNoTokenUntilTheyAreThrough) {
  Station station;
  for (uint64_t code = 1; code <= 120; ++code) station.Set(code, v1::SEVERITY_MINOR);
  station.Run();
  v1::WatchRecordsRequest request;
  request.set_include_current(true);
  auto messages = station.Read(*station.Watch(request));
  ASSERT_EQ(messages.size(), 121u);
  for (size_t i = 0; i < 120; ++i) EXPECT_EQ(messages[i].resume_token(), "");
  EXPECT_TRUE(messages.back().current_complete());
  EXPECT_NE(messages.back().resume_token(), "");
}

TEST(Watches, AQuietWatchGetsAHeartbeatWithAToken) {
  Station station;
  auto caller = station.Watch();
  station.view().node().executor().RunFor(absl::Seconds(29));
  EXPECT_FALSE(caller->under_way);
  station.view().node().executor().RunFor(absl::Seconds(2));
  ASSERT_TRUE(caller->under_way);
  EXPECT_FALSE(caller->under_way->has_record());
  const std::string token = caller->under_way->resume_token();
  station.Set(1, v1::SEVERITY_MINOR);
  v1::WatchRecordsRequest request;
  request.set_resume_token(token);
  EXPECT_THAT(NamesIn(station.Read(*station.Watch(request))), ElementsAre(NameOf(1)));
}

TEST(Watches, ACancelledWatchEndsAfterTheMessageUnderWay) {
  Station station;
  auto caller = station.Watch();
  station.Set(1, v1::SEVERITY_MINOR);
  station.Run();
  ASSERT_TRUE(caller->under_way);
  station.watches().OnCancelled(caller->id);
  station.Run();
  EXPECT_FALSE(caller->end);
  caller->under_way.reset();
  station.watches().OnSent(caller->id, false);
  station.Run();
  ASSERT_TRUE(caller->end);
  EXPECT_EQ(caller->end->code(), absl::StatusCode::kCancelled);
}

TEST(Watches, AfterTheEndOfAllNoneBegins) {
  Station station;
  auto first = station.Watch();
  station.watches().EndAll(absl::UnavailableError("stopping"));
  station.Run();
  ASSERT_TRUE(first->end);
  auto second = station.Watch();
  ASSERT_TRUE(second->end);
  EXPECT_EQ(second->end->code(), absl::StatusCode::kUnavailable);
}

// Break a watch after any message and resume it with that message's token: nothing is missed.
RC_GTEST_PROP(WatchesProperty, ResumingWithTheLastTokenMissesNothing, ()) {
  WatchOptions options;
  options.queue_max = *rc::gen::inRange(1, 6);
  Station station(options);
  std::map<uint64_t, v1::Severity> truth;
  std::map<std::string, v1::Severity> seen;
  v1::WatchRecordsRequest request;
  request.set_include_current(true);
  auto caller = station.Watch(request);
  std::string token;
  auto take_one = [&] {
    station.Run();
    if (!caller->under_way) return;
    const v1::WatchRecordsResponse& message = *caller->under_way;
    if (!message.resume_token().empty()) token = message.resume_token();
    if (message.has_record()) {
      seen[message.record().name()] = message.record().incident().severity();
    }
    caller->under_way.reset();
    station.watches().OnSent(caller->id, true);
  };
  const int steps = *rc::gen::inRange(1, 60);
  for (int i = 0; i < steps; ++i) {
    switch (*rc::gen::inRange(0, 5)) {
      case 0:
      case 1:
      case 2: {
        const uint64_t code = *rc::gen::inRange(1, 9);
        truth[code] = static_cast<v1::Severity>(*rc::gen::inRange(1, 6));
        station.Set(code, truth[code]);
        break;
      }
      case 3:
        take_one();
        break;
      default: {
        station.Run();
        station.watches().OnCancelled(caller->id);
        if (caller->under_way) {
          caller->under_way.reset();
          station.watches().OnSent(caller->id, false);
        }
        station.Run();
        RC_ASSERT(caller->end.has_value());
        v1::WatchRecordsRequest resumed;
        resumed.set_resume_token(token);
        resumed.set_include_current(token.empty());
        caller = station.Watch(resumed);
      }
    }
  }
  for (station.Run(); caller->under_way; station.Run()) take_one();
  for (const auto& [code, severity] : truth) RC_ASSERT(seen[NameOf(code)] == severity);
}

}  // namespace
}  // namespace tocsin::api
