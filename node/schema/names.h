// Resource names of the API: "scopes/city.kings.e201/incidents/7K3M9QXF". The last part is a
// record's spoken code or its id as a UUID. Values and pure functions; any thread.
#pragma once

#include <absl/status/statusor.h>
#include <absl/strings/string_view.h>

#include <optional>
#include <string>
#include <variant>

#include "node/base/ids.h"
#include "node/base/scope.h"
#include "node/schema/spoken_code.h"
#include "tocsin/v1/types.pb.h"

namespace tocsin::schema {

struct RecordName {
  Scope scope;
  v1::Kind kind;
  std::variant<RecordId, SpokenCode> id;

  // What ParseRecordName reads. REQUIRES: a kind that the schema has.
  std::string ToString() const;

  friend bool operator==(const RecordName&, const RecordName&) = default;
};

// Its last part: "7K3M9QXF", or a UUID.
std::string IdText(const RecordName& name);

// INVALID_ARGUMENT says which part is wrong and what it must be.
absl::StatusOr<RecordName> ParseRecordName(absl::string_view name);

// "scopes/city.kings", the parent of records and of lists.
std::string ParentName(const Scope& scope);
absl::StatusOr<Scope> ParseParent(absl::string_view name);
// The same, or "scopes/-" for every scope held, which is nothing.
absl::StatusOr<std::optional<Scope>> ParseListParent(absl::string_view name);

// "018f3c1e-7b2a-5d4e-9c60-2f1a8b7c6d5e": the 16 bytes as a UUID is written. Parse takes either
// case.
std::string FormatUid(const RecordId& id);
absl::StatusOr<RecordId> ParseUid(absl::string_view text);

}  // namespace tocsin::schema
