#include "node/base/bytes.h"

#include <algorithm>

namespace tocsin {

uint64_t ByteReader::LongVarint() {
  constexpr size_t kLongest = 10;
  const size_t longest = std::min(rest_.size(), kLongest);
  uint64_t value = 0;
  for (size_t i = 0; i < longest; ++i) {
    const auto byte = static_cast<uint8_t>(rest_[i]);
    const uint64_t bits = byte & 0x7f;
    const bool overflows = i == kLongest - 1 && bits > 1;
    const bool overlong = byte == 0 && i > 0;
    if (overflows || overlong) break;
    value |= bits << (7 * i);
    if (byte < 0x80) {
      rest_.remove_prefix(i + 1);
      return value;
    }
  }
  Fail();
  return 0;
}

}  // namespace tocsin
