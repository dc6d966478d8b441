// Telephone numbers in national form, beside a cue. Numbering plans have no check digits, so what
// counts is the cue, how near it is, and whether the number is written as telephone numbers are.
#include "node/guard/context.h"
#include "node/guard/rules.h"

namespace tocsin::guard {
namespace {

constexpr size_t kDigitsLeast = 7;
constexpr size_t kDigitsMost = 15;

// Numbers of services belong to no person: toll-free and shared-cost ranges. The North American
// codes are those of NANPA, 0800 and 0808 are free in Europe, 1300 and 1800 in Australia.
bool IsService(const Scan& scan, const Groups& groups, size_t size) {
  uint64_t head = 0;  // the first four digits
  size_t count = 0;
  for (size_t i = 0; i < size && count < 4; ++i) {
    for (size_t at = groups.at[i].begin; at < groups.at[i].end && count < 4; ++at, ++count) {
      head = head * 10 + static_cast<uint64_t>(DigitValue(scan.At(at)));
    }
  }
  const size_t digits = groups.Digits(size);
  const auto toll_free = [](uint64_t area) {
    return area == 800 || area == 833 || area == 844 || area == 855 || area == 866 || area == 877 ||
           area == 888;
  };
  if (digits == 10 && (toll_free(head / 10) || head == 1300 || head == 1800)) return true;
  if (digits == 11 && head / 1000 == 1 && toll_free(head % 1000)) return true;
  return head == 800 || head == 808;
}

// As people write telephone numbers and hardly anything else.
bool IsTelephoneShaped(const Scan& scan, const Groups& groups, size_t size) {
  const size_t digits = groups.Digits(size);
  const char32_t head = scan.At(groups.at[0].begin);
  const auto is = [&](size_t first, std::initializer_list<size_t> lengths) {
    if (size != first + lengths.size()) return false;
    for (const size_t length : lengths) {
      if (groups.Length(first++) != length) return false;
    }
    return true;
  };
  const bool country_one = groups.Length(0) == 1 && head == '1';
  if (is(0, {3, 3, 4}) || is(0, {3, 7}) || (country_one && is(1, {3, 3, 4}))) return true;
  if (is(0, {3, 4}) && head >= '2' && groups.gap[1] == '-') return true;
  if (head == '0' && digits >= 9 && digits <= 14) return true;
  if (digits == 9 && (is(0, {3, 3, 3}) || is(0, {3, 2, 2, 2}) || is(0, {2, 3, 2, 2}))) return true;
  if (digits == 10 && is(0, {3, 3, 2, 2})) return true;
  if (digits == 11 && head == '8' && size >= 4) return true;         // Russia: 8 912 345 67 89
  if (digits == 11 && head == '1' && is(0, {3, 4, 4})) return true;  // China: 138 0013 8000
  if (is(0, {2, 4, 4}) || is(0, {2, 5, 4}) || is(0, {5, 4})) return groups.gap[size - 1] == '-';
  return (digits == 11 || digits == 10) && size == 1 && head != '0';
}

// A "10001-1234" behind a state, or the last groups of a street address.
bool IsZipCode(const Scan& scan, const Groups& groups, size_t size) {
  if (size != 2 || groups.Length(0) != 5 || groups.Length(1) != 4 || groups.gap[1] != '-') {
    return false;
  }
  const size_t begin = groups.at[0].begin;
  return scan.At(begin - 1) == ' ' && IsLatin(scan.At(begin - 2)) && IsLatin(scan.At(begin - 3)) &&
         !IsLetter(scan.At(begin - 4));
}

bool IsSomethingElse(const Scan& scan, const Groups& groups, size_t size) {
  const size_t begin = groups.at[0].begin;
  const size_t end = groups.at[size - 1].end;
  if (IsDateLike(scan, groups, size) || IsGridReference(scan, groups, size)) return true;
  if (IsCasNumber(scan, groups, size) || IsThousands(scan, groups, size)) return true;
  if (IsZipCode(scan, groups, size) || IsService(scan, groups, size)) return true;
  if (HasOwnLabel(scan, begin)) return true;
  return !IsTelephoneShaped(scan, groups, size) && IsAmount(scan, begin, end);
}

// End of what is said of a second line: "01632 960123 / 960124".
size_t WithSecondLine(const Scan& scan, size_t run, size_t end) {
  while (scan.digit_runs()[run].end < end) ++run;
  if (run + 1 >= scan.digit_runs().size()) return end;
  const Span& next = scan.digit_runs()[run + 1];
  constexpr size_t kGapMost = 3;
  if (next.begin - end > kGapMost || next.size() < 5 || next.size() > 8) return end;
  // A whole number of its own follows, and is found by itself.
  if (run + 2 < scan.digit_runs().size() &&
      scan.digit_runs()[run + 2].begin - next.end <= kGapMost) {
    return end;
  }
  bool slash = false;
  for (size_t i = end; i < next.begin; ++i) {
    slash = slash || scan.At(i) == '/';
    if (scan.At(i) != '/' && scan.At(i) != ' ') return end;
  }
  return slash && scan.MayEnd(next.end) ? next.end : end;
}

// Whether the cues around [begin, end) are enough for a number so written.
bool IsCued(const Scan& scan, const Groups& groups, size_t size) {
  const size_t begin = groups.at[0].begin;
  const size_t end = groups.at[size - 1].end;
  const uint32_t strong = Bit(Cue::kTelephone);
  const uint32_t weak = Bit(Cue::kTelephoneWeak);
  const size_t digits = groups.Digits(size);
  const bool shaped = IsTelephoneShaped(scan, groups, size);
  if (scan.Near(begin, end, strong)) return true;
  if (scan.Far(begin, end, strong)) return shaped || (digits >= 9 && size <= 5);
  if (IsTimeList(scan, groups, size)) return false;
  if (shaped && scan.Near(begin, end, weak)) return true;
  // Spain, Poland, Portugal and others write nine digits in one piece.
  return digits == 9 && size == 1 && scan.At(begin) >= '5' && FollowsCue(scan, begin, weak);
}

}  // namespace

void FindNationalTelephones(const Scan& scan, Matches* matches) {
  constexpr uint32_t kCues = Bit(Cue::kTelephone) | Bit(Cue::kTelephoneWeak);
  size_t done = 0;
  bool polygon = false;
  for (size_t run = 0; run < scan.digit_runs().size(); ++run) {
    const Span& first = scan.digit_runs()[run];
    polygon = IsPolygonPair(scan, run, polygon);
    if (polygon) continue;
    if (first.begin < done || !scan.Reached(first.begin, kCues)) continue;
    if (!scan.MayBegin(first.begin) || first.size() > kDigitsMost) continue;
    const Groups groups = ReadGroups(scan, run, kDigitsMost);
    if (groups.size > 1 && IsGridReference(scan, groups, groups.size)) {
      done = groups.at[groups.size - 1].end;  // nor does a number begin at its northing
      continue;
    }
    // The longest that is believed: the digits behind a telephone number are mostly its own.
    for (size_t size = groups.size; size > 0; --size) {
      const size_t end = groups.at[size - 1].end;
      if (groups.Digits(size) < kDigitsLeast) break;
      const bool extension = scan.At(end) == 'x' || scan.At(end) == 'e';
      if (!scan.MayEnd(end) && !extension) continue;
      if (IsSomethingElse(scan, groups, size) || !IsCued(scan, groups, size)) continue;
      const bool parenthesis = scan.At(first.begin - 1) == '(' && groups.gap[1] == '(';
      done = WithSecondLine(scan, run, end);
      matches->push_back({Sort::kTelephone, first.begin - (parenthesis ? 1 : 0), done});
      break;
    }
  }
}

}  // namespace tocsin::guard
