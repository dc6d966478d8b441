// What a bad disk or a bad clock does to a log.
#include <gtest/gtest.h>

#include "node/base/log.h"
#include "node/log/block.h"
#include "node/log/draft.h"
#include "node/log/hybrid_clock.h"
#include "node/log/rows.h"
#include "tests/node/log/erasing.h"
#include "tests/node/log/world.h"

namespace tocsin::log {
namespace {

// Flips a bit in the middle of the n-th entry's payload.
void Rot(TestNode& node, size_t nth, size_t from_end = 3) {
  auto at = node.disk().Scan("e", "f");
  for (size_t i = 0; i < nth; ++i) at->Next();
  ASSERT_TRUE(at->Valid());
  const std::string key(at->key());
  constexpr size_t kBit = 4;
  node.disk().FlipBit(key, 8 * (at->value().size() - from_end) + kBit);
}

class DamageTest : public testing::Test {
 protected:
  DamageTest() {
    for (uint64_t i = 0; i < 3; ++i) {
      auto appended = station_.Append(Incidents(10 * i + 1, 200));
      lane_ = (*appended)[0].lane;
      EXPECT_TRUE(county_.TakeAll(station_).ok());
    }
  }

  static uint64_t EntriesAt(TestNode& node) {
    uint64_t entries = 0;
    for (auto at = node.disk().Scan("e", "f"); at->Valid(); at->Next()) ++entries;
    return entries;
  }

