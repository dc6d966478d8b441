#include "node/session/lacking.h"

#include <gtest/gtest.h>

namespace tocsin::session {
namespace {

Step At(uint8_t n) {
  Step step;
  step.data()[0] = n;
  return step;
}
bool Nobody(const log::ListedRun&) { return false; }
log::Run Mine(uint64_t first, uint64_t last) {
  return {.first = Seq(first), .last = Seq(last), .before = {}, .last_step = At(99)};
}

TEST(Lacking, ARunIsNamedByItsFirstSequenceAsWell) {
  // Both ends have the end (600, step); the first block was lost on the way.
  EXPECT_EQ(
      Lacking(Mine(1, 600), std::vector<log::ListedRun>{{Seq(513), Seq(600), At(99)}}, Nobody),
      (std::vector<SeqRange>{{Seq(1), Seq(512)}}));
}

TEST(Lacking, AnotherBranchWithTheSameEndCoversNothing) {
  EXPECT_EQ(Lacking(Mine(1, 10), std::vector<log::ListedRun>{{Seq(1), Seq(10), At(11)}}, Nobody),
            (std::vector<SeqRange>{{Seq(1), Seq(10)}}));
}

TEST(Lacking, ARivalCoversNothing) {
  const std::vector<log::ListedRun> held = {{Seq(1), Seq(4), At(4)}, {Seq(1), Seq(7), At(7)}};
  auto is_rival = [](const log::ListedRun& run) { return run.last == Seq(7); };
  EXPECT_EQ(Lacking(Mine(1, 10), held, is_rival), (std::vector<SeqRange>{{Seq(5), Seq(10)}}));
}

TEST(Lacking, GapsBetweenRunsAreLacking) {
  EXPECT_EQ(
      Lacking(Mine(1, 100),
              std::vector<log::ListedRun>{{Seq(31), Seq(40), At(40)}, {Seq(11), Seq(20), At(20)}},
              Nobody),
      (std::vector<SeqRange>{{Seq(1), Seq(10)}, {Seq(21), Seq(30)}, {Seq(41), Seq(100)}}));
}

TEST(Lacking, NothingIsLackingOfAWholeRun) {
  EXPECT_TRUE(
      Lacking(Mine(5, 10), std::vector<log::ListedRun>{{Seq(1), Seq(12), At(12)}}, Nobody).empty());
}

}  // namespace
}  // namespace tocsin::session
