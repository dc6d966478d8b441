#include "node/store/environment.h"

#include <rocksdb/env.h>
#include <rocksdb/file_system.h>
#include <rocksdb/system_clock.h>

#include <atomic>
#include <utility>

namespace tocsin::store {
namespace {

class EngineClock final : public rocksdb::SystemClockWrapper {
 public:
  EngineClock(Clock& clock, bool waits)
      : SystemClockWrapper(rocksdb::SystemClock::Default()),
        clock_(clock),
        waits_(waits),
        origin_us_(absl::ToUnixMicros(clock.WallNow()) -
                   absl::ToInt64Microseconds(clock.Elapsed())) {}

  const char* Name() const override { return "TocsinClock"; }
  uint64_t NowMicros() override {
    return static_cast<uint64_t>(origin_us_ + absl::ToInt64Microseconds(clock_.Elapsed()) +
                                 waited_us_.load(std::memory_order_relaxed));
  }
  uint64_t NowNanos() override { return NowMicros() * 1000; }
  void SleepForMicroseconds(int micros) override {
    if (waits_) return SystemClockWrapper::SleepForMicroseconds(micros);
    waited_us_.fetch_add(micros, std::memory_order_relaxed);
  }
  rocksdb::Status GetCurrentTime(int64_t* unix_time) override {
    *unix_time = absl::ToUnixSeconds(clock_.WallNow());
    return rocksdb::Status::OK();
  }

 private:
  Clock& clock_;
  const bool waits_;
  // Wall time at elapsed zero, as it was believed at the start.
  const int64_t origin_us_;
  std::atomic<int64_t> waited_us_{0};
};

class EngineEnv final : public rocksdb::EnvWrapper {
 public:
  EngineEnv(std::shared_ptr<rocksdb::FileSystem> disk, std::shared_ptr<rocksdb::SystemClock> clock)
      : EnvWrapper(rocksdb::NewCompositeEnv(disk)) {
    file_system_ = std::move(disk);
    system_clock_ = std::move(clock);
  }
  const char* Name() const override { return "TocsinEnv"; }
};

}  // namespace

std::shared_ptr<rocksdb::FileSystem> DiskOf(const StoreEnvironment& environment) {
  return environment.disk != nullptr ? environment.disk : rocksdb::FileSystem::Default();
}

std::unique_ptr<rocksdb::Env> MakeEngineEnv(const StoreEnvironment& environment,
                                            std::shared_ptr<rocksdb::FileSystem> disk) {
  return std::make_unique<EngineEnv>(
      std::move(disk), std::make_shared<EngineClock>(*environment.clock, environment.waits));
}

}  // namespace tocsin::store
