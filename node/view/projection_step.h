// One step of the projector: entries of the log go in, rows and index keys come out, and each
// record that they touch is read, merged and written once, however many changes it has in the step.
#pragma once

#include <absl/container/flat_hash_map.h>
#include <absl/container/flat_hash_set.h>
#include <absl/functional/function_ref.h>
#include <absl/status/status.h>

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "node/identity/trust_store.h"
#include "node/log/log.h"
#include "node/store/batch.h"
#include "node/store/store.h"
#include "node/view/admit.h"
#include "node/view/keys.h"
#include "node/view/present.h"
#include "node/view/row.h"
#include "node/view/view.h"

namespace tocsin::view {

// What the view knows from one step to the next beside its rows, and repeats in its store. Runs on
// the projector's strand, which owns it.
struct ViewState {
  // Of lanes that forked. Few.
  std::map<LaneId, LaneForks> forks;
  // Records that can be seen, by kind.
  std::map<uint32_t, uint64_t> counts;
  // Not stored: the jurisdictions of certificates.
  absl::flat_hash_map<CertId, Jurisdiction> jurisdictions;
};

// Runs on the projector's strand; lives for one step. What it is given outlives it.
class ProjectionStep {
 public:
  ProjectionStep(const store::Store& store, const log::Log& log, const identity::TrustStore& trust,
                 const PresentOptions& options, ViewState& state);

  absl::Status Take(log::Entry entry);

  using WriteBatch = absl::FunctionRef<absl::Status(const store::Batch&)>;
  // Writes the rows that changed, several batches if they are large: a row says the same however
  // often it is made, so that a crash between two of them leaves nothing wrong. `last` is what must
  // only be there when all rows are: the cursors; it is written with the last of them.
  absl::Status Finish(const store::Batch& last, WriteBatch write);

  // After Finish: records that were written, in the order in which the log names them.
  const std::vector<RecordName>& changed() const { return changed_; }
  // Of those: what is in conflict now, or was before the step.
  const std::vector<RecordName>& in_conflict() const { return in_conflict_; }

 private:
  struct Touched {
    RecordRef ref;
    // In order of coming.
    std::vector<merge::HeldChange> changes;
    uint64_t erase_through_ms = 0;
    // Something was learned of changes that it has already.
    bool whole = false;
  };
  struct ErasedText {
    Scope scope;
    Dot dot;
    uint32_t field;
    uint32_t element;
    friend bool operator==(const ErasedText&, const ErasedText&) = default;
    template <typename H>
    friend H AbslHashValue(H h, const ErasedText& text) {
      return H::combine(std::move(h), text.scope, text.dot, text.field, text.element);
    }
  };

  Touched& Touch(const Scope& scope, uint32_t kind, const RecordId& id);
  absl::StatusOr<Jurisdiction> JurisdictionOf(const CertId& certificate);
  absl::Status LookAtForks(const log::Entry& entry);
  // `subject`: the record that the erasure says it is about.
  absl::Status Obey(const Scope& scope, const ErasureOrder& order,
                    const std::optional<log::RecordKey>& subject);
  absl::Status WriteRow(Touched& touched);
  void StripErased(HeldRecord& held) const;
  bool IsErasedText(const Scope& scope, const Dot& dot, uint32_t field, uint32_t element) const;
  LaneForks ForksOfLane(const LaneId& lane) const;

  const store::Store& store_;
  const log::Log& log_;
  const identity::TrustStore& trust_;
  const PresentOptions& options_;
  ViewState& state_;

  // By row key: where in `touched_`.
  absl::flat_hash_map<std::string, size_t> places_;
  std::vector<Touched> touched_;
  absl::flat_hash_set<ErasedText> erased_;
  // Learned in this step.
  std::map<LaneId, LaneForks> forks_;
  store::Batch batch_;
  std::map<uint32_t, int64_t> count_changes_;
  std::vector<RecordName> changed_;
  std::vector<RecordName> in_conflict_;
};

}  // namespace tocsin::view