  LogCapture capture_;
  TestNetwork net_;
  TestNode station_{net_.e201, 11};
  TestNode county_{net_.kings, 12};
  TestNode city_{net_.city, 13};
  LaneId lane_;
};

TEST_F(DamageTest, ADamagedBlockIsNeverForwardedAndBecomesAGap) {
  Rot(county_, 1);
  auto blocks = county_.log().ReadBlocks(lane_, Seq(1), Seq(600), 0);
  EXPECT_TRUE(absl::IsDataLoss(blocks.status())) << blocks.status();
  county_.Run();
  auto state = county_.log().FindLane(lane_);
  ASSERT_EQ(state->runs.size(), 2u);
  EXPECT_EQ(state->runs[0].last, Seq(200));
  EXPECT_EQ(state->runs[1].first, Seq(401));
  EXPECT_FALSE(capture_.lines().empty());
  // The heads ask for it again, a neighbour gives it, and all is well.
  ASSERT_TRUE(county_.TakeAll(station_).ok());
  EXPECT_EQ(county_.log().FindLane(lane_)->runs.size(), 1u);
  ASSERT_TRUE(city_.TakeAll(county_).ok());
  EXPECT_EQ(city_.log().ScopeOf(StationScope())->listed_bytes,
            station_.log().ScopeOf(StationScope())->listed_bytes);
}

// Its changes are whole, so that only the seal says that something is wrong; whoever it was sent to
// would refuse its lane for the rest of the session.
TEST_F(DamageTest, ABlockWhoseSealRottedIsNeverForwardedAndBecomesAGap) {
  auto entry = county_.disk().Scan("e", "f");
  ASSERT_TRUE(entry->Valid());
  auto parts = DecodeEntry(entry->value());
  ASSERT_TRUE(parts.ok());
  const Signature seal = ReadBlockHeader(parts->payload)->seal;
  const size_t at = entry->value().find(seal.view());
  ASSERT_NE(at, std::string::npos);
  const std::string key(entry->key());
  entry.reset();
  county_.disk().FlipBit(key, 8 * at);
  auto blocks = county_.log().ReadBlocks(lane_, Seq(1), Seq(600), 0);
  EXPECT_TRUE(absl::IsDataLoss(blocks.status())) << blocks.status();
  county_.Run();
  EXPECT_EQ(county_.log().FindLane(lane_)->runs.front().first, Seq(201));
  ASSERT_TRUE(county_.TakeAll(station_).ok());
  ASSERT_TRUE(city_.TakeAll(county_).ok());
  EXPECT_EQ(city_.log().FindLane(lane_)->runs.front().last, Seq(600));
}

TEST_F(DamageTest, OneBranchOfAForkIsReadThoughTheOtherIsDamaged) {
  const Dot first = station_.log().ReadLane(lane_, Seq(1), Seq(1), 0)->front().dot();
  const std::string rival =
      RivalBlock(net_.e201, 77, Incidents(900, 1).front(), lane_, Seq(1), StepZero(lane_));
  const Dot second = DotOf(UnpackBlock(rival)->last_step());
  ASSERT_TRUE(county_.Hold(rival).ok());
  uint64_t entries = 1;
  for (uint64_t i = 0; i < entries; ++i) {
    TestNode node(net_.kings, 50 + i);
    ASSERT_TRUE(node.TakeAll(county_).ok());
    entries = EntriesAt(node);
    Rot(node, i);
    // At most one of the two lies in the entry that rotted.
    EXPECT_TRUE(node.log().ReadChange(lane_, Seq(1), first).ok() ||
                node.log().ReadChange(lane_, Seq(1), second).ok())
        << "entry " << i;
  }
}

TEST_F(DamageTest, ALogOpensThoughItsNewestEntryCannotBeRead) {
  const Ends before = county_.log().ends();
  county_.SpoilNewestEntry();
  county_.Restart();
  EXPECT_EQ(county_.log().ends().of(Queue::kRoutine), before.of(Queue::kRoutine));
  // What comes is a new entry behind it, and what was there comes back.
  ASSERT_TRUE(county_.log().Scrub(SIZE_MAX).ok());
  county_.Run();
  EXPECT_EQ(county_.log().FindLane(lane_)->runs.back().last, Seq(512));
  ASSERT_TRUE(county_.TakeAll(station_).ok());
  EXPECT_EQ(county_.log().FindLane(lane_)->runs.back().last, Seq(600));
  EXPECT_GT(county_.log().ends().of(Queue::kRoutine), before.of(Queue::kRoutine));
}

TEST_F(DamageTest, ADamagedEntryIsSkippedByTheProjectorAndComesBackAsAnEntry) {
  Rot(county_, 1);
  size_t changes = 0;
  for (const Entry& entry : AllEntries(county_.log(), Queue::kRoutine)) {
    changes += entry.changes.size();
  }
  EXPECT_EQ(changes, 400u);
  county_.Run();
  ASSERT_TRUE(county_.TakeAll(station_).ok());
  changes = 0;
  for (const Entry& entry : AllEntries(county_.log(), Queue::kRoutine)) {
    changes += entry.changes.size();
  }
  EXPECT_EQ(changes, 600u);
}

TEST_F(DamageTest, ADamagedDuplicateDoesNotKeepAGoodBlockOut) {
  Rot(county_, 1);
  // A range that ends within the damaged entry needs its steps to be compared.
  std::string block = station_.Blocks(lane_, 201, 300).front();
  EXPECT_FALSE(county_.Hold(block).ok());
  county_.Run();
  EXPECT_TRUE(county_.Hold(block).ok());
}

// A text that were gone without its erasure would be a debt for ever.
TEST_F(DamageTest, AnErasureInARangeThatIsNotHeldErasesNothing) {
  auto first = station_.log().ReadLane(lane_, Seq(1), Seq(1), 0);
  ASSERT_TRUE(first.ok());
  const Appended target{lane_, Seq(1), first->front().dot(), {}, Arrival(0)};
  // An erasure behind change 300: to place it, the county must read what is damaged.
  const Step tip = *station_.log().StepAt(lane_, Seq(300), 0);
  SecondPost().Order(county_, ErasureDraft({{target}}));
  TestNode twin(net_.e201, 99);
  const LaneId other = twin.Append({ErasureDraft({{target}})})->front().lane;
  auto erasing = UnpackBlock(twin.Blocks(other, 1, 1).front());
  const Step step = *NextStep(tip, erasing->change(0));
  const std::string block =
      PackBlock({lane_, Seq(301), 1, tip,
                 net_.e201.Sign(identity::Use::kSeal, SealedBytes(lane_, Seq(301), step))},
                erasing->change(0));
  auto text = [&] {
    return county_.log().ReadLane(lane_, Seq(1), Seq(1), 0)->front().change.texts[0].bytes;
  };

  Rot(county_, 1);
  EXPECT_TRUE(absl::IsDataLoss(county_.Hold(block).status()));
  EXPECT_EQ(text(), "incident 1");
  EXPECT_FALSE(county_.disk().Scan("x", "y")->Valid());
  county_.Run();
  ASSERT_TRUE(county_.Hold(block).ok());
  EXPECT_EQ(text(), std::nullopt);
}

TEST_F(DamageTest, OwnDamageComesBackFromTheCounty) {
  Rot(station_, 0);
  EXPECT_TRUE(absl::IsDataLoss(station_.log().ReadLane(lane_, Seq(1), Seq(10), 0).status()));
  station_.Run();
  EXPECT_EQ(station_.log().FindLane(lane_)->runs[0].first, Seq(201));
  ASSERT_TRUE(station_.TakeAll(county_, Via::kParent).ok());
  EXPECT_EQ(station_.log().FindLane(lane_)->runs.size(), 1u);
  EXPECT_TRUE(station_.log().ReadLane(lane_, Seq(1), Seq(10), 0).ok());
}

TEST_F(DamageTest, TheScrubFindsWhatNobodyReads) {
  Rot(county_, 1);
  auto progress = county_.log().Scrub(1 << 30);
  ASSERT_TRUE(progress.ok()) << progress.status();
  EXPECT_EQ(progress->damaged, 1u);
  EXPECT_EQ(progress->entries, EntriesAt(county_));
  EXPECT_EQ(progress->rounds, 1u);
  county_.Run();
  EXPECT_EQ(county_.log().FindLane(lane_)->runs.size(), 2u);
  ASSERT_TRUE(county_.TakeAll(station_).ok());
  progress = county_.log().Scrub(1 << 30);
  EXPECT_EQ(progress->damaged, 1u);
  EXPECT_EQ(progress->rounds, 2u);
}

TEST_F(DamageTest, TheScrubGoesOnWhereItStoppedAndReadsNoMoreThanItsShare) {
  const uint64_t entries = EntriesAt(county_);
  for (uint64_t n = 1; n <= entries; ++n) {
    ASSERT_TRUE(county_.log().Scrub(1).ok());
    EXPECT_EQ(county_.log().scrub_progress().entries, n);
  }
  ASSERT_TRUE(county_.log().Scrub(1).ok());
  EXPECT_EQ(county_.log().scrub_progress().rounds, 1u);
  EXPECT_EQ(county_.log().scrub_progress().entries, entries);
  EXPECT_EQ(county_.log().scrub_progress().damaged, 0u);
}

// The chain holds, and nobody would take the block.
TEST_F(DamageTest, TheScrubGivesUpABlockWhoseSealHasRotted) {
  auto at = county_.disk().Scan("e", "f");
  ASSERT_TRUE(at->Valid());
  std::string value(at->value());
  const size_t block = value.find("TB\x01");
  ASSERT_NE(block, std::string::npos);
  const BlockHeader header = *ReadBlockHeader(absl::string_view(value).substr(block));
  const size_t seal = value.find(std::string(header.seal.view()));
  value[seal] = static_cast<char>(value[seal] ^ 1);
  store::Batch batch;
  batch.Put(at->key(), value);
  ASSERT_TRUE(county_.disk().Write(batch, store::Durability::kSynced).ok());
  EXPECT_EQ(county_.log().Scrub(1 << 30)->damaged, 1u);
  county_.Run();
  EXPECT_EQ(county_.log().FindLane(lane_)->runs.front().first, Seq(201));
}

class ClockTest : public testing::Test {
 protected:
  ManualClock machine_{TestTime()};
  HybridClock clock_{machine_};
};

TEST_F(ClockTest, StampsRiseThoughTheWallClockStandsOrGoesBack) {
  uint64_t last = 0;
  for (int i = 0; i < 10; ++i) {
    if (i == 5) machine_.JumpWall(TestTime() - absl::Hours(1));
    uint64_t time = clock_.NextStamp(false).time;
    EXPECT_GT(time, last);
    last = time;
  }
}

TEST_F(ClockTest, OnceCorrectedItFollowsElapsedTimeAndNoWall) {
  clock_.Correct(TestTime() + absl::Hours(2), true);
  machine_.JumpWall(TestTime() + absl::Hours(500));
  machine_.Advance(absl::Seconds(10));
  EXPECT_EQ(clock_.Now(), TestTime() + absl::Hours(2) + absl::Seconds(10));
}

TEST_F(ClockTest, ItFollowsAStampUpTo5MinutesAheadAndNoFurther) {
  auto at = [](absl::Duration ahead) {
    return Stamp{Rank::kOwnSynced, static_cast<uint64_t>(absl::ToUnixMillis(TestTime() + ahead))
                                       << 16};
  };
  clock_.See(at(absl::Minutes(6)));
  EXPECT_LT(clock_.NextStamp(false).ToTime(), TestTime() + absl::Minutes(1));
  clock_.See(at(absl::Minutes(4)));
  EXPECT_GE(clock_.NextStamp(false).ToTime(), TestTime() + absl::Minutes(4));
}

// A process that booted in 2036 does not hold its corrected clock there.
TEST_F(ClockTest, ACorrectionFromFarAheadTakesEffectAtOnce) {
  machine_.JumpWall(TestTime() + absl::Hours(24 * 365 * 20));
  EXPECT_EQ(clock_.NextStamp(false).rank, Rank::kOwnFree);
  clock_.Correct(TestTime(), true);
  EXPECT_LT(clock_.NextStamp(false).ToTime(), TestTime() + absl::Minutes(1));
}

// A parent that was told the time by nobody is followed, and makes nobody's stamps rank as synced.
TEST_F(ClockTest, AFreeParentIsFollowedButTellsNobodyTheTime) {
  clock_.Correct(TestTime() + absl::Hours(2), false);
  EXPECT_EQ(clock_.Now(), TestTime() + absl::Hours(2));
  EXPECT_EQ(clock_.NextStamp(false).rank, Rank::kOwnFree);
  clock_.Correct(TestTime() + absl::Hours(1), true);
  EXPECT_EQ(clock_.NextStamp(false).rank, Rank::kOwnSynced);
  clock_.Correct(TestTime() + absl::Hours(9), false);
  EXPECT_EQ(clock_.Now(), TestTime() + absl::Hours(1));
  EXPECT_EQ(clock_.NextStamp(false).rank, Rank::kOwnSynced);
}

TEST_F(ClockTest, AClockBefore1970StillStamps) {
  machine_.JumpWall(absl::UnixEpoch() - absl::Hours(1));
  EXPECT_GT(clock_.NextStamp(false).time, 0u);
}

TEST(Draft, PartsMayStandInAnyOrder) {
  SeededRandom random(1);
  Draft draft = IncidentDraft(1, "text");
  std::swap(draft.ops[0], draft.ops[1]);
  Dot low = *Dot::FromBytes(std::string(16, '\x01'));
  Dot high = *Dot::FromBytes(std::string(16, '\x02'));
  draft.ops[0].overwrites = {high, low, high};
  draft.restated = {{9, false, high, Stamp(), {}, ""}, {9, false, low, Stamp(), {}, ""}};
  draft.texts.push_back({1, 9, 0, "of the high one", std::nullopt, std::nullopt});
  auto bytes = EncodeDraft(draft, Stamp(), random);
  ASSERT_TRUE(bytes.ok()) << bytes.status();
  ByteReader in(*bytes);
  auto change = DecodeChange(StationScope(), in);
  ASSERT_TRUE(change.ok());
  EXPECT_EQ(change->ops[1].overwrites, (std::vector<Dot>{low, high}));
  ASSERT_EQ(change->texts.size(), 2u);
  EXPECT_EQ(change->restated[change->texts[1].origin - 1].dot, high);
}

TEST(Draft, AFieldNamedTwiceIsRefused) {
  SeededRandom random(1);
  Draft draft = IncidentDraft(1, "text");
  draft.ops.push_back(draft.ops[0]);
  EXPECT_TRUE(absl::IsInvalidArgument(EncodeDraft(draft, Stamp(), random).status()));
}

TEST(Draft, EqualTextsHaveSaltsOfTheirOwn) {
  SeededRandom random(1);
  auto a = EncodeDraft(IncidentDraft(1, "text"), Stamp(), random);
  auto b = EncodeDraft(IncidentDraft(1, "text"), Stamp(), random);
  EXPECT_NE(*a, *b);
}

}  // namespace
}  // namespace tocsin::log
