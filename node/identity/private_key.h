// A node's own key.
#pragma once

#include <absl/status/status.h>
#include <absl/status/statusor.h>
#include <absl/strings/string_view.h>

#include <memory>
#include <string>

#include "node/base/ids.h"
#include "node/base/random.h"
#include "node/identity/signing.h"

struct evp_pkey_st;

namespace tocsin::identity {

// An Ed25519 public key, as RFC 8032 writes it.
using PublicKey = FixedBytes<struct PublicKeyTag, 32>;

// An Ed25519 private key. It never leaves this class but to its file.
// Immutable, thread-safe, cheap to copy. Signing takes about 35 us.
class PrivateKey {
 public:
  static PrivateKey Generate(Random& random);

  // Reads a PEM (PKCS #8) file. PERMISSION_DENIED if others than its owner may read or write it, or
  // if it belongs to another account; NOT_FOUND; INVALID_ARGUMENT if it holds no Ed25519 key.
  static absl::StatusOr<PrivateKey> Load(const std::string& path);

  // Writes a PEM file of mode 0600: whole and on disk when this returns OK, absent otherwise.
  // ALREADY_EXISTS if there is a file of that name: a key is never overwritten.
  absl::Status Save(const std::string& path) const;

  const PublicKey& public_key() const { return public_key_; }

  // The signature over SignedBytes(use, network, message).
  Signature Sign(Use use, const NetworkId& network, absl::string_view message) const;

  // OpenSSL's object, for the sources of this folder; lives as long as this key.
  evp_pkey_st* handle() const { return key_.get(); }

 private:
  explicit PrivateKey(std::shared_ptr<evp_pkey_st> key);

  std::shared_ptr<evp_pkey_st> key_;
  PublicKey public_key_;
};

}  // namespace tocsin::identity
