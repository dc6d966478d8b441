#include "tools/src/cli/client.h"

#include <absl/strings/match.h>
#include <absl/strings/str_cat.h>
#include <grpc/support/time.h>
#include <grpcpp/grpcpp.h>

#include <utility>

#include "tocsin/v1/api.grpc.pb.h"
#include "tocsin/v1/conflicts.grpc.pb.h"
#include "tools/src/cli/outcome.h"

namespace tocsin::cli {
namespace {

// A page of 1,000 records with their areas.
constexpr int kAnswerBytesMax = 256 << 20;

// After a connection failed another is awaited for so long, which gRPC attempts after its least
// wait: 1.51 reads errno once it has allocated, and may take a connection that is just being made
// for one that failed.
constexpr int kBetweenAttemptsMs = 100;
constexpr int kAnotherAttemptMs = 300;

// UNAVAILABLE is said by gRPC when there is no connection, and by a node that is busy or stopping.
bool IsTransports(absl::string_view message) {
  for (const char* words : {"connect", "Connect", "Socket closed", "Broken pipe", "GOAWAY",
                            "Endpoint", "keepalive", "DNS", "transport", "recvmsg", "sendmsg"}) {
    if (absl::StrContains(message, words)) return true;
  }
  return message.empty();
}

}  // namespace

struct Client::Impl {
  std::string endpoint;
  absl::Duration timeout;
  std::shared_ptr<grpc::Channel> channel;
  std::unique_ptr<v1::Records::Stub> records;
  std::unique_ptr<v1::Conflicts::Stub> conflicts;
  std::unique_ptr<v1::Node::Stub> node;

  static gpr_timespec Span(int64_t milliseconds) {
    // gRPC adds a span to its own clock.
    return gpr_time_from_millis(milliseconds, GPR_TIMESPAN);
  }

  // Until there is a connection, or it is known that there is none: the call then says why.
  void Connect() const {
    const gpr_timespec deadline = Span(absl::ToInt64Milliseconds(timeout));
    grpc_connectivity_state state = channel->GetState(/*try_to_connect=*/true);
    while (state == GRPC_CHANNEL_IDLE || state == GRPC_CHANNEL_CONNECTING) {
      if (!channel->WaitForStateChange(state, deadline)) return;
      state = channel->GetState(/*try_to_connect=*/true);
    }
    if (state == GRPC_CHANNEL_TRANSIENT_FAILURE) channel->WaitForConnected(Span(kAnotherAttemptMs));
  }

  void SetDeadline(grpc::ClientContext& context) const {
    context.set_deadline(Span(absl::ToInt64Milliseconds(timeout)));
  }

  absl::Status Translate(const grpc::Status& status) const {
    if (status.ok()) return absl::OkStatus();
    const std::string& message = status.error_message();
    if (status.error_code() == grpc::StatusCode::UNAVAILABLE && !IsTransports(message)) {
      return FromNode(absl::UnavailableError(
          absl::StrCat("the node at ", endpoint, " cannot answer now: ", message)));
    }
    if (status.error_code() == grpc::StatusCode::UNAVAILABLE) {
      return FromNode(absl::UnavailableError(absl::StrCat(
          "no node answers at ", endpoint, " (", message,
          ")\n  next: start it with `tocsin-node --config DIR/tocsin.toml` (tocsin-hub for a hub), "
          "or name another by --endpoint HOST:PORT or TOCSIN_ENDPOINT")));
    }
    if (absl::StartsWith(message, "Received http2 header with status")) {
      return FromNode(absl::UnavailableError(
          absl::StrCat("what answers at ", endpoint, " is no Tocsin node (", message,
                       ")\n  next: name the node by --endpoint HOST:PORT or TOCSIN_ENDPOINT")));
    }
    // Said by gRPC itself where nothing of that name is served, and then without a word.
    if (status.error_code() == grpc::StatusCode::UNIMPLEMENTED && message.empty()) {
      return FromNode(absl::UnimplementedError(absl::StrCat(
          "what answers at ", endpoint,
          " takes no such call\n  next: if that is a hub's port for its children, name "
          "its API by --endpoint HOST:PORT (api.listen in its tocsin.toml); if it is a "
          "node of another version, `tocsin version` and `tocsin status` say which")));
    }
    if (status.error_code() == grpc::StatusCode::DEADLINE_EXCEEDED) {
      return FromNode(absl::DeadlineExceededError(absl::StrCat(
          "the node at ", endpoint, " did not answer within ", absl::FormatDuration(timeout))));
    }
    return FromNode(absl::Status(static_cast<absl::StatusCode>(status.error_code()), message));
  }

  template <typename Response, typename Request, typename Stub>
  absl::StatusOr<Response> Call(Stub& stub,
                                grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&,
                                                             Response*),
                                const Request& request) const {
    Connect();
    grpc::ClientContext context;
    SetDeadline(context);
    Response response;
    const absl::Status status = Translate((stub.*method)(&context, request, &response));
    if (!status.ok()) return status;
    return response;
  }

  // Reads a stream to its end.
  template <typename Response>
  absl::Status Follow(grpc::ClientContext& context, grpc::ClientReader<Response>& reader,
                      const std::stop_token& stop,
                      const std::function<void(const Response&)>& take) const {
    const std::stop_callback on_stop(stop, [&context] { context.TryCancel(); });
    Response response;
    while (reader.Read(&response)) take(response);
    const grpc::Status status = reader.Finish();
    if (stop.stop_requested()) return absl::OkStatus();
    if (status.ok()) {
      return Translate(grpc::Status(grpc::StatusCode::UNAVAILABLE, "the node ended the watch"));
    }
    return Translate(status);
  }

