// Elements that were taken out of a record's lists: the notes of an incident.
#include "node/merge/removal.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "node/merge/past.h"
#include "tests/node/merge/history.h"

namespace tocsin::merge {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr uint32_t kNote = v1::Incident::kNoteFieldNumber;
constexpr uint32_t kDescription = v1::Incident::kDescriptionFieldNumber;

std::vector<std::string> Told(const std::vector<HeldChange>& changes) {
  std::vector<std::string> told;
  for (const Removal& removal : RemovalsIn(kIncident, PointersTo(changes))) {
    EXPECT_EQ(removal.field, kNote);
    told.push_back(std::string(removal.element.view().substr(0, 4)) + " by " +
                   std::string(removal.by.view().substr(0, 4)) + ", " + removal.author);
  }
  return told;
}

const Dot kOne = DotNamed("one_");
const Dot kGone = DotNamed("gone");

TEST(Removal, IsTheOverwritingOfAnElementAndNothingElse) {
  const std::vector<HeldChange> changes = {
      ChangeMaker("one_", StampAt(1)).SetText(kNote, "hydrant dry").Done(),
      ChangeMaker("text", StampAt(2)).SetText(kDescription, "smoke", {kOne}).Done(),
  };
  EXPECT_THAT(Told(changes), IsEmpty());
}

TEST(Removal, IsToldOfAClearAndOfAWriteThatAddsAnother) {
  const std::vector<HeldChange> changes = {
      ChangeMaker("gone", StampAt(2), "city/kings").Clear(kNote, {kOne}).Done(),
      ChangeMaker("swap", StampAt(3)).SetText(kNote, "hydrant works", {kOne}).Done(),
      ChangeMaker("one_", StampAt(1)).SetText(kNote, "hydrant dry").Done(),
  };
  EXPECT_THAT(Told(changes),
              ElementsAre("one_ by gone, city/kings", "one_ by swap, city/kings/e201"));
}

TEST(Removal, IsToldByACopyUntilItsOwnChangeIsHere) {
  std::vector<HeldChange> changes = {ChangeMaker("fast", StampAt(3), "city")
                                         .RestateCleared(kNote, kGone, StampAt(2), {kOne})
                                         .Done()};
  EXPECT_THAT(Told(changes), ElementsAre("one_ by gone, city"));
  changes.push_back(ChangeMaker("gone", StampAt(2), "city/kings").Clear(kNote, {kOne}).Done());
  EXPECT_THAT(Told(changes), ElementsAre("one_ by gone, city/kings"));
}

TEST(Removal, WhatTakesOutStaysInThePresentAlsoWhenWhatItAddedIsTakenOut) {
  const std::vector<HeldChange> changes = {
      ChangeMaker("one_", StampAt(1)).SetText(kNote, "hydrant dry").Done(),
      ChangeMaker("swap", StampAt(2)).SetText(kNote, "hydrant works", {kOne}).Done(),
      ChangeMaker("gone", StampAt(3)).Clear(kNote, {DotNamed("swap")}).Done(),
  };
  const MergedRecord merged = Merge(kIncident, changes);
  EXPECT_FALSE(merged.contains(kNote));
  const std::vector<Standing> standing = Settle(kIncident, PointersTo(changes), merged, {});
  EXPECT_TRUE(standing[0].past);
  EXPECT_FALSE(standing[1].past);
  EXPECT_THAT(standing[1].settled, ElementsAre(kNote));
  EXPECT_FALSE(standing[2].past);
  // And what is left of them makes the same record.
  std::vector<HeldChange> present = {changes[1], changes[2]};
  present[0].settled = standing[1].settled;
  EXPECT_FALSE(Merge(kIncident, present).contains(kNote));
}

TEST(Removal, WhatAWriteSaidIsReadFromItsChangeOrACopy) {
  const HeldChange note = ChangeMaker("one_", StampAt(1)).SetText(kNote, "hydrant dry").Done();
  const auto original = WriteIn(kIncident, kNote, kOne, note);
  ASSERT_TRUE(original);
  EXPECT_EQ(original->texts.at(0).bytes, "hydrant dry");
  const HeldChange copy =
      ChangeMaker("fast", StampAt(3)).RestateText(kNote, kOne, StampAt(1), "hydrant dry").Done();
  const auto restated = WriteIn(kIncident, kNote, kOne, copy);
  ASSERT_TRUE(restated);
  EXPECT_EQ(restated->texts.at(0).bytes, "hydrant dry");
  HeldChange settled = note;
  settled.settled = {kNote};
  EXPECT_TRUE(WriteIn(kIncident, kNote, kOne, settled));
  EXPECT_FALSE(WriteIn(kIncident, kDescription, kOne, note));
  EXPECT_FALSE(WriteIn(kIncident, kNote, kGone, note));
}

}  // namespace
}  // namespace tocsin::merge
