#include "node/intake/seen.h"

#include <absl/strings/str_cat.h>
#include <absl/strings/str_join.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "node/base/status.h"
#include "node/intake/restate.h"
#include "node/schema/field_table.h"
#include "node/schema/field_value.h"
#include "node/schema/kinds.h"
#include "node/schema/validate.h"
#include "node/view/etag.h"
#include "node/view/present.h"

namespace tocsin::intake {
namespace {

using google::protobuf::Message;
using schema::FieldInfo;
using schema::PathOf;
using view::VersionIn;

v1::Kind KindOf(const view::StoredRecord& held) {
  return static_cast<v1::Kind>(held.name.key.kind);
}

// Is it one of the fields that the edit sets, clears or takes elements out of?
bool Names(const Edit& edit, const schema::Fragments& set, uint32_t number) {
  return set.contains(number) || edit.remove.contains(number) ||
         std::find(edit.clear.begin(), edit.clear.end(), number) != edit.clear.end();
}

v1::MovedField Moved(const view::StoredRecord& held, const FieldInfo& field) {
  v1::MovedField moved;
  moved.set_field(PathOf(KindOf(held), field));
  const Message* body = schema::BodyOf(held.shown);
  const schema::Fragments shown = body == nullptr ? schema::Fragments() : schema::FieldsOf(*body);
  auto value = shown.find(field.number);
  moved.set_value_json(value == shown.end()
                           ? "null"
                           : schema::ToJson(held.name.key.kind, field.number, value->second));
  auto merged = held.merged.find(field.number);
  if (merged == held.merged.end()) return moved;
  // Of a list whoever wrote an element last; of another field whose value is shown.
  const std::vector<merge::Sibling>& siblings = merged->second.siblings;
  const merge::Sibling& sibling = field.merge == v1::UNION ? siblings.back() : siblings.front();
  moved.set_jurisdiction(sibling.author);
  *moved.mutable_write_time() = view::ToTimestamp(sibling.stamp);
  return moved;
}

absl::Status Changed(const std::vector<const FieldInfo*>& moved, v1::Kind kind) {
  return absl::AbortedError(
      absl::StrCat("etag: the record has changed since you read it: ",
                   absl::StrJoin(moved, ", ",
                                 [kind](std::string* out, const FieldInfo* field) {
                                   absl::StrAppend(out, PathOf(kind, *field));
                                 }),
                   "; read it again and repeat your edit with the new etag"));
}

// The field of a request, which must be one that can be in conflict.
absl::StatusOr<const FieldInfo*> FieldToResolve(const std::string& path, v1::Kind kind) {
  const schema::KindInfo& info = *schema::FindKind(static_cast<uint32_t>(kind));
  const std::string prefix = absl::StrCat(info.name, ".");
  const std::string name =
      path.compare(0, prefix.size(), prefix) == 0 ? path.substr(prefix.size()) : path;
  const FieldInfo* field = schema::FieldTable::Of(kind).FindByName(name);
  if (field == nullptr) {
    return absl::InvalidArgumentError(absl::StrCat("field: is no field of ", info.name));
  }
  if (field->merge == v1::UNION || field->merge == v1::FIRST) {
    return absl::InvalidArgumentError(
        absl::StrCat("field: ", PathOf(kind, *field), " is never in conflict"));
  }
  return field;
}

bool Lists(const std::vector<Dot>& dots, const Dot& dot) {
  return std::find(dots.begin(), dots.end(), dot) != dots.end();
}

// Sets the value of the change with that dot in the edit's body.
absl::Status Take(const std::string& hex, const FieldInfo& field, const view::FieldVersion& seen,
                  const view::StoredRecord& held, Edit& edit) {
  std::vector<Dot> shown = seen.shown;
  shown.insert(shown.end(), seen.others.begin(), seen.others.end());
  auto dot = std::find_if(shown.begin(), shown.end(),
                          [&hex](const Dot& each) { return each.ToHex() == hex; });
  if (dot == shown.end()) {
    return absl::InvalidArgumentError(
        "take: is none of the values that the etag shows; read the record again, and take one of "
        "its conflict's");
  }
  Writes writes(held.name.key.kind, held.changes, held.past_change);
  const FieldWrite* write = writes.Find(field.number, *dot);
  if (write == nullptr) {
    return absl::FailedPreconditionError(
        "take: this node does not hold that value (yet); give another, or wait for it");
  }
  if (write->clear) {
    edit.clear.push_back(field.number);
    return absl::OkStatus();
  }
  std::string fragment = write->value;
  if (field.is_text()) {
    std::vector<std::string> texts;
    for (const log::Text& text : write->texts) {
      if (!text.bytes) {
        return absl::FailedPreconditionError(
            "take: the text of that value is not here: it was erased or has not come yet; give "
            "another value");
      }
      texts.push_back(*text.bytes);
    }
    fragment = schema::TextFragment(field.number, texts);
  }
  TOCSIN_ASSIGN_OR_RETURN(edit.body, schema::ParseValues(held.name.key.kind, fragment));
  return absl::OkStatus();
}

absl::Status TakeNew(const v1::Record& value, const FieldInfo& field, v1::Kind kind, Edit& edit) {
  const Message* body = schema::BodyOf(value);
  const schema::Fragments set = body == nullptr || schema::KindOf(*body) != kind
                                    ? schema::Fragments()
                                    : schema::FieldsOf(*body);
  if (set.size() != 1 || !set.contains(field.number)) {
    return absl::InvalidArgumentError(absl::StrCat("value: must set ", PathOf(kind, field),
                                                   " and nothing else; clear it by an edit"));
  }
  TOCSIN_RETURN_IF_ERROR(schema::Validate(*body, schema::Purpose::kUpdate));
  edit.body = schema::NewBody(kind);
  edit.body->CopyFrom(*body);
  return absl::OkStatus();
}

// Adds why, in place of what was said of an earlier conflict on the field.
void AddReason(v1::ResolveReason reason, const FieldInfo& field, const view::StoredRecord& held,
               Edit& edit) {
  const FieldInfo& why = *schema::FieldTable::Of(KindOf(held)).FindByName("resolution");
  v1::Resolution resolution;
  resolution.set_field(field.number);
  resolution.set_reason(reason);
  edit.body->GetReflection()->AddMessage(edit.body.get(), why.descriptor)->CopyFrom(resolution);
  auto merged = held.merged.find(why.number);
  if (merged == held.merged.end()) return;
  for (const merge::Sibling& sibling : merged->second.siblings) {
    const auto said = schema::ParseValues(held.name.key.kind, sibling.value);
    if (!said.ok()) continue;
    const auto& reflection = *(*said)->GetReflection();
    for (int i = 0; i < reflection.FieldSize(**said, why.descriptor); ++i) {
      const auto& earlier = static_cast<const v1::Resolution&>(
          reflection.GetRepeatedMessage(**said, why.descriptor, i));
      if (earlier.field() != field.number) continue;
      std::vector<Dot>& gone = edit.remove[why.number];
      gone.insert(gone.end(), sibling.dots.begin(), sibling.dots.end());
    }
  }
}

// Does a value that the person was shown still stand here?
bool AnyStands(const view::FieldVersion& seen, const merge::MergedRecord& merged, uint32_t field) {
  auto now = merged.find(field);
  if (now == merged.end()) return false;
  for (const merge::Sibling& sibling : now->second.siblings) {
    for (const Dot& dot : sibling.dots) {
      if (Lists(seen.shown, dot) || Lists(seen.others, dot)) return true;
    }
  }
  return false;
}

}  // namespace

absl::Status ReadEtag(absl::string_view etag, bool require_unchanged,
                      const view::StoredRecord& held, Edit& edit, v1::WriteRecordResponse& answer) {
  if (etag.empty()) return absl::OkStatus();
  TOCSIN_ASSIGN_OR_RETURN(view::RecordVersion seen, view::DecodeEtag(etag));
  const view::RecordVersion now = view::VersionOf(held.name.key.kind, held.merged);
  std::vector<const FieldInfo*> moved;
  for (const FieldInfo& field : schema::FieldTable::Of(KindOf(held)).fields()) {
    const bool same = VersionIn(seen, field.number) == VersionIn(now, field.number);
    if (!same) moved.push_back(&field);
  }
  if (require_unchanged && seen != now) return Changed(moved, KindOf(held));
  const schema::Fragments set = schema::FieldsOf(*edit.body);
  for (const FieldInfo* field : moved) {
    v1::MovedField& told = *answer.add_moved();
    told = Moved(held, *field);
    told.set_written(Names(edit, set, field->number));
  }
  edit.seen = std::move(seen);
  return absl::OkStatus();
}

absl::Status ReadResolution(const v1::ResolveConflictRequest& request,
                            const view::StoredRecord& held, Edit& edit,
                            v1::WriteRecordResponse& answer) {
  const v1::Kind kind = KindOf(held);
  TOCSIN_ASSIGN_OR_RETURN(const FieldInfo* field, FieldToResolve(request.field(), kind));
  TOCSIN_ASSIGN_OR_RETURN(const view::RecordVersion seen, view::DecodeEtag(request.etag()));
  const view::FieldVersion& shown = VersionIn(seen, field->number);
  if (shown.others.empty()) {
    return absl::FailedPreconditionError(absl::StrCat("etag: it shows ", PathOf(kind, *field),
                                                      " without a conflict; change it by an edit"));
  }
  edit.body = schema::NewBody(kind);
  TOCSIN_RETURN_IF_ERROR(request.has_value() ? TakeNew(request.value(), *field, kind, edit)
                                             : Take(request.take(), *field, shown, held, edit));
  edit.resolve.insert(field->number);
  if (!AnyStands(shown, held.merged, field->number)) {
    const v1::MovedField now = Moved(held, *field);
    return absl::AbortedError(
        absl::StrCat(PathOf(kind, *field), ": the conflict was settled meanwhile, by ",
                     now.jurisdiction(), "; look at the record, and edit it if that is wrong"));
  }
  TOCSIN_RETURN_IF_ERROR(ReadEtag(request.etag(), false, held, edit, answer));
  AddReason(request.reason(), *field, held, edit);
  return absl::OkStatus();
}

void AddConflicts(const Edit& edit, const v1::Record& now, v1::WriteRecordResponse& answer) {
  const Message* body = schema::BodyOf(now);
  if (body == nullptr) return;
  const schema::FieldTable& table = schema::FieldTable::Of(schema::KindOf(*body));
  const schema::Fragments set = schema::FieldsOf(*edit.body);
  for (const v1::Conflict& conflict : now.conflict()) {
    const FieldInfo* field = table.FindByName(conflict.field());
    if (field != nullptr && Names(edit, set, field->number)) *answer.add_conflict() = conflict;
  }
}

}  // namespace tocsin::intake
