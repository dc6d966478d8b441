#include "node/log/audit.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "node/base/log.h"
#include "node/log/rows.h"
#include "tests/node/log/erasing.h"
#include "tests/node/log/world.h"

namespace tocsin::log {
namespace {

AuditReport Audited(TestNode& node) {
  auto report = VerifyLog(node.disk(), [](const AuditProgress&) {});
  EXPECT_TRUE(report.ok()) << report.status();
  return report.ok() ? *report : AuditReport();
}

std::string Said(const AuditReport& report) {
  std::string said;
  for (const AuditProblem& problem : report.problems)
    said += problem.where + ": " + problem.what + "\n";
  return said;
}

// A county with everything in its log that a log can have: several processes' lanes, own and held
// changes, a gap, a debt, an erased text and its restated copy, receipts.
class AuditTest : public testing::Test {
 protected:
  AuditTest() {
    auto first = station_.Append(
        {IncidentDraft(1, "one"), IncidentDraft(2, "two"), IncidentDraft(3, "three")});
    EXPECT_TRUE(county_.TakeAll(station_).ok());
    EXPECT_TRUE(station_.Append({Restating(station_.log(), (*first)[0])}).ok());
    EXPECT_TRUE(station_.Append({ErasureDraft({{(*first)[0]}})}).ok());
    EXPECT_TRUE(county_.Append({ErasureDraft({{(*first)[0]}})}).ok());
    EXPECT_TRUE(county_.TakeAll(station_).ok());
    station_.Restart();
    auto second = station_.Append(Incidents(10, 30));
    LaneId lane = (*second)[0].lane;
    EXPECT_TRUE(county_.Open(station_, lane).ok());
    EXPECT_TRUE(county_.Hold(station_.Blocks(lane, 5, 9).front()).ok());
    EXPECT_TRUE(county_.Hold(station_.Blocks(lane, 1, 20).front()).ok());
    EXPECT_TRUE(county_.Hold(station_.Blocks(lane, 23, 25).front()).ok());
    EXPECT_TRUE(county_.Hold(Textless(station_.Blocks(lane, 26, 27).front())).ok());
    EXPECT_TRUE(county_.Append({IncidentDraft(90, "of the county")}).ok());
    EXPECT_TRUE(county_.Receipt(StationScope()).ok());
    TestNode city(net_.city, 13);
    EXPECT_TRUE(county_.HoldReceipt(*city.Receipt(StationScope())).ok());
  }

