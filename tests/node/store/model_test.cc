// The model against RocksDB under random histories, and what only the model can be told to do.
#include <absl/strings/str_cat.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <functional>
#include <set>
#include <string>
#include <vector>

#include "node/base/log.h"
#include "node/base/random.h"
#include "node/store/model_store.h"
#include "tests/node/store/world.h"

namespace tocsin::store {
namespace {

Batch RandomBatch() {
  Batch batch;
  const int operations = *rc::gen::inRange(0, 5);
  for (int i = 0; i < operations; ++i) {
    const std::string key = absl::StrCat("k", *rc::gen::inRange(0, 9));
    switch (*rc::gen::inRange(0, 4)) {
      case 0:
        batch.Delete(key);
        break;
      case 1:
        batch.DeleteRange(key, absl::StrCat("k", *rc::gen::inRange(0, 9)));
        break;
      default:
        batch.Put(key, *rc::gen::container<std::string>(rc::gen::inRange('a', 'z')));
    }
  }
  return batch;
}

// Backwards, to try the other half of the walk.
Contents ReadBackwards(const Store& store) {
  Contents contents;
  auto at = store.Scan("", "");
  for (at->SeekToLast(); at->Valid(); at->Prev()) {
    contents.emplace(std::string(at->key()), std::string(at->value()));
  }
  RC_ASSERT(at->status().ok());
  return contents;
}

void TheModelSaysWhat(const std::function<std::unique_ptr<World>(uint64_t)>& make) {
  SetLogLevel(LogLevel::kOff);
  auto model = MakeModelWorld(1);
  auto rocks = make(1);
  std::shared_ptr<const Snapshot> model_moment;
  std::shared_ptr<const Snapshot> rocks_moment;
  const int steps = *rc::gen::inRange(1, 40);
  for (int step = 0; step < steps; ++step) {
    switch (*rc::gen::inRange(0, 12)) {
      case 0:
        RC_ASSERT(model->store().Flush() == rocks->store().Flush());
        break;
      case 1:
        model_moment.reset();
        rocks_moment.reset();
        model->PowerCutLosingAll();
        rocks->PowerCutLosingAll();
        break;
      case 2:
        model_moment.reset();
        rocks_moment.reset();
        model->Restart();
        rocks->Restart();
        // RocksDB makes what it finds durable; the model does not, for nobody was promised that.
        RC_ASSERT(model->store().Flush().ok());
        break;
      case 3:
        model_moment = model->store().TakeSnapshot();
        rocks_moment = rocks->store().TakeSnapshot();
        break;
      default: {
        const Batch batch = RandomBatch();
        const Durability durability = *rc::gen::element(Durability::kSynced, Durability::kBuffered);
        RC_ASSERT(model->store().Write(batch, durability) ==
                  rocks->store().Write(batch, durability));
      }
    }
    RC_ASSERT(Read(model->store()) == Read(rocks->store()));
    RC_ASSERT(ReadBackwards(model->store()) == Read(rocks->store()));
    if (model_moment != nullptr) {
      RC_ASSERT(Read(model->store(), "", "", model_moment.get()) ==
                Read(rocks->store(), "", "", rocks_moment.get()));
    }
    const std::string key = absl::StrCat("k", *rc::gen::inRange(0, 10));
    auto model_at = model->store().Scan("k2", "k7");
    auto rocks_at = rocks->store().Scan("k2", "k7");
    model_at->SeekForPrev(key);
    rocks_at->SeekForPrev(key);
    RC_ASSERT(model_at->Valid() == rocks_at->Valid());
    if (model_at->Valid()) RC_ASSERT(model_at->key() == rocks_at->key());
  }
}

RC_GTEST_PROP(ModelStore, SaysWhatALogWouldUnderAnyHistoryWithCrashes, ()) {
  TheModelSaysWhat(MakeLogWorld);
}

RC_GTEST_PROP(ModelStore, SaysWhatAViewWouldUnderAnyHistoryWithCrashes, ()) {
  TheModelSaysWhat(MakeViewWorld);
}

TEST(ModelStore, ARestartLosesNothingButACrashAfterItMay) {
  ModelStore store;
  ASSERT_TRUE(store.Write(PutOne("a", "1"), Durability::kBuffered).ok());
  auto restarted = store.Restart();
  EXPECT_EQ(Read(*restarted).size(), 1u);
  EXPECT_EQ(store.Get("a").status().code(), absl::StatusCode::kDataLoss);
  SeededRandom random(1);
  auto crashed = restarted->Crash(ModelStore::Lose::kAllUnsynced, random);
  EXPECT_TRUE(Read(*crashed).empty());
}

TEST(ModelStore, TheSameSeedLosesTheSame) {
  std::vector<std::vector<size_t>> left(2);
  for (auto& run : left) {
    for (uint64_t seed = 0; seed < 10; ++seed) {
      ModelStore store;
      for (int i = 0; i < 50; ++i) {
        ASSERT_TRUE(store.Write(PutOne(std::to_string(i), "1"), Durability::kBuffered).ok());
      }
      SeededRandom random(seed);
      run.push_back(Read(*store.Crash(ModelStore::Lose::kRandomSuffix, random)).size());
    }
  }
  EXPECT_EQ(left[0], left[1]);
  EXPECT_GT(std::set<size_t>(left[0].begin(), left[0].end()).size(), 5u);
}

TEST(ModelStore, AFailedSyncLeavesItsWriteInDoubt) {
  bool there = false;
  bool gone = false;
  for (uint64_t seed = 0; seed < 20; ++seed) {
    ModelStore store;
    ASSERT_TRUE(store.Write(PutOne("a", "1"), Durability::kSynced).ok());
    store.FailSync(1);
    EXPECT_FALSE(store.Write(PutOne("b", "1"), Durability::kSynced).ok());
    EXPECT_TRUE(store.failed());
    SeededRandom random(seed);
    const size_t found = Read(*store.Crash(ModelStore::Lose::kRandomSuffix, random)).size();
    there |= found == 2;
    gone |= found == 1;
  }
  EXPECT_TRUE(there && gone);
}

TEST(ModelStore, AWriteToFailFailsTheStore) {
  ModelStore store;
  store.FailWrite(2);
  EXPECT_TRUE(store.Write(PutOne("a", "1"), Durability::kBuffered).ok());
  EXPECT_EQ(store.Write(PutOne("b", "1"), Durability::kBuffered).code(),
            absl::StatusCode::kDataLoss);
  EXPECT_TRUE(store.failed());
}

TEST(ModelStore, OldValuesGoWithTheMomentThatWantedThem) {
  ModelStore store;
  ASSERT_TRUE(store.Write(PutOne("a", std::string(1000, 'x')), Durability::kSynced).ok());
  auto moment = store.TakeSnapshot();
  for (int i = 0; i < 10; ++i) {
    ASSERT_TRUE(store.Write(PutOne("a", std::to_string(i)), Durability::kSynced).ok());
  }
  EXPECT_EQ(store.bytes_used(), 2u);
  EXPECT_EQ((*store.Get("a", moment.get()))->size(), 1000u);
  moment.reset();
  EXPECT_EQ(**store.Get("a"), "9");
}

TEST(ModelStore, AFlippedBitIsReadAsIfItHadBeenWritten) {
  ModelStore store;
  ASSERT_TRUE(store.Write(PutOne("a", "xyz"), Durability::kSynced).ok());
  store.FlipBit("a", 8);
  EXPECT_EQ(**store.Get("a"), "xxz");
  EXPECT_EQ(**store.Restart()->Get("a"), "xxz");
}

TEST(ModelStore, ASpoiledPageEndsReadsAndScansUntilItIsWrittenAgain) {
  ModelStore store;
  for (const char* key : {"a", "b", "c"}) {
    ASSERT_TRUE(store.Write(PutOne(key, "1"), Durability::kSynced).ok());
  }
  store.SpoilPage("b");
  EXPECT_EQ(store.Get("b").status().code(), absl::StatusCode::kDataLoss);
  EXPECT_EQ(**store.Get("c"), "1");
  auto forward = store.Scan("", "");
  ASSERT_TRUE(forward->Valid());
  forward->Next();
  EXPECT_FALSE(forward->Valid());
  EXPECT_EQ(forward->status().code(), absl::StatusCode::kDataLoss);
  auto backward = store.Scan("", "");
  backward->SeekToLast();
  ASSERT_TRUE(backward->Valid());
  backward->Prev();
  EXPECT_EQ(backward->status().code(), absl::StatusCode::kDataLoss);
  EXPECT_FALSE(store.failed());

  ASSERT_TRUE(store.Checkpoint("copy").ok());
  EXPECT_FALSE((*store.OpenCheckpoint("copy"))->Get("b").ok());
  ASSERT_TRUE(store.Write(PutOne("b", "2"), Durability::kSynced).ok());
  EXPECT_EQ(**store.Get("b"), "2");
  auto whole = store.Scan("", "");
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(whole->Valid());
    whole->Next();
  }
  EXPECT_TRUE(whole->status().ok());
}

}  // namespace
}  // namespace tocsin::store
