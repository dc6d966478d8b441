#include "node/base/scope.h"

#include <absl/strings/match.h>
#include <absl/strings/str_cat.h>
#include <absl/strings/str_replace.h>
#include <absl/strings/str_split.h>

#include <algorithm>
#include <vector>

#include "node/base/status.h"

namespace tocsin {
namespace {

constexpr size_t kMaxParts = 8;
constexpr size_t kMaxPartLength = 32;
constexpr absl::string_view kBroadcastSuffix = "/**";
// No part of a path may be called so: it is the broadcast in resource names.
constexpr absl::string_view kBroadcastResource = "all";

bool IsPartCharacter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
}

absl::Status CheckPart(absl::string_view path, absl::string_view part) {
  if (part.empty()) {
    return absl::InvalidArgumentError(absl::StrCat(
        "jurisdiction '", path, "' has an empty part; write it as city/county/station"));
  }
  if (part.size() > kMaxPartLength) {
    return absl::InvalidArgumentError(absl::StrCat("jurisdiction '", path, "': the part '", part,
                                                   "' is longer than ", kMaxPartLength,
                                                   " characters"));
  }
  if (!std::all_of(part.begin(), part.end(), IsPartCharacter) || part.front() == '-' ||
      part.back() == '-') {
    return absl::InvalidArgumentError(absl::StrCat("jurisdiction '", path, "': the part '", part,
                                                   "' may hold a-z, 0-9 and, inside it, '-'"));
  }
  if (part == kBroadcastResource) {
    return absl::InvalidArgumentError(absl::StrCat(
        "jurisdiction '", path, "': 'all' names a broadcast and is no part of a path"));
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<Jurisdiction> Jurisdiction::Parse(absl::string_view path) {
  std::vector<absl::string_view> parts = absl::StrSplit(path, '/');
  if (parts.size() > kMaxParts) {
    return absl::InvalidArgumentError(
        absl::StrCat("jurisdiction '", path, "' has more than ", kMaxParts, " parts"));
  }
  for (absl::string_view part : parts) TOCSIN_RETURN_IF_ERROR(CheckPart(path, part));
  return Jurisdiction(std::string(path));
}

bool Jurisdiction::Covers(const Jurisdiction& other) const {
  return absl::StartsWith(other.path_, path_) &&
         (other.path_.size() == path_.size() || other.path_[path_.size()] == '/');
}

Jurisdiction Jurisdiction::Parent() const {
  TOCSIN_CHECK(!IsRoot());
  return Jurisdiction(path_.substr(0, path_.rfind('/')));
}

absl::StatusOr<Scope> Scope::Parse(absl::string_view text) {
  bool broadcast = absl::EndsWith(text, kBroadcastSuffix);
  if (broadcast) text.remove_suffix(kBroadcastSuffix.size());
  TOCSIN_ASSIGN_OR_RETURN(Jurisdiction jurisdiction, Jurisdiction::Parse(text));
  return Scope(std::move(jurisdiction), broadcast);
}

Scope Scope::Matters(const Jurisdiction& jurisdiction) { return Scope(jurisdiction, false); }
Scope Scope::Broadcast(const Jurisdiction& jurisdiction) { return Scope(jurisdiction, true); }

std::string Scope::ToString() const {
  return broadcast_ ? absl::StrCat(jurisdiction_.path(), kBroadcastSuffix) : jurisdiction_.path();
}

std::string Scope::ResourceId() const {
  std::string id = absl::StrReplaceAll(jurisdiction_.path(), {{"/", "."}});
  if (broadcast_) absl::StrAppend(&id, ".", kBroadcastResource);
  return id;
}

absl::StatusOr<Scope> Scope::FromResourceId(absl::string_view id) {
  std::string path = absl::StrReplaceAll(id, {{".", "/"}});
  std::string suffix = absl::StrCat("/", kBroadcastResource);
  bool broadcast = absl::EndsWith(path, suffix);
  if (broadcast) path.resize(path.size() - suffix.size());
  TOCSIN_ASSIGN_OR_RETURN(Jurisdiction jurisdiction, Jurisdiction::Parse(path));
  return Scope(std::move(jurisdiction), broadcast);
}

std::optional<Jurisdiction> LowestCommon(const Jurisdiction& a, const Jurisdiction& b) {
  Jurisdiction common = a;
  while (!common.Covers(b)) {
    if (common.IsRoot()) return std::nullopt;
    common = common.Parent();
  }
  return common;
}

bool MayHold(const Jurisdiction& reader, const Scope& scope) {
  if (reader.Covers(scope.jurisdiction())) return true;
  return scope.is_broadcast() && scope.jurisdiction().Covers(reader);
}

bool MayWrite(const Jurisdiction& author, const Scope& scope) {
  return author.Covers(scope.jurisdiction());
}

}  // namespace tocsin
