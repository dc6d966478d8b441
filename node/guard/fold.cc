#include "node/guard/fold.h"

#include <algorithm>
#include <iterator>

namespace tocsin::guard {
namespace {

// The zero of each run of ten decimal digits (Unicode 15, general category Nd).
constexpr char32_t kZeros[] = {
    0x0030,  0x0660,  0x06F0,  0x07C0,  0x0966,  0x09E6,  0x0A66,  0x0AE6,  0x0B66,  0x0BE6,
    0x0C66,  0x0CE6,  0x0D66,  0x0DE6,  0x0E50,  0x0ED0,  0x0F20,  0x1040,  0x1090,  0x17E0,
    0x1810,  0x1946,  0x19D0,  0x1A80,  0x1A90,  0x1B50,  0x1BB0,  0x1C40,  0x1C50,  0xA620,
    0xA8D0,  0xA900,  0xA9D0,  0xA9F0,  0xAA50,  0xABF0,  0xFF10,  0x104A0, 0x10D30, 0x11066,
    0x110F0, 0x11136, 0x111D0, 0x112F0, 0x11450, 0x114D0, 0x11650, 0x116C0, 0x11730, 0x118E0,
    0x11950, 0x11C50, 0x11D50, 0x11DA0, 0x11F50, 0x16A60, 0x16AC0, 0x16B50, 0x1D7CE, 0x1D7D8,
    0x1D7E2, 0x1D7EC, 0x1D7F6, 0x1E140, 0x1E2F0, 0x1E4F0, 0x1E950, 0x1FBF0,
};
static_assert(std::size(kZeros) == 68);

// Digits with a compatibility decomposition: a run of `count` whose first has the value `value`.
struct DigitRun {
  char32_t first;
  int count;
  int value;
};
constexpr DigitRun kCompatibilityDigits[] = {
    {0x00B2, 2, 2}, {0x00B9, 1, 1}, {0x2070, 1, 0}, {0x2074, 6, 4}, {0x2080, 10, 0},
    {0x2460, 9, 1}, {0x2474, 9, 1}, {0x2488, 9, 1}, {0x24EA, 1, 0}, {0x24F5, 9, 1},
    {0x24FF, 1, 0}, {0x2776, 9, 1}, {0x2780, 9, 1}, {0x278A, 9, 1},
};

// U+00C0 to U+017F without accent; '?' is no letter, '=' stays as it is.
constexpr char kLatinBase[] =
    "aaaaaaaceeeeiiiidnooooo?ouuuuytsaaaaaaaceeeeiiiidnooooo?ouuuuyty"
    "aaaaaaccccccccddddeeeeeeeeeegggggggghhhhiiiiiiiiiiiijjkkklllllll"
    "lllnnnnnnnnnoooooooorrrrrrssssssssttttttuuuuuuuuuuuuwwyyyzzzzzzs";
static_assert(sizeof(kLatinBase) == 0x180 - 0xC0 + 1);

struct Range {
  char32_t first;
  char32_t last;
};

constexpr Range kInvisible[] = {
    {0x0000, 0x0008}, {0x000E, 0x001F}, {0x007F, 0x0084}, {0x0086, 0x009F},   {0x00AD, 0x00AD},
    {0x0300, 0x036F}, {0x061C, 0x061C}, {0x064B, 0x065F}, {0x115F, 0x1160},   {0x17B4, 0x17B5},
    {0x180B, 0x180F}, {0x1AB0, 0x1AFF}, {0x1DC0, 0x1DFF}, {0x200B, 0x200F},   {0x202A, 0x202E},
    {0x2060, 0x206F}, {0x20D0, 0x20FF}, {0x3164, 0x3164}, {0xFE00, 0xFE0F},   {0xFE20, 0xFE2F},
    {0xFEFF, 0xFEFF}, {0xFFA0, 0xFFA0}, {0xFFF9, 0xFFFB}, {0xE0000, 0xE0FFF},
};

constexpr Range kNotLetters[] = {
    {0x0080, 0x00A9}, {0x00AB, 0x00B4},   {0x00B6, 0x00B9},    {0x00BB, 0x00BF}, {0x00D7, 0x00D7},
    {0x00F7, 0x00F7}, {0x02C2, 0x02DF},   {0x037E, 0x037E},    {0x0387, 0x0387}, {0x055A, 0x055F},
    {0x0589, 0x058F}, {0x05BE, 0x05C7},   {0x0600, 0x061F},    {0x066A, 0x066D}, {0x06D4, 0x06D4},
    {0x0964, 0x0965}, {0x0E3F, 0x0E3F},   {0x2000, 0x2BFF},    {0x2E00, 0x2E7F}, {0x3000, 0x3004},
    {0x3007, 0x3020}, {0x3030, 0x3030},   {0x303D, 0x303F},    {0x30FB, 0x30FB}, {0xD800, 0xF8FF},
    {0xFD3E, 0xFD3F}, {0xFE10, 0xFE6F},   {0xFF00, 0xFF20},    {0xFF3B, 0xFF40}, {0xFF5B, 0xFF65},
    {0xFFE0, 0xFFFF}, {0x1F000, 0x1FAFF}, {0xF0000, 0x110001},
};

template <size_t N>
bool InRanges(const Range (&ranges)[N], char32_t c) {
  const Range* at = std::lower_bound(std::begin(ranges), std::end(ranges), c,
                                     [](const Range& range, char32_t v) { return range.last < v; });
  return at != std::end(ranges) && c >= at->first;
}

int DigitOf(char32_t c) {
  const char32_t* zero = std::upper_bound(std::begin(kZeros), std::end(kZeros), c);
  if (zero != std::begin(kZeros) && c - *(zero - 1) < 10) return static_cast<int>(c - *(zero - 1));
  for (const DigitRun& run : kCompatibilityDigits) {
    if (c >= run.first && c < run.first + static_cast<char32_t>(run.count)) {
      return run.value + static_cast<int>(c - run.first);
    }
  }
  return -1;
}

// Punctuation that rules look at; 0 if `c` is none of it.
char32_t FoldPunctuation(char32_t c) {
  switch (c) {
    case '\t':
    case 0x00A0:
    case 0x1680:
    case 0x202F:
    case 0x205F:
    case 0x3000:
      return ' ';
    case '\n':
    case '\v':
    case '\f':
    case '\r':
    case 0x0085:
    case 0x2028:
    case 0x2029:
      return '\n';
    case 0x2010:
    case 0x2011:
    case 0x2012:
    case 0x2013:
    case 0x2014:
    case 0x2015:
    case 0x2043:
    case 0x2212:
    case 0x02D7:
    case 0x207B:
    case 0x208B:
    case 0x2796:
    case 0x30FC:
    case 0xFE58:
    case 0xFE63:
    case 0xFF0D:
    case 0x058A:
    case 0x1806:
      return '-';
    case 0x207A:
    case 0x208A:
    case 0x2795:
    case 0xFB29:
    case 0xFE62:
    case 0xFF0B:
      return '+';
    case 0x2024:
    case 0x3002:
    case 0xFE52:
    case 0xFF0E:
    case 0xFF61:
    case 0x00B7:
    case 0x2022:
    case 0x2027:
    case 0x2219:
    case 0x22C5:
    case 0x30FB:
    case 0xFF65:
      return '.';
    case 0x2044:
    case 0x2215:
    case 0xFF0F:
      return '/';
    case 0x207D:
    case 0x208D:
    case 0xFE59:
    case 0xFF08:
    case 0x2768:
      return '(';
    case 0x207E:
    case 0x208E:
    case 0xFE5A:
    case 0xFF09:
    case 0x2769:
      return ')';
    case 0xFF1C:
    case 0xFE64:
    case 0x2039:
    case 0x276E:
      return '<';
    case 0xFF1A:
    case 0xFE55:
    case 0x2236:
      return ':';
    case 0xFF0C:
    case 0xFE50:
    case 0x3001:
    case 0x201A:
      return ',';
    case 0x2019:
    case 0x02BC:
    case 0xFF07:
    case 0x2032:
    case 0x2018:
      return '\'';
    default:
      return c >= 0x2000 && c <= 0x200A ? U' ' : U'\0';
  }
}

struct Letter {
  char32_t c;
  bool upper;
};

Letter FoldLetter(char32_t c) {
  if (c >= 'A' && c <= 'Z') return {c + 32, true};
  if (c < 0xC0) return {c, false};
  if (c < 0x180) {
    const char base = kLatinBase[c - 0xC0];
    const bool upper = c < 0xE0 || (c >= 0x100 && c % 2 == 0);
    return base == '?' ? Letter{c, false} : Letter{static_cast<char32_t>(base), upper};
  }
  if (c >= 0x1E00 && c <= 0x1EFF) {  // Vietnamese and others: only the vowels and d matter to cues
    if (c >= 0x1EA0 && c <= 0x1EB7) return {'a', c % 2 == 0};
    if (c >= 0x1EB8 && c <= 0x1EC7) return {'e', c % 2 == 0};
    if (c >= 0x1EC8 && c <= 0x1ECB) return {'i', c % 2 == 0};
    if (c >= 0x1ECC && c <= 0x1EE3) return {'o', c % 2 == 0};
    if (c >= 0x1EE4 && c <= 0x1EF1) return {'u', c % 2 == 0};
    return {c, false};
  }
  if (c == 0x01A0 || c == 0x01A1) return {'o', c == 0x01A0};
  if (c == 0x01AF || c == 0x01B0) return {'u', c == 0x01AF};
  if (c >= 0x0391 && c <= 0x03A9) return {c + 32, true};
  switch (c) {
    case 0x0386:
    case 0x03AC:
      return {0x03B1, c == 0x0386};
    case 0x0388:
    case 0x03AD:
      return {0x03B5, c == 0x0388};
    case 0x0389:
    case 0x03AE:
      return {0x03B7, c == 0x0389};
    case 0x038A:
    case 0x03AF:
      return {0x03B9, c == 0x038A};
    case 0x038C:
    case 0x03CC:
      return {0x03BF, c == 0x038C};
    case 0x038E:
    case 0x03CD:
      return {0x03C5, c == 0x038E};
    case 0x038F:
    case 0x03CE:
      return {0x03C9, c == 0x038F};
    case 0x03C2:
      return {0x03C3, false};
    default:
      break;
  }
  if (c >= 0x0410 && c <= 0x042F) return {c + 32, true};
  if (c >= 0x0400 && c <= 0x040F) return {c + 80, true};
  if (c >= 0xFF21 && c <= 0xFF3A) return {c - 0xFF21 + 'a', true};
  if (c >= 0xFF41 && c <= 0xFF5A) return {c - 0xFF41 + 'a', false};
  if (c >= 0x24B6 && c <= 0x24CF) return {c - 0x24B6 + 'a', true};
  if (c >= 0x24D0 && c <= 0x24E9) return {c - 0x24D0 + 'a', false};
  if (c >= 0x1D400 && c <= 0x1D6A3) {
    const char32_t at = (c - 0x1D400) % 52;
    return {at % 26 + 'a', at < 26};
  }
  return {c, false};
}

struct Decoded {
  char32_t c;
  size_t length;
};

// One character of UTF-8 at the start of `rest`, or the first byte as kInvalid.
Decoded Decode(absl::string_view rest) {
  const auto byte = [&](size_t i) { return static_cast<unsigned char>(rest[i]); };
  const unsigned char lead = byte(0);
  if (lead < 0x80) return {lead, 1};
  const size_t length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
  if (lead < 0xC2 || lead > 0xF4 || rest.size() < length) return {kInvalid, 1};
  char32_t c = lead & (0x7Fu >> length);
  for (size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xC0) != 0x80) return {kInvalid, 1};
    c = (c << 6) | (byte(i) & 0x3Fu);
  }
  const char32_t least = length == 2 ? 0x80 : length == 3 ? 0x800 : 0x10000;
  if (c < least || c > 0x10FFFF || (c >= 0xD800 && c <= 0xDFFF)) return {kInvalid, 1};
  return {c, length};
}

