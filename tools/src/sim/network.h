// The lines between nodes and their parents: each has one stream at a time, which loses what is on
// the way when it breaks. A child dials, and dials again with full jitter, as node/uplink does.
#pragma once

#include <absl/time/time.h>

#include <array>
#include <cstdint>
#include <deque>
#include <memory>
#include <vector>

#include "node/session/connection.h"
#include "tocsin/v1/link.pb.h"
#include "tools/src/sim/node.h"
#include "tools/src/sim/trace.h"
#include "tools/src/sim/world.h"

namespace tocsin::sim {

// Frames go up from the child or down from the parent.
enum class Way : uint8_t { kUp = 0, kDown = 1 };

// What is done to one frame.
enum class Damage { kNone, kGarble, kStrip, kForge };

// Hears what crosses.
class LineListener {
 public:
  virtual ~LineListener() = default;
  // One end hands a frame to its wire.
  virtual void OnFrameSent(Node& from, Node& to, const v1::Frame& frame) = 0;
  // The peer's Hello was taken at `node`, on a stream that was opened then.
  virtual void OnGreeted(Node& node, Node& peer, absl::Duration opened) = 0;
  // Bytes that were sent one way and not taken yet.
  virtual void OnUnread(Node& to, size_t bytes) = 0;
};

class Line {
 public:
  Line(World& world, ProcessExecutor& wires, Node& child, Node& parent,
       const session::ConnectionOptions& options, uint64_t seed, LineListener& listener,
       Trace& trace);
  ~Line();

  Node& child() { return child_; }
  Node& parent() { return parent_; }

  // The child's process is there: it dials.
  void OnChildStarted();
  // One end's process ends now. Its machine tells the other end (a process that is killed does), or
  // nobody does (one that loses its power).
  void OnStopping(const Node& node, bool peer_hears);

  // -- What the world does to it.
  void Break();
  // While it is parted nothing connects.
  void Part(bool parted);
  void Mute(Way way);
  void Clog(Way way, bool clogged);
  // Bytes a second; 0 for as many as there are.
  void SetRate(uint64_t bytes_per_second) { rate_ = bytes_per_second; }
  void DamageNext(Way way, Damage damage) { damage_[static_cast<size_t>(way)] = damage; }
  // Everything but the streams themselves is as it should be.
  void Heal();

  bool running() const;
  bool caught_up() const;
  uint64_t connects() const { return connects_; }

 private:
  struct Stream;
  struct EndOfLine;

  void Dial(uint64_t generation);
  void Connect();
  void Redial();
  v1::Frame Damaged(v1::Frame frame, Damage damage, Way way);

  World& world_;
  ProcessExecutor& wires_;
  Node& child_;
  Node& parent_;
  const session::ConnectionOptions options_;
  LineListener& listener_;
  Trace& trace_;
  SeededRandom random_;

  absl::Duration latency_;
  uint64_t rate_ = 0;
  bool parted_ = false;
  std::array<bool, 2> clogged_{};
  std::array<Damage, 2> damage_{};
  int failures_ = 0;
  uint64_t connects_ = 0;
  // The newest last; one end of an older one may not have seen yet that it is lost.
  std::vector<std::shared_ptr<Stream>> streams_;
};

}  // namespace tocsin::sim
