#include "node/conflicts/board.h"

#include <absl/base/thread_annotations.h>
#include <absl/container/flat_hash_map.h>
#include <absl/container/flat_hash_set.h>
#include <absl/strings/str_cat.h>
#include <absl/synchronization/mutex.h>

#include <algorithm>
#include <atomic>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "node/base/status.h"
#include "node/conflicts/episodes.h"
#include "node/conflicts/rows.h"
#include "node/conflicts/turn.h"
#include "node/schema/field_table.h"
#include "node/view/keys.h"
#include "node/view/present.h"

namespace tocsin::conflicts {
namespace {

// Records looked at before others on the strand get their turn.
constexpr size_t kLoadedAtOnce = 64;

struct Entry {
  view::RecordName record;
  v1::Severity severity = v1::SEVERITY_UNSPECIFIED;
  std::vector<OpenField> fields;
};

std::string AddressOf(const view::RecordName& name) {
  return view::RowKey({name.key.kind, name.scope, name.key.id});
}

const OpenField* FindField(const std::vector<OpenField>& fields, uint32_t field) {
  auto found = std::find_if(fields.begin(), fields.end(),
                            [field](const OpenField& one) { return one.field == field; });
  return found == fields.end() ? nullptr : &*found;
}

}  // namespace

class Board::State : public std::enable_shared_from_this<State> {
 public:
  State(log::Log& log, view::View& view, Executor& executor, const BoardOptions& options)
      : log_(log), view_(view), options_(options), strand_(executor) {
    TOCSIN_CHECK(options_.patience > absl::ZeroDuration());
  }

  // -- Any thread.

  void Begin() {
    strand_.Post([this] {
      absl::StatusOr<std::vector<view::RecordName>> names = view_.InConflict();
      if (!names.ok()) return Fail(names.status());
      for (view::RecordName& name : *names) to_load_.push_back(std::move(name));
      Load();
    });
  }
  void OnNews(const view::ViewNews& news) {
    if (news.in_conflict.empty()) return;
    {
      absl::MutexLock lock(&news_mutex_);
      for (const view::RecordName& name : news.in_conflict) {
        if (in_news_.insert(AddressOf(name)).second) news_.push_back(name);
      }
    }
    strand_.Post([this] { Take(TakeNews()); });
  }
  void WhenCurrent(Task task) {
    strand_.Post([this, task = std::move(task)]() mutable {
      if (loaded_ || !failure_.ok()) return task(failure_);
      waiting_.push_back(std::move(task));
    });
  }
  Standing OpenNow() const {
    Standing now;
    absl::MutexLock lock(&mutex_);
    for (const auto& [address, entry] : entries_) {
      for (const OpenField& field : entry.fields) {
        now.open.push_back({entry.record, field.field, field.since, entry.severity});
      }
    }
    now.last_event = last_event_;
    return now;
  }
  absl::StatusOr<std::vector<std::shared_ptr<const Event>>> EventsAfter(uint64_t number,
                                                                        size_t max) const {
    absl::MutexLock lock(&mutex_);
    if (number > last_event_ || number + events_.size() < last_event_) {
      return absl::OutOfRangeError(
          "resume_token: what happened since is not known any more (the node was started again, or "
          "too much happened); watch again from the beginning, with include_current");
    }
    std::vector<std::shared_ptr<const Event>> found;
    for (uint64_t n = number + 1; n <= last_event_ && found.size() < max; ++n) {
      found.push_back(events_[events_.size() - (last_event_ - n) - 1]);
    }
    return found;
  }
  uint64_t last_event() const {
    absl::MutexLock lock(&mutex_);
    return last_event_;
  }
  bool is_loaded() const { return loaded_.load(); }
  const BoardOptions& options() const { return options_; }
  absl::Time now() const { return log_.CorrectedNow(); }

  struct Listener {
    absl::Mutex mutex;
    // Null once it is not wanted any more.
    absl::AnyInvocable<void()> call ABSL_GUARDED_BY(mutex);
  };
  void Add(std::shared_ptr<Listener> listener) {
    absl::MutexLock lock(&mutex_);
    std::erase_if(listeners_, [](const auto& old) { return old.expired(); });
    listeners_.push_back(std::move(listener));
  }

 private:
  // -- On the strand.

  void Fail(const absl::Status& status) {
    failure_ = status;
    for (Task& task : std::exchange(waiting_, {})) task(failure_);
  }

  // A record that changes many times while the strand is busy is looked at once.
  std::vector<view::RecordName> TakeNews() {
    absl::MutexLock lock(&news_mutex_);
    in_news_.clear();
    return std::exchange(news_, {});
  }

  // What was open when the node began is no event.
  void Load() {
    for (size_t i = 0; i < kLoadedAtOnce && !to_load_.empty(); ++i) {
      const view::RecordName name = std::move(to_load_.front());
      to_load_.pop_front();
      if (absl::Status status = Look(name, /*tell=*/false); !status.ok()) return Fail(status);
    }
    if (!to_load_.empty()) return strand_.Post([this] { Load(); });
    loaded_ = true;
    Take(std::exchange(late_, {}));
    for (Task& task : std::exchange(waiting_, {})) task(failure_);
  }

