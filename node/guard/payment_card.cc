// Payment cards: ISO/IEC 7812-1 numbers with a known issuer's prefix and length and Luhn's sum.
// Prefixes are those that the card schemes publish for merchants.
#include <algorithm>

#include "node/guard/context.h"
#include "node/guard/groups.h"
#include "node/guard/rules.h"

namespace tocsin::guard {
namespace {

constexpr size_t kCardLeast = 14;
constexpr size_t kCardMost = 19;

struct Issuer {
  int prefix_first;  // inclusive range of prefixes of one length
  int prefix_last;
  uint32_t lengths;  // bit n: n digits are issued
};

constexpr uint32_t Lengths(size_t least, size_t most) {
  uint32_t bits = 0;
  for (size_t n = least; n <= most; ++n) bits |= 1u << n;
  return bits;
}

constexpr Issuer kIssuers[] = {
    {4, 4, Lengths(16, 16) | Lengths(19, 19)},        // Visa
    {51, 55, Lengths(16, 16)},                        // Mastercard
    {2221, 2720, Lengths(16, 16)},                    // Mastercard
    {34, 34, Lengths(15, 15)},                        // American Express
    {37, 37, Lengths(15, 15)},                        // American Express
    {300, 305, Lengths(14, 14) | Lengths(16, 16)},    // Diners Club
    {3095, 3095, Lengths(14, 14) | Lengths(16, 16)},  // Diners Club
    {36, 36, Lengths(14, 14)},                        // Diners Club
    {38, 39, Lengths(14, 14) | Lengths(16, 16)},      // Diners Club
    {3528, 3589, Lengths(16, 19)},                    // JCB
    {6011, 6011, Lengths(16, 19)},                    // Discover
    {644, 649, Lengths(16, 19)},                      // Discover
    {65, 65, Lengths(16, 19)},                        // Discover, RuPay
    {60, 60, Lengths(16, 16)},                        // RuPay
    {81, 82, Lengths(16, 19)},                        // UnionPay, RuPay
    {62, 62, Lengths(16, 19)},                        // UnionPay
    {50, 50, Lengths(16, 19)},                        // Maestro, Verve, Elo
    {56, 58, Lengths(16, 19)},                        // Maestro
    {63, 63, Lengths(16, 19)},                        // Maestro
    {67, 67, Lengths(16, 19)},                        // Maestro
    {2200, 2205, Lengths(16, 19)},                    // Mir
    {9792, 9792, Lengths(16, 16)},                    // Troy
};

bool IsIssued(const int* digits, size_t count) {
  for (const Issuer& issuer : kIssuers) {
    int prefix = 0;
    int scale = 1;
    for (size_t i = 0; scale <= issuer.prefix_first; ++i, scale *= 10) {
      prefix = prefix * 10 + digits[i];
    }
    if (prefix >= issuer.prefix_first && prefix <= issuer.prefix_last &&
        (issuer.lengths >> count & 1u) != 0) {
      return true;
    }
  }
  return false;
}

// Cards are written in one piece, in fours, as the issuer embosses them, or digit by digit. Other
// groupings are lists: of county codes in fives, of companies in threes.
bool IsCardGrouping(const Groups& groups, size_t size) {
  if (size == 1) return true;
  const auto is = [&](std::initializer_list<size_t> lengths) {
    if (lengths.size() != size) return false;
    return std::equal(lengths.begin(), lengths.end(), groups.at,
                      [](size_t length, const Span& at) { return at.size() == length; });
  };
  if (is({4, 6, 5}) || is({4, 6, 4}) || is({6, 10}) || is({6, 13}) || is({8, 8}) || is({4, 8, 4}) ||
      is({4, 4, 4, 7}) || is({4, 12}) || is({4, 11}) || is({4, 10}) || is({4, 5, 6})) {
    return true;
  }
  const size_t step = groups.Length(0);
  if (step != 4 && step != 1) return false;
  for (size_t i = 1; i + 1 < size; ++i) {
    if (groups.Length(i) != step) return false;
  }
  return groups.Length(size - 1) <= step;
}

}  // namespace

void FindPaymentCards(const Scan& scan, Matches* matches) {
  bool polygon = false;
  for (size_t run = 0; run < scan.digit_runs().size(); ++run) {
    polygon = IsPolygonPair(scan, run, polygon);
    if (polygon) continue;
    const size_t begin = scan.digit_runs()[run].begin;
    if (scan.digit_runs()[run].size() > kCardMost) continue;
    const Groups groups = ReadGroups(scan, run, kCardMost);
    int digits[kCardMost];
    size_t count = 0;
    size_t end = 0;
    for (size_t size = 1; size <= groups.size; ++size) {
      const Span& group = groups.at[size - 1];
      for (size_t i = group.begin; i < group.end; ++i) digits[count++] = DigitValue(scan.At(i));
      if (count < kCardLeast || !IsCardGrouping(groups, size)) continue;
      if (IsIssued(digits, count) && LuhnHolds(digits, count) && scan.IsWhole(begin, group.end)) {
        end = group.end;
      }
    }
    if (end > 0) matches->push_back({Sort::kPaymentCard, begin, end});
  }
}

}  // namespace tocsin::guard
