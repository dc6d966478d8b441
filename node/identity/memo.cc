#include "node/identity/memo.h"

#include <algorithm>

#include "node/base/status.h"
#include "node/identity/hash.h"

namespace tocsin::identity {
namespace {

thread_local Memo* t_innermost = nullptr;

// Key and signature are of one length: together with the bytes they are told apart.
Digest NameOf(const PublicKey& key, absl::string_view bytes, const Signature& signature) {
  return Hasher().Update(key.view()).Update(signature.view()).Update(bytes).Finish();
}

}  // namespace

Memo::Memo() : Memo(t_innermost != nullptr ? t_innermost->signing_ : Signatures::kReal) {}

Memo::Memo(Signatures signatures) : outer_(t_innermost), signing_(signatures) {
  t_innermost = this;
}

Memo::~Memo() {
  TOCSIN_CHECK(t_innermost == this);
  t_innermost = outer_;
}

Memo* Memo::OfThread() { return t_innermost; }

bool Memo::HasSignature(const PublicKey& key, absl::string_view bytes,
                        const Signature& signature) const {
  const Digest name = NameOf(key, bytes, signature);
  for (const Memo* memo = this; memo != nullptr; memo = memo->outer_) {
    if (memo->signatures_.contains(name)) return true;
  }
  return false;
}

void Memo::AddSignature(const PublicKey& key, absl::string_view bytes, const Signature& signature) {
  signatures_.insert(NameOf(key, bytes, signature));
}

Signature Memo::Simulate(const PublicKey& key, absl::string_view bytes) {
  static_assert(Signature::kSize == 2 * Digest::kSize);
  const Digest first = Hasher().Update(key.view()).Update(bytes).Finish();
  const Digest second = Sha256(first.view());
  Signature signature;
  std::copy_n(first.data(), Digest::kSize, signature.data());
  std::copy_n(second.data(), Digest::kSize, signature.data() + Digest::kSize);
  return signature;
}

std::optional<Certificate> Memo::FindCertificate(const CertId& id) const {
  for (const Memo* memo = this; memo != nullptr; memo = memo->outer_) {
    auto found = memo->certificates_.find(id);
    if (found != memo->certificates_.end()) return found->second;
  }
  return std::nullopt;
}

void Memo::AddCertificate(const Certificate& certificate) {
  certificates_.emplace(certificate.id(), certificate);
}

}  // namespace tocsin::identity
