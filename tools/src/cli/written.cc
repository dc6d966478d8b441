#include "tools/src/cli/written.h"

#include <absl/strings/str_cat.h>

#include "node/base/status.h"
#include "node/geo/place.h"
#include "node/schema/kinds.h"
#include "node/schema/names.h"
#include "node/schema/spoken_code.h"
#include "tools/src/cli/describe.h"
#include "tools/src/cli/json.h"
#include "tools/src/cli/linked.h"
#include "tools/src/cli/typed.h"
#include "tools/src/cli/words.h"

namespace tocsin::cli {
namespace {

void PrintFiled(const v1::Record& record, const Reading& reading, const char* done,
                std::ostream& out) {
  const std::string name = reading.naming.Short(record);
  out << done << ' ' << name;
  if (absl::StatusOr<SpokenCode> code = SpokenCode::Parse(record.code()); code.ok()) {
    out << "  (" << code->ToPhonetic() << ")";
  }
  out << '\n';
  const std::string summary = Summary(record, reading);
  out << "  " << KindWord(record.kind()) << (summary.empty() ? "" : ": ") << summary << '\n';
  if (!record.precedence().empty()) out << "  goes as " << record.precedence() << '\n';
}

// What others wrote meanwhile, and what is in conflict now.
void PrintMeanwhile(const v1::WriteRecordResponse& response, const Reading& reading,
                    std::ostream& err) {
  const v1::Record& record = response.record();
  for (const v1::MovedField& moved : response.moved()) {
    const std::string field = WithoutKind(record.kind(), moved.field());
    err << "meanwhile: " << field << " became "
        << ValueText(record.kind(), field, moved.value_json(), reading);
    if (!moved.jurisdiction().empty()) {
      err << ", by " << moved.jurisdiction() << " at "
          << TimeText(moved.write_time(), reading.zone);
    }
    err << (moved.written() ? "\n" : "; this write leaves it as it is\n");
  }
  for (const v1::Conflict& conflict : response.conflict()) {
    err << "in conflict: " << conflict.field() << ", and both values are kept\n";
    PrintConflict(record.kind(), conflict, reading, err);
    err << "  next: " << ResolveCommand(record, conflict, reading) << '\n';
  }
}

// Whoever edits a record that is another post's affair by now is told so.
void PrintMovedAway(const v1::Record& record, const Reading& reading, std::ostream& err) {
  const v1::RecordRef* to = RefIn(record, "moved_to");
  if (to == nullptr) return;
  err << "moved: " << reading.naming.Short(record) << " was moved to " << NameOfRef(*to, reading)
      << "; what is written here does not follow by itself, and is shown to who moved it\n"
      << "  next: edit that one, or have it taken over at a hub above both: tocsin move "
      << record.scope() << ' ' << record.code() << " --to " << to->scope() << " --take-edits\n";
}

}  // namespace

absl::StatusOr<Exit> PrintWritten(Context& context, const v1::WriteRecordResponse& response,
                                  const WrittenWords& words) {
  Console& console = context.console();
  const v1::Record& record = response.record();
  TOCSIN_ASSIGN_OR_RETURN(const Reading reading, context.reading());
  const bool already = response.already_filed() && response.withheld().empty();
  if (context.json()) {
    PrintJson(response, console.out);
  } else {
    PrintFiled(record, reading,
               response.nothing_written() ? words.nothing
               : already                  ? words.already
                                          : words.done,
               console.out);
    if (!words.dry_run && !already && !response.nothing_written()) {
      console.out << "  `" << reading.called << " receipts " << reading.naming.Short(record)
                  << "` says who holds it\n";
    }
  }
  PrintMeanwhile(response, reading, console.err);
  if (!already && !response.nothing_written()) PrintMovedAway(record, reading, console.err);
  for (const v1::Withheld& withheld : response.withheld()) {
    const std::string field = WithoutKind(record.kind(), withheld.field());
    console.err << "withheld: " << withheld.field() << ", because it has a " << withheld.sort()
                << (response.nothing_written() ? "; nothing is written"
                    : words.dry_run            ? "; all else would be written"
                                               : "; all else is written")
                << ".\n  next: say it without the number: "
                << (words.retry.empty()
                        ? absl::StrCat(reading.called, " edit ", reading.naming.Short(record),
                                       " --set '", field.substr(0, field.find_first_of("[.")),
                                       "=...'")
                        : words.retry)
                << '\n';
  }
  if (response.nothing_written()) return Exit::kRefused;
  return response.withheld().empty() ? Exit::kDone : Exit::kWithheld;
}

std::string NewRequestId(Context& context) {
  return schema::FormatUid(context.console().random.Fixed<RecordId>());
}

absl::Status SetAll(Context& context, const std::vector<std::string>& sets,
                    google::protobuf::Message& body) {
  const auto find = [&context](const std::string& typed) -> absl::StatusOr<v1::RecordRef> {
    TOCSIN_ASSIGN_OR_RETURN(const v1::Record record, context.Find({typed}));
    return RefTo(record);
  };
  TOCSIN_RETURN_IF_ERROR(CheckSetOnce(schema::KindOf(body), sets));
  for (const std::string& set : sets) {
    TOCSIN_ASSIGN_OR_RETURN(const auto assignment, SplitAssignment(set));
    TOCSIN_RETURN_IF_ERROR(
        SetTyped(body, assignment.first, assignment.second, {context.zone(), context.now(), find}));
  }
  return absl::OkStatus();
}

}  // namespace tocsin::cli
