// Cue words: the words beside which a bare number is taken for a person's.
//
// Second step of an examination, between Fold and the rules. Bare digits pass the checks of
// national numbers by chance, so the rules for those look only where a cue is near. Some phrases
// hold a cue word and are none ("call sign", "orange plate"); they stand in the same table.
// Pure; any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace tocsin::guard {

class Scan;

enum class Cue : uint8_t {
  kNone,            // a phrase that only looks like a cue
  kTelephone,       // "phone", "fax"
  kTelephoneWeak,   // "call", "contact": only a number that is written as a telephone number counts
  kIdentity,        // "identity number": any of the eight countries
  kSocialSecurity,  // United States
  kNationalInsurance,  // United Kingdom
  kSteuer,             // Germany, tax identification
  kAusweis,            // Germany, identity card
  kNir,                // France
  kDni,                // Spain
  kCodiceFiscale,      // Italy
  kPesel,              // Poland
  kCpf,                // Brazil
  kPassport,
  kPlate,      // "number plate"
  kPlateWeak,  // "plate", "reg"
  kCount,
};

// Sets of cues are bits.
constexpr uint16_t Bit(Cue cue) { return static_cast<uint16_t>(1u << static_cast<unsigned>(cue)); }
static_assert(static_cast<unsigned>(Cue::kCount) <= 16);

struct CueMatch {
  Cue cue;
  size_t begin;  // glyphs [begin, end)
  size_t end;
};

// All cues of a text in order, the longest phrase at each place.
std::vector<CueMatch> FindCues(const Scan& scan);

}  // namespace tocsin::guard
