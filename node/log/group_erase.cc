// Group's part that carries out erasures.
#include <algorithm>
#include <utility>

#include "node/base/planted.h"
#include "node/base/status.h"
#include "node/log/group.h"

namespace tocsin::log {

bool Group::IsErased(const Scope& scope, const TextName& text,
                     const std::optional<Place>& at) const {
  for (const ErasedKeyParts& erased : erased_) {
    if (erased.text.name == text && (!at.has_value() || erased.text.at == *at) &&
        erased.scope == scope) {
      return true;
    }
  }
  return context_.erasures.Has(scope, text, at);
}

bool Group::IsErased(const Scope& scope, const ChangeView& change, const Place& at, const Dot& own,
                     const TextView& text) const {
  const TextName name{change.OriginOf(text, own), text.field, text.element};
  return IsErased(scope, name, text.origin == 0 ? std::optional<Place>(at) : std::nullopt);
}

// Strips what is erased from the range, and says of each change whether nothing else is missing.
std::vector<uint8_t> Group::StripAndJudge(const Scope& scope, Range& range) const {
  std::vector<uint8_t> whole(range.changes.size(), 1);
  const bool any = !erased_.empty() || context_.erasures.AnyIn(scope);
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
    return IsErased(scope, view, at, DotOf(range.changes[i].step), text);
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

// What the erasures of a range say that was not said here before. From here on the group strips what
// both posts have ordered gone.
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
      const std::string key = OrderKey(record.scope, named.agreement, order->by);
      TOCSIN_ASSIGN_OR_RETURN(const std::optional<std::string> said, Get(key));
      if (!said.has_value()) orders.words.emplace_back(key, dot);
      TOCSIN_ASSIGN_OR_RETURN(
          const std::optional<std::string> other,
          Get(OrderKey(record.scope, named.agreement, order->other())));
      const std::optional<Dot> other_dot =
          other.has_value() ? Dot::FromBytes(*other) : std::nullopt;
      const bool agreed = other_dot.has_value() || TOCSIN_PLANTED("one-post-erases");
      if (!agreed || IsErased(record.scope, named.text.name, named.text.at)) continue;
      erased_.push_back({record.scope, named.text});
      ErasedBy by{dot, other_dot.value_or(dot)};
      if (order->by == 1) std::swap(by.first, by.second);
      orders.gone.push_back({named.text, by});
    }
  }
  return orders;
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
      return IsErased(scope, view, {lane, seq}, own, text);
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
