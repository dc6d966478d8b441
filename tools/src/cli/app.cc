#include "tools/src/cli/app.h"

#include <absl/strings/match.h>
#include <absl/strings/str_cat.h>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <algorithm>
#include <functional>
#include <memory>
#include <utility>

#include "node/base/status.h"
#include "node/config/settings.h"
#include "tools/src/cli/commands.h"
#include "tools/src/cli/complete.h"
#include "tools/src/cli/given.h"

namespace tocsin::cli {
namespace {

constexpr char kAbout[] =
    "Tocsin's command line: file and read incident reports at a node, and look after the node.\n"
    "A record is named by its code (7K3M9QXF) at its own post, and with the post elsewhere\n"
    "(kings/e201 7K3M9QXF). `tocsin COMMAND --help` has examples.";
constexpr char kExits[] =
    "Exit codes: 0 done, 2 bad usage, 3 refused, 4 no node reached, 5 filed but for a text that "
    "the "
    "privacy guard withheld.";

// One run of the program: reading the command line chooses `run_`.
class CommandLine {
 public:
  explicit CommandLine(Console& console);

  int Run(const std::vector<std::string>& arguments);

 private:
  using Command = std::function<absl::StatusOr<Exit>()>;

  void AddGlobals();
  void AddWriting();
  void AddLinking();
  void AddReading();
  void AddFiles();
  void AddFolder();
  void AddRest();

  // A command with its examples; `run` is what it does.
  CLI::App* Add(CLI::App& parent, const std::string& name, const std::string& about,
                const std::string& examples, Command run);
  static void AddId(CLI::App* command, std::vector<std::string>& id);
  static void AddSets(CLI::App* command, std::vector<std::string>& sets);
  static void AddSelection(CLI::App* command, Selection& selection);
  // Has every option say what is wrong with a value before anything reads it.
  static void CheckGiven(CLI::App& app);

  // Runs it with a context made of the global options.
  Command WithNode(std::function<absl::StatusOr<Exit>(Context&)> run);
  int BadUsage(const std::string& what);
  std::string Hint(const std::vector<std::string>& arguments);
  std::vector<CommandWords> AllWords();

  Console& console_;
  CLI::App app_{kAbout, "tocsin"};
  TypedGlobals globals_;
  Command run_;
  std::string command_;