  LogCapture capture_;
  TestNetwork net_;
  TestNode station_{net_.e201, 11};
  TestNode county_{net_.kings, 12};
};

TEST_F(AuditTest, AnHonestLogHoldsAndIsCounted) {
  AuditReport report = Audited(county_);
  EXPECT_TRUE(report.ok()) << Said(report);
  EXPECT_EQ(report.certificates, 3u);
  EXPECT_EQ(report.lanes, 4u);
  EXPECT_EQ(report.changes, 6u + 20 + 3 + 2 + 1);
  EXPECT_GE(report.seals, 5u);
  EXPECT_EQ(report.texts_erased, 1u);
  EXPECT_EQ(report.gaps, 1u);
  EXPECT_EQ(report.debts, 2u);
  EXPECT_EQ(report.receipts, 2u);
  EXPECT_TRUE(Audited(station_).ok());
}

TEST_F(AuditTest, AForkIsCountedAndIsNoFault) {
  // Two rival runs behind change 33 of a lane of the county's own.
  auto appended = county_.Append(Incidents(100, 2));
  LaneId lane = (*appended)[0].lane;
  TestNode city(net_.city, 14);
  ASSERT_TRUE(city.TakeAll(county_).ok());
  tocsin::log::Run tip = city.log().FindLane(lane)->runs[0];
  for (uint64_t n = 0; n < 2; ++n) {
    Draft draft = IncidentDraft(200 + n);
    TestNode other(net_.kings, 50 + n);
    auto rival = other.Append({draft});
    auto block = UnpackBlock(other.Blocks((*rival)[0].lane, 1, 1).front());
    Step step = *NextStep(tip.last_step, block->change(0));
    ASSERT_TRUE(city.Hold(PackBlock({lane, tip.last.Next(), 1, tip.last_step,
                                     net_.kings.Sign(identity::Use::kSeal,
                                                     SealedBytes(lane, tip.last.Next(), step))},
                                    block->change(0)))
                    .ok());
  }
  AuditReport report = Audited(city);
  EXPECT_TRUE(report.ok()) << Said(report);
  EXPECT_EQ(report.forks, 1u);
}

TEST_F(AuditTest, TheFirstBadBlockIsNamed) {
  auto at = county_.disk().Scan("e\x04", "e\x05");
  std::string value(at->value());
  value.back() = static_cast<char>(value.back() ^ 1);
  store::Batch batch;
  batch.Put(at->key(), value);
  ASSERT_TRUE(county_.disk().Write(batch, store::Durability::kSynced).ok());
  AuditReport report = Audited(county_);
  ASSERT_FALSE(report.ok());
  EXPECT_NE(
      report.problems[0].where.find("of city/kings/e201, changes 1 to 3 (entry 1 of routine)"),
      std::string::npos)
      << report.problems[0].where;
}

TEST_F(AuditTest, ProgressReachesTheEnd) {
  AuditProgress last;
  ASSERT_TRUE(VerifyLog(county_.disk(), [&](const AuditProgress& at) { last = at; }).ok());
  EXPECT_EQ(last.lanes_done, 4u);
  EXPECT_EQ(last.lanes_total, 4u);
  EXPECT_GT(last.changes, 0u);
}

TEST_F(AuditTest, AFolderWithoutALogIsSaidToBeOne) {
  store::ModelStore disk;
  EXPECT_TRUE(absl::IsFailedPrecondition(VerifyLog(disk, [](const AuditProgress&) {}).status()));
}

// When, by which process and by whom a range arrived is this node's own note and bound by nothing.
bool IsBound(absl::string_view key, absl::string_view value, size_t at) {
  if (key[0] != 'e') return true;
  auto entry = DecodeEntry(value);
  size_t payload = value.size() - entry->payload.size();
  size_t noted = 8 + 8 + 16 + 1 + 1 + entry->header.peer.size() + 1;
  return at < payload - noted || at >= payload;
}

TEST_F(AuditTest, EveryFlippedByteAndEveryLostRowIsDetected) {
  std::vector<std::pair<std::string, std::string>> rows;
  for (char table : {'b', 'c', 'e', 'h', 'i', 'p', 'r', 'x'}) {
    auto at = county_.disk().Scan(TableBegin(table), TableEnd(table));
    for (; at->Valid(); at->Next()) rows.emplace_back(at->key(), at->value());
  }
  auto detected = [&] {
    auto report = VerifyLog(county_.disk(), [](const AuditProgress&) {});
    return !report.ok() || !report->ok();
  };
  SeededRandom random(5);
  for (const auto& [key, value] : rows) {
    store::Batch restore;
    restore.Put(key, value);
    for (int n = 0; n < 12; ++n) {
      size_t at = random.Below(value.size());
      if (!IsBound(key, value, at)) continue;
      std::string bad = value;
      bad[at] = static_cast<char>(bad[at] ^ (1 << random.Below(8)));
      store::Batch batch;
      batch.Put(key, bad);
      ASSERT_TRUE(county_.disk().Write(batch, store::Durability::kBuffered).ok());
      EXPECT_TRUE(detected()) << key[0] << " byte " << at << " of " << value.size();
    }
    if (key[0] != 'r') {
      store::Batch batch;
      batch.Delete(key);
      ASSERT_TRUE(county_.disk().Write(batch, store::Durability::kBuffered).ok());
      EXPECT_TRUE(detected()) << "lost row of " << key[0];
    }
    ASSERT_TRUE(county_.disk().Write(restore, store::Durability::kBuffered).ok());
  }
  EXPECT_TRUE(Audited(county_).ok());
}

}  // namespace
}  // namespace tocsin::log
