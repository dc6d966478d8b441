// Watches of conflicts: who is told as they open, change and are settled. Stands behind the board's
// events and before the streams of callers. Unlike a watch of records it tells every event, as long
// as the board remembers it.
#pragma once

#include <absl/status/status.h>
#include <absl/status/statusor.h>

#include <memory>

#include "node/api/gate.h"
#include "node/api/watches.h"
#include "node/base/executor.h"
#include "node/base/ids.h"
#include "node/conflicts/board.h"
#include "node/view/view.h"
#include "tocsin/v1/conflicts.pb.h"

namespace tocsin::api {

using ConflictSink = WatchSinkOf<v1::WatchConflictsResponse>;

// Thread-safe. Owned by the server; outlived by board, view and executor.
class ConflictWatches {
 public:
  // `process` tells this run's tokens from another's.
  ConflictWatches(conflicts::Board& board, const view::View& view, const ProcessId& process,
                  Gate& gate, Executor& executor, const WatchOptions& options);
  ~ConflictWatches();

  // As Watches.
  absl::StatusOr<WatchId> Open(v1::WatchConflictsRequest request,
                               std::shared_ptr<ConflictSink> sink);
  void OnSent(WatchId id, bool ok);
  void OnCancelled(WatchId id);
  void EndAll(absl::Status status);

 private:
  class Board;
  conflicts::Board& conflicts_;
  std::shared_ptr<Board> board_;
  std::unique_ptr<conflicts::Board::Subscription> subscription_;
};

}  // namespace tocsin::api
