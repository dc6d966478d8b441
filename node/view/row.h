// A record's rows in the view. Its row has what people see of it, and behind that those of its
// changes that decide what is seen (merge/past.h); its past, the changes that decide nothing any
// more, lies in rows of its own, one a change. Lists read the front of the row only, an edit all of
// it, a history the past as well. Values and pure functions; any thread.
#pragma once

#include <absl/status/statusor.h>
#include <absl/strings/string_view.h>

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "node/merge/merge.h"
#include "node/view/admit.h"
#include "node/view/keys.h"
#include "node/view/provenance.h"
#include "tocsin/v1/api.pb.h"

namespace tocsin::view {

// The set of changes held of one record, or what its row has of them. Equal sets have equal bytes,
// whatever the order in which they came.
class HeldRecord {
 public:
  struct Item {
    merge::HeldChange change;
    Withheld withheld = Withheld::kNot;
  };

  explicit HeldRecord(RecordRef ref) : ref_(std::move(ref)) {}

  const RecordRef& ref() const { return ref_; }
  // Of a record that is named by its code.
  const std::optional<uint64_t>& code_bits() const { return code_bits_; }
  // It is past its term: nothing of it was written after that.
  bool erased() const;
  // Whether what a change wrote that is here, or carried by one that is, is past its term.
  bool IsPastTerm(const Dot& dot) const;
  // Up to when what was written of it is past its term; 0 for never.
  uint64_t erased_through_ms() const { return erased_through_ms_; }
  bool empty() const { return items_.empty(); }
  // In order of arrival, then of sequence, then of dot. All, while there is no past.
  const std::vector<Item>& items() const { return items_; }
  std::vector<Item>& items() { return items_; }
  // Those that are projected.
  std::vector<const merge::HeldChange*> Admitted() const;
  // Of the changes that lie apart.
  const Provenance& past() const { return past_; }
  // Dots that projected changes, the past's included, name and that are not theirs. Rising.
  const std::vector<Dot>& awaited() const { return awaited_; }
  void set_awaited(std::vector<Dot> awaited) { awaited_ = std::move(awaited); }
  // Over all that is projected, the past included.
  Provenance AllProvenance() const;

  // A change that is held already only brings the texts that its copy here lacks.
  void Add(merge::HeldChange change);
  void EraseThrough(uint64_t ms) { erased_through_ms_ = std::max(erased_through_ms_, ms); }
  // If it is erased: leaves nothing but its name, for whoever reads it.
  void HideErased();
  // The past is here again, as if it had never lain apart. REQUIRES: all of it.
  void BringBack(std::vector<merge::HeldChange> past);
  // Takes the i-th change out for which past[i] is true: its place is with the past.
  std::vector<merge::HeldChange> TakePast(const std::vector<bool>& past);
  // The key as changes have it.
  log::RecordKey key() const { return {ref_.kind, code_bits_, ref_.id}; }

 private:
  friend absl::StatusOr<HeldRecord> DecodeHeld(const RecordRef&, absl::string_view);
  RecordRef ref_;
  std::optional<uint64_t> code_bits_;
  uint64_t erased_through_ms_ = 0;
  std::vector<Item> items_;
  Provenance past_;
  std::vector<Dot> awaited_;
};

// row := LP(shown), held        shown is empty where there is nothing to see
// `shown` is written without what the key says.
std::string EncodeRow(const v1::Record* shown, const HeldRecord& held);

// DATA_LOSS for bytes that EncodeRow never gave: rebuild the view.
absl::StatusOr<HeldRecord> DecodeHeld(const RecordRef& ref, absl::string_view row);
// Nothing where there is nothing to see.
absl::StatusOr<std::optional<v1::Record>> DecodeShown(const RecordRef& ref, absl::string_view row);

// The row of a change of the past.
std::string EncodePast(const merge::HeldChange& change);
absl::StatusOr<merge::HeldChange> DecodePast(const RecordRef& ref, absl::string_view row);

// Fills in name, code, scope, kind and uid. A record that is named by its code has it in its name,
// any other has its UUID there, because two of them may share a code.
void SetNames(const RecordRef& ref, const std::optional<uint64_t>& code_bits, v1::Record& record);

}  // namespace tocsin::view
