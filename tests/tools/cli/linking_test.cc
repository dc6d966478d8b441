// move, relate and unrelate, and what `show` says of them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "node/schema/names.h"
#include "node/schema/spoken_code.h"
#include "tests/tools/cli/runs.h"

namespace tocsin::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

const std::string kHere = SpokenCode::FromBits(5).ToString();
const std::string kThere = SpokenCode::FromBits(6).ToString();
const std::string kRelation = SpokenCode::FromBits(7).ToString();

v1::Record Fire(const std::string& scope, const std::string& code) {
  v1::Record record;
  record.set_scope(scope);
  record.set_code(code);
  v1::Incident& incident = *record.mutable_incident();
  incident.set_status(v1::STATUS_ACTUAL);
  incident.set_state(v1::INCIDENT_REPORTED);
  incident.set_type(v1::FIRE);
  incident.set_severity(v1::SEVERITY_SEVERE);
  incident.set_urgency(v1::URGENCY_IMMEDIATE);
  incident.set_certainty(v1::CERTAINTY_OBSERVED);
  return record;
}

v1::RecordRef RefOf(const v1::Record& record) {
  v1::RecordRef ref;
  ref.set_scope(record.scope());
  ref.set_kind(record.kind());
  ref.set_id(std::string(schema::ParseUid(record.uid())->view()));
  return ref;
}

v1::Record SameEvent(const v1::RecordRef& subject, const v1::RecordRef& object) {
  v1::Record relation;
  relation.set_scope("city/kings");
  relation.set_code(kRelation);
  v1::Relation& body = *relation.mutable_relation();
  body.set_status(v1::STATUS_ACTUAL);
  body.set_state(v1::RELATION_CONFIRMED);
  body.set_type(v1::RELATION_SAME);
  *body.mutable_subject() = subject;
  *body.mutable_object() = object;
  return relation;
}

// A county with a record of each of two stations.
class LinkingTest : public ::testing::Test {
 protected:
  LinkingTest() {
    county_.Hold(Fire("city/kings/e201", kHere));
    county_.Hold(Fire("city/kings/l101", kThere));
  }
  v1::Record Held(const std::string& scope, const std::string& code) {
    return *county_.Held("scopes/" + scope + "/incidents/" + code);
  }

  FakeNode county_{"city/kings"};
  Machine machine_;
};

TEST_F(LinkingTest, ARelationIsFiledWhereBothAreCovered) {
  const RunResult related =
      machine_.RunAt(county_, {"relate", "kings/e201", kHere, "kings/l101", kThere});
  EXPECT_EQ(related.code, 0) << related.err;
  EXPECT_THAT(related.out, HasSubstr("same, confirmed"));
  ASSERT_THAT(county_.creates(), SizeIs(1));
  const v1::CreateRecordRequest request = county_.creates().front();
  EXPECT_EQ(request.parent(), "scopes/city.kings");
  EXPECT_EQ(request.record().relation().subject().scope(), "city/kings/e201");
  EXPECT_EQ(request.record().relation().object().scope(), "city/kings/l101");
  EXPECT_FALSE(request.request_id().empty());
}

TEST_F(LinkingTest, ItsTypeIsTypedAndItMayBeProposed) {
  EXPECT_EQ(machine_
                .RunAt(county_, {"relate", "kings/e201 " + kHere, "kings/l101 " + kThere, "--as",
                                 "part-of", "--propose"})
                .code,
            0);
  const v1::Relation relation = county_.creates().front().record().relation();
  EXPECT_EQ(relation.type(), v1::RELATION_PART_OF);
  EXPECT_EQ(relation.state(), v1::RELATION_PROPOSED);
  EXPECT_EQ(
      machine_
          .RunAt(county_, {"relate", "kings/e201", kHere, "kings/l101", kThere, "--as", "friends"})
          .code,
      2);
}

TEST_F(LinkingTest, WhatNamesOtherThanTwoRecordsIsBadUsage) {
  EXPECT_EQ(machine_.RunAt(county_, {"relate", "kings/e201", "kings/l101"}).code, 2);
  EXPECT_EQ(machine_.RunAt(county_, {"relate", "kings/e201", kHere}).code, 2);
  EXPECT_EQ(machine_.RunAt(county_, {"relate", "kings/e201", kHere, "kings/e999", kThere}).code, 3);
  EXPECT_THAT(county_.creates(), IsEmpty());
}

TEST_F(LinkingTest, AStationIsToldWhomToAsk) {
  FakeNode station("city/kings/e201");
  station.Hold(Fire("city/kings/e201", kHere));
  station.Hold(Fire("city/kings/l101", kThere));
  const RunResult refused = machine_.RunAt(station, {"relate", kHere, "kings/l101 " + kThere});
  EXPECT_EQ(refused.code, 3) << refused.err;
  EXPECT_THAT(refused.err, HasSubstr("ask city/kings"));
  EXPECT_THAT(station.creates(), IsEmpty());
}

