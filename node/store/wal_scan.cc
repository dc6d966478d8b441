#include "node/store/wal_scan.h"

#include <algorithm>
#include <array>

#include "node/base/bytes.h"

namespace tocsin::store {
namespace {

constexpr size_t kHeader = 7;
// Sequence, count, tag, length and value.
constexpr size_t kPrefix = 8 + 4 + 1 + 1 + 8;

uint64_t LittleEndian(absl::string_view bytes) {
  uint64_t value = 0;
  for (size_t i = bytes.size(); i > 0; --i) value = value << 8 | static_cast<uint8_t>(bytes[i - 1]);
  return value;
}

constexpr std::array<uint32_t, 256> MakeTable() {
  std::array<uint32_t, 256> table{};
  for (uint32_t i = 0; i < 256; ++i) {
    uint32_t crc = i;
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ ((crc & 1) != 0 ? 0x82f63b78u : 0);
    table[i] = crc;
  }
  return table;
}

uint32_t MaskedCrc32c(absl::string_view bytes) {
  static constexpr std::array<uint32_t, 256> kTable = MakeTable();
  uint32_t crc = 0xffffffffu;
  for (char byte : bytes) crc = kTable[(crc ^ static_cast<uint8_t>(byte)) & 0xff] ^ (crc >> 8);
  crc = ~crc;
  return ((crc >> 15) | (crc << 17)) + 0xa282ead8u;
}

}  // namespace

uint64_t DurableByScan(absl::string_view file) {
  uint64_t durable = 0;
  for (size_t at = 0; at + kHeader + kPrefix <= file.size(); ++at) {
    const absl::string_view rest = file.substr(at);
    if (rest[6] != 1 && rest[6] != 2) continue;
    const uint64_t length = LittleEndian(rest.substr(4, 2));
    if (length < kPrefix || kHeader + length > rest.size()) continue;
    const absl::string_view payload = rest.substr(kHeader, length);
    if (payload[12] != 3 || payload[13] != 8) continue;
    if (MaskedCrc32c(rest.substr(6, 1 + length)) != LittleEndian(rest.substr(0, 4))) continue;
    durable = std::max(durable, ByteReader(payload.substr(14, 8)).U64());
  }
  return durable;
}

}  // namespace tocsin::store
