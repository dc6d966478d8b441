#include "node/schema/spoken_code.h"

#include <absl/strings/ascii.h>
#include <absl/strings/escaping.h>
#include <absl/strings/str_cat.h>

#include <array>
#include <optional>

namespace tocsin {
namespace {

constexpr int kSymbolBits = 5;
constexpr uint64_t kSymbolMask = 31;
constexpr uint64_t kMask = (uint64_t{1} << SpokenCode::kBits) - 1;
constexpr size_t kMaxShown = 24;
constexpr absl::string_view kAlphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

constexpr std::array<absl::string_view, 32> kWords = {
    "Zero",  "One",    "Two",     "Three",  "Four",    "Five",     "Six",    "Seven",
    "Eight", "Niner",  "Alfa",    "Bravo",  "Charlie", "Delta",    "Echo",   "Foxtrot",
    "Golf",  "Hotel",  "Juliett", "Kilo",   "Mike",    "November", "Papa",   "Quebec",
    "Romeo", "Sierra", "Tango",   "Victor", "Whiskey", "X-ray",    "Yankee", "Zulu"};

// Multiplies by alpha in GF(32), reduced by x^5 + x^2 + 1.
uint64_t TimesAlpha(uint64_t a) {
  a <<= 1;
  return a > kSymbolMask ? a ^ 0b100101 : a;
}

// The polynomial's value at alpha of the symbols in `word`, the first in its highest bits; 0 for a
// whole code. The eight powers of alpha are different and not 0: so no change of one symbol leaves
// the sum, and no swap of two.
uint64_t Syndrome(uint64_t word) {
  uint64_t sum = 0;
  for (int shift = kSymbolBits * (static_cast<int>(SpokenCode::kLength) - 1); shift >= 0;
       shift -= kSymbolBits) {
    sum = TimesAlpha(sum) ^ ((word >> shift) & kSymbolMask);
  }
  return sum;
}

// The eight symbols, check included.
uint64_t WordOf(uint64_t bits) {
  uint64_t word = bits << kSymbolBits;
  return word | Syndrome(word);
}

std::optional<uint64_t> SymbolOf(char c) {
  c = absl::ascii_toupper(c);
  if (c == 'O') c = '0';
  if (c == 'I' || c == 'L') c = '1';
  size_t at = kAlphabet.find(c);
  if (at == absl::string_view::npos) return std::nullopt;
  return at;
}

bool IsSeparator(char c) { return c == '-' || absl::ascii_isspace(c); }

absl::Status Bad(absl::string_view text, absl::string_view why) {
  std::string shown = absl::CHexEscape(text.substr(0, kMaxShown));
  if (text.size() > kMaxShown) shown += "...";
  return absl::InvalidArgumentError(absl::StrCat("the code '", shown, "' ", why));
}

}  // namespace

SpokenCode SpokenCode::FromBits(uint64_t bits) { return SpokenCode(bits & kMask); }

absl::StatusOr<SpokenCode> SpokenCode::Parse(absl::string_view text) {
  uint64_t word = 0;
  size_t length = 0;
  for (char c : text) {
    if (IsSeparator(c)) continue;
    std::optional<uint64_t> symbol = SymbolOf(c);
    if (!symbol.has_value()) {
      return Bad(text, absl::StrCat("has the character '", absl::CHexEscape({&c, 1}),
                                    "', which no code has; a code is ", kLength,
                                    " digits and letters without U, like 7K3M9QXF"));
    }
    word = (word << kSymbolBits) | *symbol;
    ++length;
  }
  if (length != kLength) {
    return Bad(text, absl::StrCat("has ", length, " characters and should have ", kLength,
                                  "; ask for it again"));
  }
  if (Syndrome(word) != 0) {
    return Bad(text,
               "has a slip: its last character does not fit the others; compare it character by "
               "character, or ask for it again");
  }
  return SpokenCode(word >> kSymbolBits);
}

std::string SpokenCode::ToString() const {
  uint64_t word = WordOf(bits_);
  std::string text(kLength, '0');
  for (size_t i = kLength; i-- > 0; word >>= kSymbolBits) text[i] = kAlphabet[word & kSymbolMask];
  return text;
}

std::string SpokenCode::ToPhonetic() const {
  std::string spoken;
  std::string text = ToString();
  for (size_t i = 0; i < text.size(); ++i) {
    if (i > 0) spoken += i == text.size() / 2 ? ", " : " ";
    absl::StrAppend(&spoken, kWords[kAlphabet.find(text[i])]);
  }
  return spoken;
}

}  // namespace tocsin
