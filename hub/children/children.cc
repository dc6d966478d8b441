#include "hub/children/children.h"

#include <absl/strings/str_cat.h>
#include <absl/synchronization/mutex.h>
#include <grpcpp/grpcpp.h>

#include <algorithm>
#include <deque>
#include <map>
#include <string>
#include <utility>

#include "node/base/log.h"
#include "node/base/status.h"
#include "tocsin/v1/link.grpc.pb.h"

namespace tocsin::children {
namespace {

// Processes of one node that a later one has taken over from; more are not told apart.
constexpr size_t kSupersededMax = 16;

grpc::Status ToGrpc(const absl::Status& status) {
  return grpc::Status(static_cast<grpc::StatusCode>(status.code()), std::string(status.message()));
}

// One stream. Reactions copy and return; everything else happens on the connection's strand. Lives
// until OnDone has been taken.
class ServerWire final : public grpc::ServerBidiReactor<v1::Frame, v1::Frame>,
                         public session::Wire {
 public:
  static ServerWire* Open(grpc::CallbackServerContext* context,
                          std::shared_ptr<session::Connection> connection) {
    auto wire = std::shared_ptr<ServerWire>(new ServerWire(context, std::move(connection)));
    wire->self_ = wire;
    wire->connection_->Start(*wire);
    return wire.get();
  }

  // session::Wire, on the strand.
  void Send(v1::Frame frame) override {
    out_ = std::move(frame);
    StartWrite(&out_);
  }
  void ReadNext() override { StartRead(&in_); }
  void Close(const absl::Status& reason) override { Finish(ToGrpc(reason)); }
  void Abort() override { context_->TryCancel(); }

 private:
  ServerWire(grpc::CallbackServerContext* context, std::shared_ptr<session::Connection> connection)
      : context_(context), connection_(std::move(connection)) {}

  void OnReadDone(bool ok) override {
    ok ? connection_->OnFrame(std::move(in_)) : connection_->OnReadFailed();
  }
  void OnWriteDone(bool ok) override { ok ? connection_->OnSent() : connection_->OnSendFailed(); }
  void OnCancel() override { connection_->OnReadFailed(); }
  void OnDone() override {
    std::shared_ptr<session::Connection> connection = connection_;
    connection->OnClosed(absl::OkStatus(), std::move(self_));
  }

  grpc::CallbackServerContext* context_;
  std::shared_ptr<session::Connection> connection_;
  std::shared_ptr<ServerWire> self_;
  v1::Frame in_;
  v1::Frame out_;
};

// A stream that is refused before it has a session.
class RefusedStream final : public grpc::ServerBidiReactor<v1::Frame, v1::Frame> {
 public:
  explicit RefusedStream(const absl::Status& reason) { Finish(ToGrpc(reason)); }
  void OnDone() override { delete this; }
};

class GrpcChildren final : public Children, public v1::Link::CallbackService {
 public:
  GrpcChildren(const ChildrenOptions& options, const session::SessionNode& node, Executor& executor,
               session::Dispatcher& dispatcher)
      : options_(options),
        node_(node),
        executor_(executor),
        dispatcher_(dispatcher),
        admissions_(options.admitted_per_second),
        admissions_at_(node.clock.Elapsed()) {}

  grpc::Service& service() override { return *this; }
  grpc::ServerBidiReactor<v1::Frame, v1::Frame>* Connect(
      grpc::CallbackServerContext* context) override;
  void Stop(absl::Duration deadline) override;
  std::vector<session::ConnectionState> states() const override;
  std::vector<std::string> alarms() const override;

 private:
  // The owner of one connection.
  struct Child final : session::ConnectionOwner {
    explicit Child(GrpcChildren& the_children) : children(the_children) {}
    absl::Status Admit(const session::Peer& peer) override { return children.Admit(*this, peer); }
    void OnClosed(const absl::Status& reason) override { children.Closed(*this, reason); }

    GrpcChildren& children;
    std::weak_ptr<session::Connection> connection;
    std::optional<CertId> node;
  };

  // What is known of one child node over its connections.
  struct Known {
    Child* current = nullptr;
    ProcessId process;
    // The newest kSupersededMax of them.
    std::deque<ProcessId> superseded;
    session::ConnectionState last;
  };

  void ForgetFormer(const identity::Certificate& now) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  bool TakeAdmission() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::Status Admit(Child& child, const session::Peer& peer);
  void Closed(Child& child, const absl::Status& reason);

  const ChildrenOptions options_;
  const session::SessionNode node_;
  Executor& executor_;
  session::Dispatcher& dispatcher_;

