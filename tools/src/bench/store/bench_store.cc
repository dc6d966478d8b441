// tools/bench store: synced writes a second by the size of the group that shares one fsync, beside
// a bare RocksDB and a bare file with the same bytes; a view's writes; reads; what an opening
// costs. The folder is made under TMPDIR or else /tmp: point it at the disk that is to be measured.
// The bare RocksDB is a floor to compare with: this is the one file outside node/store that
// includes it, and tools/shape names it as such.
#include <absl/strings/str_cat.h>
#include <benchmark/benchmark.h>
#include <fcntl.h>
// For BM_BareRocksSynced: the engine without what node/store does, which cannot be had through it.
#include <rocksdb/db.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>

#include "node/base/clock.h"
#include "node/store/rocks_store.h"

namespace tocsin::store {
namespace {

// About what a change of one edited field and its index take in the log.
constexpr size_t kKeyBytes = 10;
constexpr size_t kValueBytes = 120;

// A folder that goes with its owner.
class Folder {
 public:
  Folder() : path_(std::filesystem::temp_directory_path() / "tocsin-bench-store-XXXXXX") {
    if (::mkdtemp(path_.data()) == nullptr) std::abort();
  }
  ~Folder() { std::filesystem::remove_all(path_); }
  std::string Path(const char* name) const { return path_ + "/" + name; }

 private:
  std::string path_;
};

std::string Key(uint64_t n) {
  std::string digits = std::to_string(n);
  return std::string(kKeyBytes - std::min(kKeyBytes, digits.size()), '0') + digits;
}

std::unique_ptr<Store> Open(const Folder& folder, RocksOptions::Profile profile, Clock& clock) {
  RocksOptions options;
  options.dir = folder.Path("store");
  options.profile = profile;
  options.create_if_missing = true;
  auto store = OpenRocks(options, StoreEnvironment(clock));
  return store.ok() ? *std::move(store) : nullptr;
}

void WriteGroups(benchmark::State& state, RocksOptions::Profile profile, Durability durability) {
  const Folder folder;
  SystemClock clock;
  auto store = Open(folder, profile, clock);
  if (store == nullptr) return state.SkipWithError("the store did not open");
  const std::string value(kValueBytes, 'v');
  uint64_t next = 0;
  Batch batch;
  for (auto _ : state) {
    batch.Clear();
    for (int64_t i = 0; i < state.range(0); ++i) batch.Put(Key(next++), value);
    if (!store->Write(batch, durability).ok()) return state.SkipWithError("a write failed");
  }
  state.SetItemsProcessed(static_cast<int64_t>(next));
}

void BM_LogSynced(benchmark::State& state) {
  WriteGroups(state, RocksOptions::Profile::kLog, Durability::kSynced);
}
BENCHMARK(BM_LogSynced)->RangeMultiplier(8)->Range(1, 4096)->UseRealTime();

// The same bytes through RocksDB with the same fsync and nothing of ours.
void BM_BareRocksSynced(benchmark::State& state) {
  const Folder folder;
  rocksdb::Options options;
  options.create_if_missing = true;
  options.write_buffer_size = 4 << 20;
  rocksdb::DB* opened = nullptr;
  if (!rocksdb::DB::Open(options, folder.Path("bare"), &opened).ok()) {
    return state.SkipWithError("RocksDB did not open");
  }
  const std::unique_ptr<rocksdb::DB> db(opened);
  rocksdb::WriteOptions synced;
  synced.sync = true;
  const std::string value(kValueBytes, 'v');
  uint64_t next = 0;
  for (auto _ : state) {
    rocksdb::WriteBatch batch;
    for (int64_t i = 0; i < state.range(0); ++i) {
      if (!batch.Put(Key(next++), value).ok()) return state.SkipWithError("a put failed");
    }
    if (!db->Write(synced, &batch).ok()) return state.SkipWithError("a write failed");
  }
  state.SetItemsProcessed(static_cast<int64_t>(next));
}
BENCHMARK(BM_BareRocksSynced)->RangeMultiplier(8)->Range(1, 4096)->UseRealTime();

// The floor: the bytes at the end of a file, and one fdatasync.
void BM_BareFileSynced(benchmark::State& state) {
  const Folder folder;
  const int file = ::open(folder.Path("file").c_str(), O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
  const std::string bytes(static_cast<size_t>(state.range(0)) * (kKeyBytes + kValueBytes), 'v');
  for (auto _ : state) {
    if (::write(file, bytes.data(), bytes.size()) != static_cast<ssize_t>(bytes.size()) ||
        ::fdatasync(file) != 0) {
      state.SkipWithError("a write failed");
      break;
    }
  }
  ::close(file);
  state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(BM_BareFileSynced)->RangeMultiplier(8)->Range(1, 4096)->UseRealTime();

void BM_ViewBuffered(benchmark::State& state) {
  WriteGroups(state, RocksOptions::Profile::kView, Durability::kBuffered);
}
BENCHMARK(BM_ViewBuffered)->Arg(1)->Arg(64)->Arg(512)->UseRealTime();

// One of 100,000 keys, in tables, with the default cache.
void BM_Get(benchmark::State& state) {
  const Folder folder;
  SystemClock clock;
  auto store = Open(folder, RocksOptions::Profile::kView, clock);
  constexpr uint64_t kKeys = 100'000;
  Batch batch;
  for (uint64_t n = 0; n < kKeys; ++n) batch.Put(Key(n), std::string(kValueBytes, 'v'));
  if (store == nullptr || !store->Write(batch, Durability::kSynced).ok()) {
    return state.SkipWithError("the store could not be filled");
  }
  uint64_t n = 0;
  for (auto _ : state) {
    // A stride without a common divisor: every key, in no order.
    n = (n + 61'803) % kKeys;
    auto value = store->Get(Key(n));
    if (!value.ok() || !value->has_value()) return state.SkipWithError("a key is missing");
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(BM_Get);

// A log with so many synced writes of one change still in its write-ahead log.
void BM_OpenLog(benchmark::State& state) {
  SystemClock clock;
  for (auto _ : state) {
    state.PauseTiming();
    const Folder folder;
    auto store = Open(folder, RocksOptions::Profile::kLog, clock);
    for (int64_t n = 0; n < state.range(0) && store != nullptr; ++n) {
      Batch batch;
      batch.Put(Key(static_cast<uint64_t>(n)), std::string(kValueBytes, 'v'));
      if (!store->Write(batch, Durability::kBuffered).ok()) store.reset();
    }
    if (store == nullptr) return state.SkipWithError("the store could not be filled");
    store.reset();
    state.ResumeTiming();
    store = Open(folder, RocksOptions::Profile::kLog, clock);
    state.PauseTiming();
    if (store == nullptr) return state.SkipWithError("the store did not open");
    store.reset();
    state.ResumeTiming();
  }
}
BENCHMARK(BM_OpenLog)->Arg(0)->Arg(1000)->Arg(20'000)->Unit(benchmark::kMillisecond)->UseRealTime();

}  // namespace
}  // namespace tocsin::store

BENCHMARK_MAIN();
