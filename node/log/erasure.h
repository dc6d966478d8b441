// Erasures: which texts are ordered gone. The one place of the log that looks into values.
#pragma once

#include <absl/base/thread_annotations.h>
#include <absl/container/flat_hash_map.h>
#include <absl/container/flat_hash_set.h>
#include <absl/synchronization/mutex.h>

#include <cstdint>
#include <utility>
#include <vector>

#include "node/base/ids.h"
#include "node/base/scope.h"
#include "node/log/change_view.h"

namespace tocsin::log {

// v1::Kind of an erasure.
inline constexpr uint32_t kErasureKind = 14;

// A text by the change that wrote it.
struct ErasedText {
  LaneId lane;
  uint64_t seq = 0;
  Dot dot;
  uint32_t field = 0;
  uint32_t element = 0;
};

// What an erasure orders gone: nothing unless this one change names texts and, as its ground,
// either retention or two posts. A pure function of the change.
std::vector<ErasedText> OrderedGone(const ChangeView& change);

// The erasures held, by what they erase. Thread-safe; the append strand alone adds. Owned by the
// log. Memory: about 60 bytes for each text erased.
class Erasures {
 public:
  bool Has(const Scope& scope, const Dot& dot, uint32_t field, uint32_t element) const;
  // Quick: false for almost every scope.
  bool AnyIn(const Scope& scope) const;
  void Add(const Scope& scope, const Dot& dot, uint32_t field, uint32_t element);
  size_t size() const;

 private:
  struct Name {
    Dot dot;
    uint32_t field;
    uint32_t element;
    friend bool operator==(const Name&, const Name&) = default;
    template <typename H>
    friend H AbslHashValue(H h, const Name& name) {
      return H::combine(std::move(h), name.dot, name.field, name.element);
    }
  };

  mutable absl::Mutex mutex_;
  absl::flat_hash_map<Scope, absl::flat_hash_set<Name>> by_scope_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace tocsin::log
