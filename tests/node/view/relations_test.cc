// Which relations name a record: found from either side, as long as they say so.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/node/view/world.h"

namespace tocsin::view {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

RecordName RelationNamed(const Scope& scope, char filler) {
  log::RecordKey key;
  key.kind = static_cast<uint32_t>(v1::RELATION);
  key.id = *RecordId::FromBytes(std::string(RecordId::kSize, filler));
  return {scope, key};
}

v1::Relation Between(const RecordName& subject, const RecordName& object) {
  v1::Relation relation;
  relation.set_status(v1::STATUS_ACTUAL);
  relation.set_state(v1::RELATION_CONFIRMED);
  relation.set_type(v1::RELATION_SAME);
  for (auto [ref, name] : {std::pair(relation.mutable_subject(), &subject),
                           std::pair(relation.mutable_object(), &object)}) {
    ref->set_scope(name->scope.ToString());
    ref->set_kind(static_cast<v1::Kind>(name->key.kind));
    ref->set_id(std::string(name->key.id.view()));
  }
  return relation;
}

class RelationsTest : public ::testing::Test {
 protected:
  std::vector<std::string> Of(const RecordName& name, size_t limit = 100) {
    auto found = node_.view().RelationsOf(name, limit);
    EXPECT_TRUE(found.ok()) << found.status();
    std::vector<std::string> ids;
    for (const RecordName& relation : *found)
      ids.push_back(std::string(1, relation.key.id.view()[0]));
    EXPECT_EQ(node_.Dump(), node_.DumpOfRebuilt());
    return ids;
  }

  log::TestNetwork network_;
  ViewNode node_{network_.kings};
  const Scope county_ = *Scope::Parse("city/kings");
};

TEST_F(RelationsTest, AreFoundFromBothSidesWhetherOrNotTheRecordsAreHere) {
  node_.Append(DraftOf(RelationNamed(county_, 'a'), Between(Incident(1), Incident(2))));
  node_.Append(DraftOf(RelationNamed(county_, 'b'), Between(Incident(3), Incident(1))));
  EXPECT_THAT(Of(Incident(1)), UnorderedElementsAre("a", "b"));
  EXPECT_THAT(Of(Incident(1), 1), ElementsAre("a"));
  EXPECT_THAT(Of(Incident(2)), ElementsAre("a"));
  EXPECT_THAT(Of(Incident(3)), ElementsAre("b"));
  EXPECT_THAT(Of(Incident(4)), IsEmpty());
}

TEST_F(RelationsTest, OneThatNamesAnotherRecordNowIsFoundThere) {
  const Dot filed =
      node_.Append(DraftOf(RelationNamed(county_, 'a'), Between(Incident(1), Incident(2)))).dot;
  v1::Relation other;
  *other.mutable_object() = Between(Incident(1), Incident(5)).object();
  node_.Append(DraftOf(RelationNamed(county_, 'a'), other, {filed}));
  EXPECT_THAT(Of(Incident(2)), IsEmpty());
  EXPECT_THAT(Of(Incident(5)), ElementsAre("a"));
}

}  // namespace
}  // namespace tocsin::view
