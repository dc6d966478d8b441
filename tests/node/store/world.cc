#include "tests/node/store/world.h"

#include "node/base/random.h"
#include "node/store/model_store.h"

namespace tocsin::store {
namespace {

class ModelWorld final : public World {
 public:
  Store& store() override { return *store_; }
  void Restart() override { store_ = store_->Restart(); }
  void PowerCut(uint64_t seed) override {
    SeededRandom random(seed);
    store_ = store_->Crash(ModelStore::Lose::kRandomSuffix, random);
  }
  void PowerCutLosingAll() override {
    SeededRandom random(0);
    store_ = store_->Crash(ModelStore::Lose::kAllUnsynced, random);
  }
  absl::StatusOr<std::unique_ptr<Store>> OpenCheckpoint(const std::string& dir) override {
    return store_->OpenCheckpoint(dir);
  }
  void BreakSync() override { store_->FailSync(1); }
  void SetFull(bool full) override {
    store_->SetCapacity(full ? 0 : std::numeric_limits<uint64_t>::max());
  }

 private:
  std::unique_ptr<ModelStore> store_ = std::make_unique<ModelStore>();
};

}  // namespace

std::unique_ptr<World> MakeModelWorld() { return std::make_unique<ModelWorld>(); }

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
