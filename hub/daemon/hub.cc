#include "hub/daemon/hub.h"

#include <absl/strings/str_cat.h>
#include <grpcpp/grpcpp.h>

#include <string>

#include "hub/children/children.h"
#include "hub/children/receipt_issuer.h"
#include "node/daemon/link_status.h"

namespace tocsin::daemon {
namespace {

// Of the time to stop in, what goodbyes may take; streams are cut after the rest.
constexpr double kFarewellShare = 0.6;

class Hub final : public Extension {
 public:
  absl::Status Start(NodeParts& parts) override {
    const config::Options& options = parts.options();
    receipts_ = std::make_unique<children::ReceiptIssuer>(
        parts.log(), parts.identity(), parts.executor(), children::ReceiptIssuerOptions());
    children::ChildrenOptions children_options;
    children_options.children_max = static_cast<size_t>(options.children_max);
    children_options.admitted_per_second = static_cast<double>(options.children_admission_rate);
    children_options.connection = parts.connection_options();
    children_ = children::Children::Create(children_options, parts.session_node(), parts.executor(),
                                           parts.dispatcher());
    receipts_->Start();

    const std::string& listen = options.children_listen;
    int port = 0;
    grpc::ServerBuilder builder;
    builder.AddListeningPort(listen, grpc::InsecureServerCredentials(), &port);
    builder.RegisterService(&children_->service());
    builder.SetMaxReceiveMessageSize(1 << 20);
    auto keepalive_min_ms =
        static_cast<int>(absl::ToInt64Milliseconds(options.children_keepalive_min));
    builder.AddChannelArgument(GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS,
                               keepalive_min_ms);
    builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1);
    builder.AddChannelArgument(GRPC_ARG_HTTP2_MAX_PINGS_WITHOUT_DATA, 0);
    // A second hub on the same port must fail, not share it.
    builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
    server_ = builder.BuildAndStart();
    if (server_ == nullptr || port == 0) {
      return absl::UnavailableError(
          absl::StrCat("cannot listen for children on ", listen,
                       "; another program may hold the port: set children.listen to a free one"));
    }
    address_ = absl::StrCat(listen.substr(0, listen.rfind(':')), ":", port);
    return absl::OkStatus();
  }

  void Stop(absl::Duration deadline) override {
    if (children_ != nullptr) children_->Stop(deadline * kFarewellShare);
    if (server_ != nullptr) {
      // Without a deadline gRPC waits for children that do not answer any more.
      const absl::Duration rest = deadline * (1 - kFarewellShare);
      server_->Shutdown(
          gpr_time_add(gpr_now(GPR_CLOCK_MONOTONIC),
                       gpr_time_from_millis(absl::ToInt64Milliseconds(rest), GPR_TIMESPAN)));
    }
    receipts_.reset();
  }

  void FillStatus(v1::NodeStatus& status) const override {
    if (children_ == nullptr) return;
    for (const session::ConnectionState& state : children_->states()) {
      AddLinkStatus(state, /*is_parent=*/false, status);
    }
    for (const std::string& alarm : children_->alarms()) status.add_alarm(alarm);
  }

  std::string ReadyWords() const override { return absl::StrCat(" children=", address_); }

 private:
  std::unique_ptr<children::ReceiptIssuer> receipts_;
  std::unique_ptr<children::Children> children_;
  std::unique_ptr<grpc::Server> server_;
  std::string address_;
};

}  // namespace

std::unique_ptr<Extension> MakeHub() { return std::make_unique<Hub>(); }

}  // namespace tocsin::daemon
