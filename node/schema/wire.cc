#include "node/schema/wire.h"

namespace tocsin::schema {
namespace {

constexpr int kMaxVarintBytes = 10;
constexpr uint64_t kMaxFieldNumber = (1u << 29) - 1;

bool TakeBytes(absl::string_view& rest, uint64_t size, absl::string_view& bytes) {
  if (size > rest.size()) return false;
  bytes = rest.substr(0, static_cast<size_t>(size));
  rest.remove_prefix(static_cast<size_t>(size));
  return true;
}

bool TakeValue(absl::string_view& rest, WireField& field) {
  uint64_t size = 0;
  switch (field.type) {
    case WireType::kVarint:
      return NextVarint(rest, field.varint);
    case WireType::kFixed64:
      return TakeBytes(rest, 8, field.payload);
    case WireType::kFixed32:
      return TakeBytes(rest, 4, field.payload);
    case WireType::kBytes:
      return NextVarint(rest, size) && TakeBytes(rest, size, field.payload);
  }
  return false;
}

}  // namespace

bool NextVarint(absl::string_view& rest, uint64_t& value) {
  uint64_t result = 0;
  for (size_t i = 0; i < kMaxVarintBytes && i < rest.size(); ++i) {
    const auto byte = static_cast<uint8_t>(rest[i]);
    result |= static_cast<uint64_t>(byte & 0x7f) << (7 * i);
    if (byte < 0x80) {
      value = result;
      rest.remove_prefix(i + 1);
      return true;
    }
  }
  return false;
}

bool NextWireField(absl::string_view& rest, WireField& field) {
  absl::string_view ahead = rest;
  uint64_t tag = 0;
  if (!NextVarint(ahead, tag)) return false;
  const uint64_t number = tag >> 3;
  if (number == 0 || number > kMaxFieldNumber) return false;
  field.number = static_cast<uint32_t>(number);
  field.type = static_cast<WireType>(tag & 7);
  field.payload = {};
  field.varint = 0;
  if (!TakeValue(ahead, field)) return false;
  field.whole = rest.substr(0, rest.size() - ahead.size());
  rest = ahead;
  return true;
}

void AppendVarint(std::string& out, uint64_t value) {
  while (value >= 0x80) {
    out.push_back(static_cast<char>(value | 0x80));
    value >>= 7;
  }
  out.push_back(static_cast<char>(value));
}

void AppendTag(std::string& out, uint32_t number, WireType type) {
  AppendVarint(out, static_cast<uint64_t>(number) << 3 | static_cast<uint64_t>(type));
}

}  // namespace tocsin::schema
