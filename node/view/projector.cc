#include "node/view/projector.h"

#include <absl/time/time.h>

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include "node/base/bytes.h"
#include "node/base/log.h"
#include "node/base/planted.h"
#include "node/base/status.h"
#include "node/view/belonging.h"
#include "node/view/keys.h"

namespace tocsin::view {
namespace {

// Of one batch while a view is wiped.
constexpr size_t kWipeBytes = 4 << 20;
// What could not be projected now is tried again after the first, then after twice as long each
// time up to the last: to project what a full disk will not take costs as much as to project it.
constexpr absl::Duration kFirstRetry = absl::Seconds(1);
constexpr absl::Duration kLastRetry = absl::Seconds(30);

size_t IndexOf(log::Queue queue) { return static_cast<size_t>(queue) - 1; }

std::string EncodeU64(uint64_t number) {
  std::string bytes;
  ByteWriter(bytes).U64(number);
  return bytes;
}

bool Reaches(const log::Ends& cursors, const log::Ends& wanted) {
  for (size_t i = 0; i < cursors.end.size(); ++i) {
    if (cursors.end[i] < wanted.end[i]) return false;
  }
  return true;
}

// About what an entry costs to project.
size_t SizeOf(const log::Entry& entry) {
  constexpr size_t kChange = 128;
  size_t size = 0;
  for (const log::PlacedChange& placed : entry.changes) {
    size += kChange + placed.change.values.size();
    for (const log::Text& text : placed.change.texts) size += text.bytes ? text.bytes->size() : 0;
    for (const log::Restated& restated : placed.change.restated) size += restated.value.size();
  }
  return size;
}

}  // namespace

class Projector::ListenerHandle final : public View::Subscription {
 public:
  explicit ListenerHandle(std::shared_ptr<Listener> listener) : listener_(std::move(listener)) {}
  ~ListenerHandle() override {
    absl::MutexLock lock(&listener_->mutex);
    listener_->call = nullptr;
  }

