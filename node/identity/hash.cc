// OpenSSL would rather have everybody go by EVP, and marks these calls as deprecated. But EVP's
// bookkeeping costs as much as hashing a short input, every change is hashed on its own at every
// hop, and what runs underneath is the same.
#define OPENSSL_API_COMPAT 10101
#include "node/identity/hash.h"

#include <openssl/sha.h>

#include <new>

#include "node/base/status.h"

namespace tocsin::identity {
namespace {

SHA256_CTX* StateIn(void* bytes) { return std::launder(static_cast<SHA256_CTX*>(bytes)); }

}  // namespace

Hasher::Hasher() {
  static_assert(sizeof(SHA256_CTX) == sizeof state_ && alignof(SHA256_CTX) <= alignof(Hasher));
  TOCSIN_CHECK(SHA256_Init(new (state_) SHA256_CTX) == 1);
}

Hasher& Hasher::Update(absl::string_view bytes) {
  TOCSIN_CHECK(SHA256_Update(StateIn(state_), bytes.data(), bytes.size()) == 1);
  return *this;
}

Digest Hasher::Finish() {
  Digest digest;
  TOCSIN_CHECK(SHA256_Final(digest.data(), StateIn(state_)) == 1);
  TOCSIN_CHECK(SHA256_Init(StateIn(state_)) == 1);
  return digest;
}

Digest Sha256(absl::string_view bytes) { return Hasher().Update(bytes).Finish(); }

}  // namespace tocsin::identity
