#include "node/intake/moved_pair.h"

#include <absl/strings/escaping.h>
#include <absl/strings/str_cat.h>
#include <google/protobuf/message.h>

#include "node/schema/field_value.h"

namespace tocsin::intake {

bool Names(const v1::RecordRef& ref, const view::RecordName& name) {
  return ref.scope() == name.scope.ToString() &&
         ref.kind() == static_cast<v1::Kind>(name.key.kind) && ref.id() == name.key.id.view();
}

std::string KeyOfMove(const v1::RecordRef& old) {
  return absl::StrCat(old.scope(), " ", absl::BytesToHexString(old.id()));
}

MovedPair::MovedPair(const view::StoredRecord& the_old, const view::StoredRecord* the_stand_in)
    : old(the_old),
      stand_in(the_stand_in),
      kind(static_cast<v1::Kind>(the_old.name.key.kind)),
      table(schema::FieldTable::Of(kind)),
      state(*table.FindByName("state")),
      reason(*table.FindByName("withdraw_reason")),
      moved_to(*table.FindByName("moved_to")),
      moved_from(*table.FindByName("moved_from")) {}

const merge::Sibling* MovedPair::FromOld() const {
  const auto found = stand_in->merged.find(moved_from.number);
  if (found == stand_in->merged.end()) return nullptr;
  for (const merge::Sibling& sibling : found->second.siblings) {
    auto body = schema::ParseValues(old.name.key.kind, sibling.value);
    if (!body.ok()) continue;
    const auto& from = static_cast<const v1::RecordRef&>(
        (*body)->GetReflection()->GetMessage(**body, moved_from.descriptor));
    if (Names(from, old.name)) return &sibling;
  }
  return nullptr;
}

bool MovedPair::IsOfTheMove(const schema::FieldInfo& field) const {
  return field.number == reason.number || field.number == moved_to.number ||
         field.number == moved_from.number;
}

}  // namespace tocsin::intake
