// The log: a node's truth. Intake and sessions append to it; the projector, senders and receipts
// read it; nothing else is durable. One strand writes; one fsync serves all who wait; then the ends
// of the queues are published.
#pragma once

#include <absl/functional/any_invocable.h>
#include <absl/status/status.h>
#include <absl/status/statusor.h>
#include <absl/time/time.h>

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "node/base/clock.h"
#include "node/base/executor.h"
#include "node/base/ids.h"
#include "node/base/random.h"
#include "node/base/scope.h"
#include "node/identity/identity.h"
#include "node/log/change.h"
#include "node/log/erasure.h"
#include "node/log/lane.h"
#include "node/log/receipt.h"
#include "node/store/store.h"

namespace tocsin::log {

class ChangeView;

// Numbers are on disk.
enum class Queue : uint8_t { kOwn = 1, kFlash = 2, kPriority = 3, kRoutine = 4 };
inline constexpr std::array<Queue, 4> kQueues = {Queue::kOwn, Queue::kFlash, Queue::kPriority,
                                                 Queue::kRoutine};

enum class Via : uint8_t { kOwn = 1, kChild = 2, kParent = 3, kRelay = 4, kStick = 5 };

// A write of this node's own before it has a place. The log gives stamp, salts and dot.
struct Draft {
  Scope scope;
  Precedence precedence;
  RecordKey key;
  uint32_t cap_status = 0;
  bool heard = false;
  std::vector<FieldOp> ops;
  std::vector<Restated> restated;
  std::string values;
  struct DraftText {
    uint32_t origin = 0;
    uint32_t field = 0;
    uint32_t element = 0;
    std::string bytes;
    // Of a restated text: its own.
    std::optional<Salt> salt;
    // Of a restated text whose bytes are gone: its hash, in their place.
    std::optional<Digest> hash;
  };
  std::vector<DraftText> texts;
};

// Where a draft landed.
struct Appended {
  LaneId lane;
  Seq seq;
  Dot dot;
  Stamp stamp;
  // The entry that has it, in queue kOwn.
  Arrival arrival;
};

// The last arrival number of each queue, durable. Index by Queue - 1.
struct Ends {
  std::array<Arrival, 4> end{};
  Arrival of(Queue queue) const { return end[static_cast<size_t>(queue) - 1]; }
};

// A range that has just become durable, undecoded: what senders need to know of it.
// Who brought a range.
struct Origin {
  Via via = Via::kOwn;
  // The jurisdiction of the peer that sent it; empty for kOwn.
  std::string peer;
  // Tells one session from another, which may be with a peer of the same jurisdiction. 0: none.
  uint64_t session = 0;
};

struct AppendedRange {
  Queue queue;
  Arrival arrival;
  LaneId lane;
  Scope scope;
  Precedence precedence;
  uint8_t branch = 0;
  Seq first;
  Seq last;
  Origin origin;
  // It was held before, without a text that it now has.
  bool repairs = false;
};

// A receipt, own or another's, that is newer than what was held before.
struct NewReceipt {
  std::string bytes;
  // kFlash if it says of a flash lane what the one before it did not; else kPriority.
  Precedence precedence = Precedence::kPriority;
};

// What one group made durable.
struct Published {
  Ends ends;
  std::vector<AppendedRange> ranges;
  std::vector<NewReceipt> receipts;
  // Of which something is to come again: the disk had damaged it, and it was given up; or a text is
  // still missing where an erasure explains another of the same change.
  std::vector<Scope> shrunk;
  // A receipt of this node's own was shown whose number is above all that this disk says.
  bool outdone = false;
};

// A range as it became durable here, decoded. A change may come in two entries: the second time it
// has a text that the first copy lacked.
struct Entry {
  Queue queue;
  Arrival arrival;
  LaneId lane;
  Scope scope;
  Precedence precedence;
  CertId author;
  absl::Time wall;         // corrected clock at arrival
  absl::Duration elapsed;  // of `process`
  ProcessId process;
  Via via;
  std::string peer;  // jurisdiction; empty for kOwn
  // Only the changes of the entry's own range.
  std::vector<PlacedChange> changes;
};

// What a hold did.
struct HoldResult {
  uint64_t changes_new = 0;
  uint64_t texts_repaired = 0;
  bool forked = false;
};

struct LogOptions {
  // Limits of one group commit.
  size_t group_changes_max = 32 * 1024;
  size_t group_bytes_max = 8 << 20;
  // What births of this process say.
  uint32_t schema_level = 1;
  // Runs of one lane that cover the same sequence; beyond it they are withheld from projection.
  size_t branches_max = 4;
  // May a change that a peer sent be held, by the network's schema? Asked on the executor, of each
  // change of a block, before the block is stored; INVALID_ARGUMENT says what is wrong with it.
  // `via` matters: a node takes from its parent what its own older program cannot read. Null takes
  // everything.
  std::function<absl::Status(const ChangeView& change, Via via)> check_change;
};

// How far the walk through all that is held has come, since this process began.
struct ScrubProgress {
  uint64_t entries = 0;
  uint64_t bytes = 0;
  // Entries, or pages of the index, that were damaged.
  uint64_t damaged = 0;
  // Walks that came to their end, and when the last one did, by the corrected clock.
  uint64_t rounds = 0;
  absl::Time last_round_end = absl::InfinitePast();
  uint64_t lanes_done = 0;
  uint64_t lanes_total = 0;
};

// The newest receipt held of one holder.
struct ReceiptNumber {
  CertId holder;
  uint64_t number = 0;
  friend bool operator==(const ReceiptNumber&, const ReceiptNumber&) = default;
};

// What is held of one scope, at one moment. Immutable.
struct ScopeState {
  Scope scope;
  // In rising order of id.
  std::vector<LaneState> lanes;
  // What a receipt would list, and its bytes: equal bytes, equal holdings (receipt.h).
  std::vector<ListedLane> listed;
  std::string listed_bytes;
  // In rising order of holder.
  std::vector<ReceiptNumber> receipts;
};

class Log {
 public:
  using AppendDone = absl::AnyInvocable<void(absl::StatusOr<std::vector<Appended>>)>;
  using HoldDone = absl::AnyInvocable<void(absl::StatusOr<HoldResult>)>;

