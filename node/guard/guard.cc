#include "node/guard/guard.h"

#include <algorithm>
#include <iterator>

#include "node/guard/rules.h"

namespace tocsin::guard {
namespace {

constexpr Rule kRules[] = {
    FindMachineReadableZones,
    FindIbans,
    FindChineseIdentities,
    FindPaymentCards,
    FindNationalIdentities,
    FindInternationalTelephones,
    FindPassports,
    FindPlates,
    FindNationalTelephones,
};

constexpr absl::string_view kNames[] = {
    "payment card number", "bank account number", "machine-readable zone", "identity number",
    "passport number",     "telephone number",    "vehicle plate",
};
static_assert(std::size(kNames) == std::size(kAllSorts));

// Overlapping matches become one, named by the earliest rule among them.
std::vector<Finding> Join(const Scan& scan, Matches matches) {
  struct Joined {
    Match match;
    size_t rank;
  };
  std::vector<Joined> ranked;
  for (size_t i = 0; i < matches.size(); ++i) ranked.push_back({matches[i], i});
  std::sort(ranked.begin(), ranked.end(), [](const Joined& a, const Joined& b) {
    return a.match.begin != b.match.begin ? a.match.begin < b.match.begin : a.rank < b.rank;
  });
  std::vector<Joined> joined;
  for (const Joined& next : ranked) {
    if (joined.empty() || next.match.begin >= joined.back().match.end) {
      joined.push_back(next);
      continue;
    }
    Joined& last = joined.back();
    last.match.end = std::max(last.match.end, next.match.end);
    if (next.rank < last.rank) {
      last.match.sort = next.match.sort;
      last.rank = next.rank;
    }
  }
  std::vector<Finding> findings;
  findings.reserve(joined.size());
  for (const Joined& each : joined) {
    findings.push_back({each.match.sort, scan.glyph(each.match.begin).begin,
                        scan.glyph(each.match.end - 1).end()});
  }
  return findings;
}

std::string MaskOnce(absl::string_view text, const std::vector<Finding>& findings) {
  std::string masked;
  masked.reserve(text.size() + 16 * findings.size());
  size_t at = 0;
  for (const Finding& finding : findings) {
    masked.append(text.data() + at, finding.begin - at);
    masked.append(Placeholder(finding.sort));
    at = finding.end;
  }
  masked.append(text.data() + at, text.size() - at);
  return masked;
}

}  // namespace

absl::Span<const Rule> Rules() { return kRules; }

absl::string_view SortName(Sort sort) { return kNames[static_cast<size_t>(sort)]; }

Examination ExamineCounted(absl::string_view text) {
  const Scan scan(text);
  Matches matches;
  for (const Rule rule : Rules()) rule(scan, &matches);
  Examination examination;
  examination.findings = Join(scan, std::move(matches));
  examination.steps = scan.steps();
  return examination;
}

std::vector<Finding> Examine(absl::string_view text) { return ExamineCounted(text).findings; }

std::string Mask(absl::string_view text) {
  // A placeholder is opaque to the next examination, so masking could only uncover something in
  // rare neighbourhoods ("1 1234567" with a plate before it). Each round takes digits away and
  // puts none in; the rounds are bounded all the same, and what resists them goes whole.
  constexpr int kRounds = 8;
  std::string masked(text);
  for (int round = 0; round < kRounds; ++round) {
    const std::vector<Finding> findings = Examine(masked);
    if (findings.empty()) return masked;
    masked = MaskOnce(masked, findings);
  }
  const std::vector<Finding> findings = Examine(masked);
  return findings.empty() ? masked : Placeholder(findings.front().sort);
}

}  // namespace tocsin::guard
