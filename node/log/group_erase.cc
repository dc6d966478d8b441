// Group's part that carries out erasures.
#include <algorithm>
#include <utility>

#include "node/base/planted.h"
#include "node/base/status.h"
#include "node/log/group.h"

namespace tocsin::log {

bool Group::IsErased(const Scope& scope, const Dot& dot, uint32_t field, uint32_t element) const {
  for (const ErasedKeyParts& erased : erased_) {
    if (erased.dot == dot && erased.field == field && erased.element == element &&
        erased.scope == scope) {
      return true;
    }
  }
  return context_.erasures.Has(scope, dot, field, element);
}

// Strips what is erased from the range, and says of each change whether nothing else is missing.
std::vector<uint8_t> Group::StripAndJudge(const Scope& scope, Range& range) const {
  std::vector<uint8_t> whole(range.changes.size(), 1);
  bool any = !erased_.empty() || context_.erasures.AnyIn(scope);
  std::vector<bool> strip(any ? range.changes.size() : 0, false);
  bool strip_any = false;
  for (const Range::TextRef& text : range.texts) {
    if (text.here && !any) continue;
    bool erased = any && IsErased(scope, text.origin, text.field, text.element);
    if (!text.here && !erased && !TOCSIN_PLANTED("textless-is-whole")) whole[text.change] = 0;
    if (text.here && erased) strip[text.change] = strip_any = true;
  }
  if (!strip_any) return whole;

  std::string raw;
  for (size_t i = 0; i < range.changes.size(); ++i) {
    ChangeSpan& span = range.changes[i];
    absl::string_view change = absl::string_view(range.raw).substr(span.offset, span.size);
    span.offset = static_cast<uint32_t>(raw.size());
    if (strip[i]) {
      ChangeView view;
      TOCSIN_CHECK(view.Parse(change).ok());
      Dot own = DotOf(span.step);
      view.AppendWithout(
          [&](const TextView& text) {
            return IsErased(scope, view.OriginOf(text, own), text.field, text.element);
          },
          raw);
    } else {
      raw.append(change.data(), change.size());
    }
    span.size = static_cast<uint32_t>(raw.size()) - span.offset;
  }
  range.raw = std::move(raw);
  range.block.clear();
  return whole;
}

// The orders of a range that are new here. From here on the group strips what they name.
std::vector<Group::Order> Group::NoteErasures(const Scope& scope, const Range& range) {
  std::vector<Order> orders;
  for (uint32_t index : range.erasures) {
    ChangeView view;
    absl::string_view bytes = range.ChangeAt(range.first() + index);
    TOCSIN_CHECK(view.Parse(bytes).ok());
    for (const ErasedText& gone : OrderedGone(view)) {
      if (IsErased(scope, gone.dot, gone.field, gone.element)) continue;
      erased_.push_back({scope, gone.dot, gone.field, gone.element});
      orders.push_back({gone, DotOf(range.changes[index].step)});
    }
  }
  return orders;
}

absl::Status Group::CarryOut(const Scope& scope, const Order& order) {
  const ErasedText& gone = order.gone;
  Put(ErasedKey(scope, gone.dot, gone.field, gone.element), std::string(order.erasure.view()));

  std::vector<std::pair<LaneId, uint64_t>> places = {{gone.lane, gone.seq}};
  std::string prefix = RestatedPrefix(gone.dot);
  absl::Status bad;
  TOCSIN_RETURN_IF_ERROR(
      Scan(prefix, PrefixEnd(prefix), [&](absl::string_view key, absl::string_view) {
        auto parts = ParseRestatedKey(key);
        if (!parts.ok()) {
          bad = parts.status();
          return false;
        }
        if (!TOCSIN_PLANTED("restated-text-stays")) places.emplace_back(parts->lane, parts->seq);
        return true;
      }));
  TOCSIN_RETURN_IF_ERROR(bad);
  for (const auto& [lane, seq] : places) TOCSIN_RETURN_IF_ERROR(EraseIn(scope, lane, seq));
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
    bool whole = true;
    bool strip = false;
    for (const TextView& text : view.texts()) {
      bool erased = IsErased(scope, view.OriginOf(text, own), text.field, text.element);
      strip |= text.here && erased;
      whole &= text.here || erased;
    }
    if (strip) {
      absl::string_view raw = loaded->range.raw;
      size_t offset = static_cast<size_t>(change.data() - raw.data());
      std::string rewritten(raw.substr(0, offset));
      view.AppendWithout(
          [&](const TextView& text) {
            return IsErased(scope, view.OriginOf(text, own), text.field, text.element);
          },
          rewritten);
      absl::string_view tail = raw.substr(offset + change.size());
      rewritten.append(tail.data(), tail.size());
      RewriteEntry(*loaded, row->row.queue, row->row.arrival, std::move(rewritten));
    }
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
