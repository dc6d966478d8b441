// Edited after the move: the county moves a report to another post; the station that filed it, not
// having seen that, goes on writing it.
#include "node/view/moved.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "tests/node/view/world.h"

namespace tocsin::view {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

class EditedAfterMoveTest : public ::testing::Test {
 protected:
  Dot Write(const v1::Incident& fields, std::vector<Dot> overwrites) {
    return node_.Append(DraftOf(Incident(7), fields, std::move(overwrites))).dot;
  }
  Dot Describe(const std::string& description, std::vector<Dot> overwrites) {
    v1::Incident fields;
    fields.set_description(description);
    return Write(fields, std::move(overwrites));
  }
  Dot Note(const std::string& note) {
    v1::Incident fields;
    fields.add_note(note);
    return Write(fields, {});
  }
  Dot Remove(std::vector<Dot> notes) {
    log::Draft draft = DraftOf(Incident(7), v1::Incident());
    draft.ops.push_back({v1::Incident::kNoteFieldNumber, true, std::move(notes)});
    return node_.Append(std::move(draft)).dot;
  }
  static std::vector<Dot> Sorted(std::vector<Dot> dots) {
    std::sort(dots.begin(), dots.end());
    return dots;
  }
  // The move, by who had seen `seen`.
  Dot Move(const std::string& scope, std::vector<Dot> seen) {
    v1::Incident fields;
    fields.set_state(v1::INCIDENT_WITHDRAWN);
    fields.set_withdraw_reason(v1::WITHDRAW_WRONG_POST);
    fields.mutable_moved_to()->set_scope(scope);
    fields.mutable_moved_to()->set_kind(v1::INCIDENT);
    fields.mutable_moved_to()->set_id("0123456789abcdef");
    return Write(fields, std::move(seen));
  }
  // "field=value", as people are shown them; lists find the record exactly when there are any.
  std::vector<std::string> Late() {
    std::vector<std::string> late;
    const v1::Record shown = node_.Shown(Incident(7));
    for (const v1::LateEdit& edit : shown.edited_after_move()) {
      late.push_back(edit.field() + "=" + edit.value_json() + (edit.removed() ? " taken out" : ""));
      EXPECT_EQ(edit.jurisdiction(), node_.node().identity().jurisdiction().path());
      EXPECT_GT(edit.write_time().seconds(), 0);
    }
    EXPECT_EQ(Listed("edited_after_move = true"), late.empty() ? 0u : 1u);
    EXPECT_EQ(Listed("edited_after_move = false"), late.empty() ? 1u : 0u);
    EXPECT_EQ(node_.Dump(), node_.DumpOfRebuilt());
    return late;
  }
  size_t Listed(const std::string& filter) {
    ListQuery query;
    query.kind = v1::INCIDENT;
    query.filter = filter;
    auto page = node_.view().List(query);
    EXPECT_TRUE(page.ok()) << page.status();
    return page.ok() ? page->records.size() : 0;
  }