TEST_F(LinkingTest, AnExerciseHasNothingToDoWithWhatIsActual) {
  v1::Record drill = Fire("city/kings/l101", kThere);
  drill.mutable_incident()->set_status(v1::STATUS_EXERCISE);
  county_.Hold(drill);
  EXPECT_EQ(machine_.RunAt(county_, {"relate", "kings/e201", kHere, "kings/l101", kThere}).code, 2);
}

TEST_F(LinkingTest, UnrelatingRejectsTheRelationAndOnceIsEnough) {
  const v1::RecordRef there = RefOf(Held("city.kings.l101", kThere));
  county_.Hold(SameEvent(RefOf(Held("city.kings.e201", kHere)), there));
  v1::Record here = Fire("city/kings/e201", kHere);
  v1::RelatedRecord& related = *here.add_related();
  related.set_relation("scopes/city.kings/relations/" + kRelation);
  related.set_type(v1::RELATION_SAME);
  related.set_state(v1::RELATION_CONFIRMED);
  related.set_jurisdiction("city/kings");
  *related.mutable_other() = there;
  county_.Hold(here);

  const RunResult shown = machine_.RunAt(county_, {"show", "kings/e201", kHere});
  EXPECT_THAT(shown.out, HasSubstr("the same event as kings/l101 " + kThere));
  EXPECT_THAT(shown.out, HasSubstr("confirmed by city/kings"));
  const std::vector<std::string> unrelate = {"unrelate", "kings/e201", kHere, "kings/l101", kThere};
  EXPECT_EQ(machine_.RunAt(county_, unrelate).code, 0);
  ASSERT_THAT(county_.updates(), SizeIs(1));
  EXPECT_EQ(county_.updates().front().record().relation().state(), v1::RELATION_REJECTED);
  EXPECT_EQ(machine_.RunAt(county_, unrelate).code, 0);
  EXPECT_THAT(county_.updates(), SizeIs(1));
  EXPECT_EQ(machine_.RunAt(county_, {"unrelate", "kings/l101", kThere, "kings/e201", kHere}).code,
            2)
      << "the other one lists no relation";
}

TEST_F(LinkingTest, RecordsThatARelationNamesStandByTheirCodesWhereTheyAreHeld) {
  const v1::RecordRef here = RefOf(Held("city.kings.e201", kHere));
  v1::RecordRef not_held = here;
  not_held.set_scope("city/queens/e301");
  county_.Hold(SameEvent(here, not_held));
  const std::string uid = Held("city.kings.e201", kHere).uid();
  for (const auto& command : {std::vector<std::string>{"list", "relation"}, {"show", kRelation}}) {
    const RunResult read = machine_.RunAt(county_, command);
    EXPECT_EQ(read.code, 0) << read.err;
    EXPECT_THAT(read.out, HasSubstr("incident kings/e201 " + kHere));
    EXPECT_THAT(read.out, HasSubstr("incident queens/e301 " + uid));
  }
}

TEST_F(LinkingTest, CasualtiesOfReportsOfOneEventAreARangeAndNoSum) {
  v1::Record here = Fire("city/kings/e201", kHere);
  here.mutable_incident()->set_injured_count(2);
  here.mutable_incident()->set_dead_count(1);
  v1::Record there = Fire("city/kings/l101", kThere);
  there.mutable_incident()->set_injured_count(3);
  there.mutable_incident()->set_dead_count(1);
  county_.Hold(there);
  v1::RelatedRecord& related = *here.add_related();
  related.set_type(v1::RELATION_SAME);
  related.set_state(v1::RELATION_CONFIRMED);
  *related.mutable_other() = RefOf(Held("city.kings.l101", kThere));
  county_.Hold(here);
  const std::string shown = machine_.RunAt(county_, {"show", "kings/e201", kHere}).out;
  EXPECT_THAT(shown, HasSubstr("injured_count of 2 reports of it: 2 to 3, and no sum"));
  EXPECT_THAT(shown, Not(HasSubstr("dead_count of")));
  // What is only proposed says nothing of it.
  here.mutable_related(0)->set_state(v1::RELATION_PROPOSED);
  county_.Hold(here);
  EXPECT_THAT(machine_.RunAt(county_, {"show", "kings/e201", kHere}).out, Not(HasSubstr("no sum")));
}

TEST_F(LinkingTest, AnotherWayInWhichTwoAreRelatedIsNamed) {
  v1::Record here = Fire("city/kings/e201", kHere);
  for (const v1::RelationType type : {v1::RELATION_SAME, v1::RELATION_PART_OF}) {
    v1::RelatedRecord& related = *here.add_related();
    related.set_type(type);
    *related.mutable_other() = RefOf(Held("city.kings.l101", kThere));
  }
  county_.Hold(here);
  const RunResult result = machine_.RunAt(
      county_, {"unrelate", "kings/e201", kHere, "kings/l101", kThere, "--as", "caused-by"});
  EXPECT_EQ(result.code, 2);
  EXPECT_THAT(result.err,
              HasSubstr("not related as caused-by here, but as same-event and as part-of"));
}

