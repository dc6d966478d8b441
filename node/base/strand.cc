#include <absl/base/thread_annotations.h>
#include <absl/container/flat_hash_map.h>
#include <absl/synchronization/mutex.h>

#include <thread>
#include <utility>

#include "node/base/executor.h"
#include "node/base/task_queue.h"

namespace tocsin {
namespace {

// How many tasks a strand runs before it lets others have the thread.
constexpr int kTurn = 32;

}  // namespace

// Outlives the strand for as long as the executor holds a turn of it.
struct Strand::State {
  absl::Mutex mutex;
  TaskQueue queue ABSL_GUARDED_BY(mutex);
  // The executor's name of each timer of ours, so that both are cancelled together.
  absl::flat_hash_map<TimerId, TimerId> outer ABSL_GUARDED_BY(mutex);
  bool scheduled ABSL_GUARDED_BY(mutex) = false;
  bool closed ABSL_GUARDED_BY(mutex) = false;
  bool busy ABSL_GUARDED_BY(mutex) = false;
  std::thread::id runner ABSL_GUARDED_BY(mutex);

  // True if the caller must now give the executor a turn.
  bool NeedsTurn() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex) {
    if (scheduled || closed || !queue.HasReady()) return false;
    scheduled = true;
    return true;
  }

  static void Schedule(Executor& executor, const std::shared_ptr<State>& state) {
    executor.Post([&executor, state] { Turn(executor, state); });
  }
  static void Turn(Executor& executor, const std::shared_ptr<State>& state);
};

void Strand::State::Turn(Executor& executor, const std::shared_ptr<State>& state) {
  for (int ran = 0; ran < kTurn; ++ran) {
    Task task;
    {
      absl::MutexLock lock(&state->mutex);
      if (!state->closed) task = state->queue.Pop();
      if (!task) {
        state->scheduled = false;
        return;
      }
      state->busy = true;
      state->runner = std::this_thread::get_id();
    }
    task();
    task = nullptr;  // its captures belong to the strand as well
    absl::MutexLock lock(&state->mutex);
    state->busy = false;
    state->runner = {};
  }
  bool more;
  {
    absl::MutexLock lock(&state->mutex);
    state->scheduled = false;
    more = state->NeedsTurn();
  }
  if (more) Schedule(executor, state);
}

Strand::Strand(Executor& executor) : executor_(executor), state_(std::make_shared<State>()) {}

Strand::~Strand() {
  TaskQueue dropped;
  absl::flat_hash_map<TimerId, TimerId> timers;
  {
    absl::MutexLock lock(&state_->mutex);
    state_->closed = true;
    std::swap(dropped, state_->queue);
    std::swap(timers, state_->outer);
    if (state_->busy && state_->runner != std::this_thread::get_id()) {
      auto at_rest = [this]()
                         ABSL_EXCLUSIVE_LOCKS_REQUIRED(state_->mutex) { return !state_->busy; };
      state_->mutex.Await(absl::Condition(&at_rest));
    }
  }
  for (const auto& [inner, outer] : timers) executor_.Cancel(outer);
}

void Strand::Post(Task task) {
  bool turn;
  {
    absl::MutexLock lock(&state_->mutex);
    if (state_->closed) return;
    state_->queue.Push(std::move(task));
    turn = state_->NeedsTurn();
  }
  if (turn) State::Schedule(executor_, state_);
}

TimerId Strand::PostAfter(absl::Duration delay, Task task) {
  TimerId inner;
  {
    absl::MutexLock lock(&state_->mutex);
    if (state_->closed) return TimerId{0};
    inner = state_->queue.PushDelayed(absl::InfiniteDuration(), std::move(task));
    state_->outer[inner] = TimerId{0};
  }
  auto fire = [&executor = executor_, weak = std::weak_ptr<State>(state_), inner] {
    std::shared_ptr<State> state = weak.lock();
    if (!state) return;
    bool turn;
    {
      absl::MutexLock lock(&state->mutex);
      state->outer.erase(inner);
      state->queue.Ripen(inner);
      turn = state->NeedsTurn();
    }
    if (turn) State::Schedule(executor, state);
  };
  TimerId outer = executor_.PostAfter(delay, std::move(fire));
  absl::MutexLock lock(&state_->mutex);
  // It may have fired already.
  if (auto found = state_->outer.find(inner); found != state_->outer.end()) found->second = outer;
  return inner;
}

bool Strand::Cancel(TimerId timer) {
  Task task;
  TimerId outer{0};
  {
    absl::MutexLock lock(&state_->mutex);
    task = state_->queue.Cancel(timer);
    if (auto found = state_->outer.find(timer); found != state_->outer.end()) {
      outer = found->second;
      state_->outer.erase(found);
    }
  }
  if (outer != TimerId{0}) executor_.Cancel(outer);
  return task != nullptr;
}

bool Strand::IsCurrent() const {
  absl::MutexLock lock(&state_->mutex);
  return state_->busy && state_->runner == std::this_thread::get_id();
}

}  // namespace tocsin
