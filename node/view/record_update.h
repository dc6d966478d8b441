// How one record's rows change in a step of the projector: what was there is read, what came is
// added, and what decides nothing any more goes to the record's past (merge/past.h). An ordinary
// edit costs the same whatever the number of edits before it. Runs on the projector's strand; lives
// for one record of one step.
#pragma once

#include <absl/container/flat_hash_map.h>
#include <absl/status/status.h>

#include <optional>
#include <string>
#include <vector>

#include "node/merge/merge.h"
#include "node/store/batch.h"
#include "node/store/store.h"
#include "node/view/keys.h"
#include "node/view/row.h"
#include "tocsin/v1/api.pb.h"

namespace tocsin::view {

class RecordUpdate {
 public:
  RecordUpdate(const store::Store& store, RecordRef ref)
      : store_(store), ref_(std::move(ref)), held_(ref_) {}

  // -- In this order, each once.

  // What the store has of it.
  absl::Status Read();
  // Adds what came. With `whole` the past is looked at again whatever came: something was learned
  // of changes that are held already.
  absl::Status Take(std::vector<merge::HeldChange> changes, bool whole);
  // What was written of the record until then is past its term. Before Take.
  void EraseThrough(uint64_t ms) { held_.EraseThrough(ms); }
  // Once it is known which of held() are projected: finds which dots the record awaits.
  absl::Status Await();
  // Once `merged` was made of held(): takes out what is past.
  void Settle(const merge::MergedRecord& merged);
  // The rows as they are now, where they differ from what was read. False: nothing changed.
  bool Write(const v1::Record* shown, store::Batch& batch) const;

  bool exists() const { return row_.has_value(); }
  HeldRecord& held() { return held_; }
  // As it was read; null where there was nothing to see.
  const v1::Record* shown_before() const { return shown_before_ ? &*shown_before_ : nullptr; }

 private:
  absl::StatusOr<bool> Unsettles(const std::vector<merge::HeldChange>& changes) const;
  absl::Status BringBack();

  const store::Store& store_;
  const RecordRef ref_;
  std::optional<std::string> row_;
  std::optional<v1::Record> shown_before_;
  HeldRecord held_;
  // Dots that the changes that came name.
  std::vector<Dot> named_;
  // The past when it was read: its rows by dot.
  absl::flat_hash_map<Dot, std::string> past_before_;
  // What is past from now on.
  std::vector<merge::HeldChange> past_now_;
};

}  // namespace tocsin::view