 private:
  std::shared_ptr<Listener> listener_;
};

absl::StatusOr<std::unique_ptr<Projector>> Projector::Open(store::Store& store, log::Log& log,
                                                           identity::TrustStore& trust,
                                                           Executor& executor,
                                                           const ViewOptions& options,
                                                           const PresentOptions& present) {
  std::unique_ptr<Projector> projector(
      new Projector(store, log, trust, executor, options, present));
  TOCSIN_RETURN_IF_ERROR(projector->LoadOrWipe());
  projector->subscription_ =
      log.Subscribe([raw = projector.get()](const log::Published&) { raw->Schedule(); });
  projector->Schedule();
  return projector;
}

Projector::Projector(store::Store& store, log::Log& log, identity::TrustStore& trust,
                     Executor& executor, const ViewOptions& options, const PresentOptions& present)
    : store_(store),
      log_(log),
      trust_(trust),
      options_(options),
      present_(present),
      retry_after_(kFirstRetry),
      owned_strand_(std::make_unique<Strand>(executor)),
      strand_(owned_strand_.get()) {}

Projector::~Projector() { Close().IgnoreError(); }

// -- Opening.

absl::StatusOr<bool> Projector::BelongsToLog() const {
  TOCSIN_ASSIGN_OR_RETURN(std::optional<std::string> of, store_.Get(MetaKey("of")));
  if (TOCSIN_PLANTED("view-not-wiped") && of) return true;
  if (of != Belonging(log_)) return false;
  const log::Ends ends = log_.ends();
  for (log::Queue queue : log::kQueues) {
    TOCSIN_ASSIGN_OR_RETURN(std::optional<std::string> cursor, store_.Get(CursorKey(queue)));
    if (cursor && Arrival(ByteReader(*cursor).U64()) > ends.of(queue)) return false;
  }
  return true;
}

absl::Status Projector::LoadOrWipe() {
  TOCSIN_ASSIGN_OR_RETURN(bool belongs, BelongsToLog());
  if (!belongs) {
    TOCSIN_ASSIGN_OR_RETURN(std::optional<LogId> of, LogOf(store_));
    if (of) {
      Log(LogLevel::kWarning, "view.made_anew",
          {{"reason", of == log_.log_id() ? "it is of another release, or ahead of its log"
                                          : "it is of another log"}});
    }
    TOCSIN_RETURN_IF_ERROR(Wipe());
  }
  return Load();
}

// In parts, because a view may be larger than a batch. What it belongs to goes first: a crash in
// the middle leaves a view of nothing, which is wiped again. Durable before anything is projected:
// a log that was put back may grow past the cursors of what was wiped, which a power cut would
// bring back.
absl::Status Projector::Wipe() {
  store::Batch batch;
  batch.Delete(MetaKey("of"));
  auto it = store_.Scan("", "");
  for (; it->Valid(); it->Next()) {
    batch.Delete(it->key());
    if (batch.bytes() < kWipeBytes) continue;
    TOCSIN_RETURN_IF_ERROR(store_.Write(batch, store::Durability::kBuffered));
    batch.Clear();
  }
  TOCSIN_RETURN_IF_ERROR(it->status());
  batch.Put(MetaKey("of"), Belonging(log_));
  TOCSIN_RETURN_IF_ERROR(store_.Write(batch, store::Durability::kBuffered));
  return store_.Flush();
}

absl::Status Projector::Load() {
  ViewState state;
  log::Ends cursors;
  for (log::Queue queue : log::kQueues) {
    TOCSIN_ASSIGN_OR_RETURN(std::optional<std::string> cursor, store_.Get(CursorKey(queue)));
    if (cursor) cursors.end[IndexOf(queue)] = Arrival(ByteReader(*cursor).U64());
  }
  auto lanes = store_.Scan("l", "m");
  for (; lanes->Valid(); lanes->Next()) {
    auto lane = LaneId::FromBytes(lanes->key().substr(1));
    ByteReader in(lanes->value());
    LaneForks forks;
    if (Seq seq(in.U64()); seq != Seq()) forks.parts_at = seq;
    if (Seq seq(in.U64()); seq != Seq()) forks.withheld_from = seq;
    if (lane) state.forks[*lane] = forks;
  }
  TOCSIN_RETURN_IF_ERROR(lanes->status());
  auto counts = store_.Scan("n", "o");
  for (; counts->Valid(); counts->Next()) {
    const uint32_t kind = ByteReader(counts->key().substr(1)).U32();
    state.counts[kind] = ByteReader(counts->value()).U64();
  }
  TOCSIN_RETURN_IF_ERROR(counts->status());
  state_ = std::move(state);
  absl::MutexLock lock(&mutex_);
  cursors_ = cursors;
  return absl::OkStatus();
}

// -- Asking.

log::Ends Projector::cursors() const {
  absl::MutexLock lock(&mutex_);
  return cursors_;
}

// Arrival numbers run over all queues, so what lies between two of them may be other queues'.
uint64_t Projector::lag() const {
  const log::Ends at = cursors();
  const log::Ends ends = log_.ends();
  std::optional<Arrival> from;
  Arrival to;
  for (size_t i = 0; i < at.end.size(); ++i) {
    if (at.end[i] >= ends.end[i]) continue;
    from = from ? std::min(*from, at.end[i]) : at.end[i];
    to = std::max(to, ends.end[i]);
  }
  return from ? to.value() - from->value() : 0;
}

void Projector::Await(const log::Ends& ends, absl::AnyInvocable<void(absl::Status)> done) {
  {
    absl::MutexLock lock(&mutex_);
    if (!closed_) {
      waiters_.push_back({ends, std::move(done)});
      strand_->Post([this] { CallWaiters(); });
      return;
    }
  }
  done(absl::CancelledError("view: it was closed"));
}

std::unique_ptr<View::Subscription> Projector::Subscribe(
    absl::AnyInvocable<void(const ViewNews&)> listener) {
  auto shared = std::make_shared<Listener>();
  {
    absl::MutexLock lock(&shared->mutex);
    shared->call = std::move(listener);
  }
  absl::MutexLock lock(&mutex_);
  std::erase_if(listeners_, [](const std::weak_ptr<Listener>& old) { return old.expired(); });
  listeners_.push_back(shared);
  return std::make_unique<ListenerHandle>(std::move(shared));
}

absl::Status Projector::Close() {
  std::vector<Waiter> waiters;
  {
    absl::MutexLock lock(&mutex_);
    if (closed_) return absl::OkStatus();
    closed_ = true;
    waiters = std::move(waiters_);
    waiters_.clear();
  }
  stopping_ = true;
  subscription_.reset();
  // A step under way ends first; what was posted and has not begun is dropped.
  owned_strand_.reset();
  for (Waiter& waiter : waiters) waiter.done(absl::CancelledError("view: it was closed"));
  return store_.Flush();
}

// -- Following the log.

void Projector::Schedule() {
  if (scheduled_.exchange(true)) return;
  strand_->Post([this] { Run(); });
}

void Projector::Run() {
  scheduled_ = false;
  if (stopping_) return;
  {
    absl::MutexLock lock(&mutex_);
    if (!failure_.ok()) return;
  }
  absl::StatusOr<bool> progress = RunStep();
  if (!progress.ok()) {
    Fail(progress.status());
    return;
  }
  CallWaiters();
  if (*progress) Schedule();
}

absl::StatusOr<bool> Projector::RunStep() {
  log::Ends at = cursors();
  const log::Ends ends = log_.ends();
  ProjectionStep step(store_, log_, trust_, present_, state_);
  store::Batch last;
  size_t room = options_.step_bytes;
  for (log::Queue queue : log::kQueues) {
    if (room == 0 || at.of(queue) >= ends.of(queue)) continue;
    TOCSIN_ASSIGN_OR_RETURN(std::vector<log::Entry> entries,
                            log_.ReadEntries(queue, at.of(queue), room));
    for (log::Entry& entry : entries) {
      room -= std::min(room, SizeOf(entry));
      at.end[IndexOf(queue)] = entry.arrival;
      TOCSIN_RETURN_IF_ERROR(step.Take(std::move(entry)));
    }
    // None, and yet not at the end: what was there is damaged, and comes again as a new entry.
    if (entries.empty()) at.end[IndexOf(queue)] = ends.of(queue);
    last.Put(CursorKey(queue), EncodeU64(at.of(queue).value()));
  }
  if (last.empty()) return false;
  if (TOCSIN_PLANTED("cursor-before-view")) {
    TOCSIN_RETURN_IF_ERROR(store_.Write(last, store::Durability::kSynced));
  }
  TOCSIN_RETURN_IF_ERROR(
      step.Finish(last, [this](const store::Batch& batch) { return Write(batch); }));
  {
    absl::MutexLock lock(&mutex_);
    cursors_ = at;
  }
  Tell({step.changed(), step.in_conflict(), at});
  return true;
}

absl::Status Projector::Write(const store::Batch& batch) {
  TOCSIN_RETURN_IF_ERROR(store_.Write(batch, store::Durability::kBuffered));
  retry_after_ = kFirstRetry;
  unflushed_bytes_ += batch.bytes();
  if (unflushed_bytes_ < options_.flush_bytes) return absl::OkStatus();
  unflushed_bytes_ = 0;
  return store_.Flush();
}

void Projector::Tell(const ViewNews& news) {
  if (news.changed.empty()) return;
  std::vector<std::shared_ptr<Listener>> listeners;
  {
    absl::MutexLock lock(&mutex_);
    for (const std::weak_ptr<Listener>& weak : listeners_) {
      if (auto listener = weak.lock()) listeners.push_back(std::move(listener));
    }
  }
  for (const std::shared_ptr<Listener>& listener : listeners) {
    absl::MutexLock lock(&listener->mutex);
    if (listener->call) listener->call(news);
  }
}

void Projector::CallWaiters() {
  std::vector<Waiter> ready;
  absl::Status status;
  {
    absl::MutexLock lock(&mutex_);
    status = failure_;
    auto waits = [this](const Waiter& waiter) {
      mutex_.AssertHeld();
      return failure_.ok() && !Reaches(cursors_, waiter.ends);
    };
    auto first = std::stable_partition(waiters_.begin(), waiters_.end(), waits);
    ready.assign(std::make_move_iterator(first), std::make_move_iterator(waiters_.end()));
    waiters_.erase(first, waiters_.end());
  }
  for (Waiter& waiter : ready) waiter.done(status);
}

void Projector::Fail(const absl::Status& status) {
  const bool full = absl::IsResourceExhausted(status);
  if (full || absl::IsUnavailable(status)) {
    // Nothing of the batch was written; counts and cursors stand as the store has them.
    Log(LogLevel::kWarning, full ? "view.disk_full" : "view.log_damaged",
        {{"error", status.message()}, {"retry_in_s", absl::ToInt64Seconds(retry_after_)}});
    if (Load().ok()) {
      strand_->PostAfter(retry_after_, [this] { Schedule(); });
      retry_after_ = std::min(2 * retry_after_, kLastRetry);
      return;
    }
  }
  Log(LogLevel::kError, "view.stopped", {{"error", status.message()}});
  {
    absl::MutexLock lock(&mutex_);
    failure_ = status;
  }
  CallWaiters();
}

}  // namespace tocsin::view