// "&lt;", "&#43;", "&#x2B;" at the start of `rest`; length 0 if there is none.
Decoded DecodeReference(absl::string_view rest) {
  constexpr size_t kLongest = 12;
  const size_t stop = rest.substr(0, kLongest).find(';');
  if (stop == absl::string_view::npos || stop < 3) return {0, 0};
  const absl::string_view name = rest.substr(1, stop - 1);
  if (name == "lt") return {'<', stop + 1};
  if (name == "nbsp") return {' ', stop + 1};
  if (name == "plus") return {'+', stop + 1};
  if (name[0] != '#') return {0, 0};
  const bool hex = name[1] == 'x' || name[1] == 'X';
  const absl::string_view digits = name.substr(hex ? 2 : 1);
  char32_t c = 0;
  for (const char digit : digits) {
    const int lower = digit | 0x20;
    int value = -1;
    if (digit >= '0' && digit <= '9') value = digit - '0';
    if (hex && lower >= 'a' && lower <= 'f') value = lower - 'a' + 10;
    if (value < 0) return {0, 0};
    c = c * (hex ? 16 : 10) + static_cast<char32_t>(value);
    if (c > 0x10FFFF) return {0, 0};
  }
  return digits.empty() ? Decoded{0, 0} : Decoded{c, stop + 1};
}

