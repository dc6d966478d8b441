#include "node/session/digest_tree.h"

#include <absl/strings/str_cat.h>

#include "node/base/bytes.h"
#include "node/base/ids.h"
#include "node/base/status.h"
#include "node/identity/hash.h"

namespace tocsin::session {
namespace {

uint64_t First8(const Digest& digest) { return ByteReader(digest.view()).U64(); }

}  // namespace

DigestTree::DigestTree(absl::string_view key,
                       absl::Span<const std::pair<Scope, std::string>> contents)
    : key_(key) {
  for (const auto& [scope, content] : contents) {
    std::string input = key_;
    ByteWriter out(input);
    out.LengthPrefixed(scope.ToString());
    out.LengthPrefixed(content);
    leaves_.emplace(PathOf(scope), Leaf{scope, First8(identity::Sha256(input))});
  }
}

std::string DigestTree::PathOf(const Scope& scope) {
  std::string path;
  const Digest digest = identity::Sha256(scope.ToString());
  for (char c : digest.view()) {
    auto byte = static_cast<uint8_t>(c);
    path.push_back(static_cast<char>(byte >> 4));
    path.push_back(static_cast<char>(byte & 15));
  }
  return path;
}

std::pair<DigestTree::Leaves::const_iterator, DigestTree::Leaves::const_iterator> DigestTree::Below(
    absl::string_view prefix) const {
  std::string begin(prefix);
  // No nibble is above 15, so that this bounds every path that begins with the prefix.
  std::string end = begin + '\x10';
  return {leaves_.lower_bound(begin), leaves_.lower_bound(end)};
}

size_t DigestTree::CountBelow(absl::string_view prefix) const {
  auto [begin, end] = Below(prefix);
  return static_cast<size_t>(std::distance(begin, end));
}

std::vector<Scope> DigestTree::ScopesBelow(absl::string_view prefix) const {
  std::vector<Scope> scopes;
  auto [begin, end] = Below(prefix);
  for (auto leaf = begin; leaf != end; ++leaf) scopes.push_back(leaf->second.scope);
  return scopes;
}

uint64_t DigestTree::DigestOf(const std::string& prefix) const {
  auto [begin, end] = Below(prefix);
  if (begin == end) return 0;
  std::string input = key_;
  ByteWriter out(input);
  for (auto leaf = begin; leaf != end; ++leaf) out.U64(leaf->second.digest);
  return First8(identity::Sha256(input));
}

DigestTree::Children DigestTree::ChildrenOf(absl::string_view prefix) const {
  TOCSIN_CHECK(prefix.size() < kMaxPrefixNibbles);
  Children children;
  for (size_t i = 0; i < children.size(); ++i) {
    children[i] = DigestOf(absl::StrCat(prefix, std::string(1, static_cast<char>(i))));
  }
  return children;
}

}  // namespace tocsin::session
