#include "tools/src/sim/network.h"

#include <absl/strings/str_cat.h>

#include <algorithm>
#include <functional>
#include <utility>

#include "node/base/status.h"
#include "node/identity/hash.h"
#include "node/log/block.h"
#include "node/log/change_view.h"
#include "node/uplink/backoff.h"

namespace tocsin::sim {
namespace {

constexpr absl::Duration kRefusedAfter = absl::Milliseconds(50);
constexpr absl::Duration kUnreachableAfter = absl::Seconds(10);
constexpr absl::Duration kBackoffMin = absl::Milliseconds(500);
constexpr absl::Duration kBackoffMax = absl::Seconds(60);

// The block of a frame that carries one whole; empty for any other.
std::string BlockOf(const v1::Frame& frame, v1::SessionMessage& message) {
  const v1::Piece& piece = frame.piece();
  if (!frame.has_piece() || piece.offset() != 0 || piece.size() != piece.data().size() ||
      !message.ParseFromString(piece.data()) || !message.has_block()) {
    return {};
  }
  return message.block();
}

// The same block as a bad disk or a lying relay would pass it on.
std::string WithoutTexts(const std::string& block) {
  auto unpacked = log::UnpackBlock(block);
  if (!unpacked.ok()) return block;
  std::string raw;
  for (size_t i = 0; i < unpacked->changes.size(); ++i) {
    log::ChangeView view;
    absl::string_view change = unpacked->change(i);
    if (!view.Parse(change).ok()) return block;
    view.AppendWithout([](const log::TextView&) { return true; }, raw);
  }
  return log::PackBlock(unpacked->header, raw);
}

void Repack(const v1::SessionMessage& message, v1::Piece& piece) {
  piece.set_data(message.SerializeAsString());
  piece.set_size(static_cast<uint32_t>(piece.data().size()));
  Digest digest = identity::Sha256(piece.data());
  piece.set_digest(digest.data(), Digest::kSize);
}

}  // namespace

// One end of one stream. What it is given by the other is read one by one.
struct Line::EndOfLine final : session::Wire {
  void Send(v1::Frame frame) override;
  void ReadNext() override {
    wants = true;
    Deliver();
  }
  void Close(const absl::Status& reason) override;
  void Abort() override {}

  EndOfLine& Other();
  bool dead() const { return closed || gone; }
  void Arrive(v1::Frame frame);
  void Deliver();
  // The stream is lost for it.
  void Fail() {
    if (!dead()) connection->OnSendFailed();
  }

  Stream* stream = nullptr;
  Node* node = nullptr;
  Way way = Way::kUp;  // of what it sends
  std::shared_ptr<ProcessExecutor> executor;
  std::shared_ptr<session::Connection> connection;
  std::deque<v1::Frame> inbox;
  size_t unread_bytes = 0;
  std::deque<v1::Frame> clogged;  // sent by this end, and held back
  absl::Duration line_free;       // for what this end sends
  absl::Duration last_arrival;
  bool wants = false;
  bool ended = false;   // by the other end
  bool closed = false;  // by this one
  bool gone = false;    // its process has ended
  bool mute = false;    // what this end sends is lost
};

struct Line::Stream : std::enable_shared_from_this<Stream> {
  explicit Stream(Line& the_line) : line(the_line) {}
  Line& line;
  EndOfLine ends[2];
  bool broken = false;
  bool over() const { return ends[0].dead() && ends[1].dead(); }
};

namespace {

// Decides for one connection.
class EndOwner final : public session::ConnectionOwner {
 public:
  using Admits = std::function<void()>;
  using Closes = std::function<void(const absl::Status&)>;
  EndOwner(Admits admitted, Closes closed)
      : admitted_(std::move(admitted)), closed_(std::move(closed)) {}

  absl::Status Admit(const session::Peer&) override {
    admitted_();
    return absl::OkStatus();
  }
  void OnClosed(const absl::Status& reason) override { closed_(reason); }

