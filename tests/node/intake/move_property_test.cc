// Whatever two posts made of a record, apart or together: once it is moved, the record that stands
// for it shows what it showed, and is in conflict where it was; and what is written of the old one
// afterwards is told and can be taken over.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "node/intake/intake.h"
#include "node/view/raised.h"
#include "tests/node/intake/posts.h"

namespace tocsin::intake {
namespace {

constexpr char kOld[] = "city/kings/e201";
constexpr char kNew[] = "city/kings/l101";

// Takes one of the elements that the writer is shown out of a list.
void RemoveOne(Node& writer, const std::string& scope, uint32_t field, const std::string& path,
               v1::UpdateRecordRequest& update) {
  const view::StoredRecord held = writer.Held(scope);
  const auto merged = held.merged.find(field);
  if (merged == held.merged.end()) return;
  const std::vector<merge::Sibling>& elements = merged->second.siblings;
  v1::ElementRef& removed = *update.add_remove();
  removed.set_field(path);
  removed.set_dot(elements[*rc::gen::inRange<size_t>(0, elements.size())].dots.front().ToHex());
}

v1::UpdateRecordRequest EditOfChoice(Node& writer, const std::string& scope, bool with_states) {
  v1::UpdateRecordRequest update;
  update.mutable_record()->set_name(writer.Held(scope).shown.name());
  v1::Incident& fields = *update.mutable_record()->mutable_incident();
  const std::string word = "text " + std::to_string(*rc::gen::inRange(0, 3));
  switch (*rc::gen::inRange(0, with_states ? 11 : 10)) {
    case 0:
      fields.set_description(word);
      break;
    case 1:
      fields.set_severity(static_cast<v1::Severity>(*rc::gen::inRange(1, 6)));
      break;
    case 2:
      fields.set_injured_count(static_cast<uint32_t>(*rc::gen::inRange(0, 4)));
      break;
    case 3:
      for (int i = *rc::gen::inRange(1, 4); i > 0; --i) fields.add_note(word + std::string(i, '!'));
      break;
    case 4:
      fields.mutable_point()->set_lat_e7(*rc::gen::inRange(400000000, 400000003));
      break;
    case 5:
      fields.add_goods()->set_un_number(static_cast<uint32_t>(*rc::gen::inRange(1001, 1005)));
      break;
    case 6:
      update.mutable_update_mask()->add_paths("incident.description");
      break;
    case 7:
      update.mutable_update_mask()->add_paths("incident.injured_count");
      break;
    case 8:
      RemoveOne(writer, scope, v1::Incident::kNoteFieldNumber, "incident.note", update);
      break;
    case 9:
      RemoveOne(writer, scope, v1::Incident::kGoodsFieldNumber, "incident.goods", update);
      break;
    default:
      fields.set_state(static_cast<v1::IncidentState>(*rc::gen::inRange(2, 6)));
      break;
  }
  return update;
}

// The body with its elements in one order, and without what names the other record.
std::string Comparable(v1::Incident body) {
  body.clear_moved_from();
  std::sort(body.mutable_note()->begin(), body.mutable_note()->end());
  std::sort(body.mutable_goods()->begin(), body.mutable_goods()->end(),
            [](const v1::Goods& a, const v1::Goods& b) { return a.un_number() < b.un_number(); });
  return body.DebugString();
}

// The old record's body without what the move wrote of it. No test of ours changes its state.
v1::Incident AsIfNotWithdrawn(v1::Incident body) {
  body.set_state(v1::INCIDENT_REPORTED);
  body.clear_withdraw_reason();
  body.clear_moved_to();
  return body;
}

std::map<std::string, std::set<std::string>> ConflictsOf(const v1::Record& record) {
  std::map<std::string, std::set<std::string>> conflicts;
  for (const v1::Conflict& conflict : record.conflict()) {
    for (const v1::ConflictingValue& value : conflict.value()) {
      conflicts[conflict.field()].insert(value.value_json());
    }
  }
  return conflicts;
}

// A county and a station of it, which has filed an incident and goes on.
struct County {
  County() {
    v1::CreateRecordRequest create;
    create.set_parent("scopes/city.kings.e201");
    *create.mutable_record()->mutable_incident() = SmallFire();
    station.intake().Create(create, [&](auto filed) { name = filed->record().name(); });
    station.view().Run();
    Meet();
  }

