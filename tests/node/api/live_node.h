// A station with its server on a real port and threads, its disks in memory: what a caller of the
// API meets.
#pragma once

#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>

#include "node/api/server.h"
#include "node/base/clock.h"
#include "node/base/executor.h"
#include "node/base/random.h"
#include "node/identity/identity.h"
#include "node/intake/intake.h"
#include "node/log/log.h"
#include "node/store/model_store.h"
#include "node/view/view.h"
#include "tests/node/log/world.h"
#include "tocsin/v1/api.grpc.pb.h"
#include "tocsin/v1/conflicts.grpc.pb.h"

namespace tocsin::api {

class LiveNode {
 public:
  explicit LiveNode(ServerOptions options = {}, const StatusSource* source = nullptr)
      : options_(std::move(options)), source_(source) {
    Open();
  }
  ~LiveNode() { Close(); }

  void Open() {
    trust_ = network_.e201.NewTrustStore();
    log_ = *log::Log::Open(*log_disk_, network_.e201, *trust_, clock_, random_, pool_, {});
    view_ = *view::View::Open(*view_disk_, *log_, network_.e201, *trust_, clock_, pool_, {});
    intake_ = intake::Intake::Create(network_.e201, *log_, *view_, random_, clock_, pool_, {});
    auto server = Server::Start(backend(), options_);
    ASSERT_TRUE(server.ok()) << server.status();
    server_ = *std::move(server);
    channel_ = grpc::CreateChannel("127.0.0.1:" + std::to_string(server_->port()),
                                   grpc::InsecureChannelCredentials());
    records_ = v1::Records::NewStub(channel_);
    conflicts_ = v1::Conflicts::NewStub(channel_);
    node_ = v1::Node::NewStub(channel_);
  }
  void Close() {
    if (server_ != nullptr) server_->Stop(absl::Seconds(5));
    server_.reset();
    intake_.reset();
    if (view_ != nullptr) {
      EXPECT_TRUE(view_->Close().ok());
    }
    view_.reset();
    log_.reset();
  }
  // Ends the process in order and starts the next one on the same disks.
  void Restart() {
    Close();
    log_disk_ = log_disk_->Restart();
    view_disk_ = view_disk_->Restart();
    Open();
  }

  Backend backend() {
    return {network_.e201, *trust_, *log_, *view_, *intake_, clock_, pool_, source_};
  }
  Server& server() { return *server_; }
  log::Log& log() { return *log_; }
  view::View& view() { return *view_; }
  store::ModelStore& log_disk() { return *log_disk_; }
  const log::TestNetwork& network() const { return network_; }
  v1::Records::Stub& records() { return *records_; }
  v1::Conflicts::Stub& conflicts() { return *conflicts_; }
  v1::Node::Stub& node() { return *node_; }
  const std::shared_ptr<grpc::Channel>& channel() const { return channel_; }

  // The record as it was filed; empty if it was not.
  v1::Record File(const v1::Incident& incident, std::string code = "") {
    v1::CreateRecordRequest request;
    request.set_parent("scopes/city.kings.e201");
    *request.mutable_record()->mutable_incident() = incident;
    request.mutable_record()->set_code(std::move(code));
    v1::WriteRecordResponse response;
    grpc::ClientContext context;
    grpc::Status status = records_->CreateRecord(&context, request, &response);
    EXPECT_TRUE(status.ok()) << status.error_message();
    return response.record();
  }
  grpc::Status Edit(const std::string& name, const v1::Incident& incident,
                    v1::WriteRecordResponse* response = nullptr) {
    v1::UpdateRecordRequest request;
    request.mutable_record()->set_name(name);
    *request.mutable_record()->mutable_incident() = incident;
    v1::WriteRecordResponse ignored;
    grpc::ClientContext context;
    return records_->UpdateRecord(&context, request, response != nullptr ? response : &ignored);
  }

 private:
  const ServerOptions options_;
  const StatusSource* source_;
  log::TestNetwork network_;
  SystemClock clock_;
  SystemRandom random_;
  ThreadPool pool_{3};
  std::unique_ptr<store::ModelStore> log_disk_ = std::make_unique<store::ModelStore>();
  std::unique_ptr<store::ModelStore> view_disk_ = std::make_unique<store::ModelStore>();
  std::unique_ptr<identity::TrustStore> trust_;
  std::unique_ptr<log::Log> log_;
  std::unique_ptr<view::View> view_;
  std::unique_ptr<intake::Intake> intake_;
  std::unique_ptr<Server> server_;
  std::shared_ptr<grpc::Channel> channel_;
  std::unique_ptr<v1::Records::Stub> records_;
  std::unique_ptr<v1::Conflicts::Stub> conflicts_;
  std::unique_ptr<v1::Node::Stub> node_;
};

}  // namespace tocsin::api
