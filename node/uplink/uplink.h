// The uplink: keeps one connection to the node above, over gRPC. It dials, and dials again with
// full jitter when the stream ends; the session inside decides what is sent. Thread-safe. Owned by
// the daemon; destroyed before the log and the executor.
#pragma once

#include <absl/time/time.h>

#include <memory>
#include <string>
#include <vector>

#include "node/base/executor.h"
#include "node/session/connection.h"
#include "node/session/dispatcher.h"

namespace tocsin::uplink {

struct UplinkOptions {
  // host:port of the node above; several are tried in turn. At least one.
  std::vector<std::string> addresses;
  // Wait before dialling again: uniform between zero and min(max, min * 2^attempts).
  absl::Duration backoff_min = absl::Milliseconds(500);
  absl::Duration backoff_max = absl::Seconds(60);
  absl::Duration keepalive_time = absl::Seconds(30);
  absl::Duration keepalive_timeout = absl::Seconds(10);
  session::ConnectionOptions connection;
};

struct UplinkState {
  std::string address;
  // Of the connection now or last.
  session::ConnectionState connection;
  uint64_t attempts = 0;
  std::string last_error;
  // The hub above took this machine for the copy of one that runs, and has not let it in since.
  bool is_copy = false;
};

class Uplink {
 public:
  static std::unique_ptr<Uplink> Create(const UplinkOptions& options,
                                        const session::SessionNode& node, Executor& executor,
                                        session::Dispatcher& dispatcher);
  virtual ~Uplink() = default;

  virtual void Start() = 0;
  // Says Bye and dials no more. Blocks until the stream is closed, or `deadline` has passed and it
  // was cancelled. Once.
  virtual void Stop(absl::Duration deadline) = 0;
  virtual UplinkState state() const = 0;
};

}  // namespace tocsin::uplink
