// Telephone numbers in international form: ITU-T E.164, written with + (E.123). Stand alone.
#include <algorithm>
#include <iterator>

#include "node/guard/context.h"
#include "node/guard/rules.h"

namespace tocsin::guard {
namespace {

constexpr size_t kDigitsMost = 15;

// Country codes of the E.164 assignment list with the digits that follow them, least and most.
// What is assigned but not listed here has the general bounds.
struct Country {
  int code;
  int least;
  int most;
};

constexpr Country kCountries[] = {
    {1, 10, 10},  {7, 10, 10}, {20, 8, 10},  {27, 9, 9},   {30, 10, 10}, {31, 9, 11},  {32, 8, 9},
    {33, 9, 9},   {34, 9, 9},  {36, 8, 9},   {39, 6, 11},  {40, 9, 9},   {41, 9, 9},   {43, 6, 13},
    {44, 9, 10},  {45, 8, 8},  {46, 7, 10},  {47, 8, 8},   {48, 9, 9},   {49, 6, 12},  {51, 8, 9},
    {52, 10, 11}, {53, 8, 8},  {54, 10, 11}, {55, 10, 11}, {56, 9, 9},   {57, 8, 10},  {58, 10, 10},
    {60, 8, 10},  {61, 9, 9},  {62, 8, 12},  {63, 8, 10},  {64, 8, 10},  {65, 8, 8},   {66, 8, 9},
    {81, 9, 10},  {82, 8, 11}, {84, 9, 10},  {86, 10, 11}, {90, 10, 10}, {91, 10, 10}, {92, 9, 10},
    {93, 9, 9},   {94, 9, 9},  {95, 7, 10},  {98, 10, 10},
};

// Codes of two digits; all other codes but 1 and 7 have three.
constexpr int kTwoDigits[] = {20, 27, 30, 31, 32, 33, 34, 36, 39, 40, 41, 43, 44, 45, 46,
                              47, 48, 49, 51, 52, 53, 54, 55, 56, 57, 58, 60, 61, 62, 63,
                              64, 65, 66, 81, 82, 84, 86, 90, 91, 92, 93, 94, 95, 98};

// Three-digit codes that are not assigned, or only to services.
constexpr Span kSpareCodes[] = {
    {210, 210}, {214, 215}, {217, 217}, {219, 219}, {259, 259}, {280, 289}, {292, 296},
    {384, 384}, {388, 388}, {422, 422}, {424, 499}, {510, 589}, {693, 699}, {801, 807},
    {809, 849}, {851, 851}, {854, 854}, {857, 869}, {871, 879}, {884, 885}, {887, 887},
    {889, 899}, {969, 969}, {978, 978}, {990, 991}, {997, 997}, {999, 999}};

// Fewest and most digits of a whole number that begins with these digits; {0, 0} if none does.
struct Bounds {
  size_t least;
  size_t most;
};

Bounds BoundsOf(const int* digits) {
  int code = digits[0];
  size_t code_digits = 1;
  if (code != 1 && code != 7) {
    code = digits[0] * 10 + digits[1];
    code_digits = 2;
    if (!std::binary_search(std::begin(kTwoDigits), std::end(kTwoDigits), code)) {
      code = code * 10 + digits[2];
      code_digits = 3;
      const bool spare =
          std::any_of(std::begin(kSpareCodes), std::end(kSpareCodes), [&](const Span& span) {
            return static_cast<size_t>(code) >= span.begin && static_cast<size_t>(code) <= span.end;
          });
      return spare ? Bounds{0, 0} : Bounds{8, 3 + 12};
    }
  }
  for (const Country& country : kCountries) {
    if (country.code != code) continue;
    // One digit too many is a slip of the hand on a number all the same.
    const size_t slip = code_digits == 1 ? 0 : 1;
    return {code_digits + static_cast<size_t>(country.least),
            code_digits + static_cast<size_t>(country.most) + slip};
  }
  return {8, kDigitsMost};
}

// Glyph of the '+' before a run, across "(" or one blank: "+49", "+ 49", "+(49)"; kEdge's place
// (the run itself) if there is none.
size_t PlusBefore(const Scan& scan, size_t begin) {
  for (size_t at = begin; begin - at < 3; --at) {
    const char32_t c = scan.At(at - 1);
    if (c == '+') return at - 1;
    if (c != ' ' && c != '(') break;
  }
  return begin;
}

// Signed decimal degrees, ISO 6709 included: "+40.7128-074.0060/", "+404246-0740021/". A number
// that hides as one would have to have two or three digits, one dot, and nothing else.
bool IsCoordinate(const Scan& scan, const Groups& groups) {
  if (groups.size == 1) {
    // A second, signed number follows: "+4042-07400" has its sign read as a gap, "+4042+07400" not.
    return scan.At(groups.at[0].end) == '+' && IsDigit(scan.At(groups.at[0].end + 1));
  }
  if (groups.gap[1] == '.') {
    if (groups.Length(0) > 7) return false;
    if (groups.size == 2) return true;
    return groups.size >= 4 && groups.gap[2] != '.' && groups.gap[3] == '.';
  }
  if (groups.gap[1] == '/' && groups.Length(0) == 4) return true;  // years: "C++2010/2012"
  if (groups.size < 2 || groups.gap[1] != '-') return false;
  const size_t latitude = groups.Length(0);
  if ((latitude != 2 && latitude != 4 && latitude != 6) || groups.Length(1) != latitude + 1) {
    return false;
  }
  const uint64_t degrees = GroupValue(scan, groups, 0) / (latitude == 6   ? 10000
                                                          : latitude == 4 ? 100
                                                                          : 1);
  const uint64_t longitude = GroupValue(scan, groups, 1) / (latitude == 6   ? 10000
                                                            : latitude == 4 ? 100
                                                                            : 1);
  return groups.size == 2 && degrees <= 90 && longitude <= 180;
}

}  // namespace

void FindInternationalTelephones(const Scan& scan, Matches* matches) {
  for (size_t run = 0; run < scan.digit_runs().size(); ++run) {
    const size_t begin = PlusBefore(scan, scan.digit_runs()[run].begin);
    if (begin == scan.digit_runs()[run].begin || IsDigit(scan.At(begin - 1))) continue;
    if (scan.At(begin - 1) == 'u' && !IsLetter(scan.At(begin - 2))) continue;  // U+2282-2287
    if (scan.digit_runs()[run].size() > kDigitsMost) continue;
    // "(0)" is spoken of, not dialled: one digit more than E.164 has.
    const Groups groups = ReadGroups(scan, run, kDigitsMost + 1);
    int digits[kDigitsMost + 2] = {};
    size_t count = 0;
    for (size_t i = 0; i < groups.size && count < 3; ++i) {
      for (size_t at = groups.at[i].begin; at < groups.at[i].end && count < 3; ++at) {
        digits[count++] = DigitValue(scan.At(at));
      }
    }
    if (count == 0 || digits[0] == 0 || IsCoordinate(scan, groups)) continue;
    const Bounds bounds = BoundsOf(digits);
    size_t end = 0;
    for (size_t size = 1; size <= groups.size && bounds.most > 0; ++size) {
      const bool trunk = size > 1 && groups.Length(1) >= 1 && scan.At(groups.at[1].begin) == '0';
      const size_t total = groups.Digits(size);
      if (total < bounds.least || total > bounds.most + (trunk ? 1 : 0)) continue;
      const bool round = size >= 3 && GroupValue(scan, groups, size - 1) == 0 &&
                         GroupValue(scan, groups, size - 2) == 0;
      if (round && IsThousands(scan, groups, size)) continue;
      const size_t stop = groups.at[size - 1].end;
      if (IsJoining(scan.At(stop)) && scan.At(stop) != 'x' && scan.At(stop) != 'e') continue;
      end = stop;
    }
    if (end > 0) matches->push_back({Sort::kTelephone, begin, end});
  }
}

}  // namespace tocsin::guard
