#include "node/uplink/uplink.h"

#include <absl/strings/str_cat.h>
#include <grpcpp/grpcpp.h>

#include <utility>

#include "node/base/log.h"
#include "node/base/status.h"
#include "node/uplink/backoff.h"
#include "tocsin/v1/link.grpc.pb.h"

namespace tocsin::uplink {
namespace {

absl::Status FromGrpc(const grpc::Status& status) {
  // Said by gRPC itself where no such service is, and then without a word.
  if (status.error_code() == grpc::StatusCode::UNIMPLEMENTED && status.error_message().empty()) {
    return absl::UnimplementedError(
        "what answers there takes no children: uplink.endpoints in tocsin.toml names where the hub "
        "above listens for them (children.listen there), and not its API (api.listen)");
  }
  return absl::Status(static_cast<absl::StatusCode>(status.error_code()), status.error_message());
}

// One stream. Reactions copy and return; everything else happens on the connection's strand. Lives
// until OnDone, whoever else lets go of it.
//
//   StartCall ─► reads one by one (ReadNext) ─┐
//             └► writes one by one (Send) ────┴─► Close: WritesDone, cancel ─► OnDone
class ClientWire final : public grpc::ClientBidiReactor<v1::Frame, v1::Frame>,
                         public session::Wire {
 public:
  static std::shared_ptr<ClientWire> Open(v1::Link::Stub& stub,
                                          std::shared_ptr<session::Connection> connection) {
    auto wire = std::shared_ptr<ClientWire>(new ClientWire(std::move(connection)));
    wire->self_ = wire;
    stub.async()->Connect(&wire->context_, wire.get());
    // Reads and writes begin outside reactions: the hold lasts until Close.
    wire->AddHold();
    wire->StartCall();
    wire->connection_->Start(*wire);
    return wire;
  }

  // session::Wire, on the strand.
  void Send(v1::Frame frame) override {
    out_ = std::move(frame);
    StartWrite(&out_);
  }
  void ReadNext() override { StartRead(&in_); }
  void Close(const absl::Status& /*reason*/) override {
    StartWritesDone();
    RemoveHold();
  }
  void Abort() override { context_.TryCancel(); }

 private:
  explicit ClientWire(std::shared_ptr<session::Connection> connection)
      : connection_(std::move(connection)) {}

  void OnReadDone(bool ok) override {
    ok ? connection_->OnFrame(std::move(in_)) : connection_->OnReadFailed();
  }
  void OnWriteDone(bool ok) override { ok ? connection_->OnSent() : connection_->OnSendFailed(); }
  void OnDone(const grpc::Status& status) override {
    std::shared_ptr<session::Connection> connection = connection_;
    connection->OnClosed(FromGrpc(status), std::move(self_));
  }

  grpc::ClientContext context_;
  std::shared_ptr<session::Connection> connection_;
  std::shared_ptr<ClientWire> self_;
  v1::Frame in_;
  v1::Frame out_;
};

class GrpcUplink final : public Uplink, public session::ConnectionOwner {
 public:
  GrpcUplink(const UplinkOptions& options, const session::SessionNode& node, Executor& executor,
             session::Dispatcher& dispatcher)
      : options_(options),
        node_(node),
        executor_(executor),
        dispatcher_(dispatcher),
        strand_(executor) {
    TOCSIN_CHECK(!options.addresses.empty());
    for (const std::string& address : options.addresses) {
      stubs_.push_back(v1::Link::NewStub(grpc::CreateCustomChannel(
          address, grpc::InsecureChannelCredentials(), ChannelArguments())));
    }
  }

  void Start() override {
    strand_.Post([this] { Dial(); });
  }

  void Stop(absl::Duration deadline) override {
    strand_.Post([this] {
      stopping_ = true;
      strand_.Cancel(redial_);
      if (connection_ == nullptr) {
        MarkStopped();
      } else {
        connection_->End("this node stops");
      }
    });
    absl::MutexLock lock(&mutex_);
    if (mutex_.AwaitWithTimeout(absl::Condition(&stopped_), deadline)) return;
    if (std::shared_ptr<ClientWire> wire = wire_.lock()) wire->Abort();
    mutex_.Await(absl::Condition(&stopped_));
  }

