// Group's part that stores ranges: trimming, branches, repairs.
#include <absl/strings/str_cat.h>

#include <algorithm>
#include <utility>

#include "node/base/log.h"
#include "node/base/planted.h"
#include "node/base/status.h"
#include "node/log/group.h"
#include "node/log/scrub.h"

namespace tocsin::log {
namespace {

Queue QueueFor(Via via, Precedence precedence) {
  if (via == Via::kOwn) return Queue::kOwn;
  switch (precedence) {
    case Precedence::kFlash:
      return Queue::kFlash;
    case Precedence::kPriority:
      return Queue::kPriority;
    case Precedence::kRoutine:
      return Queue::kRoutine;
  }
  return Queue::kRoutine;
}

uint64_t Millis(absl::Duration duration) {
  return static_cast<uint64_t>(std::max<int64_t>(0, absl::ToInt64Milliseconds(duration)));
}

// A change without any of its texts.
void AppendTextless(absl::string_view change, std::string& out) {
  ChangeView view;
  absl::string_view rest = change;
  TOCSIN_CHECK(view.Parse(rest).ok());
  if (view.texts().empty()) {
    out.append(change.data(), change.size());
  } else {
    view.AppendWithout([](const TextView&) { return true; }, out);
  }
}

// Everything from `part.first` on, the texts behind `part` left out: their place is elsewhere.
std::string PayloadOf(const Range& range, SeqRange part) {
  bool own = range.block.empty() && range.header.seal.IsZero();
  bool whole = part.first == range.first() && part.last == range.last();
  if (!own && whole && !range.block.empty()) return range.block;
  std::string raw;
  raw.reserve(range.raw.size());
  uint64_t end = own ? part.last : range.last();
  for (uint64_t seq = part.first; seq <= end; ++seq) {
    absl::string_view change = range.ChangeAt(seq);
    if (seq <= part.last) {
      raw.append(change.data(), change.size());
    } else {
      AppendTextless(change, raw);
    }
  }
  if (own) return OwnPayload(range.StepAt(part.first - 1), raw);
  BlockHeader header = range.header;
  header.first = Seq(part.first);
  header.count = static_cast<uint32_t>(end - part.first + 1);
  header.prior = range.StepAt(part.first - 1);
  return PackBlock(header, raw);
}

}  // namespace

Arrival Group::WriteEntry(const LaneRecord& record, const Range& range, SeqRange part,
                          uint8_t branch, const Origin& origin) {
  Queue queue = QueueFor(origin.via, record.precedence);
  Arrival arrival(++state_.last_arrival);
  state_.ends.end[static_cast<size_t>(queue) - 1] = arrival;

  EntryHeader header;
  header.lane = record.id;
  header.first = part.first;
  header.last = part.last;
  header.last_step = range.StepAt(part.last);
  header.wall_ms = Millis(context_.stamps.Now() - absl::UnixEpoch());
  header.elapsed_ms = Millis(context_.clock.Elapsed());
  header.process = context_.process;
  header.via = origin.via;
  header.peer = origin.peer;
  header.form = origin.via == Via::kOwn ? PayloadForm::kOwnGroup : PayloadForm::kBlock;
  std::string entry = EncodeEntry(header, PayloadOf(range, part));
  if (header.form == PayloadForm::kBlock) context_.known_entries.Add(entry);
  Put(EntryKey(queue, arrival), std::move(entry));

  IndexRow row;
  row.first = part.first;
  row.queue = queue;
  row.arrival = arrival;
  row.before = range.StepAt(part.first - 1);
  row.last_step = header.last_step;
  Put(IndexKey(record.scope, record.id, part.last, branch), EncodeIndexRow(row));
  published_.ranges.push_back({queue, arrival, record.id, record.scope, record.precedence, branch,
                               Seq(part.first), Seq(part.last), origin});
  return arrival;
}

// Takes [range] out of the rows that cover it; what they had beside it stays. Gives the parts that
// were taken, as rows of their own.
absl::StatusOr<std::vector<PlacedRow>> Group::CutOut(const LaneRecord& record, SeqRange range,
                                                     uint8_t branch, const Step& before,
                                                     const Step& last_step) {
  TOCSIN_ASSIGN_OR_RETURN(std::vector<PlacedRow> rows,
                          RowsOf(*this, record.scope, record.id, range.first, range.last, branch));
  std::vector<PlacedRow> taken;
  for (const PlacedRow& placed : rows) {
    Delete(IndexKey(record.scope, record.id, placed.last, branch));
    PlacedRow middle = placed;
    if (placed.row.first < range.first) {
      IndexRow front = placed.row;
      front.last_step = before;
      Put(IndexKey(record.scope, record.id, range.first - 1, branch), EncodeIndexRow(front));
      middle.row.first = range.first;
      middle.row.before = before;
    }
    if (placed.last > range.last) {
      IndexRow tail = placed.row;
      tail.first = range.last + 1;
      tail.before = last_step;
      Put(IndexKey(record.scope, record.id, placed.last, branch), EncodeIndexRow(tail));
      middle.last = range.last;
      middle.row.last_step = last_step;
    }
    taken.push_back(middle);
  }
  return taken;
}

absl::Status Group::Rebranch(const LaneRecord& record, const std::vector<BranchMove>& moves) {
  std::vector<std::pair<PlacedRow, uint8_t>> moved;
  for (const BranchMove& move : moves) {
    const Span& piece = move.piece;
    TOCSIN_ASSIGN_OR_RETURN(
        std::vector<PlacedRow> rows,
        CutOut(record, {piece.first, piece.last}, piece.branch, piece.before, piece.last_step));
    for (PlacedRow& row : rows) moved.emplace_back(row, move.to);
  }
  for (const auto& [row, branch] : moved) {
    Put(IndexKey(record.scope, record.id, row.last, branch), EncodeIndexRow(row.row));
    MovePublished(record.id, row, branch);
  }
  return absl::OkStatus();
}

// What this group stored before, and says of itself, may be what moves.
void Group::MovePublished(const LaneId& lane, const PlacedRow& row, uint8_t branch) {
  std::vector<AppendedRange> ranges;
  auto keep = [&ranges](const AppendedRange& of, uint64_t first, uint64_t last, uint8_t on) {
    if (first > last) return;
    ranges.push_back(of);
    ranges.back().first = Seq(first);
    ranges.back().last = Seq(last);
    ranges.back().branch = on;
  };
  for (const AppendedRange& range : published_.ranges) {
    const uint64_t first = std::max(range.first.value(), row.row.first);
    const uint64_t last = std::min(range.last.value(), row.last);
    const bool moves = range.lane == lane && range.arrival == row.row.arrival && first <= last;
    if (!moves) {
      ranges.push_back(range);
      continue;
    }
    keep(range, range.first.value(), first - 1, range.branch);
    keep(range, first, last, branch);
    keep(range, last + 1, range.last.value(), range.branch);
  }
  published_.ranges = std::move(ranges);
}

void Group::RewriteEntry(const LoadedEntry& entry, Queue queue, Arrival arrival, std::string raw) {
  std::string payload = entry.header.form == PayloadForm::kBlock
                            ? PackBlock(entry.range.header, raw)
                            : OwnPayload(entry.range.header.prior, raw);
  Put(EntryKey(queue, arrival), EncodeEntry(entry.header, payload));
}

// The texts of a change lie in one place: an older copy that gives way gives up what it had.
absl::Status Group::StripOld(const PlacedRow& row, SeqRange range) {
  auto entry = LoadEntry(*this, row.row.queue, row.row.arrival);
  if (!entry.ok()) return absl::OkStatus();  // damaged: it has nothing to give up
  std::string raw;
  for (uint64_t seq = entry->range_first(); seq <= entry->range_last(); ++seq) {
    absl::string_view change = entry->ChangeAt(seq);
    if (range.first <= seq && seq <= range.last) {
      AppendTextless(change, raw);
    } else {
      raw.append(change.data(), change.size());
    }
  }
  if (raw != entry->range.raw) RewriteEntry(*entry, row.row.queue, row.row.arrival, raw);
  return absl::OkStatus();
}

absl::StatusOr<Step> Group::HeldStep(const LaneRecord& record, uint64_t seq, uint8_t branch) const {
  auto step = ReadStep(*this, record.scope, record.id, seq, branch);
  if (absl::IsDataLoss(step.status())) {
    auto row = FindRow(*this, record.scope, record.id, seq, branch);
    if (row.ok() && row->has_value()) damaged_.emplace_back(record.id, **row);
  }
  return step;
}

absl::StatusOr<Group::Stored> Group::Store(Range range, const Origin& origin) {
  LaneRecord& record = Touch(range.header.lane);
  TOCSIN_CHECK(record.birth != nullptr);

  // Erasures are known first: what comes with them may be what they erase. They are carried out
  // once the range that has them is admitted: no text goes without the erasure that explains it.
  const size_t texts = erased_.size();
  const size_t records = past_term_.size();
  TOCSIN_ASSIGN_OR_RETURN(const Orders orders, NoteErasures(record, range));
  const std::vector<uint8_t> whole = StripAndJudge(record.scope, range);
  std::vector<Step> steps;
  steps.reserve(range.changes.size());
  for (const ChangeSpan& change : range.changes) steps.push_back(change.step);
  auto admit = [&] {
    return Admit(record.spans, {range.first(), range.header.prior, steps, whole},
                 [&](uint64_t seq, uint8_t branch) { return HeldStep(record, seq, branch); });
  };
  absl::StatusOr<Admission> admitted = admit();
  if (!admitted.ok()) {
    ForgetErasures(texts, records);
    return admitted.status();
  }
  broken_ = true;
  TOCSIN_RETURN_IF_ERROR(CarryOut(record.scope, orders));
  // What was erased may have been missing from this lane.
  if (!orders.none()) admitted = admit();
  TOCSIN_ASSIGN_OR_RETURN(Admission admission, std::move(admitted));
  TOCSIN_ASSIGN_OR_RETURN(Stored stored, Write(record, range, origin, std::move(admission)));
  broken_ = false;

  // Somebody else writes a lane of this process: a disk or a machine was copied, with every lane
  // that the process had open. It writes none of them on.
  auto open = state_.open_lanes.find({record.scope, record.precedence});
  bool rival = origin.via != Via::kOwn && stored.fresh > 0 && open != state_.open_lanes.end() &&
               open->second.lane == record.id;
  if (rival) state_.open_lanes.clear();
  if (stored.forked || rival) {
    ::tocsin::Log(LogLevel::kError, "log.rival_run",
                  {{"lane", record.id},
                   {"scope", record.scope},
                   {"first", range.first()},
                   {"last", range.last()}});
    stored.forked = true;
  }
  return stored;
}

absl::StatusOr<Group::Stored> Group::Write(LaneRecord& record, const Range& range,
                                           const Origin& origin, Admission admission) {
  TOCSIN_RETURN_IF_ERROR(Rebranch(record, admission.moves));
  Stored stored;
  stored.forked = admission.forked;
  for (const Admission::Fresh& repair : admission.repaired) {
    TOCSIN_ASSIGN_OR_RETURN(std::vector<PlacedRow> old, CutOut(record, repair.range, repair.branch,
                                                               range.StepAt(repair.range.first - 1),
                                                               range.StepAt(repair.range.last)));
    for (const PlacedRow& row : old) TOCSIN_RETURN_IF_ERROR(StripOld(row, repair.range));
    WriteEntry(record, range, repair.range, repair.branch, origin);
    published_.ranges.back().repairs = true;
    stored.repaired += repair.range.last - repair.range.first + 1;
  }
  for (const Admission::Fresh& fresh : admission.fresh) {
    Arrival arrival = WriteEntry(record, range, fresh.range, fresh.branch, origin);
    if (stored.fresh == 0) stored.arrival = arrival;
    stored.fresh += fresh.range.last - fresh.range.first + 1;
    for (const Range::RestateRef& restate : range.restates) {
      uint64_t seq = range.first() + restate.change;
      if (fresh.range.first <= seq && seq <= fresh.range.last) {
        Put(RestatedKey(restate.dot, record.id, seq), std::string());
      }
    }
  }
  if (TOCSIN_PLANTED("applied-twice") && stored.fresh == 0 && stored.repaired == 0 &&
      origin.via != Via::kOwn && record.spans.size() == 1) {
    WriteEntry(record, range, {range.first(), range.last()}, record.spans.front().branch, origin);
  }
  record.spans = std::move(admission.spans);
  return stored;
}

absl::Status Group::GiveUp(const LaneId& lane, const PlacedRow& row) {
  const LaneRecord* known = Find(lane);
  if (known == nullptr || known->birth == nullptr) return absl::OkStatus();
  // Only if it still is what the reader saw.
  TOCSIN_ASSIGN_OR_RETURN(std::optional<PlacedRow> now,
                          FindRow(*this, known->scope, lane, row.last, row.branch));
  if (!now.has_value() || now->row.arrival != row.row.arrival || now->last != row.last) {
    return absl::OkStatus();
  }
  if (CheckEntry(*this, context_, *known, *now).ok()) return absl::OkStatus();
  LaneRecord& record = Touch(lane);
  TOCSIN_ASSIGN_OR_RETURN(Admission rest, Remove(record.spans, {now->row.first, now->last},
                                                 now->branch, now->row.before, now->row.last_step));
  Delete(IndexKey(record.scope, lane, now->last, now->branch));
  Delete(EntryKey(row.row.queue, row.row.arrival));
  broken_ = true;
  TOCSIN_RETURN_IF_ERROR(Rebranch(record, rest.moves));
  broken_ = false;
  record.spans = std::move(rest.spans);
  published_.shrunk.push_back(record.scope);
  ::tocsin::Log(
      LogLevel::kError, "log.damaged",
      {{"lane", lane}, {"scope", record.scope}, {"first", now->row.first}, {"last", now->last}});
  return absl::OkStatus();
}

}  // namespace tocsin::log
