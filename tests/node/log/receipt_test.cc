#include "node/log/receipt.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "tests/node/log/world.h"

namespace tocsin::log {
namespace {

class ReceiptTest : public testing::Test {
 protected:
  // Gives the station what `holder` says, and whether that covers the change.
  bool Covers(TestNode& holder, const Appended& change) {
    Show(holder);
    auto receipt = holder.Receipt(StationScope());
    EXPECT_TRUE(receipt.ok());
    for (const auto& certificate : holder.identity().chain()) {
      EXPECT_TRUE(station_.log().OfferCertificate(certificate.der()).ok());
    }
    EXPECT_TRUE(station_.HoldReceipt(*receipt).ok());
    return Held(holder, change);
  }
  // What a session does at Hello.
  void Show(TestNode& holder) {
    const std::vector<std::string> highest = *station_.log().HighestReceipts();
    for (const std::string& shown : highest) {
      if (DecodeReceipt(shown)->holder == holder.identity().id()) {
        EXPECT_TRUE(holder.HoldReceipt(shown).ok());
      }
    }
  }
  // The county is shown a receipt of this number that it signed in an earlier life.
  absl::Status ShowOwn(uint64_t number, const Scope& scope = StationScope()) {
    const absl::Time earlier = TestTime() - absl::Hours(1);
    return county_.HoldReceipt(
        SignReceipt({county_.identity().id(), scope, number, earlier, 0, {}}, county_.identity()));
  }
  bool Held(TestNode& holder, const Appended& change) {
    auto held =
        station_.log().IsHeldBy(holder.identity().id(), change.lane, change.seq, change.dot);
    EXPECT_TRUE(held.ok()) << held.status();
    return held.ok() && *held;
  }

