// What happens in a run: writes and faults with their times, all drawn from the seed before the run
// begins. Each event has a draw of its own for what it must choose when it comes, so that a plan
// from which some are left out is a plan too: that is how a failure is shrunk.
#pragma once

#include <absl/strings/string_view.h>
#include <absl/time/time.h>

#include <cstdint>
#include <string>
#include <vector>

#include "tools/src/sim/cast.h"

namespace tocsin::sim {

enum class Mode { kSafety, kLiveness };

enum class EventKind {
  // What people do.
  kFile,       // one to four reports
  kEdit,       // of what the node holds; as shown
  kResolve,    // of a record in conflict, if the node holds one
  kClose,      // closes or withdraws
  kBroadcast,  // a hub tells those below it
  kHear,       // a hub keys in what a station told it by voice
  kSettle,     // takes one of the values in conflict
  kMove,       // a hub moves a record to another post
  kRelate,     // says of two records that they belong together, or takes that back
  kErase,      // a post orders a text gone, and may ask another to
  kAgain,      // the same request once more
  kNewer,      // the city, of a newer program, writes a field or a kind that nobody else knows
  // What the world does to a machine.
  kKill,      // the process alone
  kPowerCut,  // what was not synced may be lost
  kFailSync,  // the disk does not make a write durable
  kFullDisk,
  kBackup,
  kRestore,   // of the last backup
  kNewDisk,   // an empty one
  kTwin,      // a snapshot of the machine is resumed twice
  kDropView,  // the folder with the view is lost
  kClock,     // the machine's clock jumps
  // And to the line above a node.
  kBreak,   // both ends see it
  kPart,    // nothing gets through for a while, and the line breaks
  kMute,    // half-open: one way or both, nothing arrives and nobody is told
  kClog,    // one way stands still for a while, and then all comes at once
  kThin,    // a slow line for a while
  kGarble,  // a byte of one frame is another
  kStrip,   // a block loses its texts on the way
  kForge,   // a block or a receipt with a seal that does not fit
  // And to the disk of a machine.
  kRot,  // a bit of an entry of the log turns over, or its page cannot be read
};
inline constexpr int kEventKinds = static_cast<int>(EventKind::kRot) + 1;

absl::string_view NameOf(EventKind kind);
bool IsFault(EventKind kind);

// When a fault strikes, once its time has come: at once, or at the next interesting moment of its
// node.
enum class Trigger { kAtOnce, kPublished, kReceived, kReceipt, kGreeted, kAnswered };
absl::string_view NameOf(Trigger trigger);

struct Event {
  absl::Duration at;
  EventKind kind = EventKind::kFile;
  int node = 0;
  Trigger trigger = Trigger::kAtOnce;
  absl::Duration length;
  uint64_t draw = 0;

  std::string Describe(const Cast& cast) const;
};

struct Plan {
  uint64_t seed = 0;
  Mode mode = Mode::kSafety;
  // Faults and writes come before this; in liveness mode all is healed then.
  absl::Duration quiet_from;
  absl::Duration end;
  // By node.
  std::vector<int64_t> drift_ppm;
  std::vector<absl::Duration> clock_offset;
  // The view is flushed after so many bytes.
  size_t view_flush_bytes = 0;
  absl::Duration heartbeat;
  // In order of time.
  std::vector<Event> events;
};

inline constexpr absl::Duration kRunLength = absl::Hours(2);
// In liveness mode: after this much of quiet everything must have drained.
inline constexpr absl::Duration kDrain = absl::Minutes(20);

Plan MakePlan(uint64_t seed, Mode mode, const Cast& cast);

}  // namespace tocsin::sim
