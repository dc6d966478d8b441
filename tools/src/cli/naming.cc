#include "tools/src/cli/naming.h"

#include <absl/strings/match.h>
#include <absl/strings/str_cat.h>
#include <absl/strings/str_join.h>
#include <absl/strings/strip.h>

#include <algorithm>
#include <utility>
#include <variant>

#include "node/base/status.h"
#include "node/schema/kinds.h"
#include "node/schema/spoken_code.h"

namespace tocsin::cli {
namespace {

using RecordIdOrCode = std::variant<RecordId, SpokenCode>;

// The own jurisdiction and those above it, the lowest first.
std::vector<Jurisdiction> Upward(const Jurisdiction& own) {
  std::vector<Jurisdiction> all = {own};
  while (!all.back().IsRoot()) all.push_back(all.back().Parent());
  return all;
}

absl::StatusOr<RecordIdOrCode> ParseId(absl::string_view text) {
  if (absl::StatusOr<RecordId> uid = schema::ParseUid(text); uid.ok()) return *uid;
  TOCSIN_ASSIGN_OR_RETURN(const SpokenCode code, SpokenCode::Parse(text));
  return code;
}

void AddScope(const Scope& scope, std::vector<Scope>& scopes) {
  if (std::find(scopes.begin(), scopes.end(), scope) == scopes.end()) scopes.push_back(scope);
}

// The part before the last blank or slash, and what follows it.
std::pair<std::string, std::string> SplitTyped(const std::string& typed) {
  const size_t at = typed.find_last_of(" /");
  if (at == std::string::npos) return {"", typed};
  std::string scope = typed.substr(0, at);
  while (!scope.empty() && (scope.back() == ' ' || scope.back() == '/')) scope.pop_back();
  return {scope, typed.substr(at + 1)};
}

}  // namespace

std::string Naming::ShortScope(absl::string_view scope) const {
  if (scope == own_.path()) return "";
  const std::string root = absl::StrCat(Upward(own_).back().path(), "/");
  absl::string_view rest = scope;
  if (absl::ConsumePrefix(&rest, root) && rest != "**") return std::string(rest);
  return std::string(scope);
}

std::string Naming::Short(const v1::Record& record) const {
  return Short(record.scope(), record.code());
}

std::string Naming::Short(absl::string_view scope, absl::string_view code) const {
  const std::string post = ShortScope(scope);
  return post.empty() ? std::string(code) : absl::StrCat(post, " ", code);
}

absl::StatusOr<std::vector<Scope>> Naming::ScopesOf(absl::string_view typed) const {
  std::vector<Scope> scopes;
  if (typed.empty()) {
    scopes.push_back(OwnScope());
    for (const Jurisdiction& above : Upward(own_)) scopes.push_back(Scope::Broadcast(above));
    return scopes;
  }
  TOCSIN_ASSIGN_OR_RETURN(const Scope whole, Scope::Parse(typed));
  // A path that begins at the root stands for itself, and for nothing else.
  const std::vector<Jurisdiction> upward = Upward(own_);
  if (upward.back().Covers(whole.jurisdiction())) return std::vector<Scope>{whole};
  for (auto above = upward.rbegin(); above != upward.rend(); ++above) {
    absl::StatusOr<Scope> scope = Scope::Parse(absl::StrCat(above->path(), "/", typed));
    if (scope.ok()) AddScope(*scope, scopes);
  }
  return scopes;
}

absl::StatusOr<Scope> Naming::ScopeToFile(absl::string_view typed) const {
  TOCSIN_ASSIGN_OR_RETURN(const std::vector<Scope> scopes, ScopesOf(typed));
  // A path of several parts, or a broadcast, is one below the root: elsewhere it would name a place
  // that nobody has. The node refuses it if it may not write there.
  if (absl::StrContains(typed, '/')) return scopes.front();
  for (const Scope& scope : scopes) {
    if (MayWrite(own_, scope)) return scope;
  }
  return scopes.front();
}

absl::StatusOr<std::vector<schema::RecordName>> Naming::Candidates(
    const std::vector<std::string>& words, std::optional<v1::Kind> kind) const {
  const std::string typed = absl::StrJoin(words, " ");
  if (absl::StartsWith(typed, "scopes/")) {
    TOCSIN_ASSIGN_OR_RETURN(schema::RecordName name, schema::ParseRecordName(typed));
    return std::vector<schema::RecordName>{std::move(name)};
  }
  std::string scope_text;
  absl::StatusOr<RecordIdOrCode> id = ParseId(typed);
  if (!id.ok()) {
    std::string id_text;
    std::tie(scope_text, id_text) = SplitTyped(typed);
    if (!scope_text.empty()) id = ParseId(id_text);
  }
  if (!id.ok()) {
    return absl::InvalidArgumentError(absl::StrCat(
        "\"", typed, "\" names no record: ", std::string(id.status().message()),
        "\n  next: type its code (7K3M9QXF), with the post before it where it is another's "
        "(kings/e201 7K3M9QXF), its UUID, or its resource name"));
  }
  TOCSIN_ASSIGN_OR_RETURN(const std::vector<Scope> scopes, ScopesOf(scope_text));
  std::vector<schema::RecordName> names;
  for (const Scope& scope : scopes) {
    for (const schema::KindInfo& info : schema::Kinds()) {
      if (!kind || *kind == info.kind) names.push_back({scope, info.kind, *id});
    }
  }
  return names;
}

}  // namespace tocsin::cli
