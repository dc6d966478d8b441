#include "node/api/watches.h"

#include <absl/strings/str_cat.h>

#include <atomic>
#include <map>
#include <optional>
#include <utility>

#include "node/api/watcher.h"
#include "node/base/status.h"

namespace tocsin::api {

// State is the strand's, but for the counters.
class Watches::Board : public std::enable_shared_from_this<Board> {
 public:
  Board(const log::Log& log, const view::View& view, Executor& executor,
        const WatchOptions& options)
      : log_(log), view_(view), options_(options), strand_(executor) {}

  absl::StatusOr<WatchId> Open(v1::WatchRecordsRequest request, std::shared_ptr<WatchSink> sink) {
    if (open_.fetch_add(1) >= options_.watches_max) {
      open_.fetch_sub(1);
      return absl::ResourceExhaustedError(
          absl::StrCat(options_.watches_max, " watches are open already; end one of them"));
    }
    const auto id = WatchId(next_id_.fetch_add(1));
    strand_.Post([this, id, request = std::move(request), sink = std::move(sink)]() mutable {
      watches_.emplace(id, Watch(std::move(request), std::move(sink)));
      if (ended_) return End(id, *ended_);
      if (started_) Begin(id);
    });
    return id;
  }

  // The view has what it lacked at the start.
  void Start(absl::Status status) {
    strand_.Post([this, status = std::move(status)] {
      started_ = true;
      if (!status.ok()) ended_ = status;
      for (WatchId id : Ids()) status.ok() ? Begin(id) : End(id, status);
      ScheduleHeartbeat();
    });
  }

  void OnNews(const view::ViewNews& news) {
    if (open_.load() == 0) return;
    strand_.Post([this, news] {
      for (auto& [id, watch] : watches_) {
        if (watch.watcher != nullptr) watch.watcher->OnNews(news);
      }
      for (WatchId id : Ids()) Go(id);
    });
  }

  void OnSent(WatchId id, bool ok) {
    strand_.Post([this, id, ok] {
      auto found = watches_.find(id);
      if (found == watches_.end()) return;
      found->second.sending = false;
      if (!ok) return End(id, absl::CancelledError("the caller is gone"));
      Go(id);
    });
  }

  void OnCancelled(WatchId id) {
    strand_.Post([this, id] { End(id, absl::CancelledError("the caller has ended the watch")); });
  }

  void EndAll(absl::Status status) {
    strand_.Post([this, status = std::move(status)] {
      ended_ = status;
      for (WatchId id : Ids()) End(id, status);
    });
  }

  size_t size() const { return open_.load(); }

 private:
  struct Watch {
    Watch(v1::WatchRecordsRequest with, std::shared_ptr<WatchSink> to)
        : request(std::move(with)), sink(std::move(to)) {}
    v1::WatchRecordsRequest request;
    std::shared_ptr<WatchSink> sink;
    // Null until it begins.
    std::unique_ptr<Watcher> watcher;
    bool sending = false;
    // Something went out since the last heartbeat.
    bool heard_from = false;
    // Why it ends, once the message under way is through.
    std::optional<absl::Status> end;
  };

  std::vector<WatchId> Ids() const {
    std::vector<WatchId> ids;
    for (const auto& [id, watch] : watches_) ids.push_back(id);
    return ids;
  }

  void Begin(WatchId id) {
    Watch& watch = watches_.at(id);
    absl::StatusOr<std::unique_ptr<Watcher>> watcher =
        Watcher::Create(watch.request, log_, view_, options_);
    if (!watcher.ok()) return End(id, watcher.status());
    watch.watcher = *std::move(watcher);
    Go(id);
  }

  // Sends what comes next, if nothing is under way.
  void Go(WatchId id) {
    auto found = watches_.find(id);
    if (found == watches_.end()) return;
    Watch& watch = found->second;
    if (watch.sending || watch.watcher == nullptr) return;
    if (watch.end) return End(id, *watch.end);
    absl::StatusOr<std::optional<v1::WatchRecordsResponse>> next = watch.watcher->Next();
    if (!next.ok()) return End(id, next.status());
    if (*next) Send(watch, **std::move(next));
  }

  static void Send(Watch& watch, v1::WatchRecordsResponse message) {
    watch.sending = true;
    watch.heard_from = true;
    watch.sink->Send(std::move(message));
  }

  void End(WatchId id, const absl::Status& status) {
    auto found = watches_.find(id);
    if (found == watches_.end()) return;
    if (found->second.sending) {
      if (!found->second.end) found->second.end = status;
      return;
    }
    std::shared_ptr<WatchSink> sink = std::move(found->second.sink);
    const absl::Status reason = found->second.end.value_or(status);
    watches_.erase(found);
    open_.fetch_sub(1);
    sink->End(reason);
  }

  void ScheduleHeartbeat() {
    strand_.PostAfter(options_.heartbeat, [this] {
      for (auto& [id, watch] : watches_) {
        const bool quiet = !std::exchange(watch.heard_from, false);
        if (quiet && !watch.sending && watch.watcher != nullptr) {
          Send(watch, watch.watcher->Heartbeat());
          watch.heard_from = false;
        }
      }
      ScheduleHeartbeat();
    });
  }

  const log::Log& log_;
  const view::View& view_;
  const WatchOptions options_;
  std::atomic<size_t> open_{0};
  std::atomic<uint64_t> next_id_{1};

  bool started_ = false;
  std::optional<absl::Status> ended_;
  std::map<WatchId, Watch> watches_;
  // The last, so that its tasks end first.
  Strand strand_;
};

Watches::Watches(log::Log& log, view::View& view, Gate& gate, Executor& executor,
                 const WatchOptions& options)
    : board_(std::make_shared<Board>(log, view, executor, options)) {
  subscription_ = view.Subscribe([board = std::weak_ptr<Board>(board_)](
                                     const view::ViewNews& news) {
    if (auto here = board.lock()) here->OnNews(news);
  });
  gate.WhenOpen([board = std::weak_ptr<Board>(board_)](absl::Status status) {
    if (auto here = board.lock()) here->Start(std::move(status));
  });
}

Watches::~Watches() {
  // No news from here on; then the strand's task under way ends.
  subscription_.reset();
  board_.reset();
}

absl::StatusOr<WatchId> Watches::Open(v1::WatchRecordsRequest request,
                                      std::shared_ptr<WatchSink> sink) {
  return board_->Open(std::move(request), std::move(sink));
}
void Watches::OnSent(WatchId id, bool ok) { board_->OnSent(id, ok); }
void Watches::OnCancelled(WatchId id) { board_->OnCancelled(id); }
void Watches::EndAll(absl::Status status) { board_->EndAll(std::move(status)); }
size_t Watches::size() const { return board_->size(); }

}  // namespace tocsin::api
