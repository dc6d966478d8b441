// The list of detectors. One function a sort of number, each in the file that its comment names.
//
// Third step of an examination: each rule reads the scan and appends what it found. Rules do not
// know one another; where findings overlap, the earlier rule of the list names the sort. A new
// rule is a function here, a file, a row in Rules(), and its lines in the test corpus.
// Pure; any thread. The work of each is linear in the text.
#pragma once

#include <absl/types/span.h>

#include <vector>

#include "node/guard/scan.h"

namespace tocsin::guard {

using Matches = std::vector<Match>;

// Those that stand alone.
void FindPaymentCards(const Scan& scan, Matches* matches);             // payment_card.cc
void FindIbans(const Scan& scan, Matches* matches);                    // iban.cc
void FindMachineReadableZones(const Scan& scan, Matches* matches);     // machine_readable.cc
void FindChineseIdentities(const Scan& scan, Matches* matches);        // china.cc
void FindInternationalTelephones(const Scan& scan, Matches* matches);  // telephone_plus.cc

// Those that need a cue word beside them.
void FindNationalTelephones(const Scan& scan, Matches* matches);  // telephone_national.cc
void FindNationalIdentities(const Scan& scan, Matches* matches);  // identity.cc
void FindPassports(const Scan& scan, Matches* matches);           // passport.cc
void FindPlates(const Scan& scan, Matches* matches);              // plate.cc

using Rule = void (*)(const Scan&, Matches*);

// In the order of precedence.
absl::Span<const Rule> Rules();

// Examine, with the number of looks at a glyph that it took: what tests hold to linear.
struct Examination {
  std::vector<Finding> findings;
  size_t steps = 0;
};
Examination ExamineCounted(absl::string_view text);

}  // namespace tocsin::guard
