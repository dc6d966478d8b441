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

// A new key and certificate for the node whose folder this is: the one that it has is kept among
// Identity::former(), so that what it wrote and has not sent is still sealed by it. Of `options`,
// `name` may be empty: as before. FAILED_PRECONDITION for the root of a network, which nobody can
// renew; PERMISSION_DENIED for a jurisdiction other than the one it has; NOT_FOUND if it has none,
// neither key nor certificates; the others as Init.
absl::StatusOr<Identity> Renew(const InitOptions& options, Random& random);
// The certificate that Renew would take the place of.
absl::StatusOr<Certificate> CertificateToRenew(const std::string& dir);

}  // namespace tocsin::identity
