#include "node/log/known_entries.h"

#include "node/identity/hash.h"

namespace tocsin::log {

void KnownEntries::Add(absl::string_view entry) {
  const Digest digest = identity::Sha256(entry);
  absl::MutexLock lock(&mutex_);
  if (!known_.insert(digest).second) return;
  oldest_first_.push_back(digest);
  if (oldest_first_.size() <= kMax) return;
  known_.erase(oldest_first_.front());
  oldest_first_.pop_front();
}

bool KnownEntries::Has(absl::string_view entry) const {
  const Digest digest = identity::Sha256(entry);
  absl::MutexLock lock(&mutex_);
  return known_.contains(digest);
}

size_t KnownEntries::size() const {
  absl::MutexLock lock(&mutex_);
  return known_.size();
}

}  // namespace tocsin::log