// Length of the placeholder at the start of `rest`, or 0.
size_t PlaceholderLength(absl::string_view rest) {
  for (const Sort sort : kAllSorts) {
    const std::string& text = Placeholder(sort);
    if (rest.substr(0, text.size()) == text) return text.size();
  }
  return 0;
}

}  // namespace

const std::string& Placeholder(Sort sort) {
  static const auto* const kTexts = [] {
    auto* texts = new std::vector<std::string>();
    for (const Sort each : kAllSorts) {
      texts->push_back("[" + std::string(SortName(each)) + " withheld]");
    }
    return texts;
  }();
  return (*kTexts)[static_cast<size_t>(sort)];
}

bool IsLetter(char32_t c) {
  if (c < 0x80) return IsLatin(c);
  return !InRanges(kNotLetters, c);
}

bool IsUnspaced(char32_t c) {
  return (c >= 0x0E00 && c <= 0x0EFF) || (c >= 0x1000 && c <= 0x109F) ||
         (c >= 0x1780 && c <= 0x17FF) || (c >= 0x1100 && c <= 0x11FF) ||
         (c >= 0x2E80 && c <= 0xA4CF) || (c >= 0xAC00 && c <= 0xD7FF) ||
         (c >= 0xF900 && c <= 0xFAFF) || (c >= 0xFF66 && c <= 0xFFDC) ||
         (c >= 0x20000 && c <= 0x3FFFF);
}

