#include "node/api/history.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/node/view/world.h"

namespace tocsin::api {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr size_t kPlenty = 4 << 20;

log::Draft Described(uint64_t code, const std::string& text) {
  v1::Incident fire = view::Fire();
  fire.set_description(text);
  return view::DraftOf(view::Incident(code), fire);
}

class HistoryTest : public ::testing::Test {
 protected:
  view::StoredRecord Stored(view::ViewNode& node, uint64_t code) {
    node.Run();
    return *node.view().Get(view::Incident(code));
  }
  std::vector<merge::HeldChange> ChangesOf(view::ViewNode& node, uint64_t code) {
    node.Run();
    return *node.view().History(view::Incident(code));
  }
  v1::GetReceiptsResponse Receipts(view::ViewNode& node, uint64_t code) {
    auto receipts =
        ReceiptsOf(Stored(node, code), ChangesOf(node, code), node.log(), node.node().identity(),
                   node.node().trust(), *retractions_);
    EXPECT_TRUE(receipts.ok()) << receipts.status();
    return receipts.value_or(v1::GetReceiptsResponse());
  }
  // The holder's receipt for the station's scope comes to the station.
  void Vouch(view::ViewNode& holder) {
    auto receipt = holder.node().Receipt(log::StationScope());
    ASSERT_TRUE(receipt.ok()) << receipt.status();
    for (const identity::Certificate& certificate : holder.node().identity().chain()) {
      ASSERT_TRUE(station_.node().trust().AddDer(certificate.der()).ok());
    }
    absl::Status held = station_.node().HoldReceipt(*receipt);
    ASSERT_TRUE(held.ok()) << held;
    station_.Run();
  }

  log::TestNetwork network_;
  view::ViewNode station_{network_.e201, 1};
  view::ViewNode county_{network_.kings, 2};
  view::ViewNode city_{network_.city, 3};
  std::unique_ptr<Retractions> retractions_ = std::make_unique<Retractions>(
      station_.log(), network_.e201.jurisdiction(), station_.node().executor());
};

TEST_F(HistoryTest, LevelsAreNamedByDepth) {
  EXPECT_EQ(LevelOf(*Jurisdiction::Parse("city")), "city");
  EXPECT_EQ(LevelOf(*Jurisdiction::Parse("city/kings")), "county");
  EXPECT_EQ(LevelOf(*Jurisdiction::Parse("city/kings/e201")), "station");
  EXPECT_EQ(LevelOf(*Jurisdiction::Parse("city/kings/e201/desk")), "station");
}

TEST_F(HistoryTest, ATextThatAPeerLetThroughIsMasked) {
  station_.Append(Described(1, "call +1 718 555 0134 at night"));
  auto history = HistoryOf(ChangesOf(station_, 1), 10, kPlenty);
  ASSERT_TRUE(history.ok());
  ASSERT_EQ(history->entry_size(), 1);
  const std::string shown = history->entry(0).record().incident().description();
  EXPECT_THAT(shown, HasSubstr("telephone number withheld"));
  EXPECT_THAT(shown, Not(HasSubstr("555")));
}

TEST_F(HistoryTest, AnAnswerThatWouldBeTooLongLeavesTheValuesOut) {
  for (int i = 0; i < 20; ++i) station_.Append(Described(1, std::string(2000, 'a')));
  auto history = HistoryOf(ChangesOf(station_, 1), 10, 20'000);
  ASSERT_TRUE(history.ok());
  EXPECT_EQ(history->entry_size(), 20);
  EXPECT_FALSE(history->entry(0).has_record());
  EXPECT_GT(history->entry(0).set_size(), 0);
  EXPECT_EQ(HistoryOf(ChangesOf(station_, 1), 10, 1000).status().code(),
            absl::StatusCode::kResourceExhausted);
}

TEST_F(HistoryTest, ReceiptsSayWhoHoldsHowManyOfTheChanges) {
  station_.Append(Described(1, "first"));
  county_.TakeAll(station_);
  city_.TakeAll(county_);
  Vouch(county_);
  Vouch(city_);
  v1::GetReceiptsResponse receipts = Receipts(station_, 1);
  EXPECT_EQ(receipts.changes(), 1u);
  ASSERT_EQ(receipts.holder_size(), 3);
  EXPECT_EQ(receipts.holder(0).level(), "here");
  EXPECT_EQ(receipts.holder(1).level(), "county");
  EXPECT_EQ(receipts.holder(1).jurisdiction(), "city/kings");
  EXPECT_EQ(receipts.holder(1).changes_held(), 1u);
  EXPECT_GT(receipts.holder(1).receipt_number(), 0u);
  EXPECT_EQ(receipts.holder(2).level(), "city");
  EXPECT_EQ(receipts.holder(2).changes_held(), 1u);

  // A second change that only the county holds so far.
  station_.Append(Described(1, "second"));
  county_.TakeAll(station_);
  Vouch(county_);
  receipts = Receipts(station_, 1);
  EXPECT_EQ(receipts.changes(), 2u);
  EXPECT_EQ(receipts.holder(0).changes_held(), 2u);
  EXPECT_EQ(receipts.holder(1).changes_held(), 2u);
  EXPECT_EQ(receipts.holder(2).changes_held(), 1u);
}

TEST_F(HistoryTest, WhatARestoredHolderNoLongerVouchesForIsTakenBackUntilItHasItAgain) {
  station_.Append(Described(1, "first"));
  city_.TakeAll(station_);
  Vouch(city_);
  EXPECT_EQ(Receipts(station_, 1).holder(1).changes_held(), 1u);
  EXPECT_FALSE(Receipts(station_, 1).holder(1).taken_back());

  // The same node from a backup that had nothing of it; it was shown its highest number.
  view::ViewNode restored(network_.city, 4);
  const std::vector<std::string> shown = *station_.log().HighestReceipts();
  ASSERT_THAT(shown, testing::SizeIs(1));
  ASSERT_TRUE(restored.node().HoldReceipt(shown.front()).ok());
  auto less = restored.node().Receipt(log::StationScope());
  ASSERT_TRUE(less.ok()) << less.status();
  ASSERT_TRUE(station_.node().HoldReceipt(*less).ok());
  station_.Run();
  EXPECT_EQ(Receipts(station_, 1).holder(1).changes_held(), 0u);
  EXPECT_TRUE(Receipts(station_, 1).holder(1).taken_back());

  restored.TakeAll(station_);
  Vouch(restored);
  EXPECT_EQ(Receipts(station_, 1).holder(1).changes_held(), 1u);
  EXPECT_FALSE(Receipts(station_, 1).holder(1).taken_back());
}

}  // namespace
}  // namespace tocsin::api
