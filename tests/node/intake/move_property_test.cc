// Whatever two posts made of a record, apart or together: once it is moved, the record that stands
// for it shows what it showed, and is in conflict where it was.
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
#include "tests/node/intake/records.h"
#include "tests/node/view/world.h"

namespace tocsin::intake {
namespace {

// A node with intake before it.
struct Writer {
  Writer(const identity::Identity& identity, uint64_t seed) : random(seed), view(identity, seed) {
    intake = Intake::Create(identity, view.log(), view.view(), random, view.node().clock(),
                            view.node().executor(), {});
  }
  ~Writer() { intake.reset(); }

  SeededRandom random;
  view::ViewNode view;
  std::unique_ptr<Intake> intake;
};

v1::Incident EditOfChoice() {
  v1::Incident fields;
  const std::string word = "text " + std::to_string(*rc::gen::inRange(0, 3));
  switch (*rc::gen::inRange(0, 7)) {
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
      fields.add_note(word);
      break;
    case 4:
      fields.set_state(static_cast<v1::IncidentState>(*rc::gen::inRange(2, 6)));
      break;
    case 5:
      fields.mutable_point()->set_lat_e7(*rc::gen::inRange(400000000, 400000003));
      break;
    default:
      fields.add_goods()->set_un_number(static_cast<uint32_t>(*rc::gen::inRange(1001, 1005)));
      break;
  }
  return fields;
}

// The body with its elements in one order, and without what names the other record.
std::string Comparable(v1::Incident body) {
  body.clear_moved_from();
  std::sort(body.mutable_note()->begin(), body.mutable_note()->end());
  std::sort(body.mutable_goods()->begin(), body.mutable_goods()->end(),
            [](const v1::Goods& a, const v1::Goods& b) { return a.un_number() < b.un_number(); });
  return body.DebugString();
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

RC_GTEST_PROP(MoveProperty, TheNewRecordShowsWhatTheOldOneShowed, ()) {
  log::TestNetwork network;
  Writer county(network.kings, 2);
  Writer station(network.e201, 3);
  auto meet = [&] {
    county.view.TakeAll(station.view, log::Via::kChild);
    station.view.TakeAll(county.view, log::Via::kParent);
  };
  v1::CreateRecordRequest create;
  create.set_parent("scopes/city.kings.e201");
  *create.mutable_record()->mutable_incident() = SmallFire();
  std::string name;
  station.intake->Create(create, [&](auto filed) { name = filed->record().name(); });
  station.view.Run();
  meet();
  const int edits = *rc::gen::inRange(0, 14);
  for (int i = 0; i < edits; ++i) {
    Writer& writer = *rc::gen::arbitrary<bool>() ? county : station;
    v1::UpdateRecordRequest update;
    update.mutable_record()->set_name(name);
    *update.mutable_record()->mutable_incident() = EditOfChoice();
    // A state may be one that does not follow: then nothing is written.
    writer.intake->Update(update, [](auto) {});
    writer.view.Run();
    if (*rc::gen::inRange(0, 4) == 0) meet();
  }
  meet();
  view::ListQuery query{.parent = Post(), .kind = v1::INCIDENT};
  const v1::Record before = county.view.view().List(query)->records.at(0);

  v1::MoveRecordRequest move;
  move.set_name(name);
  move.set_destination_parent("scopes/city.kings.l101");
  std::optional<absl::StatusOr<v1::MoveRecordResponse>> moved;
  county.intake->Move(move, [&](auto answer) { moved = std::move(answer); });
  county.view.Run();
  RC_ASSERT(moved.has_value() && moved->ok());
  const v1::Record& fresh = (*moved)->record();
  RC_ASSERT(Comparable(fresh.incident()) == Comparable(before.incident()));
  RC_ASSERT(ConflictsOf(fresh) == ConflictsOf(before));
  RC_ASSERT(fresh.status() == before.status());
  RC_ASSERT(view::IsClosedThenRaised(fresh) == view::IsClosedThenRaised(before));
  RC_ASSERT(fresh.precedence() == before.precedence());
  RC_ASSERT((*moved)->moved().edited_after_move().empty());
  RC_ASSERT((*moved)->moved().conflict().empty());
  RC_ASSERT((*moved)->not_carried().empty());
  RC_ASSERT(county.view.Dump() == county.view.DumpOfRebuilt());
}

}  // namespace
}  // namespace tocsin::intake