  TestNetwork net_;
  TestNode station_{net_.e201, 11};
  TestNode county_{net_.kings, 12};
  TestNode city_{net_.city, 13};
};

TEST_F(ReceiptTest, AStationSeesWhatCountyAndCityHold) {
  auto first = station_.Append(Incidents(1, 3));
  ASSERT_TRUE(county_.TakeAll(station_).ok());
  auto second = station_.Append(Incidents(4, 2));
  EXPECT_TRUE(Covers(county_, first->back()));
  EXPECT_FALSE(Covers(county_, second->front()));
  EXPECT_FALSE(Covers(city_, first->back()));
  ASSERT_TRUE(county_.TakeAll(station_).ok());
  ASSERT_TRUE(city_.TakeAll(county_).ok());
  EXPECT_TRUE(Covers(city_, second->back()));
}

TEST_F(ReceiptTest, AReceiptCountsWhatItsGroupHolds) {
  auto appended = station_.Append(Incidents(1, 3));
  ASSERT_TRUE(county_.Open(station_, (*appended)[0].lane).ok());
  uint64_t syncs = county_.disk().syncs();
  county_.log().HoldBlock(station_.Blocks((*appended)[0].lane, 1, 3).front(),
                          {Via::kChild, "city/kings/e201"}, [](auto) {});
  absl::StatusOr<std::string> receipt = absl::UnknownError("");
  uint64_t syncs_when_given = 0;
  county_.log().IssueReceipt(StationScope(), [&](auto given) {
    receipt = std::move(given);
    syncs_when_given = county_.disk().syncs();
  });
  county_.Run();
  ASSERT_TRUE(receipt.ok());
  EXPECT_GT(syncs_when_given, syncs);
}

// Execution 13: the highest number counts, also when it says less.
TEST_F(ReceiptTest, TheHighestNumberCountsAlsoWhenItSaysLess) {
  auto appended = station_.Append(Incidents(1, 3));
  ASSERT_TRUE(county_.TakeAll(station_).ok());
  auto old = county_.Receipt(StationScope());
  EXPECT_TRUE(Covers(county_, appended->back()));
  uint64_t number = DecodeReceipt(station_.log().HighestReceipts()->front())->number;

  // The county is restored from nothing, with a dead clock; the station shows it its number.
  TestNode restored(net_.kings, 14);
  restored.clock().JumpWall(absl::UnixEpoch());
  Show(restored);
  auto less = restored.Receipt(StationScope());
  ASSERT_TRUE(less.ok());
  EXPECT_GT(DecodeReceipt(*less)->number, number);
  ASSERT_TRUE(station_.HoldReceipt(*less).ok());
  EXPECT_FALSE(Held(county_, appended->back()));
  // And the old one, passed down late, changes nothing.
  ASSERT_TRUE(station_.HoldReceipt(*old).ok());
  EXPECT_FALSE(Held(county_, appended->back()));
}

TEST_F(ReceiptTest, AHolderThatIsShownItsOwnReceiptNumbersAboveIt) {
  const uint64_t shown = uint64_t{1} << 40;
  ASSERT_TRUE(ShowOwn(shown).ok());
  auto receipt = county_.Receipt(StationScope());
  EXPECT_GT(DecodeReceipt(*receipt)->number, shown);
  TestNode restored(net_.kings, 14);
  ASSERT_TRUE(restored.HoldReceipt(*receipt).ok());
  EXPECT_TRUE(restored.log().ReceiptsOf(StationScope())->empty());
  restored.Restart();
  EXPECT_GT(DecodeReceipt(*restored.Receipt(StationScope()))->number,
            DecodeReceipt(*receipt)->number);
}

// What it said before it lost its disk hardly ever has the number of what it says now, even while
// nobody has shown it the old ones.
TEST_F(ReceiptTest, AHolderWithANewDiskDoesNotSayTheOldNumbersAgain) {
  const uint64_t before = DecodeReceipt(*county_.Receipt(StationScope()))->number;
  TestNode anew(net_.kings, 15);
  EXPECT_NE(DecodeReceipt(*anew.Receipt(StationScope()))->number, before);
}

// One child shows the first life's number n, and all is said anew above it; another shows one of
// n + 2 that this life has given to other words by now. It would never take those.
TEST_F(ReceiptTest, OneOfItsOwnNumbersUnderOtherWordsIsOfAnEarlierLife) {
  int outdone = 0;
  auto subscription = county_.log().Subscribe(
      [&outdone](const Published& published) { outdone += published.outdone ? 1 : 0; });
  ASSERT_TRUE(ShowOwn(uint64_t{1} << 20).ok());
  EXPECT_EQ(outdone, 1);
  const std::string given = *county_.Receipt(StationScope());
  const uint64_t number = DecodeReceipt(given)->number;
  ASSERT_TRUE(county_.HoldReceipt(given).ok());
  ASSERT_TRUE(ShowOwn(number - 1).ok());
  EXPECT_EQ(outdone, 1);
  ASSERT_TRUE(ShowOwn(number).ok());
  EXPECT_EQ(outdone, 2);
  // Of a scope for which nothing was said since, any number is.
  ASSERT_TRUE(ShowOwn(number - 1, *Scope::Parse("city/kings/l9")).ok());
  EXPECT_EQ(outdone, 3);
  EXPECT_GT(DecodeReceipt(*county_.Receipt(StationScope()))->number, number);
}

// Those who hold the first life's receipts do not all come back at once: what the second life says
// to the first of them does not bear the numbers that the next one will show.
TEST_F(ReceiptTest, AHolderThatIsOutdoneLeapsAboveWhatOthersMayShow) {
  const uint64_t shown = uint64_t{1} << 20;
  uint64_t least = ~uint64_t{0};
  for (uint64_t seed = 20; seed < 24; ++seed) {
    TestNode anew(net_.kings, seed);
    ASSERT_TRUE(
        anew
            .HoldReceipt(SignReceipt(
                {anew.identity().id(), StationScope(), shown, TestTime(), 0, {}}, anew.identity()))
            .ok());
    least = std::min(least, DecodeReceipt(*anew.Receipt(StationScope()))->number);
  }
  EXPECT_GT(least, shown + 100);
}

// A number that only stands there, whoever wrote it, raises nothing.
TEST_F(ReceiptTest, OnlyWhatTheHolderSignedRaisesItsNumber) {
  const uint64_t before = DecodeReceipt(*county_.Receipt(StationScope()))->number;
  std::string forged =
      SignReceipt({county_.identity().id(), StationScope(), before + 900, TestTime(), 0, {}},
                  county_.identity());
  forged.back() = static_cast<char>(forged.back() ^ 1);
  EXPECT_FALSE(county_.HoldReceipt(forged).ok());
  EXPECT_EQ(DecodeReceipt(*county_.Receipt(StationScope()))->number, before + 1);
}

TEST_F(ReceiptTest, NoNumberWrapsAlsoOneThatTheHolderSigned) {
  const uint64_t before = DecodeReceipt(*county_.Receipt(StationScope()))->number;
  for (uint64_t number : {~uint64_t{0}, ~uint64_t{0} - 1, kMaxReceiptNumber + 1}) {
    EXPECT_TRUE(absl::IsInvalidArgument(ShowOwn(number)));
  }
  EXPECT_EQ(DecodeReceipt(*county_.Receipt(StationScope()))->number, before + 1);

  ASSERT_TRUE(ShowOwn(kMaxReceiptNumber - 1).ok());
  EXPECT_EQ(DecodeReceipt(*county_.Receipt(StationScope()))->number, kMaxReceiptNumber);
  EXPECT_TRUE(absl::IsOutOfRange(county_.Receipt(StationScope()).status()));
  county_.Restart();
  EXPECT_TRUE(absl::IsOutOfRange(county_.Receipt(StationScope()).status()));
}

TEST_F(ReceiptTest, OfEachOtherHolderTheHighestOverAllScopesIsShown) {
  auto broadcast = Scope::Parse("city/kings/**");
  ASSERT_TRUE(station_.log().HighestReceipts()->empty());
  for (const auto& certificate : county_.identity().chain()) {
    ASSERT_TRUE(station_.log().OfferCertificate(certificate.der()).ok());
  }
  std::string low = *county_.Receipt(StationScope());
  std::string high = *county_.Receipt(*broadcast);
  ASSERT_TRUE(station_.HoldReceipt(high).ok());
  ASSERT_TRUE(station_.HoldReceipt(low).ok());
  ASSERT_TRUE(station_.Receipt(StationScope()).ok());
  EXPECT_EQ(*station_.log().HighestReceipts(), std::vector<std::string>{high});
  station_.Restart();
  EXPECT_EQ(*station_.log().HighestReceipts(), std::vector<std::string>{high});
}

// Execution 13: a lane not listed is vouched for, exactly to the head that a birth names.
TEST_F(ReceiptTest, ALaneNotListedIsVouchedForExactlyToItsNamedHead) {
  auto first = station_.Append(Incidents(1, 3));
  station_.Restart();
  auto second = station_.Append(Incidents(4, 2));
  ASSERT_TRUE(county_.TakeAll(station_).ok());
  auto receipt = DecodeReceipt(*county_.Receipt(StationScope()));
  ASSERT_EQ(receipt->lanes.size(), 1u);
  EXPECT_EQ(receipt->lanes[0].lane, second->front().lane);
  EXPECT_TRUE(Covers(county_, first->back()));

  // A holder that lacks the second lane's birth vouches for nothing behind it by silence.
  LaneId lane = first->front().lane;
  TestNode partial(net_.kings, 15);
  ASSERT_TRUE(partial.Open(station_, lane).ok());
  ASSERT_TRUE(partial.Hold(station_.Blocks(lane, 1, 2).front()).ok());
  EXPECT_TRUE(Covers(partial, first->front()));
  EXPECT_FALSE(Covers(partial, first->back()));
}

// Execution 13: two restarts a day would otherwise make a receipt of 150 kB in a year.
TEST_F(ReceiptTest, AReceiptDoesNotGrowWithTheNumberOfRestarts) {
  size_t size = 0;
  for (uint64_t n = 0; n < 30; ++n) {
    ASSERT_TRUE(station_.Append(Incidents(n + 1, 1)).ok());
    ASSERT_TRUE(county_.TakeAll(station_).ok());
    size_t now = county_.Receipt(StationScope())->size();
    if (n > 0) {
      EXPECT_EQ(now, size);
    }
    size = now;
    station_.Restart();
  }
}

TEST_F(ReceiptTest, ALaneWhoseBirthIsLackingIsListedSo) {
  auto first = station_.Append(Incidents(1, 3));
  station_.Restart();
  auto second = station_.Append(Incidents(4, 2));
  LaneId lane = second->front().lane;
  ASSERT_TRUE(county_.Open(station_, lane).ok());
  ASSERT_TRUE(county_.Hold(station_.Blocks(lane, 1, 2).front()).ok());
  auto receipt = DecodeReceipt(*county_.Receipt(StationScope()));
  ASSERT_EQ(receipt->lanes.size(), 2u);
  for (const ListedLane& listed : receipt->lanes) {
    EXPECT_EQ(listed.has_birth, listed.lane == lane);
  }
  // The same after the table is read from disk.
  county_.Restart();
  EXPECT_EQ(DecodeReceipt(*county_.Receipt(StationScope()))->lanes, receipt->lanes);
  ASSERT_TRUE(county_.TakeAll(station_).ok());
  EXPECT_EQ(DecodeReceipt(*county_.Receipt(StationScope()))->lanes.size(), 1u);
}

TEST_F(ReceiptTest, AReceiptByWhoMayNotHoldTheScopeOrWithAForgedByteIsRefused) {
  TestNode queens(net_.New(net_.city, "city/queens", true), 5);
  Receipt claim{queens.identity().id(), StationScope(), 9, TestTime(), 0, {}};
  for (const auto& certificate : queens.identity().chain()) {
    ASSERT_TRUE(station_.log().OfferCertificate(certificate.der()).ok());
  }
  EXPECT_TRUE(
      absl::IsPermissionDenied(station_.HoldReceipt(SignReceipt(claim, queens.identity()))));
  std::string receipt = *county_.Receipt(StationScope());
  for (const auto& certificate : county_.identity().chain()) {
    ASSERT_TRUE(station_.log().OfferCertificate(certificate.der()).ok());
  }
  receipt[50] = static_cast<char>(receipt[50] ^ 1);
  EXPECT_FALSE(station_.HoldReceipt(receipt).ok());
}

// Execution 27: receipts' numbers are part of what is compared.
TEST_F(ReceiptTest, ReceiptNumbersArePartOfWhatIsCompared) {
  ASSERT_TRUE(station_.Append(Incidents(1, 3)).ok());
  ASSERT_TRUE(county_.TakeAll(station_).ok());
  auto receipt = county_.Receipt(StationScope());
  auto at_county = county_.log().ScopeOf(StationScope());
  auto at_station = station_.log().ScopeOf(StationScope());
  EXPECT_EQ(at_county->listed_bytes, at_station->listed_bytes);
  EXPECT_NE(at_county->receipts, at_station->receipts);
  for (const auto& certificate : county_.identity().chain()) {
    ASSERT_TRUE(station_.log().OfferCertificate(certificate.der()).ok());
  }
  ASSERT_TRUE(station_.HoldReceipt(*receipt).ok());
  EXPECT_EQ(at_county->receipts, station_.log().ScopeOf(StationScope())->receipts);
}

TEST_F(ReceiptTest, ReceiptsAreReadBackAsTheyWereSigned) {
  auto receipt = county_.Receipt(StationScope());
  county_.Restart();
  EXPECT_EQ(*county_.log().ReceiptsOf(StationScope()), std::vector<std::string>{*receipt});
}

}  // namespace
}  // namespace tocsin::log
