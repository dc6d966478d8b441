// Invented numbers with right check digits, as people write them: the raw material of the corpus
// that `tools/bench guard` generates. Written from the standards and from published examples, and
// knowing nothing of the guard's own tables, so that a hole in those shows as a miss.
// Each takes the generator's randomness; the same seed gives the same numbers. One thread.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "node/base/random.h"

namespace tocsin::bench {

// "+44 7### %#####": '#' is a digit, '%' one from 1 to 9, '~' a capital, '!' a capital consonant;
// all else stands for itself.
std::string FromPattern(const std::string& pattern, Random& random);

template <typename T>
const T& Pick(const std::vector<T>& from, Random& random) {
  return from[random.Below(from.size())];
}

std::string PaymentCard(Random& random);
std::string Iban(Random& random);
std::string MachineReadableZone(Random& random);
std::string ChineseIdentity(Random& random);
std::string InternationalTelephone(Random& random);

// Of the eight countries that docs/guard.md names.
std::string SocialSecurity(Random& random);
std::string NationalInsurance(Random& random);
std::string SteuerId(Random& random);
std::string Ausweis(Random& random);
std::string Nir(Random& random);
std::string DniOrNie(Random& random);
std::string CodiceFiscale(Random& random);
std::string Pesel(Random& random);
std::string Cpf(Random& random);

// What gives a text away to eyes and not to a matcher of ASCII: full-width or Arabic digits,
// no-break blanks, dashes for hyphens, zero-width blanks. The number keeps its value.
std::string Disguise(const std::string& number, Random& random);

}  // namespace tocsin::bench
