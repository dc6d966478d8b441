// Randomness comes in through a constructor, like time: a simulator replays it from a seed.
#pragma once

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
  template <typename T>
  T Fixed() {
    T value;
    Fill(absl::MakeSpan(value.data(), T::kSize));
    return value;
  }
};

// The operating system's generator, fit for keys and salts.
class SystemRandom final : public Random {
 public:
  void Fill(absl::Span<uint8_t> out) override;
};

}  // namespace tocsin
