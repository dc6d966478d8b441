#include "node/intake/move.h"

#include <absl/strings/str_cat.h>
#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include "node/base/status.h"
#include "node/identity/record_id.h"
#include "node/intake/carry.h"
#include "node/intake/compose.h"
#include "node/intake/late_edits.h"
#include "node/intake/moved_pair.h"
#include "node/schema/field_table.h"
#include "node/schema/field_value.h"
#include "node/schema/kinds.h"
#include "node/schema/states.h"
#include "node/view/index.h"
#include "node/view/raised.h"

namespace tocsin::intake {
namespace {

using google::protobuf::Message;
using google::protobuf::Reflection;
using schema::FieldInfo;
using schema::FieldTable;

v1::RecordRef RefTo(const view::RecordName& name) {
  v1::RecordRef ref;
  ref.set_scope(name.scope.ToString());
  ref.set_kind(static_cast<v1::Kind>(name.key.kind));
  ref.set_id(std::string(name.key.id.view()));
  return ref;
}

// "city/kings/l101 018f3c1e-...".
std::string TextOf(const v1::RecordRef& ref) {
  auto id = RecordId::FromBytes(ref.id());
  return absl::StrCat(ref.scope(), " ", id ? schema::FormatUid(*id) : std::string("(damaged)"));
}

void SetRef(Message& body, const FieldInfo& field, const v1::RecordRef& ref) {
  body.GetReflection()->MutableMessage(&body, field.descriptor)->CopyFrom(ref);
}

// A station writes its own records alone, whatever path lies below its own.
absl::Status CheckMayMove(const Author& author, const Scope& from, const Scope& to) {
  const Jurisdiction& own = author.jurisdiction;
  if (author.is_hub && MayWrite(own, from) && MayWrite(own, to)) return absl::OkStatus();
  const auto common = LowestCommon(from.jurisdiction(), to.jurisdiction());
  return absl::PermissionDeniedError(absl::StrCat(
      "a node of ", own.path(), " does not write the records of both ", from.ToString(), " and ",
      to.ToString(),
      common ? absl::StrCat("; ask ", common->path(), ", which covers both, to move it")
             : std::string("; no jurisdiction covers both: withdraw it, and report it there")));
}

// Composes one move.
class Mover {
 public:
  Mover(const view::StoredRecord& old, const view::StoredRecord* stand_in, const MoveOrder& order,
        uint32_t min_cell)
      : pair_(old, stand_in),
        order_(order),
        name_(StandIn(old, order.to)),
        min_cell_(min_cell),
        carrier_(pair_.kind, min_cell) {}

  absl::StatusOr<ComposedMove> Run() {
    const Message& shown = *schema::BodyOf(pair_.old.shown);
    const Reflection& reflection = *shown.GetReflection();
    if (reflection.HasField(shown, pair_.moved_to.descriptor)) {
      return RunAgain(static_cast<const v1::RecordRef&>(
          reflection.GetMessage(shown, pair_.moved_to.descriptor)));
    }
    if (reflection.GetEnumValue(shown, pair_.state.descriptor) ==
        schema::WithdrawnState(pair_.kind)) {
      return absl::FailedPreconditionError(absl::StrCat(
          pair_.old.shown.name(),
          " is withdrawn, and stands for nothing that could be moved; report what is so at ",
          order_.to.ToString()));
    }
    if (order_.take_late_edits) {
      return absl::FailedPreconditionError(absl::StrCat(
          "take_late_edits: ", pair_.old.shown.name(),
          " was not moved as far as is known here, and there is nothing to take over"));
    }
    TOCSIN_RETURN_IF_ERROR(CheckStandIn());
    if (pair_.stand_in == nullptr) TOCSIN_RETURN_IF_ERROR(FileAnew());
    // Filed by another who moved it, whose withdrawal is still on its way: that one says what was
    // seen, and this one nothing.
    TOCSIN_RETURN_IF_ERROR(Withdraw(/*lists_all=*/pair_.stand_in == nullptr));
    return std::move(result_);
  }

