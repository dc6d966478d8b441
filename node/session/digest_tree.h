// Digests of scopes in a tree of sixteen branches, so that two ends find in a few exchanges which
// of ten thousand scopes differ (docs/protocol.md, "Resume"). Built for one session from one
// snapshot, keyed by both nonces; immutable then. Runs on the session's strand.
#pragma once

#include <absl/strings/string_view.h>
#include <absl/types/span.h>

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "node/base/scope.h"

namespace tocsin::session {

class DigestTree {
 public:
  // At most this many scopes below a prefix are named by their heads instead of by digests.
  static constexpr size_t kLeafScopes = 8;
  static constexpr size_t kMaxPrefixNibbles = 64;
  using Children = std::array<uint64_t, 16>;

  // `content` of a scope is what both ends must agree on: its listed lanes and receipt numbers in
  // one canonical layout. A scope of which nothing is held must not be added.
  DigestTree(absl::string_view key, absl::Span<const std::pair<Scope, std::string>> contents);

  // The sixteen digests below a prefix of nibbles (one a byte); zero for an empty subtree.
  Children ChildrenOf(absl::string_view prefix) const;
  // The scopes below a prefix, in the order of their hashes.
  std::vector<Scope> ScopesBelow(absl::string_view prefix) const;
  size_t CountBelow(absl::string_view prefix) const;

  // Where a scope lies: the 64 nibbles of SHA-256 of its name, one a byte.
  static std::string PathOf(const Scope& scope);

 private:
  struct Leaf {
    Scope scope;
    uint64_t digest;
  };
  using Leaves = std::map<std::string, Leaf>;
  std::pair<Leaves::const_iterator, Leaves::const_iterator> Below(absl::string_view prefix) const;
  uint64_t DigestOf(const std::string& prefix) const;

  std::string key_;
  Leaves leaves_;  // by path
};

}  // namespace tocsin::session
