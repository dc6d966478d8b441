// What having children adds to a node's server: the Link service, one connection for each child,
// and who they are. Thread-safe. Owned by the hub's daemon; registered with its gRPC server and
// stopped before it; destroyed after it.
#pragma once

#include <absl/time/time.h>

#include <memory>
#include <string>
#include <vector>

#include "hub/children/receipt_issuer.h"
#include "node/base/executor.h"
#include "node/session/connection.h"
#include "node/session/dispatcher.h"

namespace grpc {
class Service;
}

namespace tocsin::children {

struct ChildrenOptions {
  size_t children_max = 10'000;
  // New links taken in a second; the others are told to dial again, which they do with full jitter,
  // so that ten thousand stations coming back after a power cut do not fell the hub.
  double admitted_per_second = 200;
  session::ConnectionOptions connection;
};

class Children {
 public:
  static std::unique_ptr<Children> Create(const ChildrenOptions& options,
                                          const session::SessionNode& node, Executor& executor,
                                          session::Dispatcher& dispatcher);
  virtual ~Children() = default;

  // For the server's builder.
  virtual grpc::Service& service() = 0;

  // Takes no more children, says Bye to those there are, and waits until all streams are closed or
  // `deadline` has passed; then breaks what is left. Once, before the server's Shutdown.
  virtual void Stop(absl::Duration deadline) = 0;

  // Those connected now, and the last state of those that were.
  virtual std::vector<session::ConnectionState> states() const = 0;
  // What has gone wrong and what to do: clones, above all.
  virtual std::vector<std::string> alarms() const = 0;
};

}  // namespace tocsin::children
