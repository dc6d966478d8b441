// relate and unrelate.
#include <absl/strings/ascii.h>
#include <absl/strings/str_cat.h>
#include <absl/strings/str_join.h>
#include <absl/strings/str_replace.h>

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "node/base/status.h"
#include "node/schema/names.h"
#include "tools/src/cli/commands.h"
#include "tools/src/cli/describe.h"
#include "tools/src/cli/json.h"
#include "tools/src/cli/linked.h"
#include "tools/src/cli/words.h"
#include "tools/src/cli/written.h"

namespace tocsin::cli {
namespace {

using Words = std::vector<std::string>;

// Two names of one to three words each, where one of them ends and the other begins.
absl::StatusOr<std::pair<Words, Words>> SplitIds(const Words& ids, const Naming& naming) {
  std::vector<std::pair<Words, Words>> ways;
  for (size_t at = 1; at < ids.size(); ++at) {
    const auto middle = ids.begin() + static_cast<std::ptrdiff_t>(at);
    std::pair<Words, Words> way{Words(ids.begin(), middle), Words(middle, ids.end())};
    if (naming.Candidates(way.first).ok() && naming.Candidates(way.second).ok()) {
      ways.push_back(std::move(way));
    }
  }
  if (ways.size() == 1) return ways.front();
  return absl::InvalidArgumentError(absl::StrCat(
      "\"", absl::StrJoin(ids, " "), "\" ",
      ways.empty() ? "does not name two records" : "can be read in more than one way",
      "\n  next: put each in quotes, as in \"kings/e201 7K3M9QXF\" \"manhattan/e4 9M2W4T6E\""));
}

absl::StatusOr<v1::RelationType> ParseType(const std::string& typed) {
  const std::string word = absl::AsciiStrToLower(typed);
  if (word.empty() || word == "same-event" || word == "same_event") return v1::RELATION_SAME;
  return ParseEnum<v1::RelationType>(typed);
}

// As --as takes it.
std::string TypeOption(v1::RelationType type) {
  if (type == v1::RELATION_SAME) return "same-event";
  return absl::StrReplaceAll(WordOf(type), {{"_", "-"}});
}

struct Pair {
  v1::Record one;
  v1::Record other;
};

absl::StatusOr<Pair> FindBoth(Context& context, const Words& ids) {
  TOCSIN_ASSIGN_OR_RETURN(const Naming* naming, context.naming());
  TOCSIN_ASSIGN_OR_RETURN(const auto names, SplitIds(ids, *naming));
  TOCSIN_ASSIGN_OR_RETURN(v1::Record one, context.Find(names.first));
  TOCSIN_ASSIGN_OR_RETURN(v1::Record other, context.Find(names.second));
  return Pair{std::move(one), std::move(other)};
}

// Where a relation of the two lies; whoever is not there may not file it.
absl::StatusOr<Scope> ScopeOf(const Pair& pair, const Naming& naming) {
  TOCSIN_ASSIGN_OR_RETURN(const Scope one, Scope::Parse(pair.one.scope()));
  TOCSIN_ASSIGN_OR_RETURN(const Scope other, Scope::Parse(pair.other.scope()));
  const auto common = LowestCommon(one.jurisdiction(), other.jurisdiction());
  if (!common) {
    return absl::InvalidArgumentError("no jurisdiction covers both records");
  }
  const Scope scope = Scope::Matters(*common);
  if (MayWrite(naming.own(), scope)) return scope;
  return absl::PermissionDeniedError(
      absl::StrCat("a relation of records of ", one.ToString(), " and ", other.ToString(),
                   " lies with ", common->path(), ", the lowest that covers both, and this is ",
                   naming.own().path(), "\n  next: ask ", common->path(), " to relate them"));
}

void PrintRelation(Context& context, const v1::WriteRecordResponse& response, const Pair& pair,
                   const char* done, const Reading& reading) {
  const Naming& naming = reading.naming;
  Console& console = context.console();
  if (context.json()) return PrintJson(response, console.out);
  const v1::Relation& relation = response.record().relation();
  console.out << done << ' ' << naming.Short(pair.one) << " and " << naming.Short(pair.other)
              << ": " << WordOf(relation.type()) << ", " << WordOf(relation.state())
              << "\n  relation " << naming.Short(response.record()) << '\n';
  for (const v1::Conflict& conflict : response.conflict()) {
    console.err << "in conflict: " << conflict.field()
                << "\n  next: " << ResolveCommand(response.record(), conflict, reading) << '\n';
  }
}

absl::StatusOr<v1::WriteRecordResponse> SetState(Context& context, const v1::Record& relation,
                                                 v1::RelationState state) {
  v1::UpdateRecordRequest request;
  request.mutable_record()->set_name(UidName(relation));
  request.mutable_record()->mutable_relation()->set_state(state);
  request.mutable_update_mask()->add_paths("state");
  request.set_etag(relation.etag());
  request.set_request_id(NewRequestId(context));
  return context.client().Update(request);
}

}  // namespace

absl::StatusOr<Exit> Relate(Context& context, const RelateOptions& options) {
  TOCSIN_ASSIGN_OR_RETURN(const v1::RelationType type, ParseType(options.as));
  TOCSIN_ASSIGN_OR_RETURN(const Naming* naming, context.naming());
  TOCSIN_ASSIGN_OR_RETURN(const Pair pair, FindBoth(context, options.ids));
  TOCSIN_ASSIGN_OR_RETURN(const Scope scope, ScopeOf(pair, *naming));
  if (pair.one.status() != pair.other.status()) {
    return absl::InvalidArgumentError(absl::StrCat("one is ", WordOf(pair.one.status()),
                                                   " and the other ", WordOf(pair.other.status()),
                                                   ": an exercise has nothing to do with what is "
                                                   "actual"));
  }
  v1::CreateRecordRequest request;
  request.set_parent(schema::ParentName(scope));
  v1::Relation& relation = *request.mutable_record()->mutable_relation();
  relation.set_status(pair.one.status());
  relation.set_state(options.propose ? v1::RELATION_PROPOSED : v1::RELATION_CONFIRMED);
  relation.set_type(type);
  TOCSIN_ASSIGN_OR_RETURN(*relation.mutable_subject(), RefTo(pair.one));
  TOCSIN_ASSIGN_OR_RETURN(*relation.mutable_object(), RefTo(pair.other));
  request.set_request_id(NewRequestId(context));
  TOCSIN_ASSIGN_OR_RETURN(v1::WriteRecordResponse response, context.client().Create(request));
  const v1::RelationState held = response.record().relation().state();
  const char* done = options.propose ? "Proposed" : "Related";
  if (response.already_filed() && !options.propose && held != v1::RELATION_CONFIRMED) {
    TOCSIN_ASSIGN_OR_RETURN(response, SetState(context, response.record(), v1::RELATION_CONFIRMED));
  } else if (response.already_filed()) {
    done = "Held already:";
  }
  TOCSIN_ASSIGN_OR_RETURN(const Reading reading, context.reading());
  PrintRelation(context, response, pair, done, reading);
  return Exit::kDone;
}

absl::StatusOr<Exit> Unrelate(Context& context, const RelateOptions& options) {
  std::optional<v1::RelationType> type;
  if (!options.as.empty()) {
    TOCSIN_ASSIGN_OR_RETURN(type, ParseType(options.as));
  }
  TOCSIN_ASSIGN_OR_RETURN(const Reading reading, context.reading());
  TOCSIN_ASSIGN_OR_RETURN(const Pair pair, FindBoth(context, options.ids));
  std::vector<v1::Record> found;
  std::vector<std::string> other_ways;
  for (const v1::RelatedRecord& related : pair.one.related()) {
    TOCSIN_ASSIGN_OR_RETURN(const v1::RecordRef other, RefTo(pair.other));
    if (related.other().scope() != other.scope() || related.other().id() != other.id()) continue;
    if (type && related.type() != *type) {
      const bool over =
          related.state() == v1::RELATION_REJECTED || related.state() == v1::RELATION_WITHDRAWN;
      if (!over) other_ways.push_back(TypeOption(related.type()));
      continue;
    }
    TOCSIN_ASSIGN_OR_RETURN(v1::Record relation, context.client().Get(related.relation()));
    found.push_back(std::move(relation));
  }
  if (found.empty() && !other_ways.empty()) {
    return absl::NotFoundError(
        absl::StrCat(reading.naming.Short(pair.one), " and ", reading.naming.Short(pair.other),
                     " are not related as ", TypeOption(*type), " here, but as ",
                     absl::StrJoin(other_ways, " and as "), "\n  next: say that one by --as"));
  }
  if (found.empty()) {
    return absl::NotFoundError(
        absl::StrCat("no relation of ", reading.naming.Short(pair.one), " and ",
                     reading.naming.Short(pair.other), " is held here; `", reading.called, " show ",
                     reading.naming.Short(pair.one), "` lists those that it has"));
  }
  if (found.size() > 1) {
    return absl::InvalidArgumentError(
        "the two are related in more than one way; say which: --as same-event, part-of or "
        "caused-by");
  }
  const v1::Record& relation = found.front();
  v1::WriteRecordResponse response;
  const v1::RelationState state = relation.relation().state();
  const bool done = state == v1::RELATION_REJECTED || state == v1::RELATION_WITHDRAWN;
  if (done) {
    *response.mutable_record() = relation;
    response.set_already_filed(true);
  } else {
    TOCSIN_ASSIGN_OR_RETURN(response, SetState(context, relation, v1::RELATION_REJECTED));
  }
  PrintRelation(context, response, pair, done ? "Held already:" : "Unrelated", reading);
  return Exit::kDone;
}

}  // namespace tocsin::cli
