#include <algorithm>

#include "node/guard/calendar.h"
#include "node/guard/identity.h"

namespace tocsin::guard {
namespace {

bool Contains(const char* set, char32_t c) {
  for (; *set != 0; ++set) {
    if (static_cast<char32_t>(*set) == c) return true;
  }
  return false;
}

int Digit(const Compact& read, size_t i) { return DigitValue(read.c[i]); }

// The sum of the first `count` digits with weights that fall by one from `first`.
int FallingSum(const Compact& read, size_t count, int first) {
  int sum = 0;
  for (size_t i = 0; i < count; ++i) sum += Digit(read, i) * (first - static_cast<int>(i));
  return sum;
}

}  // namespace

// Area, group and serial number as the Social Security Administration issues them: no area 000,
// 666 or 900 to 999, no group 00, no serial 0000. There is no check digit.
bool IsSocialSecurityNumber(const Compact& read, size_t size) {
  if (size != 9 || !read.AllDigits(0, 9)) return false;
  const uint64_t area = read.Number(0, 3);
  return area != 0 && area != 666 && area < 900 && read.Number(3, 2) != 0 && read.Number(5, 4) != 0;
}

// HM Revenue & Customs, National Insurance Manual NIM39110: two letters, six digits, a suffix of A
// to D that is often left out.
bool IsNationalInsuranceNumber(const Compact& read, size_t size) {
  if ((size != 8 && size != 9) || !read.AllDigits(2, 6)) return false;
  if (!IsLatin(read.c[0]) || !IsLatin(read.c[1])) return false;
  if (Contains("dfiquv", read.c[0]) || Contains("dfioquv", read.c[1])) return false;
  constexpr const char* kNever[] = {"bg", "gb", "kn", "nk", "nt", "tn", "zz"};
  for (const char* prefix : kNever) {
    if (read.c[0] == static_cast<char32_t>(prefix[0]) &&
        read.c[1] == static_cast<char32_t>(prefix[1])) {
      return false;
    }
  }
  return size == 8 || Contains("abcd", read.c[8]);
}

// Abgabenordnung section 139b and the Steueridentifikationsnummerverordnung: the first is not 0;
// of the first ten digits one occurs two or three times, the others once at most; check digit by
// ISO 7064 MOD 11,10.
bool IsSteuerId(const Compact& read, size_t size) {
  if (size != 11 || !read.AllDigits(0, 11) || read.c[0] == '0') return false;
  int counts[10] = {};
  for (size_t i = 0; i < 10; ++i) ++counts[Digit(read, i)];
  const auto repeated = std::count_if(counts, counts + 10, [](int n) { return n > 1; });
  if (repeated != 1 || *std::max_element(counts, counts + 10) > 3) return false;
  int product = 10;
  for (size_t i = 0; i < 10; ++i) {
    int sum = (Digit(read, i) + product) % 10;
    if (sum == 0) sum = 10;
    product = sum * 2 % 11;
  }
  return Digit(read, 10) == (11 - product) % 10;
}

// Personalausweisverordnung: nine characters out of the digits and the consonants that are not
// mistaken for them, then, if it is given, a check digit with the weights 7, 3, 1.
bool IsAusweisNumber(const Compact& read, size_t size) {
  if (size != 9 && size != 10) return false;
  if (!Contains("lmnprtvwxy", read.c[0])) return false;
  size_t digits = 0;
  int sum = 0;
  for (size_t i = 0; i < 9; ++i) {
    constexpr int kWeights[] = {7, 3, 1};
    const char32_t c = read.c[i];
    if (IsDigit(c)) {
      ++digits;
      sum += DigitValue(c) * kWeights[i % 3];
    } else if (Contains("cfghjklmnprtvwxyz", c)) {
      sum += (static_cast<int>(c - 'a') + 10) * kWeights[i % 3];
    } else {
      return false;
    }
  }
  if (digits < 2) return false;
  return size == 9 || (IsDigit(read.c[9]) && sum % 10 == Digit(read, 9));
}

// Décret 82-103 and INSEE: sex, year, month (20 and above: unknown), department (2A and 2B for
// Corsica), commune, order; the key is 97 less the remainder by 97.
bool IsNir(const Compact& read, size_t size) {
  if (size != 13 && size != 15) return false;
  const bool corsica = read.c[5] == '2' && (read.c[6] == 'a' || read.c[6] == 'b');
  if (!read.AllDigits(0, 6) || !read.AllDigits(7, size - 7)) return false;
  if (!corsica && !IsDigit(read.c[6])) return false;
  if (!Contains("123478", read.c[0])) return false;
  const uint64_t month = read.Number(3, 2);
  if (month == 0 || (month > 12 && month < 20) || (month > 42 && month < 50)) return false;
  if (size == 13) return read.Number(10, 3) != 0;
  uint64_t number = 0;
  for (size_t i = 0; i < 13; ++i) {
    // 2A counts as 19, 2B as 18.
    uint64_t digit = IsDigit(read.c[i]) ? static_cast<uint64_t>(Digit(read, i)) : 0;
    if (corsica && i == 5) digit = 1;
    if (corsica && i == 6) digit = read.c[6] == 'a' ? 9 : 8;
    number = number * 10 + digit;
  }
  return read.Number(13, 2) == 97 - number % 97;
}

// Real Decreto 1553/2005 (DNI) and 557/2011 (NIE): the letter is the number's remainder by 23; X,
// Y, Z at the head count 0, 1, 2.
bool IsDni(const Compact& read, size_t size) {
  constexpr char kLetters[] = "trwagmyfpdxbnjzsqvhlcke";
  if (size != 9 || !read.AllDigits(1, 7)) return false;
  uint64_t head = 0;
  if (IsDigit(read.c[0])) {
    head = static_cast<uint64_t>(Digit(read, 0));
  } else if (read.c[0] >= 'x' && read.c[0] <= 'z') {
    head = read.c[0] - 'x';
  } else {
    return false;
  }
  const uint64_t number = head * 10'000'000 + read.Number(1, 7);
  return read.c[8] == static_cast<char32_t>(kLetters[number % 23]);
}

// Decreto ministeriale 23 December 1976: the digits may be replaced by letters where two people
// would have the same code (omocodia); the last letter checks the other fifteen.
bool IsCodiceFiscale(const Compact& read, size_t size) {
  constexpr char kForm[] = "llllllddlddldddl";
  constexpr char kOmocodia[] = "lmnpqrstuv";
  constexpr int kOdd[26] = {1,  0,  5, 7, 9, 13, 15, 17, 19, 21, 2,  4,  18,
                            20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23};
  if (size != 16) return false;
  int sum = 0;
  for (size_t i = 0; i < 16; ++i) {
    const char32_t c = read.c[i];
    if (kForm[i] == 'l' ? !IsLatin(c) : !IsDigit(c) && !Contains(kOmocodia, c)) return false;
    if (i == 15) break;
    const int value = IsDigit(c) ? DigitValue(c) : static_cast<int>(c - 'a');
    sum += i % 2 == 0 ? kOdd[value] : value;
  }
  if (!Contains("abcdehlmprst", read.c[8])) return false;  // the month
  return read.c[15] == static_cast<char32_t>('a' + sum % 26);
}

// Ustawa o ewidencji ludności, 2010: birth with the century in the month, order, check digit with
// the weights 1, 3, 7, 9.
bool IsPesel(const Compact& read, size_t size) {
  if (size != 11 || !read.AllDigits(0, 11)) return false;
  constexpr int kWeights[] = {1, 3, 7, 9};
  constexpr uint64_t kCenturies[] = {1900, 2000, 2100, 2200, 1800};
  int sum = 0;
  for (size_t i = 0; i < 10; ++i) sum += Digit(read, i) * kWeights[i % 4];
  if ((10 - sum % 10) % 10 != Digit(read, 10)) return false;
  const uint64_t month = read.Number(2, 2);
  return IsDate(kCenturies[month / 20] + read.Number(0, 2), month % 20, read.Number(4, 2));
}

// Receita Federal: two check digits modulo 11; eleven equal digits pass them and are none.
bool IsCpf(const Compact& read, size_t size) {
  if (size != 11 || !read.AllDigits(0, 11)) return false;
  if (std::all_of(read.c, read.c + 11, [&](char32_t c) { return c == read.c[0]; })) return false;
  const int first = FallingSum(read, 9, 10) * 10 % 11 % 10;
  const int second = FallingSum(read, 10, 11) * 10 % 11 % 10;
  return first == Digit(read, 9) && second == Digit(read, 10);
}

}  // namespace tocsin::guard
