// The identity numbers of eight countries: their grammars and check characters.
//
// Each is a function over characters read without separators; which cue each needs and how it is
// grouped stands in the table of identity.cc. Pure; any thread.
#pragma once

#include <cstddef>

#include "node/guard/scan.h"

namespace tocsin::guard {

// Each says whether the first `size` characters are such a number; sizes that it does not have are
// refused.
bool IsSocialSecurityNumber(const Compact& read, size_t size);     // United States, 9
bool IsNationalInsuranceNumber(const Compact& read, size_t size);  // United Kingdom, 8 or 9
bool IsSteuerId(const Compact& read, size_t size);                 // Germany, 11
bool IsAusweisNumber(const Compact& read, size_t size);            // Germany, 9 or 10
bool IsNir(const Compact& read, size_t size);                      // France, 13 or 15
bool IsDni(const Compact& read, size_t size);                      // Spain, 9, DNI and NIE
bool IsCodiceFiscale(const Compact& read, size_t size);            // Italy, 16
bool IsPesel(const Compact& read, size_t size);                    // Poland, 11
bool IsCpf(const Compact& read, size_t size);                      // Brazil, 11

}  // namespace tocsin::guard