  UplinkState state() const override {
    absl::MutexLock lock(&mutex_);
    UplinkState state = state_;
    if (shown_ != nullptr) state.connection = shown_->state();
    return state;
  }

 private:
  grpc::ChannelArguments ChannelArguments() const {
    grpc::ChannelArguments arguments;
    arguments.SetInt(GRPC_ARG_KEEPALIVE_TIME_MS,
                     static_cast<int>(absl::ToInt64Milliseconds(options_.keepalive_time)));
    arguments.SetInt(GRPC_ARG_KEEPALIVE_TIMEOUT_MS,
                     static_cast<int>(absl::ToInt64Milliseconds(options_.keepalive_timeout)));
    arguments.SetInt(GRPC_ARG_HTTP2_MAX_PINGS_WITHOUT_DATA, 0);
    arguments.SetInt(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1);
    // Redialling is ours: the channel's own backoff must not sit on top of it.
    arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, 100);
    arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, 500);
    // Links of one process never share a connection.
    arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
    return arguments;
  }

  void Dial() {
    if (stopping_) return;
    const size_t turn = dials_++ % stubs_.size();
    address_ = options_.addresses[turn];
    // Stop waits for OnClosed, so the connection needs no hold on this.
    std::shared_ptr<session::ConnectionOwner> self(std::shared_ptr<void>(), this);
    connection_ = session::Connection::Create(session::Role::kChild, node_, options_.connection,
                                              executor_, std::move(self));
    dispatcher_.Add(connection_);
    std::shared_ptr<ClientWire> wire = ClientWire::Open(*stubs_[turn], connection_);
    absl::MutexLock lock(&mutex_);
    shown_ = connection_;
    wire_ = wire;
    state_.address = address_;
    ++state_.attempts;
  }

  // session::ConnectionOwner.
  absl::Status Admit(const session::Peer& peer) override {
    Log(LogLevel::kInfo, "uplink.connected",
        {{"peer", peer.certificate.jurisdiction()}, {"address", address_}});
    strand_.Post([this] { failures_ = 0; });
    absl::MutexLock lock(&mutex_);
    state_.is_copy = false;
    return absl::OkStatus();
  }
  void OnClosed(const absl::Status& reason) override {
    strand_.Post([this, reason] {
      connection_.reset();
      const absl::Duration wait =
          NextBackoff(options_.backoff_min, options_.backoff_max, failures_, node_.random);
      ++failures_;
      if (!stopping_) {
        Log(LogLevel::kWarning, "uplink.lost",
            {{"address", address_}, {"reason", reason}, {"retry_in", wait}});
      }
      {
        absl::MutexLock lock(&mutex_);
        state_.last_error = std::string(reason.message());
        state_.is_copy = state_.is_copy || absl::IsAlreadyExists(reason);
      }
      if (stopping_) {
        MarkStopped();
        return;
      }
      redial_ = strand_.PostAfter(wait, [this] { Dial(); });
    });
  }

  void MarkStopped() {
    absl::MutexLock lock(&mutex_);
    stopped_ = true;
  }

  const UplinkOptions options_;
  const session::SessionNode node_;
  Executor& executor_;
  session::Dispatcher& dispatcher_;
  std::vector<std::unique_ptr<v1::Link::Stub>> stubs_;  // one for each address

  mutable absl::Mutex mutex_;
  UplinkState state_ ABSL_GUARDED_BY(mutex_);
  std::shared_ptr<session::Connection> shown_ ABSL_GUARDED_BY(mutex_);
  std::weak_ptr<ClientWire> wire_ ABSL_GUARDED_BY(mutex_);
  bool stopped_ ABSL_GUARDED_BY(mutex_) = false;

  // Of the strand.
  std::shared_ptr<session::Connection> connection_;
  bool stopping_ = false;
  int failures_ = 0;
  size_t dials_ = 0;
  std::string address_;
  TimerId redial_{};
  Strand strand_;
};

}  // namespace

std::unique_ptr<Uplink> Uplink::Create(const UplinkOptions& options,
                                       const session::SessionNode& node, Executor& executor,
                                       session::Dispatcher& dispatcher) {
  return std::make_unique<GrpcUplink>(options, node, executor, dispatcher);
}

}  // namespace tocsin::uplink
