// The store on a real disk: another process, a full and a read-only file system.
#include <absl/strings/str_cat.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <string>

#include "node/base/log.h"
#include "node/store/rocks_store.h"
#include "tests/node/store/world.h"
#include "tests/support/paths.h"

namespace tocsin::store {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

class OnMachine : public ::testing::Test {
 protected:
  OnMachine() {
    SetLogLevel(LogLevel::kOff);
    std::string pattern = ::testing::TempDir() + "tocsin_store_XXXXXX";
    folder_ = ::mkdtemp(pattern.data());
    options_.dir = folder_ + "/store";
    options_.create_if_missing = true;
  }
  ~OnMachine() override {
    if (mounted_) ::umount2(folder_.c_str(), MNT_DETACH);
    std::filesystem::remove_all(folder_);
    SetLogLevel(LogLevel::kInfo);
  }

  absl::StatusOr<std::unique_ptr<Store>> Open() {
    return OpenRocks(options_, StoreEnvironment(clock_));
  }
  // A file system of this size over the folder. False where the user may not mount.
  bool Mount(const char* size) {
    mounted_ = ::mount("tmpfs", folder_.c_str(), "tmpfs", 0, size) == 0;
    return mounted_;
  }
  // Fills what room there is, but for `left` bytes.
  void FillDisk(uint64_t left) {
    const uint64_t room = std::filesystem::space(folder_).available;
    ASSERT_GT(room, left);
    std::ofstream(folder_ + "/ballast") << std::string(room - left, 'x');
  }

  SystemClock clock_;
  std::string folder_;
  RocksOptions options_;
  bool mounted_ = false;
};

// A child that has a store open.
class Holder {
 public:
  explicit Holder(const std::string& dir) {
    std::array<int, 2> in, out;
    EXPECT_EQ(::pipe(in.data()), 0);
    EXPECT_EQ(::pipe(out.data()), 0);
    const std::string program = BinaryPath("tests/node_store_holder");
    pid_ = ::fork();
    if (pid_ == 0) {
      ::dup2(in[0], STDIN_FILENO);
      ::dup2(out[1], STDOUT_FILENO);
      for (int end : {in[0], in[1], out[0], out[1]}) ::close(end);
      ::execl(program.c_str(), "holder", dir.c_str(), nullptr);
      ::_exit(127);
    }
    ::close(in[0]);
    ::close(out[1]);
    in_ = in[1];
    for (char c = 0; ::read(out[0], &c, 1) == 1 && c != '\n';) said_.push_back(c);
    ::close(out[0]);
  }
  ~Holder() {
    ::close(in_);
    int status = 0;
    ::waitpid(pid_, &status, 0);
  }
  void Kill() { ::kill(pid_, SIGKILL); }
  const std::string& said() const { return said_; }
  pid_t pid() const { return pid_; }

