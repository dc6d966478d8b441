#include "node/intake/lost_key.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <map>
#include <memory>

#include "node/base/log.h"
#include "node/intake/restate.h"
#include "node/log/audit.h"
#include "tests/node/log/erasing.h"
#include "tests/node/log/world.h"

namespace tocsin::intake {
namespace {

using log::Appended;
using log::Incidents;
using log::TestNode;

class LostKeyTest : public testing::Test {
 protected:
  // Runs it to its end at the station.
  void Restate() {
    auto restater = std::make_unique<LostKeyRestater>(station_.log(), station_.identity(),
                                                      station_.trust(), station_.executor());
    restater->Start();
    station_.Run();
  }
  void LoseTheKey() {
    ASSERT_TRUE(
        station_.RestartAs(net_.Renewed(net_.kings, station_.identity(), /*lost=*/true)).ok());
  }
  // What the county can be sent.
  void SendAll() {
    const auto lanes = station_.log().Lanes();
    for (const log::LaneState& lane : *lanes) {
      if (station_.identity().KeyOf(lane.author) == nullptr) continue;
      ASSERT_TRUE(county_.Open(station_, lane.id).ok());
      for (const log::Run& run : lane.runs) {
        ASSERT_TRUE(county_.TakeRun(station_, lane.id, run, log::Via::kChild).ok());
      }
    }
  }
  // Every write that a node knows of, by field and dot, as originals and copies tell it alike.
  static std::map<std::pair<uint32_t, Dot>, std::string> WritesAt(TestNode& node) {
    std::map<std::pair<uint32_t, Dot>, std::string> known;
    for (log::Queue queue : log::kQueues) {
      for (const log::Entry& entry : log::AllEntries(node.log(), queue)) {
        for (const log::PlacedChange& placed : entry.changes) {
          merge::HeldChange held;
          held.dot = placed.dot();
          held.change = placed.change;
          Writes writes(placed.change.key.kind, {&held, 1});
          auto note = [&](uint32_t field, const Dot& dot) {
            const FieldWrite& write = *writes.Find(field, dot);
            std::string text = absl::StrCat(write.clear, " ", write.stamp.time, " ",
                                            static_cast<int>(write.stamp.rank), " ", write.value);
            for (const Dot& over : write.overwrites) absl::StrAppend(&text, " ", over.ToHex());
            for (const log::Text& part : write.texts) {
              absl::StrAppend(&text, " '", part.bytes.value_or("gone"), "' ", part.hash.ToHex());
            }
            known.emplace(std::pair(field, dot), text);
          };
          for (const log::FieldOp& op : placed.change.ops) note(op.field, held.dot);
          for (const log::Restated& restated : placed.change.restated) {
            note(restated.field, restated.dot);
          }
        }
      }
    }
    return known;
  }

  LogCapture capture_;
  log::TestNetwork net_;
  TestNode station_{net_.e201, 11};
  TestNode county_{net_.kings, 12};
};

TEST_F(LostKeyTest, WhatNobodyCanSealGoesOnUnderThePresentKey) {
  ASSERT_TRUE(station_.Append(Incidents(1, 700)).ok());
  ASSERT_TRUE(station_.Append(Incidents(1000, 3, Precedence::kFlash)).ok());
  LoseTheKey();
  Restate();
  SendAll();
  EXPECT_EQ(WritesAt(county_), WritesAt(station_));
  auto report = log::VerifyLog(county_.disk(), [](const log::AuditProgress&) {});
  EXPECT_TRUE(report.ok() && report->ok());
}

TEST_F(LostKeyTest, OnceIsEnough) {
  ASSERT_TRUE(station_.Append(Incidents(1, 20)).ok());
  LoseTheKey();
  Restate();
  const Arrival end = station_.log().ends().of(log::Queue::kOwn);
  Restate();
  station_.Restart();
  Restate();
  EXPECT_EQ(station_.log().ends().of(log::Queue::kOwn), end);
  // And when that key is lost as well, under the third.
  LoseTheKey();
  Restate();
  SendAll();
  EXPECT_EQ(WritesAt(county_), WritesAt(station_));
}

TEST_F(LostKeyTest, WhatAReceiptCoversIsLeftAsItIs) {
  ASSERT_TRUE(station_.Append(Incidents(1, 20)).ok());
  ASSERT_TRUE(county_.TakeAll(station_).ok());
  ASSERT_TRUE(station_.HoldReceipt(*county_.Receipt(log::StationScope())).ok());
  const Appended unsent = station_.Append(Incidents(50, 1))->front();
  LoseTheKey();
  const Arrival end = station_.log().ends().of(log::Queue::kOwn);
  Restate();
  EXPECT_TRUE(*station_.log().IsRestated(unsent.dot));
  size_t restated = 0;
  for (const log::Entry& entry : log::AllEntries(station_.log(), log::Queue::kOwn)) {
    if (entry.arrival > end) restated += entry.changes.size();
  }
  EXPECT_EQ(restated, 1u);
}

TEST_F(LostKeyTest, AKeyThatIsKeptNeedsNoneOfIt) {
  ASSERT_TRUE(station_.Append(Incidents(1, 20)).ok());
  ASSERT_TRUE(station_.RestartAs(net_.Renewed(net_.kings, net_.e201)).ok());
  const Arrival end = station_.log().ends().of(log::Queue::kOwn);
  Restate();
  EXPECT_EQ(station_.log().ends().of(log::Queue::kOwn), end);
}

TEST_F(LostKeyTest, AnErasedTextStaysErasedForEverybodyAndIsNoDebt) {
  const Appended gone = station_.Append({log::IncidentDraft(1, "to be erased")})->front();
  log::SecondPost second(net_.kings);
  ASSERT_TRUE(station_.Append({log::ErasureDraft({{gone}})}).ok());
  const Appended word = second.node().Append({log::ErasureDraft({{gone}})})->front();
  second.Bring(station_, word);
  second.Bring(county_, word);
  LoseTheKey();
  Restate();
  SendAll();
  const auto lanes = county_.log().Lanes();
  for (const log::LaneState& lane : *lanes) EXPECT_TRUE(lane.debts.empty());
  EXPECT_EQ((WritesAt(county_)[{27, gone.dot}]), (WritesAt(station_)[{27, gone.dot}]));
  EXPECT_NE((WritesAt(county_)[{27, gone.dot}]).find("'gone'"), std::string::npos);
}

TEST_F(LostKeyTest, AChangeThatIsTooLongToRestateInOneGoesInSeveral) {
  log::Draft large = log::IncidentDraft(2, std::string(8000, 'a'));
  large.ops.push_back({28, false, {}});
  for (uint32_t element = 0; element < 3; ++element) {
    large.texts.push_back({0, 28, element, std::string(8150, 'b'), std::nullopt, std::nullopt});
  }
  ASSERT_TRUE(station_.Append({large}).ok());
  LoseTheKey();
  Restate();
  SendAll();
  EXPECT_EQ(WritesAt(county_), WritesAt(station_));
}

}  // namespace
}  // namespace tocsin::intake
