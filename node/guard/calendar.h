// Days of the calendar, as numbers carry them. Pure; any thread.
#pragma once

#include <cstdint>

namespace tocsin::guard {

// A day between the years 1800 and 2199.
constexpr bool IsDate(uint64_t year, uint64_t month, uint64_t day) {
  constexpr uint64_t kDays[] = {31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  if (year < 1800 || year > 2199 || month < 1 || month > 12 || day < 1) return false;
  const bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
  if (month == 2 && day == 29) return leap;
  return day <= kDays[month - 1];
}

}  // namespace tocsin::guard
