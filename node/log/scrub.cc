#include "node/log/scrub.h"

#include <absl/strings/str_cat.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "node/base/bytes.h"
#include "node/base/log.h"
#include "node/base/status.h"
#include "node/log/block.h"

namespace tocsin::log {
namespace {

constexpr size_t kRowsAtOnce = 64;

}  // namespace

absl::Status CheckEntry(const RowSource& source, const Context& context, const LaneRecord& lane,
                        const PlacedRow& row, size_t* bytes) {
  TOCSIN_ASSIGN_OR_RETURN(LoadedEntry entry, LoadEntry(source, row.row.queue, row.row.arrival));
  if (bytes != nullptr) *bytes = std::max(entry.block.size(), entry.range.raw.size());
  if (entry.header.lane != lane.id || entry.header.first > row.row.first ||
      entry.header.last < row.last || entry.StepAt(row.last) != row.row.last_step) {
    return absl::DataLossError("the index leads to another range than it names");
  }
  if (entry.header.form != PayloadForm::kBlock) return absl::OkStatus();
  std::optional<identity::Certificate> author = context.trust.Find(lane.birth->certificate);
  absl::Status sealed = author ? VerifySeal(entry.range, *author, context.trust.network_id())
                               : absl::InternalError("its author is not known");
  // A seal that does not hold was whole when it came.
  return sealed.ok() ? sealed : absl::DataLossError(sealed.message());
}

Scrubber::Scrubber(const Context& context, Damaged damaged)
    : context_(context), source_(context.store), damaged_(std::move(damaged)) {}

ScrubProgress Scrubber::progress() const {
  absl::MutexLock lock(&mutex_);
  return progress_;
}

void Scrubber::BeginRound() {
  std::vector<std::pair<std::string, LaneId>> order;
  for (const LaneRecordPtr& record : context_.table.Records()) {
    if (record->birth == nullptr || record->spans.empty()) continue;
    order.emplace_back(IndexPrefix(record->scope, record->id), record->id);
  }
  std::sort(order.begin(), order.end());
  lanes_.clear();
  for (const auto& [prefix, lane] : order) lanes_.push_back(lane);
  at_ = 0;
  next_.clear();
  progress_.lanes_total = lanes_.size();
  progress_.lanes_done = 0;
}

absl::StatusOr<bool> Scrubber::ScrubLane(size_t bytes_max, size_t& bytes) {
  const LaneId lane = lanes_[at_];
  LaneRecordPtr record = context_.table.Find(lane);
  if (record == nullptr || record->birth == nullptr) return false;
  const std::string prefix = IndexPrefix(record->scope, lane);
  std::vector<PlacedRow> rows;
  std::string last_key;
  bool unreadable = false;
  absl::Status scanned = source_.Scan(next_.empty() ? prefix : next_, PrefixEnd(prefix),
                                      [&](absl::string_view key, absl::string_view value) {
                                        auto parts = ParseIndexKey(key);
                                        auto row = DecodeIndexRow(value);
                                        last_key = std::string(key);
                                        if (parts.ok() && row.ok()) {
                                          rows.push_back({parts->last, parts->branch, *row});
                                        } else {
                                          unreadable = true;
                                        }
                                        return rows.size() < kRowsAtOnce;
                                      });
  if (context_.store.failed()) return scanned;
  if (unreadable || !scanned.ok()) {
    ++progress_.damaged;
    ::tocsin::Log(LogLevel::kError, "log.index_unreadable",
                  {{"lane", lane}, {"scope", record->scope}, {"status", scanned}});
  }
  for (const PlacedRow& row : rows) {
    size_t read = 0;
    absl::Status whole = CheckEntry(source_, context_, *record, row, &read);
    ++progress_.entries;
    bytes += std::max<size_t>(read, 1);
    if (context_.store.failed()) return whole;
    if (!whole.ok()) {
      ++progress_.damaged;
      damaged_(lane, row);
    }
    next_ = IndexKey(record->scope, lane, row.last, row.branch) + '\0';
    if (bytes >= bytes_max) return true;
  }
  // Behind what cannot be read the lane's other rows cannot be found.
  return scanned.ok() && rows.size() == kRowsAtOnce;
}

absl::StatusOr<ScrubProgress> Scrubber::Scrub(size_t bytes_max) {
  absl::MutexLock lock(&mutex_);
  if (at_ >= lanes_.size()) BeginRound();
  size_t bytes = 0;
  while (at_ < lanes_.size() && bytes < bytes_max) {
    TOCSIN_ASSIGN_OR_RETURN(bool more, ScrubLane(bytes_max, bytes));
    if (more) continue;
    ++at_;
    ++progress_.lanes_done;
    next_.clear();
  }
  progress_.bytes += bytes;
  if (at_ >= lanes_.size()) {
    ++progress_.rounds;
    progress_.last_round_end = context_.stamps.Now();
  }
  return progress_;
}

}  // namespace tocsin::log
