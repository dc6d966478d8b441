// One watch: what its watcher has been told, and what comes next. For the sources of this folder.
#pragma once

#include <absl/container/flat_hash_map.h>
#include <absl/container/flat_hash_set.h>
#include <absl/status/statusor.h>

#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "node/api/watches.h"

namespace tocsin::api {

// Runs on the strand of the watches.
//
//   resumed ──► [missed: names from the log] ─┐
//   include_current ──► listing ── complete ──┼──► waiting names ──► idle
//   from now ─────────────────────────────────┘        ▲ news          │
//                                                       └── missed ◄── queue full
class Watcher {
 public:
  // INVALID_ARGUMENT and OUT_OF_RANGE say what is wrong with the request.
  static absl::StatusOr<std::unique_ptr<Watcher>> Create(const v1::WatchRecordsRequest& request,
                                                         const log::Log& log,
                                                         const view::View& view,
                                                         const WatchOptions& options);

  void OnNews(const view::ViewNews& news);
  // What to send now, if anything; reads the view. An error ends the watch.
  absl::StatusOr<std::optional<v1::WatchRecordsResponse>> Next();
  // A message without a record.
  v1::WatchRecordsResponse Heartbeat() const;

 private:
  // A record to tell of. Whoever has been told of all before it knows what was projected up to
  // `before`.
  struct Waiting {
    view::RecordName name;
    std::string address;
    log::Ends before;
  };
  enum class Told : bool { kOut, kIn };

  Watcher(const log::Log& log, const view::View& view, const WatchOptions& options)
      : log_(log), view_(view), options_(options) {}

  bool Concerns(const view::RecordName& name) const;
  bool Enqueue(const view::RecordName& name, const log::Ends& before);
  absl::StatusOr<std::optional<v1::WatchRecordsResponse>> NextCurrent();
  absl::StatusOr<std::optional<v1::WatchRecordsResponse>> NextWaiting();
  absl::StatusOr<std::optional<v1::WatchRecordsResponse>> Tell(const Waiting& waiting);
  absl::Status CatchUp();
  bool MayHaveBeenTold(const std::string& address, const view::StoredRecord* record) const;
  void Remember(const std::string& address, Told told);
  std::string Token() const;

  const log::Log& log_;
  const view::View& view_;
  const WatchOptions options_;
  view::ListQuery query_;

  // While the current records go out: what is left of a page, and where the next one begins.
  bool listing_ = false;
  bool last_page_ = false;
  std::deque<v1::Record> page_;

  std::deque<Waiting> waiting_;
  absl::flat_hash_set<std::string> addresses_;
  // What was projected up to here is told, waits, or was missed.
  log::Ends seen_;
  // Set when names were not taken in: all that changed since must be looked up in the log.
  std::optional<log::Ends> missed_since_;
  // Was the record in the filter when it was last told of? Only with a filter.
  absl::flat_hash_map<std::string, Told> told_;
  // A record that is not in `told_` was told of if at all before this arrival: by the watch that
  // this one resumes, or before `told_` was emptied.
  std::optional<Arrival> unsure_until_;
};

}  // namespace tocsin::api
