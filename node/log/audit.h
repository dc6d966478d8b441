// `tocsin audit verify`: walks every chain of a log, offline or beside a running one, and names
// what does not hold. The same walk is the scrub of a live log.
#pragma once

#include <absl/functional/function_ref.h>
#include <absl/status/statusor.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "node/store/store.h"

namespace tocsin::log {

struct AuditProgress {
  uint64_t lanes_done = 0;
  uint64_t lanes_total = 0;
  uint64_t changes = 0;
};

// Something that does not hold, said so that a person can find it.
struct AuditProblem {
  // "lane 3ef370f93c2e0dbe of city/kings/e201, changes 6 to 8 (entry 12 of routine)".
  std::string where;
  std::string what;
};

// Counts of what was checked, and what failed. Nothing of a record's content.
struct AuditReport {
  uint64_t certificates = 0;
  uint64_t lanes = 0;
  uint64_t changes = 0;
  uint64_t entries = 0;
  // Blocks whose author's seal was verified; own changes that were not sent yet have none.
  uint64_t seals = 0;
  uint64_t receipts = 0;
  uint64_t texts_erased = 0;
  // Places that the disk does not give back any more; each is a problem as well.
  uint64_t damaged = 0;
  // Not wrong, but worth knowing: ranges that are lacking, changes without a text, forked lanes.
  uint64_t gaps = 0;
  uint64_t debts = 0;
  uint64_t forks = 0;
  // In the order in which they were found, at most kProblemsMax; `problems_total` counts all.
  std::vector<AuditProblem> problems;
  uint64_t problems_total = 0;

  static constexpr size_t kProblemsMax = 100;
  bool ok() const { return problems_total == 0; }
};

// Checks, at one moment of the store: every certificate up to the network's root, every birth
// against its certificate, every step from the first change of each run to its end, every seal, the
// heads and the index against the chain, that nothing is missing without an erasure that is held,
// and every receipt's signature. Goes on behind what the disk does not give back, and says what
// that was, as far as what is left tells. Reads only. Calls `progress` after each lane and about
// every 10,000 changes. An error only if the store cannot be read at all, or is no log of this
// format.
absl::StatusOr<AuditReport> VerifyLog(const store::Store& store,
                                      absl::FunctionRef<void(const AuditProgress&)> progress);

}  // namespace tocsin::log
