// The server of a node: the Records, Conflicts and Node services with reflection and health, and
// what others register (a hub's link for its children). Stands between callers on this machine and
// intake, view and log.
#pragma once

#include <absl/status/status.h>
#include <absl/status/statusor.h>
#include <absl/time/time.h>

#include <memory>
#include <string>
#include <vector>

#include "node/api/node_status.h"
#include "node/api/watches.h"
#include "node/base/clock.h"
#include "node/base/executor.h"
#include "node/identity/identity.h"
#include "node/identity/trust_store.h"
#include "node/intake/intake.h"
#include "node/log/log.h"
#include "node/view/view.h"

namespace grpc {
class Service;
}

namespace tocsin::api {

struct ServerOptions {
  // "127.0.0.1:7410"; port 0 takes any. Addresses beyond this machine are refused: there is neither
  // TLS nor identity on this door yet.
  std::string address = "127.0.0.1:0";
  // Shown in the status.
  std::string version = {};
  uint32_t min_cell = 10;
  // Reads that wait or run at once; beyond it UNAVAILABLE.
  size_t reads_max = 1000;
  WatchOptions watches = {};
  // How long a conflict is the turn of one jurisdiction (conflicts/turn.h).
  absl::Duration conflict_patience = absl::Minutes(15);
};

// What a message may take, both ways.
inline constexpr size_t kMessageBytesMax = 4 << 20;
inline constexpr size_t kPageMax = 1000;

// What the services stand on. All of it outlives the server.
struct Backend {
  const identity::Identity& identity;
  const identity::TrustStore& trust;
  log::Log& log;
  view::View& view;
  intake::Intake& intake;
  Clock& clock;
  // With at least two threads: calls wait for it, and it ends those that a stop leaves open.
  Executor& executor;
  // Null: no links, no alarms but those of the log.
  const StatusSource* status = nullptr;
};

// Thread-safe. Owned by the daemon. gRPC's threads only copy and enqueue: what reads the disk runs
// on the executor.
class Server {
 public:
  // Listens at once; calls wait until what the log had is in the view, and until then the health
  // service says NOT_SERVING. The extra services outlive the server. UNAVAILABLE when the address
  // is taken, INVALID_ARGUMENT when it is not of this machine.
  static absl::StatusOr<std::unique_ptr<Server>> Start(const Backend& backend,
                                                       const ServerOptions& options,
                                                       std::vector<grpc::Service*> extra = {});
  // Stops, with a deadline of 5 s, if that was not done.
  virtual ~Server() = default;

  virtual int port() const = 0;
  // What GetStatus answers now, without waiting for what has just come. Reads memory and a few keys
  // of the view.
  virtual absl::StatusOr<v1::NodeStatus> Status() const = 0;
  // What the health service says. It says NOT_SERVING of itself once a write fails with DATA_LOSS.
  virtual void SetServing(bool serving) = 0;
  // Takes no more calls, ends the watches, lets other calls end, and breaks off what is left of
  // them when about half of `deadline` is over. Blocks; returns within the deadline. Once.
  virtual void Stop(absl::Duration deadline) = 0;
};

}  // namespace tocsin::api
