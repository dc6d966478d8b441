#include "node/log/log.h"

#include <absl/strings/match.h>
#include <gtest/gtest.h>

#include "node/base/log.h"
#include "node/log/block.h"
#include "node/log/receipt.h"
#include "tests/node/log/world.h"

namespace tocsin::log {
namespace {

using store::ModelStore;

class LogTest : public testing::Test {
 protected:
  TestNetwork net_;
  TestNode station_{net_.e201, 11};
  TestNode county_{net_.kings, 12};
  TestNode city_{net_.city, 13};
};

TEST_F(LogTest, WhatIsAppendedIsReadBackWithItsDots) {
  auto appended = station_.Append(Incidents(1, 3));
  ASSERT_TRUE(appended.ok()) << appended.status();
  ASSERT_EQ(appended->size(), 3u);
  EXPECT_EQ((*appended)[2].seq, Seq(3));
  EXPECT_EQ(station_.log().ends().of(Queue::kOwn), Arrival(1));

  std::vector<Entry> entries = AllEntries(station_.log(), Queue::kOwn);
  ASSERT_EQ(entries.size(), 1u);
  ASSERT_EQ(entries[0].changes.size(), 3u);
  for (size_t i = 0; i < 3; ++i) {
    const PlacedChange& placed = entries[0].changes[i];
    EXPECT_EQ(placed.dot(), (*appended)[i].dot);
    EXPECT_EQ(placed.seq, (*appended)[i].seq);
    EXPECT_EQ(placed.change.key.code_bits, 1 + i);
    EXPECT_EQ(placed.change.texts[0].bytes, "incident " + std::to_string(1 + i));
  }
  auto change = station_.log().ReadChange((*appended)[1].lane, Seq(2), (*appended)[1].dot);
  ASSERT_TRUE(change.ok());
  EXPECT_EQ(*change->change.key.code_bits, 2u);
}

TEST_F(LogTest, OneFsyncServesAllWhoWait) {
  ASSERT_TRUE(station_.Append(Incidents(1, 1)).ok());
  uint64_t before = station_.disk().syncs();
  int done = 0;
  for (uint64_t i = 0; i < 100; ++i) {
    station_.log().Append({IncidentDraft(10 + i)}, [&](auto appended) { done += appended.ok(); });
  }
  station_.Run();
  EXPECT_EQ(done, 100);
  EXPECT_EQ(station_.disk().syncs(), before + 1);
}

TEST_F(LogTest, DoneIsCalledOnlyAfterTheFsync) {
  uint64_t syncs = station_.disk().syncs();
  uint64_t at_done = 0;
  station_.log().Append({IncidentDraft(1)}, [&](auto) { at_done = station_.disk().syncs(); });
  EXPECT_EQ(at_done, 0u);
  station_.Run();
  EXPECT_EQ(at_done, syncs + 1);
}

TEST_F(LogTest, ListenersHearOfEachGroupUntilTheyGo) {
  std::vector<Published> heard;
  auto subscription = station_.log().Subscribe([&](const Published& p) { heard.push_back(p); });
  ASSERT_TRUE(station_.Append(Incidents(1, 2)).ok());
  ASSERT_EQ(heard.size(), 1u);
  EXPECT_EQ(heard[0].ends.of(Queue::kOwn), Arrival(1));
  ASSERT_EQ(heard[0].ranges.size(), 1u);
  EXPECT_EQ(heard[0].ranges[0].last, Seq(2));
  subscription.reset();
  ASSERT_TRUE(station_.Append(Incidents(3, 1)).ok());
  EXPECT_EQ(heard.size(), 1u);
}

TEST_F(LogTest, ANodeWritesItsOwnScopeAndThoseBelowItAndNoOther) {
  Draft draft = IncidentDraft(1);
  draft.scope = *Scope::Parse("city/queens/e50");
  EXPECT_TRUE(absl::IsPermissionDenied(station_.Append({draft}).status()));
  EXPECT_TRUE(absl::IsPermissionDenied(county_.Append({draft}).status()));
  EXPECT_TRUE(city_.Append({draft}).ok());
  EXPECT_TRUE(county_.Append({IncidentDraft(1)}).ok());
}

TEST_F(LogTest, ADraftOver32KiBIsRefused) {
  EXPECT_TRUE(absl::IsInvalidArgument(
      station_.Append({IncidentDraft(1, std::string(40'000, 'x'))}).status()));
}

TEST_F(LogTest, ALogOfAnotherNodeOrNetworkIsRefused) {
  TestNetwork other(99);
  store::ModelStore disk;
  SeededRandom random(1);
  ManualClock clock(TestTime());
  ManualExecutor executor(clock);
  auto open = [&](const identity::Identity& identity) {
    auto trust = identity.NewTrustStore();
    return Log::Open(disk, identity, *trust, clock, random, executor, {}).status();
  };
  EXPECT_TRUE(open(net_.e201).ok());
  EXPECT_TRUE(absl::IsFailedPrecondition(open(net_.kings)));
  EXPECT_TRUE(absl::IsFailedPrecondition(open(other.e201)));
  EXPECT_TRUE(open(net_.e201).ok());
}

TEST_F(LogTest, TheLogsIdSurvivesARestartAndTheProcessIsNew) {
  LogId id = station_.log().log_id();
  ProcessId process = station_.log().process();
  station_.Restart();
  EXPECT_EQ(station_.log().log_id(), id);
  EXPECT_NE(station_.log().process(), process);
}

TEST_F(LogTest, ABlockIsHeldWithTheBytesThatItsAuthorSealed) {
  auto appended = station_.Append(Incidents(1, 5));
  ASSERT_TRUE(appended.ok());
  ASSERT_TRUE(county_.TakeAll(station_).ok());
  ASSERT_TRUE(city_.TakeAll(county_).ok());
  std::vector<Entry> entries = AllEntries(city_.log(), Queue::kRoutine);
  ASSERT_EQ(entries.size(), 1u);
  EXPECT_EQ(entries[0].peer, "city/kings");
  EXPECT_EQ(entries[0].author, net_.e201.id());
  ASSERT_EQ(entries[0].changes.size(), 5u);
  EXPECT_EQ(entries[0].changes[4].dot(), (*appended)[4].dot);
  // The same lane state at all three.
  EXPECT_EQ(city_.log().ScopeOf(StationScope())->listed_bytes,
            station_.log().ScopeOf(StationScope())->listed_bytes);
}

TEST_F(LogTest, WhatIsHeldTwiceIsStoredOnceAndCostsNoFsync) {
  ASSERT_TRUE(station_.Append(Incidents(1, 5)).ok());
  ASSERT_TRUE(county_.TakeAll(station_).ok());
  Ends ends = county_.log().ends();
  uint64_t syncs = county_.disk().syncs();
  ASSERT_TRUE(county_.TakeAll(station_).ok());
  EXPECT_EQ(county_.log().ends().of(Queue::kRoutine), ends.of(Queue::kRoutine));
  EXPECT_EQ(county_.disk().syncs(), syncs);
}

// Execution 1.
TEST_F(LogTest, SealedTwiceInDifferentRangesALaneIsStoredOnce) {
  auto appended = station_.Append(Incidents(1, 500));
  ASSERT_TRUE(appended.ok());
  LaneId lane = (*appended)[0].lane;
  auto longer = station_.log().ReadBlocks(lane, Seq(1), Seq(500), 0);
  auto shorter = station_.log().ReadBlocks(lane, Seq(1), Seq(300), 0);
  ASSERT_TRUE(longer.ok() && shorter.ok());
  EXPECT_EQ(UnpackBlock(shorter->back())->header.last(), Seq(300));
  ASSERT_TRUE(county_.Open(station_, lane).ok());
  for (const std::string& block : *shorter) ASSERT_TRUE(county_.Hold(block).ok());
  for (const std::string& block : *longer) ASSERT_TRUE(county_.Hold(block).ok());
  auto state = county_.log().FindLane(lane);
  ASSERT_EQ(state->runs.size(), 1u);
  EXPECT_EQ(state->runs[0].last, Seq(500));
  uint64_t changes = 0;
  for (const Entry& entry : AllEntries(county_.log(), Queue::kRoutine)) {
    changes += entry.changes.size();
  }
  EXPECT_EQ(changes, 500u);
  // And what the county hands on has every text, though its second block was trimmed.
  ASSERT_TRUE(city_.TakeAll(county_).ok());
  EXPECT_EQ(city_.log().ScopeOf(StationScope())->listed_bytes,
            station_.log().ScopeOf(StationScope())->listed_bytes);
}

// Execution 1: an author may seal 1, 2, 3, ... all true; what adds nothing is not stored.
TEST_F(LogTest, ABlockThatAddsNothingIsNotStored) {
  auto appended = station_.Append(Incidents(1, 20));
  LaneId lane = (*appended)[0].lane;
  ASSERT_TRUE(county_.TakeAll(station_).ok());
  Ends ends = county_.log().ends();
  for (uint64_t last = 1; last <= 20; ++last) {
    auto blocks = station_.log().ReadBlocks(lane, Seq(1), Seq(last), 0);
    ASSERT_TRUE(blocks.ok());
    auto held = county_.Hold(blocks->front());
    ASSERT_TRUE(held.ok());
    EXPECT_EQ(held->changes_new, 0u);
  }
  EXPECT_EQ(county_.log().ends().of(Queue::kRoutine), ends.of(Queue::kRoutine));
}

// Execution 2.
TEST_F(LogTest, ALaneIsOpenedAtItsFirstWriteAndNotAtStart) {
  for (int i = 0; i < 40; ++i) station_.Restart();
  EXPECT_TRUE(station_.log().Lanes()->empty());
  ASSERT_TRUE(station_.Append(Incidents(1, 1)).ok());
  EXPECT_EQ(station_.log().Lanes()->size(), 1u);
}

// Execution 2.
TEST_F(LogTest, ABlockOfALaneThatWasNotOpenedIsRefused) {
  auto appended = station_.Append(Incidents(1, 1));
  auto blocks = station_.log().ReadBlocks((*appended)[0].lane, Seq(1), Seq(1), 0);
  EXPECT_TRUE(absl::IsFailedPrecondition(county_.Hold(blocks->front()).status()));
  ASSERT_TRUE(county_.Open(station_, (*appended)[0].lane).ok());
  EXPECT_TRUE(county_.Hold(blocks->front()).ok());
}

// Execution 2: the same steps, so a restored or cloned disk that seals it too says nothing else.
TEST_F(LogTest, WhatACrashLeftUnsealedIsSealedByTheNextProcessWithTheSameSteps) {
  auto appended = station_.Append(Incidents(1, 3));
  LaneId lane = (*appended)[0].lane;
  station_.Crash();
  auto clone = station_.Clone(77);
  auto mine = station_.log().ReadBlocks(lane, Seq(1), Seq(3), 0);
  auto its = clone->log().ReadBlocks(lane, Seq(1), Seq(3), 0);
  ASSERT_TRUE(mine.ok()) << mine.status();
  EXPECT_EQ(*mine, *its);
  ASSERT_TRUE(county_.Open(station_, lane).ok());
  auto held = county_.Hold(mine->front());
  ASSERT_TRUE(held.ok());
  EXPECT_EQ(held->changes_new, 3u);
}

TEST_F(LogTest, EveryProcessOpensFreshLanesWhoseBirthsNameTheLast) {
  std::vector<LaneId> lanes;
  for (int i = 0; i < 4; ++i) {
    auto appended = station_.Append(Incidents(10 * static_cast<uint64_t>(i) + 1, 2));
    lanes.push_back((*appended)[0].lane);
    station_.Restart();
  }
  EXPECT_EQ(std::set<LaneId>(lanes.begin(), lanes.end()).size(), 4u);
  for (size_t i = 1; i < 4; ++i) {
    auto state = station_.log().FindLane(lanes[i]);
    ASSERT_EQ(state->names.size(), 1u);
    EXPECT_EQ(state->names[0].lane, lanes[i - 1]);
    EXPECT_EQ(state->names[0].seq, Seq(2));
  }
  // So a receipt lists one lane, however often the process was started.
  ASSERT_TRUE(county_.TakeAll(station_).ok());
  auto scope = county_.log().ScopeOf(StationScope());
  ASSERT_EQ(scope->listed.size(), 1u);
  EXPECT_EQ(scope->listed[0].lane, lanes[3]);
}

TEST_F(LogTest, AGapIsNoReasonToRefuseWhatLiesBeyondIt) {
  auto appended = station_.Append(Incidents(1, 30));
  LaneId lane = (*appended)[0].lane;
  ASSERT_TRUE(county_.Open(station_, lane).ok());
  auto tail = station_.log().ReadBlocks(lane, Seq(21), Seq(30), 0);
  auto front = station_.log().ReadBlocks(lane, Seq(1), Seq(20), 0);
  ASSERT_TRUE(tail.ok() && front.ok());
  ASSERT_TRUE(county_.Hold(tail->front()).ok());
  EXPECT_EQ(county_.log().FindLane(lane)->runs[0].first, Seq(21));
  ASSERT_TRUE(county_.Hold(front->front()).ok());
  ASSERT_EQ(county_.log().FindLane(lane)->runs.size(), 1u);
  EXPECT_EQ(county_.log().FindLane(lane)->runs[0].first, Seq(1));
}

TEST_F(LogTest, ABlockWithAFlippedBitIsRefusedAndOthersOfItsLaneAreHeld) {
  auto appended = station_.Append(Incidents(1, 10));
  LaneId lane = (*appended)[0].lane;
  ASSERT_TRUE(county_.Open(station_, lane).ok());
  auto block = station_.Blocks(lane, 1, 5).front();
  auto good = station_.Blocks(lane, 6, 10).front();
  for (size_t at = 35; at < block.size(); at += 7) {
    std::string bad = block;
    bad[at] = static_cast<char>(bad[at] ^ 4);
    EXPECT_FALSE(county_.Hold(bad).ok()) << at;
  }
  EXPECT_TRUE(county_.Hold(good).ok());
  EXPECT_EQ(county_.log().FindLane(lane)->runs[0].first, Seq(6));
}

TEST_F(LogTest, AScopeThatANodeMayNotHoldIsRefused) {
  TestNode queens(net_.New(net_.city, "city/queens", true), 5);
  auto appended = station_.Append(Incidents(1, 1));
  EXPECT_TRUE(absl::IsPermissionDenied(queens.Open(station_, (*appended)[0].lane)));
  EXPECT_FALSE(queens.Hold(station_.Blocks((*appended)[0].lane, 1, 1).front()).ok());
}

TEST_F(LogTest, AScopeOutsideTheAuthorsCertificateIsRefused) {
  Birth birth{*Scope::Parse("city/kings"), Precedence::kFlash, 1, net_.e201.id(), Salt(), {}};
  ASSERT_TRUE(county_.TakeAll(station_).ok());
  for (const auto& certificate : net_.e201.chain()) {
    ASSERT_TRUE(county_.log().OfferCertificate(certificate.der()).ok());
  }
  EXPECT_TRUE(absl::IsPermissionDenied(county_.log().OfferBirth(EncodeBirth(birth))));
}

TEST_F(LogTest, EachChangeOfABlockIsCheckedByWhatTheLogWasGiven) {
  LogOptions options;
  options.check_change = [](const ChangeView& change, Via via) {
    if (via == Via::kParent || change.texts().empty()) return absl::OkStatus();
    return absl::InvalidArgumentError("has a text");
  };
  TestNode narrow(net_.kings, 5, options);
  auto appended = station_.Append({IncidentDraft(1, "text")});
  LaneId lane = (*appended)[0].lane;
  ASSERT_TRUE(narrow.Open(station_, lane).ok());
  auto block = station_.Blocks(lane, 1, 1).front();
  absl::Status refused = narrow.Hold(block).status();
  EXPECT_TRUE(absl::IsInvalidArgument(refused)) << refused;
  EXPECT_TRUE(absl::StrContains(refused.message(), "city/kings/e201, of kind 1: has a text"))
      << refused;
  EXPECT_TRUE(narrow.Hold(block, Via::kParent, "city").ok());
}

TEST_F(LogTest, FlashPriorityAndRoutineHaveQueuesOfTheirOwnAndArrivalsAreGlobal) {
  ASSERT_TRUE(station_
                  .Append({IncidentDraft(1, "", Precedence::kRoutine),
                           IncidentDraft(2, "", Precedence::kFlash),
                           IncidentDraft(3, "", Precedence::kPriority)})
                  .ok());
  EXPECT_EQ(AllEntries(station_.log(), Queue::kOwn).size(), 3u);
  ASSERT_TRUE(county_.TakeAll(station_).ok());
  std::set<uint64_t> arrivals;
  for (Queue queue : {Queue::kFlash, Queue::kPriority, Queue::kRoutine}) {
    std::vector<Entry> entries = AllEntries(county_.log(), queue);
    ASSERT_EQ(entries.size(), 1u);
    arrivals.insert(entries[0].arrival.value());
  }
  EXPECT_EQ(arrivals, (std::set<uint64_t>{1, 2, 3}));
}

// Execution 5a.
TEST_F(LogTest, ACrashAtAnySyncLosesNothingThatWasSaidToBeDone) {
  for (uint64_t fail_at = 1; fail_at < 12; ++fail_at) {
    TestNode node(net_.e201, 100 + fail_at);
    node.disk().FailSync(fail_at);
    size_t done = 0;
    for (uint64_t i = 0; i < 10; ++i) {
      auto appended = node.Append(Incidents(10 * i + 1, 3));
      done += appended.ok() ? 3 : 0;
    }
    node.Crash(ModelStore::Lose::kRandomSuffix);
    size_t held = 0;
    for (const Entry& entry : AllEntries(node.log(), Queue::kOwn)) held += entry.changes.size();
    EXPECT_GE(held, done);
    // The entry, its index rows and the heads are one.
    size_t in_heads = 0;
    auto lanes = node.log().Lanes();
    for (const LaneState& lane : *lanes) {
      for (const tocsin::log::Run& run : lane.runs) {
        auto changes = node.log().ReadLane(lane.id, run.first, run.last, run.branch);
        ASSERT_TRUE(changes.ok()) << changes.status();
        EXPECT_EQ(changes->size(), run.last.value() - run.first.value() + 1);
        in_heads += changes->size();
      }
    }
    EXPECT_EQ(in_heads, held);
  }
}

TEST_F(LogTest, AfterAFailedFsyncEveryCallGivesTheSameDataLoss) {
  ASSERT_TRUE(station_.Append(Incidents(1, 1)).ok());
  ASSERT_TRUE(county_.TakeAll(station_).ok());
  station_.disk().FailSync(1);
  absl::Status first = station_.Append(Incidents(2, 1)).status();
  EXPECT_TRUE(absl::IsDataLoss(first));
  EXPECT_EQ(station_.Append(Incidents(3, 1)).status(), first);
  EXPECT_EQ(station_.Receipt(StationScope()).status(), first);
  EXPECT_EQ(station_.log().ends().of(Queue::kOwn), Arrival(1));
}

TEST_F(LogTest, AFullDiskRefusesAndTheLogGoesOnWhenThereIsRoom) {
  ASSERT_TRUE(station_.Append(Incidents(1, 2)).ok());
  station_.disk().SetCapacity(station_.disk().bytes_used() + 10);
  EXPECT_TRUE(absl::IsResourceExhausted(station_.Append(Incidents(3, 50)).status()));
  station_.disk().SetCapacity(std::numeric_limits<uint64_t>::max());
  auto appended = station_.Append(Incidents(3, 1));
  ASSERT_TRUE(appended.ok());
  EXPECT_EQ((*appended)[0].seq, Seq(3));
  ASSERT_TRUE(county_.TakeAll(station_).ok());
  EXPECT_EQ(county_.log().FindLane((*appended)[0].lane)->runs[0].last, Seq(3));
}

// Execution 3.
TEST_F(LogTest, ASnapshotResumedTwiceGivesAForkAndBothBranchesAreKept) {
  auto before = station_.Append(Incidents(1, 5));
  LaneId lane = (*before)[0].lane;
  ASSERT_TRUE(county_.TakeAll(station_).ok());
  // The county holds 1..5; both machines go on within what each believes to be its own lane. The
  // second run is made with the author's key, as a machine resumed from memory would.
  auto state = county_.log().FindLane(lane);
  auto run_of = [&](uint64_t from) {
    std::string raw;
    Step step = state->runs[0].last_step;
    TestNode other(net_.e201, from);
    auto appended = other.Append(Incidents(from, 3));
    auto block = UnpackBlock(other.Blocks((*appended)[0].lane, 1, 3).front());
    for (size_t i = 0; i < 3; ++i) {
      raw += std::string(block->change(i));
      step = *NextStep(step, block->change(i));
    }
    BlockHeader header{lane, Seq(6), 3, state->runs[0].last_step,
                       net_.e201.Sign(identity::Use::kSeal, SealedBytes(lane, Seq(8), step))};
    return PackBlock(header, raw);
  };
  auto a = county_.Hold(run_of(100));
  auto b = county_.Hold(run_of(200));
  ASSERT_TRUE(a.ok() && b.ok()) << b.status();
  EXPECT_FALSE(a->forked);
  EXPECT_TRUE(b->forked);
  state = county_.log().FindLane(lane);
  EXPECT_TRUE(state->forked);
  ASSERT_EQ(state->runs.size(), 3u);
  EXPECT_EQ(state->runs[0].last, Seq(5));

  // Both are read, and both travel on.
  std::set<uint64_t> codes;
  for (const Entry& entry : AllEntries(county_.log(), Queue::kRoutine)) {
    for (const PlacedChange& change : entry.changes) codes.insert(*change.change.key.code_bits);
  }
  EXPECT_EQ(codes, (std::set<uint64_t>{1, 2, 3, 4, 5, 100, 101, 102, 200, 201, 202}));
  ASSERT_TRUE(city_.TakeAll(county_).ok());
  EXPECT_EQ(city_.log().ScopeOf(StationScope())->listed_bytes,
            county_.log().ScopeOf(StationScope())->listed_bytes);

  // The station that is shown the rival run closes its lanes, also those that no rival was seen in,
  // and writes others.
  LogCapture capture;
  const LaneId flash = station_.Append({IncidentDraft(40, "", Precedence::kFlash)})->front().lane;
  EXPECT_EQ(station_.Append({IncidentDraft(41, "", Precedence::kFlash)})->front().lane, flash);
  auto shown = county_.log().ReadBlocks(lane, Seq(6), Seq(8), state->runs[1].branch);
  auto held = station_.Hold(shown->front(), Via::kParent, "city/kings");
  ASSERT_TRUE(held.ok());
  EXPECT_TRUE(held->forked);
  EXPECT_FALSE(capture.lines().empty());
  auto after = station_.Append(Incidents(50, 1));
  EXPECT_NE((*after)[0].lane, lane);
  after = station_.Append({IncidentDraft(51, "", Precedence::kFlash)});
  EXPECT_NE((*after)[0].lane, flash);
}

// Branches are numbered anew where they part, which may happen after a range of the same group was
// stored: what is published is what can be read.
TEST_F(LogTest, ARangeIsPublishedOnTheBranchThatItIsOnAfterItsGroup) {
  auto appended = station_.Append(Incidents(1, 4));
  const LaneId lane = appended->front().lane;
  std::vector<std::string> blocks;
  for (auto [first, last] : {std::pair{1, 1}, {2, 3}, {4, 4}}) {
    blocks.push_back(
        station_.Blocks(lane, static_cast<uint64_t>(first), static_cast<uint64_t>(last)).front());
  }
  for (uint64_t seq : {1, 2, 4}) {
    const Step tip = UnpackBlock(station_.Blocks(lane, seq, seq).front())->header.prior;
    blocks.push_back(
        RivalBlock(net_.e201, 900 + seq, Incidents(100 + seq, 1).front(), lane, Seq(seq), tip));
  }
  SeededRandom random(7);
  for (uint64_t round = 0; round < 300; ++round) {
    TestNode county(net_.kings, 100 + round);
    ASSERT_TRUE(county.Open(station_, lane).ok());
    uint64_t published = 0;
    auto subscription = county.log().Subscribe([&](const Published& news) {
      for (const AppendedRange& range : news.ranges) {
        const uint64_t count = range.last.value() - range.first.value() + 1;
        auto read = county.log().ReadLane(range.lane, range.first, range.last, range.branch);
        ASSERT_TRUE(read.ok()) << read.status();
        ASSERT_EQ(read->size(), count) << "round " << round;
        published += count;
      }
    });
    std::vector<std::string> left = blocks;
    while (!left.empty()) {
      for (uint64_t n = 1 + random.Below(left.size()); n > 0; --n) {
        std::swap(left[random.Below(left.size())], left.back());
        county.log().HoldBlock(std::move(left.back()), {Via::kChild, "city/kings/e201"},
                               [](auto held) { EXPECT_TRUE(held.ok()) << held.status(); });
        left.pop_back();
      }
      county.Run();
    }
    EXPECT_EQ(published, 7u);
  }
}

// Execution 3: a cap counted by arrival would make two nodes with equal heads differ.
TEST_F(LogTest, BeyondTheCapEveryBranchIsWithheldFromWhereTheyPart) {
  auto before = station_.Append(Incidents(1, 2));
  LaneId lane = (*before)[0].lane;
  ASSERT_TRUE(county_.TakeAll(station_).ok());
  ASSERT_TRUE(city_.TakeAll(county_).ok());
  Step tip = county_.log().FindLane(lane)->runs[0].last_step;
  std::vector<std::string> rivals;
  for (uint64_t n = 0; n < 6; ++n) {
    rivals.push_back(
        RivalBlock(net_.e201, 900 + n, Incidents(100 + n, 1).front(), lane, Seq(3), tip));
  }
  LogCapture capture;
  for (size_t n = 0; n < 6; ++n) {
    ASSERT_TRUE(county_.Hold(rivals[n]).ok());
    ASSERT_TRUE(city_.Hold(rivals[5 - n]).ok());
    EXPECT_EQ(county_.log().FindLane(lane)->withheld_from.has_value(), n >= 4);
  }
  EXPECT_EQ(county_.log().FindLane(lane)->withheld_from, Seq(3));
  EXPECT_EQ(city_.log().FindLane(lane)->withheld_from, Seq(3));
  EXPECT_EQ(city_.log().ScopeOf(StationScope())->listed_bytes,
            county_.log().ScopeOf(StationScope())->listed_bytes);
}

// Execution 24.
TEST_F(LogTest, HeadsOfOneEndAndOtherHoldingsDiffer) {
  auto appended = station_.Append(Incidents(1, 600));
  LaneId lane = (*appended)[0].lane;
  ASSERT_TRUE(county_.Open(station_, lane).ok());
  for (const std::string& block : station_.Blocks(lane, 513, 600)) {
    ASSERT_TRUE(county_.Hold(block).ok());
  }
  EXPECT_EQ(county_.log().FindLane(lane)->runs.back().last_step,
            station_.log().FindLane(lane)->runs.back().last_step);
  EXPECT_NE(county_.log().ScopeOf(StationScope())->listed_bytes,
            station_.log().ScopeOf(StationScope())->listed_bytes);
}

// Execution 28: one snapshot per Hello.
TEST_F(LogTest, WhatASessionComparesStandsStillWhileTheLogGoesOn) {
  ASSERT_TRUE(station_.Append(Incidents(1, 1)).ok());
  auto moment = station_.log().ScopesFor(net_.kings.jurisdiction());
  std::string bytes = moment[0]->listed_bytes;
  ASSERT_TRUE(station_.Append(Incidents(2, 1)).ok());
  EXPECT_EQ(moment[0]->listed_bytes, bytes);
  EXPECT_NE(station_.log().ScopesFor(net_.kings.jurisdiction())[0]->listed_bytes, bytes);
}

TEST_F(LogTest, ScopesForGivesWhatBothMayHoldAndNothingElse) {
  Draft broadcast = IncidentDraft(1);
  broadcast.scope = *Scope::Parse("city/kings/**");
  Draft county_own = IncidentDraft(2);
  county_own.scope = *Scope::Parse("city/kings");
  Draft neighbour = IncidentDraft(3);
  neighbour.scope = *Scope::Parse("city/kings/e202");
  ASSERT_TRUE(county_.Append({broadcast, county_own, neighbour, IncidentDraft(4)}).ok());
  std::vector<std::string> names;
  for (const auto& scope : county_.log().ScopesFor(net_.e201.jurisdiction())) {
    names.push_back(scope->scope.ToString());
  }
  EXPECT_EQ(names, (std::vector<std::string>{"city/kings/**", "city/kings/e201"}));
  EXPECT_EQ(county_.log().ScopesFor(net_.city.jurisdiction()).size(), 4u);
}

TEST_F(LogTest, StampsRankFreeUntilTheClockIsCorrected) {
  auto free = station_.Append(Incidents(1, 1));
  EXPECT_EQ((*free)[0].stamp.rank, Rank::kOwnFree);
  station_.log().CorrectClock(TestTime() + absl::Hours(3), true);
  Draft heard = IncidentDraft(2);
  heard.heard = true;
  auto synced = station_.Append({IncidentDraft(3), heard});
  EXPECT_EQ((*synced)[0].stamp.rank, Rank::kOwnSynced);
  EXPECT_EQ((*synced)[1].stamp.rank, Rank::kHeardSynced);
  EXPECT_GE((*synced)[0].stamp.ToTime(), TestTime() + absl::Hours(3));
}

}  // namespace
}  // namespace tocsin::log
