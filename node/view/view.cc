#include "node/view/view.h"

#include <absl/base/thread_annotations.h>
#include <absl/container/flat_hash_map.h>
#include <absl/container/flat_hash_set.h>
#include <absl/status/status.h>
#include <absl/strings/str_cat.h>
#include <absl/synchronization/mutex.h>

#include <algorithm>
#include <utility>

#include "node/base/bytes.h"
#include "node/base/status.h"
#include "node/guard/guard.h"
#include "node/schema/kinds.h"
#include "node/schema/names.h"
#include "node/schema/spoken_code.h"
#include "node/view/index.h"
#include "node/view/keys.h"
#include "node/view/past_rows.h"
#include "node/view/project.h"
#include "node/view/projector.h"
#include "node/view/query.h"
#include "node/view/row.h"

namespace tocsin::view {
namespace {

// Names that one resuming watch may ask for.
constexpr size_t kChangedMax = 1'000'000;
constexpr size_t kReadBytes = 1 << 20;
constexpr size_t kParsedMax = 256;

PresentOptions PresentingFor(const identity::Identity& identity, const ViewOptions& options) {
  return {.here = identity.jurisdiction().path(),
          .mask = [](absl::string_view text) { return guard::Mask(text); },
          .min_cell = options.min_cell};
}

class LogView final : public View {
 public:
  LogView(store::Store& store, log::Log& log, PresentOptions present)
      : store_(store), log_(log), present_(std::move(present)) {}

  absl::Status Start(identity::TrustStore& trust, Executor& executor, const ViewOptions& options) {
    TOCSIN_ASSIGN_OR_RETURN(projector_,
                            Projector::Open(store_, log_, trust, executor, options, present_));
    return absl::OkStatus();
  }

  log::Ends cursors() const override { return projector_->cursors(); }
  uint64_t lag() const override { return projector_->lag(); }
  void AwaitOwn(Arrival arrival, absl::AnyInvocable<void(absl::Status)> done) override {
    log::Ends ends;
    ends.end[static_cast<size_t>(log::Queue::kOwn) - 1] = arrival;
    projector_->Await(ends, std::move(done));
  }
  void AwaitAll(const log::Ends& ends, absl::AnyInvocable<void(absl::Status)> done) override {
    projector_->Await(ends, std::move(done));
  }
  std::unique_ptr<Subscription> Subscribe(
      absl::AnyInvocable<void(const ViewNews&)> listener) override {
    return projector_->Subscribe(std::move(listener));
  }
  absl::Status Close() override { return projector_->Close(); }

  absl::StatusOr<StoredRecord> Get(const RecordName& name) const override;
  absl::StatusOr<std::vector<merge::HeldChange>> History(const RecordName& name) const override;
  absl::StatusOr<std::vector<RecordName>> Find(const Scope& scope, v1::Kind kind,
                                               absl::string_view code_or_uuid) const override;
  absl::StatusOr<std::vector<RecordName>> RelationsOf(const RecordName& name,
                                                      size_t limit) const override;
  absl::StatusOr<ListPage> List(const ListQuery& query) const override;
  absl::StatusOr<bool> Matches(const ListQuery& query, const StoredRecord& record) const override;
  absl::StatusOr<std::vector<RecordName>> ChangedSince(const log::Ends& from) const override;
  absl::StatusOr<std::vector<std::pair<v1::Kind, uint64_t>>> CountByKind() const override;
  absl::StatusOr<std::vector<RecordName>> InConflict() const override;

 private:
  absl::StatusOr<std::vector<RecordName>> FindCode(const Scope& scope, v1::Kind kind,
                                                   const SpokenCode& code) const;
  absl::StatusOr<std::vector<RecordName>> FindUid(const Scope& scope, v1::Kind kind,
                                                  const RecordId& id) const;
  // Nothing if there is no such row, or nothing to see in it.
  absl::StatusOr<std::optional<HeldRecord>> ReadHeld(
      const RecordRef& ref, const store::Snapshot* snapshot = nullptr) const;

