#include "node/base/bytes.h"

namespace tocsin {

void ByteWriter::U32(uint32_t value) {
  for (int shift = 24; shift >= 0; shift -= 8) U8(static_cast<uint8_t>(value >> shift));
}

void ByteWriter::U64(uint64_t value) {
  for (int shift = 56; shift >= 0; shift -= 8) U8(static_cast<uint8_t>(value >> shift));
}

void ByteWriter::Varint(uint64_t value) {
  while (value >= 0x80) {
    U8(static_cast<uint8_t>(value) | 0x80);
    value >>= 7;
  }
  U8(static_cast<uint8_t>(value));
}

void ByteWriter::LengthPrefixed(absl::string_view bytes) {
  Varint(bytes.size());
  Raw(bytes);
}

absl::string_view ByteReader::Raw(size_t size) {
  if (!ok_ || size > rest_.size()) {
    Fail();
    return {};
  }
  absl::string_view bytes = rest_.substr(0, size);
  rest_.remove_prefix(size);
  return bytes;
}

uint8_t ByteReader::U8() {
  absl::string_view byte = Raw(1);
  return ok_ ? static_cast<uint8_t>(byte[0]) : 0;
}

uint32_t ByteReader::U32() {
  uint32_t value = 0;
  for (int i = 0; i < 4; ++i) value = value << 8 | U8();
  return ok_ ? value : 0;
}

uint64_t ByteReader::U64() {
  uint64_t value = 0;
  for (int i = 0; i < 8; ++i) value = value << 8 | U8();
  return ok_ ? value : 0;
}

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

absl::string_view ByteReader::LengthPrefixed() {
  uint64_t size = Varint();
  if (!ok_ || size > rest_.size()) {
    Fail();
    return {};
  }
  return Raw(static_cast<size_t>(size));
}

}  // namespace tocsin
