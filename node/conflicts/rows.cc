#include "node/conflicts/rows.h"

#include <google/protobuf/util/time_util.h>

#include <algorithm>

#include "node/base/scope.h"
#include "node/conflicts/turn.h"
#include "node/schema/field_table.h"
#include "node/schema/field_value.h"
#include "node/schema/kinds.h"
#include "node/view/present.h"

namespace tocsin::conflicts {
namespace {

using google::protobuf::Message;

// "FIRE": what tells records of a kind from one another.
std::string TypeOf(const Message& body, const schema::FieldTable& table) {
  for (const char* name : {"type", "finding", "activity"}) {
    const schema::FieldInfo* field = table.FindByName(name);
    if (field == nullptr || field->enumeration == nullptr || field->repeated) continue;
    const int value = body.GetReflection()->GetEnumValue(body, field->descriptor);
    const auto* named = field->enumeration->FindValueByNumber(value);
    if (value != 0 && named != nullptr) return named->name();
  }
  return {};
}

v1::Severity SeverityShown(const Message& body, const schema::FieldTable& table) {
  const schema::FieldInfo* field = table.FindByName("severity");
  if (field == nullptr || field->enumeration != v1::Severity_descriptor()) {
    return v1::SEVERITY_UNSPECIFIED;
  }
  const int value = body.GetReflection()->GetEnumValue(body, field->descriptor);
  return v1::Severity_IsValid(value) ? static_cast<v1::Severity>(value) : v1::SEVERITY_UNSPECIFIED;
}

}  // namespace

v1::OpenConflict RowOf(const v1::Record& shown) {
  v1::OpenConflict row;
  row.set_record(shown.name());
  row.set_code(shown.code());
  row.set_scope(shown.scope());
  row.set_kind(shown.kind());
  row.set_uid(shown.uid());
  row.set_status(shown.status());
  row.set_etag(shown.etag());
  if (const Message* body = schema::BodyOf(shown)) {
    const schema::FieldTable& table = schema::FieldTable::Of(schema::KindOf(*body));
    row.set_type(TypeOf(*body, table));
    row.set_severity(SeverityShown(*body, table));
  }
  return row;
}

const v1::Conflict* FindConflict(const v1::Record& shown, absl::string_view field) {
  auto found =
      std::find_if(shown.conflict().begin(), shown.conflict().end(),
                   [field](const v1::Conflict& conflict) { return conflict.field() == field; });
  return found == shown.conflict().end() ? nullptr : &*found;
}

v1::Conflict StandingValue(const v1::Record& shown, uint32_t field,
                           const merge::MergedRecord& merged) {
  v1::Conflict standing;
  const auto kind = static_cast<uint32_t>(shown.kind());
  const schema::FieldInfo* info = schema::FindField(kind, field);
  const Message* body = schema::BodyOf(shown);
  auto found = merged.find(field);
  if (info != nullptr) standing.set_field(info->name);
  if (info == nullptr || body == nullptr || found == merged.end()) return standing;
  const merge::Sibling& sibling = found->second.siblings.front();
  v1::ConflictingValue& value = *standing.add_value();
  const schema::Fragments fragments = schema::FieldsOf(*body);
  auto fragment = fragments.find(field);
  value.set_value_json(fragment == fragments.end() ? "null"
                                                   : schema::ToJson(kind, field, fragment->second));
  value.set_jurisdiction(sibling.author);
  *value.mutable_write_time() = view::ToTimestamp(sibling.stamp);
  value.set_shown(true);
  value.set_dot(sibling.dots.front().ToHex());
  return standing;
}

void SetTimes(absl::Time since, absl::Time now, absl::Duration patience, v1::OpenConflict& row) {
  const absl::Duration age = std::max(now - since, absl::ZeroDuration());
  *row.mutable_since_time() = TimestampOf(since);
  *row.mutable_age() = DurationOf(age);
  absl::StatusOr<Scope> scope = Scope::Parse(row.scope());
  if (!scope.ok()) return;
  const Turn turn = TurnOf(*scope, age, patience);
  row.set_turn(turn.jurisdiction.path());
  if (turn.left) *row.mutable_turn_until_time() = TimestampOf(now + *turn.left);
}

google::protobuf::Timestamp TimestampOf(absl::Time time) {
  return google::protobuf::util::TimeUtil::MillisecondsToTimestamp(absl::ToUnixMillis(time));
}

google::protobuf::Duration DurationOf(absl::Duration duration) {
  return google::protobuf::util::TimeUtil::MillisecondsToDuration(
      absl::ToInt64Milliseconds(duration));
}

}  // namespace tocsin::conflicts
