// watch: one line for each change, until interrupted.
#include <absl/strings/str_cat.h>

#include "node/base/status.h"
#include "tools/src/cli/commands.h"
#include "tools/src/cli/describe.h"
#include "tools/src/cli/json.h"
#include "tools/src/cli/select.h"
#include "tools/src/cli/table.h"
#include "tools/src/cli/words.h"

namespace tocsin::cli {
namespace {

void PrintEvent(const v1::WatchRecordsResponse& event, const Reading& reading, std::ostream& out) {
  const v1::Record& record = event.record();
  out << TimeText(record.update_time(), reading.zone) << "  " << KindWord(record.kind()) << "  "
      << reading.naming.Short(record) << "  " << (event.left_filter() ? "no longer matches: " : "")
      << Summary(record, reading) << std::endl;
}

}  // namespace

absl::StatusOr<Exit> Watch(Context& context, const WatchOptions& options) {
  if (options.conflicts) return WatchConflicts(context, options);
  Console& console = context.console();
  TOCSIN_ASSIGN_OR_RETURN(const Selected selected, Select(context, options.selection));
  TOCSIN_ASSIGN_OR_RETURN(const Reading reading, context.reading());
  v1::WatchRecordsRequest request;
  request.set_parent(selected.parent);
  request.set_kind(selected.kind);
  request.set_filter(selected.filter);
  request.set_resume_token(options.resume);
  request.set_include_current(options.current);

  std::stop_source enough;
  const std::stop_token interrupt = console.interrupt();
  const std::stop_callback on_interrupt(interrupt, [&enough] { enough.request_stop(); });
  std::string token = options.resume;
  uint64_t seen = 0;
  const absl::Status ended = context.client().Watch(
      request, enough.get_token(), [&](const v1::WatchRecordsResponse& event) {
        if (enough.stop_requested()) return;
        if (!event.resume_token().empty()) token = event.resume_token();
        if (event.current_complete() && !context.json()) {
          console.err << "-- that is what matches now; changes follow --\n";
        }
        // Heartbeats only move the token on.
        if (!event.has_record()) return;
        if (context.json()) {
          console.out << Json(event) << std::endl;
        } else {
          PrintEvent(event, reading, console.out);
        }
        if (++seen == options.limit) enough.request_stop();
      });
  if (!token.empty()) {
    console.err << "to go on from here: " << reading.called << " watch"
                << AsTyped(options.selection) << " --resume " << token << '\n';
  }
  if (!ended.ok()) return ended;
  return Exit::kDone;
}

}  // namespace tocsin::cli
