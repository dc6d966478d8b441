// One group in the making: all that becomes durable with one fsync. Reads of it see the store with
// what the group has written so far; nobody else sees any of it before Commit.
//
// Runs on the append strand, which owns it. After a Commit that fails it is thrown away, and
// nothing has changed.
#pragma once

#include <absl/container/flat_hash_map.h>
#include <absl/container/flat_hash_set.h>
#include <absl/status/status.h>
#include <absl/status/statusor.h>

#include <array>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "node/log/context.h"
#include "node/log/lane_table.h"
#include "node/log/range.h"
#include "node/log/source.h"

namespace tocsin::log {

// A lane that this process writes.
struct OpenLane {
  LaneId lane;
  uint64_t last = 0;
  Step last_step;
};

// What the append strand knows besides the table; a group changes a copy of it.
struct StrandState {
  Ends ends;
  uint64_t last_arrival = 0;
  uint64_t receipt_number = 0;
  std::map<std::pair<Scope, Precedence>, OpenLane> open_lanes;
  absl::flat_hash_set<CertId> stored_certificates;
};

// A birth that a peer sent ahead of its lane's first block, or that this process made.
struct OfferedBirth {
  Birth birth;
  std::string bytes;
};

class Group final : public RowSource {
 public:
  Group(Context& context, const StrandState& state);

  // -- RowSource, with what this group has written.
  absl::StatusOr<std::optional<std::string>> Get(absl::string_view key) const override;
  absl::Status Scan(absl::string_view begin, absl::string_view end, Visit visit) const override;

  // -- Lanes.

  // As this group has it; null for a lane that nobody has heard of.
  const LaneRecord* Find(const LaneId& lane) const;
  // Takes a lane's birth and what it needs: certificates, and the heads that it names. Nothing if
  // the lane is open already.
  void AddBirth(const LaneId& lane, const OfferedBirth& offered);
  // This process's lane, opened now if need be.
  absl::StatusOr<OpenLane*> OpenFor(const Scope& scope, Precedence precedence);

  // -- Ranges.

  struct Stored {
    uint64_t fresh = 0;
    uint64_t repaired = 0;
    bool forked = false;
    // The entry that has the first of what was fresh.
    Arrival arrival;
  };
  // Stores what is new in a range, trimmed; carries out the erasures in it. Its lane has a birth.
  absl::StatusOr<Stored> Store(Range range, const Origin& origin);
  // Gives up a range that the disk has damaged.
  absl::Status GiveUp(const LaneId& lane, const PlacedRow& row);

  // -- Receipts.

  // This node's own for a scope, as it will be after this group. OUT_OF_RANGE when its numbers are
  // used up.
  absl::StatusOr<std::string> IssueReceipt(const Scope& scope);
  // False if a higher number is held, or one of a later certificate of the holder's jurisdiction.
  bool AddReceipt(const Receipt& receipt, const std::string& bytes);

  // -- The end of it.

  // A call failed half way, by a disk that cannot be read: the group must not be committed.
  bool broken() const { return broken_; }
  // Rows that could not be read and should be given up.
  std::vector<std::pair<LaneId, PlacedRow>> TakeDamaged() { return std::move(damaged_); }
  // One synced write, then the table is published. The group is spent.
  absl::StatusOr<Published> Commit(StrandState& state);

 private:
  LaneRecord& Touch(const LaneId& lane);
  void Put(std::string key, std::string value);
  void Delete(std::string key);

  void StoreCertificates(const CertId& author);
  absl::StatusOr<bool> IsOfAnotherLife(const Receipt& receipt, const std::string& bytes) const;
  // As this group has them.
  std::map<CertId, uint64_t> ReceiptsOf(const Scope& scope) const;
  Precedence PrecedenceOf(const Receipt& receipt) const;
  bool TakePlaceOfFormer(const Scope& scope, const CertId& holder);
  void NameHeads(const Birth& birth);
  void RecallNames(LaneRecord& record);

  bool IsErased(const Scope& scope, const Carrier& carrier, const TextView& text) const;
  std::vector<uint8_t> StripAndJudge(const Scope& scope, Range& range) const;
  // What the erasures of one range add: the words of posts, and the texts of which both have
  // spoken.
  struct Orders {
    std::vector<std::pair<std::string, Dot>> words;  // the rows' keys
    struct Gone {
      ErasedText text;
      ErasedBy by;
    };
    std::vector<Gone> gone;
    struct PastTerm {
      ErasedRecord record;
      ErasedBy by;
    };
    std::vector<PastTerm> past_term;

    bool none() const { return gone.empty() && past_term.empty(); }
  };
  absl::StatusOr<Orders> NoteErasures(const LaneRecord& record, const Range& range);
  absl::StatusOr<std::optional<ErasedBy>> Agreed(const Scope& scope, const PostsOrder& order,
                                                 const Agreement& agreement, const Dot& dot,
                                                 Orders& orders) const;
  // Back to so many: the range that brought the others is not taken.
  void ForgetErasures(size_t texts, size_t records);
  // REQUIRES: they were noted.
  absl::Status CarryOut(const Scope& scope, const Orders& orders);
  absl::Status EraseRecord(const Scope& scope, const ErasedRecord& record);
  absl::Status EraseIn(const Scope& scope, const LaneId& lane, uint64_t seq);

  absl::StatusOr<Step> HeldStep(const LaneRecord& record, uint64_t seq, uint8_t branch) const;
  absl::StatusOr<Stored> Write(LaneRecord& record, const Range& range, const Origin& origin,
                               Admission admission);
  void MovePublished(const LaneId& lane, const PlacedRow& row, uint8_t branch);
  absl::Status Rebranch(const LaneRecord& record, const std::vector<BranchMove>& moves);
  absl::StatusOr<std::vector<PlacedRow>> CutOut(const LaneRecord& record, SeqRange range,
                                                uint8_t branch, const Step& before,
                                                const Step& last_step);
  absl::Status StripOld(const PlacedRow& row, SeqRange range);
  Arrival WriteEntry(const LaneRecord& record, const Range& range, SeqRange part, uint8_t branch,
                     const Origin& origin);
  void RewriteEntry(const LoadedEntry& entry, Queue queue, Arrival arrival, std::string raw);

  Context& context_;
  StrandState state_;
  // Keys in order; nothing: deleted.
  std::map<std::string, std::optional<std::string>, std::less<>> writes_;
  bool broken_ = false;
  mutable std::vector<std::pair<LaneId, PlacedRow>> damaged_;
  absl::flat_hash_map<LaneId, std::shared_ptr<LaneRecord>> lanes_;
  // What this group adds to the erasures of the context.
  std::vector<std::pair<Scope, ErasedText>> erased_;
  std::vector<std::pair<Scope, ErasedRecord>> past_term_;
  // The same, to be asked.
  std::unique_ptr<Erasures> noted_ = std::make_unique<Erasures>();
  std::vector<LaneTable::ReceiptUpdate> receipt_updates_;
  Published published_;
};

}  // namespace tocsin::log
