// IBAN: ISO 13616-1, check by ISO 7064 MOD 97-10, lengths from the SWIFT IBAN registry.
#include <algorithm>
#include <iterator>

#include "node/guard/rules.h"

namespace tocsin::guard {
namespace {

struct Country {
  char code[3];
  int length;
};

constexpr Country kCountries[] = {
    {"ad", 24}, {"ae", 23}, {"al", 28}, {"at", 20}, {"az", 28}, {"ba", 20}, {"be", 16}, {"bg", 22},
    {"bh", 22}, {"bi", 27}, {"br", 29}, {"by", 28}, {"ch", 21}, {"cr", 22}, {"cy", 28}, {"cz", 24},
    {"de", 22}, {"dj", 27}, {"dk", 18}, {"do", 28}, {"ee", 20}, {"eg", 29}, {"es", 24}, {"fi", 18},
    {"fk", 18}, {"fo", 18}, {"fr", 27}, {"gb", 22}, {"ge", 22}, {"gi", 23}, {"gl", 18}, {"gr", 27},
    {"gt", 28}, {"hn", 28}, {"hr", 21}, {"hu", 28}, {"ie", 22}, {"il", 23}, {"iq", 23}, {"is", 26},
    {"it", 27}, {"jo", 30}, {"kw", 30}, {"kz", 20}, {"lb", 28}, {"lc", 32}, {"li", 21}, {"lt", 20},
    {"lu", 20}, {"lv", 21}, {"ly", 25}, {"mc", 27}, {"md", 24}, {"me", 22}, {"mk", 19}, {"mn", 20},
    {"mr", 27}, {"mt", 31}, {"mu", 30}, {"ni", 28}, {"nl", 18}, {"no", 15}, {"om", 23}, {"pk", 24},
    {"pl", 28}, {"ps", 29}, {"pt", 25}, {"qa", 29}, {"ro", 24}, {"rs", 22}, {"ru", 33}, {"sa", 24},
    {"sc", 31}, {"sd", 18}, {"se", 24}, {"si", 19}, {"sk", 24}, {"sm", 27}, {"so", 23}, {"st", 25},
    {"sv", 28}, {"tl", 23}, {"tn", 24}, {"tr", 26}, {"ua", 29}, {"va", 22}, {"vg", 24}, {"xk", 20},
    {"ye", 30},
};

int LengthOf(char32_t first, char32_t second) {
  for (const Country& country : kCountries) {
    if (static_cast<char32_t>(country.code[0]) == first &&
        static_cast<char32_t>(country.code[1]) == second) {
      return country.length;
    }
  }
  return 0;
}

// The first four characters go to the end, letters count from 10, the remainder by 97 is 1.
bool Mod97Holds(const Compact& read, size_t length) {
  unsigned remainder = 0;
  for (size_t i = 0; i < length; ++i) {
    const char32_t c = read.c[(i + 4) % length];
    if (IsDigit(c)) {
      remainder = (remainder * 10 + static_cast<unsigned>(DigitValue(c))) % 97;
    } else if (IsLatin(c)) {
      remainder = (remainder * 100 + static_cast<unsigned>(c - 'a') + 10) % 97;
    } else {
      return false;
    }
  }
  return remainder == 1;
}

// In one piece or in fours; the country may stand apart ("DE 39 9571").
bool IsGrouped(const Compact& read) {
  for (size_t i = 1; i < read.size; ++i) {
    if (read.gap[i] != 0 && i % 4 != 0 && i != 2) return false;
  }
  return true;
}

// The country code begins a word, or the word before it is "IBAN".
bool BeginsWord(const Scan& scan, size_t begin) {
  if (!IsJoining(scan.At(begin - 1))) return true;
  return scan.At(begin - 1) == 'n' && scan.At(begin - 2) == 'a' && scan.At(begin - 3) == 'b' &&
         scan.At(begin - 4) == 'i';
}

}  // namespace

void FindIbans(const Scan& scan, Matches* matches) {
  for (const Span& run : scan.digit_runs()) {
    // Country code and check digits: "de89" or "de 89"; the code may follow a word ("IBANDE89").
    if (run.begin < 2) continue;
    size_t begin = run.begin - 2;
    if (scan.At(run.begin - 1) == ' ' && begin > 0) --begin;
    const int length = LengthOf(scan.At(begin), scan.At(begin + 1));
    if (length == 0 || !BeginsWord(scan, begin)) continue;
    const Compact read = scan.Read(begin, static_cast<size_t>(length), " -.");
    if (read.size != static_cast<size_t>(length) || !read.AllDigits(2, 2)) continue;
    if (!IsGrouped(read)) continue;
    if (!read.bounded[read.size - 1] || !Mod97Holds(read, read.size)) continue;
    matches->push_back({Sort::kIban, begin, read.end[read.size - 1]});
  }
}

}  // namespace tocsin::guard
