#include "tools/src/bench/guard/numbers.h"

#include <algorithm>
#include <cctype>

namespace tocsin::bench {
namespace {

char Digit(Random& random) { return static_cast<char>('0' + random.Below(10)); }

std::string Digits(size_t count, Random& random) {
  std::string digits;
  while (digits.size() < count) digits.push_back(Digit(random));
  return digits;
}

std::string TwoDigits(uint64_t value) {
  return {static_cast<char>('0' + value / 10 % 10), static_cast<char>('0' + value % 10)};
}

// Cuts `text` into pieces of these lengths, the last one as often as needed.
std::string Cut(const std::string& text, const std::vector<size_t>& lengths,
                const std::string& separator) {
  std::string cut;
  size_t at = 0;
  for (size_t i = 0; at < text.size(); ++i) {
    if (at > 0) cut += separator;
    const size_t length = lengths[std::min(i, lengths.size() - 1)];
    cut += text.substr(at, length);
    at += length;
  }
  return cut;
}

int ValueOf(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  return c >= 'A' && c <= 'Z' ? c - 'A' + 10 : 0;
}

// The remainder by 97 of a number with letters counted from 10.
int Mod97(const std::string& text) {
  int remainder = 0;
  for (const char c : text) {
    const int value = ValueOf(c);
    remainder = (remainder * (value > 9 ? 100 : 10) + value) % 97;
  }
  return remainder;
}

char ZoneCheck(const std::string& text) {
  int sum = 0;
  for (size_t i = 0; i < text.size(); ++i)
    sum += ValueOf(text[i]) * (i % 3 == 0 ? 7 : i % 3 == 1 ? 3 : 1);
  return static_cast<char>('0' + sum % 10);
}

std::string Checked(const std::string& text) { return text + ZoneCheck(text); }

std::string Filled(std::string text, size_t size) {
  text.resize(size, '<');
  return text;
}

struct Birth {
  uint64_t year, month, day;
};
Birth SomeBirth(Random& random) {
  return {1930 + random.Below(80), 1 + random.Below(12), 1 + random.Below(28)};
}

std::string YearMonthDay(Random& random) {
  const Birth birth = SomeBirth(random);
  return TwoDigits(birth.year % 100) + TwoDigits(birth.month) + TwoDigits(birth.day);
}

bool OneIn(uint64_t n, Random& random) { return random.Below(n) == 0; }

}  // namespace

std::string FromPattern(const std::string& pattern, Random& random) {
  static constexpr char kConsonants[] = "BCDFGHJKLMNPRSTVWXYZ";
  std::string text;
  for (const char c : pattern) {
    switch (c) {
      case '#':
        text.push_back(Digit(random));
        break;
      case '%':
        text.push_back(static_cast<char>('1' + random.Below(9)));
        break;
      case '~':
        text.push_back(static_cast<char>('A' + random.Below(26)));
        break;
      case '!':
        text.push_back(kConsonants[random.Below(sizeof(kConsonants) - 1)]);
        break;
      default:
        text.push_back(c);
    }
  }
  return text;
}

std::string PaymentCard(Random& random) {
  struct Brand {
    std::string prefix;
    size_t length;
    std::vector<size_t> groups;
  };
  static const auto* const brands = new std::vector<Brand>{
      {"4", 16, {4}},         {"4", 16, {4}},    {"51", 16, {4}},   {"53", 16, {4}},
      {"55", 16, {4}},        {"2223", 16, {4}}, {"2600", 16, {4}}, {"34", 15, {4, 6, 5}},
      {"37", 15, {4, 6, 5}},  {"6011", 16, {4}}, {"65", 16, {4}},   {"36", 14, {4, 6, 4}},
      {"305", 14, {4, 6, 4}}, {"3530", 16, {4}}, {"62", 16, {4}},   {"62", 19, {4}},
      {"62", 19, {6, 13}},    {"6759", 16, {4}}, {"5018", 16, {4}}, {"2202", 16, {4}},
      {"9792", 16, {4}},
  };
  const Brand& brand = Pick(*brands, random);
  std::string digits = brand.prefix + Digits(brand.length - 1 - brand.prefix.size(), random);
  int sum = 0;
  for (size_t i = 0; i < digits.size(); ++i) {
    int digit = digits[digits.size() - 1 - i] - '0';
    if (i % 2 == 0) digit = digit * 2 % 10 + digit * 2 / 10;
    sum += digit;
  }
  digits.push_back(static_cast<char>('0' + (100000 - sum) % 10));
  static const std::vector<std::string> kSeparators = {"", " ", " ", "-"};
  return Cut(digits, brand.groups, Pick(kSeparators, random));
}

std::string Iban(Random& random) {
  // Country and the pattern of its account part: examples of the SWIFT registry.
  static const std::vector<std::pair<std::string, std::string>> kAccounts = {
      {"DE", "##################"},        {"GB", "~~~~##############"},
      {"FR", "##########~~~######~~##"},   {"ES", "####################"},
      {"IT", "~######################"},   {"NL", "~~~~##########"},
      {"PL", "########################"},  {"AT", "################"},
      {"CH", "#################"},         {"BE", "############"},
      {"SE", "####################"},      {"NO", "###########"},
      {"PT", "#####################"},     {"IE", "~~~~##############"},
      {"TR", "######~###############"},    {"UA", "######~~~~~~#############"},
      {"BR", "#######################~~"}, {"SA", "##~~################"},
      {"CZ", "####################"},      {"HU", "########################"},
      {"RO", "~~~~################"},      {"GR", "#######################"}};
  const auto& [country, pattern] = Pick(kAccounts, random);
  const std::string account = FromPattern(pattern, random);
  const int check = 98 - Mod97(account + country + "00");
  const std::string iban = country + TwoDigits(static_cast<uint64_t>(check)) + account;
  return OneIn(2, random) ? iban : Cut(iban, {4}, " ");
}

std::string MachineReadableZone(Random& random) {
  static const std::vector<std::string> kStates = {"UTO", "D<<", "GBR", "USA", "FRA", "CHN", "POL"};
  static const std::vector<std::string> kNames = {"ERIKSSON<<ANNA<MARIA", "MUSTERMANN<<MAX",
                                                  "SAMPLE<<JANE", "NOWAK<<EWA<JULIA"};
  const std::string state = Pick(kStates, random);
  const std::string number = Checked(Filled(FromPattern("!########", random), 9));
  const std::string birth = Checked(YearMonthDay(random));
  const std::string expiry =
      Checked(TwoDigits(26 + random.Below(10)) + TwoDigits(1 + random.Below(12)) +
              TwoDigits(1 + random.Below(28)));
  const std::string sex = OneIn(2, random) ? "F" : "M";
  const std::string name = Pick(kNames, random);
  const std::string line_end = OneIn(4, random) ? " " : "\n";
  switch (random.Below(4)) {
    case 0: {
      const std::string rest = Checked(std::string(14, '<'));
      std::string line = number + state + birth + sex + expiry + rest;
      line += ZoneCheck(number + birth + expiry + rest);
      return Filled("P<" + state + name, 44) + line_end + line;
    }
    case 1: {
      const std::string first = Filled("I<" + state + number, 30);
      std::string second = birth + sex + expiry + state + std::string(11, '<');
      second += ZoneCheck(first.substr(5) + birth + expiry + std::string(11, '<'));
      return first + line_end + second + line_end + Filled(name, 30);
    }
    case 2: {
      std::string line = number + state + birth + sex + expiry + std::string(7, '<');
      line += ZoneCheck(number + birth + expiry + std::string(7, '<'));
      return Filled("I<" + state + name, 36) + line_end + line;
    }
    default: {  // only the second line of a passport
      const std::string rest = Checked(Filled(Digits(8, random), 14));
      return number + state + birth + sex + expiry + rest +
             ZoneCheck(number + birth + expiry + rest);
    }
  }
}

std::string ChineseIdentity(Random& random) {
  static const std::vector<std::string> kRegions = {"110105", "310115", "440106", "510104",
                                                    "320311", "650102", "330106", "420106",
                                                    "610113", "230103"};
  const Birth birth = SomeBirth(random);
  std::string number = Pick(kRegions, random) + std::to_string(birth.year) +
                       TwoDigits(birth.month) + TwoDigits(birth.day) + Digits(3, random);
  int sum = 0;
  int weight = 1;  // 2 to the power of the place, by 11
  for (size_t i = 17; i > 0; --i) {
    weight = weight * 2 % 11;
    sum += (number[i - 1] - '0') * weight;
  }
  const int check = (12 - sum % 11) % 11;
  number.push_back(check == 10 ? (OneIn(3, random) ? 'x' : 'X') : static_cast<char>('0' + check));
  return number;
}

std::string InternationalTelephone(Random& random) {
  static const std::vector<std::string> kPatterns = {
      "+1 212 555 01##",    "+1-646-555-01##",    "+1 (718) 555-01##",   "+1%1755501##",
      "+1.347.555.01##",    "+44 20 7946 09##",   "+44 (0)20 7946 09##", "+447700900###",
      "+44 7700 900###",    "+49 30 23125 ###",   "+49 171 3920###",     "+49 (0) 8% 99998-###",
      "+498%99998###",      "+33 6 39 98 ## ##",  "+33 1 99 00 ## ##",   "+3363998####",
      "+34 612 ### ###",    "+34612######",       "+39 06 ### ####",     "+39 333 ### ####",
      "+48 601 ### ###",    "+48601######",       "+55 11 9####-####",   "+55 (11) 9####-####",
      "+7 912 ### ## ##",   "+7 (912) ###-##-##", "+86 138 #### ####",   "+86138########",
      "+81 3-%###-####",    "+81 90 %### ####",   "+82 10-%###-####",    "+91 98### #####",
      "+9198########",      "+61 491 570 ###",    "+61 2 5550 ####",     "+31 6 12######",
      "+32 470 ## ## ##",   "+41 79 ### ## ##",   "+43 664 %######",     "+46 70 174 0# ##",
      "+47 90 ## ## ##",    "+45 20 ## ## ##",    "+353 85 012 ####",    "+351 912 ### ###",
      "+30 694 ### ####",   "+90 532 ### ## ##",  "+380 67 ### ## ##",   "+375 29 ### ## ##",
      "+420 601 ### ###",   "+36 30 ### ####",    "+40 721 ### ###",     "+358 40 %######",
      "+972 52-%##-####",   "+971 50 ### ####",   "+966 5# ### ####",    "+20 10 #### ####",
      "+27 82 ### ####",    "+234 803 ### ####",  "+254 722 ######",     "+52 55 %### ####",
      "+54 9 11 %###-####", "+56 9 %### ####",    "+57 310 ### ####",    "+62 812-%###-####",
      "+84 912 ### ###",    "+66 81 ### ####",    "+65 9### ####",       "+852 9### ####"};
  return FromPattern(Pick(kPatterns, random), random);
}

std::string SocialSecurity(Random& random) {
  const std::string area = std::to_string(100 + random.Below(500));
  const std::string group = TwoDigits(1 + random.Below(99));
  const std::string serial = std::to_string(1000 + random.Below(9000));
  const std::string separator = OneIn(5, random) ? " " : OneIn(4, random) ? "" : "-";
  return area + separator + group + separator + serial;
}

std::string NationalInsurance(Random& random) {
  static const std::vector<std::string> kPrefixes = {"AA", "AB", "CE", "JG",
                                                     "NP", "PW", "SR", "YZ"};
  static const std::vector<std::string> kSuffixes = {"A", "B", "C", "D"};
  const std::string number = Pick(kPrefixes, random) + Digits(6, random) + Pick(kSuffixes, random);
  return OneIn(2, random) ? number : Cut(number, {2, 2, 2, 2, 1}, " ");
}

std::string SteuerId(Random& random) {
  std::string digits;
  do {
    digits = "0123456789";
    for (size_t i = 9; i > 0; --i) std::swap(digits[i], digits[random.Below(i + 1)]);
    digits[random.Below(9)] = digits[9];  // one twice, one never
  } while (digits[0] == '0');
  int product = 10;
  for (const char digit : digits) {
    int sum = (digit - '0' + product) % 10;
    product = (sum == 0 ? 10 : sum) * 2 % 11;
  }
  const int check = 11 - product;
  digits.push_back(static_cast<char>('0' + (check == 10 ? 0 : check)));
  return OneIn(2, random) ? digits : Cut(digits, {2, 3}, " ");
}

std::string Ausweis(Random& random) {
  const std::string serial = FromPattern(OneIn(2, random) ? "L#!!##!##" : "T########", random);
  std::string clean;
  for (const char c : serial)
    clean.push_back(std::string("BDS").find(c) != std::string::npos ? 'K' : c);
  return OneIn(2, random) ? clean : Checked(clean);
}

std::string Nir(Random& random) {
  const Birth birth = SomeBirth(random);
  const std::string number = std::to_string(1 + random.Below(2)) + TwoDigits(birth.year % 100) +
                             TwoDigits(birth.month) + TwoDigits(1 + random.Below(95)) +
                             Digits(3, random) + "1" + Digits(2, random);
  const std::string key = TwoDigits(static_cast<uint64_t>(97 - Mod97(number)));
  return OneIn(2, random) ? number + key : Cut(number + key, {1, 2, 2, 2, 3, 3, 2}, " ");
}

std::string DniOrNie(Random& random) {
  static constexpr char kLetters[] = "TRWAGMYFPDXBNJZSQVHLCKE";
  const bool foreigner = OneIn(3, random);
  const uint64_t head = foreigner ? random.Below(3) : random.Below(10);
  const std::string rest = Digits(7, random);
  const char letter = kLetters[(head * 10'000'000 + std::stoull(rest)) % 23];
  const std::string shown(1, static_cast<char>((foreigner ? 'X' : '0') + head));
  const std::string separator = OneIn(3, random) ? "-" : "";
  if (!foreigner && OneIn(4, random)) {
    return shown + rest.substr(0, 1) + "." + rest.substr(1, 3) + "." + rest.substr(4) + "-" +
           letter;
  }
  return shown + (foreigner ? separator : "") + rest + separator + letter;
}

std::string CodiceFiscale(Random& random) {
  static constexpr char kMonths[] = "ABCDEHLMPRST";
  static constexpr int kOdd[] = {1,  0,  5, 7, 9, 13, 15, 17, 19, 21, 2,  4,  18,
                                 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23};
  const Birth birth = SomeBirth(random);
  std::string code = FromPattern("!!!!!!", random) + TwoDigits(birth.year % 100) +
                     kMonths[birth.month - 1] + TwoDigits(birth.day + (OneIn(2, random) ? 40 : 0)) +
                     FromPattern("~###", random);
  int sum = 0;
  for (size_t i = 0; i < code.size(); ++i) {
    const int value =
        std::isdigit(static_cast<unsigned char>(code[i])) != 0 ? code[i] - '0' : code[i] - 'A';
    sum += i % 2 == 0 ? kOdd[value] : value;
  }
  code.push_back(static_cast<char>('A' + sum % 26));
  return code;
}

std::string Pesel(Random& random) {
  const Birth birth = SomeBirth(random);
  std::string digits = TwoDigits(birth.year % 100) +
                       TwoDigits(birth.month + (birth.year >= 2000 ? 20 : 0)) +
                       TwoDigits(birth.day) + Digits(4, random);
  static constexpr int kWeights[] = {1, 3, 7, 9, 1, 3, 7, 9, 1, 3};
  int sum = 0;
  for (size_t i = 0; i < 10; ++i) sum += (digits[i] - '0') * kWeights[i];
  digits.push_back(static_cast<char>('0' + (10 - sum % 10) % 10));
  return digits;
}

std::string Cpf(Random& random) {
  std::string digits = Digits(8, random) + FromPattern("%", random);
  for (int first = 10; first <= 11; ++first) {
    int sum = 0;
    for (size_t i = 0; i < digits.size(); ++i)
      sum += (digits[i] - '0') * (first - static_cast<int>(i));
    const int rest = sum % 11;
    digits.push_back(static_cast<char>('0' + (rest < 2 ? 0 : 11 - rest)));
  }
  if (OneIn(3, random)) return digits;
  return digits.substr(0, 3) + "." + digits.substr(3, 3) + "." + digits.substr(6, 3) + "-" +
         digits.substr(9);
}

std::string Disguise(const std::string& number, Random& random) {
  const uint64_t kind = random.Below(5);
  std::string disguised;
  for (const char c : number) {
    const bool digit = c >= '0' && c <= '9';
    if (kind == 0 && digit) {
      disguised += "\xEF\xBC";  // U+FF10
      disguised.push_back(static_cast<char>(0x90 + (c - '0')));
    } else if (kind == 1 && digit) {
      disguised += "\xD9";  // U+0660
      disguised.push_back(static_cast<char>(0xA0 + (c - '0')));
    } else if (kind == 2 && c == ' ') {
      disguised += "\xC2\xA0";
    } else if (kind == 3 && c == '-') {
      disguised += "\xE2\x80\x93";
    } else if (kind == 4 && digit) {
      if (!disguised.empty() && OneIn(3, random)) disguised += "\xE2\x80\x8B";
      disguised.push_back(c);
    } else {
      disguised.push_back(c);
    }
  }
  return disguised;
}

}  // namespace tocsin::bench
