// What all watches share, of records and of conflicts: who is told, one message at a time, what
// ends them, heartbeats. For the sources of this folder.
#pragma once

#include <absl/functional/any_invocable.h>
#include <absl/status/statusor.h>
#include <absl/strings/str_cat.h>

#include <atomic>
#include <map>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "node/api/watches.h"
#include "node/base/executor.h"
#include "node/base/status.h"

namespace tocsin::api {

// A Watcher runs on the board's strand and has
//   StatusOr<optional<Response>> Next()   what to send now, if anything; an error ends the watch
//   Response Heartbeat() const            a message that only moves the token on
// State is the strand's, but for the counters.
template <typename Request, typename Response, typename Watcher>
class WatchBoard {
 public:
  using Sink = WatchSinkOf<Response>;
  using Create = absl::AnyInvocable<absl::StatusOr<std::unique_ptr<Watcher>>(const Request&)>;

  // `create` is called on the strand; INVALID_ARGUMENT and OUT_OF_RANGE say what is wrong with the
  // request.
  WatchBoard(Executor& executor, const WatchOptions& options, Create create)
      : options_(options), create_(std::move(create)), strand_(executor) {}

  // Begins at once, or where it awaits something with Ready().
  absl::StatusOr<WatchId> Open(Request request, std::shared_ptr<Sink> sink, bool awaits = false) {
    if (open_.fetch_add(1) >= options_.watches_max) {
      open_.fetch_sub(1);
      return absl::ResourceExhaustedError(
          absl::StrCat(options_.watches_max, " watches are open already; end one of them"));
    }
    const auto id = WatchId(next_id_.fetch_add(1));
    strand_.Post(
        [this, id, awaits, request = std::move(request), sink = std::move(sink)]() mutable {
          watches_.emplace(id, Watch(std::move(request), std::move(sink), awaits));
          if (ended_) return End(id, *ended_);
          if (started_) Begin(id);
        });
    return id;
  }

  // What the watch awaits is there, or why it never will be.
  void Ready(WatchId id, absl::Status status) {
    strand_.Post([this, id, status = std::move(status)] {
      auto found = watches_.find(id);
      if (found == watches_.end()) return;
      found->second.awaits = false;
      if (!status.ok()) return End(id, status);
      if (started_) Begin(id);
    });
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

  // There may be something to send. `tell` is called for each watcher first.
  void OnNews(absl::AnyInvocable<void(Watcher&)> tell) {
    if (open_.load() == 0) return;
    strand_.Post([this, tell = std::move(tell)]() mutable {
      for (auto& [id, watch] : watches_) {
        if (watch.watcher != nullptr) tell(*watch.watcher);
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
    Watch(Request with, std::shared_ptr<Sink> to, bool that_awaits)
        : request(std::move(with)), sink(std::move(to)), awaits(that_awaits) {}
    Request request;
    std::shared_ptr<Sink> sink;
    bool awaits;
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
    if (watch.awaits) return;
    absl::StatusOr<std::unique_ptr<Watcher>> watcher = create_(watch.request);
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
    absl::StatusOr<std::optional<Response>> next = watch.watcher->Next();
    if (!next.ok()) return End(id, next.status());
    if (*next) Send(watch, **std::move(next));
  }

  static void Send(Watch& watch, Response message) {
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
    std::shared_ptr<Sink> sink = std::move(found->second.sink);
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

  const WatchOptions options_;
  Create create_;
  std::atomic<size_t> open_{0};
  std::atomic<uint64_t> next_id_{1};

  bool started_ = false;
  std::optional<absl::Status> ended_;
  std::map<WatchId, Watch> watches_;
  // The last, so that its tasks end first.
  Strand strand_;
};

}  // namespace tocsin::api
