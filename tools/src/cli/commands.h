// The commands: what each takes, once the command line is read, and what runs it. Each prints its
// result to the console's `out` and gives its exit code, or an error that app.cc prints. Those with
// a Context speak to a node; the others work on a folder, with no node running. Used from one
// thread.
#pragma once

#include <absl/status/statusor.h>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "tools/src/cli/console.h"
#include "tools/src/cli/context.h"
#include "tools/src/cli/outcome.h"

namespace tocsin::cli {

// -- Writing.

struct ReportOptions {
  std::string kind = "incident";
  // Of incidents: what triage reads. As typed.
  std::string what;
  std::string where;
  std::string how_bad;
  std::optional<uint32_t> dead;
  std::optional<uint32_t> injured;
  std::optional<uint32_t> missing;
  std::optional<uint32_t> evacuated;
  std::string line;
  // What the post was told and has not seen.
  bool told = false;

  std::string observed;
  std::string status = "actual";
  std::vector<std::string> sets;
  std::string code;
  std::string scope;
  bool heard = false;
  bool dry_run = false;
  std::string request_id;

  // Nothing that says what to file: on a terminal, ask.
  bool IsBare() const {
    return what.empty() && where.empty() && how_bad.empty() && line.empty() && sets.empty() &&
           !dead && !injured && !missing && !evacuated;
  }
};
absl::StatusOr<Exit> Report(Context& context, const ReportOptions& options);

struct EditOptions {
  std::vector<std::string> id;
  std::vector<std::string> sets;
  std::vector<std::string> clears;
  // "field:dot": elements of fields with several to take out.
  std::vector<std::string> removes;
  std::string etag;
  bool require_unchanged = false;
  bool heard = false;
  bool dry_run = false;
};
absl::StatusOr<Exit> Edit(Context& context, const EditOptions& options);

struct WithdrawOptions {
  std::vector<std::string> id;
  std::string reason;
  std::string etag;
  bool require_unchanged = false;
};
absl::StatusOr<Exit> Withdraw(Context& context, const WithdrawOptions& options);

struct ResolveOptions {
  // The words of a record's name, and the field last.
  std::vector<std::string> id_and_field;
  // The number of a value as the record lists them, or the first digits of its dot.
  std::string take;
  std::optional<std::string> value;
  std::string reason;
  std::string etag;
  bool dry_run = false;
};
absl::StatusOr<Exit> Resolve(Context& context, const ResolveOptions& options);

struct MoveOptions {
  std::vector<std::string> id;
  std::string to;
  std::string reason = "wrong_post";
  std::string etag;
  bool require_unchanged = false;
  bool take_late_edits = false;
  bool dry_run = false;
};
absl::StatusOr<Exit> Move(Context& context, const MoveOptions& options);

struct RelateOptions {
  // The words of one record's name, and of the other's.
  std::vector<std::string> ids;
  // "same-event", "part-of", "caused-by"; of Unrelate empty: any.
  std::string as;
  bool propose = false;
};
absl::StatusOr<Exit> Relate(Context& context, const RelateOptions& options);
absl::StatusOr<Exit> Unrelate(Context& context, const RelateOptions& options);

// -- Reading.

struct Selection {
  std::string kind;
  std::string scope;
  std::string filter;
  // "south,west,north,east" and "place[,metres]".
  std::string within;
  std::string near;
};

struct ListOptions {
  Selection selection;
  std::string order;
  uint64_t limit = 50;
  std::vector<std::string> columns;
};
absl::StatusOr<Exit> List(Context& context, const ListOptions& options);

struct ShowOptions {
  std::vector<std::string> id;
  bool history = false;
};
absl::StatusOr<Exit> Show(Context& context, const ShowOptions& options);

struct WatchOptions {
  Selection selection;
  std::string resume;
  bool current = false;
  // Conflicts instead of records.
  bool conflicts = false;
  // 0: until interrupted.
  uint64_t limit = 0;
};
absl::StatusOr<Exit> Watch(Context& context, const WatchOptions& options);
absl::StatusOr<Exit> WatchConflicts(Context& context, const WatchOptions& options);

struct ConflictsOptions {
  // A kind, or every kind.
  std::string kind;
  std::string scope;
  std::string field;
  // "30m": open for longer.
  std::string older;
  // At least that severe.
  std::string severity;
  // A jurisdiction whose turn it is; "here" is the node's own.
  std::string turn;
  std::string order;
  uint64_t limit = 50;
};
absl::StatusOr<Exit> ListConflicts(Context& context, const ConflictsOptions& options);

struct ReceiptsOptions {
  std::vector<std::string> id;
};
absl::StatusOr<Exit> Receipts(Context& context, const ReceiptsOptions& options);

absl::StatusOr<Exit> ShowStatus(Context& context);

// -- Files.

struct ImportOptions {
  // "cap", "csv", "geojson".
  std::string format;
  std::vector<std::string> files;
  std::string mapping;
  // "name=file".
  std::vector<std::string> aids;
  // CAP: the broadcast in which alerts are filed; empty: the node's own.
  std::string scope;
  // Only rows of this scope are filed.
  std::string only_scope;
  std::string rejects;
  bool update = false;
  bool dry_run = false;
  bool strict = false;
  bool progress = false;
  uint32_t in_flight = 64;
};
absl::StatusOr<Exit> Import(Context& context, const ImportOptions& options);

struct ExportOptions {
  std::string format;
  // A kind, or one record.
  std::vector<std::string> what;
  Selection selection;
  std::string out;
  bool progress = false;
};
absl::StatusOr<Exit> Export(Context& context, const ExportOptions& options);

// -- A node's folder, without a node.

struct InitOptions {
  std::string dir;
  std::string name;
  std::string jurisdiction;
  std::string issuer;
  // A new key and certificate for the node that `dir` is.
  bool renew = false;
  bool hub = false;
  std::string api_listen;
  std::string children_listen;
  std::vector<std::string> uplinks;
};
absl::StatusOr<Exit> InitNode(Console& console, bool json, const InitOptions& options);

struct AuditOptions {
  std::string dir;
  bool progress = false;
};
absl::StatusOr<Exit> VerifyAudit(Console& console, bool json, const AuditOptions& options);

struct RebuildOptions {
  std::string dir;
};
absl::StatusOr<Exit> Rebuild(Console& console, bool json, const RebuildOptions& options);

}  // namespace tocsin::cli
