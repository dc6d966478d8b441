// How many of a node's changes those above it have given no receipt for: what would be lost with
// this node's disk, as far as it has been told.
#pragma once

#include <absl/functional/function_ref.h>

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "node/base/scope.h"
#include "node/identity/identity.h"
#include "node/identity/trust_store.h"
#include "node/log/log.h"

namespace tocsin::session {

// Thread-compatible: one caller at a time. All outlive it. Remembers a count for each scope, so
// that asking again costs what has changed since.
class WithoutReceipt {
 public:
  WithoutReceipt(const log::Log& log, const identity::Identity& identity,
                 const identity::TrustStore& trust)
      : log_(log), identity_(identity), trust_(trust) {}

  // Changes held here, in this node's own scope and those below it, that the newest receipt of
  // `holder` does not cover. Without one: that no receipt of anybody above covers. What a lost key
  // left is not counted: it goes on under the present one.
  uint64_t Count(const std::optional<Jurisdiction>& holder);

 private:
  struct Counted {
    std::shared_ptr<const log::ScopeState> state;
    uint64_t count = 0;
  };
  uint64_t CountIn(const log::ScopeState& scope) const;
  bool IsLost(const CertId& author) const;

  const log::Log& log_;
  const identity::Identity& identity_;
  const identity::TrustStore& trust_;
  std::optional<Jurisdiction> holder_;
  std::map<Scope, Counted> counted_;
};

// What receipts list of a scope, each by its holder, of those whose holder `counts`; without those
// that cannot be read.
std::vector<log::Receipt> ReceiptsBy(const log::Log& log, const identity::TrustStore& trust,
                                     const Scope& scope,
                                     absl::FunctionRef<bool(const Jurisdiction&)> counts);

}  // namespace tocsin::session
