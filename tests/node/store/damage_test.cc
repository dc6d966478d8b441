// What a log refuses to open: the traps of its engine, each measured.
#include <absl/strings/str_cat.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "node/base/log.h"
#include "tests/node/store/history.h"

namespace tocsin::store {
namespace {

using ::testing::HasSubstr;

class Damage : public ::testing::Test {
 protected:
  Damage() { SetLogLevel(LogLevel::kOff); }
  ~Damage() override { SetLogLevel(LogLevel::kInfo); }

  // A log of `writes` synced writes, all still in its write-ahead log, and closed.
  void Fill(int writes) {
    auto store = machine_.Open();
    ASSERT_TRUE(store.ok()) << store.status();
    for (int i = 0; i < writes; ++i) {
      const std::string key = absl::StrCat("key", i);
      const std::string value(static_cast<size_t>(20 + i % 7), 'v');
      ASSERT_TRUE((*store)->Write(PutOne(key, value), Durability::kSynced).ok());
      contents_[key] = value;
    }
    store->reset();
    log_ = machine_.FileEnding(".log");
    ASSERT_GT(machine_.disk.Read(log_)->size(), 0u);
  }

  // Opens what `disk` has. True when the store is whole; false when it was refused as damaged.
  // Anything else fails the test.
  bool WholeOrRefused(const SimulatedDisk& disk) {
    auto store = OpenRocks(machine_.options, disk.Environment(machine_.clock));
    if (store.ok()) {
      EXPECT_EQ(Read(**store), contents_) << "forgot " << contents_.size() - Read(**store).size();
      return true;
    }
    EXPECT_EQ(store.status().code(), absl::StatusCode::kDataLoss) << store.status();
    EXPECT_THAT(store.status().message(), HasSubstr("neighbour"));
    return false;
  }

