// What a node is: its certificate, the line of certificates up to the root, and its key.
#pragma once

#include <absl/status/status.h>
#include <absl/status/statusor.h>
#include <absl/strings/string_view.h>
#include <absl/time/time.h>

#include <memory>
#include <string>
#include <vector>

#include "node/base/ids.h"
#include "node/base/random.h"
#include "node/base/scope.h"
#include "node/identity/certificate.h"
#include "node/identity/private_key.h"
#include "node/identity/trust_store.h"

namespace tocsin::identity {

// What whoever makes an identity decides.
struct NodeSpec {
  std::string name;
  Jurisdiction jurisdiction;
  // True for a hub. A root always may.
  bool may_issue = false;
  absl::Time now;
  // How long sessions are let in by this certificate; zero means 30 years for a root, 10 for a
  // child. A child's never outlasts its issuer's.
  absl::Duration validity = absl::ZeroDuration();
  // A renewal begins later than what it takes the place of.
  absl::Time begins_after = absl::InfinitePast();
};

// A key that a renewal took the place of. It opens no session and no lane; what it wrote and has
// not sent it still seals.
struct FormerKey {
  // Root first, its own certificate last.
  std::vector<Certificate> chain;
  // Null if it was lost: what it left unsealed nobody can seal.
  std::shared_ptr<const PrivateKey> key;

  const Certificate& certificate() const { return chain.back(); }
};

// One node's identity. Made by `tocsin init`, loaded at every start from <dir>/identity/key.pem
// (mode 0600) and chain.pem (this node's certificate first, the root last); those that a renewal
// took the place of lie in former/<16 digits of the certificate's id>/, the same two files.
// Immutable, thread-safe, cheap to copy.
class Identity {
 public:
  // Makes a network. INVALID_ARGUMENT unless the jurisdiction has one part.
  static absl::StatusOr<Identity> NewRoot(const NodeSpec& spec, Random& random);
  // A child of this one, with a key of its own. PERMISSION_DENIED if this one may not issue, or not
  // for that jurisdiction.
  absl::StatusOr<Identity> NewChild(const NodeSpec& spec, Random& random) const;

  // NOT_FOUND if `dir` has no identity; PERMISSION_DENIED if others may read the key;
  // INVALID_ARGUMENT if the files do not belong together.
  static absl::StatusOr<Identity> Load(const std::string& dir);
  // Writes <dir>/identity, wholly or not at all, and makes `dir` if need be. ALREADY_EXISTS if
  // there is one: an identity is never overwritten.
  absl::Status Save(const std::string& dir) const;
  // The same in place of what is in <dir>/identity, wholly or not at all. What was there must be
  // among former(), or is lost.
  absl::Status Replace(const std::string& dir) const;

  // What a renewal of the identity in `dir` has to keep: its own key and certificate first, then
  // those before it. A key that is missing is left out; certificates may not be. NOT_FOUND if there
  // are none.
  static absl::StatusOr<std::vector<FormerKey>> LoadForRenewal(const std::string& dir);
  // This one, in place of `former`. PERMISSION_DENIED if one of them is of another network or
  // jurisdiction.
  absl::StatusOr<Identity> InPlaceOf(std::vector<FormerKey> former) const;

  const Certificate& certificate() const { return parts_->chain.back(); }
  const CertId& id() const { return certificate().id(); }
  const std::string& name() const { return certificate().name(); }
  const Jurisdiction& jurisdiction() const { return certificate().jurisdiction(); }
  const NetworkId& network_id() const { return parts_->network_id; }
  const Certificate& root() const { return parts_->chain.front(); }
  // Root first, this node last.
  const std::vector<Certificate>& chain() const { return parts_->chain; }
  const PrivateKey& key() const { return parts_->key; }
  // Latest first.
  const std::vector<FormerKey>& former() const { return parts_->former; }
  // Is it this node's certificate, or was it?
  bool IsOwn(const CertId& certificate) const;
  // The key of one of this node's certificates; null for another's, and for one that was lost.
  const PrivateKey* KeyOf(const CertId& certificate) const;

  // The signature by this node's key for this network.
  Signature Sign(Use use, absl::string_view message) const {
    return parts_->key.Sign(use, parts_->network_id, message);
  }

  // A store pinned to this node's root that knows this node's chain.
  std::unique_ptr<TrustStore> NewTrustStore() const;

 private:
  struct Parts {
    PrivateKey key;
    std::vector<Certificate> chain;
    NetworkId network_id;
    std::vector<FormerKey> former;
  };

  // Checks that the chain leads from a root down to `key`.
  static absl::StatusOr<Identity> Assemble(PrivateKey key, std::vector<Certificate> chain);
  // <folder> with what this is in it, for the two above.
  absl::Status WriteFiles(const std::string& folder) const;
  explicit Identity(std::shared_ptr<const Parts> parts) : parts_(std::move(parts)) {}

  std::shared_ptr<const Parts> parts_;
};

}  // namespace tocsin::identity
