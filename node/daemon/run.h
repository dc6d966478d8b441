// The frame of a daemon's main: arguments, configuration, start, the wait for a signal, the stop
// within its grace. Stations and hubs share it; a hub adds what having children needs.
#pragma once

#include <absl/status/status.h>
#include <absl/time/time.h>

#include <memory>
#include <string>

#include "node/config/options.h"
#include "node/daemon/node_parts.h"
#include "tocsin/v1/api.pb.h"

namespace tocsin::daemon {

// What a kind of daemon adds to a node. Called from main's thread, but FillStatus from any.
class Extension {
 public:
  virtual ~Extension() = default;
  // After the node's parts are open, before its API serves.
  virtual absl::Status Start(NodeParts& parts) = 0;
  // Before the API stops.
  virtual void Stop(absl::Duration deadline) = 0;
  // Links and alarms of its own.
  virtual void FillStatus(v1::NodeStatus& status) const = 0;
  // For the ready line: " children=127.0.0.1:7421".
  virtual std::string ReadyWords() const = 0;
};

// Runs until SIGTERM or SIGINT, or until the disk fails. Prints one line on standard output once it
// serves: "ready api=HOST:PORT ...". Exit codes: 0 stopped in order, 2 bad usage or configuration,
// 3 the folder or the disk refuses.
int RunDaemon(int argc, char** argv, config::Role role, std::unique_ptr<Extension> extension);

}  // namespace tocsin::daemon
