// The Conflicts service, and what the status says of conflicts.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <thread>

#include "tests/node/api/live_node.h"
#include "tests/node/intake/records.h"
#include "tocsin/v1/conflicts.grpc.pb.h"

namespace tocsin::api {
namespace {

using intake::SmallFire;
using ::testing::HasSubstr;

// Two edits of one field that did not see one another; the record as it is then.
v1::Record Conflicted(LiveNode& node) {
  const v1::Record filed = node.File(SmallFire());
  v1::WriteRecordResponse written;
  for (uint32_t units : {3u, 4u}) {
    v1::UpdateRecordRequest request;
    request.mutable_record()->set_name(filed.name());
    request.mutable_record()->mutable_incident()->set_units_on_scene(units);
    request.set_etag(filed.etag());
    grpc::ClientContext context;
    const grpc::Status status = node.records().UpdateRecord(&context, request, &written);
    EXPECT_TRUE(status.ok()) << status.error_message();
  }
  EXPECT_EQ(written.conflict_size(), 1);
  return written.record();
}

void Settle(LiveNode& node, const v1::Record& record, const std::string& etag) {
  v1::ResolveConflictRequest request;
  request.set_name(record.name());
  request.set_field("units_on_scene");
  request.mutable_value()->mutable_incident()->set_units_on_scene(7);
  request.set_reason(v1::RESOLVE_SEEN_ON_SCENE);
  request.set_etag(etag);
  v1::WriteRecordResponse settled;
  grpc::ClientContext context;
  const grpc::Status status = node.records().ResolveConflict(&context, request, &settled);
  EXPECT_TRUE(status.ok()) << status.error_message();
}

v1::ListConflictsResponse List(LiveNode& node, const std::string& filter = "") {
  v1::ListConflictsRequest request;
  request.set_filter(filter);
  v1::ListConflictsResponse response;
  grpc::ClientContext context;
  const grpc::Status status = node.conflicts().ListConflicts(&context, request, &response);
  EXPECT_TRUE(status.ok()) << status.error_message();
  return response;
}

v1::NodeStatus StatusOf(LiveNode& node) {
  v1::NodeStatus response;
  grpc::ClientContext context;
  EXPECT_TRUE(node.node().GetStatus(&context, {}, &response).ok());
  return response;
}

TEST(ConflictsService, AConflictIsListedAsSoonAsItsWriteIsAnsweredAndGoneWithItsDecision) {
  LiveNode node;
  EXPECT_EQ(List(node).conflict_size(), 0);
  const v1::Record record = Conflicted(node);
  const v1::ListConflictsResponse open = List(node);
  ASSERT_EQ(open.conflict_size(), 1);
  EXPECT_EQ(open.conflict(0).record(), record.name());
  EXPECT_EQ(open.conflict(0).conflict().field(), "units_on_scene");
  EXPECT_EQ(open.conflict(0).turn(), "city/kings/e201");
  EXPECT_EQ(StatusOf(node).conflicts().open(), 1u);
  // The row's etag is what a decision takes.
  Settle(node, record, open.conflict(0).etag());
  EXPECT_EQ(List(node).conflict_size(), 0);
  EXPECT_EQ(StatusOf(node).conflicts().open(), 0u);
}

TEST(ConflictsService, ThePatienceOfTheServerSaysWhoseTurnItIs) {
  ServerOptions options;
  options.conflict_patience = absl::Nanoseconds(1);
  LiveNode node(options);
  Conflicted(node);
  ASSERT_EQ(List(node).conflict_size(), 1);
  EXPECT_EQ(List(node, "turn = city").conflict_size(), 1);
  EXPECT_FALSE(List(node).conflict(0).has_turn_until_time());
}

TEST(ConflictsService, AFilterThatCannotBeReadIsRefused) {
  LiveNode node;
  v1::ListConflictsRequest request;
  request.set_filter("author = somebody");
  v1::ListConflictsResponse response;
  grpc::ClientContext context;
  const grpc::Status refused = node.conflicts().ListConflicts(&context, request, &response);
  EXPECT_EQ(refused.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_THAT(refused.error_message(), HasSubstr("kind, severity, turn"));
}

class WatchTest : public ::testing::Test {
 protected:
  void Open(v1::WatchConflictsRequest request) {
    context_ = std::make_unique<grpc::ClientContext>();
    reader_ = node_->conflicts().WatchConflicts(context_.get(), request);
  }
  v1::WatchConflictsResponse Read() {
    v1::WatchConflictsResponse message;
    EXPECT_TRUE(reader_->Read(&message));
    return message;
  }
  grpc::Status End() {
    context_->TryCancel();
    v1::WatchConflictsResponse message;
    while (reader_->Read(&message)) {
    }
    return reader_->Finish();
  }

  std::unique_ptr<LiveNode> node_ = std::make_unique<LiveNode>();
  std::unique_ptr<grpc::ClientContext> context_;
  std::unique_ptr<grpc::ClientReader<v1::WatchConflictsResponse>> reader_;
};

TEST_F(WatchTest, FirstWhatIsOpenThenEachEventWithWhoAndWhy) {
  const v1::Record first = Conflicted(*node_);
  v1::WatchConflictsRequest request;
  request.set_include_current(true);
  Open(request);
  v1::WatchConflictsResponse message = Read();
  EXPECT_EQ(message.event(), v1::CONFLICT_CURRENT);
  EXPECT_EQ(message.conflict().record(), first.name());
  message = Read();
  EXPECT_TRUE(message.current_complete());
  Settle(*node_, first, first.etag());
  message = Read();
  EXPECT_EQ(message.event(), v1::CONFLICT_SETTLED);
  EXPECT_EQ(message.decision().jurisdiction(), "city/kings/e201");
  EXPECT_EQ(message.decision().reason(), v1::RESOLVE_SEEN_ON_SCENE);
  EXPECT_EQ(message.conflict().conflict().value(0).value_json(), "7");
  const v1::Record second = Conflicted(*node_);
  message = Read();
  EXPECT_EQ(message.event(), v1::CONFLICT_OPENED);
  EXPECT_EQ(message.conflict().record(), second.name());
  End();
}

TEST_F(WatchTest, ItResumesWithinARunAndIsToldWhenItCannot) {
  v1::WatchConflictsRequest request;
  request.set_include_current(true);
  Open(request);
  v1::WatchConflictsResponse message = Read();
  EXPECT_TRUE(message.current_complete());
  const std::string token = message.resume_token();
  End();
  const v1::Record record = Conflicted(*node_);
  v1::WatchConflictsRequest resumed;
  resumed.set_resume_token(token);
  Open(resumed);
  EXPECT_EQ(Read().conflict().record(), record.name());
  End();

  node_->Restart();
  Open(resumed);
  v1::WatchConflictsResponse none;
  EXPECT_FALSE(reader_->Read(&none));
  EXPECT_EQ(reader_->Finish().error_code(), grpc::StatusCode::OUT_OF_RANGE);
}

TEST_F(WatchTest, WhatOnlyTimeChangesIsRefused) {
  v1::WatchConflictsRequest request;
  request.set_filter("age > 1h");
  Open(request);
  v1::WatchConflictsResponse message;
  EXPECT_FALSE(reader_->Read(&message));
  EXPECT_EQ(reader_->Finish().error_code(), grpc::StatusCode::INVALID_ARGUMENT);
}

TEST_F(WatchTest, AStopEndsIt) {
  v1::WatchConflictsRequest request;
  request.set_include_current(true);
  Open(request);
  // It is under way.
  EXPECT_TRUE(Read().current_complete());
  std::thread stopping([this] { node_->server().Stop(absl::Seconds(5)); });
  v1::WatchConflictsResponse message;
  while (reader_->Read(&message)) {
  }
  EXPECT_EQ(reader_->Finish().error_code(), grpc::StatusCode::UNAVAILABLE);
  stopping.join();
}

}  // namespace
}  // namespace tocsin::api
