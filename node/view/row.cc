#include "node/view/row.h"

#include <absl/status/status.h>
#include <absl/strings/str_cat.h>

#include <algorithm>
#include <tuple>
#include <utility>

#include "node/base/bytes.h"
#include "node/base/status.h"
#include "node/identity/record_id.h"
#include "node/schema/kinds.h"
#include "node/schema/names.h"
#include "node/schema/spoken_code.h"
#include "tocsin/v1/disk.pb.h"

namespace tocsin::view {
namespace {

absl::Status Damaged(const RecordRef& ref) {
  return absl::DataLossError(absl::StrCat("view: the row of record ", ref.id.ToHex(), " in ",
                                          ref.scope.ToString(),
                                          " cannot be read; run 'tocsin rebuild'"));
}

template <typename T>
T FixedOrZero(const std::string& bytes) {
  return T::FromBytes(bytes).value_or(T());
}

void WriteChange(const merge::HeldChange& held, v1::HeldChangeRow& row) {
  row.set_dot(held.dot.data(), Dot::kSize);
  row.set_lane(held.lane.data(), LaneId::kSize);
  row.set_sequence(held.seq.value());
  row.set_author(held.author);
  row.set_precedence(static_cast<uint32_t>(held.precedence));
  row.set_arrival(held.arrival.value());
  row.set_arrival_ms(absl::ToUnixMillis(held.arrival_time));
  row.set_forked(held.forked);
  for (uint32_t field : held.settled) row.add_settled(field);
  ByteWriter out(*row.mutable_change());
  log::EncodeChange(held.change, out);
}

absl::StatusOr<merge::HeldChange> ReadChange(const Scope& scope, const v1::HeldChangeRow& row) {
  ByteReader in(row.change());
  TOCSIN_ASSIGN_OR_RETURN(log::Change change, log::DecodeChange(scope, in));
  return merge::HeldChange{.dot = FixedOrZero<Dot>(row.dot()),
                           .lane = FixedOrZero<LaneId>(row.lane()),
                           .seq = Seq(row.sequence()),
                           .author = row.author(),
                           .forked = row.forked(),
                           .precedence = static_cast<Precedence>(row.precedence()),
                           .arrival = Arrival(row.arrival()),
                           .arrival_time = absl::FromUnixMillis(row.arrival_ms()),
                           .change = std::move(change),
                           .settled = {row.settled().begin(), row.settled().end()}};
}

bool Before(const HeldRecord::Item& a, const HeldRecord::Item& b) {
  return std::tie(a.change.arrival, a.change.seq, a.change.dot) <
         std::tie(b.change.arrival, b.change.seq, b.change.dot);
}

// Texts of the same change stand in the same order in every copy of it.
void BringTexts(const log::Change& from, log::Change& into) {
  for (size_t i = 0; i < into.texts.size() && i < from.texts.size(); ++i) {
    if (!into.texts[i].bytes && from.texts[i].bytes) into.texts[i] = from.texts[i];
  }
}

}  // namespace

void HeldRecord::Add(merge::HeldChange change) {
  if (change.change.key.code_bits) code_bits_ = change.change.key.code_bits;
  auto same = std::find_if(items_.begin(), items_.end(),
                           [&change](const Item& item) { return item.change.dot == change.dot; });
  if (same == items_.end()) {
    Item item{std::move(change), Withheld::kNot};
    items_.insert(std::upper_bound(items_.begin(), items_.end(), item, Before), std::move(item));
    return;
  }
  BringTexts(change.change, same->change.change);
  if (change.arrival < same->change.arrival) {
    same->change.arrival = change.arrival;
    same->change.arrival_time = change.arrival_time;
    std::sort(items_.begin(), items_.end(), Before);
  }
}

bool HeldRecord::erased() const {
  return erased_through_ms_ > 0 && AllProvenance().latest_time >> 16 <= erased_through_ms_;
}

bool HeldRecord::IsPastTerm(const Dot& dot) const {
  if (erased_through_ms_ == 0) return false;
  auto is_past = [&](const log::Stamp& stamp) { return stamp.time >> 16 <= erased_through_ms_; };
  return std::any_of(items_.begin(), items_.end(), [&](const Item& item) {
    if (item.change.dot == dot) return is_past(item.change.change.stamp);
    return std::any_of(item.change.change.restated.begin(), item.change.change.restated.end(),
                       [&](const log::Restated& r) { return r.dot == dot && is_past(r.stamp); });
  });
}

void HeldRecord::HideErased() {
  if (!erased()) return;
  items_.clear();
  past_ = {};
  awaited_.clear();
}

std::vector<const merge::HeldChange*> HeldRecord::Admitted() const {
  std::vector<const merge::HeldChange*> admitted;
  for (const Item& item : items_) {
    if (item.withheld == Withheld::kNot) admitted.push_back(&item.change);
  }
  return admitted;
}

Provenance HeldRecord::AllProvenance() const {
  Provenance all = past_;
  for (const merge::HeldChange* change : Admitted()) all.Add(*change);
  return all;
}

void HeldRecord::BringBack(std::vector<merge::HeldChange> past) {
  for (merge::HeldChange& change : past) items_.push_back({std::move(change), Withheld::kNot});
  std::sort(items_.begin(), items_.end(), Before);
  for (Item& item : items_) item.change.settled.clear();
  past_ = {};
}

std::vector<merge::HeldChange> HeldRecord::TakePast(const std::vector<bool>& past) {
  std::vector<merge::HeldChange> taken;
  std::vector<Item> standing;
  for (size_t i = 0; i < items_.size(); ++i) {
    if (!past[i]) {
      standing.push_back(std::move(items_[i]));
      continue;
    }
    past_.Add(items_[i].change);
    taken.push_back(std::move(items_[i].change));
  }
  items_ = std::move(standing);
  return taken;
}

std::string EncodeRow(const v1::Record* shown, const HeldRecord& held) {
  std::string row;
  ByteWriter out(row);
  if (shown != nullptr) {
    std::string bytes = shown->SerializeAsString();
    row.reserve(2 * bytes.size());
    out.LengthPrefixed(bytes);
  } else {
    out.LengthPrefixed("");
  }
  v1::HeldSet set;
  for (const HeldRecord::Item& item : held.items()) {
    v1::HeldChangeRow& change = *set.add_change();
    WriteChange(item.change, change);
    change.set_withheld(static_cast<uint32_t>(item.withheld));
  }
  set.set_erased_through_ms(held.erased_through_ms());
  if (held.code_bits()) set.set_code_bits(*held.code_bits());
  if (held.past().changes > 0) WriteProvenance(held.past(), *set.mutable_past());
  for (const Dot& dot : held.awaited()) set.add_awaited(dot.data(), Dot::kSize);
  set.AppendToString(&row);
  return row;
}

absl::StatusOr<HeldRecord> DecodeHeld(const RecordRef& ref, absl::string_view row) {
  ByteReader in(row);
  in.LengthPrefixed();
  absl::string_view rest = in.Raw(in.remaining());
  v1::HeldSet set;
  if (!in.ok() || !set.ParseFromArray(rest.data(), static_cast<int>(rest.size()))) {
    return Damaged(ref);
  }
  HeldRecord held(ref);
  held.erased_through_ms_ = set.erased_through_ms();
  if (set.has_code_bits()) held.code_bits_ = set.code_bits();
  held.items_.reserve(static_cast<size_t>(set.change_size()) + 1);
  for (const v1::HeldChangeRow& change : set.change()) {
    auto read = ReadChange(ref.scope, change);
    if (!read.ok()) return Damaged(ref);
    held.items_.push_back({*std::move(read), static_cast<Withheld>(change.withheld())});
  }
  if (set.has_past()) held.past_ = ReadProvenance(set.past());
  for (const std::string& dot : set.awaited()) held.awaited_.push_back(FixedOrZero<Dot>(dot));
  return held;
}

std::string EncodePast(const merge::HeldChange& change) {
  v1::HeldChangeRow row;
  WriteChange(change, row);
  return row.SerializeAsString();
}

absl::StatusOr<merge::HeldChange> DecodePast(const RecordRef& ref, absl::string_view row) {
  v1::HeldChangeRow change;
  if (!change.ParseFromArray(row.data(), static_cast<int>(row.size()))) return Damaged(ref);
  auto read = ReadChange(ref.scope, change);
  if (!read.ok()) return Damaged(ref);
  return read;
}

absl::StatusOr<std::optional<v1::Record>> DecodeShown(const RecordRef& ref, absl::string_view row) {
  ByteReader in(row);
  absl::string_view bytes = in.LengthPrefixed();
  if (!in.ok()) return Damaged(ref);
  if (bytes.empty()) return std::optional<v1::Record>();
  std::optional<v1::Record> record(std::in_place);
  if (!record->ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) return Damaged(ref);
  std::optional<uint64_t> code_bits;
  if (!record->code().empty()) {
    auto code = SpokenCode::Parse(record->code());
    if (!code.ok()) return Damaged(ref);
    code_bits = code->bits();
  }
  SetNames(ref, code_bits, *record);
  return record;
}

void SetNames(const RecordRef& ref, const std::optional<uint64_t>& code_bits, v1::Record& record) {
  const SpokenCode code =
      SpokenCode::FromBits(code_bits ? *code_bits : identity::CodeBitsOf(ref.id));
  record.set_code(code.ToString());
  record.set_scope(ref.scope.ToString());
  record.set_kind(static_cast<v1::Kind>(ref.kind));
  record.set_uid(schema::FormatUid(ref.id));
  if (schema::FindKind(ref.kind) == nullptr) return;
  schema::RecordName name{ref.scope, static_cast<v1::Kind>(ref.kind), ref.id};
  if (code_bits) name.id = code;
  record.set_name(name.ToString());
}

}  // namespace tocsin::view
