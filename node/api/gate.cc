#include "node/api/gate.h"

#include <absl/strings/str_cat.h>

#include <utility>

#include "node/base/status.h"

namespace tocsin::api {

// Outlives the gate in the closures that the view and the executor hold.
struct Gate::State {
  absl::Mutex mutex;
  // The view's answer; nothing while it catches up.
  std::optional<absl::Status> answer ABSL_GUARDED_BY(mutex);
  std::vector<Task> waiting ABSL_GUARDED_BY(mutex);
  bool closed ABSL_GUARDED_BY(mutex) = false;
  // Taken and not ended.
  size_t taken ABSL_GUARDED_BY(mutex) = 0;
  // What runs now and may use log and view.
  size_t running ABSL_GUARDED_BY(mutex) = 0;

  bool NoneRuns() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex) { return running == 0; }

  // False once it is closed; else Leave() follows.
  bool Enter() {
    absl::MutexLock lock(&mutex);
    if (closed) return false;
    ++running;
    return true;
  }
  void Leave() {
    absl::MutexLock lock(&mutex);
    --running;
  }

  void Open(const absl::Status& status) {
    std::vector<Task> tasks;
    {
      absl::MutexLock lock(&mutex);
      if (closed) return;
      answer = status;
      tasks = std::exchange(waiting, {});
      ++running;
    }
    for (Task& task : tasks) std::move(task)(status);
    Leave();
  }

  // One of those taken, until it is done with or dropped.
  struct Place {
    explicit Place(std::shared_ptr<State> of) : state(std::move(of)) {}
    ~Place() {
      absl::MutexLock lock(&state->mutex);
      --state->taken;
    }
    std::shared_ptr<State> state;
  };
};

namespace {

absl::Status Stopping() { return absl::UnavailableError("the node is stopping; ask again later"); }

}  // namespace

Gate::Gate(log::Log& log, view::View& view, Executor& executor, size_t running_max)
    : executor_(executor), running_max_(running_max), state_(std::make_shared<State>()) {
  view.AwaitOwn(log.ends().of(log::Queue::kOwn),
                [state = state_](absl::Status status) { state->Open(status); });
}

Gate::~Gate() {
  absl::MutexLock lock(&state_->mutex);
  TOCSIN_CHECK(state_->closed);
}

bool Gate::is_open() const {
  absl::MutexLock lock(&state_->mutex);
  return state_->answer && state_->answer->ok();
}

void Gate::WhenOpen(Task task) {
  absl::Status answer;
  {
    absl::MutexLock lock(&state_->mutex);
    if (state_->closed) return;
    if (!state_->answer) {
      state_->waiting.push_back(std::move(task));
      return;
    }
    answer = *state_->answer;
    ++state_->running;
  }
  std::move(task)(answer);
  state_->Leave();
}

void Gate::Run(Task task) {
  absl::Status refused;
  {
    absl::MutexLock lock(&state_->mutex);
    if (state_->closed) {
      refused = Stopping();
    } else if (state_->taken >= running_max_) {
      refused = absl::UnavailableError(
          absl::StrCat(running_max_, " calls are under way already; try again in a moment"));
    } else {
      ++state_->taken;
    }
  }
  if (!refused.ok()) return std::move(task)(refused);
  auto work = [state = state_, place = std::make_unique<State::Place>(state_),
               task = std::move(task)](const absl::Status& answer) mutable {
    if (!state->Enter()) return std::move(task)(Stopping());
    std::move(task)(answer);
    state->Leave();
  };
  WhenOpen([&executor = executor_, work = std::move(work)](absl::Status answer) mutable {
    executor.Post([work = std::move(work), answer = std::move(answer)]() mutable { work(answer); });
  });
}

void Gate::Close() {
  std::vector<Task> dropped;
  absl::MutexLock lock(&state_->mutex);
  state_->closed = true;
  dropped = std::exchange(state_->waiting, {});
  state_->mutex.Await(absl::Condition(state_.get(), &State::NoneRuns));
}

}  // namespace tocsin::api
