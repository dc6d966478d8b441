// Node certificates: who may write what (docs/adr/0001-node-certificates.md).
#pragma once

#include <absl/status/status.h>
#include <absl/status/statusor.h>
#include <absl/strings/string_view.h>
#include <absl/time/time.h>

#include <memory>
#include <string>

#include "node/base/ids.h"
#include "node/base/scope.h"
#include "node/identity/private_key.h"
#include "node/identity/signing.h"

namespace tocsin::identity {

// The first 20 bytes of SHA-256 of a public key: what a certificate calls its own key and its
// issuer's (RFC 7093, method 1). A hint for finding the issuer, proof of nothing.
using KeyId = FixedBytes<struct KeyIdTag, 20>;
KeyId KeyIdOf(const PublicKey& key);

// What a certificate of these bytes is called: their SHA-256.
CertId IdOf(absl::string_view der);

// A node's certificate as it travels: parsed, within the profile, its own promises not yet checked
// against an issuer (TrustStore does that). Births name it by id(); it arrives ahead of them.
// Immutable, thread-safe, cheap to copy.
class Certificate {
 public:
  static constexpr size_t kMaxBytes = 4096;
  static constexpr size_t kMaxNameBytes = 64;

  // INVALID_ARGUMENT for whatever is not exactly a certificate of the profile: X.509 v3 in DER,
  // Ed25519, one common name, one address `tocsin:///<jurisdiction>`, no unknown critical part.
  // Safe on bytes from anybody.
  static absl::StatusOr<Certificate> Parse(absl::string_view der);

  // IdOf(der()).
  const CertId& id() const;
  absl::string_view der() const;
  const std::string& name() const;
  const Jurisdiction& jurisdiction() const;
  // True for hubs: this key may sign certificates of jurisdictions strictly below its own.
  bool may_issue() const;
  // These dates bind sessions, never seals: what was signed stays signed.
  absl::Time not_before() const;
  absl::Time not_after() const;
  const PublicKey& public_key() const;
  const KeyId& key_id() const;
  const KeyId& issuer_key_id() const;
  const std::string& issuer_name() const;
  // "e201 (city/kings/e201)", for people.
  std::string Describe() const;

  // OK if `issuer` may have issued this and its key did. PERMISSION_DENIED if the issuer may not
  // (a station; a jurisdiction that is not strictly below its own); UNAUTHENTICATED if the name,
  // the key or the signature is not the issuer's.
  absl::Status VerifyIssuedBy(const Certificate& issuer) const;
  // OK if this can be the root of a network: signed by itself, may issue, jurisdiction of one part.
  absl::Status VerifyRoot() const;
  // UNAUTHENTICATED unless this certificate's key signed `message` for this use in this network.
  // About 85 us.
  absl::Status Verify(Use use, const NetworkId& network, absl::string_view message,
                      const Signature& signature) const;
  // FAILED_PRECONDITION if `at` is before or after the certificate's dates. For sessions only.
  absl::Status CheckDates(absl::Time at) const;

  friend bool operator==(const Certificate& a, const Certificate& b) { return a.id() == b.id(); }

 private:
  struct Parts;
  static absl::StatusOr<Certificate> ParseAnew(absl::string_view der);
  explicit Certificate(std::shared_ptr<const Parts> parts) : parts_(std::move(parts)) {}
  absl::Status VerifySignedBy(const Certificate& issuer) const;

  std::shared_ptr<const Parts> parts_;
};

// Of two certificates of one jurisdiction, is `a` the later one? Later begun, and where they begin
// together the one of the higher id.
bool IsNewer(const Certificate& a, const Certificate& b);

// Which network this root makes.
NetworkId NetworkIdOf(const Certificate& root);

// INVALID_ARGUMENT unless `name` can stand in a certificate: 1 to 64 bytes of UTF-8 that print,
// not beginning or ending in a space.
absl::Status CheckNodeName(absl::string_view name);

// The first 100 bits of a certificate's id to read out and compare: "7K3M 9QXW 2F4D 0PZA 61TB".
std::string SpokenFingerprint(const CertId& id);

}  // namespace tocsin::identity