 private:
  const Admits admitted_;
  const Closes closed_;
};

}  // namespace

Line::EndOfLine& Line::EndOfLine::Other() { return stream->ends[this == &stream->ends[0] ? 1 : 0]; }

void Line::EndOfLine::Send(v1::Frame frame) {
  if (gone) return;
  Line& line = stream->line;
  line.listener_.OnFrameSent(*node, *Other().node, frame);
  const absl::Duration now = line.world_.now();
  line_free = std::max(line_free, now);
  if (line.rate_ > 0) {
    line_free +=
        absl::Seconds(static_cast<double>(frame.ByteSizeLong()) / static_cast<double>(line.rate_));
  }
  last_arrival = std::max(last_arrival, line_free + line.latency_);
  std::weak_ptr<Stream> weak = stream->weak_from_this();
  line.wires_.PostAfter(last_arrival - now, [weak, this, frame = std::move(frame)]() mutable {
    std::shared_ptr<Stream> alive = weak.lock();
    if (alive == nullptr || alive->broken || mute) return;
    Line& over = alive->line;
    const auto at = static_cast<size_t>(way);
    if (over.damage_[at] != Damage::kNone) {
      frame = over.Damaged(std::move(frame), over.damage_[at], way);
    }
    if (over.clogged_[at] || !clogged.empty()) {
      clogged.push_back(std::move(frame));
    } else {
      Other().Arrive(std::move(frame));
    }
  });
  line.wires_.PostAfter(line_free - now, [weak, this] {
    std::shared_ptr<Stream> alive = weak.lock();
    if (alive != nullptr && !alive->broken && !dead()) connection->OnSent();
  });
}

void Line::EndOfLine::Arrive(v1::Frame frame) {
  if (dead()) return;
  unread_bytes += frame.piece().data().size();
  stream->line.listener_.OnUnread(*node, unread_bytes);
  inbox.push_back(std::move(frame));
  Deliver();
}

void Line::EndOfLine::Deliver() {
  if (!wants || dead()) return;
  if (inbox.empty()) {
    // What arrived is read before the end is seen.
    if (ended) connection->OnReadFailed();
    return;
  }
  wants = false;
  v1::Frame frame = std::move(inbox.front());
  inbox.pop_front();
  unread_bytes -= frame.piece().data().size();
  connection->OnFrame(std::move(frame));
}

void Line::EndOfLine::Close(const absl::Status& reason) {
  if (closed) return;
  closed = true;
  std::shared_ptr<Stream> keep = stream->shared_from_this();
  if (!gone && !stream->broken && !mute) {
    std::weak_ptr<Stream> weak = keep;
    Line& line = stream->line;
    const absl::Duration delay = std::max(last_arrival - line.world_.now(), line.latency_);
    line.wires_.PostAfter(delay, [weak, this] {
      std::shared_ptr<Stream> alive = weak.lock();
      if (alive == nullptr || mute) return;
      Other().ended = true;
      Other().Deliver();
    });
  }
  connection->OnClosed(reason, std::move(keep));
}

Line::Line(World& world, ProcessExecutor& wires, Node& child, Node& parent,
           const session::ConnectionOptions& options, uint64_t seed, LineListener& listener,
           Trace& trace)
    : world_(world),
      wires_(wires),
      child_(child),
      parent_(parent),
      options_(options),
      listener_(listener),
      trace_(trace),
      random_(seed),
      latency_(absl::Milliseconds(static_cast<int64_t>(2 + random_.Below(200)))) {}

Line::~Line() = default;

void Line::OnChildStarted() {
  failures_ = 0;
  const uint64_t generation = child_.generation();
  child_.executor()->PostAfter(absl::Milliseconds(static_cast<int64_t>(random_.Below(500))),
                               [this, generation] { Dial(generation); });
}

void Line::Dial(uint64_t generation) {
  if (!child_.up() || child_.generation() != generation) return;
  if (parted_ || !parent_.up()) {
    child_.executor()->PostAfter(parted_ ? kUnreachableAfter : kRefusedAfter, [this, generation] {
      if (child_.generation() == generation) Redial();
    });
    return;
  }
  Connect();
}

void Line::Connect() {
  ++connects_;
  auto stream = std::make_shared<Stream>(*this);
  std::weak_ptr<Stream> weak = stream;
  for (int i = 0; i < 2; ++i) {
    EndOfLine& end = stream->ends[i];
    end.stream = stream.get();
    end.node = i == 0 ? &child_ : &parent_;
    end.way = static_cast<Way>(i);
    end.executor = end.node->executor();
    Node& node = *end.node;
    Node& peer = i == 0 ? parent_ : child_;
    auto admitted = [this, weak, &node, &peer, i, opened = world_.now()] {
      if (i == 0) {
        failures_ = 0;
      } else {
        // A later connection of the same node takes over.
        for (const std::shared_ptr<Stream>& other : streams_) {
          if (other != weak.lock() && !other->ends[1].dead()) {
            other->ends[1].connection->End("a later connection of the same node took over");
          }
        }
      }
      listener_.OnGreeted(node, peer, opened);
    };
    auto closed = [this, weak, &node, i](const absl::Status& reason) {
      trace_.Add(world_.now(), node.name(), i == 0 ? "line up is lost: " : "line down is lost: ",
                 std::string(reason.message()));
      if (i == 0) Redial();
    };
    end.connection = session::Connection::Create(
        i == 0 ? session::Role::kChild : session::Role::kParent, node.session_node(), options_,
        *end.executor, std::make_shared<EndOwner>(std::move(admitted), std::move(closed)));
    node.dispatcher().Add(end.connection);
    end.connection->Start(end);
  }
  std::erase_if(streams_, [](const std::shared_ptr<Stream>& old) { return old->over(); });
  streams_.push_back(std::move(stream));
}

void Line::Redial() {
  if (!child_.up()) return;
  const absl::Duration wait = uplink::NextBackoff(kBackoffMin, kBackoffMax, failures_, random_);
  ++failures_;
  const uint64_t generation = child_.generation();
  child_.executor()->PostAfter(wait, [this, generation] { Dial(generation); });
}

void Line::OnStopping(const Node& node, bool peer_hears) {
  for (const std::shared_ptr<Stream>& stream : streams_) {
    EndOfLine& end = stream->ends[&node == &child_ ? 0 : 1];
    if (end.gone) continue;
    const bool was_closed = end.closed;
    end.gone = true;
    if (!was_closed) {
      // The dying process takes leave of it without a word.
      end.connection->OnSendFailed();
      if (peer_hears && !stream->broken && !end.mute) {
        std::weak_ptr<Stream> weak = stream;
        wires_.PostAfter(latency_, [weak, &end] {
          std::shared_ptr<Stream> alive = weak.lock();
          if (alive == nullptr) return;
          end.Other().ended = true;
          end.Other().Deliver();
        });
      }
    }
  }
}

void Line::Break() {
  for (const std::shared_ptr<Stream>& stream : streams_) {
    if (stream->broken) continue;
    stream->broken = true;
    for (EndOfLine& end : stream->ends) end.Fail();
  }
}

void Line::Part(bool parted) {
  parted_ = parted;
  if (parted) Break();
}

void Line::Mute(Way way) {
  for (const std::shared_ptr<Stream>& stream : streams_) {
    stream->ends[static_cast<size_t>(way)].mute = true;
  }
}

void Line::Clog(Way way, bool clogged) {
  clogged_[static_cast<size_t>(way)] = clogged;
  if (clogged) return;
  for (const std::shared_ptr<Stream>& stream : streams_) {
    EndOfLine& end = stream->ends[static_cast<size_t>(way)];
    std::deque<v1::Frame> frames = std::exchange(end.clogged, {});
    if (stream->broken) continue;
    for (v1::Frame& frame : frames) end.Other().Arrive(std::move(frame));
  }
}

void Line::Heal() {
  Part(false);
  Clog(Way::kUp, false);
  Clog(Way::kDown, false);
  SetRate(0);
  damage_ = {};
}

bool Line::caught_up() const {
  if (streams_.empty()) return false;
  const Stream& stream = *streams_.back();
  return !stream.broken && !stream.ends[0].dead() && !stream.ends[1].dead() &&
         stream.ends[0].connection->state().caught_up &&
         stream.ends[1].connection->state().caught_up;
}

bool Line::running() const {
  if (streams_.empty()) return false;
  const Stream& stream = *streams_.back();
  return !stream.broken && !stream.ends[0].dead() && !stream.ends[1].dead() &&
         stream.ends[0].connection->state().running && stream.ends[1].connection->state().running;
}

v1::Frame Line::Damaged(v1::Frame frame, Damage damage, Way way) {
  const auto at = static_cast<size_t>(way);
  v1::Piece* piece = frame.mutable_piece();
  if (piece->data().empty()) return frame;
  if (damage == Damage::kGarble) {
    damage_[at] = Damage::kNone;
    const size_t byte = random_.Below(piece->data().size());
    (*piece->mutable_data())[byte] ^= static_cast<char>(1 + random_.Below(255));
    return frame;
  }
  // These two wait for a block.
  v1::SessionMessage message;
  std::string block = BlockOf(frame, message);
  if (block.empty()) return frame;
  damage_[at] = Damage::kNone;
  if (damage == Damage::kStrip) {
    *message.mutable_block() = WithoutTexts(block);
  } else {
    // Somewhere in header, seal or changes.
    block[random_.Below(block.size())] ^= static_cast<char>(1 + random_.Below(255));
    *message.mutable_block() = std::move(block);
  }
  Repack(message, *piece);
  return frame;
}

}  // namespace tocsin::sim
