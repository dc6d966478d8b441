// resolve: a person settles a field in conflict.
#include <absl/strings/ascii.h>
#include <absl/strings/match.h>
#include <absl/strings/numbers.h>
#include <absl/strings/str_cat.h>
#include <absl/strings/str_join.h>

#include <algorithm>

#include "node/base/status.h"
#include "node/schema/kinds.h"
#include "tools/src/cli/commands.h"
#include "tools/src/cli/describe.h"
#include "tools/src/cli/typed.h"
#include "tools/src/cli/words.h"
#include "tools/src/cli/written.h"

namespace tocsin::cli {
namespace {

// Who settled the field last: "; city/kings settled it at 16:02:10: later_observation". Empty where
// nobody did, or the node does not say.
std::string SettledBy(Context& context, const v1::Record& record, const std::string& field) {
  const absl::StatusOr<v1::ListRecordHistoryResponse> history =
      context.client().History(UidName(record));
  if (!history.ok()) return "";
  std::string last;
  for (const v1::HistoryEntry& entry : history->entry()) {
    for (const v1::FieldStep& step : entry.step()) {
      if (step.field() != field || !step.settled()) continue;
      last = absl::StrCat("; ", entry.jurisdiction(), " settled it at ",
                          TimeText(entry.write_time(), context.zone()));
      if (step.reason() != v1::RESOLVE_REASON_UNSPECIFIED) {
        absl::StrAppend(&last, ": ", WordOf(step.reason()));
      }
    }
  }
  return last;
}

absl::StatusOr<v1::Conflict> FindConflict(Context& context, const v1::Record& record,
                                          const std::string& field) {
  std::vector<std::string> open;
  for (const v1::Conflict& conflict : record.conflict()) {
    if (conflict.field() == field) return conflict;
    open.push_back(conflict.field());
  }
  return FromNode(absl::FailedPreconditionError(absl::StrCat(
      field, " of ", record.code(), " is not in conflict", SettledBy(context, record, field), "; ",
      open.empty() ? "nothing of the record is"
                   : absl::StrCat("in conflict: ", absl::StrJoin(open, ", ")))));
}

// A number counts the values as they are listed now; the first digits of a dot name one for ever.
absl::StatusOr<std::string> DotOf(const std::string& take, const v1::Conflict& conflict) {
  uint32_t number = 0;
  if (absl::SimpleAtoi(take, &number) && number >= 1 &&
      number <= static_cast<uint32_t>(conflict.value_size())) {
    return conflict.value(static_cast<int>(number) - 1).dot();
  }
  std::vector<std::string> found;
  for (const v1::ConflictingValue& value : conflict.value()) {
    if (take.size() >= 4 && absl::StartsWithIgnoreCase(value.dot(), take)) {
      found.push_back(value.dot());
    }
  }
  if (found.size() == 1) return found.front();
  return absl::InvalidArgumentError(
      absl::StrCat("--take: 1 to ", conflict.value_size(),
                   ", or four or more digits of a value's dot (`tocsin show ID --output json`)"));
}

absl::Status TakeTyped(Context& context, const v1::Record& record, const std::string& field,
                       const std::string& value, v1::ResolveConflictRequest& request) {
  return SetAll(context, {absl::StrCat(field, "=", value)},
                *schema::MutableBody(*request.mutable_value(), record.kind()));
}

absl::StatusOr<std::string> AskFor(Console& console, const std::string& question) {
  console.err << question << std::flush;
  std::string line;
  if (std::getline(console.in, line)) return std::string(absl::StripAsciiWhitespace(line));
  console.err << '\n';
  return absl::OutOfRangeError(
      "the input ended before the questions were answered; nothing was "
      "settled");
}

// Shows the values and asks which one, until an answer can be taken.
absl::Status AskChoice(Context& context, const v1::Record& record, const v1::Conflict& conflict,
                       v1::ResolveConflictRequest& request) {
  Console& console = context.console();
  TOCSIN_ASSIGN_OR_RETURN(const Reading reading, context.reading());
  console.err << reading.naming.Short(record) << "  " << Summary(record, reading) << "\n  "
              << conflict.field() << ":\n";
  PrintConflict(record.kind(), conflict, reading, console.err);
  while (true) {
    TOCSIN_ASSIGN_OR_RETURN(
        const std::string line,
        AskFor(console, absl::StrCat("Which is so? (1 to ", conflict.value_size(),
                                     ", or = and another value) ")));
    if (!line.empty() && line.front() == '=') {
      const absl::Status typed =
          TakeTyped(context, record, conflict.field(),
                    std::string(absl::StripLeadingAsciiWhitespace(line.substr(1))), request);
      if (typed.ok()) return typed;
      console.err << "  " << std::string(typed.message()) << '\n';
      continue;
    }
    uint32_t number = 0;
    if (absl::SimpleAtoi(line, &number) && number >= 1 &&
        number <= static_cast<uint32_t>(conflict.value_size())) {
      request.set_take(conflict.value(static_cast<int>(number) - 1).dot());
      return absl::OkStatus();
    }
    console.err << "  \"" << line << "\" is none of them; for another value type it behind a =\n";
  }
}

absl::StatusOr<v1::ResolveReason> AskReason(Console& console) {
  while (true) {
    TOCSIN_ASSIGN_OR_RETURN(
        const std::string line,
        AskFor(
            console,
            absl::StrCat("Why? (", absl::StrJoin(ShortWords(*v1::ResolveReason_descriptor()), ", "),
                         ") ")));
    absl::StatusOr<v1::ResolveReason> reason = ParseEnum<v1::ResolveReason>(line);
    if (reason.ok()) return reason;
    console.err << "  " << std::string(reason.status().message()) << '\n';
  }
}

absl::Status CheckOptions(Console& console, const ResolveOptions& options) {
  if (!options.take.empty() && options.value) {
    return absl::InvalidArgumentError("--take and --value are one or the other");
  }
  const bool chosen = !options.take.empty() || options.value;
  if (console.interactive || (chosen && !options.reason.empty())) return absl::OkStatus();
  return absl::InvalidArgumentError(
      "nobody is here to ask: give --take N or --value V, and --reason R");
}

}  // namespace

absl::StatusOr<Exit> Resolve(Context& context, const ResolveOptions& options) {
  Console& console = context.console();
  TOCSIN_RETURN_IF_ERROR(CheckOptions(console, options));
  std::vector<std::string> id = options.id_and_field;
  const std::string typed_field = id.back();
  id.pop_back();
  TOCSIN_ASSIGN_OR_RETURN(const v1::Record record, context.Find(id));
  TOCSIN_ASSIGN_OR_RETURN(const auto* field, TopField(record.kind(), typed_field));
  TOCSIN_ASSIGN_OR_RETURN(const v1::Conflict conflict,
                          FindConflict(context, record, field->name()));
  uint32_t number = 0;
  const bool by_number = options.take.size() < 4 && absl::SimpleAtoi(options.take, &number);
  if (by_number && !options.etag.empty() && options.etag != record.etag()) {
    return absl::InvalidArgumentError(
        "--take: the record does not have that etag now: it has changed since, or the etag is "
        "another's, and its values may be numbered otherwise; read it again, or "
        "name the value by its dot");
  }

  v1::ResolveConflictRequest request;
  request.set_name(UidName(record));
  request.set_field(field->name());
  if (options.value) {
    TOCSIN_RETURN_IF_ERROR(TakeTyped(context, record, field->name(), *options.value, request));
  } else if (!options.take.empty()) {
    TOCSIN_ASSIGN_OR_RETURN(*request.mutable_take(), DotOf(options.take, conflict));
  } else {
    TOCSIN_RETURN_IF_ERROR(AskChoice(context, record, conflict, request));
  }
  v1::ResolveReason reason;
  if (options.reason.empty()) {
    TOCSIN_ASSIGN_OR_RETURN(reason, AskReason(console));
  } else {
    TOCSIN_ASSIGN_OR_RETURN(reason, ParseEnum<v1::ResolveReason>(options.reason));
  }
  request.set_reason(reason);
  request.set_etag(options.etag.empty() ? record.etag() : options.etag);
  request.set_request_id(NewRequestId(context));
  request.set_validate_only(options.dry_run);
  TOCSIN_ASSIGN_OR_RETURN(const v1::WriteRecordResponse response,
                          context.client().Resolve(request));
  TOCSIN_ASSIGN_OR_RETURN(const Naming* naming, context.naming());
  WrittenWords words{.done = options.dry_run ? "Would settle" : "Settled",
                     .already = "Settled before:",
                     .dry_run = options.dry_run,
                     .nothing = "NOT settled:"};
  words.retry = absl::StrCat(context.globals().called, " resolve ", naming->Short(record), " ",
                             field->name(), " --value '...' --reason ", WordOf(reason));
  return PrintWritten(context, response, words);
}

}  // namespace tocsin::cli
