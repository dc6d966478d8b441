#include "node/intake/move.h"

#include <absl/strings/escaping.h>
#include <absl/strings/str_cat.h>
#include <absl/types/span.h>
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
#include "node/intake/take_out.h"
#include "node/merge/lookup.h"
#include "node/merge/removal.h"
#include "node/schema/field_table.h"
#include "node/schema/field_value.h"
#include "node/schema/kinds.h"
#include "node/schema/states.h"
#include "node/view/index.h"
#include "node/view/moved.h"
#include "node/view/raised.h"

namespace tocsin::intake {
namespace {

using google::protobuf::Message;
using google::protobuf::Reflection;
using schema::FieldInfo;
using schema::FieldTable;

// What a derived id says it was derived by.
constexpr char kMoveSource[] = "tocsin-move";

v1::RecordRef RefTo(const view::RecordName& name) {
  v1::RecordRef ref;
  ref.set_scope(name.scope.ToString());
  ref.set_kind(static_cast<v1::Kind>(name.key.kind));
  ref.set_id(std::string(name.key.id.view()));
  return ref;
}

bool Names(const v1::RecordRef& ref, const view::RecordName& name) {
  return ref.scope() == name.scope.ToString() &&
         ref.kind() == static_cast<v1::Kind>(name.key.kind) && ref.id() == name.key.id.view();
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
      : old_(old),
        stand_in_(stand_in),
        order_(order),
        name_(StandIn(old, order.to)),
        kind_(static_cast<v1::Kind>(old.name.key.kind)),
        table_(FieldTable::Of(kind_)),
        state_(*table_.FindByName("state")),
        reason_(*table_.FindByName("withdraw_reason")),
        moved_to_(*table_.FindByName("moved_to")),
        moved_from_(*table_.FindByName("moved_from")),
        min_cell_(min_cell),
        carrier_(kind_, min_cell) {}

  absl::StatusOr<ComposedMove> Run() {
    const Message& shown = *schema::BodyOf(old_.shown);
    const Reflection& reflection = *shown.GetReflection();
    if (reflection.HasField(shown, moved_to_.descriptor)) {
      return RunAgain(
          static_cast<const v1::RecordRef&>(reflection.GetMessage(shown, moved_to_.descriptor)));
    }
    if (reflection.GetEnumValue(shown, state_.descriptor) == schema::WithdrawnState(kind_)) {
      return absl::FailedPreconditionError(absl::StrCat(
          old_.shown.name(),
          " is withdrawn, and stands for nothing that could be moved; report what is so at ",
          order_.to.ToString()));
    }
    if (order_.take_late_edits) {
      return absl::FailedPreconditionError(absl::StrCat(
          "take_late_edits: ", old_.shown.name(),
          " was not moved as far as is known here, and there is nothing to take over"));
    }
    TOCSIN_RETURN_IF_ERROR(CheckStandIn());
    if (stand_in_ == nullptr) TOCSIN_RETURN_IF_ERROR(FileAnew());
    // Filed by another who moved it, whose withdrawal is still on its way: that one says what was
    // seen, and this one nothing.
    TOCSIN_RETURN_IF_ERROR(Withdraw(/*lists_all=*/stand_in_ == nullptr));
    return std::move(result_);
  }

 private:
  // Of the stand-in: where it says that it stands for the old record. Of one source two may have
  // been moved there. Null where it does not say so, as far as it is held.
  const merge::Sibling* FromOld() const {
    const auto found = stand_in_->merged.find(moved_from_.number);
    if (found == stand_in_->merged.end()) return nullptr;
    for (const merge::Sibling& sibling : found->second.siblings) {
      auto body = schema::ParseValues(old_.name.key.kind, sibling.value);
      if (!body.ok()) continue;
      const auto& from = static_cast<const v1::RecordRef&>(
          (*body)->GetReflection()->GetMessage(**body, moved_from_.descriptor));
      if (Names(from, old_.name)) return &sibling;
    }
    return nullptr;
  }

  // It has that id already, or is none.
  absl::Status CheckStandIn() const {
    if (stand_in_ == nullptr || FromOld() != nullptr) return absl::OkStatus();
    return absl::AlreadyExistsError(
        absl::StrCat("destination_parent: ", stand_in_->shown.name(),
                     " of the same source is filed there "
                     "already; edit that one, and withdraw this one as a duplicate"));
  }

  absl::StatusOr<ComposedMove> RunAgain(const v1::RecordRef& moved_to) {
    if (!Names(moved_to, name_)) {
      return absl::FailedPreconditionError(
          absl::StrCat(old_.shown.name(), " was moved to ", TextOf(moved_to),
                       " already; if that is the wrong post too, move that record"));
    }
    if (stand_in_ == nullptr) {
      return absl::FailedPreconditionError(
          absl::StrCat(old_.shown.name(), " was moved to ", TextOf(moved_to),
                       " already, and that record has not come to this node yet; ask again later"));
    }
    if (schema::BodyOf(stand_in_->shown) == nullptr) {
      return absl::FailedPreconditionError(absl::StrCat(
          old_.shown.name(), " was moved to ", TextOf(moved_to), ", which was erased since"));
    }
    if (FromOld() == nullptr) {
      return absl::FailedPreconditionError(absl::StrCat(
          old_.shown.name(), " was moved to ", TextOf(moved_to),
          " already, and what is held of that record does not say (yet) that it stands for this "
          "one; ask again later, or edit that record by itself"));
    }
    if (order_.take_late_edits) TOCSIN_RETURN_IF_ERROR(TakeLateEdits());
    return std::move(result_);
  }

  bool IsOfTheMove(const FieldInfo& field) const {
    return field.number == reason_.number || field.number == moved_to_.number ||
           field.number == moved_from_.number;
  }

  absl::Status FileAnew() {
    for (const auto& [number, field] : old_.merged) {
      const FieldInfo* info = table_.Find(number);
      if (info == nullptr) {
        carrier_.LeaveBehind(absl::StrCat("field ", number));
        continue;
      }
      if (IsOfTheMove(*info)) continue;
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
    const bool apart = field.number == state_.number && view::IsClosedThenRaised(old_.shown);
    return apart ? old_.changes.size() + 1 : 0;
  }

  // A change for each layer; the values shown come last, so that they are the latest as they were.
  template <typename Compose>
  absl::Status Write(Compose compose, const std::optional<view::RecordVersion>& seen) {
    std::vector<Layer> layers = carrier_.Finish(result_.withheld);
    result_.not_carried = carrier_.NotCarried();
    if (layers.empty() && (!seen || !taken_out_.empty())) {
      layers.push_back({schema::NewBody(kind_), {}, false});
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
      SetRef(*edit.body, moved_from_, RefTo(old_.name));
      if (seen) edit.resolve = {moved_from_.number};
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
        draft.cap_status = old_.shown.status();
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
      const bool adds = body.GetReflection()->FieldSize(body, table_.Find(number)->descriptor) > 0;
      if (is_first || adds) remove.emplace(number, dots);
    }
    return remove;
  }

  absl::Status Withdraw(bool lists_all) {
    Edit edit;
    edit.body = schema::NewBody(kind_);
    const Reflection& reflection = *edit.body->GetReflection();
    reflection.SetEnumValue(edit.body.get(), state_.descriptor, *schema::WithdrawnState(kind_));
    reflection.SetEnumValue(edit.body.get(), reason_.descriptor, v1::WITHDRAW_WRONG_POST);
    SetRef(*edit.body, moved_to_, RefTo(name_));
    // What others wrote of the state goes with the record, and is no conflict here.
    edit.resolve = {state_.number, reason_.number};
    if (lists_all) {
      edit.lists_all = moved_to_.number;
      for (const auto& [number, field] : old_.merged) SettleHere(number, field, edit);
    }
    return AddToOld(edit);
  }

  // A conflict goes with the record, where every value stands: here the one that was shown is left,
  // so that nobody is asked twice. One whose text is not here, or may not be written, stays.
  void SettleHere(uint32_t number, const merge::MergedField& field, Edit& edit) const {
    const FieldInfo* info = table_.Find(number);
    if (info == nullptr || !field.conflict || IsOfTheMove(*info) || number == state_.number) return;
    // Only its own post turns what was heard into its word.
    if (field.siblings.front().heard()) return;
    Carrier shown(kind_, min_cell_);
    shown.Add(*info, field.siblings.front(), 0);
    std::vector<v1::Withheld> withheld;
    const std::vector<Layer> layers = shown.Finish(withheld);
    if (layers.size() != 1 || !withheld.empty() || !shown.NotCarried().empty()) return;
    edit.body->MergeFrom(*layers.front().body);
    edit.clear.insert(edit.clear.end(), layers.front().clear.begin(), layers.front().clear.end());
    edit.resolve.insert(number);
  }

  absl::Status AddToOld(const Edit& edit) {
    TOCSIN_ASSIGN_OR_RETURN(Composed composed, ComposeEdit(old_, edit));
    for (log::Draft& draft : composed.drafts) result_.drafts.push_back(std::move(draft));
    return absl::OkStatus();
  }

  absl::Status TakeLateEdits() {
    const view::LateEdits late = view::EditedAfterMove(
        old_.name.key.kind, old_.merged, merge::PointersTo(old_.changes), old_.awaited);
    if (late.writes.empty() && late.removals.empty()) return absl::OkStatus();
    TOCSIN_ASSIGN_OR_RETURN(const view::RecordVersion seen, WrittenByTheMove());
    const std::vector<int> states = StatesIn(seen);
    uint32_t field = 0;
    size_t nth = 0;
    for (const view::LateWrite& write : late.writes) {
      const FieldInfo* info = table_.Find(write.field);
      if (info == nullptr || IsOfTheMove(*info) || !MayTake(*info, *write.sibling, states)) {
        carrier_.LeaveBehind(info == nullptr ? absl::StrCat("field ", write.field)
                                             : schema::PathOf(kind_, *info));
        continue;
      }
      nth = write.field == field ? nth + 1 : 0;
      field = write.field;
      if (write.sibling->clear && old_.merged.at(field).conflict) stands_clear_.insert(field);
      carrier_.Add(*info, *write.sibling, nth);
    }
    const std::vector<merge::Removal>& removed = late.removals;
    for (auto at = removed.begin(); at != removed.end();) {
      auto end = std::find_if(at, removed.end(),
                              [at](const auto& other) { return other.field != at->field; });
      TakeOutLate(at->field, absl::MakeConstSpan(&*at, static_cast<size_t>(end - at)),
                  late.writes, view::VersionIn(seen, at->field));
      at = end;
    }
    TOCSIN_RETURN_IF_ERROR(
        Write([this](const Edit& edit) { return ComposeEdit(*stand_in_, edit); }, seen));
    // Withdrawn anew, having seen them: nothing of the old record is left to respond to.
    return Withdraw(/*lists_all=*/true);
  }

  std::optional<merge::Sibling> WriteOfOld(const Dot& dot, uint32_t number) const {
    std::optional<merge::HeldChange> held = ChangeOf(old_, dot);
    if (!held) {
      const auto* copy = merge::FindCopy(merge::PointersTo(old_.changes), dot, number);
      if (copy != nullptr) held = *copy;
    }
    return held ? merge::WriteIn(old_.name.key.kind, number, dot, *held) : std::nullopt;
  }

  // Takes these out of what the move wrote of a list of the stand-in (`carried`): what the new post
  // took out is out, and what it added stays.
  void TakeOutLate(uint32_t number, absl::Span<const merge::Removal> removed,
                   const std::vector<view::LateWrite>& writes,
                   const view::FieldVersion& carried) {
    const FieldInfo& field = *table_.Find(number);
    if (field.text == v1::ORIGINAL) return;
    std::vector<merge::Sibling> gone;
    bool all_here = true;
    for (const merge::Removal& removal : removed) {
      std::optional<merge::Sibling> write = WriteOfOld(removal.element, number);
      all_here = all_here && write;
      if (write) gone.push_back(*std::move(write));
    }
    std::vector<merge::Sibling> standing;
    if (auto found = old_.merged.find(number); found != old_.merged.end()) {
      for (const merge::Sibling& sibling : found->second.siblings) {
        // What is late itself goes over beside it.
        const bool late = std::any_of(writes.begin(), writes.end(), [&](const auto& write) {
          return write.sibling == &sibling;
        });
        if (!late) standing.push_back(sibling);
      }
    }
    std::vector<const merge::Sibling*> list;
    if (auto found = stand_in_->merged.find(number); found != stand_in_->merged.end()) {
      for (const merge::Sibling& sibling : found->second.siblings) {
        if (merge::Meet(carried.shown, sibling.dots) || merge::Meet(carried.others, sibling.dots)) {
          list.push_back(&sibling);
        }
      }
    }
    TakingOut taking = TakeOut(kind_, field, gone, standing, list);
    if (!all_here || taking.incomplete) carrier_.LeaveBehind(schema::PathOf(kind_, field));
    if (!taking.overwrites.empty()) taken_out_[number] = std::move(taking.overwrites);
    for (const merge::Sibling& again : taking.again) carrier_.Add(field, again, 0);
  }

  // The first word stays, and a state must follow on the one that was carried.
  bool MayTake(const FieldInfo& field, const merge::Sibling& sibling,
               const std::vector<int>& states) const {
    if (field.merge == v1::FIRST) return false;
    if (field.merge != v1::FURTHEST) return true;
    if (sibling.clear) return false;
    const int wanted = ValueOf(field, sibling.value);
    const Message& now = *schema::BodyOf(stand_in_->shown);
    const int at = now.GetReflection()->GetEnumValue(now, field.descriptor);
    if (field.number != state_.number) return wanted >= at;
    if (wanted == schema::WithdrawnState(kind_) || !schema::MayFollow(field, at, wanted)) {
      return false;
    }
    return states.empty() || std::any_of(states.begin(), states.end(), [&](int carried) {
             return schema::MayFollow(field, carried, wanted);
           });
  }

  int ValueOf(const FieldInfo& field, absl::string_view values) const {
    auto body = schema::ParseValues(old_.name.key.kind, values);
    return body.ok() ? (*body)->GetReflection()->GetEnumValue(**body, field.descriptor) : 0;
  }

  // The states that were carried.
  std::vector<int> StatesIn(const view::RecordVersion& seen) const {
    std::vector<int> states;
    for (const Dot& dot : view::VersionIn(seen, state_.number).shown) {
      if (auto held = ChangeOf(*stand_in_, dot))
        states.push_back(ValueOf(state_, held->change.values));
    }
    return states;
  }

  // What whoever moved it, or took edits over, has written of the stand-in: what was written of the
  // old record apart from that overwrites this, and nothing that the new post wrote.
  // FAILED_PRECONDITION while some of that is not here.
  absl::StatusOr<view::RecordVersion> WrittenByTheMove() const {
    const merge::Sibling& from = *FromOld();
    std::set<Dot> dots(from.dots.begin(), from.dots.end());
    dots.insert(from.overwrites.begin(), from.overwrites.end());
    std::vector<merge::HeldChange> changes;
    for (const Dot& dot : dots) {
      std::optional<merge::HeldChange> held = ChangeOf(*stand_in_, dot);
      if (!held) {
        return absl::FailedPreconditionError(
            absl::StrCat(stand_in_->shown.name(),
                         " is not wholly here yet: what was taken over before is on its "
                         "way; ask again later"));
      }
      changes.push_back(*std::move(held));
    }
    // Of siblings that were carried the last is the one that was shown.
    std::sort(changes.begin(), changes.end(), [](const auto& a, const auto& b) {
      return std::pair(a.change.stamp.time, a.dot) > std::pair(b.change.stamp.time, b.dot);
    });
    view::RecordVersion seen;
    for (const merge::HeldChange& held : changes) {
      for (const log::FieldOp& op : held.change.ops) {
        view::FieldVersion& field = seen[op.field];
        (field.shown.empty() ? field.shown : field.others).push_back(held.dot);
      }
    }
    // Listed again, so that the next who takes something over knows all of it as well. What was
    // moved there from another record is not ours.
    view::FieldVersion& listed = seen[moved_from_.number];
    listed = {from.dots, from.misquoted_by};
    for (const merge::HeldChange& held : changes) listed.others.push_back(held.dot);
    return seen;
  }

  static std::optional<merge::HeldChange> ChangeOf(const view::StoredRecord& record,
                                                   const Dot& dot) {
    for (const merge::HeldChange& held : record.changes) {
      if (held.dot == dot) return held;
    }
    return record.past_change ? record.past_change(dot) : std::nullopt;
  }

  const view::StoredRecord& old_;
  const view::StoredRecord* stand_in_;
  const MoveOrder& order_;
  const view::RecordName name_;
  const v1::Kind kind_;
  const FieldTable& table_;
  const FieldInfo& state_;
  const FieldInfo& reason_;
  const FieldInfo& moved_to_;
  const FieldInfo& moved_from_;
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
  std::string key =
      absl::StrCat(old.name.scope.ToString(), " ", absl::BytesToHexString(old.name.key.id.view()));
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
