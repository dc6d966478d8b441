// Sessions between real logs over simulated lines.

#include "node/session/session.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "node/log/block.h"
#include "tests/node/session/tree.h"

namespace tocsin::session {
namespace {

TEST(Session, AReportReachesTheCityAndItsReceiptTheStation) {
  Tree tree(1);
  log::Appended report = File(tree, tree.first, "city/kings/e1");
  EXPECT_FALSE(HeldBy(tree.first, tree.county, report));
  tree.ConnectAll();
  tree.world.Run(absl::Seconds(5));
  EXPECT_TRUE(HeldBy(tree.first, tree.county, report));
  EXPECT_TRUE(HeldBy(tree.first, tree.city, report));
  EXPECT_EQ(Holdings(tree.city, At("city/kings/e1")), Holdings(tree.first, At("city/kings/e1")));
}

TEST(Session, WhatIsAppendedWhileItRunsGoesOutAsItComes) {
  Tree tree(2);
  tree.ConnectAll();
  tree.world.Run(absl::Seconds(2));
  log::Appended report = File(tree, tree.second, "city/kings/e2", Precedence::kFlash);
  tree.world.Run(absl::Seconds(1));
  EXPECT_TRUE(HeldBy(tree.second, tree.city, report));
}

// A seal is dear to make, and dearer to check at every hop.
TEST(Session, ABacklogGoesUpInBlocksOfWhichMostAreFull) {
  Tree tree(6);
  const std::string text(200, 's');
  std::optional<log::Appended> last;
  for (int call = 0; call < 10; ++call) {
    std::vector<log::Draft> drafts;
    for (int i = 0; i < 300; ++i) {
      drafts.push_back(NoteDraft(tree.world, Of("city/kings/e1"), Precedence::kRoutine, text));
    }
    tree.first.log().Append(std::move(drafts), [&last](auto appended) { last = appended->back(); });
    tree.world.executor.RunUntilIdle();
  }
  ASSERT_TRUE(last.has_value());
  tree.first_line.Connect();
  tree.world.Run(absl::Seconds(5));
  ASSERT_TRUE(HeldBy(tree.first, tree.county, *last));

  // As they were stored, which is as they came.
  size_t blocks = 0;
  uint32_t largest = 0;
  for (uint64_t next = 1; next <= last->seq.value();) {
    auto read = tree.county.log().ReadBlocks(last->lane, Seq(next), last->seq, 0);
    ASSERT_TRUE(read.ok()) << read.status();
    blocks += read->size();
    for (const std::string& block : *read) {
      auto header = log::ReadBlockHeader(block);
      ASSERT_TRUE(header.ok()) << header.status();
      largest = std::max(largest, header->count);
      next = header->last().value() + 1;
    }
  }
  ASSERT_LT(largest, log::kBlockChangesMax) << "the bytes should fill a block, not the count";
  const size_t fewest = (last->seq.value() + largest - 1) / largest;
  EXPECT_LE(blocks * 4, fewest * 5) << blocks << " blocks of at most " << largest << " changes";
}

TEST(Session, TheChildsScopeAndItsAncestorsBroadcastsGoDownAndNothingElse) {
  Tree tree(3);
  File(tree, tree.city, "city/**");
  File(tree, tree.county, "city/kings/**");
  File(tree, tree.county, "city/kings");
  File(tree, tree.county, "city/kings/e1");
  tree.ConnectAll();
  tree.world.Run(absl::Seconds(5));
  std::vector<std::string> held;
  const auto lanes = tree.first.log().Lanes();
  for (const log::LaneState& lane : *lanes) held.push_back(lane.scope.ToString());
  std::sort(held.begin(), held.end());
  EXPECT_EQ(held, (std::vector<std::string>{"city/**", "city/kings/**", "city/kings/e1"}));
}

// A spare machine of the post, with a certificate of its own.
TEST(Session, WhatOneNodeOfAPostFilesReachesTheOtherOverTheirHub) {
  Tree tree(7);
  SimNode spare(
      tree.world,
      tree.kings.NewChild(Spec(tree.world, "city/kings/e1", false), tree.world.random).value());
  SimLine line(tree.world, spare, tree.county);
  tree.ConnectAll();
  line.Connect();
  tree.world.Run(absl::Seconds(2));
  const log::Appended report = File(tree, spare, "city/kings/e1");
  tree.world.Run(absl::Seconds(2));
  EXPECT_TRUE(HeldBy(spare, tree.county, report));
  EXPECT_EQ(Holdings(tree.first, At("city/kings/e1")), Holdings(spare, At("city/kings/e1")));
  EXPECT_TRUE(tree.first.log().FindLane(report.lane).has_value());
}

TEST(Session, AReceiptLostInFlightIsMadeGood) {
  // The county has fsynced, the line dies before its receipt: heads agree at the next Hello.
  Tree tree(4);
  log::Appended report = File(tree, tree.first, "city/kings/e1");
  tree.first_line.Connect();
  for (int i = 0; i < 1000 && Holdings(tree.county, At("city/kings/e1")).empty(); ++i) {
    tree.world.Run(absl::Milliseconds(1));
  }
  tree.first_line.Break();
  ASSERT_FALSE(HeldBy(tree.first, tree.county, report));
  tree.first_line.Connect();
  tree.world.Run(absl::Seconds(2));
  EXPECT_TRUE(HeldBy(tree.first, tree.county, report));
}

TEST(Session, AReceiptThatACrashLeftUnsaidIsSaidAtTheStart) {
  Tree tree(5);
  log::Appended report = File(tree, tree.first, "city/kings/e1");
  tree.first_line.Connect();
  for (int i = 0; i < 1000 && Holdings(tree.county, At("city/kings/e1")).empty(); ++i) {
    tree.world.Run(absl::Milliseconds(1));
  }
  tree.first_line.Break();
  tree.county.Crash();
  tree.first_line.Connect();
  tree.world.Run(absl::Seconds(2));
  EXPECT_TRUE(HeldBy(tree.first, tree.county, report));
}

// Execution 13: the county comes back on an empty disk, and its station has receipts of it.
TEST(Session, ARestoredHolderIsShownItsOwnReceiptAndNumbersAboveIt) {
  Tree tree(13);
  for (int i = 0; i < 5; ++i) {
    File(tree, tree.first, "city/kings/e1");
    tree.first_line.Connect();
    tree.world.Run(absl::Seconds(2));
    tree.first_line.Break();
  }
  const std::vector<std::string> shown = *tree.first.log().HighestReceipts();
  ASSERT_EQ(shown.size(), 1u);
  const uint64_t before = log::DecodeReceipt(shown[0])->number;
  ASSERT_GE(before, 5u);

  // Flash goes with the Hello: what answers it must already count.
  log::Appended urgent = File(tree, tree.first, "city/kings/e1", Precedence::kFlash);
  SimNode restored(tree.world, tree.kings);
  SimLine line(tree.world, tree.first, restored);
  line.Connect();
  tree.world.Run(absl::Seconds(2));
  EXPECT_TRUE(HeldBy(tree.first, restored, urgent));
  const std::vector<std::string> said = *restored.log().ReceiptsOf(Of("city/kings/e1"));
  ASSERT_FALSE(said.empty());
  for (const std::string& bytes : said) {
    EXPECT_GT(log::DecodeReceipt(bytes)->number, before);
  }
}

// Nobody but the station knows how far the city had counted. Numbers begin anywhere: in half of the
// worlds the new ones are below.
TEST(Session, AHolderWhoseHubHasANewDiskAsWellLearnsFromBelowHowFarItHadCounted) {
  for (uint64_t seed = 1; seed <= 12; ++seed) {
    Tree tree(seed);
    tree.ConnectAll();
    const log::Appended before = File(tree, tree.first, "city/kings/e1");
    tree.world.Run(absl::Seconds(3));
    ASSERT_TRUE(HeldBy(tree.first, tree.city, before));
    tree.BreakAll();

    SimNode city(tree.world, tree.root);
    SimNode county(tree.world, tree.kings);
    SimLine county_line(tree.world, county, city);
    SimLine first_line(tree.world, tree.first, county);
    county_line.Connect();
    tree.world.Run(absl::Seconds(3));
    first_line.Connect();
    const log::Appended after = File(tree, tree.first, "city/kings/e1");
    tree.world.Run(absl::Seconds(5));
    EXPECT_TRUE(HeldBy(tree.first, city, before)) << "seed " << seed;
    EXPECT_TRUE(HeldBy(tree.first, city, after)) << "seed " << seed;
  }
}

// What the disk has damaged is no longer held, and whoever was told otherwise is told so at once.
TEST(Session, WhatAHolderFindsDamagedItNoLongerVouchesFor) {
  Tree tree(14);
  log::Appended report = File(tree, tree.first, "city/kings/e1");
  tree.first_line.Connect();
  tree.world.Run(absl::Seconds(2));
  ASSERT_TRUE(HeldBy(tree.first, tree.county, report));

  // Nor can the station give it back.
  ASSERT_TRUE(Rot(tree.first, 0, log::Queue::kOwn));
  ASSERT_TRUE(Rot(tree.county, 0));
  EXPECT_TRUE(absl::IsDataLoss(
      tree.county.log().ReadBlocks(report.lane, report.seq, report.seq, 0).status()));
  tree.world.Run(absl::Seconds(1));
  EXPECT_FALSE(HeldBy(tree.first, tree.county, report));
}

TEST(Session, AQuietReconnectCostsLittle) {
  Tree tree(6);
  for (int i = 0; i < 50; ++i) File(tree, tree.first, "city/kings/e1");
  tree.first_line.Connect();
  tree.world.Run(absl::Seconds(3));
  tree.first_line.Break();
  tree.first_line.Connect();
  tree.world.Run(absl::Seconds(3));
  EXPECT_LT(tree.first_line.bytes(), 8'000u);
}

TEST(Session, ANodeOfAnotherNetworkIsRefused) {
  Tree tree(7), other(8);
  SimNode stranger(
      tree.world,
      other.kings.NewChild(Spec(tree.world, "city/kings/e9", false), tree.world.random).value());
  SimLine line(tree.world, stranger, tree.county);
  line.Connect();
  tree.world.Run(absl::Seconds(5));
  EXPECT_FALSE(line.connected());
  EXPECT_TRUE(line.child_state().end.message().find("network") != std::string::npos)
      << line.child_state().end;
}

TEST(Session, ASiblingIsNoParent) {
  Tree tree(9);
  SimLine line(tree.world, tree.first, tree.second);
  line.Connect();
  tree.world.Run(absl::Seconds(5));
  EXPECT_FALSE(line.connected());
}

TEST(Session, HeartbeatsKeepAQuietLineUp) {
  Tree tree(10);
  tree.first_line.Connect();
  tree.world.Run(absl::Minutes(5));
  EXPECT_TRUE(tree.first_line.child_state().running);
}

TEST(Session, SilenceEndsIt) {
  Tree tree(10);
  tree.first_line.Connect();
  tree.world.Run(absl::Seconds(2));
  ASSERT_TRUE(tree.first_line.child_state().running);
  tree.first_line.Mute();
  tree.world.Run(absl::Minutes(2));
  EXPECT_FALSE(tree.first_line.connected());
  EXPECT_EQ(tree.first_line.child_state().end.code(), absl::StatusCode::kDeadlineExceeded);
}

TEST(Session, AStationWithAFastClockIsCorrectedByItsParentBeforeItWrites) {
  Tree tree(11);
  EXPECT_FALSE(tree.first.log().clock_synced());
  tree.county_line.Connect();
  tree.world.Run(absl::Seconds(2));
  tree.first_line.Connect();
  tree.world.Run(absl::Seconds(2));
  EXPECT_TRUE(tree.first.log().clock_synced());
  EXPECT_EQ(File(tree, tree.first, "city/kings/e1").stamp.rank, log::Rank::kOwnSynced);
}

TEST(Session, TheRootsClockIsTheNetworksTimeAndAFreeCountyTellsItToNobody) {
  Tree tree(12);
  EXPECT_TRUE(tree.city.log().clock_synced());
  tree.first_line.Connect();
  tree.world.Run(absl::Seconds(2));
  EXPECT_FALSE(tree.first.log().clock_synced());
  EXPECT_EQ(File(tree, tree.first, "city/kings/e1").stamp.rank, log::Rank::kOwnFree);
  // The county is told, and says so without a new Hello of the station's.
  tree.county_line.Connect();
  tree.world.Run(absl::Seconds(30));
  EXPECT_TRUE(tree.first.log().clock_synced());
  EXPECT_EQ(File(tree, tree.first, "city/kings/e1").stamp.rank, log::Rank::kOwnSynced);
}

// A station whose certificate lasts an hour, and a second day on which it has ended.
struct LateTree : Tree {
  explicit LateTree(uint64_t seed)
      : Tree(seed), late(world, kings.NewChild(ShortSpec(), world.random).value()) {}

  identity::NodeSpec ShortSpec() const {
    identity::NodeSpec spec = Spec(world, "city/kings/e9", false);
    spec.validity = absl::Hours(1);
    return spec;
  }
  void NextDay() { world.Run(absl::Hours(24)); }

  SimNode late;
  SimLine late_line{world, late, county};
};

TEST(Session, ACertificateThatHasEndedOpensNoSession) {
  LateTree tree(20);
  tree.county_line.Connect();
  tree.world.Run(absl::Seconds(2));
  tree.late_line.Connect();
  tree.world.Run(absl::Seconds(2));
  EXPECT_TRUE(tree.late_line.child_state().running);
  tree.late_line.Break();

  tree.NextDay();
  tree.late_line.Connect();
  tree.world.Run(absl::Seconds(2));
  EXPECT_FALSE(tree.late_line.connected());
  const std::string end(tree.late_line.child_state().end.message());
  // Which certificate, its dates, the time here, and what to do.
  for (const char* part :
       {"city/kings/e9", "is valid from", "until", "the time here is", "tocsin init --renew"}) {
    EXPECT_NE(end.find(part), std::string::npos) << end;
  }
}

TEST(Session, ACertificateThatIsNotValidYetOpensNoSession) {
  Tree tree(21);
  identity::NodeSpec spec = Spec(tree.world, "city/kings/e9", false);
  spec.now += absl::Hours(24 * 30);
  SimNode early(tree.world, tree.kings.NewChild(spec, tree.world.random).value());
  SimLine line(tree.world, early, tree.county);
  tree.county_line.Connect();
  tree.world.Run(absl::Seconds(2));
  line.Connect();
  tree.world.Run(absl::Seconds(2));
  EXPECT_FALSE(line.connected());
  EXPECT_NE(line.child_state().end.message().find("the machine that issued it"), std::string::npos)
      << line.child_state().end;
}

// A hub that nobody told the time judges nobody by it.
TEST(Session, AHubThatBootedIn1970LetsItsChildrenIn) {
  Tree tree(22);
  tree.world.clock.JumpWall(absl::UnixEpoch() + absl::Minutes(10));
  tree.first_line.Connect();
  tree.world.Run(absl::Seconds(2));
  EXPECT_TRUE(tree.first_line.child_state().running);
}

TEST(Session, AFreeHubDoesNotShutOutAStationWhoseCertificateHasEndedAndASyncedOneDoes) {
  LateTree tree(23);
  tree.NextDay();
  tree.late_line.Connect();
  tree.world.Run(absl::Seconds(2));
  EXPECT_TRUE(tree.late_line.child_state().running);
  tree.late_line.Break();
  tree.county_line.Connect();
  tree.world.Run(absl::Seconds(2));
  tree.late_line.Connect();
  tree.world.Run(absl::Seconds(2));
  EXPECT_FALSE(tree.late_line.connected());
}

TEST(Session, WhatAnEndedCertificateHasSealedStaysSealed) {
  LateTree tree(24);
  log::Appended report = File(tree, tree.late, "city/kings/e9");
  tree.NextDay();
  tree.late_line.Connect();  // the county was not told the time
  tree.world.Run(absl::Seconds(2));
  tree.county_line.Connect();
  tree.world.Run(absl::Seconds(5));
  EXPECT_TRUE(HeldBy(tree.late, tree.city, report));
}

// The county restarted and is free; its station knows the time from before.
TEST(Session, AChildHoldsItsParentToItsDatesAsWell) {
  Tree tree(25);
  identity::NodeSpec spec = Spec(tree.world, "city/queens", true);
  spec.validity = absl::Hours(1);
  identity::Identity queens = tree.root.NewChild(spec, tree.world.random).value();
  SimNode county(tree.world, queens);
  SimNode station(
      tree.world,
      queens.NewChild(Spec(tree.world, "city/queens/e5", false), tree.world.random).value());
  SimLine up(tree.world, county, tree.city), line(tree.world, station, county);
  up.Connect();
  tree.world.Run(absl::Seconds(2));
  line.Connect();
  tree.world.Run(absl::Seconds(2));
  ASSERT_TRUE(station.log().clock_synced());
  line.Break();
  up.Break();
  tree.world.Run(absl::Hours(24));
  county.Crash();
  line.Connect();
  tree.world.Run(absl::Seconds(2));
  EXPECT_FALSE(line.connected());
  EXPECT_NE(line.child_state().end.message().find("city/queens"), std::string::npos)
      << line.child_state().end;
}

}  // namespace
}  // namespace tocsin::session
