// audit verify: does a log still prove what it holds?
#include <absl/strings/str_cat.h>
#include <google/protobuf/struct.pb.h>

#include <filesystem>

#include "node/base/status.h"
#include "node/log/audit.h"
#include "node/store/rocks_store.h"
#include "tools/src/cli/commands.h"
#include "tools/src/cli/json.h"

namespace tocsin::cli {
namespace {

constexpr absl::Duration kProgressEvery = absl::Seconds(1);

struct Count {
  const char* name;
  const char* words;
  uint64_t log::AuditReport::*member;
};
constexpr Count kCounts[] = {
    {"certificates", "certificates", &log::AuditReport::certificates},
    {"lanes", "lanes", &log::AuditReport::lanes},
    {"changes", "changes", &log::AuditReport::changes},
    {"entries", "entries", &log::AuditReport::entries},
    {"seals", "seals", &log::AuditReport::seals},
    {"receipts", "receipts", &log::AuditReport::receipts},
    {"texts_erased", "texts erased under an erasure", &log::AuditReport::texts_erased},
    {"gaps", "gaps still to fill", &log::AuditReport::gaps},
    {"debts", "changes without a text", &log::AuditReport::debts},
    {"forks", "forked lanes", &log::AuditReport::forks},
    {"damaged", "places that the disk does not give back", &log::AuditReport::damaged},
    {"problems_total", "problems", &log::AuditReport::problems_total},
};

void PrintReportJson(const log::AuditReport& report, std::ostream& out) {
  google::protobuf::Struct result;
  auto& fields = *result.mutable_fields();
  fields["ok"].set_bool_value(report.ok());
  for (const Count& count : kCounts) {
    fields[count.name].set_number_value(static_cast<double>(report.*count.member));
  }
  auto& list = *fields["problem"].mutable_list_value();
  for (const log::AuditProblem& problem : report.problems) {
    auto& item = *list.add_values()->mutable_struct_value()->mutable_fields();
    item["where"].set_string_value(problem.where);
    item["what"].set_string_value(problem.what);
  }
  PrintJson(result, out);
}

void PrintReport(const log::AuditReport& report, const std::string& dir, std::ostream& out) {
  for (const log::AuditProblem& problem : report.problems) {
    out << "BAD  " << problem.where << ": " << problem.what << '\n';
  }
  if (report.problems_total > report.problems.size()) {
    out << "and " << report.problems_total - report.problems.size() << " more\n";
  }
  for (const Count& count : kCounts) {
    if (report.*count.member > 0 && count.member != &log::AuditReport::problems_total) {
      out << "  " << report.*count.member << ' ' << count.words << '\n';
    }
  }
  if (report.ok()) {
    out << "Every chain of " << dir << " holds.\n";
  } else {
    out << report.problems_total << " do not hold. Keep a copy of " << dir
        << "/log as it is. What other nodes hold of these scopes is whole there: move the log away "
           "and start the node, and it takes them back from its parent and its children.\n";
  }
}

}  // namespace

absl::StatusOr<Exit> VerifyAudit(Console& console, bool json, const AuditOptions& options) {
  store::RocksOptions rocks;
  rocks.dir = absl::StrCat(options.dir, "/log");
  rocks.profile = store::RocksOptions::Profile::kLog;
  rocks.read_only = true;
  std::error_code error;
  if (!std::filesystem::exists(rocks.dir, error)) {
    return absl::NotFoundError(
        absl::StrCat(options.dir,
                     " has no log, so it is no node's folder, or its node never ran: --dir takes "
                     "the data_dir of its configuration"));
  }
  TOCSIN_ASSIGN_OR_RETURN(const std::unique_ptr<store::Store> store,
                          store::OpenRocks(rocks, store::StoreEnvironment(console.clock)));
  absl::Duration last = console.clock.Elapsed();
  const bool wanted = options.progress || console.show_progress;
  bool open = false;
  const auto progress = [&](const log::AuditProgress& so_far) {
    if (!wanted || console.clock.Elapsed() - last < kProgressEvery) return;
    last = console.clock.Elapsed();
    console.err << (console.show_progress ? "\r" : "") << so_far.lanes_done << " of "
                << so_far.lanes_total << " lanes, " << so_far.changes << " changes"
                << (console.show_progress ? "   " : "\n") << std::flush;
    open = console.show_progress;
  };
  const absl::StatusOr<log::AuditReport> report = log::VerifyLog(*store, progress);
  if (open) console.err << '\n';
  if (!report.ok()) return report.status();
  if (json) {
    PrintReportJson(*report, console.out);
  } else {
    PrintReport(*report, options.dir, console.out);
  }
  return report->ok() ? Exit::kDone : Exit::kRefused;
}

}  // namespace tocsin::cli
