#include "node/schema/wire.h"

#include <algorithm>
#include <cstddef>

namespace tocsin::schema {
namespace {

constexpr ptrdiff_t kMaxVarintBytes = 10;
constexpr uint64_t kMaxFieldNumber = (1u << 29) - 1;

// A place in bytes that end at `end`.
struct Cursor {
  const char* at;
  const char* end;

  explicit Cursor(absl::string_view bytes) : at(bytes.data()), end(at + bytes.size()) {}
  size_t left() const { return static_cast<size_t>(end - at); }
};

bool TakeLongVarint(Cursor& in, uint64_t& value) {
  uint64_t result = 0;
  const ptrdiff_t longest = std::min(kMaxVarintBytes, in.end - in.at);
  for (ptrdiff_t i = 0; i < longest; ++i) {
    const auto byte = static_cast<uint8_t>(in.at[i]);
    result |= static_cast<uint64_t>(byte & 0x7f) << (7 * i);
    if (byte < 0x80) {
      value = result;
      in.at += i + 1;
      return true;
    }
  }
  return false;
}

// Nearly all tags and lengths are one byte.
inline bool TakeVarint(Cursor& in, uint64_t& value) {
  if (in.at == in.end || static_cast<uint8_t>(*in.at) >= 0x80) return TakeLongVarint(in, value);
  value = static_cast<uint8_t>(*in.at++);
  return true;
}

bool TakeBytes(Cursor& in, uint64_t size, absl::string_view& bytes) {
  if (size > in.left()) return false;
  bytes = absl::string_view(in.at, static_cast<size_t>(size));
  in.at += size;
  return true;
}

bool TakeValue(Cursor& in, WireField& field) {
  uint64_t size = 0;
  switch (field.type) {
    case WireType::kVarint:
      return TakeVarint(in, field.varint);
    case WireType::kFixed64:
      return TakeBytes(in, 8, field.payload);
    case WireType::kFixed32:
      return TakeBytes(in, 4, field.payload);
    case WireType::kBytes:
      return TakeVarint(in, size) && TakeBytes(in, size, field.payload);
  }
  return false;
}

}  // namespace

bool NextVarint(absl::string_view& rest, uint64_t& value) {
  Cursor in(rest);
  if (!TakeVarint(in, value)) return false;
  rest.remove_prefix(rest.size() - in.left());
  return true;
}

bool NextWireField(absl::string_view& rest, WireField& field) {
  Cursor in(rest);
  uint64_t tag = 0;
  if (!TakeVarint(in, tag)) return false;
  const uint64_t number = tag >> 3;
  if (number == 0 || number > kMaxFieldNumber) return false;
  field.number = static_cast<uint32_t>(number);
  field.type = static_cast<WireType>(tag & 7);
  field.payload = {};
  field.varint = 0;
  if (!TakeValue(in, field)) return false;
  field.whole = absl::string_view(rest.data(), rest.size() - in.left());
  rest.remove_prefix(field.whole.size());
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
