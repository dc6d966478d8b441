// A city, a county and two stations below it, over simulated lines.
#pragma once

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <vector>

#include "node/log/receipt.h"
#include "tests/support/sim_network.h"

namespace tocsin::session {

using sim::Holdings;
using sim::NoteDraft;
using sim::SimLine;
using sim::SimNode;
using sim::World;

inline Jurisdiction At(absl::string_view path) { return Jurisdiction::Parse(path).value(); }
inline Scope Of(absl::string_view text) { return Scope::Parse(text).value(); }

inline identity::NodeSpec Spec(const World& world, absl::string_view path, bool may_issue) {
  return {.name = std::string(path),
          .jurisdiction = At(path),
          .may_issue = may_issue,
          .now = world.clock.WallNow(),
          .validity = absl::ZeroDuration()};
}

// A city, a county and two stations below it.
struct Tree {
  explicit Tree(uint64_t seed)
      : world(seed),
        root(identity::Identity::NewRoot(Spec(world, "city", true), world.random).value()),
        kings(root.NewChild(Spec(world, "city/kings", true), world.random).value()),
        city(world, root),
        county(world, kings),
        first(world, kings.NewChild(Spec(world, "city/kings/e1", false), world.random).value()),
        second(world, kings.NewChild(Spec(world, "city/kings/e2", false), world.random).value()) {}

  void ConnectAll() {
    county_line.Connect();
    first_line.Connect();
    second_line.Connect();
  }
  void BreakAll() {
    first_line.Break();
    second_line.Break();
    county_line.Break();
  }

  World world;
  identity::Identity root;
  identity::Identity kings;
  SimNode city, county, first, second;
  SimLine county_line{world, county, city};
  SimLine first_line{world, first, county};
  SimLine second_line{world, second, county};
};

// Appends and waits until it is durable.
inline log::Appended File(Tree& tree, SimNode& node, absl::string_view scope,
                          Precedence precedence = Precedence::kRoutine) {
  std::optional<absl::StatusOr<std::vector<log::Appended>>> result;
  node.log().Append({NoteDraft(tree.world, Of(scope), precedence, "smoke seen")},
                    [&result](auto appended) { result = std::move(appended); });
  tree.world.executor.RunUntilIdle();
  EXPECT_TRUE(result.has_value() && result->ok()) << result->status();
  return result->value().front();
}

inline bool HeldBy(SimNode& teller, const SimNode& holder, const log::Appended& change) {
  return teller.log()
      .IsHeldBy(holder.identity().id(), change.lane, change.seq, change.dot)
      .value_or(false);
}

// Flips a bit in an entry of the queues from `first` on: of those that peers filled, if nothing is
// said. False if there is none.
inline bool Rot(SimNode& node, size_t nth, log::Queue first = log::Queue::kFlash) {
  std::vector<std::pair<std::string, std::string>> entries;
  for (auto at = node.store().Scan(std::string{'e', static_cast<char>(first)}, "f"); at->Valid();
       at->Next()) {
    entries.emplace_back(at->key(), at->value());
  }
  if (entries.empty()) return false;
  auto& [key, value] = entries[nth % entries.size()];
  value[value.size() - 3] = static_cast<char>(value[value.size() - 3] ^ 0x10);
  store::Batch batch;
  batch.Put(key, value);
  EXPECT_TRUE(node.store().Write(batch, store::Durability::kSynced).ok());
  return true;
}

}  // namespace tocsin::session
