// Which certificates this node knows to be good.
#pragma once

#include <absl/base/thread_annotations.h>
#include <absl/container/flat_hash_map.h>
#include <absl/status/status.h>
#include <absl/status/statusor.h>
#include <absl/strings/string_view.h>
#include <absl/synchronization/mutex.h>
#include <absl/time/time.h>

#include <cstddef>
#include <memory>
#include <optional>
#include <vector>

#include "node/base/ids.h"
#include "node/identity/certificate.h"

namespace tocsin::identity {

// The certificates of one network that lead up to its root, which is pinned at creation. Sessions
// and the log's start add to it; whoever checks a seal asks it. What is in it was issued rightly; a
// certificate's dates are not looked at, because they bind sessions and never seals.
// Thread-safe. Owned by the daemon; holds at most `limit` certificates (some 3 KiB each).
class TrustStore {
 public:
  static constexpr size_t kDefaultLimit = 100'000;

  // PERMISSION_DENIED or UNAUTHENTICATED if `root` can be no root.
  static absl::StatusOr<std::unique_ptr<TrustStore>> Create(const Certificate& root,
                                                            size_t limit = kDefaultLimit);

  const Certificate& root() const { return root_; }
  const NetworkId& network_id() const { return network_id_; }

  // Adds a certificate whose issuer is held. OK if it is held already. FAILED_PRECONDITION "issuer
  // not held yet" means: add the issuer, then this one again. UNAUTHENTICATED or PERMISSION_DENIED
  // (see Certificate::VerifyIssuedBy) is final. RESOURCE_EXHAUSTED at the limit.
  absl::Status Add(const Certificate& certificate);
  // The same from the bytes that a peer sent; what is held is not parsed again.
  absl::StatusOr<Certificate> AddDer(absl::string_view der);

  std::optional<Certificate> Find(const CertId& id) const;
  // The certificate's line, root first and itself last. NOT_FOUND if it is not held.
  absl::StatusOr<std::vector<Certificate>> Chain(const CertId& id) const;
  // FAILED_PRECONDITION if one of the chain is not valid at `at`. For sessions only.
  absl::Status CheckDates(const CertId& id, absl::Time at) const;
  size_t size() const;

 private:
  struct Held {
    Certificate certificate;
    CertId issuer;  // its own id for the root
  };

  TrustStore(const Certificate& root, size_t limit);
  // The held certificate that issued this one.
  absl::StatusOr<CertId> FindIssuer(const Certificate& certificate) const;

  const Certificate root_;
  const NetworkId network_id_;
  const size_t limit_;
  mutable absl::Mutex mutex_;
  absl::flat_hash_map<CertId, Held> held_ ABSL_GUARDED_BY(mutex_);
  // Of those that may issue. Several certificates may name one key (a renewal).
  absl::flat_hash_map<KeyId, std::vector<Certificate>> issuers_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace tocsin::identity
