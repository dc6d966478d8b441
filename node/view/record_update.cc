#include "node/view/record_update.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "node/base/status.h"
#include "node/merge/past.h"
#include "node/view/index.h"
#include "node/view/past_rows.h"

namespace tocsin::view {
namespace {

bool Contains(const std::vector<Dot>& rising, const Dot& dot) {
  return std::binary_search(rising.begin(), rising.end(), dot);
}

bool MovesIt(uint32_t kind, const merge::HeldChange& held) {
  const schema::FieldInfo* moved_to = IndexesOf(kind).moved_to;
  return moved_to != nullptr &&
         std::any_of(held.change.ops.begin(), held.change.ops.end(),
                     [moved_to](const log::FieldOp& op) { return op.field == moved_to->number; });
}

// Rising, each once.
std::vector<Dot> NamedBy(const std::vector<merge::HeldChange>& changes) {
  std::vector<Dot> named;
  for (const merge::HeldChange& held : changes) {
    for (const log::FieldOp& op : held.change.ops) {
      named.insert(named.end(), op.overwrites.begin(), op.overwrites.end());
    }
  }
  std::sort(named.begin(), named.end());
  named.erase(std::unique(named.begin(), named.end()), named.end());
  return named;
}

}  // namespace

absl::Status RecordUpdate::Read() {
  TOCSIN_ASSIGN_OR_RETURN(row_, store_.Get(RowKey(ref_)));
  if (!row_) return absl::OkStatus();
  TOCSIN_ASSIGN_OR_RETURN(held_, DecodeHeld(ref_, *row_));
  TOCSIN_ASSIGN_OR_RETURN(shown_before_, DecodeShown(ref_, *row_));
  return absl::OkStatus();
}

absl::Status RecordUpdate::Take(std::vector<merge::HeldChange> changes, bool whole) {
  // Whether it is erased is asked of all its changes, and what is erased has no past.
  whole |= held_.erased_through_ms() > 0;
  if (held_.past().changes > 0) {
    if (!whole) {
      TOCSIN_ASSIGN_OR_RETURN(whole, Unsettles(changes));
    }
    if (whole) TOCSIN_RETURN_IF_ERROR(BringBack());
  }
  if (held_.past().changes > 0) {
    named_ = NamedBy(changes);
  } else {
    for (HeldRecord::Item& item : held_.items()) item.change.settled.clear();
  }
  for (merge::HeldChange& change : changes) held_.Add(std::move(change));
  return absl::OkStatus();
}

// Whether one of them may make the past decide again: it was awaited, is known already, restates,
// or moves the record: what was taken out of its lists is asked again then.
absl::StatusOr<bool> RecordUpdate::Unsettles(const std::vector<merge::HeldChange>& changes) const {
  for (const merge::HeldChange& change : changes) {
    if (MovesIt(ref_.kind, change)) return true;
    if (!change.change.restated.empty() || Contains(held_.awaited(), change.dot)) return true;
    TOCSIN_ASSIGN_OR_RETURN(const bool is_past, IsPast(store_, ref_, change.dot));
    if (is_past) return true;
  }
  return false;
}

absl::Status RecordUpdate::BringBack() {
  TOCSIN_ASSIGN_OR_RETURN(std::vector<merge::HeldChange> past, ReadPast(store_, ref_));
  for (const merge::HeldChange& change : past) past_before_[change.dot] = EncodePast(change);
  held_.BringBack(std::move(past));
  return absl::OkStatus();
}

absl::Status RecordUpdate::Await() {
  const std::vector<const merge::HeldChange*> admitted = held_.Admitted();
  if (held_.past().changes == 0) {
    held_.set_awaited(merge::AwaitedBy(admitted));
    return absl::OkStatus();
  }
  std::vector<Dot> here;
  for (const merge::HeldChange* change : admitted) here.push_back(change->dot);
  std::sort(here.begin(), here.end());
  std::vector<Dot> awaited = held_.awaited();
  for (const Dot& dot : named_) {
    if (Contains(here, dot) || Contains(held_.awaited(), dot)) continue;
    TOCSIN_ASSIGN_OR_RETURN(const bool is_past, IsPast(store_, ref_, dot));
    if (!is_past) awaited.push_back(dot);
  }
  std::sort(awaited.begin(), awaited.end());
  held_.set_awaited(std::move(awaited));
  return absl::OkStatus();
}

void RecordUpdate::Settle(const merge::MergedRecord& merged) {
  const std::vector<const merge::HeldChange*> admitted = held_.Admitted();
  const std::vector<merge::Standing> standing =
      merge::Settle(ref_.kind, admitted, merged, held_.awaited());
  std::vector<bool> past;
  size_t next = 0;
  for (HeldRecord::Item& item : held_.items()) {
    if (item.withheld != Withheld::kNot) {
      past.push_back(false);
      continue;
    }
    const merge::Standing& of_item = standing[next++];
    item.change.settled = of_item.past ? std::vector<uint32_t>() : of_item.settled;
    past.push_back(of_item.past);
  }
  past_now_ = held_.TakePast(past);
}

bool RecordUpdate::Write(const v1::Record* shown, store::Batch& batch) const {
  bool changed = false;
  absl::flat_hash_map<Dot, std::string> gone = past_before_;
  for (const merge::HeldChange& change : past_now_) {
    std::string row = EncodePast(change);
    auto before = gone.find(change.dot);
    const bool same = before != gone.end() && before->second == row;
    if (before != gone.end()) gone.erase(before);
    if (same) continue;
    batch.Put(PastKey(ref_, change.dot), row);
    changed = true;
  }
  for (const auto& [dot, row] : gone) {
    batch.Delete(PastKey(ref_, dot));
    changed = true;
  }
  std::string row = EncodeRow(shown, held_);
  if (row_ && row == *row_) return changed;
  batch.Put(RowKey(ref_), row);
  return true;
}

}  // namespace tocsin::view
