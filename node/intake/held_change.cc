#include "node/intake/held_change.h"

#include <absl/strings/str_cat.h>

#include "node/base/status.h"
#include "node/schema/envelope.h"

namespace tocsin::intake {
namespace {

// The texts of one origin: 0 for the change's own.
void AddTexts(const log::ChangeView& change, uint32_t origin, schema::ChangeTags& tags) {
  for (const log::TextView& text : change.texts()) {
    if (text.origin == origin) tags.texts.push_back({text.field, text.element, text.bytes.size()});
  }
}

absl::Status CheckRestated(const log::ChangeView& change, uint32_t origin, schema::Newer newer) {
  const log::RestatedView& field = change.restated()[origin - 1];
  schema::ChangeTags tags;
  tags.kind = change.kind();
  (field.clear ? tags.cleared : tags.set).push_back(field.field);
  tags.values = field.value;
  AddTexts(change, origin, tags);
  absl::Status checked = schema::EnvelopeAcceptable(tags, newer);
  if (checked.ok()) return checked;
  return absl::Status(checked.code(), absl::StrCat(checked.message(), ", in what it restates"));
}

}  // namespace

absl::Status CheckHeldChange(const log::ChangeView& change, log::Via via) {
  const auto newer = via == log::Via::kParent ? schema::Newer::kTake : schema::Newer::kRefuse;
  schema::ChangeTags tags;
  tags.kind = change.kind();
  for (const log::OpView& op : change.ops()) {
    (op.clear ? tags.cleared : tags.set).push_back(op.field);
  }
  tags.values = change.own_values();
  AddTexts(change, 0, tags);
  TOCSIN_RETURN_IF_ERROR(schema::EnvelopeAcceptable(tags, newer));
  for (uint32_t origin = 1; origin <= change.restated().size(); ++origin) {
    TOCSIN_RETURN_IF_ERROR(CheckRestated(change, origin, newer));
  }
  return absl::OkStatus();
}

}  // namespace tocsin::intake
