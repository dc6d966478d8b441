// Jurisdictions and scopes. A jurisdiction is a path ("city/kings/e201"); a scope is the matters of
// one jurisdiction ("city/kings/e201") or a broadcast to it and all below it ("city/kings/**").
// Immutable values; any thread.
#pragma once

#include <absl/status/statusor.h>
#include <absl/strings/string_view.h>

#include <compare>
#include <optional>
#include <string>

namespace tocsin {

// A path of 1 to 8 parts, each of 1 to 32 characters of [a-z0-9-], not beginning or ending in '-'.
class Jurisdiction {
 public:
  // INVALID_ARGUMENT says which part breaks which rule.
  static absl::StatusOr<Jurisdiction> Parse(absl::string_view path);

  const std::string& path() const { return path_; }
  // True for itself and for every jurisdiction above `other`.
  bool Covers(const Jurisdiction& other) const;
  bool IsRoot() const { return path_.find('/') == std::string::npos; }
  // The jurisdiction directly above. REQUIRES: !IsRoot().
  Jurisdiction Parent() const;

  friend auto operator<=>(const Jurisdiction&, const Jurisdiction&) = default;
  template <typename H>
  friend H AbslHashValue(H h, const Jurisdiction& j) {
    return H::combine(std::move(h), j.path_);
  }

 private:
  explicit Jurisdiction(std::string path) : path_(std::move(path)) {}
  std::string path_;
};

class Scope {
 public:
  // "city/kings/e201" or "city/kings/**".
  static absl::StatusOr<Scope> Parse(absl::string_view text);
  static Scope Matters(const Jurisdiction& jurisdiction);
  static Scope Broadcast(const Jurisdiction& jurisdiction);

  const Jurisdiction& jurisdiction() const { return jurisdiction_; }
  bool is_broadcast() const { return broadcast_; }
  // What Parse reads.
  std::string ToString() const;
  // The form in resource names: dots for slashes, "city.kings.e201", "city.kings.all".
  std::string ResourceId() const;
  static absl::StatusOr<Scope> FromResourceId(absl::string_view id);

  friend auto operator<=>(const Scope&, const Scope&) = default;
  template <typename H>
  friend H AbslHashValue(H h, const Scope& s) {
    return H::combine(std::move(h), s.jurisdiction_, s.broadcast_);
  }

 private:
  Scope(Jurisdiction jurisdiction, bool broadcast)
      : jurisdiction_(std::move(jurisdiction)), broadcast_(broadcast) {}
  Jurisdiction jurisdiction_;
  bool broadcast_;
};

// The lowest jurisdiction that covers both; nothing for two of different roots.
std::optional<Jurisdiction> LowestCommon(const Jurisdiction& a, const Jurisdiction& b);

// May a node of `reader` hold `scope`? Its own and all below it, and its ancestors' broadcasts (its
// own included). Nothing else: need to know. (design: "MayHold")
bool MayHold(const Jurisdiction& reader, const Scope& scope);

// May a node of `author` write records of `scope`? Its own jurisdiction's and those below it.
bool MayWrite(const Jurisdiction& author, const Scope& scope);

}  // namespace tocsin
