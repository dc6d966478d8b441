#include "node/api/related.h"

#include <google/protobuf/message.h>

#include <optional>
#include <utility>
#include <vector>

#include "node/base/status.h"
#include "node/schema/field_table.h"
#include "node/schema/kinds.h"
#include "node/schema/names.h"
#include "node/view/index.h"
#include "node/view/present.h"

namespace tocsin::api {
namespace {

// Of one record; beyond it a list of relations says more.
constexpr size_t kRelatedMax = 100;

bool IsNamedBy(const v1::RecordRef& ref, const view::RecordName& name) {
  return ref.scope() == name.scope.ToString() &&
         ref.kind() == static_cast<v1::Kind>(name.key.kind) && ref.id() == name.key.id.view();
}

// Name, and code where it is held here.
void NameOther(const view::View& view, v1::RelatedRecord& related) {
  const auto ref = view::RefOf(related.other());
  if (!ref || schema::FindKind(ref->kind) == nullptr) return;
  const schema::RecordName by_uid{ref->scope, static_cast<v1::Kind>(ref->kind), ref->id};
  related.set_other_name(by_uid.ToString());
  const absl::StatusOr<view::StoredRecord> other =
      view.Get({ref->scope, {ref->kind, std::nullopt, ref->id}});
  if (!other.ok()) return;
  related.set_other_name(other->shown.name());
  related.set_other_code(other->shown.code());
}

// Who made the state what it is shown as.
void NamePost(const view::StoredRecord& relation, v1::RelatedRecord& related) {
  const schema::FieldInfo& state = *schema::FieldTable::Of(v1::RELATION).FindByName("state");
  const auto field = relation.merged.find(state.number);
  if (field == relation.merged.end()) return;
  const merge::Sibling& shown = field->second.siblings.front();
  related.set_jurisdiction(shown.author);
  *related.mutable_write_time() = view::ToTimestamp(shown.stamp);
  related.set_conflict(field->second.conflict);
}

// The record that it says it stands for.
std::optional<view::RecordName> OriginOf(const v1::Record& record) {
  const google::protobuf::Message* body = schema::BodyOf(record);
  if (body == nullptr) return std::nullopt;
  const auto* field = schema::FieldTable::Of(schema::KindOf(*body)).FindByName("moved_from");
  if (field == nullptr || !body->GetReflection()->HasField(*body, field->descriptor)) {
    return std::nullopt;
  }
  const auto ref = view::RefOf(static_cast<const v1::RecordRef&>(
      body->GetReflection()->GetMessage(*body, field->descriptor)));
  if (!ref) return std::nullopt;
  return view::RecordName{ref->scope, {ref->kind, std::nullopt, ref->id}};
}

}  // namespace

absl::Status AddRelated(const view::View& view, const view::RecordName& name, v1::Record& record) {
  TOCSIN_ASSIGN_OR_RETURN(const std::vector<view::RecordName> relations,
                          view.RelationsOf(name, kRelatedMax));
  for (const view::RecordName& each : relations) {
    const absl::StatusOr<view::StoredRecord> relation = view.Get(each);
    // Erased since it was found.
    if (!relation.ok() || !relation->shown.has_relation()) continue;
    const v1::Relation& body = relation->shown.relation();
    v1::RelatedRecord& related = *record.add_related();
    related.set_relation(relation->shown.name());
    related.set_type(body.type());
    related.set_state(body.state());
    related.set_is_subject(IsNamedBy(body.subject(), name));
    *related.mutable_other() = related.is_subject() ? body.object() : body.subject();
    NameOther(view, related);
    NamePost(*relation, related);
  }
  return absl::OkStatus();
}

void AddLateEditsOfOrigin(const view::View& view, v1::Record& record) {
  const std::optional<view::RecordName> name = OriginOf(record);
  if (!name || schema::FindKind(name->key.kind) == nullptr) return;
  const absl::StatusOr<view::StoredRecord> origin = view.Get(*name);
  if (origin.ok()) {
    *record.mutable_origin_edited_after_move() = origin->shown.edited_after_move();
  }
}

}  // namespace tocsin::api
