// Randomness comes in through a constructor, like time: a simulator replays it from a seed.
#pragma once

#include <absl/base/thread_annotations.h>
#include <absl/synchronization/mutex.h>
#include <absl/types/span.h>

#include <cstdint>

namespace tocsin {

// Thread-safe.
class Random {
 public:
  virtual ~Random() = default;
  // Fills `out` with random bytes.
  virtual void Fill(absl::Span<uint8_t> out) = 0;

  // Uniform in [0, bound). REQUIRES: bound > 0.
  uint64_t Below(uint64_t bound);
  // Uniform in [0, 1).
  double Fraction();
  // A FixedBytes type of ids.h.
  template <typename T>
  T Fixed() {
    T value;
    Fill(absl::MakeSpan(value.data(), T::kSize));
    return value;
  }
};

// The operating system's generator, fit for keys and salts. A failure of it stops the process: no
// key may be made of less.
class SystemRandom final : public Random {
 public:
  void Fill(absl::Span<uint8_t> out) override;
};

// The same bytes for the same seed, for ever and on every machine: for tests and simulators. Not
// fit for keys. Thread-safe, but only one thread's calls replay.
class SeededRandom final : public Random {
 public:
  explicit SeededRandom(uint64_t seed) : state_(seed) {}
  void Fill(absl::Span<uint8_t> out) override;

 private:
  absl::Mutex mutex_;
  uint64_t state_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace tocsin
