#include "node/view/query.h"

#include <absl/status/status.h>
#include <absl/strings/escaping.h>
#include <absl/strings/match.h>
#include <absl/strings/str_cat.h>

#include <algorithm>
#include <limits>
#include <set>
#include <utility>

#include "node/base/bytes.h"
#include "node/base/status.h"
#include "node/identity/hash.h"
#include "node/schema/kinds.h"
#include "node/schema/spoken_code.h"
#include "node/view/index.h"
#include "node/view/row.h"

namespace tocsin::view {
namespace {

constexpr size_t kPageSizeDefault = 50;
constexpr uint8_t kTokenForm = 1;
// Rows that are sorted for a page when an index has the order too, but would be walked for long.
constexpr size_t kSortedFirst = 2'000;

}  // namespace

// What one Run knows.
struct Query::Page {
  const store::Store& store;
  std::shared_ptr<const store::Snapshot> snapshot;
  std::optional<Position> after;
  ListPage list;
  // Of the last record that was looked at.
  Position last;
  size_t walked = 0;
};

// -- Reading the query.

std::string Query::FingerprintOf(const ListQuery& query) {
  std::string bytes;
  ByteWriter out(bytes);
  out.LengthPrefixed(query.parent ? query.parent->ToString() : "-");
  out.U32(static_cast<uint32_t>(query.kind));
  out.LengthPrefixed(query.filter);
  out.LengthPrefixed(query.order_by);
  return std::string(identity::Sha256(bytes).view().substr(0, 16));
}

absl::StatusOr<Query> Query::Parse(const ListQuery& query) {
  Query parsed;
  parsed.parent_ = query.parent;
  absl::Status fault;
  for (const schema::KindInfo& info : schema::Kinds()) {
    if (query.kind != v1::KIND_UNSPECIFIED && query.kind != info.kind) continue;
    auto filter = Filter::Compile(query.filter, static_cast<uint32_t>(info.kind));
    if (filter.ok()) {
      parsed.filters_.emplace(static_cast<uint32_t>(info.kind), *std::move(filter));
    } else if (fault.ok()) {
      fault = filter.status();
    }
  }
  // Of several kinds those count that have the fields that the filter names.
  if (parsed.filters_.empty()) {
    return fault.ok() ? absl::InvalidArgumentError(absl::StrCat(
                            "kind: ", static_cast<int>(query.kind), " is not in the schema"))
                      : fault;
  }
  TOCSIN_ASSIGN_OR_RETURN(parsed.order_,
                          Order::Parse(query.order_by, static_cast<uint32_t>(query.kind)));
  const bool by_place =
      parsed.filters_.size() == 1 && parsed.filters_.begin()->second.hints().window.has_value();
  if (query.order_by.empty() && by_place) parsed.order_ = Order::ByCell();
  parsed.page_size_ =
      query.page_size == 0 ? kPageSizeDefault : std::min(query.page_size, kPageSizeMax);
  parsed.page_token_ = query.page_token;
  parsed.fingerprint_ = FingerprintOf(query);
  return parsed;
}

absl::StatusOr<std::optional<Position>> Query::ReadToken(const std::string& token) const {
  if (token.empty()) return std::optional<Position>();
  std::string bytes;
  const bool is_base64 = absl::WebSafeBase64Unescape(token, &bytes);
  ByteReader in(bytes);
  const bool known = is_base64 && in.U8() == kTokenForm;
  const std::string fingerprint(in.Raw(fingerprint_.size()));
  Position position;
  position.missing = in.U8() != 0;
  position.bytes = std::string(in.Raw(in.remaining()));
  if (!known || !in.ok()) {
    return absl::InvalidArgumentError(
        "page_token: these characters are no token of ours; leave it empty for the first page");
  }
  if (fingerprint != fingerprint_) {
    return absl::InvalidArgumentError(
        "page_token: it belongs to a query with another parent, kind, filter or order; leave it "
        "empty for the first page of this one");
  }
  return std::optional<Position>(std::move(position));
}

std::string Query::WriteToken(const Position& position) const {
  std::string bytes;
  ByteWriter out(bytes);
  out.U8(kTokenForm);
  out.Raw(fingerprint_);
  out.U8(position.missing ? 1 : 0);
  out.Raw(position.bytes);
  return absl::WebSafeBase64Escape(bytes);
}

// -- Choosing.

std::vector<WalkRange> Query::RangesByUpdate() const {
  std::vector<WalkRange> ranges;
  for (const auto& [kind, filter] : filters_) {
    const std::map<uint32_t, uint32_t>& coded = filter.hints().coded;
    if (!coded.empty()) {
      // What it is says more than how far it is along: of two take the later field.
      const auto& [field, value] = *coded.rbegin();
      ranges.push_back({kind, CodedPrefix(kind, field, value)});
      continue;
    }
    const uint32_t field = IndexesOf(kind).first_coded();
    for (uint32_t value : CodedValues(kind, field)) {
      ranges.push_back({kind, CodedPrefix(kind, field, value)});
    }
  }
  return ranges;
}

std::vector<WalkRange> Query::RangesInOrder(bool missing) const {
  std::vector<WalkRange> ranges;
  if (missing || order_.by() == Order::By::kUpdateTime) return RangesByUpdate();
  const auto& [kind, filter] = *filters_.begin();
  if (order_.by() == Order::By::kCell) {
    for (const geo::CellRange& cells : filter.hints().cells) {
      ranges.push_back({kind, CellPrefix(kind), cells.first, cells.second});
    }
    return ranges;
  }
  WalkRange range{kind, TimePrefix(kind, order_.field()->number)};
  auto bounds = filter.hints().times.find(order_.field()->number);
  if (bounds != filter.hints().times.end()) {
    if (bounds->second.first > bounds->second.second) return ranges;
    range.first = IndexTime(bounds->second.first);
    range.last = IndexTime(bounds->second.second);
  }
  ranges.push_back(std::move(range));
  return ranges;
}

bool Query::InParent(const Scope& scope) const {
  if (!parent_) return true;
  if (parent_->is_broadcast()) return scope == *parent_;
  return parent_->jurisdiction().Covers(scope.jurisdiction());
}

bool Query::Matches(const v1::Record& record) const {
  auto filter = filters_.find(static_cast<uint32_t>(record.kind()));
  auto scope = Scope::Parse(record.scope());
  return filter != filters_.end() && scope.ok() && InParent(*scope) &&
         schema::BodyOf(record) != nullptr && filter->second.Matches(record);
}

absl::StatusOr<std::optional<v1::Record>> Query::ReadMatch(const Page& page,
                                                           const RecordRef& ref) const {
  std::optional<v1::Record> none;
  if (!InParent(ref.scope)) return none;
  TOCSIN_ASSIGN_OR_RETURN(std::optional<std::string> row,
                          page.store.Get(RowKey(ref), page.snapshot.get()));
  if (!row) return none;
  TOCSIN_ASSIGN_OR_RETURN(std::optional<v1::Record> record, DecodeShown(ref, *row));
  if (!record || schema::BodyOf(*record) == nullptr) return none;
  if (!filters_.at(ref.kind).Matches(*record)) return none;
  return record;
}

// -- Walking an index that has the order.

absl::StatusOr<ListPage> Query::Run(const store::Store& store) const {
  Page page{.store = store, .snapshot = store.TakeSnapshot(), .after = {}, .list = {}, .last = {}};
  TOCSIN_ASSIGN_OR_RETURN(page.after, ReadToken(page_token_));
  if (!IndexHasOrder()) return RunSort(page);
  if (order_.by() == Order::By::kCell) return RunWalk(page);
  TOCSIN_ASSIGN_OR_RETURN(bool few, HasFewCandidates(page, kSortedFirst));
  return few ? RunSort(page) : RunWalk(page);
}

absl::StatusOr<ListPage> Query::RunWalk(Page& page) const {
  const bool had_missing = page.after && page.after->missing;
  if (!had_missing) TOCSIN_RETURN_IF_ERROR(WalkInto(page, /*missing=*/false));
  // Those without the field come after the others; none of them is asked for where the filter does.
  const bool wants_missing =
      order_.by() == Order::By::kTimeField &&
      !filters_.begin()->second.hints().times.contains(order_.field()->number);
  if (wants_missing && page.list.next_page_token.empty()) {
    if (!had_missing) page.after = Position{true, {}};
    TOCSIN_RETURN_IF_ERROR(WalkInto(page, /*missing=*/true));
  }
  return std::move(page.list);
}

absl::Status Query::WalkInto(Page& page, bool missing) const {
  std::optional<std::string> after;
  if (page.after && !page.after->bytes.empty()) after = page.after->bytes;
  Walk walk(page.store, page.snapshot.get(), RangesInOrder(missing),
            order_.descending() && !missing, after);
  bool full = page.list.records.size() >= page_size_;
  while (!full) {
    std::optional<RecordRef> ref = walk.Next();
    if (!ref) break;
    ++page.walked;
    page.last = {missing, walk.position()};
    // Where the index has the place the row need not be read for it.
    if (order_.by() == Order::By::kCell &&
        !filters_.at(ref->kind).hints().MayHoldPlace(walk.number())) {
      full = page.walked >= kWalkedMax;
      continue;
    }
    TOCSIN_ASSIGN_OR_RETURN(std::optional<v1::Record> record, ReadMatch(page, *ref));
    if (record && (!missing || order_.Of(*ref, *record).missing)) {
      page.list.records.push_back(*std::move(record));
    }
    full = page.list.records.size() >= page_size_ || page.walked >= kWalkedMax;
  }
  TOCSIN_RETURN_IF_ERROR(walk.status());
  if (!walk.AtEnd()) {
    // Stopped before it began: all behind the last of the other walk.
    if (page.last.missing != missing) page.last = {missing, std::string()};
    page.list.next_page_token = WriteToken(page.last);
  }
  return absl::OkStatus();
}

// -- Sorting in memory.

std::optional<uint64_t> Query::CodeBits() const {
  const std::optional<uint64_t>& code_bits = filters_.begin()->second.hints().code_bits;
  const bool all = std::all_of(filters_.begin(), filters_.end(), [&](const auto& of_kind) {
    return of_kind.second.hints().code_bits == code_bits;
  });
  return all ? code_bits : std::nullopt;
}

std::vector<WalkRange> Query::SelectiveRanges() const {
  std::vector<WalkRange> ranges;
  for (const auto& [kind, filter] : filters_) {
    const FilterHints& hints = filter.hints();
    if (hints.conflict) {
      ranges.push_back({kind, ConflictPrefix(kind)});
    } else if (hints.raised) {
      ranges.push_back({kind, RaisedPrefix(kind)});
    } else if (hints.moved) {
      ranges.push_back({kind, MovedPrefix(kind)});
    } else if (hints.window) {
      for (const geo::CellRange& cells : hints.cells) {
        ranges.push_back({kind, CellPrefix(kind), cells.first, cells.second});
      }
    } else if (!hints.times.empty()) {
      const auto& [field, bounds] = *hints.times.begin();
      // Bounds that leave nothing make a range that is empty.
      const auto [first, last] = std::minmax({IndexTime(bounds.first), IndexTime(bounds.second)});
      ranges.push_back({kind, TimePrefix(kind, field), first, last});
    } else {
      return {};
    }
  }
  return ranges;
}

absl::Status Query::ForEachCandidate(const Page& page, Visit visit) const {
  if (auto code_bits = CodeBits()) return ForEachOfCode(page, *code_bits, visit);
  std::vector<WalkRange> ranges = SelectiveRanges();
  if (ranges.empty() && parent_) return ForEachRow(page, visit);
  const bool by_index = !ranges.empty();
  if (!by_index) ranges = RangesByUpdate();
  Walk walk(page.store, page.snapshot.get(), std::move(ranges), false, std::nullopt);
  while (auto ref = walk.Next()) {
    const FilterHints& hints = filters_.at(ref->kind).hints();
    const bool by_place =
        by_index && hints.window && !hints.conflict && !hints.raised && !hints.moved;
    if (by_place && !hints.MayHoldPlace(walk.number())) continue;
    if (!visit(*ref)) return absl::OkStatus();
  }
  return walk.status();
}

// Codes stand by scope: from each scope to the next.
absl::Status Query::ForEachOfCode(const Page& page, uint64_t code_bits, Visit visit) const {
  const KeyRange all = WithPrefix("c");
  auto it = page.store.Scan(all.first, all.second, page.snapshot.get());
  while (it->Valid()) {
    auto here = RecordOfCodeKey(it->key());
    if (!here) break;
    const std::string wanted = CodePrefix(here->scope, code_bits);
    for (it->Seek(wanted); it->Valid() && absl::StartsWith(it->key(), wanted); it->Next()) {
      auto ref = RecordOfCodeKey(it->key());
      if (ref && filters_.contains(ref->kind) && !visit(*ref)) return absl::OkStatus();
    }
    it->Seek(AfterPrefix(CodePrefix(here->scope, ~uint64_t{0})));
  }
  return it->status();
}

absl::Status Query::ForEachRow(const Page& page, Visit visit) const {
  for (const auto& [begin, end] : RowRanges(parent_)) {
    auto it = page.store.Scan(begin, end, page.snapshot.get());
    for (; it->Valid(); it->Next()) {
      auto ref = RecordOfRowKey(it->key());
      if (ref && filters_.contains(ref->kind) && !visit(*ref)) return absl::OkStatus();
    }
    TOCSIN_RETURN_IF_ERROR(it->status());
  }
  return absl::OkStatus();
}

absl::StatusOr<bool> Query::HasFewCandidates(const Page& page, size_t limit) const {
  if (!CodeBits() && SelectiveRanges().empty() && !parent_) return false;
  size_t count = 0;
  TOCSIN_RETURN_IF_ERROR(
      ForEachCandidate(page, [&](const RecordRef&) { return ++count <= limit; }));
  return count <= limit;
}

absl::StatusOr<ListPage> Query::RunSort(Page& page) const {
  struct Found {
    Position position;
    v1::Record record;
  };
  auto before = [this](const Found& a, const Found& b) {
    return order_.Before(a.position, b.position);
  };
  // A heap whose top is the last of the page.
  std::vector<Found> found;
  size_t looked_at = 0, matched = 0;
  bool more = false;
  absl::Status status;
  auto visit = [&](const RecordRef& ref) {
    if (++looked_at > kScannedMax) return false;
    auto record = ReadMatch(page, ref);
    if (!record.ok()) status = record.status();
    if (!record.ok()) return false;
    if (!record->has_value()) return true;
    if (++matched > kSortedMax) return false;
    Found next{order_.Of(ref, **record), std::move(**record)};
    if (page.after && !order_.Before(*page.after, next.position)) return true;
    found.push_back(std::move(next));
    std::push_heap(found.begin(), found.end(), before);
    if (found.size() > page_size_) {
      std::pop_heap(found.begin(), found.end(), before);
      found.pop_back();
      more = true;
    }
    return true;
  };
  TOCSIN_RETURN_IF_ERROR(ForEachCandidate(page, visit));
  TOCSIN_RETURN_IF_ERROR(status);
  if (looked_at > kScannedMax || matched > kSortedMax) {
    return absl::InvalidArgumentError(absl::StrCat(
        "order_by: more than ", kSortedMax, " records match, or ", kScannedMax,
        " were looked at, and no index has this order; narrow the list by parent, by time or by "
        "within(...), or order it by update_time"));
  }
  std::sort_heap(found.begin(), found.end(), before);
  ListPage list;
  for (Found& one : found) list.records.push_back(std::move(one.record));
  if (more) list.next_page_token = WriteToken(found.back().position);
  return list;
}

}  // namespace tocsin::view
