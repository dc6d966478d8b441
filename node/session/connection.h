// A connection: one link with its session, driven over a wire that somebody else owns (a gRPC
// stream, a simulated line). It moves frames, ticks the session, and ends both in order.
//
//   wire ──OnFrame──► link ──► session ──► log
//   wire ◄──Send──── link ◄── session ◄── log (by the dispatcher)
//
// Thread-safe: every call is copied to the connection's strand. Owned by shared_ptr: the wire and
// the dispatcher each hold one; the wire lets go of it when it is closed.
#pragma once

#include <absl/functional/any_invocable.h>
#include <absl/status/status.h>
#include <absl/synchronization/mutex.h>
#include <absl/time/time.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "node/base/executor.h"
#include "node/link/link.h"
#include "node/session/session.h"

namespace tocsin::session {

// What carries frames. Called on the connection's strand, one call at a time.
class Wire {
 public:
  virtual ~Wire() = default;
  // One frame at a time: OnSent or OnWireFailed answers before the next.
  virtual void Send(v1::Frame frame) = 0;
  // The frame that OnFrame gave was dealt with: the next may come. Not after Close.
  virtual void ReadNext() = 0;
  // Ends the stream in order; no frame is under way. Once, and nothing after it but Abort.
  // OnClosed answers.
  virtual void Close(const absl::Status& reason) = 0;
  // Breaks the stream: a frame under way fails, a Close that waits for the other end is done.
  virtual void Abort() = 0;
};

struct ConnectionOptions {
  SessionOptions session;
  link::LinkOptions link;
  absl::Duration tick = absl::Seconds(1);
  // How long words of farewell may take.
  absl::Duration farewell = absl::Seconds(2);
};

// What others see of a connection. A copy; any thread.
struct ConnectionState {
  std::string peer;  // jurisdiction; empty before its Hello
  bool running = false;
  bool caught_up = false;
  bool closed = false;
  absl::Time since;
  uint64_t bytes_sent = 0;
  uint64_t bytes_received = 0;
  // Changes that wait to be sent on this link.
  uint64_t backlog = 0;
  // What the peer last said of its own (Session::peer_backlog).
  uint64_t peer_backlog = 0;
  absl::Status end = absl::OkStatus();
};

// Whoever keeps the connection decides on peers. Called on the connection's strand.
class ConnectionOwner {
 public:
  virtual ~ConnectionOwner() = default;
  // May this peer come in? (A clone, too many children: an error says so.)
  virtual absl::Status Admit(const Peer& peer) = 0;
  // The wire is closed; nothing more comes of this connection.
  virtual void OnClosed(const absl::Status& reason) = 0;
};

class Connection final : public SessionObserver, public std::enable_shared_from_this<Connection> {
 public:
  static std::shared_ptr<Connection> Create(Role role, const SessionNode& node,
                                            const ConnectionOptions& options, Executor& executor,
                                            std::shared_ptr<ConnectionOwner> owner);
  ~Connection() override;

  // Once; `wire` lives until OnClosed has been taken.
  void Start(Wire& wire);

  // From the wire.
  void OnFrame(v1::Frame frame);
  void OnSent();
  // A read or a write failed: the stream is lost.
  void OnReadFailed();
  void OnSendFailed();
  // Nothing more comes of the wire, which is kept until this has been taken.
  void OnClosed(absl::Status status, std::shared_ptr<void> wire);

  // From the dispatcher.
  void OnPublished(std::shared_ptr<const log::Published> published);
  // Bye, then close.
  void End(std::string reason);

  ConnectionState state() const;

 private:
  Connection(Role role, const SessionNode& node, const ConnectionOptions& options,
             Executor& executor, std::shared_ptr<ConnectionOwner> owner);

  // SessionObserver, on the strand.
  void OnReady() override;
  absl::Status OnPeer(const Peer& peer) override;
  void OnTaken(Precedence precedence, size_t bytes) override;
  void OnEnd(const absl::Status& reason) override;

  void Post(absl::AnyInvocable<void()> task);
  void Pump();
  void Tick();
  // Lets the session end by what it has still to say, within the farewell's time.
  void StartEnding(const absl::Status& reason);
  void Lost();
  void CloseWire();
  void AbortAfterFarewell();
  void UpdateState();

  const ConnectionOptions options_;
  Clock& clock_;
  const std::shared_ptr<ConnectionOwner> owner_;
  const std::shared_ptr<Strand> strand_;

  // Of the strand.
  link::Link link_;
  Session session_;
  Wire* wire_ = nullptr;
  absl::Duration sent_at_;  // of the frame under way
  bool writing_ = false;
  bool pumping_ = false;
  bool ending_ = false;
  bool close_asked_ = false;
  absl::Status end_reason_;
  TimerId tick_{};

  mutable absl::Mutex mutex_;
  ConnectionState state_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace tocsin::session
