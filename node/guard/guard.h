// The privacy guard: finds numbers that name a person in free text.
//
// Where it stands: intake and import examine every text before it is filed (an offending text is
// withheld, the coded report goes at once); the projector masks what a peer let through. It is a
// pure function of the text: no state, no clock, no locale, any thread.
//
// Limits: it reads UTF-8, and takes bytes that are not UTF-8 as they come. Time and memory grow
// linearly with the text, whatever the text holds. What it finds, which words count as cues, and
// what it does not promise is in docs/guard.md.
#pragma once

#include <absl/strings/string_view.h>

#include <cstddef>
#include <string>
#include <vector>

namespace tocsin::guard {

// The sorts of number that a text may not carry.
enum class Sort {
  kPaymentCard,
  kIban,
  kMachineReadableZone,
  kIdentityNumber,
  kPassport,
  kTelephone,
  kPlate,
};

// All sorts, in the order of the enumeration.
inline constexpr Sort kAllSorts[] = {
    Sort::kPaymentCard,    Sort::kIban,     Sort::kMachineReadableZone,
    Sort::kIdentityNumber, Sort::kPassport, Sort::kTelephone,
    Sort::kPlate,
};

// One number in a text: the bytes [begin, end) of it.
struct Finding {
  Sort sort;
  size_t begin;
  size_t end;

  friend bool operator==(const Finding&, const Finding&) = default;
};

// Every finding, in the order of the text, never overlapping; empty if the text may be filed.
std::vector<Finding> Examine(absl::string_view text);

// The text with each finding replaced by its placeholder, as in "[telephone number withheld]".
// Examine finds nothing in what this returns, and masking it again changes nothing.
std::string Mask(absl::string_view text);

// How people read a sort: "telephone number". Lives for ever.
absl::string_view SortName(Sort sort);

}  // namespace tocsin::guard
