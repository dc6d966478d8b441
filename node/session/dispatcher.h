// Hands each group that the log publishes to every live connection, once for the node and not once
// for each. Thread-safe; owned by the daemon, destroyed before the log.
#pragma once

#include <absl/synchronization/mutex.h>

#include <memory>
#include <vector>

#include "node/log/log.h"
#include "node/session/connection.h"

namespace tocsin::session {

class Dispatcher {
 public:
  explicit Dispatcher(log::Log& log);
  ~Dispatcher();

  // Connections that are gone are forgotten by themselves.
  void Add(const std::shared_ptr<Connection>& connection);

 private:
  void Publish(const log::Published& published);

  absl::Mutex mutex_;
  std::vector<std::weak_ptr<Connection>> connections_ ABSL_GUARDED_BY(mutex_);
  std::unique_ptr<log::Log::Subscription> subscription_;
};

}  // namespace tocsin::session
