// Sessions between real logs over simulated lines.

#include "node/session/session.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "node/log/receipt.h"
#include "tests/support/sim_network.h"

namespace tocsin::session {
namespace {

using sim::Holdings;
using sim::NoteDraft;
using sim::SimLine;
using sim::SimNode;
using sim::World;

Jurisdiction At(absl::string_view path) { return Jurisdiction::Parse(path).value(); }
Scope Of(absl::string_view text) { return Scope::Parse(text).value(); }

identity::NodeSpec Spec(const World& world, absl::string_view path, bool may_issue) {
  return {.name = std::string(path),
          .jurisdiction = At(path),
          .may_issue = may_issue,
          .now = world.clock.WallNow(),
          .validity = absl::ZeroDuration()};
}

// A city, a county and two stations below it.
struct Tree {
  explicit Tree(uint64_t seed)
      : world(seed),
        root(identity::Identity::NewRoot(Spec(world, "city", true), world.random).value()),
        kings(root.NewChild(Spec(world, "city/kings", true), world.random).value()),
        city(world, root),
        county(world, kings),
        first(world, kings.NewChild(Spec(world, "city/kings/e1", false), world.random).value()),
        second(world, kings.NewChild(Spec(world, "city/kings/e2", false), world.random).value()) {}

  void ConnectAll() {
    county_line.Connect();
    first_line.Connect();
    second_line.Connect();
  }
  void BreakAll() {
    first_line.Break();
    second_line.Break();
    county_line.Break();
  }

  World world;
  identity::Identity root;
  identity::Identity kings;
  SimNode city, county, first, second;
  SimLine county_line{world, county, city};
  SimLine first_line{world, first, county};
  SimLine second_line{world, second, county};
};

// Appends and waits until it is durable.
log::Appended File(Tree& tree, SimNode& node, absl::string_view scope,
                   Precedence precedence = Precedence::kRoutine) {
  std::optional<absl::StatusOr<std::vector<log::Appended>>> result;
  node.log().Append({NoteDraft(tree.world, Of(scope), precedence, "smoke seen")},
                    [&result](auto appended) { result = std::move(appended); });
  tree.world.executor.RunUntilIdle();
  EXPECT_TRUE(result.has_value() && result->ok()) << result->status();
  return result->value().front();
}

bool HeldBy(SimNode& teller, const SimNode& holder, const log::Appended& change) {
  return teller.log()
      .IsHeldBy(holder.identity().id(), change.lane, change.seq, change.dot)
      .value_or(false);
}

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

TEST(Session, TheChildsScopeAndItsAncestorsBroadcastsGoDownAndNothingElse) {
  Tree tree(3);
  File(tree, tree.city, "city/**");
  File(tree, tree.county, "city/kings/**");
  File(tree, tree.county, "city/kings");
  File(tree, tree.county, "city/kings/e1");
  tree.ConnectAll();
  tree.world.Run(absl::Seconds(5));
  std::vector<std::string> held;
  for (const log::LaneState& lane : *tree.first.log().Lanes()) held.push_back(lane.scope.ToString());
  std::sort(held.begin(), held.end());
  EXPECT_EQ(held, (std::vector<std::string>{"city/**", "city/kings/**", "city/kings/e1"}));
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

// What the disk has damaged is no longer held, and whoever was told otherwise is told so at once.
TEST(Session, WhatAHolderFindsDamagedItNoLongerVouchesFor) {
  Tree tree(14);
  log::Appended report = File(tree, tree.first, "city/kings/e1");
  tree.first_line.Connect();
  tree.world.Run(absl::Seconds(2));
  ASSERT_TRUE(HeldBy(tree.first, tree.county, report));

  auto entry = tree.county.store().Scan("e", "f");
  ASSERT_TRUE(entry->Valid());
  std::string value(entry->value());
  value[value.size() - 3] = static_cast<char>(value[value.size() - 3] ^ 0x10);
  store::Batch batch;
  batch.Put(entry->key(), value);
  ASSERT_TRUE(tree.county.store().Write(batch, store::Durability::kSynced).ok());
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
  SimNode stranger(tree.world,
                   other.kings.NewChild(Spec(tree.world, "city/kings/e9", false), tree.world.random)
                       .value());
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
  for (const char* part : {"city/kings/e9", "is valid from", "until", "the time here is",
                           "tocsin init --renew"}) {
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
  EXPECT_NE(line.child_state().end.message().find("the machine that issued it"),
            std::string::npos)
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

RC_GTEST_PROP(SessionProperty, AnyInterleavingOfBreaksCrashesAndReconnectsEndsWithEqualHeads,
              (uint64_t seed)) {
  Tree tree(seed);
  SimNode* nodes[] = {&tree.city, &tree.county, &tree.first, &tree.second};
  SimLine* lines[] = {&tree.county_line, &tree.first_line, &tree.second_line};
  struct Filed {
    SimNode* by;
    log::Appended change;
  };
  std::vector<Filed> filed;
  const int steps = *rc::gen::inRange(5, 40);
  for (int i = 0; i < steps; ++i) {
    switch (*rc::gen::inRange(0, 6)) {
      case 0:
      case 1: {
        SimNode& node = *nodes[*rc::gen::inRange(1, 4)];
        Precedence precedence = kPrecedences[*rc::gen::inRange<size_t>(0, 3)];
        filed.push_back({&node, File(tree, node, node.identity().jurisdiction().path(),
                                     precedence)});
        break;
      }
      case 2:
        lines[*rc::gen::inRange(0, 3)]->Connect();
        break;
      case 3:
        lines[*rc::gen::inRange(0, 3)]->Break();
        break;
      case 4:
        tree.world.Run(absl::Milliseconds(*rc::gen::inRange(0, 400)));
        break;
      case 5: {
        size_t victim = *rc::gen::inRange<size_t>(0, 4);
        tree.BreakAll();
        nodes[victim]->Crash();
        break;
      }
    }
  }
  tree.BreakAll();
  tree.ConnectAll();
  tree.world.Run(absl::Seconds(30));
  for (auto [lower, upper] : {std::pair(&tree.first, &tree.county),
                              std::pair(&tree.second, &tree.county),
                              std::pair(&tree.county, &tree.city)}) {
    const Jurisdiction& shared = lower->identity().jurisdiction();
    RC_ASSERT(Holdings(*lower, shared) == Holdings(*upper, shared));
  }
  // What was said to be durable is held by the city, and its receipts have come down.
  for (const Filed& report : filed) {
    RC_ASSERT(HeldBy(*report.by, tree.city, report.change));
  }
}

}  // namespace
}  // namespace tocsin::session