  ReportOptions report_;
  EditOptions edit_;
  WithdrawOptions withdraw_;
  ResolveOptions resolve_;
  MoveOptions move_;
  RelateOptions relate_;
  RelateOptions unrelate_;
  ListOptions list_;
  ShowOptions show_;
  WatchOptions watch_;
  ConflictsOptions conflicts_;
  ReceiptsOptions receipts_;
  ImportOptions import_;
  ExportOptions export_;
  InitOptions init_;
  AuditOptions audit_;
  RebuildOptions rebuild_;
  std::string fields_kind_;
  std::string shell_;
};

CommandLine::CommandLine(Console& console) : console_(console) {
  app_.require_subcommand(1);
  app_.fallthrough();
  app_.footer(kExits);
  app_.get_formatter()->column_width(34);
  AddGlobals();
  AddWriting();
  AddLinking();
  AddReading();
  AddFiles();
  AddFolder();
  AddRest();
  CheckGiven(app_);
}

void CommandLine::CheckGiven(CLI::App& app) {
  for (CLI::Option* option : app.get_options()) {
    if (option->get_items_expected_max() == 0) continue;  // A flag.
    option->check(
        [name = option->get_name()](const std::string& value) { return GivenFault(name, value); });
  }
  for (CLI::App* command : app.get_subcommands({})) CheckGiven(*command);
}

void CommandLine::AddGlobals() {
  app_.add_option("--endpoint", globals_.endpoint,
                  "the node's API, HOST:PORT (else TOCSIN_ENDPOINT, else 127.0.0.1:7410)");
  app_.add_option("--output", globals_.output, "table or json: one object or array")
      ->check(CLI::IsMember({"table", "json"}));
  app_.add_option("--timeout", globals_.timeout, "of one call to the node, as in 10s");
  app_.add_option("--zone", globals_.zone, "of times typed and shown, as in America/New_York");
  app_.set_version_flag("--version", std::string(), "the version of this program");
}

CLI::App* CommandLine::Add(CLI::App& parent, const std::string& name, const std::string& about,
                           const std::string& examples, Command run) {
  CLI::App* command = parent.add_subcommand(name, about);
  command->footer(absl::StrCat("Examples:\n", examples));
  if (run) {
    command->callback([this, command, run = std::move(run)] {
      command_ = command->get_name();
      run_ = run;
    });
  }
  return command;
}

void CommandLine::AddId(CLI::App* command, std::vector<std::string>& id) {
  command->add_option("ID", id, "code, post and code, UUID or resource name")
      ->required()
      ->expected(1, 3);
}

void CommandLine::AddSets(CLI::App* command, std::vector<std::string>& sets) {
  command->add_option("--set", sets, "field=value, again for each (`tocsin fields KIND`)")
      ->allow_extra_args(false);
}

void CommandLine::AddSelection(CLI::App* command, Selection& selection) {
  command->add_option("--filter", selection.filter,
                      "comparisons with AND and OR: \"severity >= severe AND type = fire\"");
  command->add_option("--scope", selection.scope, "a jurisdiction and all below it");
  command->add_option("--within", selection.within, "south,west,north,east in degrees");
  command->add_option("--near", selection.near, "lat,lon or grid reference, and perhaps ,metres");
}

CommandLine::Command CommandLine::WithNode(std::function<absl::StatusOr<Exit>(Context&)> run) {
  return [this, run = std::move(run)]() -> absl::StatusOr<Exit> {
    TOCSIN_ASSIGN_OR_RETURN(Globals globals, ReadGlobals(globals_, console_));
    Context context(console_, std::move(globals));
    return run(context);
  };
}

void CommandLine::AddWriting() {
  CLI::App* report = Add(
      app_, "report", "file a record; an incident on a terminal by five questions",
      "  tocsin report incident\n"
      "  tocsin report incident --what fire --where 40.7128,-74.0060 --how-bad grave --dead 1 \\\n"
      "      --line \"smoke from the third floor\"\n"
      "  tocsin report incident --what chimney --where 18TWL8562811322 --how-bad minor --dry-run\n"
      "  tocsin report hazard --set finding=leak --set severity=severe --set point=40.71,-74.00\n"
      "  tocsin report shelter --set display_name=\"P.S. 20\" --set capacity=300",
      WithNode([this](Context& context) { return Report(context, report_); }));
  report->add_option("KIND", report_.kind, "incident, hazard, site, shelter, ...");
  report->add_option("--what", report_.what, "incident type, NERIS code, or a word of one");
  report->add_option("--where", report_.where, "site code, lat,lon, MGRS/USNG, or unknown");
  report->add_option("--how-bad", report_.how_bad, "minor, serious or grave");
  report->add_option("--dead", report_.dead, "how many");
  report->add_option("--injured", report_.injured, "how many");
  report->add_option("--missing", report_.missing, "how many");
  report->add_option("--evacuated", report_.evacuated, "how many");
  report->add_option("--line", report_.line, "what is seen, in one line");
  report->add_flag("--told", report_.told, "the post was told of it and has not seen it");
  report->add_option("--observed", report_.observed, "when it was first seen (else now)");
  report->add_option("--status", report_.status, "actual, exercise, test (else actual)");
  AddSets(report, report_.sets);
  report->add_option("--code", report_.code, "a code that was given by voice");
  report->add_option("--scope", report_.scope, "file it for a post below this one");
  report->add_flag("--heard", report_.heard, "keyed in for another post, as heard by voice");
  report->add_flag("--dry-run", report_.dry_run, "say what would be filed, and file nothing");
  report->add_option("--request-id", report_.request_id, "the same id files once: a UUID");

  CLI::App* edit =
      Add(app_, "edit", "change fields of a record",
          "  tocsin edit 7K3M9QXF --set state=under_control --set percent_contained=80\n"
          "  tocsin edit kings/e201 7K3M9QXF --clear call_reference\n"
          "  tocsin edit 7K3M9QXF --set under_control_time=14:05 --dry-run\n"
          "  tocsin edit 7K3M9QXF --set severity=severe --etag ETAG --require-unchanged",
          WithNode([this](Context& context) { return Edit(context, edit_); }));
  AddId(edit, edit_.id);
  AddSets(edit, edit_.sets);
  edit->add_option("--clear", edit_.clears, "a field to clear")->allow_extra_args(false);
  edit->add_option("--remove", edit_.removes, "field:change, an element of several to take out")
      ->allow_extra_args(false);
  edit->add_option("--etag", edit_.etag,
                   "of the record as you saw it (`show --output json`): what it showed is what is "
                   "overwritten");
  edit->add_flag("--require-unchanged", edit_.require_unchanged,
                 "write nothing if anything of the record has moved since");
  edit->add_flag("--heard", edit_.heard, "keyed in for another post, as heard by voice");
  edit->add_flag("--dry-run", edit_.dry_run, "say what would be changed, and change nothing");

  CLI::App* withdraw =
      Add(app_, "withdraw", "withdraw a record, with a reason; nothing is deleted",
          "  tocsin withdraw 7K3M9QXF --reason false_alarm\n"
          "  tocsin withdraw 7K3M9QXF --reason duplicate",
          WithNode([this](Context& context) { return Withdraw(context, withdraw_); }));
  AddId(withdraw, withdraw_.id);
  withdraw
      ->add_option("--reason", withdraw_.reason,
                   "false_alarm, duplicate, filed_in_error, wrong_post or superseded")
      ->required();
  withdraw->add_option("--etag", withdraw_.etag, "of the record as you saw it");
  withdraw->add_flag("--require-unchanged", withdraw_.require_unchanged,
                     "write nothing if anything of the record has moved since");

  CLI::App* resolve =
      Add(app_, "resolve", "settle a field in conflict, with a reason; on a terminal by asking",
          "  tocsin resolve 7K3M9QXF description\n"
          "  tocsin resolve kings/e201 7K3M9QXF description --take 2 --reason seen_on_scene\n"
          "  tocsin resolve 7K3M9QXF severity --value extreme --reason precaution --dry-run",
          WithNode([this](Context& context) { return Resolve(context, resolve_); }));
  resolve
      ->add_option("ID", resolve_.id_and_field,
                   "code, post and code, UUID or resource name; then the FIELD")
      ->required()
      ->expected(2, 4);
  resolve->add_option("--take", resolve_.take,
                      "number of the value as `show` lists them, or the digits of its dot");
  resolve->add_option("--value", resolve_.value, "another value, as --set takes it");
  resolve->add_option("--reason", resolve_.reason,
                      "seen_on_scene, later_observation, more_precise, combined, "
                      "entered_in_error, agreed or precaution");
  resolve->add_option("--etag", resolve_.etag, "of the record as you saw it");
  resolve->add_flag("--dry-run", resolve_.dry_run, "say what would be settled, and write nothing");
}

void CommandLine::AddLinking() {
  CLI::App* move =
      Add(app_, "move", "move a record that was filed at the wrong post; a county for its stations",
          "  tocsin move kings/e201 7K3M9QXF --to kings/l101 --reason wrong_post\n"
          "  tocsin move kings/e201 7K3M9QXF --to kings/l101 --take-edits\n"
          "  tocsin list incident --filter 'edited_after_move = true'",
          WithNode([this](Context& context) { return Move(context, move_); }));
  AddId(move, move_.id);
  move->add_option("--to", move_.to, "the post where it belongs")->required();
  move->add_option("--reason", move_.reason, "wrong_post, the only one there is (else that)");
  move->add_option("--etag", move_.etag, "of the record as you saw it");
  move->add_flag("--require-unchanged", move_.require_unchanged,
                 "move nothing if anything of the record has moved since");
  move->add_flag("--take-edits", move_.take_late_edits,
                 "of one that was moved: take over what was written of it since");
  move->add_flag("--dry-run", move_.dry_run, "say what would be filed, and move nothing");

  CLI::App* relate =
      Add(app_, "relate", "say that two records speak of one thing, or confirm that they do",
          "  tocsin relate kings/e201 7K3M9QXF manhattan/e4 9M2W4T6E\n"
          "  tocsin relate kings/e201 7K3M9QXF manhattan/e4 9M2W4T6E --as part-of --propose\n"
          "Nothing is merged: each post keeps its record, and casualties are never summed.",
          WithNode([this](Context& context) { return Relate(context, relate_); }));
  relate->add_option("--as", relate_.as,
                     "same-event (else that), part-of (the second), caused-by (the second)");
  relate->add_flag("--propose", relate_.propose, "for another post to confirm or reject");
  CLI::App* unrelate =
      Add(app_, "unrelate", "take that back, or reject it where it was proposed",
          "  tocsin unrelate kings/e201 7K3M9QXF manhattan/e4 9M2W4T6E",
          WithNode([this](Context& context) { return Unrelate(context, unrelate_); }));
  unrelate->add_option("--as", unrelate_.as, "only as same-event, part-of or caused-by");
  for (auto [command, options] : {std::pair(relate, &relate_), std::pair(unrelate, &unrelate_)}) {
    command->add_option("IDS", options->ids, "two records, each by code, post and code, or UUID")
        ->required()
        ->expected(2, 6);
  }
}

void CommandLine::AddReading() {
  CLI::App* list =
      Add(app_, "list", "list records of a kind",
          "  tocsin list incident --filter 'severity >= severe AND state != closed'\n"
          "  tocsin list incident --within 40.70,-74.02,40.80,-73.95 --order 'update_time desc'\n"
          "  tocsin list incident --near 40.7128,-74.0060,500 --filter 'update_time > 13:00'\n"
          "  tocsin list site --scope kings --columns display_name,point --limit 500\n"
          "  tocsin list incident --output json | jq -r '.[].code'",
          WithNode([this](Context& context) { return List(context, list_); }));
  list->add_option("KIND", list_.selection.kind, "incident, hazard, site, shelter, ...")
      ->required();
  AddSelection(list, list_.selection);
  list->add_option("--order", list_.order, "a field or update_time, and perhaps \" desc\"");
  list->add_option("--limit", list_.limit, "at most so many (else 50)")->check(AtLeastOne);
  list->add_option("--columns", list_.columns, "fields to show, with commas between")
      ->delimiter(',')
      ->allow_extra_args(false);

  CLI::App* show = Add(app_, "show", "show a record, or every change of it",
                       "  tocsin show 7K3M9QXF\n"
                       "  tocsin show kings/e201 7K3M9QXF --history\n"
                       "  tocsin show scopes/city.kings.e201/incidents/7K3M9QXF --output json",
                       WithNode([this](Context& context) { return Show(context, show_); }));
  AddId(show, show_.id);
  show->add_flag("--history", show_.history, "every change held here, with who and when");

  CLI::App* watch = Add(app_, "watch", "follow changes as they come, a line each, until Ctrl-C",
                        "  tocsin watch incident --filter 'severity >= severe' --current\n"
                        "  tocsin watch --output json | jq -c .record.code\n"
                        "  tocsin watch incident --resume TOKEN\n"
                        "  tocsin watch --conflicts --current --filter 'severity >= severe'",
                        WithNode([this](Context& context) { return Watch(context, watch_); }));
  watch->add_option("KIND", watch_.selection.kind, "one kind (else every kind)");
  AddSelection(watch, watch_.selection);
  watch->add_flag("--current", watch_.current, "first what matches now");
  watch->add_option("--resume", watch_.resume, "go on where an earlier watch ended");
  watch->add_option("--limit", watch_.limit, "end after so many")->check(AtLeastOne);
  watch->add_flag("--conflicts", watch_.conflicts,
                  "conflicts instead: as they open, change and are settled, by whom and why");

  CLI::App* conflicts =
      Add(app_, "conflicts", "what was written apart and is to be settled: since when, whose turn",
          "  tocsin conflicts\n"
          "  tocsin conflicts --turn here\n"
          "  tocsin conflicts incident --severity severe --older 30m --scope kings\n"
          "  tocsin conflicts --field state --output json | jq -r '.[].record'\n\n"
          "The most severe and then the oldest come first. `tocsin resolve ID FIELD` settles one;\n"
          "`tocsin show ID --history` says how it came to be.",
          WithNode([this](Context& context) { return ListConflicts(context, conflicts_); }));
  conflicts->add_option("KIND", conflicts_.kind, "one kind (else every kind)");
  conflicts->add_option("--scope", conflicts_.scope, "a jurisdiction and all below it");
  conflicts->add_option("--field", conflicts_.field, "of that field");
  conflicts->add_option("--severity", conflicts_.severity, "of records at least that severe");
  conflicts->add_option("--older", conflicts_.older, "open for longer than, as in 30m or 1h30m");
  conflicts->add_option("--turn", conflicts_.turn,
                        "whose turn it is: a jurisdiction, or here for this node's own");
  conflicts->add_option("--order", conflicts_.order,
                        "severity, since_time, each perhaps with \" desc\", a comma between");
  conflicts->add_option("--limit", conflicts_.limit, "at most so many (else 50)")
      ->check(AtLeastOne);

  CLI::App* receipts =
      Add(app_, "receipts", "who holds a record: here, the county, the city",
          "  tocsin receipts 7K3M9QXF\n  tocsin receipts kings/e201 7K3M9QXF --output json",
          WithNode([this](Context& context) { return Receipts(context, receipts_); }));
  AddId(receipts, receipts_.id);

  Add(app_, "status", "how the node is: log, links, alarms",
      "  tocsin status\n  tocsin status --endpoint 127.0.0.1:7420 --output json",
      WithNode([](Context& context) { return ShowStatus(context); }));
}

void CommandLine::AddFiles() {
  CLI::App* import = Add(
      app_, "import",
      "file what others recorded: CAP, CSV, GeoJSON; the same file twice files once",
      "  tocsin import cap --scope 'city/kings/**' alert.cap\n"
      "  tocsin import csv fires.csv --mapping nyc_fire_incidents.toml \\\n"
      "      --aid stations=firehouses.csv --aid counties=counties.geojson --rejects rejects.csv\n"
      "  tocsin import csv fires.csv --mapping fires.toml --only-scope city/kings/e201\n"
      "  tocsin import geojson exported.geojson --dry-run\n\n"
      "A station writes its own scope alone: --only-scope files the rows of one scope and counts "
      "the\n"
      "others as elsewhere. Exits 0 once every row is accounted for, refused ones included (3 "
      "with\n"
      "--strict, or if nothing else was read); 5 if a text was withheld.",
      WithNode([this](Context& context) { return Import(context, import_); }));
  import->add_option("FORMAT", import_.format, "cap, csv or geojson")
      ->required()
      ->check(CLI::IsMember({"cap", "csv", "geojson"}));
  import->add_option("FILE", import_.files, "what to read")->required();
  import->add_option("--mapping", import_.mapping,
                     "what its columns are; none for our own exports");
  import->add_option("--aid", import_.aids, "name=file that the mapping needs")
      ->allow_extra_args(false);
  import->add_option("--scope", import_.scope,
                     "CAP: where alerts are filed (else the own broadcast)");
  import->add_option("--only-scope,--at-station", import_.only_scope,
                     "file only rows of this scope");
  import->add_flag("--update", import_.update, "what differs from what is held replaces it");
  import->add_option("--rejects", import_.rejects, "write line and reason of what is refused here");
  import->add_flag("--dry-run", import_.dry_run, "check everything, file nothing");
  import->add_flag("--strict", import_.strict, "exit 3 if any row is refused");
  import->add_flag("--progress", import_.progress, "say how far it is, also to a file");
  import->add_option("--in-flight", import_.in_flight, "rows on their way at once (else 64)")
      ->check(CLI::Range(1, 4096));

  CLI::App* export_command =
      Add(app_, "export", "write records as CAP, CSV or GeoJSON",
          "  tocsin export csv incident --out incidents.csv\n"
          "  tocsin export geojson incident --filter 'severity >= severe' > map.geojson\n"
          "  tocsin export cap alert --out alerts/\n"
          "  tocsin export cap 7K3M9QXF",
          WithNode([this](Context& context) { return Export(context, export_); }));
  export_command->add_option("FORMAT", export_.format, "cap, csv or geojson")
      ->required()
      ->check(CLI::IsMember({"cap", "csv", "geojson"}));
  export_command->add_option("WHAT", export_.what, "a kind, or one record by its code")
      ->required()
      ->expected(1, 3);
  AddSelection(export_command, export_.selection);
  export_command->add_option("--out", export_.out,
                             "file, or folder for CAP (else standard output)");
  export_command->add_flag("--progress", export_.progress, "say how far it is, also to a file");
}

void CommandLine::AddFolder() {
  CLI::App* init = Add(
      app_, "init", "make the identity and the configuration of a node or hub",
      "  tocsin init --dir city --name City --jurisdiction city --hub\n"
      "  tocsin init --dir kings --name Kings --jurisdiction city/kings --hub --issuer city \\\n"
      "      --uplink 127.0.0.1:7421 --api-listen 127.0.0.1:7411 --children-listen 127.0.0.1:7422\n"
      "  tocsin init --dir e201 --name \"Engine 201\" --jurisdiction city/kings/e201 \\\n"
      "      --issuer kings --uplink 127.0.0.1:7422 --api-listen 127.0.0.1:7412\n"
      "  tocsin init --renew --dir e201 --issuer kings",
      [this] { return InitNode(console_, globals_.output == "json", init_); });
  init->add_option("--dir", init_.dir, "the node's folder, made if need be")->required();
  init->add_option("--name", init_.name, "what people call it");
  init->add_option("--jurisdiction", init_.jurisdiction, "its path, as in city/kings/e201");
  init->add_option("--issuer", init_.issuer, "folder of the hub that certifies it (none: a root)");
  init->add_flag("--renew", init_.renew,
                 "a new key and certificate for the node in that folder, which keeps the rest");
  init->add_flag("--hub", init_.hub, "it has children");
  init->add_option("--uplink", init_.uplinks, "where its parent takes children, HOST:PORT")
      ->allow_extra_args(false);
  init->add_option("--api-listen", init_.api_listen, "where its API listens");
  init->add_option("--children-listen", init_.children_listen, "where it takes children");

  CLI::App* audit = app_.add_subcommand("audit", "check what a node's log proves");
  audit->require_subcommand(1);
  audit->footer("Examples:\n  tocsin audit verify --dir city");
  CLI::App* verify =
      Add(*audit, "verify",
          "walk every chain of a log offline, or beside the running node, and name what does not "
          "hold",
          "  tocsin audit verify --dir city\n"
          "  tocsin audit verify --dir city --output json\n\n"
          "Exits 3 if anything does not hold.",
          [this] { return VerifyAudit(console_, globals_.output == "json", audit_); });
  verify->add_option("--dir", audit_.dir, "the node's folder")->required();
  verify->add_flag("--progress", audit_.progress, "say how far it is, also to a file");

  CLI::App* rebuild =
      Add(app_, "rebuild", "drop a stopped node's view; it is made anew from the log at its start",
          "  tocsin rebuild --dir e201",
          [this] { return Rebuild(console_, globals_.output == "json", rebuild_); });
  rebuild->add_option("--dir", rebuild_.dir, "the node's folder")->required();
}

void CommandLine::AddRest() {
  CLI::App* fields =
      Add(app_, "fields", "what fields a kind has, and what each takes", "  tocsin fields incident",
          [this] { return Fields(console_, globals_.output == "json", fields_kind_); });
  fields->add_option("KIND", fields_kind_, "incident, hazard, site, shelter, ...")->required();

  CLI::App* completion =
      Add(app_, "completion", "a completion script for a shell",
          "  source <(tocsin completion bash)", [this]() -> absl::StatusOr<Exit> {
            PrintBashCompletion(AllWords(), console_.out);
            return Exit::kDone;
          });
  completion->add_option("SHELL", shell_, "bash")->required()->check(CLI::IsMember({"bash"}));

  Add(app_, "version", "the version of this program", "  tocsin version",
      [this]() -> absl::StatusOr<Exit> {
        return PrintVersion(console_, globals_.output == "json");
      });
}

std::vector<CommandWords> CommandLine::AllWords() {
  std::vector<CommandWords> all;
  const std::function<void(CLI::App*, const std::string&)> add = [&](CLI::App* app,
                                                                     const std::string& path) {
    CommandWords words{path, {}, {}};
    for (const CLI::App* inner : app->get_subcommands({}))
      words.commands.push_back(inner->get_name());
    for (const CLI::App* from : {app, &app_}) {
      for (const CLI::Option* option : from->get_options()) {
        for (const std::string& name : option->get_lnames()) words.options.push_back("--" + name);
      }
      if (app == &app_) break;
    }
    all.push_back(std::move(words));
    for (CLI::App* inner : app->get_subcommands({})) {
      add(inner, path.empty() ? inner->get_name() : path + " " + inner->get_name());
    }
  };
  add(&app_, "");
  return all;
}

// The command or option that was perhaps meant.
std::string CommandLine::Hint(const std::vector<std::string>& arguments) {
  const std::vector<CLI::App*> chosen = app_.get_subcommands();
  std::vector<std::string> known;
  std::string unknown;
  if (chosen.empty()) {
    for (const CLI::App* command : app_.get_subcommands({})) known.push_back(command->get_name());
    for (size_t i = 0; i < arguments.size() && unknown.empty(); ++i) {
      if (!absl::StartsWith(arguments[i], "-")) unknown = arguments[i];
      if (!absl::StrContains(arguments[i], "=") && absl::StartsWith(arguments[i], "--")) ++i;
    }
  } else {
    for (const CommandWords& words : AllWords()) {
      if (words.path == chosen.back()->get_name()) known = words.options;
    }
    for (const std::string& argument : arguments) {
      const std::string option = argument.substr(0, argument.find('='));
      if (!absl::StartsWith(option, "--")) continue;
      if (std::find(known.begin(), known.end(), option) == known.end()) unknown = option;
    }
  }
  if (unknown.empty()) return "";
  const std::string near = config::Suggest(unknown, known);
  return absl::StrCat("there is no ", chosen.empty() ? "command " : "option ", unknown,
                      near.empty() ? "" : absl::StrCat("; did you mean ", near, "?"));
}

int CommandLine::BadUsage(const std::string& what) {
  const std::vector<CLI::App*> chosen = app_.get_subcommands();
  const std::string command =
      chosen.empty() ? "tocsin" : absl::StrCat("tocsin ", chosen.back()->get_name());
  console_.err << command << ": bad usage: " << what << "\n  next: `" << command
               << " --help` says how, with examples\n";
  return static_cast<int>(Exit::kUsage);
}

int CommandLine::Run(const std::vector<std::string>& arguments) {
  if (arguments.empty()) {
    console_.err << app_.help();
    return static_cast<int>(Exit::kUsage);
  }
  for (const std::string& argument : arguments) {
    if (const std::string fault = EmptyAssignment(argument); !fault.empty()) return BadUsage(fault);
  }
  try {
    app_.parse(std::vector<std::string>(arguments.rbegin(), arguments.rend()));
  } catch (const CLI::CallForHelp&) {
    console_.out << app_.help();
    return static_cast<int>(Exit::kDone);
  } catch (const CLI::CallForVersion&) {
    return static_cast<int>(*PrintVersion(console_, globals_.output == "json"));
  } catch (const CLI::ParseError& error) {
    const std::string hint = Hint(arguments);
    return BadUsage(hint.empty() ? error.what() : hint);
  }
  const absl::StatusOr<Exit> exit = run_();
  if (exit.ok()) return static_cast<int>(*exit);
  PrintError(command_, exit.status(), console_.err);
  return static_cast<int>(ExitOf(exit.status()));
}

}  // namespace

int Run(const std::vector<std::string>& arguments, Console& console) {
  return CommandLine(console).Run(arguments);
}

}  // namespace tocsin::cli
