#include "node/view/projection_step.h"

#include <absl/status/statusor.h>
#include <absl/strings/match.h>
#include <absl/strings/str_cat.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <utility>

#include "node/base/bytes.h"
#include "node/base/planted.h"
#include "node/base/status.h"
#include "node/schema/kinds.h"
#include "node/view/index.h"
#include "node/view/past_rows.h"
#include "node/view/project.h"
#include "node/view/record_update.h"

namespace tocsin::view {
namespace {

// Well under what one batch may hold.
constexpr size_t kBatchBytes = 8 << 20;

std::string EncodeForks(const LaneForks& forks) {
  std::string bytes;
  ByteWriter out(bytes);
  out.U64(forks.parts_at.value_or(Seq()).value());
  out.U64(forks.withheld_from.value_or(Seq()).value());
  return bytes;
}

// For the planted bug: as if the indexes lay in a column family of their own.
[[maybe_unused]] absl::Status WriteIndexesApart(const store::Batch& batch,
                                                ProjectionStep::WriteBatch write) {
  store::Batch rows, indexes;
  batch.ForEach([&](const store::Batch::Operation& operation) {
    const bool is_index = absl::StrContains("etgkc", operation.key.substr(0, 1));
    store::Batch& into = is_index ? indexes : rows;
    if (operation.kind == store::Batch::Kind::kPut) {
      into.Put(operation.key, operation.value);
    } else {
      into.Delete(operation.key);
    }
  });
  TOCSIN_RETURN_IF_ERROR(write(rows));
  return indexes.empty() ? absl::OkStatus() : write(indexes);
}

bool HasConflict(const v1::Record* shown) { return shown != nullptr && shown->conflict_size() > 0; }

bool CanBeSeen(uint32_t kind, const v1::Record* shown) {
  return schema::FindKind(kind) != nullptr && shown != nullptr && schema::BodyOf(*shown) != nullptr;
}

}  // namespace

ProjectionStep::ProjectionStep(const store::Store& store, const log::Log& log,
                               const identity::TrustStore& trust, const PresentOptions& options,
                               ViewState& state)
    : store_(store), log_(log), trust_(trust), options_(options), state_(state) {}

ProjectionStep::Touched& ProjectionStep::Touch(const Scope& scope, uint32_t kind,
                                               const RecordId& id) {
  RecordRef ref{kind, scope, id};
  auto [place, is_new] = places_.try_emplace(RowKey(ref), touched_.size());
  if (is_new) touched_.push_back({std::move(ref), {}, 0, false});
  return touched_[place->second];
}

absl::StatusOr<Jurisdiction> ProjectionStep::JurisdictionOf(const CertId& certificate) {
  auto known = state_.jurisdictions.find(certificate);
  if (known != state_.jurisdictions.end()) return known->second;
  auto found = trust_.Find(certificate);
  if (!found) {
    return absl::InternalError(absl::StrCat("view: the log has changes by certificate ",
                                            certificate.ToHex(), ", which is not held"));
  }
  return state_.jurisdictions.emplace(certificate, found->jurisdiction()).first->second;
}

absl::Status ProjectionStep::Take(log::Entry entry) {
  TOCSIN_ASSIGN_OR_RETURN(const Jurisdiction author, JurisdictionOf(entry.author));
  TOCSIN_RETURN_IF_ERROR(LookAtForks(entry));
  for (log::PlacedChange& placed : entry.changes) {
    if (placed.change.key.kind == log::kErasureKind) {
      TOCSIN_RETURN_IF_ERROR(Obey(entry.scope, OrderOf(entry.scope, author, placed.change),
                                  SubjectOf(entry.scope, placed.change)));
    }
    const log::RecordKey& key = placed.change.key;
    Touch(entry.scope, key.kind, key.id)
        .changes.push_back({.dot = placed.dot(),
                            .lane = placed.lane,
                            .seq = placed.seq,
                            .author = author.path(),
                            .forked = false,
                            .precedence = entry.precedence,
                            .arrival = entry.arrival,
                            .arrival_time = entry.wall,
                            .change = std::move(placed.change)});
  }
  return absl::OkStatus();
}

// What was projected of a lane before it was seen to fork is projected anew. UNAVAILABLE where the
// log cannot read it: it gives up what is damaged, and says so.
absl::Status ProjectionStep::LookAtForks(const log::Entry& entry) {
  std::optional<log::LaneState> lane = log_.FindLane(entry.lane);
  if (!lane) return absl::OkStatus();
  const LaneForks forks = ForksOf(*lane);
  if (forks == ForksOfLane(entry.lane)) return absl::OkStatus();
  forks_[entry.lane] = forks;
  Seq from = forks.parts_at.value_or(Seq(1));
  if (forks.withheld_from) from = std::min(from, *forks.withheld_from);
  std::vector<log::Run> pieces = lane->runs;
  pieces.insert(pieces.end(), lane->debts.begin(), lane->debts.end());
  for (const log::Run& piece : pieces) {
    if (piece.last < from) continue;
    auto changes = log_.ReadLane(entry.lane, std::max(piece.first, from), piece.last, piece.branch);
    if (absl::IsDataLoss(changes.status())) {
      return absl::UnavailableError(changes.status().message());
    }
    TOCSIN_RETURN_IF_ERROR(changes.status());
    for (const log::PlacedChange& placed : *changes) {
      Touch(entry.scope, placed.change.key.kind, placed.change.key.id).whole = true;
    }
  }
  return absl::OkStatus();
}

// The text may be here, in the change that wrote it and in copies, or come later; the log strips
// what comes from now on, and has it explained by the row of the erasure. The log is never behind:
// of the two changes that order a text gone, at the one that is taken last it says that it is.
absl::Status ProjectionStep::Obey(const Scope& scope, const ErasureOrder& order,
                                  const std::optional<log::RecordKey>& subject) {
  if (order.record) {
    const log::SubjectName& past_term = *order.record;
    const uint64_t through = log_.ErasedThroughMs(scope, past_term);
    if (through > 0) {
      Touched& touched = Touch(scope, past_term.kind, past_term.id);
      touched.erase_through_ms = std::max(touched.erase_through_ms, through);
    }
  }
  for (const log::ErasedText& text : order.texts) {
    const Dot& dot = text.name.dot;
    if (!log_.IsErased(scope, text.name, text.at)) continue;
    if (!erased_.insert({scope, dot, text.name.field, text.name.element}).second) continue;
    batch_.Put(ErasedKey(scope, dot, text.name.field, text.name.element), "");
    auto original = log_.ReadChange(text.at.lane, Seq(text.at.seq), dot);
    if (original.ok()) {
      Touch(scope, original->change.key.kind, original->change.key.id).whole = true;
    } else if (subject) {
      // The log does not hold it, or cannot read it any more, and it may be shown all the same.
      Touch(scope, subject->kind, subject->id).whole = true;
    }
    const KeyRange copies = WithPrefix(CopyPrefix(scope, dot));
    auto it = store_.Scan(copies.first, copies.second);
    for (; it->Valid(); it->Next()) {
      if (auto ref = RecordOfCopyKey(it->key())) Touch(scope, ref->kind, ref->id).whole = true;
    }
    TOCSIN_RETURN_IF_ERROR(it->status());
  }
  return absl::OkStatus();
}

absl::Status ProjectionStep::Finish(const store::Batch& last, WriteBatch write) {
  auto flush = [&] {
    for (const auto& [kind, change] : count_changes_) {
      uint64_t& count = state_.counts[kind];
      count += static_cast<uint64_t>(change);
      if (count == 0) {
        batch_.Delete(CountKey(kind));
        continue;
      }
      std::string value;
      ByteWriter(value).U64(count);
      batch_.Put(CountKey(kind), value);
    }
    count_changes_.clear();
    absl::Status status =
        TOCSIN_PLANTED("index-apart") ? WriteIndexesApart(batch_, write) : write(batch_);
    batch_.Clear();
    return status;
  };
  for (Touched& touched : touched_) {
    TOCSIN_RETURN_IF_ERROR(WriteRow(touched));
    if (batch_.bytes() > kBatchBytes) TOCSIN_RETURN_IF_ERROR(flush());
  }
  for (const auto& [lane, forks] : forks_) batch_.Put(LaneKey(lane), EncodeForks(forks));
  last.ForEach([this](const store::Batch::Operation& operation) {
    TOCSIN_CHECK(operation.kind == store::Batch::Kind::kPut);
    batch_.Put(operation.key, operation.value);
  });
  TOCSIN_RETURN_IF_ERROR(flush());
  for (const auto& [lane, forks] : forks_) state_.forks[lane] = forks;
  return absl::OkStatus();
}

absl::Status ProjectionStep::WriteRow(Touched& touched) {
  RecordUpdate update(store_, touched.ref);
  TOCSIN_RETURN_IF_ERROR(update.Read());
  if (!update.exists() && touched.changes.empty() && touched.erase_through_ms == 0) {
    return absl::OkStatus();
  }
  HeldRecord& held = update.held();
  const uint32_t kind = touched.ref.kind;
  std::vector<std::string> old_keys;
  if (update.exists()) old_keys = IndexKeys(held, update.shown_before());
  const bool seen_before = CanBeSeen(kind, update.shown_before());
  const bool had_conflict = HasConflict(update.shown_before());
  update.EraseThrough(touched.erase_through_ms);
  TOCSIN_RETURN_IF_ERROR(update.Take(std::move(touched.changes), touched.whole));
  for (HeldRecord::Item& item : held.items()) {
    const LaneForks forks = ForksOfLane(item.change.lane);
    item.withheld = Admit(item.change, forks);
    item.change.forked = IsForked(item.change, forks);
  }
  StripErased(held);
  TOCSIN_RETURN_IF_ERROR(update.Await());
  std::optional<Projected> projected = Project(
      held, options_,
      [&](const Dot& dot, uint32_t field, uint32_t element) {
        return held.IsPastTerm(dot) || IsErasedText(touched.ref.scope, dot, field, element);
      },
      PastIn(store_, touched.ref),
      /*with_originals=*/false);
  if (projected && !held.erased()) update.Settle(projected->merged);
  const v1::Record* shown = projected ? &projected->shown : nullptr;
  if (!update.Write(shown, batch_)) return absl::OkStatus();
  UpdateIndexes(old_keys, IndexKeys(held, shown), batch_);
  const bool seen_now = CanBeSeen(kind, shown);
  if (seen_now != seen_before) count_changes_[kind] += seen_now ? 1 : -1;
  changed_.push_back({touched.ref.scope, held.key()});
  if (had_conflict || HasConflict(shown)) in_conflict_.push_back(changed_.back());
  return absl::OkStatus();
}

void ProjectionStep::StripErased(HeldRecord& held) const {
  if ((erased_.empty() && held.erased_through_ms() == 0) || TOCSIN_PLANTED("erased-still-shown")) {
    return;
  }
  const uint64_t through = held.erased_through_ms();
  for (HeldRecord::Item& item : held.items()) {
    log::Change& change = item.change.change;
    for (log::Text& text : change.texts) {
      if (!text.bytes || text.origin > change.restated.size()) continue;
      const Dot& dot = text.origin == 0 ? item.change.dot : change.restated[text.origin - 1].dot;
      std::optional<log::Place> at;
      if (text.origin == 0) at = {item.change.lane, item.change.seq.value()};
      const log::Stamp& stamp =
          text.origin == 0 ? change.stamp : change.restated[text.origin - 1].stamp;
      const bool past_term = through > 0 && stamp.time >> 16 <= through;
      if (!past_term && !log_.IsErased(held.ref().scope, {dot, text.field, text.element}, at)) {
        continue;
      }
      text.bytes.reset();
      text.salt = Salt();
    }
  }
}

bool ProjectionStep::IsErasedText(const Scope& scope, const Dot& dot, uint32_t field,
                                  uint32_t element) const {
  if (erased_.contains({scope, dot, field, element})) return true;
  auto row = store_.Get(ErasedKey(scope, dot, field, element));
  return row.ok() && row->has_value();
}

LaneForks ProjectionStep::ForksOfLane(const LaneId& lane) const {
  if (auto learned = forks_.find(lane); learned != forks_.end()) return learned->second;
  if (auto known = state_.forks.find(lane); known != state_.forks.end()) return known->second;
  return {};
}

}  // namespace tocsin::view
