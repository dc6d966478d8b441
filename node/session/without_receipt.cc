#include "node/session/without_receipt.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "node/log/receipt.h"
#include "node/session/lacking.h"

namespace tocsin::session {
namespace {

bool IsAbove(const Jurisdiction& upper, const Jurisdiction& lower) {
  return upper != lower && upper.Covers(lower);
}

}  // namespace

std::vector<log::Receipt> ReceiptsBy(const log::Log& log, const identity::TrustStore& trust,
                                     const Scope& scope,
                                     absl::FunctionRef<bool(const Jurisdiction&)> counts) {
  std::vector<log::Receipt> chosen;
  absl::StatusOr<std::vector<std::string>> receipts = log.ReceiptsOf(scope);
  if (!receipts.ok()) return chosen;
  for (const std::string& bytes : *receipts) {
    absl::StatusOr<log::Receipt> receipt = log::DecodeReceipt(bytes);
    if (!receipt.ok()) continue;
    std::optional<identity::Certificate> holder = trust.Find(receipt->holder);
    if (holder && counts(holder->jurisdiction())) chosen.push_back(*std::move(receipt));
  }
  return chosen;
}

uint64_t WithoutReceipt::Count(const std::optional<Jurisdiction>& holder) {
  if (holder_ != holder) {
    holder_ = holder;
    counted_.clear();
  }
  const Jurisdiction& here = identity_.jurisdiction();
  uint64_t total = 0;
  for (const std::shared_ptr<const log::ScopeState>& scope : log_.ScopesFor(here)) {
    // Not the broadcasts of those above.
    if (!here.Covers(scope->scope.jurisdiction())) continue;
    Counted& counted = counted_[scope->scope];
    if (counted.state != scope) counted = {scope, CountIn(*scope)};
    total += counted.count;
  }
  return total;
}

bool WithoutReceipt::IsLost(const CertId& author) const {
  if (identity_.KeyOf(author) != nullptr) return false;
  std::optional<identity::Certificate> certificate = trust_.Find(author);
  return certificate && certificate->jurisdiction() == identity_.jurisdiction();
}

uint64_t WithoutReceipt::CountIn(const log::ScopeState& scope) const {
  std::map<LaneId, std::vector<log::ListedRun>> held;
  const std::vector<log::Receipt> receipts =
      ReceiptsBy(log_, trust_, scope.scope, [this](const Jurisdiction& jurisdiction) {
        return holder_ ? jurisdiction == *holder_ : IsAbove(jurisdiction, identity_.jurisdiction());
      });
  for (const log::Receipt& receipt : receipts) {
    for (log::Vouched& lane : log::VouchedBy(receipt, scope.lanes)) {
      std::vector<log::ListedRun>& runs = held[lane.lane];
      runs.insert(runs.end(), lane.runs.begin(), lane.runs.end());
    }
  }
  uint64_t count = 0;
  for (const log::LaneState& lane : scope.lanes) {
    if (IsLost(lane.author)) continue;
    for (const auto* runs : {&lane.runs, &lane.debts}) {
      for (const log::Run& run : *runs) {
        for (const SeqRange& range : LackingOf(log_, lane, run, held[lane.id])) {
          count += range.last.value() - range.first.value() + 1;
        }
      }
    }
  }
  return count;
}

}  // namespace tocsin::session
