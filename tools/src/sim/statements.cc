#include "tools/src/sim/statements.h"

#include <absl/strings/str_cat.h>

#include <map>
#include <memory>
#include <utility>

#include "node/log/receipt.h"

namespace tocsin::sim {

Statements::Statements(World& world, const Cast& cast, const Ledger& ledger,
                       const Holdings& holdings, Violations& violations, Trace& trace)
    : world_(world),
      cast_(cast),
      ledger_(ledger),
      holdings_(holdings),
      violations_(violations),
      trace_(trace),
      last_number_(cast.size()) {}

void Statements::OnPublished(Node& node, const log::Published& published) {
  for (const log::NewReceipt& fresh : published.receipts) {
    auto receipt = log::DecodeReceipt(fresh.bytes);
    if (!receipt.ok()) {
      violations_.Add("receipts", node.name(), "it keeps a receipt that cannot be read");
      return;
    }
    const int holder = cast_.Find(receipt->holder);
    trace_.Add(world_.now(), node.name(), holder == node.index() ? "says" : "is told", " by ",
               holder < 0 ? "nobody" : cast_.at(static_cast<size_t>(holder)).path(), " number ",
               receipt->number, " of ", receipt->scope.ToString());
    if (holder == node.index()) {
      Said(node, *receipt, fresh.bytes);
    }
    auto said = statements_.find(fresh.bytes);
    if (said == statements_.end()) {
      violations_.Add("receipts", node.name(), "it keeps a receipt that nobody gave");
      return;
    }
    CheckVouched(node, *receipt, said->second);
  }
}

void Statements::Said(Node& node, const log::Receipt& receipt, const std::string& bytes) {
  uint64_t& last = last_number_[static_cast<size_t>(node.index())];
  if (receipt.number <= last) {
    violations_.Add("numbers", node.name(),
                    absl::StrCat("its receipt ", receipt.number, " comes after ", last));
  }
  last = receipt.number;
  Statement statement{node.index(), {}};
  const Holding& holding = holdings_.of(node.index());
  for (const auto& [lane, facts] : holding.lanes) {
    for (const Fact* fact : facts) {
      if (fact->scope == receipt.scope && !holding.in_debt.contains(fact)) {
        statement.held.insert(fact);
      }
    }
  }
  statements_[bytes] = std::move(statement);
}

void Statements::OnStarted(Node& node) {
  std::map<uint64_t, std::pair<log::Receipt, std::string>> found;
  for (const auto& scope : node.log().ScopesFor(node.jurisdiction())) {
    auto receipts = node.log().ReceiptsOf(scope->scope);
    if (!receipts.ok()) continue;
    for (const std::string& bytes : *receipts) {
      auto receipt = log::DecodeReceipt(bytes);
      if (!receipt.ok() || receipt->holder != node.role().identity.id()) continue;
      if (!statements_.contains(bytes)) found.insert({receipt->number, {*receipt, bytes}});
    }
  }
  for (const auto& [number, receipt] : found) Said(node, receipt.first, receipt.second);
}

void Statements::CheckVouched(Node& reader, const log::Receipt& receipt,
                              const Statement& statement) {
  std::shared_ptr<const log::ScopeState> scope = reader.log().ScopeOf(receipt.scope);
  const std::vector<log::LaneState> none;
  const std::vector<log::LaneState>& lanes = scope == nullptr ? none : scope->lanes;
  for (const log::Vouched& vouched : log::VouchedBy(receipt, lanes)) {
    for (const log::ListedRun& run : vouched.runs) {
      const std::vector<const Fact*> facts = ledger_.Run(run.last_step, run.first, run.last);
      bool true_words = facts.size() == run.last.value() - run.first.value() + 1;
      for (const Fact* fact : facts) {
        true_words = true_words && statement.held.contains(fact);
      }
      if (true_words) continue;
      violations_.Add(
          "receipts", reader.name(),
          absl::StrCat("receipt ", receipt.number, " of ",
                       cast_.at(static_cast<size_t>(statement.holder)).path(), " for ",
                       receipt.scope.ToString(), " vouches for ", run.first.value(), "..",
                       run.last.value(), " of lane ", vouched.lane.ToHex().substr(0, 8),
                       ", which it did not hold whole when it signed"));
      return;
    }
  }
}

void Statements::CheckReading(Node& node) {
  for (const auto& scope : node.log().ScopesFor(node.jurisdiction())) {
    auto receipts = node.log().ReceiptsOf(scope->scope);
    if (!receipts.ok()) continue;
    for (const std::string& bytes : *receipts) {
      auto receipt = log::DecodeReceipt(bytes);
      auto said = statements_.find(bytes);
      if (!receipt.ok() || said == statements_.end()) {
        violations_.Add("receipts", node.name(), "it has a receipt that nobody gave");
        return;
      }
      CheckVouched(node, *receipt, said->second);
    }
  }
}

void Statements::CheckTold(Node& node) {
  const Holding& holding = holdings_.of(node.index());
  for (const auto& [lane, facts] : holding.lanes) {
    for (const Fact* fact : facts) {
      // A text that is nowhere any more is missed for ever, and no receipt says otherwise.
      if (holding.in_debt.contains(fact) && !holdings_.IsWholeAnywhere(*fact)) continue;
      const Jurisdiction& of = fact->scope.jurisdiction();
      for (int above = node.role().parent; above >= 0;
           above = cast_.roles[static_cast<size_t>(above)].parent) {
        const Role& holder = cast_.roles[static_cast<size_t>(above)];
        // A hub gives receipts for what lies below it.
        if (!holder.identity.jurisdiction().Covers(of) || holder.identity.jurisdiction() == of) {
          continue;
        }
        auto held = node.log().IsHeldBy(holder.identity.id(), lane, fact->seq, fact->dot);
        if (held.ok() && *held) continue;
        violations_.Add(
            "told", node.name(),
            absl::StrCat("nobody has told it that ", holder.identity.jurisdiction().path(),
                         " holds change ", fact->dot.ToHex().substr(0, 8), " of ",
                         fact->scope.ToString()));
        return;
      }
    }
  }
}

}  // namespace tocsin::sim
