// Text as the rules see it: one glyph a character, with look-alikes folded together.
//
// First step of an examination. Digits of every script become 0 to 9, letters lose case, width and
// accent, every hyphen is '-', every blank ' ', every line end '\n'; what is invisible (zero-width
// characters, soft hyphens, combining marks, controls) is left out, and character references of
// XML and HTML stand for their character. A placeholder that Mask wrote becomes one opaque glyph.
// Pure; any thread.
#pragma once

#include <absl/strings/string_view.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "node/guard/guard.h"

namespace tocsin::guard {

// Stands where a placeholder of Mask stood; no rule and no cue reaches across it.
inline constexpr char32_t kOpaque = 0x110000;
// What lies before the first and after the last glyph.
inline constexpr char32_t kEdge = 0x110001;
// A byte that is not UTF-8.
inline constexpr char32_t kInvalid = 0xFFFD;

struct Glyph {
  size_t begin;    // its first byte in the text
  char32_t c;      // folded
  uint8_t length;  // in bytes
  bool upper;      // was written as a capital
  size_t end() const { return begin + length; }
};

std::vector<Glyph> Fold(absl::string_view text);

// "[telephone number withheld]"; lives for ever.
const std::string& Placeholder(Sort sort);

inline bool IsDigit(char32_t c) { return c >= '0' && c <= '9'; }
inline bool IsLatin(char32_t c) { return c >= 'a' && c <= 'z'; }
// A letter of any script (folded).
bool IsLetter(char32_t c);
// A script that is written without spaces between words: no boundary can be asked of it.
bool IsUnspaced(char32_t c);
inline bool IsAlnum(char32_t c) { return IsDigit(c) || IsLetter(c); }
// A letter or digit that would make a number next to it part of a longer word.
inline bool IsJoining(char32_t c) { return IsDigit(c) || (IsLetter(c) && !IsUnspaced(c)); }
inline int DigitValue(char32_t c) { return static_cast<int>(c - '0'); }

}  // namespace tocsin::guard
