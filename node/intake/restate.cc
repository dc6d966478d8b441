#include "node/intake/restate.h"

#include <absl/container/flat_hash_set.h>

#include <algorithm>
#include <utility>

#include "node/base/planted.h"
#include "node/schema/field_table.h"
#include "node/schema/field_value.h"

namespace tocsin::intake {
namespace {

// Writes of one field that one walk looks at; a record that was edited more often while its lane
// was slow is incomplete elsewhere until that lane arrives.
constexpr size_t kWalkMax = 64;

std::vector<log::Text> TextsAt(const log::Change& change, uint32_t origin, uint32_t field) {
  std::vector<log::Text> texts;
  for (const log::Text& text : change.texts) {
    if (text.origin == origin && text.field == field) texts.push_back(text);
  }
  return texts;
}

}  // namespace

Writes::Writes(uint32_t kind, absl::Span<const merge::HeldChange> changes, PastChange past_change)
    : kind_(kind), past_change_(std::move(past_change)) {
  for (const merge::HeldChange& held : changes) AddChange(held);
}

void Writes::AddChange(const merge::HeldChange& held) {
  const schema::Fragments values = schema::SplitFields(kind_, held.change.values);
  for (const log::FieldOp& op : held.change.ops) {
    auto value = values.find(op.field);
    Add({.field = op.field,
         .dot = held.dot,
         .stamp = held.change.stamp,
         .clear = op.clear,
         .overwrites = op.overwrites,
         .value = value == values.end() ? "" : value->second,
         .texts = TextsAt(held.change, 0, op.field),
         .carried = held.precedence,
         .is_copy = false});
  }
  uint32_t origin = 0;
  for (const log::Restated& restated : held.change.restated) {
    Add({.field = restated.field,
         .dot = restated.dot,
         .stamp = restated.stamp,
         .clear = restated.clear,
         .overwrites = restated.overwrites,
         .value = restated.value,
         .texts = TextsAt(held.change, ++origin, restated.field),
         .carried = held.precedence,
         .is_copy = true});
  }
}

void Writes::Add(FieldWrite write) {
  auto [at, is_new] = writes_.try_emplace(Key(write.field, write.dot), write);
  if (is_new) return;
  FieldWrite& known = at->second;
  const Precedence carried = std::min(known.carried, write.carried);
  if (known.is_copy && !write.is_copy) known = std::move(write);
  known.carried = carried;
}

const FieldWrite* Writes::Find(uint32_t field, const Dot& dot) {
  auto found = writes_.find(Key(field, dot));
  // A copy stands beside the changes that decide, and its original may be past.
  const bool is_original = found != writes_.end() && !found->second.is_copy;
  if (!is_original && past_change_ && asked_.insert(dot).second) {
    if (auto past = past_change_(dot)) {
      AddChange(*past);
      found = writes_.find(Key(field, dot));
    }
  }
  return found == writes_.end() ? nullptr : &found->second;
}

std::vector<Dot> Writes::OverwrittenBehind(uint32_t field, const std::vector<Dot>& dots,
                                           Precedence precedence) {
  // With each dot the slowest lane on the way to it.
  std::vector<std::pair<Dot, Precedence>> open;
  for (const Dot& dot : dots) open.emplace_back(dot, Precedence::kFlash);
  std::vector<Dot> behind;
  absl::flat_hash_set<Dot> seen(dots.begin(), dots.end());
  while (!open.empty() && seen.size() < kWalkMax) {
    auto [at, slowest] = open.back();
    open.pop_back();
    const FieldWrite* write = Find(field, at);
    // What travels at least as fast says itself what it overwrote.
    if (write == nullptr || write->carried <= precedence) continue;
    slowest = std::max(slowest, write->carried);
    for (const Dot& dot : write->overwrites) {
      if (!seen.insert(dot).second) continue;
      const FieldWrite* older = Find(field, dot);
      if (older != nullptr && older->carried < slowest) behind.push_back(dot);
      open.emplace_back(dot, slowest);
    }
  }
  return behind;
}

std::vector<const FieldWrite*> Writes::ToRestate(uint32_t field, const std::vector<Dot>& dots,
                                                 Precedence precedence) {
  // Every slow write on the way down from a sibling, with the one above it.
  struct Step {
    const FieldWrite* write;
    size_t above;
    Precedence slowest;
    bool needed;
  };
  std::vector<Step> steps;
  absl::flat_hash_set<Dot> seen;
  auto visit = [&](const Dot& dot, size_t above, bool needed) {
    const FieldWrite* write = Find(field, dot);
    if (write == nullptr) return;
    Precedence slowest = write->carried;
    if (above < steps.size()) {
      // Its receiver may hold this one first: what stands above must say that it is overwritten.
      if (write->carried < steps[above].slowest) {
        for (size_t i = above; i < steps.size() && !steps[i].needed; i = steps[i].above) {
          steps[i].needed = true;
        }
      }
      slowest = std::max(slowest, steps[above].slowest);
    }
    if (write->carried <= precedence) return;
    if (seen.insert(dot).second) steps.push_back({write, above, slowest, needed});
  };
  for (const Dot& dot : dots) visit(dot, SIZE_MAX, true);
  // What took an element out of a UNION is no sibling, and still speaks.
  const schema::FieldInfo* info = schema::FindField(kind_, field);
  const bool is_union = info != nullptr && info->merge == v1::UNION;
  for (auto at = writes_.lower_bound(Key(field, Dot()));
       is_union && at != writes_.end() && at->first.first == field; ++at) {
    if (at->second.clear) visit(at->first.second, SIZE_MAX, false);
  }
  for (size_t i = 0; i < steps.size() && steps.size() < kWalkMax; ++i) {
    const FieldWrite* write = steps[i].write;
    for (const Dot& dot : write->overwrites) visit(dot, i, false);
  }
  std::vector<const FieldWrite*> needed;
  for (const Step& step : steps) {
    if (step.needed) needed.push_back(step.write);
  }
  return needed;
}

void AddRestated(const FieldWrite& write, log::Draft& draft) {
  draft.restated.push_back(
      {write.field, write.clear, write.dot, write.stamp,
       TOCSIN_PLANTED("restated-without-overwrites") ? std::vector<Dot>() : write.overwrites,
       write.value});
  for (const log::Text& text : write.texts) {
    log::Draft::DraftText& out = draft.texts.emplace_back();
    out.origin = static_cast<uint32_t>(draft.restated.size());
    out.field = text.field;
    out.element = text.element;
    if (text.bytes) {
      out.bytes = *text.bytes;
      out.salt = text.salt;
    } else {
      out.hash = text.hash;
    }
  }
}

bool IsTooLargeToRestate(uint32_t kind, const FieldWrite& write) {
  size_t text_bytes = 0;
  for (const log::Text& text : write.texts) text_bytes += text.bytes ? text.bytes->size() : 0;
  if (text_bytes > kRestatedBytesMax) return true;
  const schema::FieldInfo* info = schema::FindField(kind, write.field);
  const bool may_wait = info == nullptr || info->type == schema::FieldType::kPolygon ||
                        info->type == schema::FieldType::kGroup;
  return may_wait && write.value.size() > kRestatedBytesMax;
}

}  // namespace tocsin::intake
