// Says what this hub holds: a signed, numbered receipt for each scope below it whose holdings
// changed. Stands after the log's fsync and before the sessions, which carry receipts down. At the
// start it makes good what a crash between an fsync and its receipt left unsaid.
// Thread-safe. Owned by the hub's daemon; destroyed before the log.
#pragma once

#include <absl/time/time.h>

#include <cstdint>
#include <memory>
#include <set>

#include "node/base/executor.h"
#include "node/identity/identity.h"
#include "node/log/log.h"

namespace tocsin::children {

struct ReceiptIssuerOptions {
  // Routine and priority changes wait so long for others of their scope; flash does not wait.
  absl::Duration gather = absl::Milliseconds(200);
  // A receipt that a full disk did not take is tried again after this long.
  absl::Duration retry = absl::Seconds(1);
};

class ReceiptIssuer {
 public:
  ReceiptIssuer(log::Log& log, const identity::Identity& identity, Executor& executor,
                const ReceiptIssuerOptions& options);
  // Waits for what it is doing; nothing of it uses the log afterwards.
  ~ReceiptIssuer();

  // Looks through every scope once, and then follows the log.
  void Start();

 private:
  struct State;
  std::shared_ptr<State> state_;
  std::unique_ptr<log::Log::Subscription> subscription_;
};

}  // namespace tocsin::children
