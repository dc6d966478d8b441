#include "node/intake/request.h"

#include <absl/strings/escaping.h>
#include <absl/strings/match.h>
#include <absl/strings/str_cat.h>
#include <google/protobuf/descriptor.h>

#include <algorithm>
#include <set>
#include <utility>

#include "node/base/status.h"
#include "node/identity/record_id.h"
#include "node/intake/moved_pair.h"
#include "node/intake/relation.h"
#include "node/schema/field_table.h"
#include "node/schema/kinds.h"
#include "node/schema/validate.h"

namespace tocsin::intake {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;
using schema::FieldInfo;

constexpr int kRemoveMax = 256;

absl::Status CheckScope(const Jurisdiction& author, const Scope& scope) {
  if (MayWrite(author, scope)) return absl::OkStatus();
  return absl::PermissionDeniedError(absl::StrCat(
      scope.ToString(), ": a node of ", author.path(),
      " writes records of that jurisdiction and of those below it; file this one at its own post"));
}

bool IsSet(const Message& body, const FieldInfo& field) {
  const Reflection& reflection = *body.GetReflection();
  return field.repeated ? reflection.FieldSize(body, field.descriptor) > 0
                        : reflection.HasField(body, field.descriptor);
}

// The body of a request's record, which must be of a kind that people write.
absl::StatusOr<const Message*> BodyToWrite(const v1::Record& record) {
  const Message* body = schema::BodyOf(record);
  if (body == nullptr) {
    return absl::InvalidArgumentError(
        "record: has no body; set the one of its kind, such as record.incident");
  }
  const v1::Kind kind = schema::KindOf(*body);
  if (record.kind() != v1::KIND_UNSPECIFIED && record.kind() != kind) {
    return absl::InvalidArgumentError(
        absl::StrCat("record.kind: says ", v1::Kind_Name(record.kind()), ", and the body is of ",
                     v1::Kind_Name(kind), "; leave the kind out"));
  }
  if (kind == v1::ERASURE) {
    return absl::InvalidArgumentError(
        "record.erasure: an erasure is not filed; two posts order it together");
  }
  return body;
}

std::unique_ptr<Message> CopyOf(const Message& body) {
  std::unique_ptr<Message> copy(body.New());
  copy->CopyFrom(body);
  return copy;
}

// A relation's id follows from what it relates, and so does where it lies.
absl::Status ReadRelation(NewRecord& record) {
  auto& relation = static_cast<v1::Relation&>(*record.edit.body);
  PutInOrder(relation);
  TOCSIN_ASSIGN_OR_RETURN(const Scope scope, ScopeOfRelation(relation));
  if (scope != record.scope) {
    return absl::InvalidArgumentError(absl::StrCat(
        "parent: a relation of records in ", relation.subject().scope(), " and ",
        relation.object().scope(),
        " lies in the lowest jurisdiction that covers both: ", schema::ParentName(scope)));
  }
  record.has_source = true;
  record.source_system = "tocsin-relation";
  record.source_key = KeyOfRelation(relation);
  return absl::OkStatus();
}

absl::Status ReadSource(const Message& body, NewRecord& record) {
  for (const FieldInfo& field : schema::FieldTable::Of(record.kind).fields()) {
    if (field.type != schema::FieldType::kSource || !IsSet(body, field)) continue;
    const auto& source =
        static_cast<const v1::Source&>(body.GetReflection()->GetMessage(body, field.descriptor));
    record.has_source = true;
    record.source_system = source.system();
    record.source_key = source.key();
  }
  if (record.has_source && record.code) {
    return absl::InvalidArgumentError(
        record.kind == v1::RELATION
            ? "record.code: a relation is named by what it relates; leave the code out"
            : "record.code: a record with a source is named by its source key; leave the code out");
  }
  return absl::OkStatus();
}

// A record that stands for another one has the id that the move gave it, so that an export that is
// read back finds it, or makes it what `moved_to` of the other one names.
absl::Status ReadStandIn(const Message& body, NewRecord& record) {
  const FieldInfo* field = schema::FieldTable::Of(record.kind).FindByName("moved_from");
  if (record.has_source || field == nullptr || !IsSet(body, *field)) return absl::OkStatus();
  record.has_source = true;
  record.source_system = kMoveSource;
  record.source_key = KeyOfMove(
      static_cast<const v1::RecordRef&>(body.GetReflection()->GetMessage(body, field->descriptor)));
  const RecordId id = identity::RecordIdFromSourceKey(
      record.scope, static_cast<uint32_t>(record.kind), record.source_system, record.source_key);
  if (record.code && record.code->bits() != identity::CodeBitsOf(id)) {
    return absl::InvalidArgumentError(
        "record.code: a record that stands for another one (moved_from) is named by that one; "
        "leave the code out");
  }
  record.code.reset();
  return absl::OkStatus();
}

// The field that one path of a mask names.
absl::StatusOr<const FieldInfo*> MaskedField(absl::string_view path, v1::Kind kind) {
  const schema::KindInfo& info = *schema::FindKind(static_cast<uint32_t>(kind));
  const std::string shown = absl::CHexEscape(path.substr(0, 128));
  if (path == "*") {
    return absl::InvalidArgumentError(
        "update_mask: \"*\" would clear what others have written since; name the fields");
  }
  absl::string_view name = path;
  if (absl::StartsWith(name, absl::StrCat(info.name, ".")))
    name.remove_prefix(info.name.size() + 1);
  const size_t dot = name.find('.');
  const FieldInfo* field = schema::FieldTable::Of(kind).FindByName(name.substr(0, dot));
  if (field == nullptr) {
    return absl::InvalidArgumentError(
        absl::StrCat("update_mask: \"", shown, "\" is no field of ", info.name));
  }
  if (dot != absl::string_view::npos) {
    return absl::InvalidArgumentError(absl::StrCat("update_mask: \"", shown,
                                                   "\": a field is written whole; name ", info.name,
                                                   ".", field->name));
  }
  return field;
}

// The numbers of the fields to write. Without a mask: those that the body sets.
absl::StatusOr<std::set<uint32_t>> MaskedFields(const v1::UpdateRecordRequest& request,
                                                const Message& body) {
  const v1::Kind kind = schema::KindOf(body);
  std::set<uint32_t> fields;
  for (const std::string& path : request.update_mask().paths()) {
    TOCSIN_ASSIGN_OR_RETURN(const FieldInfo* field, MaskedField(path, kind));
    fields.insert(field->number);
  }
  if (request.update_mask().paths_size() > 0) return fields;
  for (const FieldInfo& field : schema::FieldTable::Of(kind).fields()) {
    if (IsSet(body, field)) fields.insert(field.number);
  }
  return fields;
}

absl::Status ReadRemovals(const v1::UpdateRecordRequest& request, v1::Kind kind, Edit& edit) {
  if (request.remove_size() > kRemoveMax) {
    return absl::InvalidArgumentError(
        absl::StrCat("remove: has ", request.remove_size(), " elements; at most ", kRemoveMax));
  }
  for (int i = 0; i < request.remove_size(); ++i) {
    const v1::ElementRef& element = request.remove(i);
    absl::StatusOr<const FieldInfo*> field = MaskedField(element.field(), kind);
    if (!field.ok() || (*field)->merge != v1::UNION) {
      return absl::InvalidArgumentError(
          absl::StrCat("remove[", i, "].field: is no field with elements; clear it by the mask"));
    }
    std::string bytes;
    std::optional<Dot> dot;
    if (element.dot().size() == 2 * Dot::kSize &&
        std::all_of(element.dot().begin(), element.dot().end(), absl::ascii_isxdigit)) {
      dot = Dot::FromBytes(absl::HexStringToBytes(element.dot()));
    }
    if (!dot) {
      return absl::InvalidArgumentError(
          absl::StrCat("remove[", i, "].dot: is not 32 hexadecimal digits"));
    }
    edit.remove[(*field)->number].push_back(*dot);
  }
  return absl::OkStatus();
}

absl::Status CheckRequireUnchanged(bool require_unchanged, const std::string& etag) {
  if (!require_unchanged || !etag.empty()) return absl::OkStatus();
  return absl::InvalidArgumentError(
      "etag: is required with require_unchanged: it says what the record must still be");
}

// What is cleared cannot have elements taken out as well.
void SplitMask(const Message& body, const std::set<uint32_t>& mask, Edit& edit) {
  edit.body = CopyOf(body);
  for (const FieldInfo& field : schema::FieldTable::Of(schema::KindOf(body)).fields()) {
    if (!mask.contains(field.number)) {
      edit.body->GetReflection()->ClearField(edit.body.get(), field.descriptor);
    } else if (!IsSet(body, field) && !edit.remove.contains(field.number)) {
      edit.clear.push_back(field.number);
    }
  }
}

}  // namespace

