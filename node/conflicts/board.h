// The board of open conflicts: what stands in conflict at this node now, since when, and what
// became of what did. Follows the view's news; stands before lists, watches, status and metrics.
//
//   view news (records in conflict now or before) --> board's strand: history replayed --> entries,
//   events --> listeners
//
// It is derived from the view and is made anew at each start; it takes a few hundred bytes for each
// conflict that is open, and kEventBytesMax for the events that watches may still ask for.
#pragma once

#include <absl/functional/any_invocable.h>
#include <absl/status/status.h>
#include <absl/status/statusor.h>
#include <absl/time/time.h>

#include <cstdint>
#include <memory>
#include <vector>

#include "node/base/executor.h"
#include "node/conflicts/order.h"
#include "node/log/log.h"
#include "node/view/view.h"
#include "tocsin/v1/api.pb.h"
#include "tocsin/v1/conflicts.pb.h"

namespace tocsin::conflicts {

struct BoardOptions {
  // How long each jurisdiction has before the turn passes to the one above it. More than zero.
  absl::Duration patience = absl::Minutes(15);
};

// Something happened to one conflict. Immutable.
struct Event {
  // They count up from 1 in each run of the node.
  uint64_t number = 0;
  view::RecordName record;
  // The worse of what the record shows now and showed before: whoever watches the severe hears how
  // they end.
  v1::Severity severity = v1::SEVERITY_UNSPECIFIED;
  // Without a token.
  v1::WatchConflictsResponse message;
};

// What is open at one moment.
struct Standing {
  // In no order.
  std::vector<Open> open;
  // The number of the last event by then: what is open has come of those up to it, and of no other.
  uint64_t last_event = 0;
};

// Thread-safe. Owned by the server of the API; outlived by log, view and executor. Never holds the
// projector up.
class Board {
 public:
  static constexpr size_t kEventsMax = 4096;
  static constexpr size_t kEventBytesMax = 4 << 20;

  Board(log::Log& log, view::View& view, Executor& executor, const BoardOptions& options);
  ~Board();

  // Calls back once everything that the view knew when this was called is on the board, or with why
  // it cannot be. On the board's strand: it must not block.
  using Task = absl::AnyInvocable<void(absl::Status)>;
  void WhenCurrent(Task task);

  // What was open at the start is on it.
  bool is_loaded() const;
  Standing OpenNow() const;
  // How many, how old, whose turn.
  v1::ConflictStatus Status() const;
  absl::Duration patience() const;
  // The node's corrected clock, by which conflicts have their age.
  absl::Time now() const;

  // Events after that number, `max` at most. OUT_OF_RANGE for a number that is not of this run, or
  // whose successors are forgotten.
  absl::StatusOr<std::vector<std::shared_ptr<const Event>>> EventsAfter(uint64_t number,
                                                                        size_t max) const;
  uint64_t last_event() const;
  // Calls `listener` on the board's strand when there are new events, until the handle goes.
  struct Subscription {
    virtual ~Subscription() = default;
  };
  std::unique_ptr<Subscription> Subscribe(absl::AnyInvocable<void()> listener);

 private:
  class State;
  std::shared_ptr<State> state_;
  std::unique_ptr<view::View::Subscription> news_;
};

}  // namespace tocsin::conflicts
