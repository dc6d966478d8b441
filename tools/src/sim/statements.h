// Receipts: the checker of what holders say. A statement is what a receipt's holder held when it
// signed it; whatever anybody reads out of that receipt must be part of it.
//
// Invariants: *receipts* (none runs ahead of the truth, none is invented), *numbers* (a holder's
// rise), *told* (in the end everybody knows who holds what).
#pragma once

#include <absl/container/flat_hash_map.h>
#include <absl/container/flat_hash_set.h>

#include <cstdint>
#include <string>
#include <vector>

#include "node/log/receipt.h"
#include "tools/src/sim/holdings.h"

namespace tocsin::sim {

class Statements {
 public:
  Statements(World& world, const Cast& cast, const Ledger& ledger, const Holdings& holdings,
             Violations& violations, Trace& trace);

  // After the holdings have heard of the same publication.
  void OnPublished(Node& node, const log::Published& published);
  // It may find a receipt that was under way when its last process died.
  void OnStarted(Node& node);
  // Its disks are those of an earlier day: it may number anew until it is shown what it said.
  void OnReplaced(int node) { last_number_[static_cast<size_t>(node)] = 0; }

  // What the node reads of each holder is what that holder said.
  void CheckReading(Node& node);
  // Each holder above has said of everything in the node's scopes that it holds it.
  void CheckTold(Node& node);

 private:
  struct Statement {
    int holder = 0;
    absl::flat_hash_set<const Fact*> held;
  };
  void Said(Node& node, const log::Receipt& receipt, const std::string& bytes);
  void CheckVouched(Node& reader, const log::Receipt& receipt, const Statement& statement);

  World& world_;
  const Cast& cast_;
  const Ledger& ledger_;
  const Holdings& holdings_;
  Violations& violations_;
  Trace& trace_;
  // By the receipt's bytes.
  absl::flat_hash_map<std::string, Statement> statements_;
  std::vector<uint64_t> last_number_;
};

}  // namespace tocsin::sim