 private:
  // It has that id already, or is none.
  absl::Status CheckStandIn() const {
    if (pair_.stand_in == nullptr || pair_.FromOld() != nullptr) return absl::OkStatus();
    return absl::AlreadyExistsError(
        absl::StrCat("destination_parent: ", pair_.stand_in->shown.name(),
                     " of the same source is filed there "
                     "already; edit that one, and withdraw this one as a duplicate"));
  }

  absl::StatusOr<ComposedMove> RunAgain(const v1::RecordRef& moved_to) {
    if (!Names(moved_to, name_)) {
      return absl::FailedPreconditionError(
          absl::StrCat(pair_.old.shown.name(), " was moved to ", TextOf(moved_to),
                       " already; if that is the wrong post too, move that record"));
    }
    if (pair_.stand_in == nullptr) {
      return absl::FailedPreconditionError(
          absl::StrCat(pair_.old.shown.name(), " was moved to ", TextOf(moved_to),
                       " already, and that record has not come to this node yet; ask again later"));
    }
    if (schema::BodyOf(pair_.stand_in->shown) == nullptr) {
      return absl::FailedPreconditionError(absl::StrCat(
          pair_.old.shown.name(), " was moved to ", TextOf(moved_to), ", which was erased since"));
    }
    if (pair_.FromOld() == nullptr) {
      return absl::FailedPreconditionError(absl::StrCat(
          pair_.old.shown.name(), " was moved to ", TextOf(moved_to),
          " already, and what is held of that record does not say (yet) that it stands for this "
          "one; ask again later, or edit that record by itself"));
    }
    if (order_.take_late_edits) TOCSIN_RETURN_IF_ERROR(TakeOver());
    return std::move(result_);
  }

  absl::Status TakeOver() {
    TOCSIN_ASSIGN_OR_RETURN(std::optional<LateTaken> taken, TakeLateEdits(pair_, carrier_));
    if (!taken) return absl::OkStatus();
    stands_clear_ = std::move(taken->stands_clear);
    taken_out_ = std::move(taken->taken_out);
    TOCSIN_RETURN_IF_ERROR(Write(
        [this](const Edit& edit) { return ComposeEdit(*pair_.stand_in, edit); }, taken->seen));
    // Withdrawn anew, having seen them: nothing of the old record is left to respond to.
    return Withdraw(/*lists_all=*/true);
  }

  absl::Status FileAnew() {
    for (const auto& [number, field] : pair_.old.merged) {
      const FieldInfo* info = pair_.table.Find(number);
      if (info == nullptr) {
        carrier_.LeaveBehind(absl::StrCat("field ", number));
        continue;
      }
      if (pair_.IsOfTheMove(*info)) continue;
      const bool first_alone = info->merge == v1::FIRST;
      for (size_t nth = 0; nth < field.siblings.size(); ++nth) {
        const merge::Sibling& sibling = field.siblings[nth];
        if (first_alone && nth > 0) break;
        // A new record is clear of what it has not; against a value a clear is one as well.
        if (sibling.clear && !field.conflict) continue;
        if (sibling.clear) stands_clear_.insert(number);
        carrier_.Add(*info, sibling, nth + Apart(*info));
      }
    }
    return Write([this](const Edit& edit) { return ComposeFirst(name_, edit); }, {});
  }

  // A state that was set unseen of how bad it is must not stand in one change with that, or the new
  // record would be filed closed, and nobody be called.
  size_t Apart(const FieldInfo& field) const {
    const bool apart =
        field.number == pair_.state.number && view::IsClosedThenRaised(pair_.old.shown);
    return apart ? pair_.old.changes.size() + 1 : 0;
  }