  Machine machine_{1};
  Contents contents_;
  std::string log_;
};

// RocksDB's own default opens this with half of the writes and says nothing.
TEST_F(Damage, ABadSpotInTheMiddleOfTheLogIsRefusedAndLeftAsItIs) {
  Fill(500);
  ASSERT_TRUE(machine_.disk.FlipBit(log_, machine_.disk.Read(log_)->size() / 2, 3));
  const std::string before = *machine_.disk.Read(log_);
  for (int attempt = 0; attempt < 2; ++attempt) {
    auto store = machine_.Open();
    EXPECT_EQ(store.status().code(), absl::StatusCode::kDataLoss) << store.status();
    EXPECT_THAT(store.status().message(), HasSubstr(log_));
    EXPECT_THAT(store.status().message(), HasSubstr("fill a new store from a neighbour"));
  }
  EXPECT_EQ(machine_.disk.Read(log_), before);
}

// A flipped length looks like a torn tail to the engine, which forgets all that follows in its
// block.
TEST_F(Damage, AnyFlippedBitOfTheLogIsRefusedOrHarmless) {
  Fill(40);
  const uint64_t size = machine_.disk.Read(log_)->size();
  int refused = 0;
  for (uint64_t at = 0; at < size; ++at) {
    const auto disk = machine_.disk.Copy(at);
    ASSERT_TRUE(disk->FlipBit(log_, at, static_cast<int>(at * 5 % 8)));
    if (!WholeOrRefused(*disk)) ++refused;
    ASSERT_FALSE(HasFailure()) << "byte " << at << " of " << size;
  }
  EXPECT_GT(refused, static_cast<int>(size) / 2);
}

// The engine skips zeros between records as space that was never written.
TEST_F(Damage, AnyRunOfZerosInTheLogIsRefused) {
  Fill(40);
  const uint64_t size = machine_.disk.Read(log_)->size();
  for (uint64_t length : {7u, 64u, 512u}) {
    for (uint64_t at = 0; at + length <= size; at += 3) {
      const auto disk = machine_.disk.Copy(at);
      ASSERT_TRUE(disk->Zero(log_, at, length));
      if (disk->Read(log_) == machine_.disk.Read(log_)) continue;
      EXPECT_FALSE(WholeOrRefused(*disk)) << length << " at " << at << " of " << size;
      ASSERT_FALSE(HasFailure()) << length << " at " << at << " of " << size;
    }
  }
}

TEST_F(Damage, ALogThatLostItsEndIsRefused) {
  Fill(40);
  const uint64_t size = machine_.disk.Read(log_)->size();
  for (uint64_t left = 0; left < size; left += 5) {
    const auto disk = machine_.disk.Copy(left);
    ASSERT_TRUE(disk->Truncate(log_, left));
    EXPECT_FALSE(WholeOrRefused(*disk)) << left << " of " << size;
  }
}

TEST_F(Damage, ATornTailThatNobodyWasToldOfIsCutOff) {
  Fill(40);
  // As a power cut leaves it that tore the last write and lost the mark, which is never synced.
  ASSERT_TRUE(machine_.disk.Remove("/store/SYNCED"));
  ASSERT_TRUE(machine_.disk.Truncate(log_, machine_.disk.Read(log_)->size() - 5));
  contents_.erase("key39");
  EXPECT_TRUE(WholeOrRefused(machine_.disk));
}

TEST_F(Damage, ADamagedTailThatNobodyWasToldOfIsCutOffAndStaysSo) {
  Fill(40);
  ASSERT_TRUE(machine_.disk.Remove("/store/SYNCED"));
  ASSERT_TRUE(machine_.disk.FlipBit(log_, machine_.disk.Read(log_)->size() - 3, 0));
  contents_.erase("key39");
  {
    LogCapture capture;
    SetLogLevel(LogLevel::kInfo);
    EXPECT_TRUE(WholeOrRefused(machine_.disk));
    EXPECT_THAT(capture.lines(), ::testing::Contains(HasSubstr("store.tail_cut_off")));
    SetLogLevel(LogLevel::kOff);
  }
  {
    auto store = machine_.Open();
    ASSERT_TRUE(store.ok()) << store.status();
    ASSERT_TRUE((*store)->Write(PutOne("new", "1"), Durability::kSynced).ok());
    contents_["new"] = "1";
  }
  EXPECT_TRUE(WholeOrRefused(machine_.disk));
}

TEST_F(Damage, WithoutAMarkDamageBeforeAReadableWriteIsStillRefused) {
  Fill(40);
  ASSERT_TRUE(machine_.disk.Remove("/store/SYNCED"));
  const uint64_t size = machine_.disk.Read(log_)->size();
  ASSERT_TRUE(machine_.disk.FlipBit(log_, size / 2, 0));
  EXPECT_FALSE(WholeOrRefused(machine_.disk));
}

TEST_F(Damage, AMissingFileIsRefusedByName) {
  Fill(40);
  ASSERT_TRUE(machine_.Open().ok());  // moves the writes into a table
  {
    auto store = machine_.Open();
    ASSERT_TRUE((*store)->Write(PutOne("more", "1"), Durability::kSynced).ok());
    contents_["more"] = "1";
  }
  for (const std::string& file :
       {machine_.FileEnding(".log"), machine_.FileEnding(".sst"), std::string("/store/CURRENT")}) {
    const auto disk = machine_.disk.Copy(1);
    ASSERT_TRUE(disk->Remove(file));
    EXPECT_FALSE(WholeOrRefused(*disk)) << file;
  }
  const auto disk = machine_.disk.Copy(1);
  for (const SimulatedDisk::File& file : machine_.disk.Files()) {
    if (file.path.find("MANIFEST") != std::string::npos) {
      ASSERT_TRUE(disk->Remove(file.path));
    }
  }
  EXPECT_FALSE(WholeOrRefused(*disk));
}

TEST_F(Damage, AnyFlippedBitOfTheManifestIsRefusedOrHarmless) {
  Fill(5);
  ASSERT_TRUE(machine_.Open().ok());
  std::string manifest;
  for (const SimulatedDisk::File& file : machine_.disk.Files()) {
    if (file.path.find("MANIFEST") != std::string::npos) manifest = file.path;
  }
  const uint64_t size = machine_.disk.Read(manifest)->size();
  for (uint64_t at = 0; at < size; at += 2) {
    const auto disk = machine_.disk.Copy(at);
    ASSERT_TRUE(disk->FlipBit(manifest, at, static_cast<int>(at % 8)));
    WholeOrRefused(*disk);
    ASSERT_FALSE(HasFailure()) << "byte " << at << " of " << size;
  }
}

TEST_F(Damage, ADamagedTableIsFoundWhenItIsReadAndNamed) {
  Fill(200);
  ASSERT_TRUE(machine_.Open().ok());
  const std::string table = machine_.FileEnding(".sst");
  ASSERT_TRUE(machine_.disk.FlipBit(table, 30, 1));
  auto store = machine_.Open();
  ASSERT_TRUE(store.ok()) << store.status();
  auto value = (*store)->Get("key0");
  EXPECT_EQ(value.status().code(), absl::StatusCode::kDataLoss) << value.status();
  EXPECT_THAT(value.status().message(), HasSubstr(table));
  EXPECT_THAT(value.status().message(), HasSubstr("neighbour"));
  // A walk does not end early in silence.
  auto walk = (*store)->Scan("", "");
  while (walk->Valid()) walk->Next();
  EXPECT_EQ(walk->status().code(), absl::StatusCode::kDataLoss) << walk->status();
  EXPECT_FALSE((*store)->failed());
}

TEST_F(Damage, ATableThatCannotBeReadIsAnErrorAndNoEnd) {
  Fill(200);
  ASSERT_TRUE(machine_.Open().ok());
  auto store = machine_.Open();
  ASSERT_TRUE(store.ok()) << store.status();
  machine_.disk.FailFrom(DiskOperation::kRead, 1, DiskFault::kIoError);
  auto walk = (*store)->Scan("", "");
  while (walk->Valid()) walk->Next();
  EXPECT_EQ(walk->status().code(), absl::StatusCode::kDataLoss) << walk->status();
}

}  // namespace
}  // namespace tocsin::store
