// Lets an object that has work on an executor go safely: work that has not begun when the gate
// closes does nothing, and closing waits for work under way.
#pragma once

#include <absl/base/thread_annotations.h>
#include <absl/synchronization/mutex.h>

#include <memory>
#include <utility>

#include "node/base/executor.h"

namespace tocsin::log {

// Thread-safe. Owned by the object; its tasks hold a share of its state.
class Gate {
 public:
  // Posts `work`, which may use the owner.
  void Post(Executor& executor, Task work) {
    executor.Post([state = state_, work = std::move(work)]() mutable {
      {
        absl::MutexLock lock(&state->mutex);
        if (state->closed) return;
        ++state->inside;
      }
      work();
      absl::MutexLock lock(&state->mutex);
      --state->inside;
    });
  }
  // REQUIRES: not called from inside of work.
  void Close() {
    absl::MutexLock lock(&state_->mutex);
    state_->closed = true;
    state_->mutex.Await(absl::Condition(
        +[](State* state) { return state->inside == 0; }, state_.get()));
  }

 private:
  struct State {
    absl::Mutex mutex;
    bool closed = false;
    int inside = 0;
  };
  std::shared_ptr<State> state_ = std::make_shared<State>();
};

}  // namespace tocsin::log
