// The link: one hop's multiplexer between sessions above and a byte stream below. It knows bytes,
// precedences and session numbers, and nothing of what a message says. A pure machine: whoever
// drives it (a gRPC reactor, a simulator) moves its frames.
//
//   session ports ──NextMessage()──► [flash | priority | routine] ──NextFrame()──► stream
//   session ports ◄──OnMessage()──── assembling, per session and precedence ◄──OnFrame()── stream
//
// Runs on the strand of its connection. Owned by the connection. Limits: one message under way and
// one being assembled for each (session, precedence); what was not taken is bounded by the window.
#pragma once

#include <absl/status/status.h>
#include <absl/strings/string_view.h>
#include <absl/time/time.h>

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "node/base/ids.h"
#include "tocsin/v1/link.pb.h"

namespace tocsin::link {

// Allotted by the hop's child; 1 is the child's own session.
enum class SessionNumber : uint32_t {};
inline constexpr SessionNumber kOwnSession{1};

inline constexpr size_t kMaxMessageBytes = 256 * 1024;
inline constexpr size_t kMaxPieceBytes = 64 * 1024;
// Below it a piece's own head costs more than what it lets pass sooner.
inline constexpr size_t kMinPieceBytes = 1024;
// What may be sent of each precedence before the first Flow arrives.
inline constexpr uint64_t kInitialLimitBytes = 64 * 1024;

// One value for each precedence.
template <typename T>
class PerPrecedence {
 public:
  T& operator[](Precedence p) { return values_[static_cast<size_t>(p) - 1]; }
  const T& operator[](Precedence p) const { return values_[static_cast<size_t>(p) - 1]; }

 private:
  std::array<T, 3> values_{};
};

// The session's side of the link.
class Port {
 public:
  virtual ~Port() = default;
  // The next message of this precedence, at most kMaxMessageBytes; nothing when there is none now.
  // The link asks only when it could send, so that what waits stays in the log and not in memory.
  virtual std::optional<std::string> NextMessage(Precedence precedence) = 0;
  // A whole message, its digest checked. The port calls Link::Taken for it sooner or later. An
  // error ends the stream.
  virtual absl::Status OnMessage(Precedence precedence, std::string message) = 0;
};

struct LinkOptions {
  // Bytes of the first piece, 1 to kMaxPieceBytes; those behind it have what the line takes in
  // piece_time, kMinPieceBytes to kMaxPieceBytes, so that flash does not wait longer for one.
  size_t piece_bytes = 16 * 1024;
  absl::Duration piece_time = absl::Milliseconds(50);
  // What the other end may have on the way or not taken, by precedence; at least twice
  // kMaxMessageBytes, so that the part that has not been told yet never stops a message.
  uint64_t flash_window_bytes = 512 * 1024;
  uint64_t priority_window_bytes = 512 * 1024;
  uint64_t routine_window_bytes = 1024 * 1024;
};

class Link {
 public:
  explicit Link(const LinkOptions& options);

  // `port` outlives the link or is detached first.
  void Attach(SessionNumber session, Port& port);
  void Detach(SessionNumber session);

  // From the stream. INVALID_ARGUMENT for a piece that does not continue its message, a wrong
  // digest, an unknown session or precedence; RESOURCE_EXHAUSTED for a message over its limit or
  // its size. After an error the stream must end.
  absl::Status OnFrame(const v1::Frame& frame);

  // To the stream: a due Flow first, then the most urgent piece that may go. Nothing: there is
  // nothing to say, or no room; ask again after OnFrame, Taken, or news from a session.
  std::optional<v1::Frame> NextFrame();

  // The stream has room again, `took` after it was given the last frame. Without it pieces stay as
  // large as the first.
  void OnSent(absl::Duration took);

  // The session is done with `bytes` of messages that OnMessage gave it: the limit rises.
  void Taken(SessionNumber session, Precedence precedence, size_t bytes);

  uint64_t bytes_sent() const { return bytes_sent_; }
  uint64_t bytes_received() const { return bytes_received_; }

 private:
  // What goes out in one (session, precedence).
  struct Outgoing {
    std::string message;
    size_t offset = 0;
    uint64_t sent = 0;
    uint64_t limit = kInitialLimitBytes;
    bool under_way() const { return offset < message.size(); }
  };
  // What comes in.
  struct Incoming {
    std::string message;
    std::string digest;
    size_t size = 0;
    bool assembling = false;
    uint64_t arrived = 0;
    uint64_t taken = 0;
    uint64_t limit = kInitialLimitBytes;  // as the other end was told
  };
  struct Channel {
    Port* port = nullptr;
    PerPrecedence<Outgoing> out;
    PerPrecedence<Incoming> in;
    bool flow_due = true;  // the first tells the real limits
  };

  uint64_t Window(Precedence precedence) const;
  absl::Status OnPiece(const v1::Piece& piece);
  absl::Status BeginMessage(const v1::Piece& piece, Incoming& in) const;
  absl::Status OnFlow(const v1::Flow& flow);
  std::optional<v1::Frame> NextFlow();
  std::optional<v1::Frame> NextPiece(Precedence precedence);
  bool Load(Channel& channel, Precedence precedence);

  LinkOptions options_;
  std::map<SessionNumber, Channel> channels_;
  size_t piece_bytes_;
  // Of the frame under way; 0 for a Flow.
  size_t last_piece_bytes_ = 0;
  // Whose turn it was last, by precedence.
  PerPrecedence<SessionNumber> last_served_;
  uint64_t bytes_sent_ = 0;
  uint64_t bytes_received_ = 0;
};

}  // namespace tocsin::link
