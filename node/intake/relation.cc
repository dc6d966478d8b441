#include "node/intake/relation.h"

#include <absl/strings/escaping.h>
#include <absl/strings/str_cat.h>

#include <optional>
#include <tuple>
#include <utility>

#include "node/base/status.h"
#include "node/schema/field_table.h"

namespace tocsin::intake {
namespace {

std::string NameOf(const v1::RecordRef& ref) {
  return absl::StrCat(ref.scope(), " ", static_cast<int>(ref.kind()), " ",
                      absl::BytesToHexString(ref.id()));
}

}  // namespace

absl::StatusOr<Scope> ScopeOfRelation(const v1::Relation& relation) {
  TOCSIN_ASSIGN_OR_RETURN(const Scope subject, Scope::Parse(relation.subject().scope()));
  TOCSIN_ASSIGN_OR_RETURN(const Scope object, Scope::Parse(relation.object().scope()));
  const std::optional<Jurisdiction> common =
      LowestCommon(subject.jurisdiction(), object.jurisdiction());
  if (!common) {
    return absl::InvalidArgumentError(absl::StrCat("relation.object: no jurisdiction covers both ",
                                                   subject.ToString(), " and ", object.ToString(),
                                                   "; records of two networks are not related"));
  }
  return Scope::Matters(*common);
}

void PutInOrder(v1::Relation& relation) {
  if (relation.type() != v1::RELATION_SAME) return;
  if (NameOf(relation.object()) < NameOf(relation.subject())) {
    relation.mutable_subject()->Swap(relation.mutable_object());
  }
}

std::string KeyOfRelation(const v1::Relation& relation) {
  return absl::StrCat(static_cast<int>(relation.type()), "|", NameOf(relation.subject()), "|",
                      NameOf(relation.object()));
}

absl::Status CheckRelationEdit(const std::set<uint32_t>& fields) {
  const schema::FieldTable& table = schema::FieldTable::Of(v1::RELATION);
  for (const char* name : {"subject", "object", "type"}) {
    const schema::FieldInfo& field = *table.FindByName(name);
    if (!fields.contains(field.number)) continue;
    return absl::InvalidArgumentError(absl::StrCat(
        schema::PathOf(v1::RELATION, field),
        ": a relation is named by its type and the two records; reject this one and file another"));
  }
  return absl::OkStatus();
}

}  // namespace tocsin::intake
