// What each node holds, by what its log has said: the checker of the log. It hears every
// publication, and compares the log's own account with its own, at each of them and after each
// start.
//
// Invariants: *held* (nothing said to be held is lost), *once* (nothing is held twice), *unaltered*
// (a change is what its author wrote), *need-to-know* (no node holds what it may not), *whole*
// (what lacks a text that no erasure explains is a debt, and nothing else is), *order* (a lane's
// changes follow one another), *restated* (a copy says what its original says), *clock* (stamps
// stay near the network's time), *unseen* (an edit overwrites the sibling that was shown, and no
// other).
#pragma once

#include <absl/container/flat_hash_map.h>
#include <absl/container/flat_hash_set.h>

#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "node/log/log.h"
#include "tools/src/sim/ledger.h"
#include "tools/src/sim/merge_model.h"
#include "tools/src/sim/node.h"
#include "tools/src/sim/trace.h"
#include "tools/src/sim/violations.h"

namespace tocsin::sim {

// One node's.
struct Holding {
  absl::flat_hash_map<LaneId, absl::flat_hash_set<const Fact*>> lanes;
  absl::flat_hash_set<Dot> dots;
  // Held without a text that no erasure held explains, and the texts that were lacking when it
  // came: its others are here.
  absl::flat_hash_map<const Fact*, std::set<TextName>> in_debt;
  // Which posts have said that a text may go: by scope, and by what they say alike.
  std::map<std::pair<Scope, std::string>, std::set<std::string>> words;
  // Texts that an erasure which is held orders gone, by scope.
  std::set<std::pair<Scope, TextName>> erased;
  // By row key.
  std::map<std::string, std::vector<const Fact*>> records;
  // Held and damaged on the disk, whether anybody has found it or not; and found, given up, and not
  // come back whole since.
  absl::flat_hash_set<const Fact*> rotten;
  absl::flat_hash_set<const Fact*> lost;

  // Its disk gives back all that it took. What is shown, and what is read out of it, hangs on that.
  bool IsSound() const { return rotten.empty() && lost.empty(); }

  bool Has(const Dot& dot) const { return dots.contains(dot); }
  // Whether a text of a change that is held is to be read here.
  TextState StateOf(const Fact& carrier, const log::Text& text) const;
};

class Holdings {
 public:
  Holdings(World& world, const Cast& cast, Ledger& ledger, Violations& violations, Trace& trace);

  const Holding& of(int node) const { return holdings_[static_cast<size_t>(node)]; }

  void OnPublished(Node& node, const log::Published& published);
  // The process of `node` has just opened its log. `may_have_more`: its last one died while a write
  // was under way, which may be there or not.
  void OnStarted(Node& node, bool may_have_more);

  // Whether a node holds all of a range already: what another lost to rot and has back.
  bool Has(const Node& node, const log::AppendedRange& range) const;
  // The disk of the log has changed what it held of a chain, from `first` to `last`.
  void OnRotted(Node& node, const Step& last_step, Seq first, Seq last);

  // The disks hold what they held when `copy` was made.
  std::shared_ptr<const Holding> Copy(int node) const;
  void OnReplaced(int node, std::shared_ptr<const Holding> copy);

  // The peer's Hello was taken: before a child corrects its clock.
  // `dialled`: when the child dialled.
  void OnGreeted(Node& node, Node& peer, absl::Duration dialled);

  // Records of which a node came to hold more since this was last asked.
  std::set<std::string> TakeChanged(int node);

  bool IsWholeAnywhere(const Fact& fact) const;

  // Every byte of every change held, and the lanes once more.
  void CheckAll(Node& node);
  // What rotted was found.
  void CheckRotFound(Node& node);
  // Whatever anybody still holds is held by everybody who may hold it.
  void CheckNothingLost();

 private:
  void Take(Node& node, const log::AppendedRange& range);
  const Fact* FactOf(Node& node, const log::AppendedRange& range, const log::PlacedChange& placed,
                     const Step& before);
  void Hold(Node& node, const Fact& fact, const log::Change& as_held);
  void Obey(Holding& holding, const Fact& fact);
  bool LacksText(const Holding& holding, const Fact& fact, const log::Change& as_held) const;
  void CompareLane(Node& node, const LaneId& lane);
  // Of facts that the heads do not name: what rotted was given up.
  void GiveUp(Node& node, const std::vector<const Fact*>& facts);
  void CheckContent(Node& node, const Fact& fact, const log::Change& as_held);
  void CheckRestated(Node& node, const Fact& fact);
  void CheckStamp(Node& node, const Fact& fact);
  std::vector<log::PlacedChange> ReadableIn(Node& node, const LaneId& lane,
                                            const log::Run& run) const;
  Step StepBefore(Node& node, const log::AppendedRange& range, const log::PlacedChange& first);

  void CheckOverwrites(Node& node, const Fact& fact);

  // What a process may know of the network's time, which is the city's.
  struct TimeKnown {
    uint64_t generation = 0;
    // It greeted a parent in this life.
    bool greeted = false;
    // Through parents that had it from the city, and by how much it may be wrong.
    bool from_city = false;
    absl::Duration wrong_by;
    absl::Duration since;
  };
  absl::Duration WrongBy(int node) const;

  World& world_;
  const Cast& cast_;
  Ledger& ledger_;
  Violations& violations_;
  Trace& trace_;
  std::vector<Holding> holdings_;
  std::vector<std::set<std::string>> changed_;
  std::vector<TimeKnown> times_;
  // What each was told by its parent's last greeting.
  std::vector<TimeKnown> told_;
  Node* city_ = nullptr;
  bool finding_ = false;
};

// May a node of `reader` hold `scope`, by their names alone.
bool MayKnow(const std::string& reader, const std::string& scope);

}  // namespace tocsin::sim