  // A change for each layer; the values shown come last, so that they are the latest as they were.
  template <typename Compose>
  absl::Status Write(Compose compose, const std::optional<view::RecordVersion>& seen) {
    std::vector<Layer> layers = carrier_.Finish(result_.withheld);
    result_.not_carried = carrier_.NotCarried();
    if (layers.empty() && (!seen || !taken_out_.empty())) {
      layers.push_back({schema::NewBody(pair_.kind), {}, false});
    }
    std::vector<Composed> composed;
    for (Layer& layer : layers) {
      Edit edit;
      edit.remove = TakenOutBeside(*layer.body, /*is_first=*/&layer == &layers.front());
      edit.body = std::move(layer.body);
      edit.clear = std::move(layer.clear);
      edit.stands_clear = stands_clear_;
      edit.heard = layer.heard;
      edit.seen = seen;
      // Each says whom it stands for, so that what the mover wrote is known by that.
      SetRef(*edit.body, pair_.moved_from, RefTo(pair_.old.name));
      if (seen) edit.resolve = {pair_.moved_from.number};
      TOCSIN_ASSIGN_OR_RETURN(Composed one, compose(edit));
      composed.push_back(std::move(one));
    }
    Precedence precedence = Precedence::kRoutine;
    for (const Composed& one : composed) {
      for (const log::Draft& draft : one.drafts)
        precedence = std::min(precedence, draft.precedence);
    }
    for (auto one = composed.rbegin(); one != composed.rend(); ++one) {
      for (log::Draft& draft : one->drafts) {
        if (!seen) draft.precedence = precedence;
        draft.cap_status = pair_.old.shown.status();
        result_.drafts.push_back(std::move(draft));
      }
    }
    if (!composed.empty()) result_.after = std::move(composed.front().after);
    return absl::OkStatus();
  }

  // Every change that adds to a list again must know what is taken out of it.
  std::map<uint32_t, std::vector<Dot>> TakenOutBeside(const Message& body, bool is_first) const {
    std::map<uint32_t, std::vector<Dot>> remove;
    for (const auto& [number, dots] : taken_out_) {
      const bool adds =
          body.GetReflection()->FieldSize(body, pair_.table.Find(number)->descriptor) > 0;
      if (is_first || adds) remove.emplace(number, dots);
    }
    return remove;
  }

  absl::Status Withdraw(bool lists_all) {
    Edit edit;
    edit.body = schema::NewBody(pair_.kind);
    const Reflection& reflection = *edit.body->GetReflection();
    reflection.SetEnumValue(edit.body.get(), pair_.state.descriptor,
                            *schema::WithdrawnState(pair_.kind));
    reflection.SetEnumValue(edit.body.get(), pair_.reason.descriptor, v1::WITHDRAW_WRONG_POST);
    SetRef(*edit.body, pair_.moved_to, RefTo(name_));
    // What others wrote of the state goes with the record, and is no conflict here.
    edit.resolve = {pair_.state.number, pair_.reason.number};
    if (lists_all) {
      edit.lists_all = pair_.moved_to.number;
      for (const auto& [number, field] : pair_.old.merged) SettleHere(number, field, edit);
    }
    return AddToOld(edit);
  }

  // A conflict goes with the record, where every value stands: here the one that was shown is left,
  // so that nobody is asked twice. One whose text is not here, or may not be written, stays.
  void SettleHere(uint32_t number, const merge::MergedField& field, Edit& edit) const {
    const FieldInfo* info = pair_.table.Find(number);
    if (info == nullptr || !field.conflict || pair_.IsOfTheMove(*info) ||
        number == pair_.state.number) {
      return;
    }
    // Only its own post turns what was heard into its word.
    if (field.siblings.front().heard()) return;
    Carrier shown(pair_.kind, min_cell_);
    shown.Add(*info, field.siblings.front(), 0);
    std::vector<v1::Withheld> withheld;
    const std::vector<Layer> layers = shown.Finish(withheld);
    if (layers.size() != 1 || !withheld.empty() || !shown.NotCarried().empty()) return;
    edit.body->MergeFrom(*layers.front().body);
    edit.clear.insert(edit.clear.end(), layers.front().clear.begin(), layers.front().clear.end());
    edit.resolve.insert(number);
  }

  absl::Status AddToOld(const Edit& edit) {
    TOCSIN_ASSIGN_OR_RETURN(Composed composed, ComposeEdit(pair_.old, edit));
    for (log::Draft& draft : composed.drafts) result_.drafts.push_back(std::move(draft));
    return absl::OkStatus();
  }

