#include "node/base/bytes.h"

namespace tocsin {

uint64_t ByteReader::Varint() {
  uint64_t value = 0;
  for (int shift = 0; shift < 64; shift += 7) {
    uint8_t byte = U8();
    uint64_t bits = byte & 0x7f;
    bool overflows = shift == 63 && bits > 1;
    bool overlong = byte == 0 && shift > 0;
    if (!ok_ || overflows || overlong) {
      Fail();
      return 0;
    }
    value |= bits << shift;
    if ((byte & 0x80) == 0) return value;
  }
  Fail();
  return 0;
}

}  // namespace tocsin
