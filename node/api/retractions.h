// What holders vouched for and no longer do: a holder's highest receipt counts, also when it says
// less than the one before, because it was restored from an older backup. Stands beside the log,
// which keeps the highest receipt alone, for whoever shows who holds a record.
#pragma once

#include <memory>

#include "node/base/executor.h"
#include "node/base/ids.h"
#include "node/base/scope.h"
#include "node/log/log.h"

namespace tocsin::api {

// Knows of receipts that were replaced while this process runs, and of no earlier ones: what is
// taken back counts as not held all the same, and is sent again. Thread-safe. Owned by the server,
// outlived by the log. Takes the bytes of one receipt for each scope and holder.
class Retractions {
 public:
  Retractions(log::Log& log, const Jurisdiction& reader, Executor& executor);
  ~Retractions();

  // Did an earlier receipt of the holder vouch for the change, and does none since?
  bool IsTakenBack(const Scope& scope, const CertId& holder, const LaneId& lane, Seq seq) const;

 private:
  struct State;
  std::shared_ptr<State> state_;
  std::unique_ptr<log::Log::Subscription> subscription_;
};

}  // namespace tocsin::api
