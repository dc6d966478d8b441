#include "node/guard/groups.h"

namespace tocsin::guard {
namespace {

constexpr size_t kGapMost = 3;  // glyphs, as in "+44 (0) 20"

// The kind of gap at [begin, end), or 0 if it parts two numbers.
char GapKind(const Scan& scan, size_t begin, size_t end) {
  if (end - begin > kGapMost) return 0;
  char kind = ' ';
  const auto rank = [](char c) {
    return c == '(' ? 4 : c == '-' ? 3 : c == '/' ? 2 : c == '.' ? 1 : 0;
  };
  for (size_t i = begin; i < end; ++i) {
    char c = 0;
    switch (scan.At(i)) {
      case ' ':
        c = ' ';
        break;
      case '-':
        c = '-';
        break;
      case '.':
        c = '.';
        break;
      case '/':
        c = '/';
        break;
      case '(':
      case ')':
        c = '(';
        break;
      default:
        return 0;
    }
    if (rank(c) > rank(kind)) kind = c;
  }
  // A hyphen with a blank before it and a digit after it is a sign: "40.71 -74.00".
  if (end - begin == 2 && scan.At(begin) == ' ' && scan.At(begin + 1) == '-') return 0;
  return kind;
}

}  // namespace

size_t Groups::Digits(size_t groups) const {
  size_t digits = 0;
  for (size_t i = 0; i < groups; ++i) digits += Length(i);
  return digits;
}

bool Groups::GapsAre(char gap_char, size_t groups) const {
  for (size_t i = 1; i < groups; ++i) {
    if (gap[i] != gap_char) return false;
  }
  return true;
}

Groups ReadGroups(const Scan& scan, size_t run, size_t digits_max) {
  Groups groups;
  const std::vector<Span>& runs = scan.digit_runs();
  groups.at[0] = runs[run];
  groups.size = 1;
  size_t digits = runs[run].size();
  for (size_t next = run + 1; next < runs.size() && groups.size < Groups::kMost; ++next) {
    const char gap = GapKind(scan, runs[next - 1].end, runs[next].begin);
    digits += runs[next].size();
    if (gap == 0 || digits > digits_max) break;
    groups.at[groups.size] = runs[next];
    groups.gap[groups.size] = gap;
    ++groups.size;
  }
  return groups;
}

uint64_t GroupValue(const Scan& scan, const Groups& groups, size_t i) {
  uint64_t value = 0;
  for (size_t at = groups.at[i].begin; at < groups.at[i].end; ++at) {
    value = value * 10 + static_cast<uint64_t>(DigitValue(scan.At(at)));
  }
  return value;
}

bool LuhnHolds(const int* digits, size_t count) {
  int sum = 0;
  for (size_t i = 0; i < count; ++i) {
    int digit = digits[count - 1 - i];
    if (i % 2 == 1) digit = digit * 2 > 9 ? digit * 2 - 9 : digit * 2;
    sum += digit;
  }
  return sum % 10 == 0;
}

}  // namespace tocsin::guard
