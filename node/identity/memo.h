// What is known of certificates and signatures already, for a program in which one thread is many
// nodes: the simulator, where each would find out again what the one beside it has found out.
#pragma once

#include <absl/container/flat_hash_map.h>
#include <absl/container/flat_hash_set.h>
#include <absl/strings/string_view.h>

#include <optional>

#include "node/base/ids.h"
#include "node/identity/certificate.h"
#include "node/identity/private_key.h"

namespace tocsin::identity {

// While it lives, a certificate that this thread has parsed is not parsed a second time, and what
// it has signed, or found to be signed, is not checked again. What is answered is the same: of one
// key, one message and one signature there is one truth, and of one certificate one meaning.
// One may live inside another's life; it answers for what is known to either. Not thread-safe.
//
// A simulation can have signatures simulated as well (15 % of its time goes into the curve
// otherwise): Sign gives 64 bytes that hang on key and message, and nothing that was not signed so
// on this thread, or is truly signed, is taken for signed.
class Memo {
 public:
  enum class Signatures { kReal, kSimulated };

  // Signs as the one around it; really, if there is none.
  Memo();
  explicit Memo(Signatures signatures);
  ~Memo();
  Memo(const Memo&) = delete;
  Memo& operator=(const Memo&) = delete;

  // This thread's innermost, or null. For the sources of this folder.
  static Memo* OfThread();

  bool HasSignature(const PublicKey& key, absl::string_view bytes,
                    const Signature& signature) const;
  void AddSignature(const PublicKey& key, absl::string_view bytes, const Signature& signature);

  bool simulates_signatures() const { return signing_ == Signatures::kSimulated; }
  static Signature Simulate(const PublicKey& key, absl::string_view bytes);

  std::optional<Certificate> FindCertificate(const CertId& id) const;
  void AddCertificate(const Certificate& certificate);

 private:
  Memo* const outer_;
  const Signatures signing_;
  absl::flat_hash_set<Digest> signatures_;
  absl::flat_hash_map<CertId, Certificate> certificates_;
};

}  // namespace tocsin::identity