  // What a call without waiting keeps until its answer.
  template <typename Request>
  struct Pending {
    grpc::ClientContext context;
    Request request;
    v1::WriteRecordResponse response;
    Written done;
  };

  template <typename Request>
  Pending<Request>* NewPending(Request request, Written done) const {
    auto* pending = new Pending<Request>();
    SetDeadline(pending->context);
    pending->request = std::move(request);
    pending->done = std::move(done);
    return pending;
  }

  // Takes over `pending`. Its context holds the channel: it goes before the caller hears of the
  // answer, because the last one to let go of a channel must not be gRPC's own thread, which would
  // then wait for itself.
  template <typename Request>
  std::function<void(grpc::Status)> Answer(Pending<Request>* pending) const {
    return [this, pending](const grpc::Status& answer) {
      Written done = std::move(pending->done);
      v1::WriteRecordResponse response = std::move(pending->response);
      delete pending;
      const absl::Status status = Translate(answer);
      if (status.ok()) {
        done(std::move(response));
      } else {
        done(status);
      }
    };
  }
};

Client::Client(std::string endpoint, absl::Duration timeout) : impl_(std::make_unique<Impl>()) {
  grpc::ChannelArguments arguments;
  arguments.SetMaxReceiveMessageSize(kAnswerBytesMax);
  arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, kBetweenAttemptsMs);
  impl_->endpoint = std::move(endpoint);
  impl_->timeout = timeout;
  impl_->channel =
      grpc::CreateCustomChannel(impl_->endpoint, grpc::InsecureChannelCredentials(), arguments);
  impl_->records = v1::Records::NewStub(impl_->channel);
  impl_->conflicts = v1::Conflicts::NewStub(impl_->channel);
  impl_->node = v1::Node::NewStub(impl_->channel);
}

Client::~Client() = default;

absl::StatusOr<v1::WriteRecordResponse> Client::Create(const v1::CreateRecordRequest& request) {
  return impl_->Call(*impl_->records, &v1::Records::Stub::CreateRecord, request);
}

absl::StatusOr<v1::WriteRecordResponse> Client::Update(const v1::UpdateRecordRequest& request) {
  return impl_->Call(*impl_->records, &v1::Records::Stub::UpdateRecord, request);
}

absl::StatusOr<v1::WriteRecordResponse> Client::Withdraw(const v1::WithdrawRecordRequest& request) {
  return impl_->Call(*impl_->records, &v1::Records::Stub::WithdrawRecord, request);
}

absl::StatusOr<v1::WriteRecordResponse> Client::Resolve(const v1::ResolveConflictRequest& request) {
  return impl_->Call(*impl_->records, &v1::Records::Stub::ResolveConflict, request);
}

absl::StatusOr<v1::MoveRecordResponse> Client::Move(const v1::MoveRecordRequest& request) {
  return impl_->Call(*impl_->records, &v1::Records::Stub::MoveRecord, request);
}

absl::StatusOr<v1::Record> Client::Get(const std::string& name) {
  v1::GetRecordRequest request;
  request.set_name(name);
  return impl_->Call(*impl_->records, &v1::Records::Stub::GetRecord, request);
}

absl::StatusOr<v1::ListRecordsResponse> Client::List(const v1::ListRecordsRequest& request) {
  return impl_->Call(*impl_->records, &v1::Records::Stub::ListRecords, request);
}

absl::StatusOr<v1::ListRecordHistoryResponse> Client::History(const std::string& name) {
  v1::ListRecordHistoryRequest request;
  request.set_name(name);
  return impl_->Call(*impl_->records, &v1::Records::Stub::ListRecordHistory, request);
}

absl::StatusOr<v1::GetReceiptsResponse> Client::Receipts(const std::string& name) {
  v1::GetReceiptsRequest request;
  request.set_name(name);
  return impl_->Call(*impl_->records, &v1::Records::Stub::GetReceipts, request);
}

absl::StatusOr<v1::ListConflictsResponse> Client::Conflicts(
    const v1::ListConflictsRequest& request) {
  return impl_->Call(*impl_->conflicts, &v1::Conflicts::Stub::ListConflicts, request);
}

absl::StatusOr<v1::NodeStatus> Client::Status() {
  return impl_->Call(*impl_->node, &v1::Node::Stub::GetStatus, v1::GetStatusRequest());
}

void Client::File(v1::CreateRecordRequest request, Written done) {
  auto pending = impl_->NewPending(std::move(request), std::move(done));
  impl_->records->async()->CreateRecord(&pending->context, &pending->request, &pending->response,
                                        impl_->Answer(pending));
}

void Client::Amend(v1::UpdateRecordRequest request, Written done) {
  auto pending = impl_->NewPending(std::move(request), std::move(done));
  impl_->records->async()->UpdateRecord(&pending->context, &pending->request, &pending->response,
                                        impl_->Answer(pending));
}

absl::Status Client::Watch(const v1::WatchRecordsRequest& request, std::stop_token stop,
                           const std::function<void(const v1::WatchRecordsResponse&)>& take) {
  grpc::ClientContext context;
  return impl_->Follow(context, *impl_->records->WatchRecords(&context, request), stop, take);
}

absl::Status Client::WatchConflicts(
    const v1::WatchConflictsRequest& request, std::stop_token stop,
    const std::function<void(const v1::WatchConflictsResponse&)>& take) {
  grpc::ClientContext context;
  return impl_->Follow(context, *impl_->conflicts->WatchConflicts(&context, request), stop, take);
}

}  // namespace tocsin::cli
