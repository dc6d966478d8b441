#include "node/log/reader.h"

#include <absl/strings/str_cat.h>

#include <algorithm>
#include <map>
#include <utility>

#include "node/base/log.h"
#include "node/base/status.h"
#include "node/log/block_builder.h"
#include "node/log/placed.h"
#include "node/log/receipt.h"

namespace tocsin::log {
namespace {

// A stored block of fewer changes and bytes than these is joined with its neighbours.
constexpr size_t kBigBlockChanges = 128;
constexpr size_t kBigBlockBytes = 16 * 1024;

constexpr auto kNoVisit = [](size_t, const ChangeView&, const Step&) { return absl::OkStatus(); };

std::string Named(const LaneId& lane) { return lane.ToHex().substr(0, 16); }

absl::Status NotHeld(const LaneId& lane, Seq seq) {
  return absl::NotFoundError(
      absl::StrCat("change ", seq.value(), " of lane ", Named(lane), " is not held"));
}

bool IsBlock(absl::string_view bytes) {
  auto entry = DecodeEntry(bytes);
  return entry.ok() && entry->header.form == PayloadForm::kBlock;
}

bool IsWholeBlock(const LoadedEntry& entry, const PlacedRow& row) {
  return entry.header.form == PayloadForm::kBlock && entry.range_first() == row.row.first &&
         entry.range_last() == row.last;
}

bool IsBig(size_t changes, size_t bytes) {
  return changes >= kBigBlockChanges || bytes >= kBigBlockBytes;
}

bool IsBig(const LoadedEntry& entry) {
  return IsBig(entry.range.changes.size(), entry.range.raw.size());
}

}  // namespace

Reader::Reader(Context& context, Damaged damaged)
    : context_(context), source_(context.store), damaged_(std::move(damaged)) {}

absl::StatusOr<LaneRecordPtr> Reader::Known(const LaneId& lane) const {
  LaneRecordPtr record = context_.table.Find(lane);
  if (record == nullptr || record->birth == nullptr) {
    return absl::NotFoundError(absl::StrCat("lane ", Named(lane), " is not held"));
  }
  return record;
}

absl::StatusOr<LoadedEntry> Reader::Load(const LaneRecord& lane, const PlacedRow& row,
                                         ChangeVisitor visit) const {
  return Checked(lane, row, LoadEntry(source_, row.row.queue, row.row.arrival, visit));
}

absl::StatusOr<LoadedEntry> Reader::Checked(const LaneRecord& lane, const PlacedRow& row,
                                            absl::StatusOr<LoadedEntry> entry) const {
  bool leads = entry.ok() && entry->header.lane == lane.id &&
               entry->range_first() <= row.row.first && row.last <= entry->range_last() &&
               entry->StepAt(row.row.first - 1) == row.row.before &&
               entry->StepAt(row.last) == row.row.last_step;
  if (leads) return entry;
  if (entry.ok() || absl::IsDataLoss(entry.status())) damaged_(lane.id, row);
  if (!entry.ok()) return entry.status();
  return absl::DataLossError(absl::StrCat("changes ", row.row.first, " to ", row.last, " of lane ",
                                          Named(lane.id), " are damaged on this disk: the index ",
                                          "leads elsewhere"));
}

std::optional<std::string> Reader::WholeBlock(const LaneRecord& lane, const PlacedRow& row,
                                              absl::string_view bytes) {
  auto entry = DecodeEntry(bytes);
  if (!entry.ok() || entry->header.form != PayloadForm::kBlock) return std::nullopt;
  auto block = ReadBlockHeader(entry->payload);
  const bool leads = block.ok() && entry->header.lane == lane.id && block->lane == lane.id &&
                     block->first.value() == row.row.first && block->last().value() == row.last &&
                     entry->header.last == row.last && block->prior == row.row.before &&
                     entry->header.last_step == row.row.last_step;
  if (!leads || !IsBig(block->count, entry->payload.size())) return std::nullopt;
  return std::string(entry->payload);
}

// A block whose seal rotted would be refused by whoever it is sent to, and its lane with it.
absl::StatusOr<LoadedEntry> Reader::LoadUnknown(const LaneRecord& lane, const PlacedRow& row,
                                                absl::string_view bytes) const {
  TOCSIN_ASSIGN_OR_RETURN(LoadedEntry entry, Checked(lane, row, UnpackEntry(bytes, kNoVisit)));
  if (entry.header.form == PayloadForm::kOwnGroup) return entry;
  std::optional<identity::Certificate> author = context_.trust.Find(lane.birth->certificate);
  if (author && !VerifySeal(entry.range, *author, context_.trust.network_id()).ok()) {
    damaged_(lane.id, row);
    return absl::DataLossError(absl::StrCat("changes ", row.row.first, " to ", row.last,
                                            " of lane ", Named(lane.id),
                                            " are damaged on this disk: they bear no seal"));
  }
  context_.known_entries.Add(bytes);
  return entry;
}

absl::StatusOr<std::vector<Entry>> Reader::ReadEntries(Queue queue, Arrival after, Arrival end,
                                                       size_t bytes_max) const {
  std::vector<Entry> entries;
  if (after >= end) return entries;
  size_t bytes = 0;
  std::vector<EntryHeader> damaged;
  absl::Status bad;
  Arrival reached = after;
  auto take = [&](absl::string_view key, absl::string_view value) {
    auto parts = ParseEntryKey(key);
    if (!parts.ok()) {
      bad = parts.status();
      return false;
    }
    reached = parts->arrival;
    auto header = DecodeEntry(value);
    LaneRecordPtr lane = header.ok() ? context_.table.Find(header->header.lane) : nullptr;
    if (lane == nullptr || lane->birth == nullptr) return true;  // audit names it
    std::vector<Change> changes;
    auto loaded = UnpackEntry(value, [&](size_t, const ChangeView& view, const Step&) {
      changes.push_back(ToChange(lane->scope, view));
      return absl::OkStatus();
    });
    if (!loaded.ok()) {
      damaged.push_back(header->header);
      return true;
    }
    const EntryHeader& at = loaded->header;
    Entry& entry =
        entries.emplace_back(Entry{queue,
                                   parts->arrival,
                                   at.lane,
                                   lane->scope,
                                   lane->precedence,
                                   lane->birth->certificate,
                                   absl::FromUnixMillis(static_cast<int64_t>(at.wall_ms)),
                                   absl::Milliseconds(static_cast<int64_t>(at.elapsed_ms)),
                                   at.process,
                                   at.via,
                                   at.peer,
                                   {}});
    entry.changes.reserve(static_cast<size_t>(at.last - at.first + 1));
    for (uint64_t seq = at.first; seq <= at.last; ++seq) {
      entry.changes.push_back(
          {at.lane, Seq(seq), loaded->StepAt(seq),
           std::move(changes[static_cast<size_t>(seq - loaded->range_first())])});
    }
    bytes += value.size();
    return bytes < bytes_max;
  };
  absl::Status scanned =
      source_.Scan(EntryKey(queue, after.Next()), EntryKey(queue, end.Next()), take);
  if (absl::IsDataLoss(scanned) && !context_.store.failed()) {
    scanned = ReadPastDamage(queue, reached, end, take);
  }
  TOCSIN_RETURN_IF_ERROR(bad);
  TOCSIN_RETURN_IF_ERROR(scanned);
  for (const EntryHeader& header : damaged) {
    LaneRecordPtr lane = context_.table.Find(header.lane);
    for (const Span& span : lane->spans) {
      auto row = FindRow(source_, lane->scope, lane->id, header.last, span.branch);
      if (row.ok() && row->has_value()) damaged_(lane->id, **row);
    }
  }
  return entries;
}

// The engine cannot walk past a page that is damaged. The index says which entries there are: each
// that cannot be read is a gap from here on, and those behind it are read.
absl::Status Reader::ReadPastDamage(Queue queue, Arrival after, Arrival end,
                                    RowSource::Visit take) const {
  std::map<Arrival, std::vector<std::pair<LaneId, PlacedRow>>> rows;
  absl::Status bad;
  const std::string table(1, kIndexTable);
  TOCSIN_RETURN_IF_ERROR(source_.Scan(
      table, std::string(1, kIndexTable + 1), [&](absl::string_view key, absl::string_view value) {
        auto parts = ParseIndexKey(key);
        auto row = DecodeIndexRow(value);
        if (!parts.ok() || !row.ok()) {
          bad = parts.ok() ? row.status() : parts.status();
          return false;
        }
        if (row->queue == queue && row->arrival > after && row->arrival <= end) {
          rows[row->arrival].emplace_back(parts->lane, PlacedRow{parts->last, parts->branch, *row});
        }
        return true;
      }));
  TOCSIN_RETURN_IF_ERROR(bad);
  for (const auto& [arrival, placed] : rows) {
    const std::string key = EntryKey(queue, arrival);
    auto value = source_.Get(key);
    if (value.ok() && value->has_value()) {
      if (!take(key, **value)) return absl::OkStatus();
      continue;
    }
    if (!value.ok() && !absl::IsDataLoss(value.status())) return value.status();
    for (const auto& [lane, row] : placed) damaged_(lane, row);
  }
  return absl::OkStatus();
}

absl::StatusOr<std::vector<PlacedChange>> Reader::ReadLane(const LaneId& lane, Seq first, Seq last,
                                                           uint8_t branch) const {
  TOCSIN_ASSIGN_OR_RETURN(LaneRecordPtr record, Known(lane));
  TOCSIN_ASSIGN_OR_RETURN(std::vector<PlacedRow> rows, RowsOf(source_, record->scope, lane,
                                                              first.value(), last.value(), branch));
  std::vector<PlacedChange> placed;
  for (const PlacedRow& row : rows) {
    std::vector<Change> changes;
    TOCSIN_ASSIGN_OR_RETURN(LoadedEntry entry,
                            Load(*record, row, [&](size_t, const ChangeView& view, const Step&) {
                              changes.push_back(ToChange(record->scope, view));
                              return absl::OkStatus();
                            }));
    uint64_t from = std::max(first.value(), row.row.first);
    uint64_t to = std::min(last.value(), row.last);
    for (uint64_t seq = from; seq <= to; ++seq) {
      placed.push_back({lane, Seq(seq), entry.StepAt(seq),
                        std::move(changes[static_cast<size_t>(seq - entry.range_first())])});
    }
  }
  return placed;
}

absl::StatusOr<PlacedChange> Reader::ReadChange(const LaneId& lane, Seq seq, const Dot& dot) const {
  TOCSIN_ASSIGN_OR_RETURN(LaneRecordPtr record, Known(lane));
  // Damage of one branch is no reason not to look at another.
  absl::Status failed = NotHeld(lane, seq);
  for (const Span& span : record->spans) {
    if (seq.value() < span.first || seq.value() > span.last) continue;
    auto found = ReadLane(lane, seq, seq, span.branch);
    if (!found.ok()) {
      failed = found.status();
    } else if (!found->empty() && found->front().dot() == dot) {
      return std::move(found->front());
    }
  }
  return failed;
}

absl::StatusOr<Step> Reader::StepAt(const LaneId& lane, Seq seq, uint8_t branch) const {
  TOCSIN_ASSIGN_OR_RETURN(LaneRecordPtr record, Known(lane));
  for (const Span& span : record->spans) {
    if (span.branch == branch && span.last == seq.value()) return span.last_step;
  }
  return ReadStep(source_, record->scope, lane, seq.value(), branch);
}

absl::StatusOr<std::vector<std::string>> Reader::ReadBlocks(const LaneId& lane, Seq first, Seq last,
                                                            uint8_t branch,
                                                            size_t bytes_max) const {
  TOCSIN_ASSIGN_OR_RETURN(LaneRecordPtr record, Known(lane));
  // A stored block that ends beyond `last` wants its tail from where that lies.
  TOCSIN_ASSIGN_OR_RETURN(
      std::vector<PlacedRow> rows,
      RowsOf(source_, record->scope, lane, first.value(), last.value() + kBlockChangesMax, branch));
  if (rows.empty() || rows.front().row.first > first.value()) return NotHeld(lane, first);
  // What a renewal found unsealed is sealed by the key of the lane's birth.
  const identity::PrivateKey* key = context_.identity.KeyOf(record->birth->certificate);
  BlockBuilder builder(lane, [&](Seq seq, const Step& step) {
    return key->Sign(identity::Use::kSeal, context_.identity.network_id(),
                     SealedBytes(lane, seq, step));
  });

  std::vector<std::string> blocks;
  size_t bytes = 0;
  uint64_t next = first.value();
  auto goes_on = [&](size_t i) {
    return i + 1 < rows.size() && rows[i + 1].row.first == rows[i].last + 1 &&
           rows[i + 1].row.before == rows[i].row.last_step;
  };
  auto take_apart = [&](size_t i, const LoadedEntry& entry, bool own) {
    const uint64_t end = own ? std::min(rows[i].last, std::max(last.value(), next)) : rows[i].last;
    for (uint64_t seq = next; seq <= end; ++seq) {
      builder.Add(seq, entry.StepAt(seq - 1), entry.ChangeAt(seq), entry.LongestAt(seq),
                  entry.StepAt(seq), own);
    }
    if (!own) {
      builder.KnowSeal(entry.range_last(), entry.range.last_step(), entry.range.header.seal);
    }
    // A tail whose place elsewhere was lost goes without its texts, for the sake of its seal.
    for (uint64_t seq = rows[i].last + 1; !goes_on(i) && seq <= entry.range_last(); ++seq) {
      builder.Add(seq, entry.StepAt(seq - 1), entry.ChangeAt(seq), entry.LongestAt(seq),
                  entry.StepAt(seq), false);
    }
    // Once all that was asked is in, a block ends wherever it can.
    builder.Emit(rows[i].last >= last.value(), blocks);
  };
  for (size_t i = 0; i < rows.size(); ++i) {
    const PlacedRow& row = rows[i];
    if (row.row.first > last.value() && builder.empty()) break;
    size_t before = blocks.size();
    auto stored = EntryBytes(source_, row.row.queue, row.row.arrival);
    if (absl::IsDataLoss(stored.status())) damaged_(lane, row);
    TOCSIN_RETURN_IF_ERROR(stored.status());
    const bool known = IsBlock(*stored) && context_.known_entries.Has(*stored);
    std::optional<std::string> as_it_is;
    if (known && next == row.row.first) as_it_is = WholeBlock(*record, row, *stored);
    if (as_it_is) builder.Emit(true, blocks);
    if (as_it_is && builder.empty()) {
      blocks.push_back(*std::move(as_it_is));
    } else {
      TOCSIN_ASSIGN_OR_RETURN(LoadedEntry entry,
                              known ? Checked(*record, row, UnpackEntry(*stored, kNoVisit))
                                    : LoadUnknown(*record, row, *stored));
      const bool own = entry.header.form == PayloadForm::kOwnGroup;
      if (own && key == nullptr) {
        return absl::FailedPreconditionError(absl::StrCat(
            "lane ", Named(lane), " was written under an earlier key of this node, which alone ",
            "can seal it and is lost; what it wrote goes on under the present one"));
      }
      const bool whole = IsWholeBlock(entry, row) && next == row.row.first && IsBig(entry);
      if (whole) builder.Emit(true, blocks);
      if (whole && builder.empty()) {
        blocks.push_back(std::move(entry.block));
      } else {
        take_apart(i, entry, own);
      }
    }
    for (; before < blocks.size(); ++before) bytes += blocks[before].size();
    next = row.last + 1;
    if (bytes >= bytes_max) return blocks;
    if (!goes_on(i)) break;
  }
  builder.Emit(true, blocks);
  return blocks;
}

absl::StatusOr<std::string> Reader::BirthBytes(const LaneId& lane) const {
  TOCSIN_ASSIGN_OR_RETURN(std::optional<std::string> bytes, source_.Get(BirthKey(lane)));
  if (!bytes.has_value()) {
    return absl::NotFoundError(absl::StrCat("the birth of lane ", Named(lane), " is not held"));
  }
  return *std::move(bytes);
}

absl::StatusOr<std::vector<std::string>> Reader::ReceiptsOf(const Scope& scope) const {
  std::vector<std::string> receipts;
  std::shared_ptr<const ScopeState> state = context_.table.ScopeOf(scope);
  if (state == nullptr) return receipts;
  for (const ReceiptNumber& number : state->receipts) {
    TOCSIN_ASSIGN_OR_RETURN(std::optional<std::string> bytes,
                            source_.Get(ReceiptKey(scope, number.holder)));
    if (bytes.has_value()) receipts.push_back(*std::move(bytes));
  }
  return receipts;
}

absl::StatusOr<bool> Reader::IsRestated(const Dot& dot) const {
  bool found = false;
  const std::string prefix = RestatedPrefix(dot);
  TOCSIN_RETURN_IF_ERROR(
      source_.Scan(prefix, PrefixEnd(prefix), [&](absl::string_view key, absl::string_view) {
        auto parts = ParseRestatedKey(key);
        LaneRecordPtr lane = parts.ok() ? context_.table.Find(parts->lane) : nullptr;
        found = lane != nullptr && lane->birth != nullptr &&
                context_.identity.KeyOf(lane->birth->certificate) != nullptr;
        return !found;
      }));
  return found;
}

absl::StatusOr<std::vector<std::string>> Reader::HighestReceipts() const {
  std::vector<std::string> receipts;
  for (const LaneTable::ReceiptUpdate& highest : context_.table.HighestReceipts()) {
    if (highest.receipt.holder == context_.identity.id()) continue;
    TOCSIN_ASSIGN_OR_RETURN(std::optional<std::string> bytes,
                            source_.Get(ReceiptKey(highest.scope, highest.receipt.holder)));
    if (bytes.has_value()) receipts.push_back(*std::move(bytes));
  }
  return receipts;
}

absl::StatusOr<std::shared_ptr<const std::vector<Vouched>>> Reader::VouchedFor(
    const Scope& scope, const CertId& holder) const {
  std::shared_ptr<const ScopeState> state = context_.table.ScopeOf(scope);
  uint64_t number = context_.table.ReceiptNumberOf(scope, holder);
  if (state == nullptr || number == 0) return std::make_shared<const std::vector<Vouched>>();
  auto births =
      static_cast<size_t>(std::count_if(state->lanes.begin(), state->lanes.end(),
                                        [](const LaneState& lane) { return lane.has_birth; }));
  {
    absl::MutexLock lock(&mutex_);
    auto found = vouched_.find({scope, holder});
    if (found != vouched_.end() && found->second.number == number &&
        found->second.births == births) {
      return found->second.vouched;
    }
  }
  TOCSIN_ASSIGN_OR_RETURN(std::optional<std::string> bytes, source_.Get(ReceiptKey(scope, holder)));
  if (!bytes.has_value()) return std::make_shared<const std::vector<Vouched>>();
  TOCSIN_ASSIGN_OR_RETURN(Receipt receipt, DecodeReceipt(*bytes));
  auto vouched = std::make_shared<const std::vector<Vouched>>(VouchedBy(receipt, state->lanes));
  absl::MutexLock lock(&mutex_);
  vouched_[{scope, holder}] = {receipt.number, births, vouched};
  return vouched;
}

absl::StatusOr<bool> Reader::IsHeldBy(const CertId& holder, const LaneId& lane, Seq seq,
                                      const Dot& dot) const {
  TOCSIN_ASSIGN_OR_RETURN(LaneRecordPtr record, Known(lane));
  TOCSIN_ASSIGN_OR_RETURN(std::shared_ptr<const std::vector<Vouched>> vouched,
                          VouchedFor(record->scope, holder));
  auto at = std::lower_bound(vouched->begin(), vouched->end(), lane,
                             [](const Vouched& a, const LaneId& id) { return a.lane < id; });
  if (at == vouched->end() || at->lane != lane) return false;
  bool parted = Width(record->spans) > 1;
  for (const ListedRun& run : at->runs) {
    if (seq < run.first || run.last < seq) continue;
    if (!parted && (record->spans.empty() || run.last.value() > record->spans.back().last)) {
      return true;  // the holder has more of the one chain that there is
    }
    // The run's chain is known here if some span has its last step, and the change if it lies on
    // that chain: between them nothing parts.
    for (const Span& span : record->spans) {
      if (run.last.value() < span.first || span.last < run.last.value()) continue;
      auto step = StepAt(lane, run.last, span.branch);
      if (!step.ok() || *step != run.last_step) continue;
      if (!parted) return true;
      auto change = StepAt(lane, seq, span.branch);
      if (seq.value() >= span.first && change.ok() && DotOf(*change) == dot) return true;
    }
  }
  return false;
}

}  // namespace tocsin::log
