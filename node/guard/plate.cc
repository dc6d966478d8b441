// Vehicle plates, beside a cue. No two countries agree on a grammar; what counts is a short mix of
// letters and digits, parted once or twice, that is neither a UN number nor an orange plate.
#include <algorithm>
#include <iterator>

#include "node/guard/context.h"
#include "node/guard/rules.h"

namespace tocsin::guard {
namespace {

constexpr size_t kLeast = 5;
constexpr size_t kMost = 9;  // letters and digits
constexpr size_t kGlyphsMost = 14;

// A plate as read so far.
struct Reading {
  size_t letters = 0;
  size_t digits = 0;
  size_t parts = 0;
  size_t lower_words = 0;  // parts of small letters alone
};

bool IsPlateGlyph(char32_t c) { return IsDigit(c) || (IsLetter(c) && !IsUnspaced(c)); }

// "un1203", "un 1203", "x338 1295", "33/1203": dangerous goods, which must be reported.
bool IsDangerousGoods(const Scan& scan, size_t begin, size_t end) {
  size_t at = begin;
  const char32_t first = scan.At(at);
  const char32_t second = scan.At(at + 1);
  const bool prefixed = (first == 'u' || first == 'n') && (second == 'n' || second == 'a');
  const bool reacts = first == 'x' && IsDigit(second);
  if (!prefixed && !reacts && !IsDigit(first)) return false;
  at += prefixed ? 2 : reacts ? 1 : 0;
  if (prefixed && (scan.At(at) == ' ' || scan.At(at) == '-')) ++at;
  size_t digits = 0;
  for (; at < end; ++at) {
    const char32_t c = scan.At(at);
    if (IsDigit(c)) {
      ++digits;
    } else if (prefixed || (c != ' ' && c != '/' && c != '-')) {
      return false;
    }
  }
  return prefixed ? digits == 4 : digits == 6 || digits == 7;
}

// Part of a plate at [begin, end): letters alone up to three, digits alone up to five, or a mix.
bool IsPart(const Scan& scan, size_t begin, size_t end, Reading* reading) {
  size_t letters = 0;
  size_t digits = 0;
  bool lower = false;
  for (size_t i = begin; i < end; ++i) {
    const char32_t c = scan.At(i);
    digits += IsDigit(c) ? 1 : 0;
    letters += IsDigit(c) ? 0 : 1;
    lower = lower || (!IsDigit(c) && !scan.Upper(i));
  }
  if (digits == 0 && letters > 3) return false;
  if (letters == 0 && digits > 6) return false;
  if (digits == 0 && lower) ++reading->lower_words;
  reading->letters += letters;
  reading->digits += digits;
  ++reading->parts;
  return true;
}

bool IsPlate(const Reading& reading, bool weak) {
  const size_t size = reading.letters + reading.digits;
  if (size < kLeast || reading.digits == 0 || reading.letters == 0) return false;
  // Ireland numbers through: year, county, up to six digits.
  const bool irish = reading.parts == 3 && reading.letters <= 2 && reading.digits <= 9;
  if (!irish && (size > kMost || reading.letters > 6 || reading.digits > 6)) return false;
  if (reading.parts > 4) return false;
  return !weak || (size >= 6 && reading.digits >= 2 && reading.lower_words == 0);
}

bool IsWord(const Scan& scan, size_t begin, size_t end, const char* word) {
  size_t at = begin;
  while (at < end && *word != 0 && scan.At(at) == static_cast<char32_t>(*word)) ++at, ++word;
  return at == end && *word == 0;
}

// Words that never are a part of a plate: "is 12345" would read as one. Capitals are a word only
// where all is in capitals ("PLATE NO ABC 123"), and never beside a hyphen ("IN-AB 123").
bool IsFunctionWord(const Scan& scan, size_t begin, size_t end) {
  static constexpr const char* kWords[] = {
      "is",  "no",  "nr",  "was", "of",  "on",  "at",  "in",  "the", "for", "and", "to",
      "by",  "box", "un",  "na",  "are", "num", "has", "it",  "its", "a",   "an",  "der",
      "die", "das", "mit", "am",  "im",  "von", "le",  "la",  "de",  "du",  "et",  "el",
      "en",  "y",   "e",   "il",  "di",  "o",   "z",   "w",   "had", "id",  "vin", "cas",
      "km",  "kg",  "mm",  "cm",  "ft",  "mi",  "lb",  "off", "lot", "bay", "ist"};
  if (scan.At(end) == '-' || scan.At(begin - 1) == '-') return false;
  if (scan.Upper(begin) && !scan.Upper(begin - 2)) return false;
  return std::any_of(std::begin(kWords), std::end(kWords),
                     [&](const char* word) { return IsWord(scan, begin, end, word); });
}

// End of the longest plate that begins at `begin`, or 0.
size_t PlateEnd(const Scan& scan, size_t begin, bool weak) {
  Reading reading;
  size_t best = 0;
  for (size_t at = begin; at - begin < kGlyphsMost;) {
    size_t end = at;
    while (IsPlateGlyph(scan.At(end)) && end - at <= kMost) ++end;
    if (end == at || end - at > kMost) break;
    // After capitals more capitals are the plate's own: "HH LB 123".
    if ((at == begin || !scan.Upper(at)) && IsFunctionWord(scan, at, end)) break;
    const size_t lower_words = reading.lower_words;
    if (!IsPart(scan, at, end, &reading)) break;
    // A word in small letters belongs to the sentence, unless it opens the plate.
    if (reading.lower_words > lower_words && at != begin && scan.At(at - 1) != '-') break;
    if (IsPlate(reading, weak) && scan.MayEnd(end)) best = end;
    const char32_t gap = scan.At(end);
    if (gap != ' ' && gap != '-' && (weak || gap != '.')) break;
    at = end + 1;
    if (gap == '-' && scan.At(at) == ' ') ++at;
    if (gap == ' ' && scan.At(at) == '-') at += scan.At(at + 1) == ' ' ? 2 : 1;
  }
  return best;
}

}  // namespace

void FindPlates(const Scan& scan, Matches* matches) {
  constexpr uint32_t kStrong = Bit(Cue::kPlate);
  constexpr uint32_t kWeak = Bit(Cue::kPlateWeak);
  size_t done = 0;
  for (const Span& token : scan.tokens()) {
    if (token.begin < done || !scan.Reached(token.begin, kStrong | kWeak)) continue;
    if (!scan.MayBegin(token.begin) || HasOwnLabel(scan, token.begin)) continue;
    for (const bool weak : {false, true}) {
      const size_t end = PlateEnd(scan, token.begin, weak);
      if (end == 0 || IsDangerousGoods(scan, token.begin, end)) continue;
      if (weak ? !FollowsCue(scan, token.begin, kWeak) : !scan.Near(token.begin, end, kStrong)) {
        continue;
      }
      // One more glyph for a Han province or a kana that opens or parts the plate.
      size_t begin = token.begin;
      if (begin > 0 && IsUnspaced(scan.At(begin - 1))) --begin;
      matches->push_back({Sort::kPlate, begin, end});
      done = end;
      break;
    }
  }
}

}  // namespace tocsin::guard
