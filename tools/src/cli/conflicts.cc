// conflicts, and watch --conflicts: what people must settle.
#include <absl/strings/str_cat.h>
#include <absl/strings/str_join.h>
#include <absl/strings/str_replace.h>
#include <google/protobuf/util/time_util.h>

#include <algorithm>
#include <set>
#include <utility>

#include "node/base/status.h"
#include "node/config/values.h"
#include "node/exchange/local_time.h"
#include "node/schema/kinds.h"
#include "node/schema/names.h"
#include "tools/src/cli/commands.h"
#include "tools/src/cli/describe.h"
#include "tools/src/cli/json.h"
#include "tools/src/cli/pages.h"
#include "tools/src/cli/select.h"
#include "tools/src/cli/span.h"
#include "tools/src/cli/table.h"
#include "tools/src/cli/words.h"

namespace tocsin::cli {
namespace {

// A value in a row; `resolve` and `show` have all of it.
constexpr size_t kValueWidth = 40;

absl::StatusOr<std::string> TurnOf(Context& context, const std::string& typed) {
  TOCSIN_ASSIGN_OR_RETURN(const Naming* naming, context.naming());
  if (typed == "here") return naming->own().path();
  TOCSIN_ASSIGN_OR_RETURN(const std::vector<Scope> scopes, naming->ScopesOf(typed));
  return scopes.front().jurisdiction().path();
}

absl::StatusOr<std::string> FilterOf(Context& context, const ConflictsOptions& options) {
  std::vector<std::string> parts;
  if (!options.kind.empty()) {
    TOCSIN_ASSIGN_OR_RETURN(const v1::Kind kind, ParseKindWord(options.kind));
    parts.push_back(absl::StrCat("kind = ", schema::FindKind(kind)->name));
  }
  if (!options.field.empty()) parts.push_back(absl::StrCat("field = \"", options.field, "\""));
  if (!options.severity.empty()) {
    TOCSIN_ASSIGN_OR_RETURN(const v1::Severity severity, ParseEnum<v1::Severity>(options.severity));
    parts.push_back(absl::StrCat("severity >= ", WordOf(severity)));
  }
  if (!options.older.empty()) {
    absl::StatusOr<absl::Duration> age = config::ParseDuration(options.older);
    if (!age.ok()) {
      return absl::InvalidArgumentError("--older takes a time with its unit, as in 30m or 1h30m");
    }
    parts.push_back(absl::StrCat("age > ", absl::FormatDuration(*age)));
  }
  if (!options.turn.empty()) {
    TOCSIN_ASSIGN_OR_RETURN(const std::string turn, TurnOf(context, options.turn));
    parts.push_back(absl::StrCat("turn = ", turn));
  }
  return absl::StrJoin(parts, " AND ");
}

using Listed = Pages<v1::OpenConflict>;

absl::StatusOr<Listed> Read(Context& context, const ConflictsOptions& options) {
  Selection selection;
  selection.scope = options.scope;
  TOCSIN_ASSIGN_OR_RETURN(const Selected selected, Select(context, selection));
  v1::ListConflictsRequest request;
  request.set_parent(selected.parent);
  request.set_order_by(options.order);
  TOCSIN_ASSIGN_OR_RETURN(*request.mutable_filter(), FilterOf(context, options));
  return ReadPages<v1::OpenConflict>(
      std::move(request), options.limit,
      [&context](const v1::ListConflictsRequest& page) { return context.client().Conflicts(page); },
      [](v1::ListConflictsResponse& page) { return page.mutable_conflict(); });
}

std::string PostText(const std::string& jurisdiction, const Reading& reading) {
  const std::string post = reading.naming.ShortScope(jurisdiction);
  return post.empty() ? "here" : post;
}

// "extreme, kings 14:20".
std::string ValueBy(const v1::OpenConflict& row, const v1::ConflictingValue& value,
                    const Reading& reading, absl::Time now) {
  return absl::StrCat(
      Shortened(ValueText(row.kind(), row.conflict().field(), value.value_json(), reading),
                kValueWidth),
      ", ", PostText(value.jurisdiction(), reading), " ",
      ClockText(exchange::FromTimestamp(value.write_time()), now, reading.zone));
}

std::string OthersBy(const v1::OpenConflict& row, const Reading& reading, absl::Time now) {
  std::vector<std::string> others;
  for (const v1::ConflictingValue& value : row.conflict().value()) {
    if (!value.shown()) others.push_back(ValueBy(row, value, reading, now));
  }
  return absl::StrJoin(others, "; ");
}

std::string ShownBy(const v1::OpenConflict& row, const Reading& reading, absl::Time now) {
  for (const v1::ConflictingValue& value : row.conflict().value()) {
    if (value.shown()) return ValueBy(row, value, reading, now);
  }
  return "";
}

// "kings until 14:35".
std::string TurnText(const v1::OpenConflict& row, const Reading& reading, absl::Time now) {
  std::string text = PostText(row.turn(), reading);
  if (row.has_turn_until_time()) {
    absl::StrAppend(&text, " until ",
                    ClockText(exchange::FromTimestamp(row.turn_until_time()), now, reading.zone));
  }
  return text;
}

// What it is: its kind where several are listed, and its type.
std::string WhatText(const v1::OpenConflict& row, bool with_kind) {
  const auto* table = schema::FindKind(row.kind());
  std::string type;
  for (const char* name : {"type", "finding", "activity"}) {
    const auto* field = table == nullptr ? nullptr : table->descriptor->FindFieldByName(name);
    const auto* list = field == nullptr ? nullptr : field->enum_type();
    const auto* value = list == nullptr ? nullptr : list->FindValueByName(row.type());
    if (value == nullptr) continue;
    type = absl::StrReplaceAll(ShortWord(*value), {{"_", " "}});
    break;
  }
  const std::string kind = absl::StrReplaceAll(KindWord(row.kind()), {{"_", " "}});
  if (type.empty()) return kind;
  return with_kind ? absl::StrCat(kind, ", ", type) : type;
}

void PrintRows(const std::vector<v1::OpenConflict>& rows, const Reading& reading, absl::Time now,
               std::ostream& out) {
  std::set<v1::Kind> kinds;
  bool any_unreal = false;
  for (const v1::OpenConflict& row : rows) {
    kinds.insert(row.kind());
    any_unreal |= row.status() != v1::STATUS_ACTUAL && row.status() != v1::CAP_STATUS_UNSPECIFIED;
  }
  Table table({"CODE", any_unreal ? "STATUS" : "", "WHAT", "SEVERITY", "FIELD", "SHOWN",
               "WRITTEN APART", "OPEN FOR", "WHOSE TURN"});
  for (const v1::OpenConflict& row : rows) {
    table.Add({reading.naming.Short(row.scope(), row.code()),
               any_unreal ? WordOf(row.status()) : "", WhatText(row, kinds.size() > 1),
               WordOf(row.severity()), row.conflict().field(), ShownBy(row, reading, now),
               OthersBy(row, reading, now), SpanText(row.age()), TurnText(row, reading, now)});
  }
  table.Print(out);
}

// -- watch --conflicts.

absl::Time WhenOf(const v1::WatchConflictsResponse& event) {
  if (event.has_decision()) return exchange::FromTimestamp(event.decision().write_time());
  absl::Time when = exchange::FromTimestamp(event.conflict().since_time());
  if (event.event() != v1::CONFLICT_CHANGED) return when;
  for (const v1::ConflictingValue& value : event.conflict().conflict().value()) {
    when = std::max(when, exchange::FromTimestamp(value.write_time()));
  }
  return when;
}

std::string SettledText(const v1::WatchConflictsResponse& event, const Reading& reading) {
  const v1::OpenConflict& row = event.conflict();
  if (!event.has_decision()) return "ended: the record was erased";
  std::string text = "settled: it is ";
  for (const v1::ConflictingValue& value : row.conflict().value()) {
    absl::StrAppend(&text,
                    ValueText(row.kind(), row.conflict().field(), value.value_json(), reading));
  }
  const v1::ConflictDecision& decision = event.decision();
  return absl::StrCat(text, ", by ", PostText(decision.jurisdiction(), reading), ", ",
                      decision.reason() == v1::RESOLVE_REASON_UNSPECIFIED
                          ? std::string("by an edit without a reason")
                          : absl::StrReplaceAll(WordOf(decision.reason()), {{"_", " "}}));
}

void PrintEvent(const v1::WatchConflictsResponse& event, const Reading& reading, absl::Time now,
                std::ostream& out) {
  const v1::OpenConflict& row = event.conflict();
  out << absl::FormatTime("%Y-%m-%d %H:%M:%S %Z", WhenOf(event), reading.zone) << "  "
      << reading.naming.Short(row.scope(), row.code()) << "  " << WhatText(row, true)
      << (row.severity() == v1::SEVERITY_UNSPECIFIED ? "" : ", ") << WordOf(row.severity()) << "  "
      << row.conflict().field() << ' ';
  if (event.event() == v1::CONFLICT_SETTLED) {
    out << SettledText(event, reading) << std::endl;
    return;
  }
  const char* what = event.event() == v1::CONFLICT_OPENED    ? "written apart: "
                     : event.event() == v1::CONFLICT_CHANGED ? "changed, still apart: "
                                                             : "is apart: ";
  out << what << ShownBy(row, reading, now) << " is shown, against " << OthersBy(row, reading, now)
      << "; turn: " << TurnText(row, reading, now) << std::endl;
}

absl::StatusOr<v1::WatchConflictsRequest> RequestOf(Context& context, const WatchOptions& options) {
  if (!options.selection.within.empty() || !options.selection.near.empty()) {
    return absl::InvalidArgumentError(
        "--conflicts goes with a kind, --scope and --filter (severity, field, kind); --within and "
        "--near pick records: `tocsin watch --filter 'conflict = true' --near ...`");
  }
  Selection selection;
  selection.scope = options.selection.scope;
  TOCSIN_ASSIGN_OR_RETURN(const Selected selected, Select(context, selection));
  ConflictsOptions by_kind;
  by_kind.kind = options.selection.kind;
  TOCSIN_ASSIGN_OR_RETURN(std::string filter, FilterOf(context, by_kind));
  if (!options.selection.filter.empty()) {
    filter = filter.empty() ? options.selection.filter
                            : absl::StrCat(filter, " AND ", options.selection.filter);
  }
  v1::WatchConflictsRequest request;
  request.set_parent(selected.parent);
  request.set_filter(filter);
  request.set_resume_token(options.resume);
  request.set_include_current(options.current);
  return request;
}

}  // namespace

absl::StatusOr<Exit> ListConflicts(Context& context, const ConflictsOptions& options) {
  TOCSIN_ASSIGN_OR_RETURN(const Listed listed, Read(context, options));
  Console& console = context.console();
  const bool picks = !options.kind.empty() || !options.scope.empty() || !options.field.empty() ||
                     !options.older.empty() || !options.severity.empty() || !options.turn.empty();
  if (context.json()) {
    JsonArray array(console.out);
    for (const v1::OpenConflict& row : listed.rows) array.Add(row);
    array.End();
  } else if (listed.rows.empty()) {
    console.err << (picks ? "no conflict that is open here matches\n"
                          : "nothing is in conflict in what this node holds\n");
  } else {
    TOCSIN_ASSIGN_OR_RETURN(const Reading reading, context.reading());
    PrintRows(listed.rows, reading, context.now(), console.out);
    const v1::OpenConflict& first = listed.rows.front();
    console.err << "settle the first: " << reading.called << " resolve "
                << reading.naming.Short(first.scope(), first.code()) << ' '
                << first.conflict().field() << '\n';
  }
  SayWhatIsNotShown(listed, options.limit, console.err);
  return Exit::kDone;
}

absl::StatusOr<Exit> WatchConflicts(Context& context, const WatchOptions& options) {
  Console& console = context.console();
  TOCSIN_ASSIGN_OR_RETURN(const v1::WatchConflictsRequest request, RequestOf(context, options));
  TOCSIN_ASSIGN_OR_RETURN(const Reading reading, context.reading());
  std::stop_source enough;
  const std::stop_token interrupt = console.interrupt();
  const std::stop_callback on_interrupt(interrupt, [&enough] { enough.request_stop(); });
  std::string token = options.resume;
  uint64_t seen = 0;
  const absl::Status ended = context.client().WatchConflicts(
      request, enough.get_token(), [&](const v1::WatchConflictsResponse& event) {
        if (enough.stop_requested()) return;
        if (!event.resume_token().empty()) token = event.resume_token();
        if (event.current_complete() && !context.json()) {
          console.err << (seen == 0 ? "-- nothing is in conflict now; what changes follows --\n"
                                    : "-- that is what is in conflict now; changes follow --\n");
        }
        // Heartbeats only move the token on.
        if (!event.has_conflict()) return;
        if (context.json()) {
          console.out << Json(event) << std::endl;
        } else {
          PrintEvent(event, reading, context.now(), console.out);
        }
        if (++seen == options.limit) enough.request_stop();
      });
  if (!token.empty()) {
    console.err << "to go on from here while this node runs: " << reading.called
                << " watch --conflicts" << AsTyped(options.selection) << " --resume " << token
                << "\nafter it was started again: " << reading.called << " watch --conflicts"
                << AsTyped(options.selection) << " --current\n";
  }
  if (!ended.ok()) return ended;
  return Exit::kDone;
}

}  // namespace tocsin::cli
