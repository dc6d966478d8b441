#include "node/base/random.h"

#include <openssl/rand.h>

#include <algorithm>
#include <array>

#include "node/base/status.h"

namespace tocsin {
namespace {

// SplitMix64 (Steele, Lea, Flood 2014): one addition and a mixing per 64 bits.
uint64_t NextSplitMix(uint64_t& state) {
  state += 0x9e3779b97f4a7c15u;
  uint64_t z = state;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
  return z ^ (z >> 31);
}

uint64_t NextU64(Random& random) {
  std::array<uint8_t, 8> bytes;
  random.Fill(absl::MakeSpan(bytes));
  uint64_t value = 0;
  for (uint8_t byte : bytes) value = value << 8 | byte;
  return value;
}

}  // namespace

uint64_t Random::Below(uint64_t bound) {
  TOCSIN_CHECK(bound > 0);
  // Values under 2^64 mod bound would make the small remainders likelier; they are drawn again.
  const uint64_t uneven = (0 - bound) % bound;
  uint64_t value = NextU64(*this);
  while (value < uneven) value = NextU64(*this);
  return value % bound;
}

double Random::Fraction() {
  // 53 bits: every value is exact in a double, and none rounds up to 1.
  return static_cast<double>(NextU64(*this) >> 11) * 0x1.0p-53;
}

void SystemRandom::Fill(absl::Span<uint8_t> out) {
  // OpenSSL counts in int.
  constexpr size_t kPiece = 1 << 20;
  while (!out.empty()) {
    const size_t size = std::min(out.size(), kPiece);
    TOCSIN_CHECK(RAND_bytes(out.data(), static_cast<int>(size)) == 1);
    out.remove_prefix(size);
  }
}

void SeededRandom::Fill(absl::Span<uint8_t> out) {
  absl::MutexLock lock(&mutex_);
  while (!out.empty()) {
    uint64_t word = NextSplitMix(state_);
    const size_t size = std::min<size_t>(out.size(), 8);
    for (size_t i = 0; i < size; ++i, word >>= 8) out[i] = static_cast<uint8_t>(word);
    out.remove_prefix(size);
  }
}

}  // namespace tocsin
