#include "node/base/bytes.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <limits>
#include <vector>

#include "node/base/ids.h"

namespace tocsin {
namespace {

std::string Varint(uint64_t value) {
  std::string bytes;
  ByteWriter(bytes).Varint(value);
  return bytes;
}

// Numbers of every length, not only the small ones that a generator prefers.
rc::Gen<uint64_t> AnyLength() {
  return rc::gen::apply([](uint64_t value, int shift) { return value >> shift; },
                        rc::gen::noShrink(rc::gen::arbitrary<uint64_t>()), rc::gen::inRange(0, 64));
}

RC_GTEST_PROP(Bytes, WhatIsWrittenIsRead, (uint8_t a, uint32_t b, const std::string& c)) {
  const uint64_t d = *rc::gen::arbitrary<uint64_t>();
  const uint64_t e = *AnyLength();
  std::string bytes;
  ByteWriter writer(bytes);
  writer.U8(a);
  writer.U32(b);
  writer.LengthPrefixed(c);
  writer.U64(d);
  writer.Varint(e);
  writer.Raw(c);

  ByteReader reader(bytes);
  RC_ASSERT(reader.U8() == a);
  RC_ASSERT(reader.U32() == b);
  RC_ASSERT(std::string(reader.LengthPrefixed()) == c);
  RC_ASSERT(reader.U64() == d);
  RC_ASSERT(reader.Varint() == e);
  RC_ASSERT(std::string(reader.Raw(c.size())) == c);
  RC_ASSERT(reader.AtEnd());
}

RC_GTEST_PROP(Bytes, ACutGroupFailsAndStaysFailed, (const std::string& text)) {
  std::string bytes;
  ByteWriter writer(bytes);
  writer.U64(*rc::gen::arbitrary<uint64_t>());
  writer.LengthPrefixed(text);
  writer.Varint(*AnyLength());
  bytes.resize(*rc::gen::inRange<size_t>(0, bytes.size()));

  ByteReader reader(bytes);
  reader.U64();
  reader.LengthPrefixed();
  reader.Varint();
  RC_ASSERT(!reader.ok());
  RC_ASSERT(!reader.AtEnd());
  RC_ASSERT(reader.U8() == 0);
  RC_ASSERT(reader.remaining() == 0u);
}

RC_GTEST_PROP(Bytes, FixedIntegersOrderAsTheirBytes, (uint64_t a, uint64_t b)) {
  std::string bytes_a, bytes_b;
  ByteWriter(bytes_a).U64(a);
  ByteWriter(bytes_b).U64(b);
  RC_ASSERT((a < b) == (bytes_a < bytes_b));
}

RC_GTEST_PROP(Bytes, AVarintHasOneFormAndLongerOnesFail, ()) {
  std::string bytes = Varint(*AnyLength());
  RC_PRE(bytes.size() < 10u);
  const int padding = *rc::gen::inRange(1, 10);
  bytes.back() = static_cast<char>(bytes.back() | 0x80);
  for (int i = 1; i < padding; ++i) bytes.push_back(static_cast<char>(0x80));
  bytes.push_back(0);

  ByteReader reader(bytes);
  RC_ASSERT(reader.Varint() == 0u);
  RC_ASSERT(!reader.ok());
}

TEST(Bytes, VarintsReachTheLargestNumberInTenBytesAndNoFurther) {
  const uint64_t largest = std::numeric_limits<uint64_t>::max();
  std::string bytes = Varint(largest);
  EXPECT_EQ(bytes.size(), 10u);
  ByteReader reader(bytes);
  EXPECT_EQ(reader.Varint(), largest);
  EXPECT_TRUE(reader.AtEnd());

  bytes.back() = 2;  // bit 64
  ByteReader beyond(bytes);
  beyond.Varint();
  EXPECT_FALSE(beyond.ok());
}

TEST(Bytes, ALengthBeyondTheEndFailsAndReadsNothing) {
  std::string bytes;
  ByteWriter(bytes).Varint(std::numeric_limits<uint64_t>::max());
  bytes += "short";
  ByteReader reader(bytes);
  EXPECT_TRUE(reader.LengthPrefixed().empty());
  EXPECT_FALSE(reader.ok());
}

TEST(Bytes, FixedReadsWholeIdsOnly) {
  std::string bytes(16, '\x07');
  ByteReader whole(bytes);
  EXPECT_EQ(whole.Fixed<Dot>().view(), bytes);
  EXPECT_TRUE(whole.AtEnd());
  ByteReader cut(absl::string_view(bytes).substr(1));
  EXPECT_TRUE(cut.Fixed<Dot>().IsZero());
  EXPECT_FALSE(cut.ok());
}

}  // namespace
}  // namespace tocsin
