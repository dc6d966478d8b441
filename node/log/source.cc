#include "node/log/source.h"

#include <absl/strings/str_cat.h>

#include "node/base/bytes.h"
#include "node/base/status.h"

namespace tocsin::log {
namespace {

absl::Status DamagedEntry(const LaneId& lane, uint64_t first, uint64_t last,
                          absl::string_view why) {
  return absl::DataLossError(
      absl::StrCat("changes ", first, " to ", last, " of lane ", lane.ToHex().substr(0, 16),
                   " are damaged on this disk (", why,
                   "); they are asked of every neighbour again. Check the disk"));
}

constexpr auto kNoVisit = [](size_t, const ChangeView&, const Step&) { return absl::OkStatus(); };

absl::StatusOr<UnpackedBlock> UnpackPayload(const EntryParts& entry, ChangeVisitor visit) {
  if (entry.header.form == PayloadForm::kBlock) return UnpackBlock(entry.payload, visit);
  UnpackedBlock range;
  ByteReader in(entry.payload);
  Step prior = in.Fixed<Step>();
  uint64_t count = entry.header.last - entry.header.first + 1;
  if (!in.ok() || count > kBlockChangesMax)
    return absl::InvalidArgumentError("no group of changes");
  range.header = {entry.header.lane, Seq(entry.header.first), static_cast<uint32_t>(count), prior,
                  Signature()};
  range.raw = std::string(in.Peek());
  TOCSIN_ASSIGN_OR_RETURN(range.changes,
                          WalkChanges(range.raw, static_cast<size_t>(count), prior, visit));
  return range;
}

}  // namespace

absl::StatusOr<std::optional<std::string>> StoreSource::Get(absl::string_view key) const {
  return store_.Get(key, moment_.get());
}

absl::Status StoreSource::Scan(absl::string_view begin, absl::string_view end, Visit visit) const {
  auto at = store_.Scan(begin, end, moment_.get());
  for (; at->Valid(); at->Next()) {
    if (!visit(at->key(), at->value())) return absl::OkStatus();
  }
  return at->status();
}

absl::Status ScanAround(const RowSource& source, absl::string_view begin, absl::string_view end,
                        RowSource::Visit visit, absl::FunctionRef<void(const absl::Status&)> lost) {
  std::string from(begin);
  bool was_lost = false;
  while (from < end) {
    std::string last;
    absl::Status scanned =
        source.Scan(from, end, [&](absl::string_view key, absl::string_view value) {
          last = std::string(key);
          was_lost = false;
          return visit(key, value);
        });
    if (!absl::IsDataLoss(scanned)) return scanned;
    if (!was_lost) lost(scanned);
    was_lost = true;
    std::string slice = (last.empty() ? from : last).substr(0, begin.size() + 2);
    slice.resize(begin.size() + 2, '\0');
    size_t at = slice.size();
    while (at > begin.size() && static_cast<uint8_t>(slice[at - 1]) == 0xff) slice[--at] = '\0';
    if (at == begin.size()) return absl::OkStatus();
    slice[at - 1] = static_cast<char>(static_cast<uint8_t>(slice[at - 1]) + 1);
    from = std::move(slice);
  }
  return absl::OkStatus();
}

absl::StatusOr<std::vector<PlacedRow>> RowsOf(const RowSource& source, const Scope& scope,
                                              const LaneId& lane, uint64_t first, uint64_t last,
                                              uint8_t branch) {
  std::vector<PlacedRow> rows;
  absl::Status bad;
  std::string prefix = IndexPrefix(scope, lane);
  absl::Status scanned = source.Scan(
      IndexKey(scope, lane, first, 0), PrefixEnd(prefix),
      [&](absl::string_view key, absl::string_view value) {
        ByteReader in(key.substr(prefix.size()));
        PlacedRow row;
        row.last = in.U64();
        row.branch = in.U8();
        auto decoded = DecodeIndexRow(value);
        if (!in.AtEnd() || !decoded.ok()) {
          bad = decoded.ok() ? absl::DataLossError("a key of the log's index is damaged")
                             : decoded.status();
          return false;
        }
        row.row = *decoded;
        if (row.branch != branch) return true;
        if (row.row.first > last) return false;
        rows.push_back(row);
        return row.last < last;
      });
  TOCSIN_RETURN_IF_ERROR(bad);
  TOCSIN_RETURN_IF_ERROR(scanned);
  return rows;
}

absl::StatusOr<std::optional<PlacedRow>> FindRow(const RowSource& source, const Scope& scope,
                                                 const LaneId& lane, uint64_t seq, uint8_t branch) {
  TOCSIN_ASSIGN_OR_RETURN(std::vector<PlacedRow> rows,
                          RowsOf(source, scope, lane, seq, seq, branch));
  if (rows.empty()) return std::optional<PlacedRow>();
  return std::optional<PlacedRow>(rows.front());
}

absl::StatusOr<LoadedEntry> UnpackEntry(absl::string_view bytes, ChangeVisitor visit) {
  TOCSIN_ASSIGN_OR_RETURN(EntryParts parts, DecodeEntry(bytes));
  LoadedEntry entry;
  const EntryHeader& header = parts.header;
  auto range = UnpackPayload(parts, visit);
  if (!range.ok()) {
    return DamagedEntry(header.lane, header.first, header.last, range.status().message());
  }
  entry.header = header;
  entry.range = *std::move(range);
  if (entry.range.header.lane != header.lane || entry.range_first() > header.first ||
      entry.range_last() < header.last || entry.StepAt(header.last) != header.last_step) {
    return DamagedEntry(header.lane, header.first, header.last, "the chain has another step");
  }
  if (header.form == PayloadForm::kBlock) entry.block = std::string(parts.payload);
  return entry;
}

absl::StatusOr<std::string> EntryBytes(const RowSource& source, Queue queue, Arrival arrival) {
  TOCSIN_ASSIGN_OR_RETURN(std::optional<std::string> bytes, source.Get(EntryKey(queue, arrival)));
  if (bytes.has_value()) return *std::move(bytes);
  return absl::DataLossError(
      absl::StrCat("entry ", arrival.value(), " of the log is missing: run 'tocsin audit verify'"));
}

absl::StatusOr<LoadedEntry> LoadEntry(const RowSource& source, Queue queue, Arrival arrival,
                                      ChangeVisitor visit) {
  TOCSIN_ASSIGN_OR_RETURN(const std::string bytes, EntryBytes(source, queue, arrival));
  return UnpackEntry(bytes, visit);
}

absl::StatusOr<LoadedEntry> LoadEntry(const RowSource& source, Queue queue, Arrival arrival) {
  return LoadEntry(source, queue, arrival, kNoVisit);
}

absl::StatusOr<Step> ReadStep(const RowSource& source, const Scope& scope, const LaneId& lane,
                              uint64_t seq, uint8_t branch) {
  if (seq == 0) return StepZero(lane);
  TOCSIN_ASSIGN_OR_RETURN(std::optional<PlacedRow> row, FindRow(source, scope, lane, seq, branch));
  if (!row.has_value()) {
    return absl::NotFoundError(
        absl::StrCat("change ", seq, " of lane ", lane.ToHex().substr(0, 16), " is not held"));
  }
  if (row->last == seq) return row->row.last_step;
  TOCSIN_ASSIGN_OR_RETURN(LoadedEntry entry, LoadEntry(source, row->row.queue, row->row.arrival));
  if (seq < entry.range_first() || seq > entry.range_last()) {
    return DamagedEntry(lane, row->row.first, row->last, "the index leads elsewhere");
  }
  return entry.StepAt(seq);
}

std::string OwnPayload(const Step& before, absl::string_view raw) {
  return absl::StrCat(before.view(), raw);
}

}  // namespace tocsin::log
