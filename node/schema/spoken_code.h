// What people call a record over a radio: 8 characters of Crockford's base32, "7K3M9QXF".
#pragma once

#include <absl/status/statusor.h>
#include <absl/strings/string_view.h>

#include <compare>
#include <cstdint>
#include <string>

namespace tocsin {

// Seven characters carry 35 bits, the last is a check: the eight, read as coefficients over
// GF(32) from the highest down, are a polynomial with the root alpha (alpha^5 = alpha^2 + 1). So
// every wrong character is caught, every swap of two characters wherever they stand, and every pair
// of equal characters that became another such pair. Immutable value; any thread.
class SpokenCode {
 public:
  static constexpr size_t kLength = 8;
  static constexpr int kBits = 35;

  // Takes the lowest 35 bits, so that any 64 of a hash will do.
  static SpokenCode FromBits(uint64_t bits);

  // Upper or lower case; O is 0, I and L are 1; hyphens and blanks anywhere are left out.
  // INVALID_ARGUMENT says whether the length, a character or the check is wrong.
  static absl::StatusOr<SpokenCode> Parse(absl::string_view text);

  uint64_t bits() const { return bits_; }
  // "7K3M9QXF".
  std::string ToString() const;
  // "Seven Kilo Three Mike, Niner Quebec X-ray Whiskey".
  std::string ToPhonetic() const;

  friend auto operator<=>(const SpokenCode&, const SpokenCode&) = default;
  template <typename H>
  friend H AbslHashValue(H h, SpokenCode code) {
    return H::combine(std::move(h), code.bits_);
  }

 private:
  explicit SpokenCode(uint64_t bits) : bits_(bits) {}
  uint64_t bits_;
};

}  // namespace tocsin
