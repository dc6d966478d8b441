// Groups of digits that read as one number: "+1 (212) 555-0142" is four.
//
// Shared by the rules for payment cards and telephone numbers. Pure; any thread.
#pragma once

#include <cstddef>

#include "node/guard/scan.h"

namespace tocsin::guard {

struct Groups {
  static constexpr size_t kMost = 20;
  size_t size = 0;
  Span at[kMost] = {};
  // What stands between group i - 1 and group i: '(' for any parenthesis, or else '-', '/', '.'
  // or ' ', the first of these that occurs; gap[0] is 0.
  char gap[kMost] = {};

  size_t Digits(size_t groups) const;  // in the first `groups`
  size_t Length(size_t i) const { return at[i].size(); }
  bool GapsAre(char gap_char, size_t groups) const;  // all gaps among the first `groups`
};

// Groups from digit run `run` on, up to `digits_max` digits; the run itself is always the first.
// A group of which only a part would fit is left out.
Groups ReadGroups(const Scan& scan, size_t run, size_t digits_max);

// The value of group `i`, which has at most 18 digits.
uint64_t GroupValue(const Scan& scan, const Groups& groups, size_t i);

// The sum of Luhn (ISO/IEC 7812-1) over a number's digits is a multiple of ten.
bool LuhnHolds(const int* digits, size_t count);

}  // namespace tocsin::guard
