// Opening, refusing and removing a folder.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "node/base/log.h"
#include "tests/node/store/history.h"

namespace tocsin::store {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Pair;

std::map<std::string, std::string> Files(const SimulatedDisk& disk) {
  std::map<std::string, std::string> files;
  for (const SimulatedDisk::File& file : disk.Files()) files[file.path] = *disk.Read(file.path);
  return files;
}

// A closed store with one write.
void Fill(const Machine& machine) {
  auto store = machine.Open();
  ASSERT_TRUE(store.ok()) << store.status();
  ASSERT_TRUE((*store)->Write(PutOne("key", "value"), Durability::kSynced).ok());
}

TEST(RocksStore, AMissingFolderIsNotFoundAndNotMade) {
  Machine machine(1);
  machine.options.create_if_missing = false;
  auto store = machine.Open();
  EXPECT_EQ(store.status().code(), absl::StatusCode::kNotFound) << store.status();
  EXPECT_THAT(store.status().message(), AllOf(HasSubstr("/store"), HasSubstr("tocsin init")));
  machine.options.create_if_missing = true;
  machine.options.read_only = true;
  EXPECT_EQ(machine.Open().status().code(), absl::StatusCode::kNotFound);
  EXPECT_THAT(machine.disk.Files(), IsEmpty());
}

TEST(RocksStore, ANewerFormatIsRefusedByNumberAndNotTouched) {
  Machine machine(1);
  machine.options.format_version = 7;
  Fill(machine);
  const auto before = Files(machine.disk);
  machine.options.format_version = 3;
  auto store = machine.Open();
  EXPECT_EQ(store.status().code(), absl::StatusCode::kFailedPrecondition) << store.status();
  EXPECT_THAT(store.status().message(),
              AllOf(HasSubstr("format 7"), HasSubstr("format 3"), HasSubstr("newer release")));
  EXPECT_EQ(Files(machine.disk), before);
}

TEST(RocksStore, AnOlderFormatIsRefusedAndNotTouched) {
  Machine machine(1);
  Fill(machine);
  const auto before = Files(machine.disk);
  machine.options.format_version = 2;
  EXPECT_EQ(machine.Open().status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(Files(machine.disk), before);
}

TEST(RocksStore, AViewIsNotOpenedAsALog) {
  Machine machine(1, RocksOptions::Profile::kView);
  Fill(machine);
  machine.options.profile = RocksOptions::Profile::kLog;
  auto store = machine.Open();
  EXPECT_EQ(store.status().code(), absl::StatusCode::kFailedPrecondition) << store.status();
  EXPECT_THAT(store.status().message(), HasSubstr("holds a view, not a log"));
}

TEST(RocksStore, ADatabaseThatIsNotOursIsNotTouched) {
  Machine machine(1);
  Fill(machine);
  ASSERT_TRUE(machine.disk.Remove("/store/FORMAT"));
  const auto before = Files(machine.disk);
  auto store = machine.Open();
  EXPECT_EQ(store.status().code(), absl::StatusCode::kFailedPrecondition) << store.status();
  EXPECT_EQ(Files(machine.disk), before);
}

TEST(RocksStore, ADamagedFormatFileIsDamage) {
  Machine machine(1);
  Fill(machine);
  ASSERT_TRUE(machine.disk.Write("/store/FORMAT", "tocsin lug 1\n"));
  auto store = machine.Open();
  EXPECT_EQ(store.status().code(), absl::StatusCode::kDataLoss) << store.status();
  EXPECT_THAT(store.status().message(), HasSubstr("/store/FORMAT"));
}

TEST(RocksStore, AStoreIsOpenOnceInAProcess) {
  Machine machine(1);
  auto first = machine.Open();
  ASSERT_TRUE(first.ok());
  auto second = machine.Open();
  EXPECT_EQ(second.status().code(), absl::StatusCode::kFailedPrecondition) << second.status();
  EXPECT_THAT(second.status().message(), AllOf(HasSubstr("/store"), HasSubstr("has it open")));
  ASSERT_TRUE((*first)->Write(PutOne("key", "value"), Durability::kSynced).ok());
  first->reset();
  EXPECT_TRUE(machine.Open().ok());
}

TEST(RocksStore, OpenedToReadItWritesNothingAndRefusesWrites) {
  Machine machine(1);
  Fill(machine);
  const auto before = Files(machine.disk);
  machine.options.read_only = true;
  {
    auto store = machine.Open();
    ASSERT_TRUE(store.ok()) << store.status();
    auto other = machine.Open();
    ASSERT_TRUE(other.ok()) << other.status();
    EXPECT_THAT(Read(**store), ElementsAre(Pair("key", "value")));
    EXPECT_EQ((*store)->Write(PutOne("a", "1"), Durability::kSynced).code(),
              absl::StatusCode::kFailedPrecondition);
    EXPECT_EQ((*store)->Flush().code(), absl::StatusCode::kFailedPrecondition);
  }
  EXPECT_EQ(Files(machine.disk), before);
}

TEST(RocksStore, AReadOnlyDiskIsAClearErrorAndCanBeRead) {
  Machine machine(1);
  Fill(machine);
  machine.disk.SetReadOnly(true);
  auto store = machine.Open();
  EXPECT_EQ(store.status().code(), absl::StatusCode::kFailedPrecondition) << store.status();
  EXPECT_THAT(store.status().message(), HasSubstr("disk is read-only"));
  machine.options.read_only = true;
  store = machine.Open();
  ASSERT_TRUE(store.ok()) << store.status();
  EXPECT_THAT(Read(**store), ElementsAre(Pair("key", "value")));
}

TEST(RocksStore, ADiskThatTurnsReadOnlyFailsTheStore) {
  Machine machine(1);
  auto store = machine.Open();
  ASSERT_TRUE(store.ok()) << store.status();
  machine.disk.SetReadOnly(true);
  EXPECT_EQ((*store)->Write(PutOne("a", "1"), Durability::kSynced).code(),
            absl::StatusCode::kDataLoss);
  EXPECT_TRUE((*store)->failed());
}

TEST(RocksStore, AnOpeningOnAFullDiskIsRefusedAndDamagesNothing) {
  Machine machine(1);
  Fill(machine);
  machine.disk.SetCapacity(0);
  auto store = machine.Open();
  EXPECT_EQ(store.status().code(), absl::StatusCode::kResourceExhausted) << store.status();
  machine.disk.SetCapacity(64 << 20);
  store = machine.Open();
  ASSERT_TRUE(store.ok()) << store.status();
  EXPECT_THAT(Read(**store), ElementsAre(Pair("key", "value")));
}

TEST(RocksStore, RemovingTakesAwayTheStoreAndNothingElse) {
  Machine machine(1, RocksOptions::Profile::kView);
  Fill(machine);
  ASSERT_TRUE(machine.disk.Write("/store/notes.txt", "mine"));
  ASSERT_TRUE(RemoveRocks(machine.options, machine.disk.Environment(machine.clock)).ok());
  EXPECT_THAT(Files(machine.disk), ElementsAre(Pair("/store/notes.txt", "mine")));
  EXPECT_TRUE(RemoveRocks(machine.options, machine.disk.Environment(machine.clock)).ok());
  auto store = machine.Open();
  ASSERT_TRUE(store.ok()) << store.status();
  EXPECT_THAT(Read(**store), IsEmpty());
}

TEST(RocksStore, RemovingAViewNeverRemovesALogOrAnOpenStore) {
  Machine machine(1);
  Fill(machine);
  RocksOptions view = machine.options;
  view.profile = RocksOptions::Profile::kView;
  EXPECT_EQ(RemoveRocks(view, machine.disk.Environment(machine.clock)).code(),
            absl::StatusCode::kFailedPrecondition);
  auto store = machine.Open();
  ASSERT_TRUE(store.ok()) << store.status();
  absl::Status removed = RemoveRocks(machine.options, machine.disk.Environment(machine.clock));
  EXPECT_EQ(removed.code(), absl::StatusCode::kFailedPrecondition) << removed;
  EXPECT_THAT(Read(**store), ElementsAre(Pair("key", "value")));
}

// The view of execution 5 in the design's terms: what is written together is found together.
TEST(RocksStore, AViewIsAsOldAsItsCursor) {
  for (uint64_t seed = 1; seed <= 20; ++seed) {
    Machine machine(seed, RocksOptions::Profile::kView, 64 << 10);
    auto store = machine.Open();
    ASSERT_TRUE(store.ok()) << store.status();
    for (int i = 1; i <= 400; ++i) {
      Batch batch;
      batch.Put("record" + std::to_string(i), std::string(300, 'r'));
      batch.Put("index" + std::to_string(i), "");
      batch.Put("cursor", std::to_string(i));
      ASSERT_TRUE((*store)->Write(batch, Durability::kBuffered).ok());
    }
    machine.disk.PowerOff();
    store->reset();
    machine.disk.PowerOn(Loss::kTorn);
    store = machine.Open();
    ASSERT_TRUE(store.ok()) << store.status();
    Contents contents = Read(**store);
    const int cursor = contents.contains("cursor") ? std::stoi(contents["cursor"]) : 0;
    EXPECT_EQ(contents.size(), cursor == 0 ? 0u : 2u * static_cast<size_t>(cursor) + 1u);
    EXPECT_EQ(contents.contains("index" + std::to_string(cursor)), cursor > 0);
    EXPECT_FALSE(contents.contains("record" + std::to_string(cursor + 1)));
  }
}

}  // namespace
}  // namespace tocsin::store
