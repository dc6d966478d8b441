// A view whose log has damage: what is shown stays right, and goes on.
#include <gtest/gtest.h>

#include <string>

#include "node/base/log.h"
#include "tests/node/view/world.h"

namespace tocsin::view {
namespace {

class LogDamageTest : public ::testing::Test {
 protected:
  LogCapture log_;
  log::TestNetwork network_;
  ViewNode station_{network_.e201, 1};
  ViewNode county_{network_.kings, 2};
};

TEST_F(LogDamageTest, ATextIsErasedThoughTheChangeThatWroteItCannotBeReadAnyMore) {
  v1::Incident fire = Fire();
  fire.set_description("a name");
  const log::Appended written = station_.Append(DraftOf(Incident(1), fire));
  ASSERT_EQ(station_.Shown(Incident(1)).incident().description(), "a name");
  station_.node().SpoilNewestEntry();
  log::SecondPost county;
  log::Erase(station_.node(), county, {{written}});
  station_.Run();
  EXPECT_EQ(station_.Shown(Incident(1)).incident().description(), "");
  for (auto it = station_.disk().Scan("", ""); it->Valid(); it->Next()) {
    EXPECT_EQ(std::string(it->value()).find("a name"), std::string::npos);
  }
}

TEST_F(LogDamageTest, AForkIsMarkedThoughOneBranchOfItCannotBeRead) {
  const log::Appended first = station_.Append(DraftOf(Incident(7), Fire()));
  county_.TakeAll(station_);
  const Step tip = county_.log().FindLane(first.lane)->runs[0].last_step;
  auto hold = [&](uint64_t seed, uint32_t units) {
    v1::Incident edit;
    edit.set_units_on_scene(units);
    auto held = county_.node().Hold(RivalBlock(
        network_.e201, seed, DraftOf(Incident(7), edit, {first.dot}), first.lane, Seq(2), tip));
    EXPECT_TRUE(held.ok()) << held.status();
    county_.node().executor().RunFor(absl::Seconds(40));
  };
  hold(100, 3);
  county_.node().SpoilNewestEntry();
  hold(200, 5);
  EXPECT_EQ(county_.view().lag(), 0u);
  auto record = county_.view().Get(Incident(7));
  ASSERT_TRUE(record.ok()) << record.status();
  EXPECT_EQ(record->shown.incident().units_on_scene(), 5u);
  // What could not be read comes back.
  hold(100, 3);
  record = county_.view().Get(Incident(7));
  ASSERT_TRUE(record.ok()) << record.status();
  ASSERT_EQ(record->changes.size(), 3u);
  for (const merge::HeldChange& change : record->changes) {
    EXPECT_EQ(change.forked, change.seq >= Seq(2));
  }
  EXPECT_EQ(county_.Dump(), county_.DumpOfRebuilt());
}

}  // namespace
}  // namespace tocsin::view
