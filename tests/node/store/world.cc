#include "tests/node/store/world.h"

#include <limits>

#include "node/base/clock.h"
#include "node/base/random.h"
#include "node/store/model_store.h"
#include "node/store/rocks_store.h"
#include "node/store/testing/simulated_disk.h"

namespace tocsin::store {
namespace {

class ModelWorld final : public World {
 public:
  explicit ModelWorld(uint64_t seed) : random_(seed) {}
  Store& store() override { return *store_; }
  void Restart() override { store_ = store_->Restart(); }
  void PowerCut() override { store_ = store_->Crash(ModelStore::Lose::kRandomSuffix, random_); }
  void PowerCutLosingAll() override {
    store_ = store_->Crash(ModelStore::Lose::kAllUnsynced, random_);
  }
  absl::StatusOr<std::unique_ptr<Store>> OpenCheckpoint(const std::string& dir) override {
    return store_->OpenCheckpoint(dir);
  }
  void BreakSync() override { store_->FailSync(1); }
  void SetFull(bool full) override {
    store_->SetCapacity(full ? 0 : std::numeric_limits<uint64_t>::max());
  }

 private:
  SeededRandom random_;
  std::unique_ptr<ModelStore> store_ = std::make_unique<ModelStore>();
};

class RocksWorld final : public World {
 public:
  RocksWorld(RocksOptions::Profile profile, uint64_t seed) : disk_(seed) {
    options_.profile = profile;
    options_.create_if_missing = true;
    options_.dir = "/store";
    Open();
  }
  Store& store() override { return *store_; }
  void Restart() override {
    store_.reset();
    Open();
  }
  void PowerCut() override { Cut(Loss::kDrawn); }
  void PowerCutLosingAll() override { Cut(Loss::kAllUnsynced); }
  absl::StatusOr<std::unique_ptr<Store>> OpenCheckpoint(const std::string& dir) override {
    RocksOptions options = options_;
    options.dir = dir;
    options.create_if_missing = false;
    return OpenRocks(options, disk_.Environment(clock_));
  }
  void BreakSync() override { disk_.FailFrom(DiskOperation::kSync, 1, DiskFault::kIoError); }
  void SetFull(bool full) override {
    // Into the reserve.
    disk_.SetCapacity(full ? disk_.used() + options_.reserve_bytes / 2
                           : std::numeric_limits<uint64_t>::max());
  }

 private:
  void Cut(Loss loss) {
    disk_.PowerOff();
    store_.reset();
    disk_.PowerOn(loss);
    Open();
  }
  void Open() {
    auto store = OpenRocks(options_, disk_.Environment(clock_));
    ASSERT_TRUE(store.ok()) << store.status();
    store_ = *std::move(store);
  }

  ManualClock clock_{absl::FromUnixSeconds(1'433'160'000)};
  SimulatedDisk disk_;
  RocksOptions options_;
  std::unique_ptr<Store> store_;
};

}  // namespace

std::unique_ptr<World> MakeModelWorld(uint64_t seed) { return std::make_unique<ModelWorld>(seed); }
std::unique_ptr<World> MakeLogWorld(uint64_t seed) {
  return std::make_unique<RocksWorld>(RocksOptions::Profile::kLog, seed);
}
std::unique_ptr<World> MakeViewWorld(uint64_t seed) {
  return std::make_unique<RocksWorld>(RocksOptions::Profile::kView, seed);
}

Contents Read(const Store& store, const std::string& begin, const std::string& end,
              const Snapshot* snapshot) {
  Contents contents;
  auto at = store.Scan(begin, end, snapshot);
  for (; at->Valid(); at->Next()) {
    contents.emplace(std::string(at->key()), std::string(at->value()));
  }
  EXPECT_TRUE(at->status().ok()) << at->status();
  return contents;
}

}  // namespace tocsin::store
