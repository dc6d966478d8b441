// receipts and status: who holds what, and how the node is.
#include <absl/strings/str_cat.h>

#include "node/base/status.h"
#include "node/exchange/local_time.h"
#include "tools/src/cli/commands.h"
#include "tools/src/cli/describe.h"
#include "tools/src/cli/json.h"
#include "tools/src/cli/span.h"
#include "tools/src/cli/table.h"
#include "tools/src/cli/words.h"

namespace tocsin::cli {
namespace {

std::string HeldText(const v1::HolderReceipt& holder, uint32_t changes) {
  if (holder.taken_back()) return "no longer: it was restored";
  if (holder.changes_held() >= changes) return changes == 1 ? "yes" : "all";
  if (holder.changes_held() == 0) return "not yet";
  return absl::StrCat(holder.changes_held(), " of ", changes);
}

void PrintReceipts(const v1::Record& record, const v1::GetReceiptsResponse& receipts,
                   const Reading& reading, std::ostream& out) {
  out << reading.naming.Short(record) << ": " << receipts.changes()
      << (receipts.changes() == 1 ? " change\n" : " changes\n");
  Table table({"WHERE", "JURISDICTION", "HELD", "AS OF", "RECEIPT"});
  for (const v1::HolderReceipt& holder : receipts.holder()) {
    table.Add({holder.level(), holder.jurisdiction(), HeldText(holder, receipts.changes()),
               TimeText(holder.receipt_time(), reading.zone),
               holder.receipt_number() == 0 ? "" : absl::StrCat(holder.receipt_number())});
  }
  table.Print(out, "  ");
}

std::string LinkText(const v1::LinkStatus& link, absl::TimeZone zone) {
  const std::string since = TimeText(link.since_time(), zone);
  return absl::StrCat(link.connected() ? "up" : "down", since.empty() ? "" : " since ", since);
}

void PrintLinks(const v1::NodeStatus& status, absl::TimeZone zone, std::ostream& out) {
  if (status.link().empty()) {
    out << "links     none\n";
    return;
  }
  out << "links\n";
  Table table({"PEER", "IS", "STATE", "SENT", "RECEIVED", "WITHOUT RECEIPT", "LAST ERROR"});
  for (const v1::LinkStatus& link : status.link()) {
    table.Add({link.peer(), link.is_parent() ? "parent" : "child", LinkText(link, zone),
               absl::StrCat(link.bytes_sent()), absl::StrCat(link.bytes_received()),
               absl::StrCat(link.changes_without_receipt()), OneLine(link.last_error())});
  }
  table.Print(out, "  ");
}

std::string ClockText(const v1::NodeStatus& status) {
  const bool is_root = status.jurisdiction().find('/') == std::string::npos;
  if (is_root && status.clock_synced()) return "the network's time";
  if (is_root) return "BEFORE THIS NETWORK WAS MADE: set this machine's clock and start again";
  return status.clock_synced() ? "compared with the network's in this run"
                               : "not yet compared with the network's in this run";
}

void PrintConflicts(const v1::ConflictStatus& conflicts, const Reading& reading,
                    std::ostream& out) {
  if (conflicts.open() == 0) {
    out << "conflicts " << (conflicts.counting() ? "not counted yet" : "none") << '\n';
    return;
  }
  out << "conflicts " << conflicts.open() << " open" << (conflicts.counting() ? " at least" : "")
      << ", the oldest for " << SpanText(conflicts.oldest_age()) << "   (" << reading.called
      << " conflicts)\n";
  Table table({"SEVERITY", "WHOSE TURN", "OPEN", "OLDEST"});
  for (const v1::ConflictCount& count : conflicts.count()) {
    const std::string post = reading.naming.ShortScope(count.turn());
    table.Add({count.severity() == v1::SEVERITY_UNSPECIFIED ? "none" : WordOf(count.severity()),
               post.empty() ? "here" : post, absl::StrCat(count.open()),
               SpanText(count.oldest_age())});
  }
  table.Print(out, "  ");
}

std::string ScrubText(const v1::ScrubStatus& scrub, absl::TimeZone zone) {
  std::string text = absl::StrCat(scrub.lanes_done(), " of ", scrub.lanes_total(), " lanes, ");
  absl::StrAppend(&text, scrub.damaged() == 0 ? "nothing" : absl::StrCat(scrub.damaged()),
                  " damaged");
  if (scrub.rounds() > 0) {
    absl::StrAppend(&text, "; all was read by ", TimeText(scrub.last_round_end_time(), zone));
  }
  return text;
}

void PrintStatus(const v1::NodeStatus& status, const Reading& reading, std::ostream& out) {
  const absl::TimeZone zone = reading.zone;
  for (const std::string& alarm : status.alarm()) out << "ALARM     " << OneLine(alarm) << '\n';
  out << "node      " << OneLine(status.name()) << " (" << status.jurisdiction() << "), network "
      << status.network() << '\n'
      << "version   " << status.version() << ", schema level " << status.schema_level() << '\n'
      << "running   since " << TimeText(status.start_time(), zone) << '\n'
      << "clock     " << ClockText(status) << ", corrected by "
      << absl::FormatDuration(absl::Seconds(status.clock_correction().seconds()) +
                              absl::Nanoseconds(status.clock_correction().nanos()))
      << '\n'
      << "log       " << status.changes_held() << " changes in " << status.lanes() << " lanes";
  if (status.debts() > 0) out << ", " << status.debts() << " gaps to fill";
  if (status.forked_lanes() > 0) out << ", " << status.forked_lanes() << " lanes FORKED";
  out << '\n' << "scrub     " << ScrubText(status.scrub(), zone) << "\nqueues\n";
  Table queues({"QUEUE", "ENTRIES", "IN THE VIEW"});
  for (const v1::QueueStatus& queue : status.queue()) {
    queues.Add({queue.queue(), absl::StrCat(queue.end()), absl::StrCat(queue.projected())});
  }
  queues.Print(out, "  ");
  PrintLinks(status, zone, out);
  PrintConflicts(status.conflicts(), reading, out);
  out << "records\n";
  Table records({});
  for (const v1::KindCount& count : status.records()) {
    records.Add({KindWord(count.kind()), absl::StrCat(count.count())});
  }
  records.Print(out, "  ");
}

}  // namespace

absl::StatusOr<Exit> Receipts(Context& context, const ReceiptsOptions& options) {
  TOCSIN_ASSIGN_OR_RETURN(const v1::Record record, context.Find(options.id));
  TOCSIN_ASSIGN_OR_RETURN(const Reading reading, context.reading());
  TOCSIN_ASSIGN_OR_RETURN(const v1::GetReceiptsResponse receipts,
                          context.client().Receipts(UidName(record)));
  if (context.json()) {
    PrintJson(receipts, context.console().out);
  } else {
    PrintReceipts(record, receipts, reading, context.console().out);
  }
  return Exit::kDone;
}

absl::StatusOr<Exit> ShowStatus(Context& context) {
  TOCSIN_ASSIGN_OR_RETURN(const v1::NodeStatus status, context.client().Status());
  if (context.json()) {
    PrintJson(status, context.console().out);
  } else {
    TOCSIN_ASSIGN_OR_RETURN(Jurisdiction own, Jurisdiction::Parse(status.jurisdiction()));
    const Naming naming(std::move(own));
    PrintStatus(status, {naming, context.zone(), context.globals().called}, context.console().out);
  }
  return Exit::kDone;
}

}  // namespace tocsin::cli