  mutable absl::Mutex mutex_;
  // Links that may be admitted now: grows with time up to one second's worth.
  double admissions_ ABSL_GUARDED_BY(mutex_);
  absl::Duration admissions_at_ ABSL_GUARDED_BY(mutex_);
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  // Every stream that is not closed yet, greeted or not.
  std::map<Child*, std::shared_ptr<session::Connection>> open_ ABSL_GUARDED_BY(mutex_);
  std::map<CertId, Known> known_ ABSL_GUARDED_BY(mutex_);
  std::map<Jurisdiction, identity::Certificate> latest_ ABSL_GUARDED_BY(mutex_);
  std::map<CertId, std::string> clones_ ABSL_GUARDED_BY(mutex_);
};

grpc::ServerBidiReactor<v1::Frame, v1::Frame>* GrpcChildren::Connect(
    grpc::CallbackServerContext* context) {
  auto child = std::make_shared<Child>(*this);
  std::shared_ptr<session::Connection> connection;
  {
    absl::MutexLock lock(&mutex_);
    if (stopping_) {
      return new RefusedStream(absl::UnavailableError("this hub is stopping; dial again"));
    }
    if (open_.size() >= options_.children_max) {
      return new RefusedStream(absl::ResourceExhaustedError(
          absl::StrCat("this hub holds ", options_.children_max,
                       " links already; raise children_max or add a hub between")));
    }
    if (!TakeAdmission()) {
      return new RefusedStream(
          absl::UnavailableError("this hub takes no more new links in this second; dial again"));
    }
    connection = session::Connection::Create(session::Role::kParent, node_, options_.connection,
                                             executor_, child);
    child->connection = connection;
    open_.emplace(child.get(), connection);
  }
  dispatcher_.Add(connection);
  return ServerWire::Open(context, std::move(connection));
}

bool GrpcChildren::TakeAdmission() {
  const absl::Duration now = node_.clock.Elapsed();
  admissions_ = std::min(
      options_.admitted_per_second,
      admissions_ + absl::ToDoubleSeconds(now - admissions_at_) * options_.admitted_per_second);
  admissions_at_ = now;
  if (admissions_ < 1) return false;
  admissions_ -= 1;
  return true;
}

// A child that was renewed is one child: what was shown of it under an earlier certificate goes.
void GrpcChildren::ForgetFormer(const identity::Certificate& now) {
  auto [latest, is_new] = latest_.try_emplace(now.jurisdiction(), now);
  if (is_new || !identity::IsNewer(now, latest->second)) return;
  auto former = known_.find(latest->second.id());
  if (former != known_.end() && former->second.current == nullptr) known_.erase(former);
  latest->second = now;
}

absl::Status GrpcChildren::Admit(Child& child, const session::Peer& peer) {
  const Jurisdiction& jurisdiction = peer.certificate.jurisdiction();
  std::shared_ptr<session::Connection> replaced;
  {
    absl::MutexLock lock(&mutex_);
    Known& known = known_[peer.certificate.id()];
    if (std::find(known.superseded.begin(), known.superseded.end(), peer.process) !=
        known.superseded.end()) {
      std::string alarm = absl::StrCat(
          jurisdiction.path(),
          ": two machines run as this node, one is a copy of the other's disk; "
          "stop one of them, give it a certificate of its own and start it on an empty folder");
      clones_[peer.certificate.id()] = alarm;
      Log(LogLevel::kError, "child.clone", {{"peer", jurisdiction}});
      return absl::AlreadyExistsError(alarm);
    }
    ForgetFormer(peer.certificate);
    if (known.current != nullptr) replaced = known.current->connection.lock();
    if (!known.process.IsZero() && known.process != peer.process) {
      known.superseded.push_back(known.process);
      if (known.superseded.size() > kSupersededMax) known.superseded.pop_front();
    }
    known.process = peer.process;
    known.current = &child;
    child.node = peer.certificate.id();
  }
  if (replaced != nullptr) replaced->End("a later connection of the same node took over");
  Log(LogLevel::kInfo, "child.connected", {{"peer", jurisdiction}, {"software", peer.software}});
  return absl::OkStatus();
}

void GrpcChildren::Closed(Child& child, const absl::Status& reason) {
  std::string peer;
  {
    absl::MutexLock lock(&mutex_);
    auto found = child.node ? known_.find(*child.node) : known_.end();
    if (found != known_.end()) {
      Known& known = found->second;
      if (std::shared_ptr<session::Connection> connection = child.connection.lock()) {
        session::ConnectionState state = connection->state();
        peer = state.peer;
        if (known.current == &child) known.last = std::move(state);
      }
      if (known.current == &child) known.current = nullptr;
    }
    open_.erase(&child);
  }
  Log(LogLevel::kInfo, "child.closed", {{"peer", peer}, {"reason", reason}});
}

void GrpcChildren::Stop(absl::Duration deadline) {
  absl::MutexLock lock(&mutex_);
  stopping_ = true;
  for (auto& [child, connection] : open_) connection->End("this hub stops");
  auto all_closed = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return open_.empty(); };
  mutex_.AwaitWithTimeout(absl::Condition(&all_closed), deadline);
}

std::vector<session::ConnectionState> GrpcChildren::states() const {
  absl::MutexLock lock(&mutex_);
  std::vector<session::ConnectionState> states;
  for (const auto& [id, known] : known_) {
    std::shared_ptr<session::Connection> connection =
        known.current == nullptr ? nullptr : known.current->connection.lock();
    states.push_back(connection == nullptr ? known.last : connection->state());
  }
  return states;
}

std::vector<std::string> GrpcChildren::alarms() const {
  absl::MutexLock lock(&mutex_);
  std::vector<std::string> alarms;
  for (const auto& [id, alarm] : clones_) alarms.push_back(alarm);
  return alarms;
}

}  // namespace

std::unique_ptr<Children> Children::Create(const ChildrenOptions& options,
                                           const session::SessionNode& node, Executor& executor,
                                           session::Dispatcher& dispatcher) {
  return std::make_unique<GrpcChildren>(options, node, executor, dispatcher);
}

}  // namespace tocsin::children
