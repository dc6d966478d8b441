// How records are named by people at a node: by the spoken code alone within the node's own
// jurisdiction, "kings/e201 7K3M9QXF" above it. Pure values; any thread.
#pragma once

#include <absl/status/statusor.h>
#include <absl/strings/string_view.h>

#include <optional>
#include <string>
#include <vector>

#include "node/base/scope.h"
#include "node/schema/names.h"
#include "tocsin/v1/api.pb.h"

namespace tocsin::cli {

class Naming {
 public:
  explicit Naming(Jurisdiction own) : own_(std::move(own)) {}

  const Jurisdiction& own() const { return own_; }
  Scope OwnScope() const { return Scope::Matters(own_); }

  // "7K3M9QXF", "kings/e201 7K3M9QXF", "city/** 7K3M9QXF".
  std::string Short(const v1::Record& record) const;
  std::string Short(absl::string_view scope, absl::string_view code) const;
  // "" for the own scope, "kings/e201" for city/kings/e201.
  std::string ShortScope(absl::string_view scope) const;

  // The scopes that a typed path may mean, the likeliest first: "kings/e201" is city/kings/e201
  // whether typed at the city or at that county; nothing typed is the own scope, then the
  // broadcasts that this node holds. INVALID_ARGUMENT for what is no path.
  absl::StatusOr<std::vector<Scope>> ScopesOf(absl::string_view typed) const;
  // The likeliest of them: what --scope means where a record is filed.
  absl::StatusOr<Scope> ScopeToFile(absl::string_view typed) const;

  // The records that typed words may mean, in the order in which to ask for them: a code or a UUID,
  // with a scope before it or without; or one resource name. INVALID_ARGUMENT says how to type it.
  absl::StatusOr<std::vector<schema::RecordName>> Candidates(
      const std::vector<std::string>& words, std::optional<v1::Kind> kind = std::nullopt) const;

 private:
  Jurisdiction own_;
};

}  // namespace tocsin::cli
