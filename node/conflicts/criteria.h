// Which conflicts are wanted: the filter of ListConflicts and WatchConflicts (docs/api.md,
// "Conflicts"). It asks what schema/conflict_terms.h names, and nothing of what the values say.
// Immutable; any thread; cheap to copy.
#pragma once

#include <absl/status/statusor.h>
#include <absl/strings/string_view.h>
#include <absl/time/time.h>

#include <cstdint>
#include <string>
#include <vector>

#include "tocsin/v1/types.pb.h"

namespace tocsin::conflicts {

// What a filter looks at of one conflict.
struct Traits {
  v1::Kind kind = v1::KIND_UNSPECIFIED;
  absl::string_view field;
  v1::Severity severity = v1::SEVERITY_UNSPECIFIED;
  absl::Duration age;
  absl::string_view turn;
};

class Criteria {
 public:
  static constexpr size_t kBytesMax = 1024;

  // filter := comparison { "AND" comparison }; empty matches all. INVALID_ARGUMENT says what cannot
  // be read and what may stand there.
  static absl::StatusOr<Criteria> Parse(absl::string_view text);

  bool Matches(const Traits& traits) const;
  // It asks for what changes with time alone.
  bool AsksForTime() const;

 private:
  enum class Name { kAge, kField, kKind, kSeverity, kTurn };
  enum class Op { kEqual, kNotEqual, kLess, kLessOrEqual, kGreater, kGreaterOrEqual };
  struct Comparison {
    Name name;
    Op op;
    // A severity, a kind, or nanoseconds.
    int64_t number = 0;
    // A field or a turn.
    std::string word;
  };

  static absl::Status ReadValue(absl::string_view text, Comparison& comparison);
  static bool Holds(const Comparison& comparison, const Traits& traits);

  std::vector<Comparison> comparisons_;
};

}  // namespace tocsin::conflicts
