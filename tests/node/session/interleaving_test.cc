// Any interleaving of writes from all sides, breaks, silences, restarts, damage and ways up ends
// with equal heads.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "tests/node/session/tree.h"

namespace tocsin::session {
namespace {

// The tree with a second way: each station may dial the city as well, so that changes come twice.
struct WebTree : Tree {
  explicit WebTree(uint64_t seed) : Tree(seed) {}

  std::vector<SimNode*> nodes() { return {&city, &county, &first, &second}; }
  std::vector<SimLine*> lines() {
    return {&county_line, &first_line, &second_line, &first_direct, &second_direct};
  }
  void BreakLines() {
    for (SimLine* line : lines()) line->Break();
  }

  SimLine first_direct{world, first, city, absl::Milliseconds(40)};
  SimLine second_direct{world, second, city, absl::Milliseconds(1)};
};

// Own matters, those of a node below, or a broadcast.
Scope AnyScopeOf(const SimNode& node) {
  std::vector<std::string> scopes;
  for (const char* scope :
       {"city", "city/**", "city/kings", "city/kings/**", "city/kings/e1", "city/kings/e2"}) {
    if (MayWrite(node.identity().jurisdiction(), Of(scope))) scopes.push_back(scope);
  }
  return Of(*rc::gen::elementOf(scopes));
}

struct Filed {
  SimNode* by;
  log::Appended change;
};

class Interleaving {
 public:
  explicit Interleaving(uint64_t seed) : tree_(seed) {}

  void Step() {
    SimLine& line = **rc::gen::elementOf(tree_.lines());
    switch (
        *rc::gen::weightedElement<int>({{6, 0}, {3, 1}, {2, 2}, {1, 3}, {4, 4}, {1, 5}, {1, 6}})) {
      case 0: {
        SimNode& node = **rc::gen::elementOf(tree_.nodes());
        const Scope scope = AnyScopeOf(node);
        filed_.push_back(
            {&node, File(tree_, node, scope.ToString(), *rc::gen::elementOf(kPrecedences))});
        break;
      }
      case 1:
        line.Connect();
        break;
      case 2:
        line.Break();
        break;
      case 3:
        // What is said from here on is dropped, and nobody is told.
        if (line.connected()) line.Mute();
        break;
      case 4:
        tree_.world.Run(absl::Milliseconds(*rc::gen::inRange(0, 400)));
        break;
      case 5: {
        SimNode& victim = **rc::gen::elementOf(tree_.nodes());
        tree_.BreakLines();
        victim.Crash();
        break;
      }
      case 6: {
        // Never what the node wrote itself: somebody must be left to give it back.
        SimNode& victim = **rc::gen::elementOf(tree_.nodes());
        Rot(victim, *rc::gen::inRange<size_t>(0, 64));
        if (*rc::gen::arbitrary<bool>()) Scrub(victim);
        break;
      }
    }
  }

  void Settle() {
    for (SimNode* node : tree_.nodes()) Scrub(*node);
    tree_.BreakLines();
    tree_.ConnectAll();
    if (*rc::gen::arbitrary<bool>()) tree_.first_direct.Connect();
    tree_.world.Run(absl::Seconds(30));
  }

  void Check() {
    for (auto [lower, upper] :
         {std::pair(&tree_.first, &tree_.county), std::pair(&tree_.second, &tree_.county),
          std::pair(&tree_.county, &tree_.city), std::pair(&tree_.first, &tree_.city)}) {
      const Jurisdiction& shared = lower->identity().jurisdiction();
      RC_ASSERT(Holdings(*lower, shared) == Holdings(*upper, shared));
    }
    // What was said to be durable is held by the city, and its receipts have come down.
    for (const Filed& report : filed_) {
      const auto state = tree_.city.log().FindLane(report.change.lane);
      RC_ASSERT(state.has_value());
      const bool below = state->scope.jurisdiction() != At("city");
      RC_ASSERT(report.by == &tree_.city || !below ||
                HeldBy(*report.by, tree_.city, report.change));
      RC_ASSERT(tree_.city.log().StepAt(report.change.lane, report.change.seq, 0).ok());
    }
  }

 private:
  void Scrub(SimNode& node) {
    RC_ASSERT(node.log().Scrub(1 << 30).ok());
    tree_.world.executor.RunUntilIdle();
  }

  WebTree tree_;
  std::vector<Filed> filed_;
};

RC_GTEST_PROP(SessionProperty, AnyInterleavingOfBreaksCrashesDamageAndWaysUpEndsWithEqualHeads,
              (uint64_t seed)) {
  Interleaving interleaving(seed);
  const int steps = *rc::gen::inRange(5, 60);
  for (int i = 0; i < steps; ++i) interleaving.Step();
  interleaving.Settle();
  interleaving.Check();
}

// The same with no new Hello at the end: what a running session has lost, it asks for.
RC_GTEST_PROP(SessionProperty, DamageUnderRunningSessionsIsMadeGoodWithoutAReconnect,
              (uint64_t seed)) {
  WebTree tree(seed);
  tree.ConnectAll();
  const int reports = *rc::gen::inRange(1, 30);
  for (int i = 0; i < reports; ++i) {
    SimNode& node = **rc::gen::elementOf(tree.nodes());
    File(tree, node, AnyScopeOf(node).ToString(), *rc::gen::elementOf(kPrecedences));
    if (i % 7 == 0) tree.world.Run(absl::Milliseconds(300));
  }
  tree.world.Run(absl::Seconds(5));
  for (SimNode* victim : tree.nodes()) {
    const int rotten = *rc::gen::inRange(0, 3);
    for (int i = 0; i < rotten; ++i) Rot(*victim, *rc::gen::inRange<size_t>(0, 64));
    RC_ASSERT(victim->log().Scrub(1 << 30).ok());
  }
  tree.world.Run(absl::Seconds(20));
  for (SimNode* node : tree.nodes()) {
    const auto progress = node->log().Scrub(1 << 30);
    RC_ASSERT(progress.ok());
  }
  for (auto [lower, upper] :
       {std::pair(&tree.first, &tree.county), std::pair(&tree.second, &tree.county),
        std::pair(&tree.county, &tree.city)}) {
    const Jurisdiction& shared = lower->identity().jurisdiction();
    RC_ASSERT(Holdings(*lower, shared) == Holdings(*upper, shared));
    const auto lanes = lower->log().Lanes();
    for (const log::LaneState& lane : *lanes) RC_ASSERT(lane.runs.size() <= 1u);
  }
}

}  // namespace
}  // namespace tocsin::session
