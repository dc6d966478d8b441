// A view whose disk is full: nothing is lost, it goes on by itself, and it does not keep the
// machine busy until then.
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "node/base/log.h"
#include "tests/node/view/world.h"

namespace tocsin::view {
namespace {

class FullDiskTest : public ::testing::Test {
 protected:
  void Fill() { station_.disk().SetCapacity(station_.disk().bytes_used()); }
  void MakeRoom() { station_.disk().SetCapacity(1 << 30); }
  size_t Warnings() const {
    const std::vector<std::string> lines = log_.lines();
    return static_cast<size_t>(std::count_if(lines.begin(), lines.end(), [](const auto& line) {
      return line.find("view.disk_full") != std::string::npos;
    }));
  }
  bool IsShown(uint64_t bits) { return station_.view().Get(Incident(bits)).ok(); }

  log::TestNetwork network_;
  ViewNode station_{network_.e201};
  LogCapture log_;
};

TEST_F(FullDiskTest, WhatItDidNotTakeIsThereWithinHalfAMinuteOfRoom) {
  Fill();
  station_.Append(DraftOf(Incident(7), Fire()));
  station_.node().executor().RunFor(absl::Hours(2));
  EXPECT_FALSE(IsShown(7));
  MakeRoom();
  station_.node().executor().RunFor(absl::Seconds(30));
  EXPECT_TRUE(IsShown(7));
  EXPECT_EQ(station_.Dump(), station_.DumpOfRebuilt());
}

TEST_F(FullDiskTest, ItIsTriedSeldomWhileItStaysFullAndSoonWhenItFillsAgain) {
  Fill();
  station_.Append(DraftOf(Incident(7), Fire()));
  station_.node().executor().RunFor(absl::Minutes(10));
  EXPECT_GT(Warnings(), 20u);
  EXPECT_LT(Warnings(), 26u);
  MakeRoom();
  station_.node().executor().RunFor(absl::Seconds(30));
  ASSERT_TRUE(IsShown(7));

  Fill();
  station_.Append(DraftOf(Incident(8), Fire()));
  MakeRoom();
  station_.node().executor().RunFor(absl::Seconds(1));
  EXPECT_TRUE(IsShown(8));
}

}  // namespace
}  // namespace tocsin::view