  log::TestNetwork network_;
  ViewNode node_{network_.kings};
};

TEST_F(EditedAfterMoveTest, WhatTheMoverHadSeenIsNot) {
  const Dot filed = Write(Fire(), {});
  EXPECT_THAT(Late(), IsEmpty());
  const Dot described = Describe("smoke", {});
  Move("city/kings/l101", {filed, described});
  EXPECT_THAT(Late(), IsEmpty());
}

TEST_F(EditedAfterMoveTest, WhatWasWrittenUnseenIsShownWhateverItsTime) {
  const Dot filed = Write(Fire(), {});
  const Dot unseen = Describe("smoke from the third floor", {});
  Move("city/kings/l101", {filed});
  EXPECT_THAT(Late(), ElementsAre("incident.description=\"smoke from the third floor\""));
  // And what is written by who knows of the move.
  v1::Incident counts;
  counts.set_dead_count(2);
  Write(counts, {});
  EXPECT_THAT(Late(), UnorderedElementsAre("incident.description=\"smoke from the third floor\"",
                                           "incident.dead_count=2"));
  // Moving it again, having seen them, ends it.
  std::vector<Dot> seen = {filed, unseen};
  const auto held = node_.view().Get(Incident(7));
  ASSERT_TRUE(held.ok());
  for (const merge::HeldChange& change : held->changes) seen.push_back(change.dot);
  std::sort(seen.begin(), seen.end());
  seen.erase(std::unique(seen.begin(), seen.end()), seen.end());
  Move("city/kings/l101", seen);
  EXPECT_THAT(Late(), IsEmpty());
}

TEST_F(EditedAfterMoveTest, AStateUnseenIsOneAndAClearedFieldIsNull) {
  const Dot filed = Write(Fire(), {});
  const Dot described = Describe("smoke", {});
  v1::Incident controlled;
  controlled.set_state(v1::INCIDENT_UNDER_CONTROL);
  Write(controlled, {filed});
  log::Draft clear = DraftOf(Incident(7), v1::Incident());
  clear.ops.push_back({27, true, {described}});
  node_.Append(std::move(clear));
  Move("city/kings/l101", {filed, described});
  EXPECT_THAT(Late(), UnorderedElementsAre("incident.state=\"INCIDENT_UNDER_CONTROL\"",
                                           "incident.description=null"));
}

TEST_F(EditedAfterMoveTest, AnElementTakenOutUnseenIsToldWithWhatItSaid) {
  const Dot filed = Write(Fire(), {});
  const Dot dry = Note("hydrant is dry");
  const Dot locked = Note("gate is locked");
  Remove({locked});
  const Dot known = Remove({dry});
  const Dot moved = Move("city/kings/l101", {filed, dry});
  EXPECT_THAT(Late(), ElementsAre("incident.note=[\"hydrant is dry\"] taken out"));
  EXPECT_EQ(node_.Shown(Incident(7)).edited_after_move(0).dot(), known.ToHex());
  // Told once, of whoever took it out first; no more of one that the mover knows to be out.
  Remove({dry});
  EXPECT_THAT(Late(), ElementsAre("incident.note=[\"hydrant is dry\"] taken out"));
  Move("city/kings/l101", Sorted({filed, dry, known, moved}));
  EXPECT_THAT(Late(), IsEmpty());
}

TEST_F(EditedAfterMoveTest, WhatWasAddedAndTakenOutUnseenLeavesNothingToTell) {
  const Dot filed = Write(Fire(), {});
  Move("city/kings/l101", {filed});
  Remove({Note("hydrant is dry")});
  EXPECT_THAT(Late(), IsEmpty());
}

TEST_F(EditedAfterMoveTest, AnElementThatWasReplacedIsBothTakenOutAndAdded) {
  const Dot filed = Write(Fire(), {});
  const Dot dry = Note("hydrant is dry");
  Move("city/kings/l101", Sorted({filed, dry}));
  v1::Incident works;
  works.add_note("hydrant works");
  const Dot replaced = Write(works, {dry});
  EXPECT_THAT(Late(), ElementsAre("incident.note=[\"hydrant works\"]",
                                  "incident.note=[\"hydrant is dry\"] taken out"));
  Remove({replaced});
  EXPECT_THAT(Late(), ElementsAre("incident.note=[\"hydrant is dry\"] taken out"));
}

TEST_F(EditedAfterMoveTest, MovedTwiceApartToOnePostIsOneMove) {
  const Dot filed = Write(Fire(), {});
  Move("city/kings/l101", {filed});
  Move("city/kings/l101", {filed});
  EXPECT_THAT(Late(), IsEmpty());
  EXPECT_EQ(node_.Shown(Incident(7)).conflict_size(), 0);
}

TEST_F(EditedAfterMoveTest, MovedApartToTwoPostsIsAConflictThatPeopleSettle) {
  const Dot filed = Write(Fire(), {});
  Move("city/kings/l101", {filed});
  Move("city/kings/e202", {filed});
  EXPECT_THAT(Late(), IsEmpty());
  const v1::Record shown = node_.Shown(Incident(7));
  ASSERT_EQ(shown.conflict_size(), 1);
  EXPECT_EQ(shown.conflict(0).field(), "moved_to");
}

}  // namespace
}  // namespace tocsin::view