 private:
  pid_t pid_ = -1;
  int in_ = -1;
  std::string said_;
};

TEST_F(OnMachine, WhatWasWrittenIsThereAfterARestart) {
  {
    auto store = Open();
    ASSERT_TRUE(store.ok()) << store.status();
    ASSERT_TRUE((*store)->Write(PutOne("key", "value"), Durability::kSynced).ok());
    ASSERT_TRUE((*store)->Checkpoint(folder_ + "/copy").ok());
  }
  auto store = Open();
  ASSERT_TRUE(store.ok()) << store.status();
  EXPECT_EQ(Read(**store), Contents({{"key", "value"}}));
  RocksOptions copy = options_;
  copy.dir = folder_ + "/copy";
  auto copied = OpenRocks(copy, StoreEnvironment(clock_));
  ASSERT_TRUE(copied.ok()) << copied.status();
  EXPECT_EQ(Read(**copied), Contents({{"key", "value"}}));
}

TEST_F(OnMachine, ASecondProcessIsRefusedAndTheFirstOneIsNamed) {
  std::optional<Holder> holder(options_.dir);
  ASSERT_EQ(holder->said(), "open");
  for (int attempt = 0; attempt < 2; ++attempt) {
    auto store = Open();
    EXPECT_EQ(store.status().code(), absl::StatusCode::kFailedPrecondition) << store.status();
    EXPECT_THAT(store.status().message(),
                AllOf(HasSubstr(options_.dir), HasSubstr("Another process has it open"),
                      HasSubstr(absl::StrCat("process ", holder->pid()))));
  }
  RocksOptions reader = options_;
  reader.read_only = true;
  EXPECT_TRUE(OpenRocks(reader, StoreEnvironment(clock_)).ok());
  // A process that is killed holds nothing.
  holder->Kill();
  holder.reset();
  auto store = Open();
  EXPECT_TRUE(store.ok()) << store.status();
}

TEST_F(OnMachine, AnotherProcessIsRefusedWhileThisOneHasItOpen) {
  auto store = Open();
  ASSERT_TRUE(store.ok()) << store.status();
  EXPECT_FALSE(Open().ok());
  Holder holder(options_.dir);
  EXPECT_THAT(holder.said(), HasSubstr("Another process has it open"));
}

TEST_F(OnMachine, AFullDiskIsRefusedAndGoesOnWhenThereIsRoom) {
  if (!Mount("size=16m")) GTEST_SKIP() << "may not mount a tmpfs: " << std::strerror(errno);
  options_.reserve_bytes = 2 << 20;
  auto store = Open();
  ASSERT_TRUE(store.ok()) << store.status();
  ASSERT_TRUE((*store)->Write(PutOne("before", "1"), Durability::kSynced).ok());
  FillDisk(1 << 20);
  absl::Status full = (*store)->Write(PutOne("full", "1"), Durability::kSynced);
  EXPECT_EQ(full.code(), absl::StatusCode::kResourceExhausted) << full;
  EXPECT_THAT(full.message(), HasSubstr("free some space"));
  EXPECT_EQ(Read(**store), Contents({{"before", "1"}}));
  std::filesystem::remove(folder_ + "/ballast");
  EXPECT_TRUE((*store)->Write(PutOne("after", "1"), Durability::kSynced).ok());
}

TEST_F(OnMachine, AnEngineOnAFullDiskReadsOnAndLosesNothing) {
  if (!Mount("size=8m")) GTEST_SKIP() << "may not mount a tmpfs: " << std::strerror(errno);
  options_.reserve_bytes = 0;
  auto store = Open();
  ASSERT_TRUE(store.ok()) << store.status();
  Contents held;
  FillDisk(256 << 10);
  absl::Status status;
  for (int i = 0; i < 10'000 && status.ok(); ++i) {
    const std::string key = absl::StrCat("key", i);
    const std::string value(1000, static_cast<char>('a' + i % 26));
    status = (*store)->Write(PutOne(key, value), Durability::kSynced);
    if (status.ok()) held[key] = value;
  }
  EXPECT_EQ(status.code(), absl::StatusCode::kResourceExhausted) << status;
  EXPECT_FALSE((*store)->failed());
  EXPECT_TRUE((*store)->met_full_disk());
  EXPECT_GT(held.size(), 50u);
  EXPECT_EQ(Read(**store), held);
  std::filesystem::remove(folder_ + "/ballast");
  EXPECT_TRUE((*store)->met_full_disk());
  store->reset();
  store = Open();
  ASSERT_TRUE(store.ok()) << store.status();
  EXPECT_FALSE((*store)->met_full_disk());
  Contents found = Read(**store);
  // The one that was refused may be there.
  EXPECT_LE(found.size(), held.size() + 1);
  for (const auto& [key, value] : held) EXPECT_EQ(found[key], value);
  EXPECT_TRUE((*store)->Write(PutOne("after", "1"), Durability::kSynced).ok());
}

// It has room, but takes no file more: a store that was opened anew then would not even read.
TEST_F(OnMachine, AnEngineThatMetADiskFullOfFilesHasRoomOnlyOnceThereIsPlaceForAFile) {
  if (!Mount("size=16m,nr_inodes=60")) GTEST_SKIP() << "may not mount: " << std::strerror(errno);
  options_.reserve_bytes = 1 << 20;
  options_.profile = RocksOptions::Profile::kView;
  auto store = Open();
  ASSERT_TRUE(store.ok()) << store.status();
  ASSERT_TRUE((*store)->Write(PutOne("before", "1"), Durability::kBuffered).ok());
  for (int i = 0; std::ofstream(absl::StrCat(folder_, "/file", i)).is_open(); ++i) {
  }
  EXPECT_EQ((*store)->Flush().code(), absl::StatusCode::kResourceExhausted);
  EXPECT_TRUE((*store)->met_full_disk());
  EXPECT_EQ((*store)->CheckRoom().code(), absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(Read(**store), Contents({{"before", "1"}}));
  for (int i = 0; std::filesystem::remove(absl::StrCat(folder_, "/file", i)); ++i) {
  }
  EXPECT_TRUE((*store)->CheckRoom().ok());
  EXPECT_FALSE(std::filesystem::exists(options_.dir + "/ROOM"));
  store->reset();
  store = Open();
  ASSERT_TRUE(store.ok()) << store.status();
  EXPECT_TRUE((*store)->Write(PutOne("after", "1"), Durability::kSynced).ok());
}

// The engine ends the process where the first file of an opening does not fit.
TEST_F(OnMachine, AnOpeningOnAFullDiskIsRefusedBeforeTheEngineAndChangesNothing) {
  if (!Mount("size=60m")) GTEST_SKIP() << "may not mount a tmpfs: " << std::strerror(errno);
  for (auto profile : {RocksOptions::Profile::kLog, RocksOptions::Profile::kView}) {
    options_.profile = profile;
    options_.dir = absl::StrCat(folder_, "/store", static_cast<int>(profile));
    FillDisk(0);
    // Where nothing is yet.
    EXPECT_EQ(Open().status().code(), absl::StatusCode::kResourceExhausted);
    EXPECT_FALSE(std::filesystem::exists(options_.dir));
    std::filesystem::remove(folder_ + "/ballast");
    {
      auto store = Open();
      ASSERT_TRUE(store.ok()) << store.status();
      ASSERT_TRUE((*store)->Write(PutOne("key", "value"), Durability::kSynced).ok());
    }
    for (uint64_t left : {uint64_t{0}, uint64_t{1} << 20}) {
      FillDisk(left);
      auto store = Open();
      EXPECT_EQ(store.status().code(), absl::StatusCode::kResourceExhausted) << store.status();
      EXPECT_THAT(store.status().message(),
                  AllOf(HasSubstr(options_.dir), HasSubstr(absl::StrCat("room for ", left)),
                        HasSubstr("opening takes"), HasSubstr("free some space")));
      std::filesystem::remove(folder_ + "/ballast");
    }
    // Less than the reserve: it opens, and reads go on.
    FillDisk(16 << 20);
    {
      auto store = Open();
      ASSERT_TRUE(store.ok()) << store.status();
      EXPECT_EQ(Read(**store), Contents({{"key", "value"}}));
      EXPECT_EQ((*store)->Write(PutOne("more", "1"), Durability::kSynced).code(),
                absl::StatusCode::kResourceExhausted);
    }
    std::filesystem::remove(folder_ + "/ballast");
  }
}

TEST_F(OnMachine, AReadOnlyFileSystemIsAClearErrorAndCanBeRead) {
  if (!Mount("size=16m")) GTEST_SKIP() << "may not mount a tmpfs: " << std::strerror(errno);
  options_.reserve_bytes = 1 << 20;
  {
    auto store = Open();
    ASSERT_TRUE(store.ok()) << store.status();
    ASSERT_TRUE((*store)->Write(PutOne("key", "value"), Durability::kSynced).ok());
  }
  if (::mount("tmpfs", folder_.c_str(), "tmpfs", MS_REMOUNT | MS_RDONLY, nullptr) != 0) {
    GTEST_SKIP() << "may not remount: " << std::strerror(errno);
  }
  auto store = Open();
  EXPECT_EQ(store.status().code(), absl::StatusCode::kFailedPrecondition) << store.status();
  EXPECT_THAT(store.status().message(), HasSubstr("disk is read-only"));
  options_.read_only = true;
  store = Open();
  ASSERT_TRUE(store.ok()) << store.status();
  EXPECT_EQ(Read(**store), Contents({{"key", "value"}}));
}

}  // namespace
}  // namespace tocsin::store
