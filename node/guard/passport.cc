// Passport numbers, beside a cue. ICAO Doc 9303 gives them nine characters at most; what states
// print is six to nine letters and digits, most often one to three letters and then digits.
#include "node/guard/context.h"
#include "node/guard/rules.h"

namespace tocsin::guard {
namespace {

constexpr size_t kMost = 10;

// Letters and digits of one token, or of two when letters stand apart ("AB 1234567") or the series
// of a Russian passport does ("45 08 123456").
bool IsPassportShaped(const Compact& read, size_t size, bool* only_near) {
  size_t digits = 0;
  size_t gaps = 0;
  size_t lower = 0;
  for (size_t i = 0; i < size; ++i) {
    digits += IsDigit(read.c[i]) ? 1 : 0;
    gaps += read.gap[i] != 0 ? 1 : 0;
    lower += IsLetter(read.c[i]) && !read.upper[i] ? 1 : 0;
  }
  const size_t letters = size - digits;
  *only_near = letters == 0 && size != 9;
  if (size == 10) {  // series and number: 4 + 6
    return letters == 0 && (gaps == 0 || (gaps == 1 && read.gap[4] != 0) ||
                            (gaps == 2 && read.gap[2] != 0 && read.gap[4] != 0));
  }
  if (gaps > 1 || size < 6 || size > 9) return false;
  if (gaps == 1) {
    // Only between the leading letters and the digits, or 4 + 6 cut short.
    size_t head = 0;
    while (head < size && IsLetter(read.c[head])) ++head;
    if (head == 0 || head > 3 || read.gap[head] == 0) return false;
  }
  if (letters == 0) return size >= 7;
  if (digits >= 5) return letters <= 4;
  // German and Dutch numbers mix freely; in small letters they would be words.
  return size == 9 && digits >= 2 && lower == 0 && gaps == 0;
}

bool IsDay(const Compact& read, size_t size) {
  if (size != 8 || !read.AllDigits(0, 8)) return false;
  const uint64_t year = read.Number(0, 4);
  return year >= 1900 && year <= 2099 && read.Number(4, 2) <= 12 && read.Number(6, 2) <= 31;
}

}  // namespace

void FindPassports(const Scan& scan, Matches* matches) {
  constexpr uint32_t kCues = Bit(Cue::kPassport);
  size_t done = 0;
  for (const Span& token : scan.tokens()) {
    if (token.begin < done || token.size() > kMost || !scan.Reached(token.begin, kCues)) continue;
    if (!scan.MayBegin(token.begin)) continue;
    const Compact read = scan.Read(token.begin, kMost, " -");
    for (size_t size = read.size; size >= 6; --size) {
      bool only_near = false;
      if (!read.bounded[size - 1] || !IsPassportShaped(read, size, &only_near)) continue;
      const size_t end = read.end[size - 1];
      const bool cued =
          only_near ? scan.Near(token.begin, end, kCues) : scan.Far(token.begin, end, kCues);
      if (!cued || IsDay(read, size) || HasOwnLabel(scan, token.begin)) continue;
      if (read.AllDigits(0, size) && IsAmount(scan, token.begin, end)) continue;
      matches->push_back({Sort::kPassport, token.begin, end});
      done = end;
      break;
    }
  }
}

}  // namespace tocsin::guard
