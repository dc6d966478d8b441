// Watches: who is told of records as they change. Stands behind the projector's news and before the
// streams of callers. A watcher has a queue of names, not of records: a record that changes ten
// times while its watcher is slow is read and sent once, as it is then.
#pragma once

#include <absl/status/status.h>
#include <absl/status/statusor.h>
#include <absl/time/time.h>

#include <cstdint>
#include <memory>

#include "node/api/gate.h"
#include "node/base/executor.h"
#include "node/log/log.h"
#include "node/view/view.h"
#include "tocsin/v1/api.pb.h"

namespace tocsin::api {

enum class WatchId : uint64_t {};

// Where the messages of one watch go. Called on the strand of the watches; must not block.
template <typename Response>
class WatchSinkOf {
 public:
  virtual ~WatchSinkOf() = default;
  // One at a time: the next one comes after OnSent.
  virtual void Send(Response message) = 0;
  // The last call, and the only one where the watch was refused.
  virtual void End(absl::Status status) = 0;
};
using WatchSink = WatchSinkOf<v1::WatchRecordsResponse>;

struct WatchOptions {
  // Watches beyond it are refused.
  size_t watches_max = 256;
  // Names that wait for one watcher; a slower one is brought up to date from the log.
  size_t queue_max = 10'000;
  // Records that one resumption or one slow watcher may have missed; beyond it the watch ends with
  // OUT_OF_RANGE.
  size_t missed_max = 100'000;
  // A watcher that is told nothing gets a message with a resume token this often.
  absl::Duration heartbeat = absl::Seconds(30);
};

// Thread-safe. Owned by the server; outlived by log, view and executor. Takes O(queue_max) memory a
// watch and never holds the projector up.
class Watches {
 public:
  Watches(log::Log& log, view::View& view, Gate& gate, Executor& executor,
          const WatchOptions& options);
  ~Watches();

  // Begins a watch; what is wrong with the request comes as its end. RESOURCE_EXHAUSTED when there
  // are too many.
  absl::StatusOr<WatchId> Open(v1::WatchRecordsRequest request, std::shared_ptr<WatchSink> sink);
  // The last message has gone out, or never will.
  void OnSent(WatchId id, bool ok);
  void OnCancelled(WatchId id);
  // Ends every watch, each after the message that is under way, and takes no more.
  void EndAll(absl::Status status);
  size_t size() const;

 private:
  class Board;
  std::shared_ptr<Board> board_;
  std::unique_ptr<view::View::Subscription> subscription_;
};

}  // namespace tocsin::api
