// The byte grammar that every disk and wire layout of ours is written in (docs/storage.md): fixed
// integers are big-endian, so that bytewise order is numeric order; variable ones are LEB128, at
// most 10 bytes and in shortest form; `LP` is a variable length and then that many bytes.
#pragma once

#include <absl/strings/string_view.h>

#include <cstdint>
#include <string>

namespace tocsin {

// Appends to a string that the caller owns. Not thread-safe.
class ByteWriter {
 public:
  explicit ByteWriter(std::string& out) : out_(out) {}

  void U8(uint8_t value) { out_.push_back(static_cast<char>(value)); }
  void U32(uint32_t value);
  void U64(uint64_t value);
  void Varint(uint64_t value);
  void Raw(absl::string_view bytes) { out_.append(bytes.data(), bytes.size()); }
  void LengthPrefixed(absl::string_view bytes);

 private:
  std::string& out_;
};

// Reads from bytes that outlive it. The first failure sticks: later reads give zero or empty, and
// ok() says so, so that a decoder may read a whole group and check once. Not thread-safe.
class ByteReader {
 public:
  explicit ByteReader(absl::string_view bytes) : rest_(bytes) {}

  uint8_t U8();
  uint32_t U32();
  uint64_t U64();
  uint64_t Varint();
  absl::string_view Raw(size_t size);
  absl::string_view LengthPrefixed();
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
  absl::string_view rest_;
  bool ok_ = true;
};

}  // namespace tocsin
