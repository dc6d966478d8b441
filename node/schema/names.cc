#include "node/schema/names.h"

#include <absl/strings/ascii.h>
#include <absl/strings/escaping.h>
#include <absl/strings/str_cat.h>
#include <absl/strings/str_join.h>
#include <absl/strings/str_split.h>

#include <algorithm>
#include <array>
#include <vector>

#include "node/base/status.h"
#include "node/schema/kinds.h"

namespace tocsin::schema {
namespace {

constexpr absl::string_view kScopes = "scopes";
constexpr absl::string_view kExample = "scopes/city.kings.e201/incidents/7K3M9QXF";
constexpr size_t kMaxNameBytes = 512;
constexpr std::array<size_t, 5> kUidParts = {8, 4, 4, 4, 12};

absl::Status Malformed(absl::string_view name, absl::string_view why) {
  return absl::InvalidArgumentError(
      absl::StrCat("\"", absl::CHexEscape(name.substr(0, kMaxNameBytes)), "\": ", why));
}

absl::StatusOr<Scope> ScopeOf(absl::string_view name, absl::string_view id) {
  absl::StatusOr<Scope> scope = Scope::FromResourceId(id);
  if (!scope.ok()) return Malformed(name, scope.status().message());
  return scope;
}

std::string Collections() {
  return absl::StrJoin(Kinds(), ", ", [](std::string* out, const KindInfo& kind) {
    absl::StrAppend(out, kind.collection);
  });
}

absl::StatusOr<std::variant<RecordId, SpokenCode>> IdOf(absl::string_view name,
                                                        absl::string_view id) {
  if (id.size() == 36) {
    absl::StatusOr<RecordId> uid = ParseUid(id);
    if (!uid.ok()) return Malformed(name, uid.status().message());
    return *uid;
  }
  absl::StatusOr<SpokenCode> code = SpokenCode::Parse(id);
  if (!code.ok()) return Malformed(name, code.status().message());
  return *code;
}

}  // namespace

std::string RecordName::ToString() const {
  const KindInfo* info = FindKind(static_cast<uint32_t>(kind));
  TOCSIN_CHECK(info != nullptr);
  return absl::StrCat(ParentName(scope), "/", info->collection, "/", IdText(*this));
}

std::string IdText(const RecordName& name) {
  return std::holds_alternative<RecordId>(name.id) ? FormatUid(std::get<RecordId>(name.id))
                                                   : std::get<SpokenCode>(name.id).ToString();
}

absl::StatusOr<RecordName> ParseRecordName(absl::string_view name) {
  if (name.size() > kMaxNameBytes) return Malformed(name, "is longer than any name of a record");
  const std::vector<absl::string_view> parts = absl::StrSplit(name, '/');
  if (parts.size() != 4 || parts[0] != kScopes) {
    return Malformed(name, absl::StrCat("is no name of a record; it must be like ", kExample));
  }
  TOCSIN_ASSIGN_OR_RETURN(Scope scope, ScopeOf(name, parts[1]));
  const KindInfo* kind = FindKindByName(parts[2]);
  if (kind == nullptr || kind->collection != parts[2]) {
    return Malformed(name, absl::StrCat("has no collection of records; one of ", Collections()));
  }
  TOCSIN_ASSIGN_OR_RETURN(auto id, IdOf(name, parts[3]));
  return RecordName{std::move(scope), kind->kind, id};
}

std::string ParentName(const Scope& scope) {
  return absl::StrCat(kScopes, "/", scope.ResourceId());
}

absl::StatusOr<Scope> ParseParent(absl::string_view name) {
  const std::vector<absl::string_view> parts = absl::StrSplit(name, '/');
  if (name.size() > kMaxNameBytes || parts.size() != 2 || parts[0] != kScopes) {
    return Malformed(name, "is no scope's name; it must be like scopes/city.kings.e201");
  }
  return ScopeOf(name, parts[1]);
}

absl::StatusOr<std::optional<Scope>> ParseListParent(absl::string_view name) {
  if (name == "scopes/-") return std::optional<Scope>();
  TOCSIN_ASSIGN_OR_RETURN(Scope scope, ParseParent(name));
  return std::optional<Scope>(std::move(scope));
}

std::string FormatUid(const RecordId& id) {
  const std::string hex = id.ToHex();
  std::vector<absl::string_view> parts;
  size_t at = 0;
  for (size_t size : kUidParts) {
    parts.push_back(absl::string_view(hex).substr(at, size));
    at += size;
  }
  return absl::StrJoin(parts, "-");
}

absl::StatusOr<RecordId> ParseUid(absl::string_view text) {
  const std::vector<absl::string_view> parts = absl::StrSplit(text, '-');
  bool good = parts.size() == kUidParts.size();
  for (size_t i = 0; good && i < parts.size(); ++i) {
    good = parts[i].size() == kUidParts[i] &&
           std::all_of(parts[i].begin(), parts[i].end(),
                       [](char c) { return absl::ascii_isxdigit(static_cast<unsigned char>(c)); });
  }
  if (!good) {
    return absl::InvalidArgumentError(
        "the id must be a UUID, like 018f3c1e-7b2a-5d4e-9c60-2f1a8b7c6d5e");
  }
  return *RecordId::FromBytes(absl::HexStringToBytes(absl::StrJoin(parts, "")));
}

}  // namespace tocsin::schema
