#include "node/view/raised.h"

#include <google/protobuf/message.h>

#include <algorithm>
#include <string>
#include <vector>

#include "node/schema/field_table.h"
#include "node/schema/field_value.h"
#include "node/schema/states.h"
#include "tocsin/v1/options.pb.h"

namespace tocsin::view {
namespace {

using merge::Sibling;

// The field that shows that people stop responding.
std::optional<uint32_t> ClosingField(uint32_t kind, const merge::MergedRecord& merged,
                                     const google::protobuf::Message& body) {
  for (const auto& [number, field] : merged) {
    const schema::FieldInfo* info = schema::FindField(kind, number);
    if (info == nullptr || info->merge != v1::FURTHEST || info->enumeration == nullptr) continue;
    if (field.siblings.front().clear) continue;
    const int state = body.GetReflection()->GetEnumValue(body, info->descriptor);
    if (schema::EndsResponse(*info, state)) return number;
  }
  return std::nullopt;
}

// What the change of that dot says of the field; nothing where it does not say, or clears it.
std::optional<std::string> ValueIn(uint32_t kind, const merge::HeldChange& held, const Dot& dot,
                                   uint32_t field) {
  if (held.dot == dot) {
    schema::Fragments values = schema::SplitFields(kind, held.change.values);
    auto value = values.find(field);
    return value == values.end() ? std::nullopt : std::optional(std::move(value->second));
  }
  for (const log::Restated& restated : held.change.restated) {
    if (restated.dot == dot && restated.field == field && !restated.clear) return restated.value;
  }
  return std::nullopt;
}

bool WasSeen(uint32_t kind, uint32_t field, const Sibling& worst, const std::vector<Dot>& listed,
             FindChange find_change) {
  if (merge::Meet(worst.dots, listed)) return true;
  for (const Dot& dot : listed) {
    const std::optional<merge::HeldChange> held = find_change(dot, field);
    if (!held) continue;
    const std::optional<std::string> seen = ValueIn(kind, *held, dot, field);
    if (seen && schema::CompareSeverity(kind, field, *seen, worst.value) >= 0) return true;
  }
  return false;
}

}  // namespace

std::optional<uint32_t> ClosedThenRaised(uint32_t kind, const merge::MergedRecord& merged,
                                         const google::protobuf::Message& body,
                                         FindChange find_change) {
  const std::optional<uint32_t> state = ClosingField(kind, merged, body);
  if (!state) return std::nullopt;
  const Sibling& closing = merged.at(*state).siblings.front();
  for (const auto& [number, field] : merged) {
    const schema::FieldInfo* info = schema::FindField(kind, number);
    const Sibling& worst = field.siblings.front();
    if (info == nullptr || info->merge != v1::HIGHEST || worst.clear) continue;
    // Filed closed: one change says both.
    if (!merge::Meet(worst.dots, closing.dots) &&
        !WasSeen(kind, number, worst, closing.overwrites, find_change)) {
      return state;
    }
  }
  return std::nullopt;
}

bool IsClosedThenRaised(const v1::Record& shown) {
  return std::any_of(shown.mark().begin(), shown.mark().end(), [](const v1::FieldMark& mark) {
    return mark.mark() == v1::MARK_CLOSED_THEN_RAISED;
  });
}

}  // namespace tocsin::view
