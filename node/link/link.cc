#include "node/link/link.h"

#include <absl/strings/str_cat.h>

#include <algorithm>
#include <utility>

#include "node/base/planted.h"
#include "node/base/status.h"
#include "node/identity/hash.h"

namespace tocsin::link {
namespace {

absl::StatusOr<Precedence> ParsePrecedence(uint32_t number) {
  for (Precedence precedence : kPrecedences) {
    if (static_cast<uint32_t>(precedence) == number) return precedence;
  }
  return absl::InvalidArgumentError(
      absl::StrCat("a piece names precedence ", number, "; 1 to 3 exist"));
}

}  // namespace

Link::Link(const LinkOptions& options) : options_(options), piece_bytes_(options.piece_bytes) {
  TOCSIN_CHECK(options.piece_bytes >= 1 && options.piece_bytes <= kMaxPieceBytes);
  for (Precedence precedence : kPrecedences)
    TOCSIN_CHECK(Window(precedence) >= 2 * kMaxMessageBytes);
}

uint64_t Link::Window(Precedence precedence) const {
  switch (precedence) {
    case Precedence::kFlash:
      return options_.flash_window_bytes;
    case Precedence::kPriority:
      return options_.priority_window_bytes;
    case Precedence::kRoutine:
      return options_.routine_window_bytes;
  }
  return 0;
}

void Link::Attach(SessionNumber session, Port& port) {
  auto [channel, added] = channels_.try_emplace(session);
  TOCSIN_CHECK(added);
  channel->second.port = &port;
}

void Link::Detach(SessionNumber session) { channels_.erase(session); }

absl::Status Link::OnFrame(const v1::Frame& frame) {
  bytes_received_ += frame.ByteSizeLong();
  switch (frame.frame_case()) {
    case v1::Frame::kPiece:
      return OnPiece(frame.piece());
    case v1::Frame::kFlow:
      return OnFlow(frame.flow());
    case v1::Frame::FRAME_NOT_SET:
      break;
  }
  return absl::InvalidArgumentError(
      "a frame is neither piece nor flow; the peer speaks another protocol");
}

absl::Status Link::OnPiece(const v1::Piece& piece) {
  TOCSIN_ASSIGN_OR_RETURN(Precedence precedence, ParsePrecedence(piece.precedence()));
  auto found = channels_.find(SessionNumber{piece.session()});
  if (found == channels_.end()) {
    return absl::InvalidArgumentError(absl::StrCat("a piece names session ", piece.session(),
                                                   ", which is not open on this link"));
  }
  Incoming& in = found->second.in[precedence];
  if (piece.data().empty() || piece.data().size() > kMaxPieceBytes) {
    return absl::InvalidArgumentError(absl::StrCat("a piece holds ", piece.data().size(),
                                                   " bytes; 1 to ", kMaxPieceBytes,
                                                   " may stand in one"));
  }
  if (in.arrived + piece.data().size() > in.limit) {
    return absl::ResourceExhaustedError(absl::StrCat("the peer sent ",
                                                     in.arrived + piece.data().size(),
                                                     " bytes where its limit is ", in.limit));
  }
  if (!in.assembling) {
    TOCSIN_RETURN_IF_ERROR(BeginMessage(piece, in));
  } else if (piece.offset() != in.message.size() || piece.size() != 0) {
    return absl::InvalidArgumentError(absl::StrCat("a piece at offset ", piece.offset(),
                                                   " does not continue its message at ",
                                                   in.message.size()));
  }
  if (in.message.size() + piece.data().size() > in.size) {
    return absl::InvalidArgumentError("a piece reaches beyond the length of its message");
  }
  in.message += piece.data();
  in.arrived += piece.data().size();
  if (in.message.size() < in.size) return absl::OkStatus();

  in.assembling = false;
  if (identity::Sha256(in.message).view() != in.digest) {
    return absl::InvalidArgumentError(
        "a message does not have the digest that its first piece names");
  }
  return found->second.port->OnMessage(precedence, std::exchange(in.message, {}));
}

absl::Status Link::BeginMessage(const v1::Piece& piece, Incoming& in) const {
  if (piece.offset() != 0 || piece.digest().size() != Digest::kSize) {
    return absl::InvalidArgumentError("a message does not begin with its length and digest");
  }
  if (piece.size() == 0 || piece.size() > kMaxMessageBytes) {
    return absl::ResourceExhaustedError(absl::StrCat(
        "a message of ", piece.size(), " bytes; at most ", kMaxMessageBytes, " are taken"));
  }
  in.assembling = true;
  in.size = piece.size();
  in.digest = piece.digest();
  in.message.clear();
  return absl::OkStatus();
}

absl::Status Link::OnFlow(const v1::Flow& flow) {
  auto found = channels_.find(SessionNumber{flow.session()});
  // A flow for a session that has just ended crosses its end on the way.
  if (found == channels_.end()) return absl::OkStatus();
  if (flow.limit_size() != static_cast<int>(kPrecedences.size())) {
    return absl::InvalidArgumentError("a flow frame does not name a limit for each precedence");
  }
  for (Precedence precedence : kPrecedences) {
    uint64_t limit = flow.limit(static_cast<int>(precedence) - 1);
    Outgoing& out = found->second.out[precedence];
    out.limit = std::max(out.limit, limit);
  }
  return absl::OkStatus();
}

// A line that was slow once is asked for less at once, and for twice as much after every whole
// piece that it takes in time: what a busy moment of this machine took away soon comes back.
void Link::OnSent(absl::Duration took) {
  const size_t bytes = std::exchange(last_piece_bytes_, 0);
  if (bytes == 0) return;
  const double in_time =
      took > absl::ZeroDuration()
          ? static_cast<double>(bytes) * absl::FDivDuration(options_.piece_time, took)
          : static_cast<double>(kMaxPieceBytes);
  const auto carried =
      static_cast<size_t>(std::clamp(in_time, double{kMinPieceBytes}, double{kMaxPieceBytes}));
  if (carried < piece_bytes_) {
    piece_bytes_ = carried;
  } else if (bytes == piece_bytes_) {
    piece_bytes_ = std::min(carried, 2 * piece_bytes_);
  }
}

std::optional<v1::Frame> Link::NextFrame() {
  last_piece_bytes_ = 0;
  std::optional<v1::Frame> frame = NextFlow();
  for (Precedence precedence : kPrecedences) {
    if (frame) break;
    frame =
        NextPiece(TOCSIN_PLANTED("flash-waits") ? kPrecedences[3 - static_cast<size_t>(precedence)]
                                                : precedence);
  }
  if (frame) bytes_sent_ += frame->ByteSizeLong();
  return frame;
}

std::optional<v1::Frame> Link::NextFlow() {
  for (auto& [session, channel] : channels_) {
    if (!channel.flow_due) continue;
    channel.flow_due = false;
    v1::Frame frame;
    v1::Flow& flow = *frame.mutable_flow();
    flow.set_session(static_cast<uint32_t>(session));
    for (Precedence precedence : kPrecedences) {
      Incoming& in = channel.in[precedence];
      in.limit = std::max(in.limit, in.taken + Window(precedence));
      flow.add_arrived(in.arrived);
      flow.add_limit(in.limit);
    }
    return frame;
  }
  return std::nullopt;
}

// Makes sure that a message is under way. False when the session has none.
bool Link::Load(Channel& channel, Precedence precedence) {
  Outgoing& out = channel.out[precedence];
  if (out.under_way()) return true;
  std::optional<std::string> message = channel.port->NextMessage(precedence);
  if (!message) return false;
  TOCSIN_CHECK(!message->empty() && message->size() <= kMaxMessageBytes);
  out.message = *std::move(message);
  out.offset = 0;
  return true;
}

std::optional<v1::Frame> Link::NextPiece(Precedence precedence) {
  // In turn: those behind the one served last come first.
  auto start = channels_.upper_bound(last_served_[precedence]);
  for (size_t i = 0; i < channels_.size(); ++i, ++start) {
    if (start == channels_.end()) start = channels_.begin();
    auto& [session, channel] = *start;
    Outgoing& out = channel.out[precedence];
    if (out.sent >= out.limit || !Load(channel, precedence)) continue;

    size_t size = std::min(
        {piece_bytes_, out.message.size() - out.offset, static_cast<size_t>(out.limit - out.sent)});
    v1::Frame frame;
    v1::Piece& piece = *frame.mutable_piece();
    piece.set_session(static_cast<uint32_t>(session));
    piece.set_precedence(static_cast<uint32_t>(precedence));
    piece.set_offset(static_cast<uint32_t>(out.offset));
    if (out.offset == 0) {
      piece.set_size(static_cast<uint32_t>(out.message.size()));
      Digest digest = identity::Sha256(out.message);
      piece.set_digest(digest.data(), Digest::kSize);
    }
    piece.set_data(out.message.data() + out.offset, size);
    out.offset += size;
    out.sent += size;
    last_piece_bytes_ = size;
    if (!out.under_way()) {
      out.message.clear();
      out.message.shrink_to_fit();
      out.offset = 0;
    }
    last_served_[precedence] = session;
    return frame;
  }
  return std::nullopt;
}

void Link::Taken(SessionNumber session, Precedence precedence, size_t bytes) {
  auto found = channels_.find(session);
  if (found == channels_.end()) return;
  Incoming& in = found->second.in[precedence];
  in.taken += bytes;
  TOCSIN_CHECK(in.taken <= in.arrived);
  // Told when a quarter of the window has become free, so that flow frames stay rare.
  if (in.taken + Window(precedence) >= in.limit + Window(precedence) / 4) {
    found->second.flow_due = true;
  }
}

}  // namespace tocsin::link
