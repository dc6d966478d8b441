// Making certificates: by a network's root for itself, and by a hub for those below it.
#pragma once

#include <absl/status/status.h>
#include <absl/status/statusor.h>
#include <absl/strings/string_view.h>
#include <absl/time/time.h>

#include <string>

#include "node/base/random.h"
#include "node/base/scope.h"
#include "node/identity/certificate.h"
#include "node/identity/private_key.h"

namespace tocsin::identity {

// What the jurisdiction's address in a certificate begins with.
inline constexpr absl::string_view kJurisdictionUri = "tocsin:///";

// What a certificate says of its subject.
struct Subject {
  std::string name;
  Jurisdiction jurisdiction;
  bool may_issue = false;
  PublicKey key;
  absl::Time not_before;
  absl::Time not_after;
};

// The rule of issuing, in one place: PERMISSION_DENIED unless the issuer may issue and
// `jurisdiction` lies strictly below its own.
absl::Status CheckMayIssue(const Certificate& issuer, const Jurisdiction& jurisdiction);

// A certificate for `subject`, signed by `issuer_key`. PERMISSION_DENIED as above;
// INVALID_ARGUMENT if the key is not the issuer's, or the name or the dates cannot stand.
absl::StatusOr<Certificate> Issue(const Subject& subject, const Certificate& issuer,
                                  const PrivateKey& issuer_key, Random& random);

// A root's certificate for itself; `subject.key` must be that of `key`.
absl::StatusOr<Certificate> IssueRoot(const Subject& subject, const PrivateKey& key,
                                      Random& random);

// Who a certificate says has issued it.
struct IssuerNames {
  std::string name;
  KeyId key_id;
};

// Writes and signs without asking whether it should: the step under Issue and IssueRoot, and what
// tests make forbidden certificates with.
absl::StatusOr<std::string> SignCertificateDer(const Subject& subject, const IssuerNames& issuer,
                                               const PrivateKey& signer, Random& random);

}  // namespace tocsin::identity
