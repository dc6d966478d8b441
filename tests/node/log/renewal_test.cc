// A log under a new key of the same node.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "node/base/log.h"
#include "node/log/audit.h"
#include "tests/node/log/world.h"

namespace tocsin::log {
namespace {

using ::testing::HasSubstr;

class RenewalTest : public testing::Test {
 protected:
  void ExpectAuditHolds(TestNode& node) {
    auto report = VerifyLog(node.disk(), [](const AuditProgress&) {});
    ASSERT_TRUE(report.ok()) << report.status();
    for (const AuditProblem& problem : report->problems) {
      ADD_FAILURE() << problem.where << ": " << problem.what;
    }
  }

  LogCapture capture_;
  TestNetwork net_;
  TestNode station_{net_.e201, 11};
  TestNode county_{net_.kings, 12};
  TestNode city_{net_.city, 13};
};

TEST_F(RenewalTest, WhatTheFormerKeyLeftUnsealedItSealsAndWhatIsWrittenSinceIsUnderTheNewOne) {
  LaneId old_lane = station_.Append(Incidents(1, 5))->front().lane;
  ASSERT_TRUE(county_.TakeAll(station_).ok());
  ASSERT_TRUE(station_.Append(Incidents(10, 5)).ok());  // the line is down

  ASSERT_TRUE(station_.RestartAs(net_.Renewed(net_.kings, net_.e201)).ok());
  LaneId new_lane = station_.Append(Incidents(20, 5))->front().lane;
  EXPECT_NE(new_lane, old_lane);
  EXPECT_EQ(station_.log().FindLane(new_lane)->author, station_.identity().id());

  ASSERT_TRUE(county_.TakeAll(station_).ok());
  ASSERT_TRUE(city_.TakeAll(county_).ok());
  for (TestNode* node : {&station_, &county_, &city_}) {
    EXPECT_EQ(node->log().ScopeOf(StationScope())->listed_bytes,
              station_.log().ScopeOf(StationScope())->listed_bytes);
    EXPECT_EQ(node->log().FindLane(old_lane)->runs.front().last, Seq(10));
    ExpectAuditHolds(*node);
  }
}

TEST_F(RenewalTest, ALogThatNeverWroteIsRenewedAsWell) {
  ASSERT_TRUE(station_.RestartAs(net_.Renewed(net_.kings, net_.e201)).ok());
  EXPECT_TRUE(station_.Append(Incidents(1, 1)).ok());
}

TEST_F(RenewalTest, WithItsKeyLostTheLogOpensAndSaysWhichLaneNobodyCanSeal) {
  LaneId lane = station_.Append(Incidents(1, 5))->front().lane;
  ASSERT_TRUE(station_.RestartAs(net_.Renewed(net_.kings, net_.e201, /*lost=*/true)).ok());
  EXPECT_TRUE(station_.log().ReadLane(lane, Seq(1), Seq(5), 0).ok());
  absl::Status read = station_.log().ReadBlocks(lane, Seq(1), Seq(5), 0).status();
  EXPECT_TRUE(absl::IsFailedPrecondition(read));
  EXPECT_THAT(std::string(read.message()), HasSubstr("is lost"));
  EXPECT_TRUE(station_.Append(Incidents(10, 1)).ok());
}

// The log itself knows the certificate, so a folder whose identity was lost whole is renewed too.
TEST_F(RenewalTest, NothingButTheJurisdictionMustStayTheSame) {
  ASSERT_TRUE(station_.Append(Incidents(1, 5)).ok());
  identity::NodeSpec spec{"another name", net_.e201.jurisdiction(), false, TestTime()};
  spec.begins_after = net_.e201.certificate().not_before();
  EXPECT_TRUE(station_.RestartAs(*net_.city.NewChild(spec, net_.random)).ok());
}

TEST_F(RenewalTest, ACertificateOfAnotherJurisdictionOrNetworkIsRefused) {
  ASSERT_TRUE(station_.Append(Incidents(1, 5)).ok());
  absl::Status other = station_.RestartAs(net_.New(net_.kings, "city/kings/e202", false));
  EXPECT_TRUE(absl::IsFailedPrecondition(other));
  EXPECT_THAT(std::string(other.message()), HasSubstr("city/kings/e201"));
  TestNetwork foreign(99);
  other = station_.RestartAs(foreign.e201);
  EXPECT_TRUE(absl::IsFailedPrecondition(other));
  EXPECT_THAT(std::string(other.message()), HasSubstr("another network"));
  EXPECT_TRUE(station_.RestartAs(net_.e201).ok());
}

TEST_F(RenewalTest, TheFormerIdentityDoesNotComeBack) {
  ASSERT_TRUE(station_.RestartAs(net_.Renewed(net_.kings, net_.e201)).ok());
  absl::Status back = station_.RestartAs(net_.e201);
  EXPECT_TRUE(absl::IsFailedPrecondition(back));
  EXPECT_THAT(std::string(back.message()), HasSubstr("later certificate"));
}

// A county that lost disk and key, and came back under a new certificate.
TEST_F(RenewalTest, ARenewedHoldersReceiptsTakeThePlaceOfTheFormerOnes) {
  const Appended change = station_.Append(Incidents(1, 1))->front();
  ASSERT_TRUE(county_.TakeAll(station_).ok());
  const std::string former = *county_.Receipt(StationScope());
  const std::string later = *county_.Receipt(StationScope());
  ASSERT_TRUE(station_.HoldReceipt(former).ok());
  auto held_by = [&](const identity::Identity& holder) {
    return *station_.log().IsHeldBy(holder.id(), change.lane, change.seq, change.dot);
  };
  EXPECT_TRUE(held_by(net_.kings));

  TestNode anew(net_.Renewed(net_.city, net_.kings, /*lost=*/true), 14);
  ASSERT_TRUE(station_.log().OfferCertificate(anew.identity().certificate().der()).ok());
  ASSERT_TRUE(station_.HoldReceipt(*anew.Receipt(StationScope())).ok());
  EXPECT_FALSE(held_by(net_.kings));
  EXPECT_FALSE(held_by(anew.identity()));
  // Not even a number that was not shown before brings the former one back.
  ASSERT_TRUE(station_.HoldReceipt(later).ok());
  EXPECT_FALSE(held_by(net_.kings));
  EXPECT_EQ(station_.log().ReceiptsOf(StationScope())->size(), 1u);
  station_.Restart();
  EXPECT_EQ(station_.log().ReceiptsOf(StationScope())->size(), 1u);

  ASSERT_TRUE(anew.TakeAll(station_).ok());
  ASSERT_TRUE(station_.HoldReceipt(*anew.Receipt(StationScope())).ok());
  EXPECT_TRUE(held_by(anew.identity()));
}

}  // namespace
}  // namespace tocsin::log
