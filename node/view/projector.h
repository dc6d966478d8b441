// The projector: follows the log's queues and keeps the view's rows and indexes as the log has
// them.
//
//   published by the log --> Run, on its strand: entries of own, flash, priority, routine, as many
//   bytes as a step takes --> Step --> one batch with the cursors --> waiters and listeners
#pragma once

#include <absl/base/thread_annotations.h>
#include <absl/functional/any_invocable.h>
#include <absl/status/status.h>
#include <absl/status/statusor.h>
#include <absl/synchronization/mutex.h>

#include <atomic>
#include <memory>
#include <vector>

#include "node/base/executor.h"
#include "node/identity/trust_store.h"
#include "node/log/log.h"
#include "node/store/store.h"
#include "node/view/present.h"
#include "node/view/projection_step.h"
#include "node/view/view.h"

namespace tocsin::view {

// The only writer of the view's store. Thread-safe; its work runs on a strand of its own, and so do
// callbacks. Owned by the view.
class Projector {
 public:
  // Checks the view against the log, wipes it if it belongs to another, and begins.
  static absl::StatusOr<std::unique_ptr<Projector>> Open(store::Store& store, log::Log& log,
                                                         identity::TrustStore& trust,
                                                         Executor& executor,
                                                         const ViewOptions& options,
                                                         const PresentOptions& present);
  // Closes.
  ~Projector();

  log::Ends cursors() const;
  uint64_t lag() const;
  void Await(const log::Ends& ends, absl::AnyInvocable<void(absl::Status)> done);
  std::unique_ptr<View::Subscription> Subscribe(absl::AnyInvocable<void(const ViewNews&)> listener);
  // Stops, flushes, and gives those who still wait CANCELLED.
  absl::Status Close();

 private:
  struct Waiter {
    log::Ends ends;
    absl::AnyInvocable<void(absl::Status)> done;
  };
  // Outlives the projector if its subscription does.
  struct Listener {
    absl::Mutex mutex;
    // Null once it is not wanted any more.
    absl::AnyInvocable<void(const ViewNews&)> call ABSL_GUARDED_BY(mutex);
  };
  class ListenerHandle;

  Projector(store::Store& store, log::Log& log, identity::TrustStore& trust, Executor& executor,
            const ViewOptions& options, const PresentOptions& present);

  // Before the strand has anything to do.
  absl::Status LoadOrWipe();
  absl::Status Load();
  absl::Status Wipe();
  absl::StatusOr<bool> BelongsToLog() const;

  void Schedule();
  // On the strand, from here on.
  void Run();
  // True if there was anything to project.
  absl::StatusOr<bool> RunStep();
  absl::Status Write(const store::Batch& batch);
  void Tell(const ViewNews& news);
  void CallWaiters();
  void Fail(const absl::Status& status);

  store::Store& store_;
  log::Log& log_;
  identity::TrustStore& trust_;
  const ViewOptions options_;
  const PresentOptions present_;

  // Used on the strand, and before and after it runs.
  ViewState state_;
  size_t unflushed_bytes_ = 0;
  // After how long what cannot be projected now is tried again.
  absl::Duration retry_after_;

  mutable absl::Mutex mutex_;
  log::Ends cursors_ ABSL_GUARDED_BY(mutex_);
  std::vector<Waiter> waiters_ ABSL_GUARDED_BY(mutex_);
  std::vector<std::weak_ptr<Listener>> listeners_ ABSL_GUARDED_BY(mutex_);
  // Why nothing is projected any more.
  absl::Status failure_ ABSL_GUARDED_BY(mutex_);
  bool closed_ ABSL_GUARDED_BY(mutex_) = false;

  std::atomic<bool> scheduled_ = false;
  std::atomic<bool> stopping_ = false;
  std::unique_ptr<log::Log::Subscription> subscription_;
  std::unique_ptr<Strand> owned_strand_;
  // The same, for tasks that run while Close() waits for them.
  Strand* const strand_;
};

}  // namespace tocsin::view
