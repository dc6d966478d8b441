#include "node/api/server.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <set>
#include <string>
#include <thread>
#include <vector>

#include "node/base/log.h"
#include "node/schema/spoken_code.h"
#include "tests/node/api/live_node.h"
#include "tests/node/intake/records.h"
#include "tests/support/standard_services.h"

namespace tocsin::api {
namespace {

using intake::GreatFire;
using intake::SmallFire;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr char kParent[] = "scopes/city.kings.e201";

std::string CodeOf(uint64_t bits) { return SpokenCode::FromBits(bits).ToString(); }

v1::Incident Units(uint32_t units) {
  v1::Incident edit;
  edit.set_units_on_scene(units);
  return edit;
}

grpc::Status Get(LiveNode& node, const std::string& name, v1::Record& record) {
  v1::GetRecordRequest request;
  request.set_name(name);
  grpc::ClientContext context;
  return node.records().GetRecord(&context, request, &record);
}

grpc::Status List(LiveNode& node, const v1::ListRecordsRequest& request,
                  v1::ListRecordsResponse& response) {
  grpc::ClientContext context;
  return node.records().ListRecords(&context, request, &response);
}

TEST(Server, WhatIsFiledIsReadAtOnceByCodeAndByUid) {
  LiveNode node;
  v1::Record filed = node.File(GreatFire());
  v1::Record read;
  ASSERT_TRUE(Get(node, filed.name(), read).ok());
  EXPECT_EQ(read.SerializeAsString(), filed.SerializeAsString());
  ASSERT_TRUE(Get(node, std::string(kParent) + "/incidents/" + filed.uid(), read).ok());
  EXPECT_EQ(read.code(), filed.code());
  EXPECT_EQ(read.filed_by(), "city/kings/e201");
  EXPECT_EQ(read.precedence(), "flash");
}

TEST(Server, ErrorsHaveTheCodesOfTheirCause) {
  LiveNode node;
  v1::Record record;
  EXPECT_EQ(Get(node, "rubbish", record).error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(Get(node, std::string(kParent) + "/incidents/" + CodeOf(1), record).error_code(),
            grpc::StatusCode::NOT_FOUND);
  v1::Record filed = node.File(SmallFire());
  ASSERT_TRUE(node.Edit(filed.name(), Units(3)).ok());
  v1::UpdateRecordRequest request;
  request.mutable_record()->set_name(filed.name());
  *request.mutable_record()->mutable_incident() = Units(4);
  request.set_etag(filed.etag());
  request.set_require_unchanged(true);
  v1::WriteRecordResponse response;
  grpc::ClientContext context;
  grpc::Status stale = node.records().UpdateRecord(&context, request, &response);
  EXPECT_EQ(stale.error_code(), grpc::StatusCode::ABORTED);
  EXPECT_THAT(stale.error_message(), HasSubstr("incident.units_on_scene"));
}

TEST(Server, AConflictIsSettledByTheApi) {
  LiveNode node;
  v1::Record filed = node.File(SmallFire());
  v1::WriteRecordResponse written;
  for (uint32_t units : {3u, 4u}) {
    v1::UpdateRecordRequest request;
    request.mutable_record()->set_name(filed.name());
    *request.mutable_record()->mutable_incident() = Units(units);
    request.set_etag(filed.etag());
    grpc::ClientContext context;
    ASSERT_TRUE(node.records().UpdateRecord(&context, request, &written).ok());
  }
  ASSERT_EQ(written.conflict_size(), 1);
  v1::ResolveConflictRequest request;
  request.set_name(filed.name());
  request.set_field("units_on_scene");
  *request.mutable_value()->mutable_incident() = Units(7);
  request.set_reason(v1::RESOLVE_COMBINED);
  request.set_etag(written.record().etag());
  v1::WriteRecordResponse settled;
  grpc::ClientContext context;
  grpc::Status status = node.records().ResolveConflict(&context, request, &settled);
  ASSERT_TRUE(status.ok()) << status.error_message();
  EXPECT_EQ(settled.record().incident().units_on_scene(), 7u);
  EXPECT_EQ(settled.record().conflict_size(), 0);
  grpc::ClientContext again;
  EXPECT_EQ(node.records().ResolveConflict(&again, request, &settled).error_code(),
            grpc::StatusCode::ABORTED);
}

TEST(Server, PagesCoverEveryRecordOnce) {
  LiveNode node;
  std::set<std::string> filed;
  for (int i = 0; i < 25; ++i) filed.insert(node.File(SmallFire()).name());
  v1::ListRecordsRequest request;
  request.set_parent("scopes/city");
  request.set_kind(v1::INCIDENT);
  request.set_page_size(10);
  std::set<std::string> listed;
  int pages = 0;
  do {
    v1::ListRecordsResponse response;
    ASSERT_TRUE(List(node, request, response).ok());
    for (const v1::Record& record : response.record()) {
      EXPECT_TRUE(listed.insert(record.name()).second);
    }
    request.set_page_token(response.next_page_token());
    ++pages;
  } while (!request.page_token().empty());
  EXPECT_EQ(listed, filed);
  EXPECT_EQ(pages, 3);
}

TEST(Server, AFilterThatCannotBeReadIsRefused) {
  LiveNode node;
  v1::ListRecordsRequest request;
  request.set_parent(kParent);
  request.set_filter("colour = red");
  v1::ListRecordsResponse response;
  EXPECT_EQ(List(node, request, response).error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  request.clear_filter();
  request.set_page_size(-1);
  EXPECT_EQ(List(node, request, response).error_code(), grpc::StatusCode::INVALID_ARGUMENT);
}

TEST(Server, LongRecordsMakeShortPages) {
  LiveNode node;
  v1::Incident fire = SmallFire();
  for (char c = 'a'; c < 'g'; ++c) fire.add_note(std::string(4000, c));
  for (int i = 0; i < 200; ++i) node.File(fire);
  v1::ListRecordsRequest request;
  request.set_parent(kParent);
  request.set_page_size(1000);
  size_t listed = 0;
  do {
    v1::ListRecordsResponse response;
    grpc::Status status = List(node, request, response);
    ASSERT_TRUE(status.ok()) << status.error_message();
    listed += response.record_size();
    request.set_page_token(response.next_page_token());
  } while (!request.page_token().empty());
  EXPECT_EQ(listed, 200u);
}

TEST(Server, HistoryTellsEveryChangeOldestFirst) {
  LiveNode node;
  v1::Record filed = node.File(SmallFire());
  ASSERT_TRUE(node.Edit(filed.name(), Units(3)).ok());
  v1::WithdrawRecordRequest withdraw;
  withdraw.set_name(filed.name());
  withdraw.set_reason(v1::WITHDRAW_DUPLICATE);
  v1::WriteRecordResponse written;
  grpc::ClientContext withdrawing;
  ASSERT_TRUE(node.records().WithdrawRecord(&withdrawing, withdraw, &written).ok());
  EXPECT_EQ(written.record().incident().state(), v1::INCIDENT_WITHDRAWN);

  v1::ListRecordHistoryRequest request;
  request.set_name(filed.name());
  v1::ListRecordHistoryResponse history;
  grpc::ClientContext context;
  ASSERT_TRUE(node.records().ListRecordHistory(&context, request, &history).ok());
  ASSERT_EQ(history.entry_size(), 3);
  EXPECT_EQ(history.entry(0).record().incident().description(), SmallFire().description());
  EXPECT_EQ(history.entry(0).jurisdiction(), "city/kings/e201");
  EXPECT_EQ(history.entry(0).precedence(), "routine");
  EXPECT_FALSE(history.entry(0).heard());
  EXPECT_THAT(history.entry(1).set(), ElementsAre("units_on_scene"));
  EXPECT_THAT(history.entry(2).set(), ElementsAre("state", "withdraw_reason"));
  EXPECT_EQ(history.entry(1).dot().size(), 32u);
  EXPECT_GT(history.entry(1).arrival_time().seconds(), 0);
}

TEST(Server, AReportIsHeldHereAndByNobodyElseYet) {
  LiveNode node;
  v1::Record filed = node.File(SmallFire());
  v1::GetReceiptsRequest request;
  request.set_name(filed.name());
  v1::GetReceiptsResponse receipts;
  grpc::ClientContext context;
  ASSERT_TRUE(node.records().GetReceipts(&context, request, &receipts).ok());
  EXPECT_EQ(receipts.changes(), 1u);
  ASSERT_EQ(receipts.holder_size(), 1);
  EXPECT_EQ(receipts.holder(0).level(), "here");
  EXPECT_EQ(receipts.holder(0).jurisdiction(), "city/kings/e201");
  EXPECT_EQ(receipts.holder(0).changes_held(), 1u);
}

class OneLink final : public StatusSource {
 public:
  void Fill(v1::NodeStatus& status) const override {
    status.add_link()->set_peer("city/kings");
    status.add_alarm("the line is cut");
  }
};

TEST(Server, StatusSaysWhatTheNodeIsAndHolds) {
  OneLink source;
  LiveNode node({.version = "1.2.3"}, &source);
  node.File(SmallFire());
  node.File(GreatFire());
  v1::NodeStatus status;
  grpc::ClientContext context;
  ASSERT_TRUE(node.node().GetStatus(&context, {}, &status).ok());
  EXPECT_EQ(status.jurisdiction(), "city/kings/e201");
  EXPECT_EQ(status.version(), "1.2.3");
  EXPECT_EQ(status.changes_held(), 2u);
  EXPECT_EQ(status.lanes(), 2u);
  EXPECT_EQ(status.queue_size(), 4);
  EXPECT_EQ(status.queue(0).queue(), "own");
  EXPECT_EQ(status.queue(0).end(), status.queue(0).projected());
  EXPECT_FALSE(status.clock_synced());
  ASSERT_EQ(status.records_size(), 1);
  EXPECT_EQ(status.records(0).count(), 2u);
  EXPECT_EQ(status.link_size(), 1);
  EXPECT_THAT(status.alarm(), Contains("the line is cut"));
}

TEST(Server, StatusAlarmsBeforeTheNodesCertificateEnds) {
  LiveNode node;
  auto alarms = [&node](absl::Time now) {
    node.log().CorrectClock(now, /*parent_synced=*/true);
    v1::NodeStatus status;
    grpc::ClientContext context;
    EXPECT_TRUE(node.node().GetStatus(&context, {}, &status).ok());
    return std::vector<std::string>(status.alarm().begin(), status.alarm().end());
  };
  const absl::Time end = node.network().e201.certificate().not_after();
  EXPECT_TRUE(alarms(end - absl::Hours(24 * 31)).empty());
  EXPECT_THAT(alarms(end - absl::Hours(24 * 29)), ElementsAre(HasSubstr("ends on")));
  EXPECT_THAT(alarms(end + absl::Hours(1)), Contains(HasSubstr("init --renew")));
}

TEST(Server, AWatchSendsWhatIsCurrentAndThenWhatChanges) {
  LiveNode node;
  v1::Record first = node.File(SmallFire());
  v1::WatchRecordsRequest request;
  request.set_parent("scopes/-");
  request.set_include_current(true);
  grpc::ClientContext context;
  auto stream = node.records().WatchRecords(&context, request);
  v1::WatchRecordsResponse message;
  ASSERT_TRUE(stream->Read(&message));
  EXPECT_EQ(message.record().name(), first.name());
  ASSERT_TRUE(stream->Read(&message));
  EXPECT_TRUE(message.current_complete());
  EXPECT_FALSE(message.resume_token().empty());
  v1::Record second = node.File(GreatFire());
  ASSERT_TRUE(stream->Read(&message));
  EXPECT_EQ(message.record().SerializeAsString(), second.SerializeAsString());
  ASSERT_TRUE(node.Edit(first.name(), Units(7)).ok());
  ASSERT_TRUE(stream->Read(&message));
  EXPECT_EQ(message.record().incident().units_on_scene(), 7u);
  context.TryCancel();
  while (stream->Read(&message)) {
  }
  EXPECT_EQ(stream->Finish().error_code(), grpc::StatusCode::CANCELLED);
}

TEST(Server, AWatchResumesWhereItStoppedAlsoAfterARestart) {
  LiveNode node;
  v1::Record first = node.File(SmallFire());
  std::string token;
  {
    v1::WatchRecordsRequest request;
    request.set_include_current(true);
    grpc::ClientContext context;
    auto stream = node.records().WatchRecords(&context, request);
    v1::WatchRecordsResponse message;
    while (stream->Read(&message) && !message.current_complete()) {
    }
    token = message.resume_token();
    context.TryCancel();
    stream->Finish();
  }
  v1::Record second = node.File(SmallFire());
  node.Restart();
  ASSERT_TRUE(node.Edit(first.name(), Units(7)).ok());
  v1::WatchRecordsRequest request;
  request.set_resume_token(token);
  grpc::ClientContext context;
  auto stream = node.records().WatchRecords(&context, request);
  std::set<std::string> told;
  v1::WatchRecordsResponse message;
  while (told.size() < 2 && stream->Read(&message)) {
    if (message.has_record()) told.insert(message.record().name());
  }
  EXPECT_THAT(told, ::testing::UnorderedElementsAre(first.name(), second.name()));
  context.TryCancel();
  stream->Finish();
}

TEST(Server, AWatchThatCannotBeginSaysWhy) {
  LiveNode node;
  auto end_of = [&node](const v1::WatchRecordsRequest& request) {
    grpc::ClientContext context;
    auto stream = node.records().WatchRecords(&context, request);
    v1::WatchRecordsResponse message;
    EXPECT_FALSE(stream->Read(&message));
    return stream->Finish().error_code();
  };
  v1::WatchRecordsRequest request;
  request.set_filter("colour = red");
  EXPECT_EQ(end_of(request), grpc::StatusCode::INVALID_ARGUMENT);
  request.clear_filter();
  request.set_resume_token("rubbish");
  EXPECT_EQ(end_of(request), grpc::StatusCode::INVALID_ARGUMENT);
  request.clear_resume_token();
  request.set_parent("rubbish");
  EXPECT_EQ(end_of(request), grpc::StatusCode::INVALID_ARGUMENT);
}

TEST(Server, WatchesAreBounded) {
  ServerOptions options;
  options.watches.watches_max = 2;
  LiveNode node(options);
  std::vector<std::unique_ptr<grpc::ClientContext>> contexts;
  std::vector<std::unique_ptr<grpc::ClientReader<v1::WatchRecordsResponse>>> streams;
  v1::WatchRecordsRequest request;
  request.set_include_current(true);
  v1::WatchRecordsResponse message;
  for (int i = 0; i < 2; ++i) {
    contexts.push_back(std::make_unique<grpc::ClientContext>());
    streams.push_back(node.records().WatchRecords(contexts.back().get(), request));
    ASSERT_TRUE(streams.back()->Read(&message));
  }
  grpc::ClientContext context;
  auto third = node.records().WatchRecords(&context, request);
  EXPECT_FALSE(third->Read(&message));
  EXPECT_EQ(third->Finish().error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
}

TEST(Server, HealthSaysServingOnceTheViewHasCaughtUp) {
  LiveNode node;
  EXPECT_TRUE(AwaitHealth(node.channel(), true));
  EXPECT_TRUE(AwaitHealth(node.channel(), true, "tocsin.v1.Records"));
}

TEST(Server, AFailedLogIsNotServing) {
  LogCapture lines;
  LiveNode node;
  node.File(SmallFire());
  ASSERT_TRUE(AwaitHealth(node.channel(), true));
  node.log_disk().FailSync(1);
  v1::CreateRecordRequest request;
  request.set_parent(kParent);
  *request.mutable_record()->mutable_incident() = SmallFire();
  v1::WriteRecordResponse response;
  grpc::ClientContext context;
  EXPECT_EQ(node.records().CreateRecord(&context, request, &response).error_code(),
            grpc::StatusCode::DATA_LOSS);
  EXPECT_TRUE(AwaitHealth(node.channel(), false));
  node.server().SetServing(true);
  EXPECT_TRUE(AwaitHealth(node.channel(), false));
}

TEST(Server, ReflectionListsTheServices) {
  LiveNode node;
  EXPECT_THAT(
      ReflectedServices(node.channel()),
      ::testing::IsSupersetOf({"tocsin.v1.Records", "tocsin.v1.Node", "grpc.health.v1.Health"}));
}

TEST(Server, ListensOnThisMachineAlone) {
  LiveNode node;
  for (const char* address : {"0.0.0.0:0", "192.0.2.1:80", "[::]:0", "example.org:80", "127.0.0.1",
                              "127.evil.example:80", ""}) {
    auto server = Server::Start(node.backend(), {.address = address});
    EXPECT_EQ(server.status().code(), absl::StatusCode::kInvalidArgument) << address;
  }
}

TEST(Server, APortIsTakenByOneServer) {
  LiveNode node;
  auto second = Server::Start(node.backend(),
                              {.address = "127.0.0.1:" + std::to_string(node.server().port())});
  EXPECT_EQ(second.status().code(), absl::StatusCode::kUnavailable);
}

TEST(Server, StopsWithinItsDeadlineWith100StreamsOpen) {
  LiveNode node;
  node.File(SmallFire());
  std::vector<std::unique_ptr<grpc::ClientContext>> contexts;
  std::vector<std::unique_ptr<grpc::ClientReader<v1::WatchRecordsResponse>>> streams;
  v1::WatchRecordsRequest request;
  request.set_include_current(true);
  v1::WatchRecordsResponse message;
  for (int i = 0; i < 100; ++i) {
    contexts.push_back(std::make_unique<grpc::ClientContext>());
    streams.push_back(node.records().WatchRecords(contexts.back().get(), request));
    ASSERT_TRUE(streams.back()->Read(&message));
  }
  SystemClock clock;
  const absl::Duration before = clock.Elapsed();
  node.server().Stop(absl::Seconds(5));
  EXPECT_LT(clock.Elapsed() - before, absl::Seconds(5));
  for (auto& stream : streams) {
    while (stream->Read(&message)) {
    }
    EXPECT_EQ(stream->Finish().error_code(), grpc::StatusCode::UNAVAILABLE);
  }
}

TEST(Server, StopsWithinItsDeadlineWhereCallersDoNotRead) {
  LiveNode node;
  v1::Incident fire = SmallFire();
  for (char c = 'a'; c < 'g'; ++c) fire.add_note(std::string(4000, c));
  for (int i = 0; i < 30; ++i) node.File(fire);
  // Health and reflection streams as well: they are gRPC's own.
  OpenStandardStreams standard(node.channel());
  std::vector<std::unique_ptr<grpc::ClientContext>> contexts;
  std::vector<std::unique_ptr<grpc::ClientReader<v1::WatchRecordsResponse>>> streams;
  v1::WatchRecordsRequest request;
  request.set_include_current(true);
  v1::WatchRecordsResponse message;
  for (int i = 0; i < 20; ++i) {
    contexts.push_back(std::make_unique<grpc::ClientContext>());
    streams.push_back(node.records().WatchRecords(contexts.back().get(), request));
    ASSERT_TRUE(streams.back()->Read(&message));
  }
  SystemClock clock;
  const absl::Duration before = clock.Elapsed();
  node.server().Stop(absl::Seconds(5));
  EXPECT_LT(clock.Elapsed() - before, absl::Seconds(5));
}

TEST(Server, ManyCallersAtOnceGetTheirOwnAnswers) {
  LiveNode node;
  std::vector<std::thread> callers;
  for (uint32_t caller = 0; caller < 4; ++caller) {
    callers.emplace_back([&node, caller] {
      for (uint32_t i = 0; i < 25; ++i) {
        v1::Incident fire = SmallFire();
        fire.set_units_on_scene(caller * 100 + i);
        v1::Record filed = node.File(fire);
        v1::Record read;
        ASSERT_TRUE(Get(node, filed.name(), read).ok());
        EXPECT_EQ(read.incident().units_on_scene(), caller * 100 + i);
      }
    });
  }
  for (std::thread& caller : callers) caller.join();
}

// Any bytes that parse as a request get an answer, and the server lives.
TEST(Server, AnyRequestIsAnswered) {
  LiveNode node;
  node.File(SmallFire(), CodeOf(1));
  rc::check([&node] {
    const auto text =
        rc::gen::oneOf(rc::gen::container<std::string>(rc::gen::inRange<char>(32, 127)),
                       rc::gen::just(std::string("scopes/-")), rc::gen::just(std::string(kParent)),
                       rc::gen::just(std::string(kParent) + "/incidents/" + CodeOf(1)),
                       rc::gen::just(std::string("severity >= SEVERITY_SEVERE AND within(1,2")));
    const std::string a = *text;
    const std::string b = *text;
    grpc::ClientContext context;
    grpc::Status status;
    switch (*rc::gen::inRange(0, 5)) {
      case 0: {
        v1::GetRecordRequest request;
        request.set_name(a);
        v1::Record response;
        status = node.records().GetRecord(&context, request, &response);
        break;
      }
      case 1: {
        v1::ListRecordsRequest request;
        request.set_parent(a);
        request.set_filter(b);
        request.set_order_by(*text);
        request.set_page_token(*text);
        request.set_kind(static_cast<v1::Kind>(*rc::gen::inRange(-1, 20)));
        request.set_page_size(*rc::gen::arbitrary<int32_t>());
        v1::ListRecordsResponse response;
        status = node.records().ListRecords(&context, request, &response);
        break;
      }
      case 2: {
        v1::ListRecordHistoryRequest request;
        request.set_name(a);
        v1::ListRecordHistoryResponse response;
        status = node.records().ListRecordHistory(&context, request, &response);
        break;
      }
      case 3: {
        v1::UpdateRecordRequest request;
        request.mutable_record()->set_name(a);
        request.mutable_record()->mutable_incident()->set_description(b);
        request.set_etag(*text);
        request.set_request_id(*text);
        v1::WriteRecordResponse response;
        status = node.records().UpdateRecord(&context, request, &response);
        break;
      }
      default: {
        v1::GetReceiptsRequest request;
        request.set_name(a);
        v1::GetReceiptsResponse response;
        status = node.records().GetReceipts(&context, request, &response);
      }
    }
    RC_ASSERT(status.error_code() != grpc::StatusCode::INTERNAL);
    RC_ASSERT(status.error_code() != grpc::StatusCode::UNKNOWN);
    RC_ASSERT(status.error_code() != grpc::StatusCode::UNAVAILABLE);
  });
}

}  // namespace
}  // namespace tocsin::api
