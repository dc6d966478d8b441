// Elements that were taken out of a record's lists: the notes of an incident.
#include "node/merge/removal.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "node/merge/lookup.h"
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
  const std::vector<const HeldChange*> pointers = PointersTo(changes);
  for (const Removal& removal : RemovalsIn(kIncident, pointers, AwaitedBy(pointers))) {
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

// Of the changes, by name: which are past.
std::vector<std::string> Past(const std::vector<HeldChange>& changes) {
  const std::vector<const HeldChange*> pointers = PointersTo(changes);
  const MergedRecord merged = Merge(kIncident, pointers);
  const std::vector<Standing> standing = Settle(kIncident, pointers, merged, AwaitedBy(pointers));
  std::vector<std::string> past;
  for (size_t i = 0; i < changes.size(); ++i) {
    if (standing[i].past) past.push_back(std::string(changes[i].dot.view().substr(0, 4)));
  }
  return past;
}

TEST(Removal, AListWhoseElementsAreReplacedOneAfterTheOtherHasAPast) {
  std::vector<HeldChange> changes = {
      ChangeMaker("a000", StampAt(1)).SetText(kNote, "one ton").Done()};
  for (int i = 1; i < 50; ++i) {
    const std::string name = "a0" + std::string(i < 10 ? "0" : "") + std::to_string(i);
    changes.push_back(ChangeMaker(name, StampAt(static_cast<uint64_t>(i) + 1))
                          .SetText(kNote, std::to_string(i), {changes.back().dot})
                          .Done());
  }
  EXPECT_EQ(Past(changes).size(), changes.size() - 1);
}

TEST(Removal, WhatTakesOutAnElementOfWhatStandsStays) {
  // The first change has a description that stands beside the note that goes.
  std::vector<HeldChange> changes = {
      ChangeMaker("one_", StampAt(1)).SetText(kNote, "dry").SetText(kDescription, "smoke").Done(),
      ChangeMaker("swap", StampAt(2)).SetText(kNote, "works", {kOne}).Done(),
      ChangeMaker("gone", StampAt(3)).SetText(kNote, "no", {DotNamed("swap")}).Done(),
      ChangeMaker("last", StampAt(4)).Clear(kNote, {kGone}).Done(),
  };
  EXPECT_THAT(Past(changes), ElementsAre("gone"));
  changes.push_back(ChangeMaker("text", StampAt(5)).SetText(kDescription, "fire", {kOne}).Done());
  EXPECT_THAT(Past(changes), ElementsAre("one_", "swap", "gone"));
}

TEST(Removal, WhatTakesOutWhatAMoverWasShownStays) {
  v1::Incident to;
  to.mutable_moved_to()->set_scope("city/kings/l101");
  const uint32_t moved_to = v1::Incident::kMovedToFieldNumber;
  std::vector<HeldChange> changes = {
      ChangeMaker("one_", StampAt(1)).SetText(kNote, "dry").Done(),
      ChangeMaker("swap", StampAt(2)).SetText(kNote, "works", {kOne}).Done(),
      ChangeMaker("last", StampAt(3)).Clear(kNote, {DotNamed("swap")}).Done(),
  };
  EXPECT_THAT(Past(changes), ElementsAre("one_", "swap"));
  changes.push_back(
      ChangeMaker("move", StampAt(4)).Set(moved_to, to.SerializeAsString(), {kOne}).Done());
  EXPECT_THAT(Past(changes), ElementsAre("one_"));
}

TEST(Removal, ACopyOfWhatIsHeldTellsNothing) {
  const std::vector<HeldChange> changes = {
      ChangeMaker("gone", StampAt(2)).SetText(kDescription, "smoke").Done(),
      ChangeMaker("liar", StampAt(3), "city")
          .RestateCleared(kNote, kGone, StampAt(2), {kOne})
          .Done(),
  };
  EXPECT_THAT(Told(changes), IsEmpty());
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