  void Take(const std::vector<view::RecordName>& names) {
    if (!failure_.ok()) return;
    if (!loaded_) {
      late_.insert(late_.end(), names.begin(), names.end());
      return;
    }
    const uint64_t before = last_event();
    for (const view::RecordName& name : names) {
      if (absl::Status status = Look(name, /*tell=*/true); !status.ok()) return Fail(status);
    }
    if (last_event() == before) return;
    std::vector<std::shared_ptr<Listener>> listeners;
    {
      absl::MutexLock lock(&mutex_);
      for (const auto& weak : listeners_) {
        if (auto listener = weak.lock()) listeners.push_back(std::move(listener));
      }
    }
    for (const auto& listener : listeners) {
      absl::MutexLock lock(&listener->mutex);
      if (listener->call) listener->call();
    }
  }

  absl::Status Look(const view::RecordName& name, bool tell) {
    absl::StatusOr<std::vector<merge::HeldChange>> history = view_.History(name);
    if (!history.ok() && !absl::IsNotFound(history.status())) return history.status();
    const uint32_t kind = name.key.kind;
    const Episodes episodes =
        EpisodesOf(kind, history.ok() ? *std::move(history) : std::vector<merge::HeldChange>());
    Entry now{name, SeverityOf(kind, episodes.merged), episodes.open};
    Entry before{name, now.severity, {}};
    const std::string address = AddressOf(name);
    {
      absl::MutexLock lock(&mutex_);
      auto found = entries_.find(address);
      if (found != entries_.end()) before = found->second;
    }
    std::vector<std::shared_ptr<Event>> events;
    if (tell) {
      TOCSIN_ASSIGN_OR_RETURN(events, EventsBetween(before, now, episodes));
    }
    // At once: who lists what is open knows which events that has come of.
    absl::MutexLock lock(&mutex_);
    if (now.fields.empty()) {
      entries_.erase(address);
    } else {
      entries_.insert_or_assign(address, std::move(now));
    }
    for (std::shared_ptr<Event>& event : events) Publish(std::move(event));
    return absl::OkStatus();
  }

  // Not numbered yet.
  absl::StatusOr<std::vector<std::shared_ptr<Event>>> EventsBetween(
      const Entry& before, const Entry& now, const Episodes& episodes) const {
    std::map<uint32_t, v1::ConflictEvent> happened;
    for (const OpenField& field : now.fields) {
      const OpenField* was = FindField(before.fields, field.field);
      // One that ended and began again is another one.
      if (was == nullptr || was->since != field.since) {
        happened[field.field] = v1::CONFLICT_OPENED;
      } else if (was->dots != field.dots) {
        happened[field.field] = v1::CONFLICT_CHANGED;
      }
    }
    for (const OpenField& field : before.fields) {
      if (FindField(now.fields, field.field) == nullptr) {
        happened[field.field] = v1::CONFLICT_SETTLED;
      }
    }
    std::vector<std::shared_ptr<Event>> events;
    if (happened.empty()) return events;
    absl::StatusOr<view::StoredRecord> stored = view_.Get(now.record);
    if (!stored.ok() && !absl::IsNotFound(stored.status())) return stored.status();
    const v1::Record shown = stored.ok() ? stored->shown : v1::Record();
    for (const auto& [field, event] : happened) {
      auto made = std::make_shared<Event>(
          Event{0, now.record, std::max(before.severity, now.severity), {}});
      made->message.set_event(event);
      *made->message.mutable_conflict() = RowOf(shown);
      if (event == v1::CONFLICT_SETTLED) {
        SetEnd(shown, field, episodes, made->message);
      } else {
        SetOpen(shown, *FindField(now.fields, field), now.record,
                *made->message.mutable_conflict());
      }
      events.push_back(std::move(made));
    }
    return events;
  }

  void SetOpen(const v1::Record& shown, const OpenField& field, const view::RecordName& record,
               v1::OpenConflict& row) const {
    const schema::FieldInfo* info = schema::FindField(record.key.kind, field.field);
    if (info == nullptr) return;
    row.mutable_conflict()->set_field(info->name);
    if (const v1::Conflict* conflict = FindConflict(shown, info->name)) {
      *row.mutable_conflict() = *conflict;
    }
    SetTimes(field.since, now(), options_.patience, row);
  }

  static void SetEnd(const v1::Record& shown, uint32_t field, const Episodes& episodes,
                     v1::WatchConflictsResponse& message) {
    *message.mutable_conflict()->mutable_conflict() = StandingValue(shown, field, episodes.merged);
    auto ended = episodes.ended.find(field);
    if (ended == episodes.ended.end()) return;
    v1::ConflictDecision& decision = *message.mutable_decision();
    decision.set_jurisdiction(ended->second.jurisdiction);
    *decision.mutable_write_time() = view::ToTimestamp(ended->second.stamp);
    decision.set_reason(ended->second.reason);
    decision.set_dot(ended->second.dot.ToHex());
  }

