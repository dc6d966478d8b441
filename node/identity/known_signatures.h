// Signatures that are known to be good, for a program in which one thread is many nodes: the
// simulator, where each would check again what the one beside it has signed or checked.
#pragma once

#include <absl/container/flat_hash_set.h>
#include <absl/strings/string_view.h>

#include "node/base/ids.h"
#include "node/identity/private_key.h"

namespace tocsin::identity {

// While it lives, what this thread signs, and what it finds to be signed, is not checked a second
// time on this thread. What is answered is the same: of one key, one message and one signature
// there is one truth. Not thread-safe; one at a time on a thread.
class KnownSignatures {
 public:
  KnownSignatures();
  ~KnownSignatures();
  KnownSignatures(const KnownSignatures&) = delete;
  KnownSignatures& operator=(const KnownSignatures&) = delete;

  // This thread's, or null. For the sources of this folder.
  static KnownSignatures* OfThread();

  bool Has(const PublicKey& key, absl::string_view bytes, const Signature& signature) const;
  void Add(const PublicKey& key, absl::string_view bytes, const Signature& signature);

 private:
  absl::flat_hash_set<Digest> known_;
};

}  // namespace tocsin::identity
