// Where a checker says that something is wrong. The first word counts: what comes after it may
// follow from it.
#pragma once

#include <absl/strings/string_view.h>
#include <absl/time/time.h>

#include <optional>
#include <string>

#include "tools/src/sim/trace.h"
#include "tools/src/sim/world.h"

namespace tocsin::sim {

struct Violation {
  // The invariant's name, as docs/testing.md lists it.
  std::string invariant;
  std::string node;
  std::string what;
  absl::Duration at;
};

// Owned by the run.
class Violations {
 public:
  Violations(World& world, Trace& trace) : world_(world), trace_(trace) {}

  void Add(absl::string_view invariant, absl::string_view node, absl::string_view what) {
    if (first_) return;
    first_ = Violation{std::string(invariant), std::string(node), std::string(what), world_.now()};
    trace_.Add(world_.now(), node, "VIOLATION of ", invariant, ": ", what);
    world_.Stop();
  }
  const std::optional<Violation>& first() const { return first_; }

 private:
  World& world_;
  Trace& trace_;
  std::optional<Violation> first_;
};

}  // namespace tocsin::sim
