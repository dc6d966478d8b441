#include "node/session/connection.h"

#include <utility>

#include "node/base/log.h"

namespace tocsin::session {

std::shared_ptr<Connection> Connection::Create(Role role, const SessionNode& node,
                                               const ConnectionOptions& options, Executor& executor,
                                               std::shared_ptr<ConnectionOwner> owner) {
  return std::shared_ptr<Connection>(
      new Connection(role, node, options, executor, std::move(owner)));
}

Connection::Connection(Role role, const SessionNode& node, const ConnectionOptions& options,
                       Executor& executor, std::shared_ptr<ConnectionOwner> owner)
    : options_(options),
      clock_(node.clock),
      owner_(std::move(owner)),
      strand_(std::make_shared<Strand>(executor)),
      link_(options.link),
      session_(role, node, options.session, strand_, *this) {
  link_.Attach(link::kOwnSession, session_);
  absl::MutexLock lock(&mutex_);
  state_.since = clock_.WallNow();
}

Connection::~Connection() = default;

void Connection::Post(absl::AnyInvocable<void()> task) {
  strand_->Post([self = shared_from_this(), task = std::move(task)]() mutable { task(); });
}

void Connection::Start(Wire& wire) {
  Post([this, wire = &wire] {
    wire_ = wire;
    session_.Start();
    wire_->ReadNext();
    Tick();
  });
}

void Connection::OnFrame(v1::Frame frame) {
  Post([this, frame = std::move(frame)] {
    if (wire_ == nullptr || ending_) return;
    absl::Status status = link_.OnFrame(frame);
    if (!status.ok()) StartEnding(status);
    Pump();
    if (!ending_ && wire_ != nullptr) wire_->ReadNext();
    UpdateState();
  });
}

void Connection::OnSent() {
  // Before the strand's turn, which says nothing of the line.
  Post([this, at = clock_.Elapsed()] {
    writing_ = false;
    link_.OnSent(at - sent_at_);
    Pump();
  });
}

void Connection::OnReadFailed() {
  Post([this] { Lost(); });
}

void Connection::OnSendFailed() {
  Post([this] {
    writing_ = false;
    Lost();
  });
}

// Nothing can be said any more.
void Connection::Lost() {
  if (!ending_) {
    ending_ = true;
    end_reason_ = absl::UnavailableError("the stream ended without a Bye");
  }
  CloseWire();
}

void Connection::OnClosed(absl::Status status, std::shared_ptr<void> wire) {
  Post([this, status = std::move(status), wire = std::move(wire)] {
    if (wire_ == nullptr) return;
    wire_ = nullptr;
    strand_->Cancel(tick_);
    // What the session said stands before what the stream says: a stream's status proves nothing.
    absl::Status reason = ending_ ? end_reason_ : status;
    if (!ending_ && reason.ok()) {
      reason = absl::UnavailableError("the stream ended without a Bye");
    }
    if (reason.message() == "the stream ended without a Bye" && !status.ok()) reason = status;
    ending_ = true;
    link_.Detach(link::kOwnSession);
    {
      absl::MutexLock lock(&mutex_);
      state_.closed = true;
      state_.running = false;
      state_.end = reason;
    }
    owner_->OnClosed(reason);
  });
}

void Connection::OnPublished(std::shared_ptr<const log::Published> published) {
  Post([this, published = std::move(published)] {
    if (!ending_) session_.OnPublished(*published);
  });
}

void Connection::End(std::string reason) {
  Post([this, reason = std::move(reason)] {
    if (ending_) return;
    session_.End(reason);
    AbortAfterFarewell();
  });
}

void Connection::AbortAfterFarewell() {
  strand_->PostAfter(options_.farewell, [weak = weak_from_this()] {
    std::shared_ptr<Connection> self = weak.lock();
    if (self == nullptr || self->wire_ == nullptr) return;
    self->ending_ = true;
    self->CloseWire();
    self->wire_->Abort();
  });
}

ConnectionState Connection::state() const {
  absl::MutexLock lock(&mutex_);
  return state_;
}

void Connection::OnReady() { Pump(); }

absl::Status Connection::OnPeer(const Peer& peer) {
  absl::Status admitted = owner_->Admit(peer);
  if (admitted.ok()) {
    absl::MutexLock lock(&mutex_);
    state_.peer = peer.certificate.jurisdiction().path();
    state_.since = clock_.WallNow();
  }
  return admitted;
}

void Connection::OnTaken(Precedence precedence, size_t bytes) {
  link_.Taken(link::kOwnSession, precedence, bytes);
}

// The session is over; what it still has to say (a refusal, a Bye) goes first.
void Connection::OnEnd(const absl::Status& reason) {
  StartEnding(reason);
  Pump();
}

void Connection::StartEnding(const absl::Status& reason) {
  if (ending_) return;
  ending_ = true;
  end_reason_ = reason;
  AbortAfterFarewell();
}

void Connection::Pump() {
  // A session that is asked for its next message may say that it is ready: once is enough.
  if (pumping_ || writing_ || wire_ == nullptr || close_asked_) return;
  pumping_ = true;
  std::optional<v1::Frame> frame = link_.NextFrame();
  pumping_ = false;
  if (frame) {
    writing_ = true;
    sent_at_ = clock_.Elapsed();
    wire_->Send(*std::move(frame));
  } else if (ending_) {
    CloseWire();
  }
}

void Connection::CloseWire() {
  // With a frame under way the close waits for it: OnSent and OnSendFailed come back here.
  if (wire_ == nullptr || close_asked_ || writing_) return;
  close_asked_ = true;
  wire_->Close(end_reason_);
}

void Connection::Tick() {
  if (ending_ || wire_ == nullptr) return;
  session_.OnTick();
  UpdateState();
  tick_ = strand_->PostAfter(options_.tick, [weak = weak_from_this()] {
    if (std::shared_ptr<Connection> self = weak.lock()) self->Tick();
  });
}

void Connection::UpdateState() {
  absl::MutexLock lock(&mutex_);
  state_.running = session_.running();
  state_.caught_up = session_.caught_up();
  state_.bytes_sent = link_.bytes_sent();
  state_.bytes_received = link_.bytes_received();
  state_.backlog = session_.backlog();
  state_.peer_backlog = session_.peer_backlog();
}

}  // namespace tocsin::session