  void Meet() {
    county.Take(station, log::Via::kChild);
    station.Take(county, log::Via::kParent);
  }
  void Edit(Node& writer, bool with_states) {
    // A state may be one that does not follow: then nothing is written.
    writer.intake().Update(EditOfChoice(writer, kOld, with_states), [](auto) {});
    writer.view().Run();
  }
  v1::MoveRecordResponse Move(bool take_late_edits) {
    v1::MoveRecordRequest move;
    move.set_name(name);
    move.set_destination_parent("scopes/city.kings.l101");
    move.set_take_late_edits(take_late_edits);
    std::optional<absl::StatusOr<v1::MoveRecordResponse>> moved;
    county.intake().Move(move, [&](auto answer) { moved = std::move(answer); });
    county.view().Run();
    RC_ASSERT(moved.has_value() && moved->ok());
    return **std::move(moved);
  }

  log::TestNetwork network;
  Node county{network.kings, 2};
  Node station{network.e201, 3};
  std::string name;
};

RC_GTEST_PROP(MoveProperty, TheNewRecordShowsWhatTheOldOneShowed, ()) {
  County world;
  const int edits = *rc::gen::inRange(0, 14);
  for (int i = 0; i < edits; ++i) {
    world.Edit(*rc::gen::arbitrary<bool>() ? world.county : world.station, true);
    if (*rc::gen::inRange(0, 4) == 0) world.Meet();
  }
  world.Meet();
  const v1::Record before = world.county.Held(kOld).shown;
  const v1::MoveRecordResponse moved = world.Move(false);
  const v1::Record& fresh = moved.record();
  RC_ASSERT(Comparable(fresh.incident()) == Comparable(before.incident()));
  RC_ASSERT(ConflictsOf(fresh) == ConflictsOf(before));
  RC_ASSERT(fresh.status() == before.status());
  RC_ASSERT(view::IsClosedThenRaised(fresh) == view::IsClosedThenRaised(before));
  RC_ASSERT(fresh.precedence() == before.precedence());
  RC_ASSERT(moved.moved().edited_after_move().empty());
  RC_ASSERT(moved.moved().conflict().empty());
  RC_ASSERT(moved.not_carried().empty());
  RC_ASSERT(world.county.view().Dump() == world.county.view().DumpOfRebuilt());
}

// The station has not heard of the move and goes on: the old record tells all of that, and when it
// is taken over the new one shows what the old one does, removals and clears included.
RC_GTEST_PROP(MoveProperty, WhatIsTakenOverIsAllThatWasWrittenSince, ()) {
  County world;
  const int before = *rc::gen::inRange(0, 8);
  for (int i = 0; i < before; ++i) {
    world.Edit(world.station, false);
    world.Meet();
  }
  world.Move(false);
  for (int round = *rc::gen::inRange(1, 4); round > 0; --round) {
    const v1::Record carried = world.county.Held(kNew).shown;
    const int late = *rc::gen::inRange(0, 6);
    for (int i = 0; i < late; ++i) world.Edit(world.station, false);
    world.county.Take(world.station, log::Via::kChild);
    v1::Incident old = world.county.Held(kOld).shown.incident();
    const bool differs = Comparable(AsIfNotWithdrawn(old)) != Comparable(carried.incident());
    const bool is_told = world.county.Held(kOld).shown.edited_after_move_size() > 0;
    RC_ASSERT(is_told || !differs);
    const v1::MoveRecordResponse taken = world.Move(true);
    RC_ASSERT(taken.already_moved() == !is_told);
    RC_ASSERT(Comparable(taken.record().incident()) == Comparable(AsIfNotWithdrawn(old)));
    RC_ASSERT(taken.record().conflict().empty());
    RC_ASSERT(taken.moved().edited_after_move().empty());
    RC_ASSERT(taken.not_carried().empty());
    RC_ASSERT(world.Move(true).already_moved());
    RC_ASSERT(world.county.view().Dump() == world.county.view().DumpOfRebuilt());
  }
}

}  // namespace
}  // namespace tocsin::intake
