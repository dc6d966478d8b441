// list and show.
#include <absl/strings/str_cat.h>
#include <absl/strings/str_join.h>

#include <algorithm>
#include <utility>

#include "node/base/status.h"
#include "node/schema/field_table.h"
#include "node/schema/kinds.h"
#include "tools/src/cli/commands.h"
#include "tools/src/cli/describe.h"
#include "tools/src/cli/history.h"
#include "tools/src/cli/json.h"
#include "tools/src/cli/linked.h"
#include "tools/src/cli/pages.h"
#include "tools/src/cli/select.h"
#include "tools/src/cli/table.h"
#include "tools/src/cli/typed.h"
#include "tools/src/cli/words.h"

namespace tocsin::cli {
namespace {

using Listed = Pages<v1::Record>;

absl::StatusOr<Listed> Read(Context& context, const ListOptions& options) {
  TOCSIN_ASSIGN_OR_RETURN(const Selected selected, Select(context, options.selection));
  v1::ListRecordsRequest request;
  request.set_parent(selected.parent);
  request.set_kind(selected.kind);
  request.set_filter(selected.filter);
  request.set_order_by(options.order);
  return ReadPages<v1::Record>(
      std::move(request), options.limit,
      [&context](const v1::ListRecordsRequest& page) { return context.client().List(page); },
      [](v1::ListRecordsResponse& page) { return page.mutable_record(); });
}

absl::Status CheckColumns(v1::Kind kind, const std::vector<std::string>& columns) {
  for (const std::string& column : columns) {
    if (IsRecordColumn(column)) {
      continue;
    }
    if (absl::StatusOr<const google::protobuf::FieldDescriptor*> field = TopField(kind, column);
        !field.ok()) {
      return absl::InvalidArgumentError(absl::StrCat(
          "--columns: ", std::string(field.status().message()),
          " Besides: update_time, create_time, filed_by, precedence, kind, scope, uid, name."));
    }
  }
  return absl::OkStatus();
}

bool AnyBadge(const Listed& listed, const Reading& reading) {
  return std::any_of(listed.rows.begin(), listed.rows.end(), [&reading](const v1::Record& record) {
    return !BadgeText(record, reading).empty();
  });
}

void PrintTable(const Listed& listed, const std::vector<std::string>& columns,
                const Reading& reading, std::ostream& out) {
  // A record that is not actual must not be taken for one that is.
  const bool any_unreal =
      std::any_of(listed.rows.begin(), listed.rows.end(), [](const v1::Record& record) {
        return record.status() != v1::STATUS_ACTUAL &&
               record.status() != v1::CAP_STATUS_UNSPECIFIED;
      });
  std::vector<std::string> heading = {"CODE", any_unreal ? "STATUS" : "",
                                      AnyBadge(listed, reading) ? "MARK" : ""};
  for (const std::string& column : columns) {
    heading.push_back(absl::AsciiStrToUpper(
        column.find('|') == std::string::npos ? column : std::string("when")));
  }
  Table table(heading);
  for (const v1::Record& record : listed.rows) {
    std::vector<std::string> cells = {reading.naming.Short(record),
                                      any_unreal ? WordOf(record.status()) : "",
                                      BadgeText(record, reading)};
    for (const std::string& column : columns) cells.push_back(CellText(record, column, reading));
    table.Add(std::move(cells));
  }
  if (!table.empty()) table.Print(out);
}

}  // namespace

absl::StatusOr<Exit> List(Context& context, const ListOptions& options) {
  TOCSIN_ASSIGN_OR_RETURN(const v1::Kind kind, ParseKindWord(options.selection.kind));
  TOCSIN_RETURN_IF_ERROR(CheckColumns(kind, options.columns));
  TOCSIN_ASSIGN_OR_RETURN(const Listed listed, Read(context, options));
  Console& console = context.console();
  if (context.json()) {
    JsonArray array(console.out);
    for (const v1::Record& record : listed.rows) array.Add(record);
    array.End();
  } else {
    TOCSIN_ASSIGN_OR_RETURN(const Reading reading, context.reading());
    PrintTable(listed, options.columns.empty() ? ListColumns(kind) : options.columns, reading,
               console.out);
    if (listed.rows.empty()) console.err << "nothing here matches\n";
  }
  SayWhatIsNotShown(listed, options.limit, console.err);
  return Exit::kDone;
}

absl::StatusOr<Exit> Show(Context& context, const ShowOptions& options) {
  TOCSIN_ASSIGN_OR_RETURN(const v1::Record record, context.Find(options.id));
  TOCSIN_ASSIGN_OR_RETURN(const Reading reading, context.reading());
  std::ostream& out = context.console().out;
  if (!options.history) {
    if (context.json()) {
      PrintJson(record, out);
    } else {
      PrintRecord(record, reading, out);
      PrintLinked(context, record, reading, out);
    }
    return Exit::kDone;
  }
  TOCSIN_ASSIGN_OR_RETURN(const v1::ListRecordHistoryResponse history,
                          context.client().History(UidName(record)));
  if (context.json()) {
    PrintJson(history, out);
  } else {
    PrintHistory(record, history, reading, out);
  }
  return Exit::kDone;
}

}  // namespace tocsin::cli
