// What was ever written in the network, as its authors' logs said when it became durable: the
// checkers' memory, which no fault reaches.
#pragma once

#include <absl/container/flat_hash_map.h>
#include <absl/time/time.h>

#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "node/base/ids.h"
#include "node/base/scope.h"
#include "node/log/change.h"
#include "node/log/log.h"

namespace tocsin::sim {

// One change as it was written.
struct Fact {
  Dot dot;
  LaneId lane;
  Seq seq;
  Step step;
  // The step before it: the chain, for walking back.
  Step before;
  Scope scope;
  Precedence precedence;
  int author = 0;
  // Of its author's process.
  uint64_t generation = 0;
  absl::Duration at;
  log::Change change;
  std::string record;  // its row key in a view

  bool first_of_lane() const { return seq == Seq(1); }
};

// The text of a change, wherever it is copied to.
struct TextName {
  Dot dot;
  uint32_t field = 0;
  uint32_t element = 0;
  friend auto operator<=>(const TextName&, const TextName&) = default;
};

// Owned by the run; facts stay where they are.
class Ledger {
 public:
  const Fact* Find(const Dot& dot) const;
  const Fact* At(const Step& step) const { return Find(DotOf(step)); }
  // The facts of a lane at one place: more than one where branches part.
  std::vector<const Fact*> At(const LaneId& lane, Seq seq) const;
  const Fact& Add(Fact fact);

  // Walks back from `last` to `first`, both included, newest first; shorter when the chain is not
  // known.
  std::vector<const Fact*> Run(const Step& last_step, Seq first, Seq last) const;

  const std::deque<Fact>& facts() const { return facts_; }

 private:
  std::deque<Fact> facts_;
  absl::flat_hash_map<Dot, const Fact*> by_dot_;
  std::map<std::pair<LaneId, Seq>, std::vector<const Fact*>> by_place_;
};

std::string RecordOf(const Scope& scope, const log::RecordKey& key);
// Which text of which change a text of `fact` is: its own, or one that it restates.
TextName NameOf(const Fact& fact, const log::Text& text);

}  // namespace tocsin::sim
