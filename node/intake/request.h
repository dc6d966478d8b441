// From a request of the API to a checked edit: names, masks, validation, minimum cell. Stands
// before the privacy guard. Nothing here reads the log or the view. Pure functions; any thread.
#pragma once

#include <absl/status/statusor.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "node/base/scope.h"
#include "node/intake/compose.h"
#include "node/schema/names.h"
#include "node/schema/spoken_code.h"
#include "tocsin/v1/api.pb.h"

namespace tocsin::intake {

// Who files here: a station for itself alone, a hub for the posts below it too.
struct Author {
  const Jurisdiction& jurisdiction;
  bool is_hub = false;
};

// A new record, before it has a name.
struct NewRecord {
  Scope scope;
  v1::Kind kind;
  Edit edit = {};
  // Given by the caller.
  std::optional<SpokenCode> code = std::nullopt;
  // True: its id follows from its source key, which may be what it relates or the record that it
  // stands for.
  bool has_source = false;
  std::string source_system = {};
  std::string source_key = {};
};

// An edit of a record that is named and not looked up yet.
struct NamedEdit {
  schema::RecordName name;
  Edit edit;
  std::string etag;
  bool require_unchanged = false;
};

// INVALID_ARGUMENT names the path of what is wrong; PERMISSION_DENIED a scope that a node of
// `author` does not write. A station has no posts below it: a record filed for one would be of a
// place that nobody has.
absl::StatusOr<NewRecord> ReadCreate(const v1::CreateRecordRequest& request, const Author& author,
                                     uint32_t min_cell);
absl::StatusOr<NamedEdit> ReadUpdate(const v1::UpdateRecordRequest& request,
                                     const Jurisdiction& author, uint32_t min_cell);
absl::StatusOr<NamedEdit> ReadWithdraw(const v1::WithdrawRecordRequest& request,
                                       const Jurisdiction& author);
// The edit is empty: what it takes is found by the record (seen.h).
absl::StatusOr<NamedEdit> ReadResolve(const v1::ResolveConflictRequest& request,
                                      const Jurisdiction& author);

}  // namespace tocsin::intake
