// report: an incident by its answers, or any kind by its fields.
#include <absl/strings/ascii.h>
#include <absl/strings/str_cat.h>
#include <absl/strings/str_join.h>
#include <absl/strings/strip.h>

#include <string>
#include <vector>

#include "node/base/status.h"
#include "node/exchange/local_time.h"
#include "node/schema/field_table.h"
#include "node/schema/kinds.h"
#include "node/schema/names.h"
#include "node/schema/triage.h"
#include "tools/src/cli/commands.h"
#include "tools/src/cli/describe.h"
#include "tools/src/cli/incident.h"
#include "tools/src/cli/posts.h"
#include "tools/src/cli/words.h"
#include "tools/src/cli/written.h"

namespace tocsin::cli {
namespace {

using google::protobuf::Message;

// What clocks that were set by hand are apart.
constexpr absl::Duration kClocksDiffer = absl::Minutes(5);

struct Prepared {
  v1::Record record;
  // Of incidents that were triaged.
  std::string why;
};

// What people leave out: the status, the first state, and that it was seen now.
absl::Status SetDefaults(Context& context, const ReportOptions& options, Message& body) {
  const schema::FieldTable& table = schema::FieldTable::Of(schema::KindOf(body));
  const auto& reflection = *body.GetReflection();
  TOCSIN_ASSIGN_OR_RETURN(const v1::CapStatus status, ParseEnum<v1::CapStatus>(options.status));
  reflection.SetEnumValue(&body, table.FindByName("status")->descriptor, status);
  if (const schema::FieldInfo* state = table.FindByName("state")) {
    reflection.SetEnumValue(&body, state->descriptor, 1);
  }
  if (const schema::FieldInfo* observed = table.FindByName("observed_time")) {
    // Nobody sees a thing to the nanosecond, and each digit travels.
    absl::Time time = absl::FromUnixSeconds(absl::ToUnixSeconds(context.now()));
    if (!options.observed.empty()) {
      TOCSIN_ASSIGN_OR_RETURN(time,
                              ParseTypedTime(options.observed, context.zone(), context.now()));
    }
    reflection.MutableMessage(&body, observed->descriptor)->CopyFrom(exchange::ToTimestamp(time));
  } else if (!options.observed.empty()) {
    return absl::InvalidArgumentError(absl::StrCat(
        "--observed: a ", options.kind, " has no such time; --set sets those that it has"));
  }
  return absl::OkStatus();
}

absl::StatusOr<Answers> AnswersOf(Context& context, const ReportOptions& options) {
  if (options.what.empty() || options.how_bad.empty()) {
    return absl::InvalidArgumentError(
        "an incident needs --what and --how-bad, and should have --where: tocsin report incident "
        "--what fire --where 40.7128,-74.0060 --how-bad grave. On a terminal, without any of them, "
        "it asks.");
  }
  Answers answers;
  TOCSIN_ASSIGN_OR_RETURN(answers.what, ParseWhat(options.what));
  TOCSIN_ASSIGN_OR_RETURN(answers.how_bad, ParseHowBad(options.how_bad));
  if (!options.where.empty()) {
    TOCSIN_ASSIGN_OR_RETURN(answers.where, ParseWhere(context, options.where));
  }
  answers.counts = {options.dead, options.injured, options.missing, options.evacuated};
  answers.line = options.line;
  answers.seen = !options.told;
  return answers;
}

std::string EnumWord(const v1::Incident& incident, const google::protobuf::FieldDescriptor& field) {
  return ShortWord(*incident.GetReflection()->GetEnum(incident, &field));
}

// What is filed, and why: the table's own sentence, unless what was set says other.
std::string WhyFiled(const Draft& draft, const v1::Incident& incident) {
  std::vector<std::string> set;
  for (const char* name : {"type", "severity", "urgency", "certainty"}) {
    const auto& field = *v1::Incident::descriptor()->FindFieldByName(name);
    const std::string made = EnumWord(draft.incident, field);
    if (EnumWord(incident, field) != made) {
      set.push_back(absl::StrCat(name, " (the answers made it ", made, ")"));
    }
  }
  const std::string goes =
      absl::StrCat("; it goes as ", schema::PrecedenceName(schema::PrecedenceOf(incident)), ".");
  if (set.empty()) {
    absl::string_view why = draft.triage.why;
    absl::ConsumeSuffix(
        &why, absl::StrCat("; it goes as ", schema::PrecedenceName(draft.triage.precedence), "."));
    return absl::StrCat(why, goes);
  }
  std::string why = absl::StrCat(WordOf(incident.severity()), " and ", WordOf(incident.urgency()),
                                 ", because it was set: ", absl::StrJoin(set, ", "), goes);
  why[0] = absl::ascii_toupper(static_cast<unsigned char>(why[0]));
  return why;
}

// Shows what is near; an answer that does not come delays no report.
bool ShowNear(Context& context, const v1::Incident& incident) {
  if (!incident.has_point()) return false;
  const geo::Point point{incident.point().lat_e7(), incident.point().lng_e7()};
  const absl::StatusOr<Near> near = NearReports(context, point);
  const absl::StatusOr<Reading> reading = context.reading();
  if (!near.ok() || !reading.ok() || near->records.empty()) return false;
  std::ostream& err = context.console().err;
  err << "Near here, in the last 30 minutes:\n";
  for (const v1::Record& record : near->records) {
    err << "  " << reading->naming.Short(record) << "  " << Summary(record, *reading) << '\n';
  }
  if (near->others > 0) {
    err << "  and " << near->others << " more: `" << reading->called << " list incident --near "
        << geo::ToText(point) << "`\n";
  }
  return true;
}

// Filed as it was said: the clock may be what is wrong. But a slip in the day or the hour is most
// often meant to be mended before others read it.
void NoteFuture(Context& context, const Message& body) {
  const schema::FieldInfo* observed =
      schema::FieldTable::Of(schema::KindOf(body)).FindByName("observed_time");
  if (observed == nullptr || !body.GetReflection()->HasField(body, observed->descriptor)) return;
  const auto& time = static_cast<const google::protobuf::Timestamp&>(
      body.GetReflection()->GetMessage(body, observed->descriptor));
  const absl::Duration ahead = exchange::FromTimestamp(time) - context.now();
  if (ahead <= kClocksDiffer) return;
  context.console().err << "note: observed " << TimeText(time, context.zone()) << " is "
                        << absl::FormatDuration(absl::Trunc(ahead, absl::Minutes(1)))
                        << " ahead of the node's clock\n  next: if it is a slip, `"
                        << context.globals().called
                        << " edit CODE --set observed_time=...` mends it\n";
}

absl::StatusOr<Prepared> PrepareIncident(Context& context, const ReportOptions& options, bool ask) {
  Prepared prepared;
  Draft draft;
  // Fields alone, all of them: nothing to triage.
  const bool triage =
      ask || !options.what.empty() || !options.how_bad.empty() || options.sets.empty();
  if (triage) {
    TOCSIN_ASSIGN_OR_RETURN(const Answers answers,
                            ask ? Ask(context) : AnswersOf(context, options));
    draft = DraftOf(answers);
  }
  v1::Incident& incident = *prepared.record.mutable_incident();
  TOCSIN_RETURN_IF_ERROR(SetDefaults(context, options, incident));
  incident.MergeFrom(draft.incident);
  TOCSIN_RETURN_IF_ERROR(SetAll(context, options.sets, incident));
  // A place that was set as a field is no missing one.
  if (incident.has_point() || incident.has_area()) incident.clear_place_flag();
  if (triage) prepared.why = WhyFiled(draft, incident);
  return prepared;
}

absl::StatusOr<Prepared> Prepare(Context& context, const ReportOptions& options, v1::Kind kind,
                                 bool ask) {
  if (kind == v1::INCIDENT) return PrepareIncident(context, options, ask);
  if (!options.what.empty() || !options.how_bad.empty() || !options.line.empty() || options.dead ||
      options.injured || options.missing || options.evacuated || options.told) {
    return absl::InvalidArgumentError(absl::StrCat(
        "--what, --how-bad, --line, --told and the counts are of incidents; set a ", KindWord(kind),
        "'s fields with --set (`tocsin fields ", KindWord(kind), "` lists them)"));
  }
  Prepared prepared;
  Message& body = *schema::MutableBody(prepared.record, kind);
  TOCSIN_RETURN_IF_ERROR(SetDefaults(context, options, body));
  std::vector<std::string> sets = options.sets;
  if (!options.where.empty()) sets.push_back(absl::StrCat("point=", options.where));
  TOCSIN_RETURN_IF_ERROR(SetAll(context, sets, body));
  return prepared;
}

}  // namespace

absl::StatusOr<Exit> Report(Context& context, const ReportOptions& options) {
  Console& console = context.console();
  TOCSIN_ASSIGN_OR_RETURN(const v1::Kind kind, ParseKindWord(options.kind));
  // First of all: nobody answers five questions for a node that is not there.
  TOCSIN_ASSIGN_OR_RETURN(const Naming* naming, context.naming());
  TOCSIN_ASSIGN_OR_RETURN(const Scope scope, options.scope.empty()
                                                 ? absl::StatusOr<Scope>(naming->OwnScope())
                                                 : naming->ScopeToFile(options.scope));
  if (!options.scope.empty()) NoteIfUnknown(context, scope);
  const bool ask = kind == v1::INCIDENT && options.IsBare() && console.interactive;
  TOCSIN_ASSIGN_OR_RETURN(Prepared prepared, Prepare(context, options, kind, ask));

  NoteFuture(context, *schema::BodyOf(prepared.record));
  if (!prepared.why.empty() && !context.json()) console.err << prepared.why << '\n';
  if (kind == v1::INCIDENT && !context.json()) {
    const bool near = ShowNear(context, prepared.record.incident());
    const char* question = near ? "File this as one more?" : "File it?";
    bool yes = true;
    if (ask) {
      TOCSIN_ASSIGN_OR_RETURN(yes, AskYes(console, question));
    }
    if (!yes) {
      console.err << "nothing was filed"
                  << (near ? "; `tocsin edit CODE --set ...` adds to one of those\n" : "\n");
      return Exit::kDone;
    }
  }

  v1::CreateRecordRequest request;
  request.set_parent(schema::ParentName(scope));
  *request.mutable_record() = std::move(prepared.record);
  request.mutable_record()->set_code(options.code);
  request.set_request_id(options.request_id.empty() ? NewRequestId(context) : options.request_id);
  request.set_validate_only(options.dry_run);
  request.set_heard(options.heard);
  const absl::StatusOr<v1::WriteRecordResponse> response = context.client().Create(request);
  if (!response.ok()) {
    if (ExitOf(response.status()) == Exit::kUnreachable) {
      console.err << "It may or may not be filed: run the same again with --request-id "
                  << request.request_id() << ", which files it once.\n";
    }
    return response.status();
  }
  return PrintWritten(context, *response,
                      {options.dry_run ? "Would file" : "Filed", "Filed before:", options.dry_run});
}

}  // namespace tocsin::cli
