#include "node/identity/known_signatures.h"

#include "node/base/status.h"
#include "node/identity/hash.h"

namespace tocsin::identity {
namespace {

thread_local KnownSignatures* t_known = nullptr;

// Key and signature are of one length: together with the bytes they are told apart.
Digest NameOf(const PublicKey& key, absl::string_view bytes, const Signature& signature) {
  return Hasher().Update(key.view()).Update(signature.view()).Update(bytes).Finish();
}

}  // namespace

KnownSignatures::KnownSignatures() {
  TOCSIN_CHECK(t_known == nullptr);
  t_known = this;
}

KnownSignatures::~KnownSignatures() { t_known = nullptr; }

KnownSignatures* KnownSignatures::OfThread() { return t_known; }

bool KnownSignatures::Has(const PublicKey& key, absl::string_view bytes,
                          const Signature& signature) const {
  return known_.contains(NameOf(key, bytes, signature));
}

void KnownSignatures::Add(const PublicKey& key, absl::string_view bytes,
                          const Signature& signature) {
  known_.insert(NameOf(key, bytes, signature));
}

}  // namespace tocsin::identity
