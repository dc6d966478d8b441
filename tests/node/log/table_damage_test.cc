// A page that went bad under a log in its engine's tables: the engine gives no row of it and walks
// no further, and the log goes on with what it can still read.
#include <absl/status/status.h>
#include <gtest/gtest.h>

#include <memory>
#include <vector>

#include "node/base/log.h"
#include "node/base/manual_executor.h"
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

}  // namespace
}  // namespace tocsin::log
