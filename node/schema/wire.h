// The outermost layer of a protobuf message's bytes: one field after the other, without knowing
// what they mean. For the sources of this folder.
#pragma once

#include <absl/strings/string_view.h>

#include <cstdint>
#include <string>

namespace tocsin::schema {

enum class WireType : uint8_t { kVarint = 0, kFixed64 = 1, kBytes = 2, kFixed32 = 5 };

struct WireField {
  uint32_t number = 0;
  WireType type = WireType::kVarint;
  // Tag and value.
  absl::string_view whole;
  // Of kBytes: what lies behind the length. Of the fixed ones: their bytes.
  absl::string_view payload;
  // Of kVarint.
  uint64_t varint = 0;
};

// Takes one field off the front of `rest`. False, and `rest` untouched, at the end and before what
// is not well formed; groups are not: the schema has none.
bool NextWireField(absl::string_view& rest, WireField& field);

// Takes one varint off the front; false, and `rest` untouched, if there is none.
bool NextVarint(absl::string_view& rest, uint64_t& value);

void AppendVarint(std::string& out, uint64_t value);
void AppendTag(std::string& out, uint32_t number, WireType type);

}  // namespace tocsin::schema
