// move.
#include <absl/strings/str_cat.h>

#include "node/base/status.h"
#include "node/schema/names.h"
#include "node/schema/spoken_code.h"
#include "tools/src/cli/commands.h"
#include "tools/src/cli/describe.h"
#include "tools/src/cli/json.h"
#include "tools/src/cli/linked.h"
#include "tools/src/cli/posts.h"
#include "tools/src/cli/typed.h"
#include "tools/src/cli/words.h"
#include "tools/src/cli/written.h"

namespace tocsin::cli {
namespace {

void PrintMoved(const v1::MoveRecordResponse& response, const Reading& reading, bool dry_run,
                std::ostream& out) {
  const std::string old = reading.naming.Short(response.moved());
  const std::string name = reading.naming.Short(response.record());
  const char* done = response.already_moved() ? "Moved before: "
                     : dry_run                ? "Would move "
                                              : "Moved ";
  out << done << old << "; it stands as " << name;
  if (absl::StatusOr<SpokenCode> code = SpokenCode::Parse(response.record().code()); code.ok()) {
    out << "  (" << code->ToPhonetic() << ")";
  }
  out << "\n  " << KindWord(response.record().kind()) << ": " << Summary(response.record(), reading)
      << "\n  goes as " << response.record().precedence() << "\n  `" << reading.called << " show "
      << old << " --history` has what was written of it until now\n";
}

void PrintLeft(const v1::MoveRecordResponse& response, std::ostream& err) {
  for (const v1::Withheld& withheld : response.withheld()) {
    err << "withheld: " << withheld.field() << ", because it has a " << withheld.sort()
        << "; it was not carried over\n";
  }
  for (const std::string& path : response.not_carried()) {
    err << "not carried over: " << path << " (erased, not here, or no value that may be taken)\n";
  }
}

}  // namespace

absl::StatusOr<Exit> Move(Context& context, const MoveOptions& options) {
  TOCSIN_ASSIGN_OR_RETURN(const v1::WithdrawReason reason,
                          ParseEnum<v1::WithdrawReason>(options.reason));
  TOCSIN_ASSIGN_OR_RETURN(const Naming* naming, context.naming());
  TOCSIN_ASSIGN_OR_RETURN(const Scope to, naming->ScopeToFile(options.to));
  TOCSIN_ASSIGN_OR_RETURN(const v1::Record before, context.Find(options.id));
  v1::MoveRecordRequest request;
  request.set_name(UidName(before));
  request.set_destination_parent(schema::ParentName(to));
  request.set_reason(reason);
  request.set_etag(options.etag.empty() ? before.etag() : options.etag);
  request.set_require_unchanged(options.require_unchanged);
  request.set_take_late_edits(options.take_late_edits);
  request.set_request_id(NewRequestId(context));
  request.set_validate_only(options.dry_run);
  NoteIfUnknown(context, to);
  TOCSIN_ASSIGN_OR_RETURN(const v1::MoveRecordResponse response, context.client().Move(request));
  Console& console = context.console();
  TOCSIN_ASSIGN_OR_RETURN(const Reading reading, context.reading());
  if (context.json()) {
    PrintJson(response, console.out);
  } else {
    PrintMoved(response, reading, options.dry_run, console.out);
  }
  PrintLateEdits(response.moved(), reading, console.err);
  PrintLeft(response, console.err);
  for (const v1::Conflict& conflict : response.conflict()) {
    console.err << "in conflict: " << conflict.field() << ", and every value is kept\n";
    PrintConflict(response.record().kind(), conflict, reading, console.err);
    console.err << "  next: " << ResolveCommand(response.record(), conflict, reading) << '\n';
  }
  return response.withheld().empty() ? Exit::kDone : Exit::kWithheld;
}

}  // namespace tocsin::cli
