// Makes Abseil's locks visible to the thread sanitizer. Debian's Abseil is not instrumented, so
// the sanitizer sees neither its locks nor what they order, and reports everything they guard.
// Linked into programs of the tsan preset only: these definitions stand before the library's (also
// for libgrpc, whose locks they are too), call them, and say what they ordered.
#include <absl/synchronization/barrier.h>
#include <absl/synchronization/blocking_counter.h>
#include <absl/synchronization/mutex.h>
#include <absl/synchronization/notification.h>

#include "tools/cmake/tsan/real.h"

// These are the sanitizer's defaults in every program here; the environment may override them.
extern "C" const char* __tsan_default_options() {
  return "ignore_noninstrumented_modules=1:history_size=7";
}
// The first two are orders made inside libgrpc++ that the shims cannot see; the third are threads
// that gRPC itself lets go of at exit.
extern "C" const char* __tsan_default_suppressions() {
  return "race:CallOnDone\n"
         "race:ClientCallbackReaderWriterImpl::MaybeFinish\n"
         "thread:grpc_core::Thread::Thread\n";
}

// As Debian's Abseil calls its inline namespace in symbols.
#define TOCSIN_ABSL(symbol) "_ZN4absl7debian3" symbol
#define TOCSIN_ABSL_CONST(symbol) "_ZNK4absl7debian3" symbol

namespace absl {
ABSL_NAMESPACE_BEGIN
namespace {

// A condition is evaluated by whichever thread holds the lock inside the library: what it reads is
// ordered by the lock, and the condition itself, which lies on the stack of the one that waits, by
// its being handed over.
class OrderedCondition {
 public:
  TOCSIN_UNSEEN OrderedCondition(Mutex* mutex, const Condition& condition)
      : mutex_(mutex), condition_(condition), ordered_(&OrderedCondition::Eval, this) {
    __tsan_release(this);
  }
  TOCSIN_UNSEEN const Condition& get() const { return ordered_; }

 private:
  TOCSIN_UNSEEN static bool Eval(void* ordered) {
    auto* self = static_cast<OrderedCondition*>(ordered);
    __tsan_acquire(self);
    __tsan_acquire(self->mutex_);
    const bool met = self->condition_.Eval();
    __tsan_release(self->mutex_);
    return met;
  }

