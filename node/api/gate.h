// Who may use log and view, and when: after the start's backlog of own writes is in the view, until
// the node stops.
#pragma once

#include <absl/base/thread_annotations.h>
#include <absl/functional/any_invocable.h>
#include <absl/status/status.h>
#include <absl/synchronization/mutex.h>

#include <memory>
#include <optional>
#include <vector>

#include "node/base/executor.h"
#include "node/log/log.h"
#include "node/view/view.h"

namespace tocsin::api {

// What runs here reads log and view on the executor, never on a gRPC thread. Thread-safe. Owned by
// the server; outlived by log, view and executor.
class Gate {
 public:
  using Task = absl::AnyInvocable<void(absl::Status)>;

  // At most `running_max` tasks wait or run; beyond it they get UNAVAILABLE at once.
  Gate(log::Log& log, view::View& view, Executor& executor, size_t running_max);
  // REQUIRES: Close().
  ~Gate();

  // Runs the task once: on the executor, with OK or the view's failure, or with UNAVAILABLE where
  // it is refused. What has not begun when the gate or the executor goes is dropped. Tasks may run
  // at once and in any order.
  void Run(Task task);
  // True once what the log had at the start is in the view.
  bool is_open() const;
  // Calls back once it is open, with OK, or with the view's failure; on any thread. Not after
  // Close.
  void WhenOpen(Task task);

  // No task begins after it; returns when those that run have ended.
  void Close();

 private:
  struct State;

  Executor& executor_;
  const size_t running_max_;
  const std::shared_ptr<State> state_;
};

}  // namespace tocsin::api