  // Opens or creates the log in `store`. Everything outlives it. FAILED_PRECONDITION when the store
  // belongs to another network or node.
  static absl::StatusOr<std::unique_ptr<Log>> Open(store::Store& store,
                                                   const identity::Identity& identity,
                                                   identity::TrustStore& trust, Clock& clock,
                                                   Random& random, Executor& executor,
                                                   const LogOptions& options);
  virtual ~Log() = default;

  // -- Writing. Thread-safe. Done callbacks run on the append strand, after the fsync: they must
  // not block. After a failed fsync every call fails with the same DATA_LOSS, and so do waiters.

  // All drafts of one call become durable together, each in the lane of its scope and precedence.
  // PERMISSION_DENIED for a scope that this node may not write; INVALID_ARGUMENT over 32 KiB.
  virtual void Append(std::vector<Draft> drafts, AppendDone done) = 0;

  // A block from a peer: seal, chain, lane and envelope tags are verified on the executor, then
  // what is new is stored. INVALID_ARGUMENT for bad bytes or a bad seal, FAILED_PRECONDITION for a
  // lane that was not opened, PERMISSION_DENIED for a scope outside the author's certificate or
  // that this node may not hold, RESOURCE_EXHAUSTED for a full disk.
  virtual void HoldBlock(std::string block, Origin origin, HoldDone done) = 0;
  // A certificate or a birth that a peer sent ahead. Kept with the first block that needs it.
  virtual absl::Status OfferCertificate(absl::string_view der) = 0;
  virtual absl::Status OfferBirth(absl::string_view birth) = 0;
  // A holder's receipt; kept when its number is higher than what is kept. Durable with its group.
  // One of this node's own only raises the number that the next one gets: nothing unsigned does.
  virtual void HoldReceipt(std::string receipt, absl::AnyInvocable<void(absl::Status)> done) = 0;

  // -- Reading. Thread-safe.

