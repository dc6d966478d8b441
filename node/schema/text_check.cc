#include "node/schema/text_check.h"

#include <absl/strings/str_cat.h>

#include <cstdint>

namespace tocsin::schema {
namespace {

// The code point that begins at `at`, and its length; length 0 if the bytes are not UTF-8 (RFC
// 3629: no surrogates, nothing longer than need be, nothing above U+10FFFF).
struct CodePoint {
  uint32_t value = 0;
  size_t size = 0;
};

CodePoint Decode(absl::string_view text, size_t at) {
  const auto byte = [&](size_t i) { return static_cast<uint8_t>(text[i]); };
  const uint8_t first = byte(at);
  if (first < 0x80) return {first, 1};
  const size_t size = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  if (first < 0xc2 || first > 0xf4 || at + size > text.size()) return {};
  uint32_t value = first & (0xffu >> (size + 1));
  for (size_t i = 1; i < size; ++i) {
    if ((byte(at + i) & 0xc0) != 0x80) return {};
    value = value << 6 | (byte(at + i) & 0x3fu);
  }
  constexpr uint32_t kSmallest[] = {0, 0, 0x80, 0x800, 0x10000};
  if (value < kSmallest[size] || value > 0x10ffff) return {};
  if (value >= 0xd800 && value <= 0xdfff) return {};
  return {value, size};
}

bool IsControl(uint32_t code) { return code < 0x20 || (code >= 0x7f && code <= 0x9f); }

bool MayStand(absl::string_view text, size_t at, Lines lines) {
  if (text[at] == '\t') return true;
  if (lines == Lines::kOne) return false;
  return text[at] == '\n' || (text[at] == '\r' && at + 1 < text.size() && text[at + 1] == '\n');
}

}  // namespace

std::optional<std::string> TextFault(absl::string_view text, Lines lines) {
  for (size_t at = 0; at < text.size();) {
    const CodePoint code = Decode(text, at);
    if (code.size == 0) return absl::StrCat("is not UTF-8 at byte ", at);
    if (IsControl(code.value) && !MayStand(text, at, lines)) {
      return absl::StrCat("has a control character at byte ", at,
                          lines == Lines::kOne ? "; it must be one line" : "");
    }
    at += code.size;
  }
  return std::nullopt;
}

}  // namespace tocsin::schema