  // Watches ask one query of every record that changes.
  absl::StatusOr<std::shared_ptr<const Query>> ParsedOnce(const ListQuery& query) const;

  store::Store& store_;
  log::Log& log_;
  const PresentOptions present_;
  std::unique_ptr<Projector> projector_;
  mutable absl::Mutex parsed_mutex_;
  mutable absl::flat_hash_map<std::string, std::shared_ptr<const Query>> parsed_
      ABSL_GUARDED_BY(parsed_mutex_);
};

absl::Status NotHeld(const RecordName& name) {
  const schema::KindInfo* kind = schema::FindKind(name.key.kind);
  return absl::NotFoundError(absl::StrCat("no ", kind == nullptr ? "record" : kind->name, " ",
                                          name.key.code_bits
                                              ? SpokenCode::FromBits(*name.key.code_bits).ToString()
                                              : schema::FormatUid(name.key.id),
                                          " is held here in scope ", name.scope.ToString()));
}

absl::StatusOr<std::optional<HeldRecord>> LogView::ReadHeld(const RecordRef& ref,
                                                            const store::Snapshot* snapshot) const {
  TOCSIN_ASSIGN_OR_RETURN(std::optional<std::string> row, store_.Get(RowKey(ref), snapshot));
  if (!row) return std::optional<HeldRecord>();
  ByteReader in(*row);
  if (in.LengthPrefixed().empty()) return std::optional<HeldRecord>();
  TOCSIN_ASSIGN_OR_RETURN(HeldRecord held, DecodeHeld(ref, *row));
  held.HideErased();
  return std::optional<HeldRecord>(std::move(held));
}

absl::StatusOr<StoredRecord> LogView::Get(const RecordName& name) const {
  const RecordRef ref{name.key.kind, name.scope, name.key.id};
  TOCSIN_ASSIGN_OR_RETURN(std::optional<HeldRecord> held, ReadHeld(ref));
  std::optional<Projected> projected;
  if (held) {
    projected = Project(
        *held, present_,
        [&](const Dot& dot, uint32_t field, uint32_t element) {
          if (held->IsPastTerm(dot)) return true;
          auto row = store_.Get(ErasedKey(ref.scope, dot, field, element));
          return row.ok() && row->has_value();
        },
        PastIn(store_, ref), /*with_originals=*/true);
  }
  if (!projected) return NotHeld(name);
  SetNames(ref, held->code_bits(), projected->shown);
  StoredRecord record{.name = {ref.scope, held->key()},
                      .changes = {},
                      .merged = std::move(projected->merged),
                      .shown = std::move(projected->shown),
                      .awaited = held->awaited(),
                      .first_arrival = held->AllProvenance().first_arrival,
                      .past_change = nullptr};
  if (held->past().changes > 0) {
    record.past_change = PastIn(store_, ref);
  }
  for (HeldRecord::Item& item : held->items()) {
    if (item.withheld == Withheld::kNot) record.changes.push_back(std::move(item.change));
  }
  return record;
}

absl::StatusOr<std::vector<merge::HeldChange>> LogView::History(const RecordName& name) const {
  const RecordRef ref{name.key.kind, name.scope, name.key.id};
  std::shared_ptr<const store::Snapshot> moment = store_.TakeSnapshot();
  TOCSIN_ASSIGN_OR_RETURN(std::optional<HeldRecord> held, ReadHeld(ref, moment.get()));
  if (!held) return NotHeld(name);
  std::vector<merge::HeldChange> past;
  if (held->past().changes > 0) {
    TOCSIN_ASSIGN_OR_RETURN(past, ReadPast(store_, ref, moment.get()));
  }
  held->BringBack(std::move(past));
  std::vector<merge::HeldChange> changes;
  for (HeldRecord::Item& item : held->items()) {
    if (item.withheld == Withheld::kNot) changes.push_back(std::move(item.change));
  }
  return changes;
}

absl::StatusOr<std::vector<RecordName>> LogView::Find(const Scope& scope, v1::Kind kind,
                                                      absl::string_view code_or_uuid) const {
  if (auto code = SpokenCode::Parse(code_or_uuid); code.ok()) return FindCode(scope, kind, *code);
  if (auto id = schema::ParseUid(code_or_uuid); id.ok()) return FindUid(scope, kind, *id);
  return absl::InvalidArgumentError(absl::StrCat(
      "'", code_or_uuid, "' is neither a code (eight characters, '7K3M9QXF') nor a UUID: ",
      SpokenCode::Parse(code_or_uuid).status().message()));
}

absl::StatusOr<std::vector<RecordName>> LogView::FindCode(const Scope& scope, v1::Kind kind,
                                                          const SpokenCode& code) const {
  std::vector<RecordName> names;
  const KeyRange range = WithPrefix(CodePrefix(scope, code.bits()));
  auto it = store_.Scan(range.first, range.second);
  for (; it->Valid(); it->Next()) {
    auto ref = RecordOfCodeKey(it->key());
    if (!ref || (kind != v1::KIND_UNSPECIFIED && ref->kind != static_cast<uint32_t>(kind))) {
      continue;
    }
    TOCSIN_ASSIGN_OR_RETURN(std::optional<HeldRecord> held, ReadHeld(*ref));
    if (held) names.push_back({scope, held->key()});
  }
  TOCSIN_RETURN_IF_ERROR(it->status());
  std::stable_partition(names.begin(), names.end(),
                        [](const RecordName& name) { return name.key.code_bits.has_value(); });
  return names;
}

absl::StatusOr<std::vector<RecordName>> LogView::FindUid(const Scope& scope, v1::Kind kind,
                                                         const RecordId& id) const {
  std::vector<RecordName> names;
  for (const schema::KindInfo& info : schema::Kinds()) {
    if (kind != v1::KIND_UNSPECIFIED && kind != info.kind) continue;
    TOCSIN_ASSIGN_OR_RETURN(std::optional<HeldRecord> held,
                            ReadHeld({static_cast<uint32_t>(info.kind), scope, id}));
    if (held) names.push_back({scope, held->key()});
  }
  return names;
}

absl::StatusOr<std::vector<RecordName>> LogView::RelationsOf(const RecordName& name,
                                                             size_t limit) const {
  std::vector<RecordName> names;
  const std::string prefix = RelationPrefix({name.key.kind, name.scope, name.key.id});
  const KeyRange range = WithPrefix(prefix);
  auto it = store_.Scan(range.first, range.second);
  for (; it->Valid() && names.size() < limit; it->Next()) {
    auto ref = RelationOfKey(it->key(), prefix.size());
    if (!ref) continue;
    TOCSIN_ASSIGN_OR_RETURN(std::optional<HeldRecord> held, ReadHeld(*ref));
    if (held) names.push_back({ref->scope, held->key()});
  }
  TOCSIN_RETURN_IF_ERROR(it->status());
  return names;
}

absl::StatusOr<ListPage> LogView::List(const ListQuery& query) const {
  TOCSIN_ASSIGN_OR_RETURN(Query parsed, Query::Parse(query));
  return parsed.Run(store_);
}

absl::StatusOr<bool> LogView::Matches(const ListQuery& query, const StoredRecord& record) const {
  TOCSIN_ASSIGN_OR_RETURN(std::shared_ptr<const Query> parsed, ParsedOnce(query));
  return parsed->Matches(record.shown);
}

absl::StatusOr<std::shared_ptr<const Query>> LogView::ParsedOnce(const ListQuery& query) const {
  const std::string key = Query::FingerprintOf(query);
  {
    absl::MutexLock lock(&parsed_mutex_);
    if (auto known = parsed_.find(key); known != parsed_.end()) return known->second;
  }
  TOCSIN_ASSIGN_OR_RETURN(Query parsed, Query::Parse(query));
  auto shared = std::make_shared<const Query>(std::move(parsed));
  absl::MutexLock lock(&parsed_mutex_);
  if (parsed_.size() >= kParsedMax) parsed_.clear();
  parsed_[key] = shared;
  return shared;
}

absl::StatusOr<std::vector<RecordName>> LogView::ChangedSince(const log::Ends& from) const {
  const log::Ends at = cursors();
  const log::Ends ends = log_.ends();
  std::vector<std::pair<Arrival, RecordName>> changed;
  for (log::Queue queue : log::kQueues) {
    if (from.of(queue) > ends.of(queue)) {
      return absl::OutOfRangeError(
          "resume_token: it is not of this node's log as it is now (the log was restored, or the "
          "token is another node's); watch again from the beginning");
    }
    for (Arrival after = from.of(queue); after < at.of(queue);) {
      TOCSIN_ASSIGN_OR_RETURN(std::vector<log::Entry> entries,
                              log_.ReadEntries(queue, after, kReadBytes));
      if (entries.empty()) break;
      for (const log::Entry& entry : entries) {
        after = entry.arrival;
        if (after > at.of(queue)) break;
        for (const log::PlacedChange& placed : entry.changes) {
          changed.push_back({entry.arrival, {entry.scope, placed.change.key}});
          if (auto subject = SubjectOf(entry.scope, placed.change)) {
            changed.push_back({entry.arrival, {entry.scope, *std::move(subject)}});
          }
        }
      }
      if (changed.size() > kChangedMax) {
        return absl::OutOfRangeError(absl::StrCat(
            "resume_token: more than ", kChangedMax,
            " changes came since; watch again from the beginning, with include_current"));
      }
    }
  }
  std::stable_sort(changed.begin(), changed.end(),
                   [](const auto& a, const auto& b) { return a.first < b.first; });
  std::vector<RecordName> names;
  absl::flat_hash_set<std::string> seen;
  for (auto& [arrival, name] : changed) {
    if (seen.insert(RowKey({name.key.kind, name.scope, name.key.id})).second) {
      names.push_back(std::move(name));
    }
  }
  return names;
}

absl::StatusOr<std::vector<std::pair<v1::Kind, uint64_t>>> LogView::CountByKind() const {
  std::vector<std::pair<v1::Kind, uint64_t>> counts;
  auto it = store_.Scan("n", "o");
  for (; it->Valid(); it->Next()) {
    const auto kind = static_cast<v1::Kind>(ByteReader(it->key().substr(1)).U32());
    const uint64_t count = ByteReader(it->value()).U64();
    if (count > 0) counts.push_back({kind, count});
  }
  TOCSIN_RETURN_IF_ERROR(it->status());
  return counts;
}

absl::StatusOr<std::vector<RecordName>> LogView::InConflict() const {
  std::vector<RecordName> names;
  for (const schema::KindInfo& info : schema::Kinds()) {
    const auto kind = static_cast<uint32_t>(info.kind);
    const std::string prefix = ConflictPrefix(kind);
    const KeyRange range = WithPrefix(prefix);
    auto it = store_.Scan(range.first, range.second);
    for (; it->Valid(); it->Next()) {
      if (auto entry = ReadIndexKey(it->key(), prefix.size(), kind)) {
        names.push_back({entry->record.scope, {kind, std::nullopt, entry->record.id}});
      }
    }
    TOCSIN_RETURN_IF_ERROR(it->status());
  }
  return names;
}

}  // namespace

absl::StatusOr<std::unique_ptr<View>> View::Open(store::Store& store, log::Log& log,
                                                 const identity::Identity& identity,
                                                 identity::TrustStore& trust, Clock& /*clock*/,
                                                 Executor& executor, const ViewOptions& options) {
  auto view = std::make_unique<LogView>(store, log, PresentingFor(identity, options));
  TOCSIN_RETURN_IF_ERROR(view->Start(trust, executor, options));
  return view;
}

}  // namespace tocsin::view
