// Group's part that carries out erasures.
#include <algorithm>
#include <memory>
#include <set>
#include <utility>

#include "node/base/planted.h"
#include "node/base/status.h"
#include "node/log/group.h"

namespace tocsin::log {

bool Group::IsErased(const Scope& scope, const Carrier& carrier, const TextView& text) const {
  return noted_->Has(scope, carrier, text) || context_.erasures.Has(scope, carrier, text);
}

void Group::ForgetErasures(size_t texts, size_t records) {
  if (erased_.size() == texts && past_term_.size() == records) return;
  erased_.erase(erased_.begin() + static_cast<std::ptrdiff_t>(texts), erased_.end());
  past_term_.erase(past_term_.begin() + static_cast<std::ptrdiff_t>(records), past_term_.end());
  noted_ = std::make_unique<Erasures>();
  for (const auto& [scope, text] : erased_) noted_->Add(scope, text);
  for (const auto& [scope, record] : past_term_) noted_->Add(scope, record);
}

// Strips what is erased from the range, and says of each change whether nothing else is missing.
std::vector<uint8_t> Group::StripAndJudge(const Scope& scope, Range& range) const {
  std::vector<uint8_t> whole(range.changes.size(), 1);
  const bool any = noted_->AnyIn(scope) || context_.erasures.AnyIn(scope);
  if (!any) {
    for (const Range::TextRef& text : range.texts) {
      if (!text.here && !TOCSIN_PLANTED("textless-is-whole")) whole[text.change] = 0;
    }
    return whole;
  }
  std::vector<bool> has_texts(range.changes.size(), false);
  for (const Range::TextRef& text : range.texts) has_texts[text.change] = true;

  ChangeView view;
  auto look_at = [&](size_t i) {
    absl::string_view rest = range.ChangeAt(range.first() + i);
    TOCSIN_CHECK(view.Parse(rest).ok());
  };
  auto erased = [&](size_t i, const TextView& text) {
    const Place at{range.header.lane, range.first() + i};
    return IsErased(scope, {at, DotOf(range.changes[i].step), view}, text);
  };
  std::vector<bool> strip(range.changes.size(), false);
  bool strip_any = false;
  for (size_t i = 0; i < range.changes.size(); ++i) {
    if (!has_texts[i]) continue;
    look_at(i);
    for (const TextView& text : view.texts()) {
      const bool gone = erased(i, text);
      if (text.here && gone) strip[i] = strip_any = true;
      if (!text.here && !gone && !TOCSIN_PLANTED("textless-is-whole")) whole[i] = 0;
    }
  }
  if (!strip_any) return whole;

  std::string raw;
  std::vector<ChangeSpan> spans = range.changes;
  for (size_t i = 0; i < spans.size(); ++i) {
    const absl::string_view change = range.ChangeAt(range.first() + i);
    spans[i].offset = static_cast<uint32_t>(raw.size());
    if (strip[i]) {
      look_at(i);
      view.AppendWithout([&](const TextView& text) { return erased(i, text); }, raw);
    } else {
      raw.append(change.data(), change.size());
    }
    spans[i].size = static_cast<uint32_t>(raw.size()) - spans[i].offset;
  }
  range.raw = std::move(raw);
  range.changes = std::move(spans);
  range.block.clear();
  return whole;
}

// What the erasures of a range say that was not said here before. From here on the group strips
// what both posts have ordered gone.
absl::StatusOr<Group::Orders> Group::NoteErasures(const LaneRecord& record, const Range& range) {
  Orders orders;
  if (range.erasures.empty()) return orders;
  const auto author = context_.trust.Find(record.birth->certificate);
  TOCSIN_CHECK(author.has_value());
  for (uint32_t index : range.erasures) {
    ChangeView view;
    absl::string_view bytes = range.ChangeAt(range.first() + index);
    TOCSIN_CHECK(view.Parse(bytes).ok());
    const auto order = OrderOf(record.scope, author->jurisdiction(), view);
    if (!order.has_value()) continue;
    const Dot dot = DotOf(range.changes[index].step);
    for (const PostsOrder::Text& named : order->texts) {
      TOCSIN_ASSIGN_OR_RETURN(const std::optional<ErasedBy> by,
                              Agreed(record.scope, *order, named.agreement, dot, orders));
      const Place& at = named.text.at;
      if (!by.has_value() || noted_->Has(record.scope, named.text.name, at) ||
          context_.erasures.Has(record.scope, named.text.name, at)) {
        continue;
      }
      erased_.emplace_back(record.scope, named.text);
      noted_->Add(record.scope, named.text);
      orders.gone.push_back({named.text, *by});
    }
    if (!order->record.has_value()) continue;
    const ErasedRecord& past = order->record->record;
    TOCSIN_ASSIGN_OR_RETURN(const std::optional<ErasedBy> by,
                            Agreed(record.scope, *order, order->record->agreement, dot, orders));
    const uint64_t known = std::max(noted_->ThroughMs(record.scope, past.subject),
                                    context_.erasures.ThroughMs(record.scope, past.subject));
    if (!by.has_value() || known >= past.through_ms) continue;
    past_term_.emplace_back(record.scope, past);
    noted_->Add(record.scope, past);
    orders.past_term.push_back({past, *by});
  }
  return orders;
}

// Notes the word; and if the other post has said the same, by which two changes both did.
absl::StatusOr<std::optional<ErasedBy>> Group::Agreed(const Scope& scope, const PostsOrder& order,
                                                      const Agreement& agreement, const Dot& dot,
                                                      Orders& orders) const {
  const std::string key = OrderKey(scope, agreement, order.by);
  TOCSIN_ASSIGN_OR_RETURN(const std::optional<std::string> said, Get(key));
  if (!said.has_value()) orders.words.emplace_back(key, dot);
  TOCSIN_ASSIGN_OR_RETURN(const std::optional<std::string> other,
                          Get(OrderKey(scope, agreement, order.other())));
  std::optional<Dot> other_dot = other.has_value() ? Dot::FromBytes(*other) : std::nullopt;
  if (TOCSIN_PLANTED("one-post-erases") && !other_dot.has_value()) other_dot = dot;
  if (!other_dot.has_value()) return std::optional<ErasedBy>();
  ErasedBy by{dot, *other_dot};
  if (order.by == 1) std::swap(by.first, by.second);
  return std::optional<ErasedBy>(by);
}

absl::Status Group::CarryOut(const Scope& scope, const Orders& orders) {
  for (const auto& [key, dot] : orders.words) Put(key, std::string(dot.view()));
  for (const Orders::Gone& gone : orders.gone) {
    Put(ErasedKey(scope, gone.text), EncodeErasedBy(gone.by));
    std::vector<Place> places = {gone.text.at};
    std::string prefix = RestatedPrefix(gone.text.name.dot);
    absl::Status bad;
    TOCSIN_RETURN_IF_ERROR(
        Scan(prefix, PrefixEnd(prefix), [&](absl::string_view key, absl::string_view) {
          auto parts = ParseRestatedKey(key);
          if (!parts.ok()) {
            bad = parts.status();
            return false;
          }
          if (!TOCSIN_PLANTED("restated-text-stays")) places.push_back({parts->lane, parts->seq});
          return true;
        }));
    TOCSIN_RETURN_IF_ERROR(bad);
    for (const Place& at : places) TOCSIN_RETURN_IF_ERROR(EraseIn(scope, at.lane, at.seq));
  }
  for (const Orders::PastTerm& past : orders.past_term) {
    Put(TermKey(scope, past.record), EncodeErasedBy(past.by));
    TOCSIN_RETURN_IF_ERROR(EraseRecord(scope, past.record));
  }
  return absl::OkStatus();
}

// Nothing leads from a record to its changes: all lanes of the scope are read. Rare, and a scope is
// one post's.
absl::Status Group::EraseRecord(const Scope& scope, const ErasedRecord& record) {
  std::set<LaneId> lanes;
  for (const LaneRecordPtr& held : context_.table.RecordsOf(scope)) lanes.insert(held->id);
  for (const auto& [id, staged] : lanes_) {
    if (staged->scope == scope) lanes.insert(id);
  }
  for (const LaneId& lane : lanes) {
    const LaneRecord* known = Find(lane);
    if (known->birth == nullptr || known->scope != scope) continue;
    std::set<uint64_t> places;
    for (const Span& span : known->spans) {
      TOCSIN_ASSIGN_OR_RETURN(std::vector<PlacedRow> rows,
                              RowsOf(*this, scope, lane, span.first, span.last, span.branch));
      for (const PlacedRow& row : rows) {
        std::vector<size_t> found;
        auto loaded =
            LoadEntry(*this, row.row.queue, row.row.arrival,
                      [&](size_t i, const ChangeView& change, const Step&) {
                        if (!change.texts().empty() && change.kind() == record.subject.kind &&
                            SubjectOf(scope, change) == record.subject) {
                          found.push_back(i);
                        }
                        return absl::OkStatus();
                      });
        if (!loaded.ok()) continue;  // damaged: it is given up when it is read
        for (size_t i : found) places.insert(loaded->range_first() + i);
      }
    }
    for (uint64_t seq : places) TOCSIN_RETURN_IF_ERROR(EraseIn(scope, lane, seq));
  }
  return absl::OkStatus();
}

// Strips what is erased from the change that a lane has at `seq`, on every branch, and looks anew
// whether anything is still missing from it.
absl::Status Group::EraseIn(const Scope& scope, const LaneId& lane, uint64_t seq) {
  const LaneRecord* known = Find(lane);
  if (known == nullptr || known->scope != scope || known->birth == nullptr) {
    return absl::OkStatus();
  }
  const Spans spans = known->spans;
  for (const Span& span : spans) {
    if (seq < span.first || seq > span.last) continue;
    TOCSIN_ASSIGN_OR_RETURN(std::optional<PlacedRow> row,
                            FindRow(*this, scope, lane, seq, span.branch));
    if (!row.has_value()) continue;
    auto loaded = LoadEntry(*this, row->row.queue, row->row.arrival);
    if (!loaded.ok()) continue;  // damaged: it is given up when it is read, and comes back stripped
    if (seq < loaded->range_first() || seq > loaded->range_last()) continue;

    ChangeView view;
    absl::string_view change = loaded->ChangeAt(seq);
    absl::string_view rest = change;
    TOCSIN_CHECK(view.Parse(rest).ok());
    Dot own = DotOf(loaded->StepAt(seq));
    auto erased = [&](const TextView& text) {
      return IsErased(scope, {{lane, seq}, own, view}, text);
    };
    bool whole = true;
    bool strip = false;
    for (const TextView& text : view.texts()) {
      const bool gone = erased(text);
      strip |= text.here && gone;
      whole &= text.here || gone;
    }
    if (strip) {
      absl::string_view raw = loaded->range.raw;
      size_t offset = static_cast<size_t>(change.data() - raw.data());
      std::string rewritten(raw.substr(0, offset));
      view.AppendWithout(erased, rewritten);
      absl::string_view tail = raw.substr(offset + change.size());
      rewritten.append(tail.data(), tail.size());
      RewriteEntry(*loaded, row->row.queue, row->row.arrival, std::move(rewritten));
    }
    // A copy that had the rest came, it may be, while this text was not explained: it was no better
    // than what was here. Now it would be, and is to come again.
    if (!whole && !span.whole) published_.shrunk.push_back(scope);
    if (whole != span.whole) {
      LaneRecord& record = Touch(lane);
      TOCSIN_ASSIGN_OR_RETURN(Admission after,
                              SetWhole(record.spans, seq, span.branch, loaded->StepAt(seq - 1),
                                       loaded->StepAt(seq), whole));
      TOCSIN_RETURN_IF_ERROR(Rebranch(record, after.moves));
      record.spans = std::move(after.spans);
    }
  }
  return absl::OkStatus();
}

}  // namespace tocsin::log
