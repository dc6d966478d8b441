#include "node/intake/late_edits.h"

#include <absl/strings/str_cat.h>
#include <absl/types/span.h>
#include <google/protobuf/message.h>

#include <algorithm>
#include <utility>

#include "node/base/status.h"
#include "node/intake/take_out.h"
#include "node/merge/lookup.h"
#include "node/merge/removal.h"
#include "node/schema/field_value.h"
#include "node/schema/kinds.h"
#include "node/schema/states.h"
#include "node/view/moved.h"

namespace tocsin::intake {
namespace {

using google::protobuf::Message;
using schema::FieldInfo;

std::optional<merge::HeldChange> ChangeOf(const view::StoredRecord& record, const Dot& dot) {
  for (const merge::HeldChange& held : record.changes) {
    if (held.dot == dot) return held;
  }
  return record.past_change ? record.past_change(dot) : std::nullopt;
}

class Taker {
 public:
  Taker(const MovedPair& pair, Carrier& carrier) : pair_(pair), carrier_(carrier) {}

  absl::StatusOr<std::optional<LateTaken>> Run() {
    const view::LateEdits late =
        view::EditedAfterMove(pair_.old.name.key.kind, pair_.old.merged,
                              merge::PointersTo(pair_.old.changes), pair_.old.awaited);
    if (late.writes.empty() && late.removals.empty()) return std::nullopt;
    TOCSIN_ASSIGN_OR_RETURN(taken_.seen, WrittenByTheMove());
    TakeWrites(late.writes);
    const std::vector<merge::Removal>& removed = late.removals;
    for (auto at = removed.begin(); at != removed.end();) {
      auto end = std::find_if(at, removed.end(),
                              [at](const auto& other) { return other.field != at->field; });
      TakeOutLate(at->field, absl::MakeConstSpan(&*at, static_cast<size_t>(end - at)), late.writes,
                  view::VersionIn(taken_.seen, at->field));
      at = end;
    }
    return std::move(taken_);
  }

 private:
  void TakeWrites(const std::vector<view::LateWrite>& writes) {
    const std::vector<int> states = StatesIn(taken_.seen);
    uint32_t field = 0;
    size_t nth = 0;
    for (const view::LateWrite& write : writes) {
      const FieldInfo* info = pair_.table.Find(write.field);
      if (info == nullptr || pair_.IsOfTheMove(*info) || !MayTake(*info, *write.sibling, states)) {
        carrier_.LeaveBehind(info == nullptr ? absl::StrCat("field ", write.field)
                                             : schema::PathOf(pair_.kind, *info));
        continue;
      }
      nth = write.field == field ? nth + 1 : 0;
      field = write.field;
      if (write.sibling->clear && pair_.old.merged.at(field).conflict) {
        taken_.stands_clear.insert(field);
      }
      carrier_.Add(*info, *write.sibling, nth);
    }
  }

  std::optional<merge::Sibling> WriteOfOld(const Dot& dot, uint32_t number) const {
    std::optional<merge::HeldChange> held = ChangeOf(pair_.old, dot);
    if (!held) {
      const auto* copy = merge::FindCopy(merge::PointersTo(pair_.old.changes), dot, number);
      if (copy != nullptr) held = *copy;
    }
    return held ? merge::WriteIn(pair_.old.name.key.kind, number, dot, *held) : std::nullopt;
  }

