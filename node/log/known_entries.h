// Entries whose bytes this process has checked already.
#pragma once

#include <absl/base/thread_annotations.h>
#include <absl/container/flat_hash_set.h>
#include <absl/strings/string_view.h>
#include <absl/synchronization/mutex.h>

#include <cstddef>
#include <deque>

#include "node/base/ids.h"

namespace tocsin::log {

// A hub sends on what it has just held, and to many: to unpack, parse and hash every block again
// each time would be a third of its work. What it checked once it knows by the hash of the stored
// bytes; bytes that the disk has changed since have another hash and are strangers. Nothing is ever
// taken back, for what was true of some bytes stays true of them.
// Thread-safe. Remembers the last kMax (some 1.5 MiB) and takes no note of what leaves.
class KnownEntries {
 public:
  static constexpr size_t kMax = 16'384;

  // REQUIRES: these bytes, as an entry is stored, unpack and give the steps that they name.
  void Add(absl::string_view entry);
  bool Has(absl::string_view entry) const;
  size_t size() const;

 private:
  mutable absl::Mutex mutex_;
  absl::flat_hash_set<Digest> known_ ABSL_GUARDED_BY(mutex_);
  std::deque<Digest> oldest_first_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace tocsin::log
