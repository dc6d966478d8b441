#include "node/identity/trust_store.h"

#include <absl/memory/memory.h>
#include <absl/strings/str_cat.h>

#include <algorithm>

#include "node/base/status.h"

namespace tocsin::identity {

TrustStore::TrustStore(const Certificate& root, size_t limit)
    : root_(root), network_id_(NetworkIdOf(root)), limit_(limit) {
  held_.emplace(root.id(), Held{root, root.id()});
  issuers_[root.key_id()].push_back(root);
}

absl::StatusOr<std::unique_ptr<TrustStore>> TrustStore::Create(const Certificate& root,
                                                               size_t limit) {
  TOCSIN_RETURN_IF_ERROR(root.VerifyRoot());
  return absl::WrapUnique(new TrustStore(root, limit));
}

absl::StatusOr<CertId> TrustStore::FindIssuer(const Certificate& certificate) const {
  std::vector<Certificate> candidates;
  {
    absl::ReaderMutexLock lock(&mutex_);
    auto found = issuers_.find(certificate.issuer_key_id());
    if (found != issuers_.end()) candidates = found->second;
  }
  absl::Status refusal = absl::FailedPreconditionError(absl::StrCat(
      "issuer not held yet: the certificate of ", certificate.Describe(), " was issued by '",
      certificate.issuer_name(), "', whose certificate has to come before it"));
  for (const Certificate& issuer : candidates) {
    refusal = certificate.VerifyIssuedBy(issuer);
    if (refusal.ok()) return issuer.id();
  }
  return refusal;
}

absl::Status TrustStore::Add(const Certificate& certificate) {
  if (Find(certificate.id())) return absl::OkStatus();
  // The signature is checked outside the lock: nothing is ever removed, so what was found stays.
  TOCSIN_ASSIGN_OR_RETURN(CertId issuer, FindIssuer(certificate));
  absl::MutexLock lock(&mutex_);
  if (held_.contains(certificate.id())) return absl::OkStatus();
  if (held_.size() >= limit_) {
    return absl::ResourceExhaustedError(absl::StrCat(
        "this node knows ", limit_, " certificates, the most it takes; the certificate of ",
        certificate.Describe(), " is refused: look for a hub that issues without end"));
  }
  held_.emplace(certificate.id(), Held{certificate, issuer});
  if (certificate.may_issue()) issuers_[certificate.key_id()].push_back(certificate);
  return absl::OkStatus();
}

absl::StatusOr<Certificate> TrustStore::AddDer(absl::string_view der) {
  if (der.size() <= Certificate::kMaxBytes) {
    std::optional<Certificate> held = Find(IdOf(der));
    if (held) return *held;
  }
  TOCSIN_ASSIGN_OR_RETURN(Certificate certificate, Certificate::Parse(der));
  TOCSIN_RETURN_IF_ERROR(Add(certificate));
  return certificate;
}

std::optional<Certificate> TrustStore::Find(const CertId& id) const {
  absl::ReaderMutexLock lock(&mutex_);
  auto found = held_.find(id);
  if (found == held_.end()) return std::nullopt;
  return found->second.certificate;
}

absl::StatusOr<std::vector<Certificate>> TrustStore::Chain(const CertId& id) const {
  std::vector<Certificate> chain;
  absl::ReaderMutexLock lock(&mutex_);
  auto next = held_.find(id);
  if (next == held_.end()) {
    return absl::NotFoundError(
        absl::StrCat("no certificate ", id.ToHex(), " is known here; its node has to send it"));
  }
  // Ends: every issuer's jurisdiction is strictly above.
  while (true) {
    chain.push_back(next->second.certificate);
    if (next->second.issuer == next->first) break;
    next = held_.find(next->second.issuer);
  }
  std::reverse(chain.begin(), chain.end());
  return chain;
}

absl::Status TrustStore::CheckDates(const CertId& id, absl::Time at) const {
  TOCSIN_ASSIGN_OR_RETURN(std::vector<Certificate> chain, Chain(id));
  for (const Certificate& certificate : chain) {
    TOCSIN_RETURN_IF_ERROR(certificate.CheckDates(at));
  }
  return absl::OkStatus();
}

size_t TrustStore::size() const {
  absl::ReaderMutexLock lock(&mutex_);
  return held_.size();
}

}  // namespace tocsin::identity
