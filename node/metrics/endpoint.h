// Where Prometheus reads a node's figures: GET /metrics, on this machine alone. Stands beside the
// API and asks the same snapshot.
#pragma once

#include <absl/functional/any_invocable.h>
#include <absl/status/statusor.h>

#include <memory>
#include <string>

#include "tocsin/v1/api.pb.h"

namespace tocsin::metrics {

// Called on a thread of the endpoint's, by one reader or two at once; must not block for long.
using Source = absl::AnyInvocable<absl::StatusOr<v1::NodeStatus>() const>;

// Thread-safe. Owned by the daemon; goes before what its source reads. Has a thread that listens
// and two that answer; a reader that is silent for two seconds is dropped.
class Endpoint {
 public:
  // Listens at "127.0.0.1:9464"; port 0 takes any. INVALID_ARGUMENT for an address that is not of
  // this machine alone, UNAVAILABLE when it is taken.
  static absl::StatusOr<std::unique_ptr<Endpoint>> Start(const std::string& address, Source source);
  // Answers what is under way and stops.
  virtual ~Endpoint() = default;

  virtual int port() const = 0;
};

}  // namespace tocsin::metrics
