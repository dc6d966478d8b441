// The identity's part of `tocsin init`.
#pragma once

#include <absl/status/status.h>
#include <absl/status/statusor.h>
#include <absl/time/time.h>

#include <optional>
#include <string>

#include "node/base/random.h"
#include "node/base/scope.h"
#include "node/identity/identity.h"

namespace tocsin::identity {

struct InitOptions {
  // The new node's folder; made if it is not there.
  std::string dir;
  // What people call the node: "Engine 201".
  std::string name;
  Jurisdiction jurisdiction;
  // The folder of the hub whose key issues the certificate; none makes a network, with this node as
  // its root. Offline: nothing is sent, and nothing in that folder changes.
  std::optional<std::string> issuer_dir = std::nullopt;
  // The node is a hub and may issue for those below it.
  bool may_issue = false;
  absl::Time now;
};

// Makes an identity and writes it to <dir>/identity; store and configuration are made by others.
// ALREADY_EXISTS if there is one; FAILED_PRECONDITION if the clock cannot be right; NOT_FOUND if
// the issuer's folder has no identity; PERMISSION_DENIED if the issuer may not issue this.
absl::StatusOr<Identity> Init(const InitOptions& options, Random& random);

}  // namespace tocsin::identity
