// The byte grammar that every disk and wire layout of ours is written in (docs/storage.md): fixed
// integers are big-endian, so that bytewise order is numeric order; variable ones are LEB128, at
// most 10 bytes and in shortest form; `LP` is a variable length and then that many bytes.
#pragma once

#include <absl/strings/string_view.h>

#include <cstddef>
#include <cstdint>
#include <string>

namespace tocsin {

// Appends to a string that the caller owns. Not thread-safe.
class ByteWriter {
 public:
  explicit ByteWriter(std::string& out) : out_(out) {}

  void U8(uint8_t value) { out_.push_back(static_cast<char>(value)); }
  void U32(uint32_t value) { BigEndian<4>(value); }
  void U64(uint64_t value) { BigEndian<8>(value); }
  void Varint(uint64_t value) {
    while (value >= 0x80) {
      U8(static_cast<uint8_t>(value) | 0x80);
      value >>= 7;
    }
    U8(static_cast<uint8_t>(value));
  }
  void Raw(absl::string_view bytes) { out_.append(bytes.data(), bytes.size()); }
  void LengthPrefixed(absl::string_view bytes) {
    Varint(bytes.size());
    Raw(bytes);
  }

 private:
  template <size_t kBytes>
  void BigEndian(uint64_t value) {
    char bytes[kBytes];
    for (size_t i = 0; i < kBytes; ++i) {
      bytes[i] = static_cast<char>(value >> (8 * (kBytes - 1 - i)));
    }
    out_.append(bytes, kBytes);
  }

  std::string& out_;
};

// Reads from bytes that outlive it. The first failure sticks: later reads give zero or empty, and
// ok() says so, so that a decoder may read a whole group and check once. Not thread-safe.
class ByteReader {
 public:
  explicit ByteReader(absl::string_view bytes) : rest_(bytes) {}

  uint8_t U8() { return static_cast<uint8_t>(BigEndian<1>()); }
  uint32_t U32() { return static_cast<uint32_t>(BigEndian<4>()); }
  uint64_t U64() { return BigEndian<8>(); }
  // Nearly all are one byte.
  uint64_t Varint() {
    if (rest_.empty() || static_cast<uint8_t>(rest_.front()) >= 0x80) return LongVarint();
    const auto value = static_cast<uint8_t>(rest_.front());
    rest_.remove_prefix(1);
    return value;
  }
  absl::string_view Raw(size_t size) {
    if (size > rest_.size() || !ok_) {
      Fail();
      return {};
    }
    const absl::string_view bytes(rest_.data(), size);
    rest_ = absl::string_view(rest_.data() + size, rest_.size() - size);
    return bytes;
  }
  absl::string_view LengthPrefixed() {
    // One that does not fit a size_t is longer than any rest.
    const uint64_t size = Varint();
    if (!ok_ || size > rest_.size()) {
      Fail();
      return {};
    }
    return Raw(static_cast<size_t>(size));
  }
  // A FixedBytes type of ids.h.
  template <typename T>
  T Fixed() {
    absl::string_view bytes = Raw(T::kSize);
    return ok_ ? *T::FromBytes(bytes) : T();
  }

  // What is left, not taken.
  absl::string_view Peek() const { return rest_; }

  bool ok() const { return ok_; }
  // True when all was read and nothing failed.
  bool AtEnd() const { return ok_ && rest_.empty(); }
  size_t remaining() const { return rest_.size(); }
  void Fail() {
    ok_ = false;
    rest_ = {};
  }

 private:
  uint64_t LongVarint();

  template <size_t kBytes>
  uint64_t BigEndian() {
    const absl::string_view bytes = Raw(kBytes);
    if (!ok_) return 0;
    uint64_t value = 0;
    for (size_t i = 0; i < kBytes; ++i) value = value << 8 | static_cast<uint8_t>(bytes[i]);
    return value;
  }

  absl::string_view rest_;
  bool ok_ = true;
};

}  // namespace tocsin
