#include "node/session/digest_tree.h"

#include <absl/strings/str_cat.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

namespace tocsin::session {
namespace {

std::vector<std::pair<Scope, std::string>> Scopes(int count) {
  std::vector<std::pair<Scope, std::string>> scopes;
  for (int i = 0; i < count; ++i) {
    scopes.emplace_back(Scope::Parse(absl::StrCat("city/kings/e", i)).value(), "heads");
  }
  return scopes;
}

TEST(DigestTree, EqualContentsHaveEqualDigestsAndTheKeyMatters) {
  DigestTree a("key", Scopes(100)), b("key", Scopes(100)), c("other", Scopes(100));
  EXPECT_EQ(a.ChildrenOf(""), b.ChildrenOf(""));
  EXPECT_NE(a.ChildrenOf(""), c.ChildrenOf(""));
}

TEST(DigestTree, OneChangedScopeAmongTenThousandIsFoundInThreeSteps) {
  auto scopes = Scopes(10'000);
  DigestTree before("key", scopes);
  scopes[4321].second = "other heads";
  DigestTree after("key", scopes);
  std::string prefix;
  int steps = 0;
  while (after.CountBelow(prefix) > DigestTree::kLeafScopes) {
    auto a = before.ChildrenOf(prefix);
    auto b = after.ChildrenOf(prefix);
    std::vector<size_t> differing;
    for (size_t i = 0; i < 16; ++i) {
      if (a[i] != b[i]) differing.push_back(i);
    }
    ASSERT_EQ(differing.size(), 1u);
    prefix.push_back(static_cast<char>(differing[0]));
    ++steps;
  }
  EXPECT_LE(steps, 4);
  auto below = after.ScopesBelow(prefix);
  EXPECT_NE(std::find(below.begin(), below.end(), scopes[4321].first), below.end());
}

TEST(DigestTree, AnEmptySubtreeIsZero) {
  DigestTree empty("key", {});
  for (uint64_t digest : empty.ChildrenOf("")) EXPECT_EQ(digest, 0u);
}

TEST(DigestTree, ThePrefixesPartitionTheScopes) {
  DigestTree tree("key", Scopes(300));
  std::set<std::string> seen;
  for (char nibble = 0; nibble < 16; ++nibble) {
    for (const Scope& scope : tree.ScopesBelow(std::string(1, nibble))) {
      EXPECT_TRUE(seen.insert(scope.ToString()).second);
    }
  }
  EXPECT_EQ(seen.size(), 300u);
}

}  // namespace
}  // namespace tocsin::session