  Mutex* const mutex_;
  const Condition& condition_;
  const Condition ordered_;  // made by the library's own constructor, so unseen as well
};

}  // namespace

#define TOCSIN_REAL(Signature, symbol) \
  static auto* const real = tocsin_tsan::Real<Signature>(symbol)

TOCSIN_UNSEEN void Mutex::Lock() ABSL_NO_THREAD_SAFETY_ANALYSIS {
  TOCSIN_REAL(void(Mutex*), TOCSIN_ABSL("5Mutex4LockEv"));
  real(this);
  __tsan_acquire(this);
}

TOCSIN_UNSEEN void Mutex::Unlock() ABSL_NO_THREAD_SAFETY_ANALYSIS {
  TOCSIN_REAL(void(Mutex*), TOCSIN_ABSL("5Mutex6UnlockEv"));
  __tsan_release(this);
  real(this);
}

TOCSIN_UNSEEN bool Mutex::TryLock() ABSL_NO_THREAD_SAFETY_ANALYSIS {
  TOCSIN_REAL(bool(Mutex*), TOCSIN_ABSL("5Mutex7TryLockEv"));
  const bool locked = real(this);
  if (locked) __tsan_acquire(this);
  return locked;
}

TOCSIN_UNSEEN void Mutex::ReaderLock() ABSL_NO_THREAD_SAFETY_ANALYSIS {
  TOCSIN_REAL(void(Mutex*), TOCSIN_ABSL("5Mutex10ReaderLockEv"));
  real(this);
  __tsan_acquire(this);
}

TOCSIN_UNSEEN void Mutex::ReaderUnlock() ABSL_NO_THREAD_SAFETY_ANALYSIS {
  TOCSIN_REAL(void(Mutex*), TOCSIN_ABSL("5Mutex12ReaderUnlockEv"));
  __tsan_release(this);
  real(this);
}

TOCSIN_UNSEEN bool Mutex::ReaderTryLock() ABSL_NO_THREAD_SAFETY_ANALYSIS {
  TOCSIN_REAL(bool(Mutex*), TOCSIN_ABSL("5Mutex13ReaderTryLockEv"));
  const bool locked = real(this);
  if (locked) __tsan_acquire(this);
  return locked;
}

TOCSIN_UNSEEN void Mutex::Await(const Condition& cond) ABSL_NO_THREAD_SAFETY_ANALYSIS {
  TOCSIN_REAL(void(Mutex*, const Condition&), TOCSIN_ABSL("5Mutex5AwaitERKNS0_9ConditionE"));
  const OrderedCondition ordered(this, cond);
  __tsan_release(this);
  real(this, ordered.get());
  __tsan_acquire(this);
}

TOCSIN_UNSEEN bool Mutex::AwaitWithTimeout(const Condition& cond,
                                           Duration timeout) ABSL_NO_THREAD_SAFETY_ANALYSIS {
  TOCSIN_REAL(bool(Mutex*, const Condition&, Duration),
              TOCSIN_ABSL("5Mutex16AwaitWithTimeoutERKNS0_9ConditionENS0_8DurationE"));
  const OrderedCondition ordered(this, cond);
  __tsan_release(this);
  const bool met = real(this, ordered.get(), timeout);
  __tsan_acquire(this);
  return met;
}

TOCSIN_UNSEEN bool Mutex::AwaitWithDeadline(const Condition& cond,
                                            Time deadline) ABSL_NO_THREAD_SAFETY_ANALYSIS {
  TOCSIN_REAL(bool(Mutex*, const Condition&, Time),
              TOCSIN_ABSL("5Mutex17AwaitWithDeadlineERKNS0_9ConditionENS0_4TimeE"));
  const OrderedCondition ordered(this, cond);
  __tsan_release(this);
  const bool met = real(this, ordered.get(), deadline);
  __tsan_acquire(this);
  return met;
}

TOCSIN_UNSEEN void Mutex::LockWhen(const Condition& cond) ABSL_NO_THREAD_SAFETY_ANALYSIS {
  TOCSIN_REAL(void(Mutex*, const Condition&), TOCSIN_ABSL("5Mutex8LockWhenERKNS0_9ConditionE"));
  const OrderedCondition ordered(this, cond);
  real(this, ordered.get());
  __tsan_acquire(this);
}

TOCSIN_UNSEEN bool Mutex::LockWhenWithTimeout(const Condition& cond,
                                              Duration timeout) ABSL_NO_THREAD_SAFETY_ANALYSIS {
  TOCSIN_REAL(bool(Mutex*, const Condition&, Duration),
              TOCSIN_ABSL("5Mutex19LockWhenWithTimeoutERKNS0_9ConditionENS0_8DurationE"));
  const OrderedCondition ordered(this, cond);
  const bool met = real(this, ordered.get(), timeout);
  __tsan_acquire(this);
  return met;
}

TOCSIN_UNSEEN bool Mutex::LockWhenWithDeadline(const Condition& cond,
                                               Time deadline) ABSL_NO_THREAD_SAFETY_ANALYSIS {
  TOCSIN_REAL(bool(Mutex*, const Condition&, Time),
              TOCSIN_ABSL("5Mutex20LockWhenWithDeadlineERKNS0_9ConditionENS0_4TimeE"));
  const OrderedCondition ordered(this, cond);
  const bool met = real(this, ordered.get(), deadline);
  __tsan_acquire(this);
  return met;
}

TOCSIN_UNSEEN void Mutex::ReaderLockWhen(const Condition& cond) ABSL_NO_THREAD_SAFETY_ANALYSIS {
  TOCSIN_REAL(void(Mutex*, const Condition&),
              TOCSIN_ABSL("5Mutex14ReaderLockWhenERKNS0_9ConditionE"));
  const OrderedCondition ordered(this, cond);
  real(this, ordered.get());
  __tsan_acquire(this);
}

TOCSIN_UNSEEN bool Mutex::ReaderLockWhenWithTimeout(const Condition& cond, Duration timeout)
    ABSL_NO_THREAD_SAFETY_ANALYSIS {
  TOCSIN_REAL(bool(Mutex*, const Condition&, Duration),
              TOCSIN_ABSL("5Mutex25ReaderLockWhenWithTimeoutERKNS0_9ConditionENS0_8DurationE"));
  const OrderedCondition ordered(this, cond);
  const bool met = real(this, ordered.get(), timeout);
  __tsan_acquire(this);
  return met;
}

TOCSIN_UNSEEN bool Mutex::ReaderLockWhenWithDeadline(const Condition& cond,
                                                     Time deadline) ABSL_NO_THREAD_SAFETY_ANALYSIS {
  TOCSIN_REAL(bool(Mutex*, const Condition&, Time),
              TOCSIN_ABSL("5Mutex26ReaderLockWhenWithDeadlineERKNS0_9ConditionENS0_4TimeE"));
  const OrderedCondition ordered(this, cond);
  const bool met = real(this, ordered.get(), deadline);
  __tsan_acquire(this);
  return met;
}

TOCSIN_UNSEEN void ReleasableMutexLock::Release() ABSL_NO_THREAD_SAFETY_ANALYSIS {
  mu_->Unlock();
  mu_ = nullptr;
}

TOCSIN_UNSEEN void CondVar::Wait(Mutex* mutex) {
  TOCSIN_REAL(void(CondVar*, Mutex*), TOCSIN_ABSL("7CondVar4WaitEPNS0_5MutexE"));
  __tsan_release(mutex);
  real(this, mutex);
  __tsan_acquire(mutex);
}

TOCSIN_UNSEEN bool CondVar::WaitWithTimeout(Mutex* mutex, Duration timeout) {
  TOCSIN_REAL(bool(CondVar*, Mutex*, Duration),
              TOCSIN_ABSL("7CondVar15WaitWithTimeoutEPNS0_5MutexENS0_8DurationE"));
  __tsan_release(mutex);
  const bool timed_out = real(this, mutex, timeout);
  __tsan_acquire(mutex);
  return timed_out;
}

TOCSIN_UNSEEN bool CondVar::WaitWithDeadline(Mutex* mutex, Time deadline) {
  TOCSIN_REAL(bool(CondVar*, Mutex*, Time),
              TOCSIN_ABSL("7CondVar16WaitWithDeadlineEPNS0_5MutexENS0_4TimeE"));
  __tsan_release(mutex);
  const bool timed_out = real(this, mutex, deadline);
  __tsan_acquire(mutex);
  return timed_out;
}

// HasBeenNotified is inline: an instrumented load of the flag, which is ordered by the flag.
TOCSIN_UNSEEN void Notification::Notify() {
  TOCSIN_REAL(void(Notification*), TOCSIN_ABSL("12Notification6NotifyEv"));
  __tsan_release(&notified_yet_);
  real(this);
}

TOCSIN_UNSEEN void Notification::WaitForNotification() const {
  TOCSIN_REAL(void(const Notification*),
              TOCSIN_ABSL_CONST("12Notification19WaitForNotificationEv"));
  real(this);
  __tsan_acquire(const_cast<std::atomic<bool>*>(&notified_yet_));
}

TOCSIN_UNSEEN bool Notification::WaitForNotificationWithTimeout(Duration timeout) const {
  TOCSIN_REAL(bool(const Notification*, Duration),
              TOCSIN_ABSL_CONST("12Notification30WaitForNotificationWithTimeoutENS0_8DurationE"));
  const bool notified = real(this, timeout);
  if (notified) __tsan_acquire(const_cast<std::atomic<bool>*>(&notified_yet_));
  return notified;
}

TOCSIN_UNSEEN bool Notification::WaitForNotificationWithDeadline(Time deadline) const {
  TOCSIN_REAL(bool(const Notification*, Time),
              TOCSIN_ABSL_CONST("12Notification31WaitForNotificationWithDeadlineENS0_4TimeE"));
  const bool notified = real(this, deadline);
  if (notified) __tsan_acquire(const_cast<std::atomic<bool>*>(&notified_yet_));
  return notified;
}

TOCSIN_UNSEEN bool BlockingCounter::DecrementCount() {
  TOCSIN_REAL(bool(BlockingCounter*), TOCSIN_ABSL("15BlockingCounter14DecrementCountEv"));
  __tsan_release(&count_);
  return real(this);
}

TOCSIN_UNSEEN void BlockingCounter::Wait() {
  TOCSIN_REAL(void(BlockingCounter*), TOCSIN_ABSL("15BlockingCounter4WaitEv"));
  real(this);
  __tsan_acquire(&count_);
}

TOCSIN_UNSEEN bool Barrier::Block() {
  TOCSIN_REAL(bool(Barrier*), TOCSIN_ABSL("7Barrier5BlockEv"));
  __tsan_release(this);
  const bool last = real(this);
  __tsan_acquire(this);
  return last;
}

ABSL_NAMESPACE_END
}  // namespace absl
