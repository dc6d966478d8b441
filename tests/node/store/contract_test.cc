// What node/store/store.h promises, held by every implementation.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "tests/node/store/world.h"

namespace tocsin::store {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Pair;

struct Implementation {
  std::string name;
  std::function<std::unique_ptr<World>(uint64_t seed)> make;

  friend void PrintTo(const Implementation& made, std::ostream* out) { *out << made.name; }
};

class StoreContract : public ::testing::TestWithParam<Implementation> {
 protected:
  Store& store() { return world_->store(); }
  void Put(absl::string_view key, absl::string_view value,
           Durability durability = Durability::kSynced) {
    absl::Status status = store().Write(PutOne(key, value), durability);
    ASSERT_TRUE(status.ok()) << status;
  }
  std::optional<std::string> Get(absl::string_view key, const Snapshot* snapshot = nullptr) {
    auto value = store().Get(key, snapshot);
    EXPECT_TRUE(value.ok()) << value.status();
    return value.ok() ? *value : std::nullopt;
  }

  std::unique_ptr<World> world_ = GetParam().make(1);
};

TEST_P(StoreContract, ANewStoreIsEmpty) {
  EXPECT_THAT(Read(store()), IsEmpty());
  EXPECT_EQ(Get("key"), std::nullopt);
  EXPECT_FALSE(store().failed());
}

TEST_P(StoreContract, WhatIsPutIsReadAndWhatIsDeletedIsGone) {
  Put("b", "1");
  Put("a", "2");
  Put("b", "3");
  EXPECT_EQ(Get("b"), "3");
  EXPECT_THAT(Read(store()), ElementsAre(Pair("a", "2"), Pair("b", "3")));
  Batch batch;
  batch.Delete("b");
  batch.Delete("never there");
  ASSERT_TRUE(store().Write(batch, Durability::kSynced).ok());
  EXPECT_EQ(Get("b"), std::nullopt);
  EXPECT_THAT(Read(store()), ElementsAre(Pair("a", "2")));
}

TEST_P(StoreContract, KeysAndValuesAreAnyBytes) {
  const std::string key("\0\xff\n\0k", 5);
  const std::string value("\0\0\xff", 3);
  Put(key, value);
  Put("\xff\xff\xff", "last");
  Put("", "first");
  Put("empty", "");
  EXPECT_EQ(Get(key), value);
  EXPECT_THAT(Read(store()), ElementsAre(Pair("", "first"), Pair(key, value), Pair("empty", ""),
                                         Pair("\xff\xff\xff", "last")));
}

TEST_P(StoreContract, OfTwoOperationsOfABatchOnOneKeyTheLaterCounts) {
  Batch batch;
  batch.Put("a", "1");
  batch.Put("b", "1");
  batch.Delete("a");
  batch.DeleteRange("b", "c");
  batch.Put("b", "2");
  batch.Put("c", "1");
  ASSERT_TRUE(store().Write(batch, Durability::kSynced).ok());
  EXPECT_THAT(Read(store()), ElementsAre(Pair("b", "2"), Pair("c", "1")));
}

TEST_P(StoreContract, ADeletedRangeEndsBeforeItsEnd) {
  for (const char* key : {"a", "b", "ba", "c", "d"}) Put(key, "1");
  Batch batch;
  batch.DeleteRange("b", "c");
  batch.DeleteRange("d", "d");
  batch.DeleteRange("d", "a");
  ASSERT_TRUE(store().Write(batch, Durability::kSynced).ok());
  EXPECT_THAT(Read(store()), ElementsAre(Pair("a", "1"), Pair("c", "1"), Pair("d", "1")));
}

TEST_P(StoreContract, AnEmptyBatchWritesNothingAndIsFine) {
  EXPECT_TRUE(store().Write(Batch(), Durability::kSynced).ok());
  EXPECT_TRUE(store().Write(Batch(), Durability::kBuffered).ok());
  EXPECT_THAT(Read(store()), IsEmpty());
}

TEST_P(StoreContract, ABatchOverTheLimitIsRefusedWhole) {
  const std::string piece(1 << 20, 'x');
  Batch batch;
  for (int i = 0; i < 65; ++i) batch.Put(std::to_string(i), piece);
  absl::Status status = store().Write(batch, Durability::kBuffered);
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << status;
  EXPECT_THAT(Read(store()), IsEmpty());
  Put("small", "1");
}

TEST_P(StoreContract, AWalkKeepsToItsBounds) {
  for (const char* key : {"a", "b", "c", "d"}) Put(key, key);
  EXPECT_THAT(Read(store(), "b", "d"), ElementsAre(Pair("b", "b"), Pair("c", "c")));
  EXPECT_THAT(Read(store(), "bb", ""), ElementsAre(Pair("c", "c"), Pair("d", "d")));
  EXPECT_THAT(Read(store(), "x", ""), IsEmpty());
  EXPECT_THAT(Read(store(), "c", "c"), IsEmpty());

  auto at = store().Scan("b", "d");
  ASSERT_TRUE(at->Valid());
  EXPECT_EQ(at->key(), "b");
  at->Seek("a");
  ASSERT_TRUE(at->Valid());
  EXPECT_EQ(at->key(), "b");
  at->SeekForPrev("z");
  ASSERT_TRUE(at->Valid());
  EXPECT_EQ(at->key(), "c");
  at->Seek("d");
  EXPECT_FALSE(at->Valid());
  at->SeekForPrev("a");
  EXPECT_FALSE(at->Valid());
  EXPECT_TRUE(at->status().ok());
}

TEST_P(StoreContract, AWalkGoesBothWays) {
  for (const char* key : {"aa", "ab", "ba"}) Put(key, "1");
  auto at = store().Scan("", "");
  at->SeekToLast();
  std::vector<std::string> seen;
  for (; at->Valid(); at->Prev()) seen.emplace_back(at->key());
  EXPECT_THAT(seen, ElementsAre("ba", "ab", "aa"));
  EXPECT_TRUE(at->status().ok());
  at->Seek("ab");
  ASSERT_TRUE(at->Valid());
  at->Next();
  ASSERT_TRUE(at->Valid());
  EXPECT_EQ(at->key(), "ba");
  at->Prev();
  ASSERT_TRUE(at->Valid());
  EXPECT_EQ(at->key(), "ab");
}

// A prefix extractor would hide "aac1" from this seek without an error.
TEST_P(StoreContract, ASeekFindsTheNextKeyWhateverItsPrefix) {
  Put("aaa1", "1");
  Put("aac1", "1");
  ASSERT_TRUE(store().Flush().ok());
  auto at = store().Scan("", "");
  at->Seek("aab");
  ASSERT_TRUE(at->Valid());
  EXPECT_EQ(at->key(), "aac1");
  at->SeekForPrev("aab");
  ASSERT_TRUE(at->Valid());
  EXPECT_EQ(at->key(), "aaa1");
}

TEST_P(StoreContract, AWalkShowsTheMomentItBegan) {
  Put("a", "1");
  Put("b", "1");
  auto at = store().Scan("", "");
  Batch batch;
  batch.Put("a", "2");
  batch.DeleteRange("b", "c");
  batch.Put("c", "2");
  ASSERT_TRUE(store().Write(batch, Durability::kBuffered).ok());
  ASSERT_TRUE(at->Valid());
  EXPECT_EQ(at->value(), "1");
  at->Next();
  ASSERT_TRUE(at->Valid());
  EXPECT_EQ(at->key(), "b");
  at->Next();
  EXPECT_FALSE(at->Valid());
  EXPECT_TRUE(at->status().ok());
}

TEST_P(StoreContract, ASnapshotShowsItsMomentToEveryReader) {
  Put("a", "1");
  auto before = store().TakeSnapshot();
  Put("a", "2");
  Put("b", "2");
  auto between = store().TakeSnapshot();
  Batch batch;
  batch.DeleteRange("", "z");
  ASSERT_TRUE(store().Write(batch, Durability::kSynced).ok());
  EXPECT_EQ(Get("a", before.get()), "1");
  EXPECT_EQ(Get("b", before.get()), std::nullopt);
  EXPECT_THAT(Read(store(), "", "", between.get()), ElementsAre(Pair("a", "2"), Pair("b", "2")));
  EXPECT_THAT(Read(store()), IsEmpty());
  before.reset();
  EXPECT_THAT(Read(store(), "", "", between.get()), ElementsAre(Pair("a", "2"), Pair("b", "2")));
}

TEST_P(StoreContract, ARestartKeepsEverything) {
  Put("a", "1", Durability::kSynced);
  Put("b", "2", Durability::kBuffered);
  world_->Restart();
  EXPECT_THAT(Read(store()), ElementsAre(Pair("a", "1"), Pair("b", "2")));
}

TEST_P(StoreContract, ASyncedWriteAndAllBeforeItSurviveAPowerCut) {
  Put("a", "1", Durability::kBuffered);
  Put("b", "2", Durability::kSynced);
  Put("c", "3", Durability::kBuffered);
  world_->PowerCutLosingAll();
  EXPECT_THAT(Read(store()), ElementsAre(Pair("a", "1"), Pair("b", "2")));
}

TEST_P(StoreContract, AFlushMakesAllDurable) {
  Put("a", "1", Durability::kBuffered);
  Put("b", "2", Durability::kBuffered);
  ASSERT_TRUE(store().Flush().ok());
  Put("c", "3", Durability::kBuffered);
  world_->PowerCutLosingAll();
  EXPECT_THAT(Read(store()), ElementsAre(Pair("a", "1"), Pair("b", "2")));
}

TEST_P(StoreContract, APowerCutLosesTheNewestWritesAloneAndNonePartly) {
  for (uint64_t seed = 0; seed < 12; ++seed) {
    world_ = GetParam().make(seed);
    Put("synced", "1");
    for (int i = 0; i < 10; ++i) {
      Batch batch;
      batch.Put("x" + std::to_string(i), std::string(3000, 'x'));
      batch.Put("y" + std::to_string(i), "");
      ASSERT_TRUE(store().Write(batch, Durability::kBuffered).ok());
    }
    world_->PowerCut();
    Contents contents = Read(store());
    EXPECT_EQ(contents.count("synced"), 1u);
    int present = 0;
    for (int i = 0; i < 10; ++i) {
      const auto x = contents.count("x" + std::to_string(i));
      EXPECT_EQ(x, contents.count("y" + std::to_string(i))) << "seed " << seed << ", write " << i;
      if (x == 0) break;
      ++present;
    }
    EXPECT_EQ(contents.size(), 1u + 2u * static_cast<size_t>(present)) << "seed " << seed;
  }
}

TEST_P(StoreContract, ACheckpointIsAWholeCopyOfItsMoment) {
  Put("a", "1", Durability::kBuffered);
  ASSERT_TRUE(store().Checkpoint("copy").ok());
  Put("a", "2");
  Put("b", "2");
  auto copy = world_->OpenCheckpoint("copy");
  ASSERT_TRUE(copy.ok()) << copy.status();
  EXPECT_THAT(Read(**copy), ElementsAre(Pair("a", "1")));
  ASSERT_TRUE((*copy)->Write(PutOne("c", "3"), Durability::kSynced).ok());
  EXPECT_THAT(Read(store()), ElementsAre(Pair("a", "2"), Pair("b", "2")));
}

TEST_P(StoreContract, ACheckpointIsRefusedWhereSomethingIs) {
  Put("a", "1");
  ASSERT_TRUE(store().Checkpoint("copy").ok());
  absl::Status again = store().Checkpoint("copy");
  EXPECT_EQ(again.code(), absl::StatusCode::kAlreadyExists) << again;
  EXPECT_FALSE(store().failed());
}

TEST_P(StoreContract, AfterAFailedSyncEveryCallGivesTheSameFailure) {
  Put("a", "1");
  auto walk = store().Scan("", "");
  world_->BreakSync();
  const absl::Status failure = store().Write(PutOne("b", "2"), Durability::kSynced);
  EXPECT_EQ(failure.code(), absl::StatusCode::kDataLoss) << failure;
  EXPECT_THAT(failure.message(), HasSubstr("stop this process"));
  EXPECT_TRUE(store().failed());
  EXPECT_EQ(store().Write(PutOne("c", "3"), Durability::kSynced), failure);
  EXPECT_EQ(store().Write(PutOne("c", "3"), Durability::kBuffered), failure);
  EXPECT_EQ(store().Flush(), failure);
  EXPECT_EQ(store().Get("a").status(), failure);
  EXPECT_EQ(store().Checkpoint("copy"), failure);
  auto at = store().Scan("", "");
  EXPECT_FALSE(at->Valid());
  EXPECT_EQ(at->status(), failure);
  walk->Next();
  EXPECT_FALSE(walk->Valid());
  EXPECT_EQ(walk->status(), failure);
}

TEST_P(StoreContract, AFullDiskRefusesWritesGoesOnReadingAndRecovers) {
  Put("a", "1");
  EXPECT_TRUE(store().CheckRoom().ok());
  world_->SetFull(true);
  EXPECT_EQ(store().CheckRoom().code(), absl::StatusCode::kResourceExhausted);
  // What fits in memory may still be taken by a view; a synced write cannot.
  absl::Status status = store().Write(PutOne("b", std::string(5000, 'x')), Durability::kSynced);
  EXPECT_EQ(status.code(), absl::StatusCode::kResourceExhausted) << status;
  EXPECT_FALSE(store().failed());
  EXPECT_EQ(Get("a"), "1");
  EXPECT_EQ(store().Write(PutOne("c", "3"), Durability::kSynced).code(),
            absl::StatusCode::kResourceExhausted);
  world_->SetFull(false);
  EXPECT_TRUE(store().CheckRoom().ok());
  EXPECT_FALSE(store().met_full_disk());
  Put("d", "4");
  world_->PowerCutLosingAll();
  EXPECT_EQ(Get("a"), "1");
  EXPECT_EQ(Get("d"), "4");
}

TEST_P(StoreContract, ReadersOnOtherThreadsSeeWholeBatches) {
  std::atomic<bool> stop = false;
  std::vector<std::thread> readers;
  std::atomic<int> torn = 0;
  std::atomic<int> reads = 0;
  for (int i = 0; i < 2; ++i) {
    readers.emplace_back([&] {
      while (!stop || reads == 0) {
        Contents contents = Read(store());
        if (contents.size() == 2 && contents["a"] != contents["b"]) ++torn;
        ++reads;
      }
    });
  }
  for (int i = 0; i < 300; ++i) {
    Batch batch;
    batch.Put("a", std::to_string(i));
    batch.Put("b", std::to_string(i));
    ASSERT_TRUE(store().Write(batch, Durability::kBuffered).ok());
  }
  stop = true;
  for (std::thread& reader : readers) reader.join();
  EXPECT_EQ(torn, 0);
}

INSTANTIATE_TEST_SUITE_P(, StoreContract,
                         ::testing::Values(Implementation{"Model", MakeModelWorld},
                                           Implementation{"RocksLog", MakeLogWorld},
                                           Implementation{"RocksView", MakeViewWorld}),
                         [](const auto& made) { return made.param.name; });

}  // namespace
}  // namespace tocsin::store
