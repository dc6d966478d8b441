// What is held, in memory: lanes by scope, and the newest receipts' numbers. Readers see what was
// published after the last fsync; the append strand alone publishes.
#pragma once

#include <absl/base/thread_annotations.h>
#include <absl/container/flat_hash_map.h>
#include <absl/synchronization/mutex.h>

#include <cstddef>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "node/base/ids.h"
#include "node/base/scope.h"
#include "node/log/lane.h"
#include "node/log/log.h"
#include "node/log/spans.h"

namespace tocsin::log {

// One lane as it was published. Immutable once it is in the table.
struct LaneRecord {
  LaneId id;
  Scope scope;
  Precedence precedence;
  // Null for a lane that only a later birth names.
  std::shared_ptr<const Birth> birth;
  Spans spans;
  // The furthest head of it that a birth of the same author, scope and precedence names.
  std::optional<LaneHead> named_head;
};
using LaneRecordPtr = std::shared_ptr<const LaneRecord>;

// Is `naming` a birth that may say where `record` stood?
bool MayName(const Birth& naming, const LaneRecord& record);
// Of two heads of one lane, the one that counts. The same whichever comes first.
LaneHead FurtherHead(const LaneHead& a, const LaneHead& b);
LaneState ToState(const LaneRecord& record, size_t branches_max);

// Thread-safe. Owned by the log. Memory: about 400 bytes a lane.
class LaneTable {
 public:
  explicit LaneTable(size_t branches_max) : branches_max_(branches_max) {}

  // A number of 0: that holder's receipt counts no more.
  struct ReceiptUpdate {
    Scope scope;
    ReceiptNumber receipt;
  };
  // Called by the append strand, after the fsync. A record may have moved to another scope.
  void Publish(const std::vector<LaneRecordPtr>& records,
               const std::vector<ReceiptUpdate>& receipts);

  LaneRecordPtr Find(const LaneId& lane) const;
  // Records of one scope, in rising order of id.
  std::vector<LaneRecordPtr> RecordsOf(const Scope& scope) const;
  std::vector<LaneRecordPtr> Records() const;
  size_t lanes() const;

  std::vector<std::shared_ptr<const ScopeState>> ScopesFor(const Jurisdiction& reader) const;
  std::shared_ptr<const ScopeState> ScopeOf(const Scope& scope) const;
  std::shared_ptr<const std::vector<LaneState>> Lanes() const;
  // 0 if none is held.
  uint64_t ReceiptNumberOf(const Scope& scope, const CertId& holder) const;
  // The newest of each holder.
  std::vector<ReceiptNumber> ReceiptsOf(const Scope& scope) const;
  // Of each holder, own included, the highest over all scopes.
  std::vector<ReceiptUpdate> HighestReceipts() const;

 private:
  struct Slot {
    Scope scope;
    std::set<LaneId> lanes;
    std::map<CertId, uint64_t> receipts;
    // Made when asked for; null after a change.
    std::shared_ptr<const ScopeState> state;
  };

  Slot& SlotOf(const Scope& scope) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  std::shared_ptr<const ScopeState> StateOf(Slot& slot) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const size_t branches_max_;
  mutable absl::Mutex mutex_;
  absl::flat_hash_map<LaneId, LaneRecordPtr> lanes_ ABSL_GUARDED_BY(mutex_);
  // By the scope's text, in which a subtree is one range.
  mutable std::map<std::string, Slot> slots_ ABSL_GUARDED_BY(mutex_);
  std::map<CertId, ReceiptUpdate> highest_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace tocsin::log