  // Takes these out of what the move wrote of a list of the stand-in (`carried`): what the new post
  // took out is out, and what it added stays.
  void TakeOutLate(uint32_t number, absl::Span<const merge::Removal> removed,
                   const std::vector<view::LateWrite>& writes, const view::FieldVersion& carried) {
    const FieldInfo& field = *pair_.table.Find(number);
    if (field.text == v1::ORIGINAL) return;
    std::vector<merge::Sibling> gone;
    bool all_here = true;
    for (const merge::Removal& removal : removed) {
      std::optional<merge::Sibling> write = WriteOfOld(removal.element, number);
      all_here = all_here && write;
      if (write) gone.push_back(*std::move(write));
    }
    std::vector<merge::Sibling> standing;
    if (auto found = pair_.old.merged.find(number); found != pair_.old.merged.end()) {
      for (const merge::Sibling& sibling : found->second.siblings) {
        // What is late itself goes over beside it.
        const bool late = std::any_of(writes.begin(), writes.end(),
                                      [&](const auto& write) { return write.sibling == &sibling; });
        if (!late) standing.push_back(sibling);
      }
    }
    std::vector<const merge::Sibling*> list;
    if (auto found = pair_.stand_in->merged.find(number); found != pair_.stand_in->merged.end()) {
      for (const merge::Sibling& sibling : found->second.siblings) {
        if (merge::Meet(carried.shown, sibling.dots) || merge::Meet(carried.others, sibling.dots)) {
          list.push_back(&sibling);
        }
      }
    }
    TakingOut taking = TakeOut(pair_.kind, field, gone, standing, list);
    if (!all_here || taking.incomplete) carrier_.LeaveBehind(schema::PathOf(pair_.kind, field));
    if (!taking.overwrites.empty()) taken_.taken_out[number] = std::move(taking.overwrites);
    for (const merge::Sibling& again : taking.again) carrier_.Add(field, again, 0);
  }

  // The first word stays, and a state must follow on the one that was carried.
  bool MayTake(const FieldInfo& field, const merge::Sibling& sibling,
               const std::vector<int>& states) const {
    if (field.merge == v1::FIRST) return false;
    if (field.merge != v1::FURTHEST) return true;
    if (sibling.clear) return false;
    const int wanted = ValueOf(field, sibling.value);
    const Message& now = *schema::BodyOf(pair_.stand_in->shown);
    const int at = now.GetReflection()->GetEnumValue(now, field.descriptor);
    if (field.number != pair_.state.number) return wanted >= at;
    if (wanted == schema::WithdrawnState(pair_.kind) || !schema::MayFollow(field, at, wanted)) {
      return false;
    }
    return states.empty() || std::any_of(states.begin(), states.end(), [&](int carried) {
             return schema::MayFollow(field, carried, wanted);
           });
  }

  int ValueOf(const FieldInfo& field, absl::string_view values) const {
    auto body = schema::ParseValues(pair_.old.name.key.kind, values);
    return body.ok() ? (*body)->GetReflection()->GetEnumValue(**body, field.descriptor) : 0;
  }

  // The states that were carried.
  std::vector<int> StatesIn(const view::RecordVersion& seen) const {
    std::vector<int> states;
    for (const Dot& dot : view::VersionIn(seen, pair_.state.number).shown) {
      if (auto held = ChangeOf(*pair_.stand_in, dot))
        states.push_back(ValueOf(pair_.state, held->change.values));
    }
    return states;
  }

  // What whoever moved it, or took edits over, has written of the stand-in: what was written of the
  // old record apart from that overwrites this, and nothing that the new post wrote.
  // FAILED_PRECONDITION while some of that is not here.
  absl::StatusOr<view::RecordVersion> WrittenByTheMove() const {
    const merge::Sibling& from = *pair_.FromOld();
    std::set<Dot> dots(from.dots.begin(), from.dots.end());
    dots.insert(from.overwrites.begin(), from.overwrites.end());
    std::vector<merge::HeldChange> changes;
    for (const Dot& dot : dots) {
      std::optional<merge::HeldChange> held = ChangeOf(*pair_.stand_in, dot);
      if (!held) {
        return absl::FailedPreconditionError(
            absl::StrCat(pair_.stand_in->shown.name(),
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
    view::FieldVersion& listed = seen[pair_.moved_from.number];
    listed = {from.dots, from.misquoted_by};
    for (const merge::HeldChange& held : changes) listed.others.push_back(held.dot);
    return seen;
  }

  const MovedPair& pair_;
  Carrier& carrier_;
  LateTaken taken_;
};

}  // namespace

absl::StatusOr<std::optional<LateTaken>> TakeLateEdits(const MovedPair& pair, Carrier& carrier) {
  return Taker(pair, carrier).Run();
}

}  // namespace tocsin::intake
