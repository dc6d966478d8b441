// The citizen identity number of China: GB 11643-1999. Six digits of region (GB/T 2260), eight of
// birth, three of order, one check character by ISO 7064 MOD 11-2.
#include "node/guard/calendar.h"
#include "node/guard/rules.h"

namespace tocsin::guard {
namespace {

constexpr size_t kLength = 18;

// The first two digits of GB/T 2260, Hong Kong, Macao and Taiwan (81 to 83) included.
bool IsProvince(uint64_t code) {
  switch (code / 10) {
    case 1:
      return code % 10 >= 1 && code % 10 <= 5;
    case 2:
      return code % 10 >= 1 && code % 10 <= 3;
    case 3:
      return code % 10 >= 1 && code % 10 <= 7;
    case 4:
      return code % 10 >= 1 && code % 10 <= 6;
    case 5:
      return code % 10 <= 4;
    case 6:
      return code % 10 >= 1 && code % 10 <= 5;
    case 7:
      return code % 10 == 1;
    case 8:
      return code % 10 >= 1 && code % 10 <= 3;
    default:
      return false;
  }
}

bool CheckHolds(const Compact& read) {
  constexpr int kWeights[17] = {7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2};
  constexpr char kChecks[] = "10x98765432";
  int sum = 0;
  for (size_t i = 0; i < 17; ++i) sum += DigitValue(read.c[i]) * kWeights[i];
  return read.c[17] == static_cast<char32_t>(kChecks[sum % 11]);
}

}  // namespace

void FindChineseIdentities(const Scan& scan, Matches* matches) {
  for (const Span& run : scan.digit_runs()) {
    if (run.size() < 6 || run.size() > kLength) continue;
    const Compact read = scan.Read(run.begin, kLength, " -");
    if (read.size != kLength || !read.AllDigits(0, 17)) continue;
    if (!scan.IsWhole(run.begin, read.end[17])) continue;
    if (!IsProvince(read.Number(0, 2)) || !CheckHolds(read)) continue;
    if (!IsDate(read.Number(6, 4), read.Number(10, 2), read.Number(12, 2))) continue;
    matches->push_back({Sort::kIdentityNumber, run.begin, read.end[17]});
  }
}

}  // namespace tocsin::guard
