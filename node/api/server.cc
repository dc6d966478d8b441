#include "node/api/server.h"

#include <absl/strings/match.h>
#include <absl/strings/str_cat.h>
#include <grpc/support/time.h>
#include <grpcpp/ext/proto_server_reflection_plugin.h>
#include <grpcpp/grpcpp.h>
#include <grpcpp/health_check_service_interface.h>

#include <utility>

#include "node/api/records_service.h"
#include "node/base/status.h"

namespace tocsin::api {
namespace {

constexpr absl::Duration kStopDefault = absl::Seconds(5);
constexpr absl::Duration kKeepaliveTime = absl::Seconds(30);
constexpr absl::Duration kKeepaliveTimeout = absl::Seconds(10);
constexpr int kStreamsMax = 1000;

// "127.0.0.1:7410", "[::1]:7410", "localhost:7410".
absl::Status CheckLoopback(absl::string_view address) {
  const size_t colon = address.rfind(':');
  const absl::string_view host = address.substr(0, colon == absl::string_view::npos ? 0 : colon);
  if (host == "localhost" || host == "[::1]" ||
      (absl::StartsWith(host, "127.") &&
       host.find_first_not_of("0123456789.") == absl::string_view::npos)) {
    return absl::OkStatus();
  }
  return absl::InvalidArgumentError(
      absl::StrCat("\"", address,
                   "\" is no address of this machine alone; listen on "
                   "127.0.0.1:PORT. Reach the node from elsewhere through an SSH tunnel."));
}

// Health and reflection are switched on for a process, once.
void SwitchOnPlugins() {
  static const bool done = [] {
    grpc::EnableDefaultHealthCheckService(true);
    grpc::reflection::InitProtoReflectionServerBuilderPlugin();
    return true;
  }();
  (void)done;
}

// Who calls is not known here yet: this door is where TLS and identity will stand.
std::shared_ptr<grpc::ServerCredentials> Credentials() { return grpc::InsecureServerCredentials(); }

class GrpcServer final : public Server {
 public:
  GrpcServer(const Backend& backend, const ServerOptions& options)
      : backend_(backend),
        options_(options),
        gate_(backend_.log, backend_.view, backend_.executor, options_.reads_max),
        watches_(backend_.log, backend_.view, gate_, backend_.executor, options_.watches),
        board_(backend_.log, backend_.view, backend_.executor,
               {.patience = options_.conflict_patience}),
        conflict_watches_(board_, backend_.view, backend_.log.process(), gate_, backend_.executor,
                          options_.watches),
        retractions_(backend_.log, backend_.identity.jurisdiction(), backend_.executor),
        parts_{.backend = backend_,
               .options = options_,
               .gate = gate_,
               .watches = watches_,
               .board = board_,
               .conflict_watches = conflict_watches_,
               .retractions = retractions_,
               .calls = std::make_shared<OpenCalls>(),
               .health = std::make_shared<Health>(),
               .start_time = backend_.clock.WallNow()},
        records_(parts_),
        conflicts_(parts_),
        node_(parts_) {}

  ~GrpcServer() override { Stop(kStopDefault); }

  absl::Status Listen(const std::vector<grpc::Service*>& extra) {
    TOCSIN_RETURN_IF_ERROR(CheckLoopback(options_.address));
    SwitchOnPlugins();
    grpc::ServerBuilder builder;
    builder.AddListeningPort(options_.address, Credentials(), &port_);
    builder.RegisterService(&records_);
    builder.RegisterService(&conflicts_);
    builder.RegisterService(&node_);
    for (grpc::Service* service : extra) builder.RegisterService(service);
    builder.SetMaxReceiveMessageSize(static_cast<int>(kMessageBytesMax));
    builder.SetMaxSendMessageSize(static_cast<int>(kMessageBytesMax));
    // Else two daemons could share one port, and each get half of the calls.
    builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
    builder.AddChannelArgument(GRPC_ARG_MAX_CONCURRENT_STREAMS, kStreamsMax);
    builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIME_MS,
                               static_cast<int>(absl::ToInt64Milliseconds(kKeepaliveTime)));
    builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIMEOUT_MS,
                               static_cast<int>(absl::ToInt64Milliseconds(kKeepaliveTimeout)));
    builder.AddChannelArgument(GRPC_ARG_HTTP2_MAX_PINGS_WITHOUT_DATA, 0);
    builder.AddChannelArgument(GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS, 5000);
    server_ = builder.BuildAndStart();
    if (server_ == nullptr || port_ == 0) {
      return absl::UnavailableError(
          absl::StrCat("cannot listen on ", options_.address,
                       "; another program has the port, or the address is not of this machine"));
    }
    parts_.health->Begin(*server_);
    gate_.WhenOpen([health = parts_.health](absl::Status status) { health->Set(status.ok()); });
    return absl::OkStatus();
  }

  int port() const override { return port_; }

  absl::StatusOr<v1::NodeStatus> Status() const override { return StatusOf(parts_); }

  void SetServing(bool serving) override { parts_.health->Set(serving); }

  void Stop(absl::Duration deadline) override {
    if (std::exchange(stopped_, true)) return;
    if (server_ != nullptr) {
      parts_.health->End();
      parts_.calls->Refuse();
      const absl::Status stopping =
          absl::UnavailableError("the node is stopping; resume later with the last resume_token");
      watches_.EndAll(stopping);
      conflict_watches_.EndAll(stopping);
      // gRPC cancels what is open at its deadline, and waits on for whoever does not answer that.
      const absl::Duration patience = deadline * 0.4;
      TimerId timer = backend_.executor.PostAfter(
          patience, [calls = parts_.calls, stopping] { calls->Close(stopping); });
      server_->Shutdown(
          gpr_time_add(gpr_now(GPR_CLOCK_MONOTONIC),
                       gpr_time_from_millis(absl::ToInt64Milliseconds(patience), GPR_TIMESPAN)));
      server_->Wait();
      backend_.executor.Cancel(timer);
    }
    gate_.Close();
  }

 private:
  const Backend backend_;
  const ServerOptions options_;
  Gate gate_;
  Watches watches_;
  conflicts::Board board_;
  ConflictWatches conflict_watches_;
  const Retractions retractions_;
  const Parts parts_;
  RecordsService records_;
  ConflictsService conflicts_;
  NodeService node_;
  int port_ = 0;
  bool stopped_ = false;
  std::unique_ptr<grpc::Server> server_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<Server>> Server::Start(const Backend& backend,
                                                      const ServerOptions& options,
                                                      std::vector<grpc::Service*> extra) {
  auto server = std::make_unique<GrpcServer>(backend, options);
  TOCSIN_RETURN_IF_ERROR(server->Listen(extra));
  return server;
}

}  // namespace tocsin::api