absl::StatusOr<NewRecord> ReadCreate(const v1::CreateRecordRequest& request, const Author& author,
                                     uint32_t min_cell) {
  absl::StatusOr<Scope> scope = schema::ParseParent(request.parent());
  if (!scope.ok()) {
    return absl::InvalidArgumentError(absl::StrCat("parent: ", scope.status().message()));
  }
  TOCSIN_RETURN_IF_ERROR(CheckScope(author.jurisdiction, *scope));
  if (!author.is_hub && scope->jurisdiction() != author.jurisdiction) {
    return absl::PermissionDeniedError(absl::StrCat(
        scope->ToString(), ": ", author.jurisdiction.path(),
        " is a station and no post lies below it; name no scope to file for this post, or have the "
        "hub above file for the other one"));
  }
  TOCSIN_ASSIGN_OR_RETURN(const Message* body, BodyToWrite(request.record()));
  NewRecord record{.scope = *std::move(scope), .kind = schema::KindOf(*body)};
  if (!request.record().code().empty()) {
    absl::StatusOr<SpokenCode> code = SpokenCode::Parse(request.record().code());
    if (!code.ok()) {
      return absl::InvalidArgumentError(absl::StrCat("record.code: ", code.status().message()));
    }
    record.code = *code;
  }
  TOCSIN_RETURN_IF_ERROR(schema::Validate(*body, schema::Purpose::kCreate));
  record.edit.body = CopyOf(*body);
  if (record.kind == v1::RELATION) TOCSIN_RETURN_IF_ERROR(ReadRelation(record));
  TOCSIN_RETURN_IF_ERROR(ReadSource(*body, record));
  TOCSIN_RETURN_IF_ERROR(ReadStandIn(*body, record));
  record.edit.heard = request.heard();
  schema::ApplyMinimumCells(*record.edit.body, min_cell);
  return record;
}