std::vector<Glyph> Fold(absl::string_view text) {
  std::vector<Glyph> glyphs;
  glyphs.reserve(text.size());
  for (size_t at = 0; at < text.size();) {
    const absl::string_view rest = text.substr(at);
    if (rest[0] == '[') {
      if (const size_t length = PlaceholderLength(rest); length > 0) {
        glyphs.push_back({at, kOpaque, static_cast<uint8_t>(length), false});
        at += length;
        continue;
      }
    }
    Decoded decoded = rest[0] == '&' ? DecodeReference(rest) : Decoded{0, 0};
    if (decoded.length == 0) decoded = Decode(rest);
    const size_t begin = at;
    at += decoded.length;
    if (InRanges(kInvisible, decoded.c)) continue;
    Letter folded{decoded.c, false};
    if (const int digit = DigitOf(decoded.c); digit >= 0) {
      folded.c = U'0' + static_cast<char32_t>(digit);
    } else if (const char32_t punctuation = FoldPunctuation(decoded.c); punctuation != 0) {
      folded.c = punctuation;
    } else {
      folded = FoldLetter(decoded.c);
    }
    glyphs.push_back({begin, folded.c, static_cast<uint8_t>(decoded.length), folded.upper});
  }
  return glyphs;
}

}  // namespace tocsin::guard