  void Publish(std::shared_ptr<Event> event) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    event->number = ++last_event_;
    event_bytes_ += event->message.ByteSizeLong();
    events_.push_back(std::move(event));
    while (events_.size() > kEventsMax || (event_bytes_ > kEventBytesMax && events_.size() > 1)) {
      event_bytes_ -= events_.front()->message.ByteSizeLong();
      events_.pop_front();
    }
  }

  log::Log& log_;
  view::View& view_;
  const BoardOptions options_;

  // Written on the strand.
  std::atomic<bool> loaded_ = false;

  // The strand's.
  absl::Status failure_;
  std::deque<view::RecordName> to_load_;
  // What changed while the board was loading.
  std::vector<view::RecordName> late_;
  std::vector<Task> waiting_;

  absl::Mutex news_mutex_;
  // Names of records that changed and were not looked at since, and their addresses.
  std::vector<view::RecordName> news_ ABSL_GUARDED_BY(news_mutex_);
  absl::flat_hash_set<std::string> in_news_ ABSL_GUARDED_BY(news_mutex_);

  mutable absl::Mutex mutex_;
  // By the key of the record's row.
  absl::flat_hash_map<std::string, Entry> entries_ ABSL_GUARDED_BY(mutex_);
  std::deque<std::shared_ptr<const Event>> events_ ABSL_GUARDED_BY(mutex_);
  size_t event_bytes_ ABSL_GUARDED_BY(mutex_) = 0;
  uint64_t last_event_ ABSL_GUARDED_BY(mutex_) = 0;
  std::vector<std::weak_ptr<Listener>> listeners_ ABSL_GUARDED_BY(mutex_);
  // The last, so that its tasks end first.
  Strand strand_;
};

Board::Board(log::Log& log, view::View& view, Executor& executor, const BoardOptions& options)
    : state_(std::make_shared<State>(log, view, executor, options)) {
  news_ = view.Subscribe([weak = std::weak_ptr<State>(state_)](const view::ViewNews& news) {
    if (auto state = weak.lock()) state->OnNews(news);
  });
  state_->Begin();
}

Board::~Board() {
  // No news from here on; then the strand's task under way ends.
  news_.reset();
  state_.reset();
}

void Board::WhenCurrent(Task task) { state_->WhenCurrent(std::move(task)); }
Standing Board::OpenNow() const { return state_->OpenNow(); }
bool Board::is_loaded() const { return state_->is_loaded(); }
absl::Duration Board::patience() const { return state_->options().patience; }
absl::Time Board::now() const { return state_->now(); }
uint64_t Board::last_event() const { return state_->last_event(); }
absl::StatusOr<std::vector<std::shared_ptr<const Event>>> Board::EventsAfter(uint64_t number,
                                                                             size_t max) const {
  return state_->EventsAfter(number, max);
}

v1::ConflictStatus Board::Status() const {
  const absl::Time at = now();
  struct Counted {
    uint64_t open = 0;
    absl::Time oldest = absl::InfiniteFuture();
  };
  // Most severe first.
  std::map<std::pair<int, std::string>, Counted> counted;
  absl::Time oldest = absl::InfiniteFuture();
  v1::ConflictStatus status;
  status.set_counting(!is_loaded());
  for (const Open& open : OpenNow().open) {
    const Turn turn = TurnOf(open.record.scope, at - open.since, patience());
    Counted& count = counted[{-open.severity, turn.jurisdiction.path()}];
    ++count.open;
    count.oldest = std::min(count.oldest, open.since);
    oldest = std::min(oldest, open.since);
    status.set_open(status.open() + 1);
  }
  auto age = [at](absl::Time since) {
    return DurationOf(std::max(at - since, absl::ZeroDuration()));
  };
  if (status.open() > 0) {
    *status.mutable_oldest_since_time() = TimestampOf(oldest);
    *status.mutable_oldest_age() = age(oldest);
  }
  for (const auto& [key, count] : counted) {
    v1::ConflictCount& out = *status.add_count();
    out.set_severity(static_cast<v1::Severity>(-key.first));
    out.set_turn(key.second);
    out.set_open(count.open);
    *out.mutable_oldest_age() = age(count.oldest);
  }
  return status;
}

std::unique_ptr<Board::Subscription> Board::Subscribe(absl::AnyInvocable<void()> listener) {
  struct Handle final : Subscription {
    explicit Handle(std::shared_ptr<State::Listener> of) : shared(std::move(of)) {}
    ~Handle() override {
      absl::MutexLock lock(&shared->mutex);
      shared->call = nullptr;
    }
    std::shared_ptr<State::Listener> shared;
  };
  auto shared = std::make_shared<State::Listener>();
  {
    absl::MutexLock lock(&shared->mutex);
    shared->call = std::move(listener);
  }
  state_->Add(shared);
  return std::make_unique<Handle>(std::move(shared));
}

}  // namespace tocsin::conflicts