absl::StatusOr<NamedEdit> ReadUpdate(const v1::UpdateRecordRequest& request,
                                     const Jurisdiction& author, uint32_t min_cell) {
  absl::StatusOr<schema::RecordName> name = schema::ParseRecordName(request.record().name());
  if (!name.ok()) {
    return absl::InvalidArgumentError(absl::StrCat("record.name: ", name.status().message()));
  }
  TOCSIN_RETURN_IF_ERROR(CheckScope(author, name->scope));
  TOCSIN_ASSIGN_OR_RETURN(const Message* body, BodyToWrite(request.record()));
  if (schema::KindOf(*body) != name->kind) {
    return absl::InvalidArgumentError(absl::StrCat("record: its name is of ",
                                                   v1::Kind_Name(name->kind), ", and its body of ",
                                                   v1::Kind_Name(schema::KindOf(*body))));
  }
  TOCSIN_RETURN_IF_ERROR(CheckRequireUnchanged(request.require_unchanged(), request.etag()));
  NamedEdit named{.name = *std::move(name),
                  .edit = {},
                  .etag = request.etag(),
                  .require_unchanged = request.require_unchanged()};
  named.edit.heard = request.heard();
  TOCSIN_RETURN_IF_ERROR(ReadRemovals(request, named.name.kind, named.edit));
  TOCSIN_ASSIGN_OR_RETURN(std::set<uint32_t> mask, MaskedFields(request, *body));
  if (mask.empty() && named.edit.remove.empty()) {
    return absl::InvalidArgumentError(
        "update_mask: names no field and the body sets none; there is nothing to write");
  }
  SplitMask(*body, mask, named.edit);
  if (const FieldInfo* why = schema::FieldTable::Of(named.name.kind).FindByName("resolution");
      why != nullptr && (mask.contains(why->number) || named.edit.remove.contains(why->number))) {
    return absl::InvalidArgumentError(
        "update_mask: resolution is written by ResolveConflict, with what it settles");
  }
  for (const char* moved : {"moved_to", "moved_from"}) {
    const FieldInfo* field = schema::FieldTable::Of(named.name.kind).FindByName(moved);
    if (field == nullptr || !mask.contains(field->number)) continue;
    return absl::InvalidArgumentError(
        absl::StrCat("update_mask: ", moved, " is written by MoveRecord, with both records"));
  }
  if (named.name.kind == v1::RELATION) TOCSIN_RETURN_IF_ERROR(CheckRelationEdit(mask));
  TOCSIN_RETURN_IF_ERROR(schema::Validate(*named.edit.body, schema::Purpose::kUpdate));
  TOCSIN_RETURN_IF_ERROR(schema::ValidateCleared(named.name.kind, named.edit.clear));
  schema::ApplyMinimumCells(*named.edit.body, min_cell);
  return named;
}

