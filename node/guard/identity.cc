#include "node/guard/identity.h"

#include <absl/strings/string_view.h>

#include <iterator>

#include "node/guard/context.h"
#include "node/guard/rules.h"

namespace tocsin::guard {
namespace {

// One country's number: its sizes, what may part its groups, which cues it needs, and its grammar.
struct Identity {
  uint16_t own;      // cues that speak of it alone; they reach far
  bool generic_far;  // "identity number" reaches far too: its check is strong enough
  size_t size;
  absl::string_view separators;
  // Where a separator must stand if the cue is generic: two indexes, or 0 for anywhere.
  size_t part_first;
  size_t part_second;
  bool (*grammar)(const Compact&, size_t);
};

constexpr Identity kIdentities[] = {
    {Bit(Cue::kSocialSecurity), false, 9, " -.", 3, 5, IsSocialSecurityNumber},
    {Bit(Cue::kNationalInsurance), true, 9, " -.", 0, 0, IsNationalInsuranceNumber},
    {Bit(Cue::kNationalInsurance), false, 8, " -.", 0, 0, IsNationalInsuranceNumber},
    {Bit(Cue::kSteuer), true, 11, " -/.", 0, 0, IsSteuerId},
    {Bit(Cue::kAusweis), true, 10, " ", 0, 0, IsAusweisNumber},
    {Bit(Cue::kAusweis), false, 9, " ", 0, 0, IsAusweisNumber},
    {Bit(Cue::kNir), true, 15, " -./", 0, 0, IsNir},
    {Bit(Cue::kNir), false, 13, " -./", 0, 0, IsNir},
    {Bit(Cue::kDni), true, 9, " -./", 0, 0, IsDni},
    {Bit(Cue::kCodiceFiscale), true, 16, " -.", 0, 0, IsCodiceFiscale},
    {Bit(Cue::kPesel), true, 11, " -", 0, 0, IsPesel},
    {Bit(Cue::kCpf), true, 11, " -./", 0, 0, IsCpf},
};

bool IsCued(const Scan& scan, const Identity& identity, const Compact& read, size_t begin) {
  const size_t end = read.end[identity.size - 1];
  if (scan.Far(begin, end, identity.own)) return true;
  constexpr uint32_t kGeneric = Bit(Cue::kIdentity);
  if (identity.part_first != 0 &&
      (read.gap[identity.part_first] == 0 || read.gap[identity.part_second] == 0)) {
    return false;
  }
  return identity.generic_far ? scan.Far(begin, end, kGeneric) : scan.Near(begin, end, kGeneric);
}

constexpr uint16_t AllCues() {
  uint16_t cues = Bit(Cue::kIdentity);
  for (const Identity& identity : kIdentities) cues = static_cast<uint16_t>(cues | identity.own);
  return cues;
}

}  // namespace

void FindNationalIdentities(const Scan& scan, Matches* matches) {
  for (const Span& token : scan.tokens()) {
    if (!scan.Reached(token.begin, AllCues()) || !scan.MayBegin(token.begin)) continue;
    for (const Identity& identity : kIdentities) {
      if (!scan.Reached(token.begin, identity.own | Bit(Cue::kIdentity))) continue;
      const Compact read = scan.Read(token.begin, identity.size, identity.separators);
      if (read.size != identity.size || !read.bounded[identity.size - 1]) continue;
      if (!identity.grammar(read, identity.size)) continue;
      if (!IsCued(scan, identity, read, token.begin)) continue;
      matches->push_back({Sort::kIdentityNumber, token.begin, read.end[identity.size - 1]});
      break;
    }
  }
}

}  // namespace tocsin::guard
