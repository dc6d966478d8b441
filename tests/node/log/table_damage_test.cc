// A page that went bad under a log in its engine's tables: the engine gives no row of it and walks
// no further, and the log goes on with what it can still read.
#include <absl/status/status.h>
#include <gtest/gtest.h>

#include <memory>
#include <vector>

#include "node/base/log.h"
#include "node/base/manual_executor.h"
#include "node/log/audit.h"
#include "tests/node/log/world.h"
#include "tests/node/store/history.h"

namespace tocsin::log {
namespace {

class TableDamageTest : public testing::Test {
 protected:
  void Open() {
    auto store = machine_.Open();
    ASSERT_TRUE(store.ok()) << store.status();
    store_ = *std::move(store);
    trust_ = net_.e201.NewTrustStore();
    auto log = Log::Open(*store_, net_.e201, *trust_, clock_, random_, executor_, {});
    ASSERT_TRUE(log.ok()) << log.status();
    log_ = *std::move(log);
  }
  void Close() {
    executor_.RunUntilIdle();
    log_.reset();
    executor_.RunUntilIdle();
    store_.reset();
  }
  void Append(uint64_t from, uint64_t count) {
    absl::Status status = absl::UnknownError("not called");
    log_->Append(Incidents(from, count), [&](auto appended) {
      status = appended.status();
      if (appended.ok()) lane_ = appended->front().lane;
    });
    executor_.RunUntilIdle();
    ASSERT_TRUE(status.ok()) << status;
  }
  size_t ChangesRead() {
    size_t changes = 0;
    for (Arrival after; after < log_->ends().of(Queue::kOwn);) {
      auto entries = log_->ReadEntries(Queue::kOwn, after, 1 << 16);
      EXPECT_TRUE(entries.ok()) << entries.status();
      if (!entries.ok() || entries->empty()) break;
      after = entries->back().arrival;
      for (const Entry& entry : *entries) changes += entry.changes.size();
    }
    executor_.RunUntilIdle();
    return changes;
  }

  LogCapture capture_;
  // So small a buffer that its tables are on the disk.
  store::Machine machine_{1, store::RocksOptions::Profile::kLog, 64 << 10};
  TestNetwork net_;
  ManualClock clock_{TestTime()};
  ManualExecutor executor_{clock_};
  SeededRandom random_{3};
  std::unique_ptr<store::Store> store_;
  std::unique_ptr<identity::TrustStore> trust_;
  std::unique_ptr<Log> log_;
  LaneId lane_;
};

TEST_F(TableDamageTest, WhatLiesBehindABadPageIsReadAndWhatLiesOnItIsAGap) {
  Open();
  constexpr size_t kGroups = 60, kEach = 100;
  for (uint64_t n = 0; n < kGroups; ++n) Append(1 + n * kEach, kEach);
  Close();
  const std::string table = machine_.FileEnding(".sst");
  ASSERT_FALSE(table.empty());
  ASSERT_TRUE(machine_.disk.FlipBit(table, machine_.disk.Read(table)->size() / 2, 3));

  Open();
  const size_t read = ChangesRead();
  EXPECT_GE(read, (kGroups - 6) * kEach);
  EXPECT_LT(read, kGroups * kEach);
  auto lane = log_->FindLane(lane_);
  ASSERT_TRUE(lane.has_value());
  size_t held = 0;
  for (const log::Run& run : lane->runs) held += run.last.value() - run.first.value() + 1;
  EXPECT_EQ(held, read);
  EXPECT_GE(lane->runs.size(), 2u);
  // It takes new reports, and reads them as well.
  Append(1 + kGroups * kEach, 5);
  EXPECT_EQ(ChangesRead(), read + 5);
  Close();
}

// One bit, anywhere in the tables: the audit goes on behind it and the start says what to do.
TEST_F(TableDamageTest, WhereverABitFlipsTheAuditNamesWhatIsDamagedAndTheStartWhatToDo) {
  for (uint64_t process = 0; process < 25; ++process) {
    Open();
    for (uint64_t n = 0; n < 4; ++n) Append(1 + process * 1000 + n * 100, 60);
    Close();
  }
  size_t found = 0, named = 0, starts_refused = 0, unreadable = 0;
  SeededRandom where(7);
  for (int i = 0; i < 30; ++i) {
    // Listed anew: the engine compacts when it likes, and a table that it read whole is gone.
    std::vector<std::string> tables;
    for (const auto& file : machine_.disk.Files()) {
      if (file.path.ends_with(".sst")) tables.push_back(file.path);
    }
    ASSERT_FALSE(tables.empty());
    const std::string& table = tables[where.Below(tables.size())];
    const size_t size = machine_.disk.Read(table)->size();
    // Before the footer and the table's own index, without which it does not open at all. Births
    // stand first.
    const uint64_t offset = where.Below(i % 4 == 0 ? 500 : size * 9 / 10);
    const int bit = static_cast<int>(where.Below(8));
    ASSERT_TRUE(machine_.disk.FlipBit(table, offset, bit));
    {
      auto store = machine_.Open();
      if (!store.ok()) {
        EXPECT_TRUE(absl::IsDataLoss(store.status())) << store.status();
        ++unreadable;
        ASSERT_TRUE(machine_.disk.FlipBit(table, offset, bit));
        continue;
      }
      auto report = VerifyLog(**store, [](const AuditProgress&) {});
      if (!report.ok()) {
        // The index of a table was hit: it gives nothing at all.
        EXPECT_TRUE(absl::IsDataLoss(report.status())) << report.status();
        ++unreadable;
      } else if (report->damaged > 0) {
        ++found;
        EXPECT_FALSE(report->ok());
        for (const AuditProblem& problem : report->problems) {
          if (problem.where.find("of city/kings/e201, changes ") != std::string::npos) {
            ++named;
            break;
          }
        }
      }
      auto trust = net_.e201.NewTrustStore();
      auto log = Log::Open(**store, net_.e201, *trust, clock_, random_, executor_, {});
      if (!log.ok()) {
        ++starts_refused;
        EXPECT_TRUE(absl::IsDataLoss(log.status()));
        EXPECT_NE(log.status().message().find("move its 'log' away"), std::string::npos)
            << log.status();
      }
      executor_.RunUntilIdle();
    }
    if (machine_.disk.Read(table).has_value()) {
      ASSERT_TRUE(machine_.disk.FlipBit(table, offset, bit));
    }
  }
  EXPECT_GT(found, 15u);
  EXPECT_GT(named, 5u);
  EXPECT_GT(starts_refused, 0u);
  EXPECT_LT(unreadable, 6u);
}

}  // namespace
}  // namespace tocsin::log
