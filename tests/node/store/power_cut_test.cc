// Power cuts and I/O errors at each point of a history in turn.
#include <absl/strings/match.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "node/base/log.h"
#include "tests/node/store/history.h"

namespace tocsin::store {
namespace {

using Profile = RocksOptions::Profile;

class EveryPoint : public ::testing::TestWithParam<Profile> {
 protected:
  EveryPoint() { SetLogLevel(LogLevel::kOff); }
  ~EveryPoint() override { SetLogLevel(LogLevel::kInfo); }

  // Small buffers, so that a short history flushes and compacts.
  Machine NewMachine(uint64_t seed) const { return Machine(seed, GetParam(), 64 << 10); }
  // An unsynced record that lies across two pages of the manifest, of which only the second was
  // written: the engine refuses to open. Disks that grow a file after its data (ext4, XFS) never
  // leave it.
  static bool HoleInManifest(const absl::Status& status) {
    return absl::IsDataLoss(status) && absl::StrContains(status.message(), "/MANIFEST-");
  }
  // Of the whole history on a sound disk.
  uint64_t Count(const History& history, DiskOperation operation) const {
    Machine machine = NewMachine(0);
    auto store = machine.Open();
    EXPECT_TRUE(store.ok()) << store.status();
    History::Run run;
    history.Write(**store, GetParam(), run);
    EXPECT_EQ(run.done.size(), history.size()) << run.first_error;
    return machine.disk.count(operation);
  }
};

TEST_P(EveryPoint, APowerCutAtAnySyncLosesNothingThatWasDurableAndNoPartOfAWrite) {
  const History history(1, 300, 2000);
  const uint64_t syncs = Count(history, DiskOperation::kSync);
  ASSERT_GT(syncs, 100u);
  const uint64_t step = GetParam() == Profile::kLog ? 1 : 7;
  uint64_t holes = 0;
  for (uint64_t at = 1; at <= syncs; at += step) {
    Machine machine = NewMachine(at);
    History::Run run;
    machine.disk.PowerOffAt(DiskOperation::kSync, at);
    if (auto store = machine.Open(); store.ok()) history.Write(**store, GetParam(), run);
    machine.disk.PowerOff();
    machine.disk.PowerOn(Loss::kDrawn);
    // And once more while it recovers.
    machine.disk.PowerOffAt(at % 2 == 0 ? DiskOperation::kSync : DiskOperation::kWrite, 1 + at % 5);
    if (auto store = machine.Open(); store.ok()) (*store)->Flush().IgnoreError();
    machine.disk.PowerOff();
    machine.disk.PowerOn(Loss::kDrawn);
    auto store = machine.Open();
    if (HoleInManifest(store.status())) {
      ++holes;
      continue;
    }
    ASSERT_TRUE(store.ok()) << "cut at sync " << at << ": " << store.status();
    ASSERT_EQ(history.Check(Read(**store), run), "") << "cut at sync " << at;
    EXPECT_TRUE((*store)->Write(PutOne("after", "1"), Durability::kSynced).ok());
  }
  EXPECT_LE(holes, syncs / 50);
}

TEST_P(EveryPoint, AnErrorOfTheDiskAtAnyPointLosesNothingThatWasDurable) {
  const History history(2, 150, 2000);
  for (DiskOperation operation :
       {DiskOperation::kRead, DiskOperation::kWrite, DiskOperation::kSync, DiskOperation::kName}) {
    const uint64_t count = Count(history, operation);
    ASSERT_GT(count, 0u);
    const uint64_t step = 1 + count / 40;
    for (DiskFault fault : {DiskFault::kIoError, DiskFault::kNoSpace}) {
      for (uint64_t at = 1; at <= count; at += step) {
        const bool lasting = at % 2 == 0;
        SCOPED_TRACE(::testing::Message()
                     << "operation " << static_cast<int>(operation) << " fault "
                     << static_cast<int>(fault) << " at " << at << (lasting ? " lasting" : ""));
        Machine machine = NewMachine(at);
        if (lasting) {
          machine.disk.FailFrom(operation, at, fault);
        } else {
          machine.disk.FailOnce(operation, at, fault);
        }
        History::Run run;
        if (auto store = machine.Open(); store.ok()) {
          history.Write(**store, GetParam(), run);
          EXPECT_TRUE(run.unknown.empty() || run.refused > 0 || (*store)->failed())
              << run.first_error;
          // What can be read is read whole or not at all.
          auto walk = (*store)->Scan("", "");
          while (walk->Valid()) walk->Next();
          if (walk->status().ok() && run.unknown.empty()) {
            machine.disk.Heal();
            EXPECT_EQ(history.Check(Read(**store), run), "");
          }
        } else {
          EXPECT_THAT(store.status().code(), ::testing::AnyOf(absl::StatusCode::kDataLoss,
                                                              absl::StatusCode::kResourceExhausted))
              << store.status();
        }
        machine.disk.Heal();
        machine.disk.PowerOff();
        machine.disk.PowerOn(Loss::kDrawn);
        auto store = machine.Open();
        if (HoleInManifest(store.status())) continue;
        ASSERT_TRUE(store.ok()) << store.status();
        ASSERT_EQ(history.Check(Read(**store), run), "") << run.first_error;
      }
    }
  }
}

TEST_P(EveryPoint, AStoreWithAReserveGoesOnByItselfWhenTheDiskHasRoomAgain) {
  const History history(3, 120, 2000);
  size_t refused = 0;
  for (uint64_t room = 200'000; room <= 220'000; room += 2'000) {
    SCOPED_TRACE(room);
    Machine machine = NewMachine(room);
    machine.options.reserve_bytes = 200'000;
    auto store = machine.Open();
    ASSERT_TRUE(store.ok()) << store.status();
    machine.disk.SetCapacity(machine.disk.used() + room);
    History::Run run;
    history.Write(**store, GetParam(), run);
    ASSERT_FALSE((*store)->failed()) << run.first_error;
    refused += run.refused;
    EXPECT_EQ(run.refused > 0, absl::IsResourceExhausted(run.first_error)) << run.first_error;
    machine.disk.SetCapacity(64 << 20);
    const size_t before = run.done.size();
    history.Write(**store, GetParam(), run);
    EXPECT_EQ(run.done.size(), before + history.size());
    EXPECT_TRUE((*store)->Flush().ok());
    run.durable = run.done.size();
    machine.disk.PowerOff();
    store->reset();
    machine.disk.PowerOn(Loss::kAllUnsynced);
    store = machine.Open();
    ASSERT_TRUE(store.ok()) << store.status();
    EXPECT_EQ(history.Check(Read(**store), run), "");
  }
  EXPECT_GT(refused, 0u);
}

TEST_P(EveryPoint, AnEngineThatMetAFullDiskReadsOnAndWritesWhenItIsOpenedAgain) {
  const History history(3, 120, 2000);
  for (uint64_t room = 0; room < 200'000; room += 15'000) {
    SCOPED_TRACE(room);
    Machine machine = NewMachine(room);
    machine.options.reserve_bytes = 0;
    auto store = machine.Open();
    ASSERT_TRUE(store.ok()) << store.status();
    const uint64_t capacity = machine.disk.used() + room;
    machine.disk.SetCapacity(capacity);
    History::Run run;
    history.Write(**store, GetParam(), run);
    ASSERT_FALSE((*store)->failed()) << run.first_error;
    // What was taken, and perhaps the write that met the wall.
    EXPECT_EQ(history.Check(Read(**store), run), "");
    machine.disk.SetCapacity(64 << 20);
    if (run.refused > 0) {
      EXPECT_TRUE(absl::IsResourceExhausted(run.first_error)) << run.first_error;
      EXPECT_TRUE(
          absl::IsResourceExhausted((*store)->Write(PutOne("a", "1"), Durability::kSynced)));
    }
    store->reset();
    store = machine.Open();
    ASSERT_TRUE(store.ok()) << store.status();
    ASSERT_EQ(history.Check(Read(**store), run), "");
    EXPECT_TRUE((*store)->Write(PutOne("a", "1"), Durability::kSynced).ok());
  }
}

INSTANTIATE_TEST_SUITE_P(, EveryPoint, ::testing::Values(Profile::kLog, Profile::kView),
                         [](const auto& made) {
                           return made.param == Profile::kLog ? "Log" : "View";
                         });

}  // namespace
}  // namespace tocsin::store
