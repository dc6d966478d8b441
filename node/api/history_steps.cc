#include "node/api/history_steps.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "node/conflicts/episodes.h"
#include "node/guard/guard.h"
#include "node/schema/field_table.h"
#include "node/schema/field_value.h"
#include "node/schema/validate.h"
#include "node/view/present.h"

namespace tocsin::api {
namespace {

using merge::MergedField;
using merge::Sibling;

std::optional<MergedField> FieldIn(const merge::MergedRecord& record, uint32_t field) {
  auto found = record.find(field);
  return found == record.end() ? std::nullopt : std::optional(found->second);
}

bool HasDot(const Sibling& sibling, const Dot& dot) {
  return std::find(sibling.dots.begin(), sibling.dots.end(), dot) != sibling.dots.end();
}

const log::FieldOp* OpOn(const log::Change& change, uint32_t field) {
  auto found = std::find_if(change.ops.begin(), change.ops.end(),
                            [field](const log::FieldOp& op) { return op.field == field; });
  return found == change.ops.end() ? nullptr : &*found;
}

}  // namespace

void HistorySteps::Tell(const merge::HeldChange& change, v1::HistoryEntry& entry) {
  const std::vector<uint32_t> touched = conflicts::FieldsTouchedBy(change);
  std::vector<std::optional<MergedField>> before;
  for (uint32_t field : touched) before.push_back(FieldIn(replay_.record(), field));
  const merge::MergedRecord& after = replay_.Add(change);
  for (size_t i = 0; i < touched.size(); ++i) {
    const uint32_t field = touched[i];
    const schema::FieldInfo* info = schema::FindField(kind_, field);
    const std::optional<MergedField> now = FieldIn(after, field);
    if (info == nullptr) continue;
    const log::FieldOp* op = OpOn(change.change, field);
    v1::FieldStep step;
    step.set_field(info->name);
    if (op != nullptr && info->merge == v1::UNION) {
      step.set_removed_json(JsonOfRemoved(field, before[i], op->overwrites));
    }
    if (!now) {
      // A list that is empty from then on.
      if (step.removed_json().empty()) continue;
      step.set_value_json("null");
      for (const Dot& dot : op->overwrites) step.add_replaces(dot.ToHex());
      *entry.add_step() = std::move(step);
      continue;
    }
    // Its own value among those that stand; nothing where it does not stand.
    auto own = std::find_if(now->siblings.begin(), now->siblings.end(), [&](const Sibling& one) {
      return op != nullptr ? HasDot(one, change.dot) : one.restated_by == change.dot;
    });
    const bool stands = own != now->siblings.end();
    if (op == nullptr) {
      // What it carries is here already, or is overwritten.
      if (!stands) continue;
      step.set_restated(true);
      step.set_value_json(JsonOf(field, *own));
    } else {
      step.set_value_json(JsonOfOwn(change, field, op->clear));
      for (const Dot& dot : op->overwrites) step.add_replaces(dot.ToHex());
    }
    if (info->merge != v1::UNION) {
      step.set_before_json(before[i] ? JsonOf(field, before[i]->siblings.front()) : "null");
      step.set_shown_json(JsonOf(field, now->siblings.front()));
      step.set_replaced_before(!stands);
      step.set_in_conflict(now->conflict);
      for (const Sibling& sibling : now->siblings) {
        if (!stands || !now->conflict || &sibling == &*own) continue;
        v1::ConflictingValue& value = *step.add_beside();
        value.set_value_json(JsonOf(field, sibling));
        value.set_jurisdiction(sibling.author);
        *value.mutable_write_time() = view::ToTimestamp(sibling.stamp);
        value.set_shown(&sibling == &now->siblings.front());
        value.set_dot(sibling.dots.front().ToHex());
      }
      if (before[i] && before[i]->conflict && !now->conflict) {
        step.set_settled(true);
        step.set_reason(conflicts::ReasonFor(change, field));
      }
    }
    *entry.add_step() = std::move(step);
  }
}

std::string HistorySteps::JsonOf(uint32_t field, const Sibling& sibling) const {
  if (sibling.clear) return "null";
  if (!schema::FindField(kind_, field)->is_text()) return Presented(field, sibling.value);
  std::vector<std::string> texts;
  for (const merge::TextValue& text : sibling.texts) {
    if (text.bytes) texts.push_back(guard::Mask(*text.bytes));
  }
  return Presented(field, schema::TextFragment(field, texts));
}

std::string HistorySteps::JsonOfRemoved(uint32_t field, const std::optional<MergedField>& before,
                                        const std::vector<Dot>& dots) const {
  if (!before) return "";
  Sibling removed;
  for (const Sibling& sibling : before->siblings) {
    const bool goes =
        std::any_of(dots.begin(), dots.end(), [&](const Dot& dot) { return HasDot(sibling, dot); });
    if (!goes) continue;
    removed.value += sibling.value;
    removed.texts.insert(removed.texts.end(), sibling.texts.begin(), sibling.texts.end());
  }
  return removed.value.empty() && removed.texts.empty() ? "" : JsonOf(field, removed);
}

std::string HistorySteps::JsonOfOwn(const merge::HeldChange& change, uint32_t field,
                                    bool clear) const {
  if (clear) return "null";
  if (!schema::FindField(kind_, field)->is_text()) {
    return Presented(field, schema::SplitFields(kind_, change.change.values)[field]);
  }
  std::vector<std::string> texts;
  for (const log::Text& text : change.change.texts) {
    if (text.origin == 0 && text.field == field && text.bytes) {
      texts.push_back(guard::Mask(*text.bytes));
    }
  }
  return Presented(field, schema::TextFragment(field, texts));
}

// Counts of people below the minimum cell are shown so, whoever wrote them.
std::string HistorySteps::Presented(uint32_t field, std::string fragment) const {
  return schema::ToJson(kind_, field,
                        schema::WithMinimumCell(kind_, field, std::move(fragment), min_cell_));
}

}  // namespace tocsin::api