  const MovedPair pair_;
  const MoveOrder& order_;
  const view::RecordName name_;
  const uint32_t min_cell_;
  Carrier carrier_;
  // Fields of which a clear is one of several values.
  std::set<uint32_t> stands_clear_;
  // Of the stand-in's lists, by field.
  std::map<uint32_t, std::vector<Dot>> taken_out_;
  ComposedMove result_;
};

}  // namespace

absl::StatusOr<MoveOrder> ReadMove(const v1::MoveRecordRequest& request, const Author& author) {
  absl::StatusOr<schema::RecordName> name = schema::ParseRecordName(request.name());
  if (!name.ok()) {
    return absl::InvalidArgumentError(absl::StrCat("name: ", name.status().message()));
  }
  absl::StatusOr<Scope> to = schema::ParseParent(request.destination_parent());
  if (!to.ok()) {
    return absl::InvalidArgumentError(absl::StrCat("destination_parent: ", to.status().message()));
  }
  if (FieldTable::Of(name->kind).FindByName("moved_to") == nullptr) {
    return absl::InvalidArgumentError(
        absl::StrCat("name: a record of ", v1::Kind_Name(name->kind), " is not moved"));
  }
  if (to->is_broadcast() || name->scope.is_broadcast()) {
    return absl::InvalidArgumentError(
        "destination_parent: a record is moved from post to post, and no broadcast is one");
  }
  if (*to == name->scope) {
    return absl::InvalidArgumentError(
        absl::StrCat("destination_parent: ", to->ToString(), " is where it lies"));
  }
  if (request.reason() != v1::WITHDRAW_REASON_UNSPECIFIED &&
      request.reason() != v1::WITHDRAW_WRONG_POST) {
    return absl::InvalidArgumentError(
        "reason: a record is moved because it was filed at the wrong post; for another reason "
        "withdraw it");
  }
  if (request.require_unchanged() && request.etag().empty()) {
    return absl::InvalidArgumentError(
        "etag: is required with require_unchanged: it says what the record must still be");
  }
  TOCSIN_RETURN_IF_ERROR(CheckMayMove(author, name->scope, *to));
  return MoveOrder{.name = *std::move(name),
                   .to = *std::move(to),
                   .etag = request.etag(),
                   .require_unchanged = request.require_unchanged(),
                   .take_late_edits = request.take_late_edits()};
}

view::RecordName StandIn(const view::StoredRecord& old, const Scope& to) {
  const uint32_t kind = old.name.key.kind;
  std::string system = kMoveSource;
  std::string key = KeyOfMove(RefTo(old.name));
  const Message& body = *schema::BodyOf(old.shown);
  for (const FieldInfo& field : FieldTable::Of(static_cast<v1::Kind>(kind)).fields()) {
    if (field.type != schema::FieldType::kSource) continue;
    if (!body.GetReflection()->HasField(body, field.descriptor)) continue;
    const auto& source =
        static_cast<const v1::Source&>(body.GetReflection()->GetMessage(body, field.descriptor));
    system = source.system();
    key = source.key();
  }
  return {to, {kind, std::nullopt, identity::RecordIdFromSourceKey(to, kind, system, key)}};
}

absl::StatusOr<v1::MoveRecordResponse> AsMoved(absl::StatusOr<v1::WriteRecordResponse> response,
                                               const std::string& name, const view::View& view) {
  if (!response.ok()) return response.status();
  TOCSIN_ASSIGN_OR_RETURN(const schema::RecordName parsed, schema::ParseRecordName(name));
  TOCSIN_ASSIGN_OR_RETURN(std::vector<view::RecordName> found,
                          view.Find(parsed.scope, parsed.kind, schema::IdText(parsed)));
  if (found.empty()) return absl::NotFoundError(absl::StrCat(name, " was erased meanwhile"));
  TOCSIN_ASSIGN_OR_RETURN(view::StoredRecord old, view.Get(found.front()));
  v1::MoveRecordResponse answer;
  *answer.mutable_moved() = std::move(old.shown);
  *answer.mutable_withheld() = response->withheld();
  *answer.mutable_not_carried() = response->differs();
  answer.set_already_moved(response->already_filed());
  for (const v1::Conflict& conflict : response->record().conflict()) {
    *answer.add_conflict() = conflict;
  }
  *answer.mutable_record() = std::move(*response->mutable_record());
  return answer;
}

absl::StatusOr<ComposedMove> ComposeMove(const view::StoredRecord& old,
                                         const view::StoredRecord* stand_in, const MoveOrder& order,
                                         uint32_t min_cell) {
  return Mover(old, stand_in, order, min_cell).Run();
}

}  // namespace tocsin::intake