absl::StatusOr<NamedEdit> ReadWithdraw(const v1::WithdrawRecordRequest& request,
                                       const Jurisdiction& author) {
  absl::StatusOr<schema::RecordName> name = schema::ParseRecordName(request.name());
  if (!name.ok()) {
    return absl::InvalidArgumentError(absl::StrCat("name: ", name.status().message()));
  }
  TOCSIN_RETURN_IF_ERROR(CheckScope(author, name->scope));
  const schema::FieldTable& table = schema::FieldTable::Of(name->kind);
  const std::optional<int> withdrawn = schema::WithdrawnState(name->kind);
  const FieldInfo* reason = table.FindByName("withdraw_reason");
  if (!withdrawn || reason == nullptr) {
    return absl::InvalidArgumentError(
        absl::StrCat("name: a record of ", v1::Kind_Name(name->kind), " is not withdrawn"));
  }
  if (request.reason() == v1::WITHDRAW_REASON_UNSPECIFIED ||
      !v1::WithdrawReason_IsValid(request.reason())) {
    return absl::InvalidArgumentError(
        "reason: is required: false alarm, duplicate, filed in error, wrong post or superseded");
  }
  TOCSIN_RETURN_IF_ERROR(CheckRequireUnchanged(request.require_unchanged(), request.etag()));
  NamedEdit named{.name = *std::move(name),
                  .edit = {},
                  .etag = request.etag(),
                  .require_unchanged = request.require_unchanged()};
  named.edit.body = schema::NewBody(named.name.kind);
  const Reflection& reflection = *named.edit.body->GetReflection();
  reflection.SetEnumValue(named.edit.body.get(), table.FindByName("state")->descriptor, *withdrawn);
  reflection.SetEnumValue(named.edit.body.get(), reason->descriptor, request.reason());
  return named;
}

absl::StatusOr<NamedEdit> ReadResolve(const v1::ResolveConflictRequest& request,
                                      const Jurisdiction& author) {
  absl::StatusOr<schema::RecordName> name = schema::ParseRecordName(request.name());
  if (!name.ok()) {
    return absl::InvalidArgumentError(absl::StrCat("name: ", name.status().message()));
  }
  TOCSIN_RETURN_IF_ERROR(CheckScope(author, name->scope));
  if (request.field().empty()) {
    return absl::InvalidArgumentError("field: is required: the one that is in conflict");
  }
  if (request.etag().empty()) {
    return absl::InvalidArgumentError(
        "etag: is required: what it shows is what is overwritten; it comes with the record");
  }
  if (request.choice_case() == v1::ResolveConflictRequest::CHOICE_NOT_SET) {
    return absl::InvalidArgumentError("take, value: one of them is required");
  }
  if (request.reason() == v1::RESOLVE_REASON_UNSPECIFIED ||
      !v1::ResolveReason_IsValid(request.reason())) {
    return absl::InvalidArgumentError(
        "reason: is required: seen on scene, later observation, more precise, combined, entered "
        "in error, agreed or precaution");
  }
  NamedEdit named{.name = *std::move(name), .edit = {}, .etag = request.etag()};
  named.edit.body = schema::NewBody(named.name.kind);
  return named;
}

}  // namespace tocsin::intake