TEST_F(LinkingTest, AMoveSaysWhatStandsForWhatAndWhatIsLate) {
  v1::MoveRecordResponse answer;
  *answer.mutable_record() = Held("city.kings.l101", kThere);
  *answer.mutable_moved() = Held("city.kings.e201", kHere);
  *answer.mutable_moved()->mutable_incident()->mutable_moved_to() =
      RefOf(Held("city.kings.l101", kThere));
  v1::LateEdit& late = *answer.mutable_moved()->add_edited_after_move();
  late.set_field("incident.injured_count");
  late.set_value_json("3");
  late.set_jurisdiction("city/kings/e201");
  v1::LateEdit& out = *answer.mutable_moved()->add_edited_after_move();
  out = late;
  out.set_field("incident.note");
  out.set_value_json("[\"hydrant is dry\"]");
  out.set_removed(true);
  v1::LateEdit& unknown = *answer.mutable_moved()->add_edited_after_move();
  unknown = out;
  unknown.set_value_json("null");
  answer.add_not_carried("incident.description");
  county_.AnswerMovesWith(answer);
  const RunResult moved =
      machine_.RunAt(county_, {"move", "kings/e201", kHere, "--to", "kings/l101", "--take-edits"});
  EXPECT_EQ(moved.code, 0) << moved.err;
  EXPECT_THAT(moved.out,
              HasSubstr("Moved kings/e201 " + kHere + "; it stands as kings/l101 " + kThere));
  EXPECT_THAT(moved.out, HasSubstr("show kings/e201 " + kHere + " --history"));
  EXPECT_THAT(moved.err, HasSubstr("injured_count: 3, by city/kings/e201"));
  EXPECT_THAT(moved.err, HasSubstr("note: taken out: hydrant is dry, by city/kings/e201"));
  EXPECT_THAT(moved.err, HasSubstr("note: taken out: (not here), by city/kings/e201"));
  EXPECT_THAT(moved.err, HasSubstr("not carried over: incident.description"));
  ASSERT_THAT(county_.moves(), SizeIs(1));
  const v1::MoveRecordRequest request = county_.moves().front();
  EXPECT_EQ(request.destination_parent(), "scopes/city.kings.l101");
  EXPECT_EQ(request.reason(), v1::WITHDRAW_WRONG_POST);
  EXPECT_TRUE(request.take_late_edits());
}

TEST_F(LinkingTest, AListMarksWhatWasMovedAndThenEdited) {
  v1::Record old = Fire("city/kings/e201", kHere);
  old.add_edited_after_move()->set_field("incident.injured_count");
  county_.Hold(old);
  EXPECT_THAT(machine_.RunAt(county_, {"list", "incident"}).out,
              HasSubstr("moved, then edited: injured_count"));
}

TEST_F(LinkingTest, AMovedRecordNamesTheOtherAndItsHistory) {
  v1::Record fresh = Fire("city/kings/l101", kThere);
  *fresh.mutable_incident()->mutable_moved_from() = RefOf(Held("city.kings.e201", kHere));
  county_.Hold(fresh);
  const RunResult shown = machine_.RunAt(county_, {"show", "kings/l101", kThere});
  EXPECT_THAT(shown.out, HasSubstr("moved from kings/e201 " + kHere));
  EXPECT_THAT(shown.out, HasSubstr("tocsin show kings/e201 " + kHere + " --history"));
  // At the post itself the other is not held.
  FakeNode station("city/kings/l101");
  station.Hold(fresh);
  EXPECT_THAT(machine_.RunAt(station, {"show", kThere}).out, HasSubstr("not held here"));
}

// A slip in a post's name files a record where nobody looks.
TEST(Posts, ThatTheNodeNeitherHoldsNorIsConnectedWithAreRemarkedOn) {
  FakeNode node("city");
  Machine machine;
  const auto report = [&](const char* scope) {
    return machine
        .RunAt(node, {"report", "incident", "--what", "fire", "--how-bad", "minor", "--where",
                      "unknown", "--scope", scope})
        .err;
  };
  EXPECT_THAT(report("kings/e2o1"), HasSubstr("is there such a post?"));
  // It holds something of it now.
  EXPECT_THAT(report("kings/e2o1"), Not(HasSubstr("is there such a post?")));
  // Connected, and its own.
  EXPECT_THAT(report("kings"), Not(HasSubstr("is there such a post?")));
  EXPECT_THAT(report("city"), Not(HasSubstr("is there such a post?")));
}

}  // namespace
}  // namespace tocsin::cli