  virtual Ends ends() const = 0;
  // Calls `listener` on the append strand after each group until the returned handle is destroyed.
  // It must not block.
  struct Subscription {
    virtual ~Subscription() = default;
  };
  virtual std::unique_ptr<Subscription> Subscribe(
      absl::AnyInvocable<void(const Published&)> listener) = 0;
  // Entries of a queue after `after`, in order, up to about `bytes_max` of payload.
  virtual absl::StatusOr<std::vector<Entry>> ReadEntries(Queue queue, Arrival after,
                                                         size_t bytes_max) const = 0;
  // Changes of one lane in [first, last] on one branch, as far as they are held.
  virtual absl::StatusOr<std::vector<PlacedChange>> ReadLane(const LaneId& lane, Seq first,
                                                             Seq last, uint8_t branch) const = 0;
  // The change that a dot of `lane` names at `seq`.
  virtual absl::StatusOr<PlacedChange> ReadChange(const LaneId& lane, Seq seq,
                                                  const Dot& dot) const = 0;
  // The step that a lane has at `seq` on one branch. NOT_FOUND where it is not held.
  virtual absl::StatusOr<Step> StepAt(const LaneId& lane, Seq seq, uint8_t branch) const = 0;
  // Whether two posts have ordered that text gone, by what is held here (erasure.h).
  virtual bool IsErased(const Scope& scope, const TextName& text,
                        const std::optional<Place>& at) const = 0;
  // Up to when what is written of a record is past its term, in milliseconds since 1970; 0 for a
  // record that is not.
  virtual uint64_t ErasedThroughMs(const Scope& scope, const SubjectName& subject) const = 0;
  // All lanes held, of one moment.
  virtual std::shared_ptr<const std::vector<LaneState>> Lanes() const = 0;
  // What a session compares: every scope held that a node of `reader` may hold too, in rising
  // order, all of one moment. The cost follows the number of those scopes that changed.
  virtual std::vector<std::shared_ptr<const ScopeState>> ScopesFor(
      const Jurisdiction& reader) const = 0;
  // Null for a scope of which nothing is held.
  virtual std::shared_ptr<const ScopeState> ScopeOf(const Scope& scope) const = 0;
  virtual std::optional<LaneState> FindLane(const LaneId& lane) const = 0;
  virtual absl::StatusOr<std::string> BirthBytes(const LaneId& lane) const = 0;

  // Blocks, as they travel, that cover [first, last] of a lane on one branch, in order: stored ones
  // as they came, small neighbours packed into one, own changes packed and sealed now. They may
  // cover more than was asked. Up to about `bytes_max` in all, at least one; the caller goes on
  // after the last one's end. Verified as they are read; a damaged range becomes a debt and gives
  // DATA_LOSS. NOT_FOUND where `first` is not held.
  virtual absl::StatusOr<std::vector<std::string>> ReadBlocks(const LaneId& lane, Seq first,
                                                              Seq last, uint8_t branch,
                                                              size_t bytes_max = 1 << 20) = 0;

  // This node's own receipt for a scope as it stands now, signed and numbered, stored before it is
  // given. Its number is above every one of its own that HoldReceipt took; OUT_OF_RANGE after the
  // last that there is.
  virtual void IssueReceipt(const Scope& scope,
                            absl::AnyInvocable<void(absl::StatusOr<std::string>)> done) = 0;
  // Newest receipts held: for one scope, of every holder.
  virtual absl::StatusOr<std::vector<std::string>> ReceiptsOf(const Scope& scope) const = 0;
  // Does the newest receipt of `holder` for its scope vouch for this change? Reads the receipt with
  // the births that are held here, and compares its runs with this node's own chain.
  virtual absl::StatusOr<bool> IsHeldBy(const CertId& holder, const LaneId& lane, Seq seq,
                                        const Dot& dot) const = 0;
  // Does a change of a lane that this node can seal restate what the dot names?
  virtual absl::StatusOr<bool> IsRestated(const Dot& dot) const = 0;
  // Of each other holder the receipt with the highest number, over all scopes: what a child shows
  // at Hello.
  virtual absl::StatusOr<std::vector<std::string>> HighestReceipts() const = 0;

  // Reads on through all that is held, in rounds, for about `bytes_max` of it, and gives up what it
  // finds damaged, as any reader does: a gap, which neighbours fill. Blocks on the disk. An error
  // only if the store has failed.
  virtual absl::StatusOr<ScrubProgress> Scrub(size_t bytes_max) = 0;
  virtual ScrubProgress scrub_progress() const = 0;

  virtual LogId log_id() const = 0;
  virtual ProcessId process() const = 0;
  // The corrected clock: what a stamp would be given now.
  virtual absl::Time CorrectedNow() const = 0;
  // The parent's clock reads `parent_now`. If it is synced this one is from here on, and ranks so;
  // a free one is followed until a synced one is heard.
  virtual void CorrectClock(absl::Time parent_now, bool parent_synced) = 0;
  virtual bool clock_synced() const = 0;
};

}  // namespace tocsin::log
