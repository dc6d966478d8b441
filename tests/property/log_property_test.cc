// What must hold of a log whatever comes in whatever order and whatever the disk does.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "node/base/log.h"
#include "node/log/audit.h"
#include "tests/node/log/erasing.h"
#include "tests/node/log/world.h"
#include "tests/property/lane_author.h"

namespace tocsin::log {
namespace {

// A flash and a routine lane of one station: runs that part, texts, restated texts, orders to
// erase; and a lane of the county with its own orders, most to the same texts.
struct History {
  LaneAuthor routine;
  LaneAuthor flash;
  LaneAuthor county;

  std::vector<const LaneAuthor*> authors() const { return {&routine, &flash, &county}; }

  History(const TestNetwork& network, Random& random)
      : routine(network.e201, Precedence::kRoutine, random),
        flash(network.e201, Precedence::kFlash, random),
        county(network.kings, Precedence::kPriority, random) {
    uint64_t code = 0;
    for (int n = *rc::gen::inRange(1, 14); n > 0; --n) {
      routine.WriteIncident(0, ++code, *rc::gen::arbitrary<bool>() ? "text" : "");
    }
    for (int parts = *rc::gen::weightedElement<int>({{4, 0}, {2, 1}, {1, 2}}); parts > 0; --parts) {
      auto from = *rc::gen::inRange<size_t>(0, routine.chains());
      size_t chain = routine.Part(from, *rc::gen::inRange<uint64_t>(0, routine.length(from) + 1));
      for (int n = *rc::gen::inRange(1, 6); n > 0; --n) {
        routine.WriteIncident(chain, ++code, *rc::gen::arbitrary<bool>() ? "rival" : "");
      }
    }
    for (int n = *rc::gen::inRange(0, 6); n > 0; --n) {
      auto chain = *rc::gen::inRange<size_t>(0, routine.chains());
      auto seq = *rc::gen::inRange<uint64_t>(1, routine.length(chain) + 1);
      if (*rc::gen::arbitrary<bool>()) {
        flash.WriteRestating(0, ++code, routine, chain, seq);
      } else {
        const int who = *rc::gen::weightedElement<int>({{4, 3}, {1, 2}, {1, 1}});
        if ((who & 1) != 0) flash.WriteErasure(0, routine, chain, seq);
        if ((who & 2) != 0) county.WriteErasure(0, routine, chain, seq);
      }
    }
  }

  // Every change at least once, cut anywhere and overlapping.
  std::vector<std::string> Cover() const {
    std::vector<std::string> blocks;
    for (const LaneAuthor* author : authors()) {
      for (size_t chain = 0; chain < author->chains(); ++chain) {
        uint64_t next = 1;
        while (next <= author->length(chain)) {
          auto last = *rc::gen::inRange<uint64_t>(next, author->length(chain) + 1);
          auto first = *rc::gen::inRange<uint64_t>(1, next + 1);
          blocks.push_back(author->Block(chain, first, last));
          next = last + 1;
        }
      }
    }
    return blocks;
  }
  absl::Status OfferTo(Log& log) const {
    for (const LaneAuthor* author : authors()) {
      if (auto offered = author->OfferTo(log); !offered.ok()) return offered;
    }
    return absl::OkStatus();
  }
  void Shuffle(std::vector<std::string>& blocks) const {
    for (size_t i = blocks.size(); i > 1; --i) {
      std::swap(blocks[i - 1], blocks[*rc::gen::inRange<size_t>(0, i)]);
    }
  }
};

// What a projector would know in the end: every change, with the texts of its best copy.
std::map<Dot, Change> Known(Log& log) {
  std::map<Dot, Change> known;
  for (Queue queue : {Queue::kFlash, Queue::kPriority, Queue::kRoutine}) {
    for (const Entry& entry : AllEntries(log, queue)) {
      for (const PlacedChange& placed : entry.changes) {
        auto [at, fresh] = known.emplace(placed.dot(), placed.change);
        if (fresh) continue;
        for (size_t i = 0; i < placed.change.texts.size(); ++i) {
          if (placed.change.texts[i].bytes.has_value())
            at->second.texts[i] = placed.change.texts[i];
        }
      }
    }
  }
  return known;
}

// The same by lanes and runs, whole changes only.
std::map<Dot, Change> Held(Log& log) {
  std::map<Dot, Change> held;
  auto lanes = log.Lanes();
  for (const LaneState& lane : *lanes) {
    for (const tocsin::log::Run& run : lane.runs) {
      auto changes = log.ReadLane(lane.id, run.first, run.last, run.branch);
      RC_ASSERT(changes.ok());
      RC_ASSERT(changes->size() == run.last.value() - run.first.value() + 1);
      RC_ASSERT(changes->back().step == run.last_step);
      for (PlacedChange& placed : *changes) held.emplace(placed.dot(), std::move(placed.change));
    }
  }
  return held;
}

void CheckAudit(TestNode& node) {
  auto report = VerifyLog(node.disk(), [](const AuditProgress&) {});
  RC_ASSERT(report.ok());
  if (!report->ok()) RC_FAIL(report->problems[0].where + ": " + report->problems[0].what);
}

void RequireOk(const absl::Status& status) {
  if (!status.ok()) RC_FAIL(std::string(status.ToString()));
}

struct Net {
  TestNetwork network;
  LogCapture capture;
};

RC_GTEST_PROP(LogProperty, AnyOrderCuttingAndDoublingGivesEqualHeadsAndEqualChanges, ()) {
  Net net;
  SeededRandom random(*rc::gen::arbitrary<uint64_t>());
  History history(net.network, random);
  TestNode first(net.network.kings, 21);
  TestNode second(net.network.kings, 22);
  bool all_held = true;
  for (TestNode* node : {&first, &second}) {
    std::vector<std::string> blocks = history.Cover();
    // Some come twice, some come without their texts.
    std::vector<std::string> more = history.Cover();
    for (const std::string& block : more) {
      int kind = *rc::gen::inRange(0, 4);
      if (kind == 0) blocks.push_back(block);
      if (kind == 1) blocks.push_back(Textless(block));
    }
    history.Shuffle(blocks);
    RC_ASSERT(history.OfferTo(node->log()).ok());
    for (size_t i = 0; i < blocks.size(); ++i) {
      if (*rc::gen::inRange(0, 10) == 0) {
        node->Run();
        node->Restart();
        RC_ASSERT(history.OfferTo(node->log()).ok());
      }
      // Several may share a group.
      if (i + 1 < blocks.size() && *rc::gen::arbitrary<bool>()) {
        node->log().HoldBlock(blocks[i], {Via::kChild, "city/kings/e201"},
                              [&](auto held) { all_held &= held.ok(); });
      } else {
        auto held = node->Hold(blocks[i]);
        RC_ASSERT(held.ok());
      }
    }
    node->Run();
    RC_ASSERT(all_held);
    CheckAudit(*node);
  }
  RC_ASSERT(first.log().ScopeOf(StationScope())->listed_bytes ==
            second.log().ScopeOf(StationScope())->listed_bytes);
  auto debts = [](TestNode& node) {
    size_t count = 0;
    auto lanes = node.log().Lanes();
    for (const LaneState& lane : *lanes) count += lane.debts.size();
    return count;
  };
  RC_ASSERT(debts(first) == 0u);
  RC_ASSERT(debts(second) == 0u);
  RC_ASSERT(Held(first.log()) == Held(second.log()));
  RC_ASSERT(Known(first.log()) == Known(second.log()));
  RC_ASSERT(Held(first.log()) == Known(first.log()));

  // What is handed on arrives as it is.
  TestNode city(net.network.city, 23);
  RequireOk(city.TakeAll(first));
  RC_ASSERT(city.log().ScopeOf(StationScope())->listed_bytes ==
            first.log().ScopeOf(StationScope())->listed_bytes);
  RC_ASSERT(Held(city.log()) == Held(first.log()));
  CheckAudit(city);
  // And from memory to disk and back.
  std::string listed = first.log().ScopeOf(StationScope())->listed_bytes;
  first.Restart();
  RC_ASSERT(first.log().ScopeOf(StationScope())->listed_bytes == listed);
}

// A block of what two branches share was once sent on with the seal of the other branch.
TEST(LogProperty, WhatBranchesShareIsSentOnUnderASealOfItsOwnChain) {
  Net net;
  SeededRandom random(3);
  LaneAuthor author(net.network.e201, Precedence::kRoutine, random);
  author.WriteIncident(0, 1, "shared");
  author.WriteIncident(0, 2, "one branch");
  size_t rival = author.Part(0, 1);
  author.WriteIncident(rival, 3, "another branch");
  TestNode county(net.network.kings, 21);
  ASSERT_TRUE(author.OfferTo(county.log()).ok());
  ASSERT_TRUE(county.Hold(author.Block(0, 2, 2)).ok());
  ASSERT_TRUE(county.Hold(author.Block(rival, 1, 2)).ok());
  TestNode city(net.network.city, 22);
  ASSERT_TRUE(city.TakeAll(county).ok());
  EXPECT_EQ(city.log().ScopeOf(StationScope())->listed_bytes,
            county.log().ScopeOf(StationScope())->listed_bytes);
}

RC_GTEST_PROP(LogProperty, TwoThatTakeFromOneAnotherEndWithEqualHeads, ()) {
  Net net;
  SeededRandom random(*rc::gen::arbitrary<uint64_t>());
  History history(net.network, random);
  TestNode first(net.network.kings, 21);
  TestNode second(net.network.city, 22);
  std::vector<std::string> blocks = history.Cover();
  for (TestNode* node : {&first, &second}) {
    RC_ASSERT(history.OfferTo(node->log()).ok());
  }
  for (const std::string& block : blocks) {
    auto held = (*rc::gen::arbitrary<bool>() ? first : second).Hold(block);
    RC_ASSERT(held.ok());
  }
  RequireOk(first.TakeAll(second, Via::kParent));
  RequireOk(second.TakeAll(first));
  RC_ASSERT(first.log().ScopeOf(StationScope())->listed_bytes ==
            second.log().ScopeOf(StationScope())->listed_bytes);
  RC_ASSERT(Held(first.log()) == Held(second.log()));
}

RC_GTEST_PROP(LogProperty, ACrashOrAFailureAtAnyWriteLosesNothingThatWasSaidToBeHeld, ()) {
  Net net;
  SeededRandom random(*rc::gen::arbitrary<uint64_t>());
  History history(net.network, random);
  TestNode node(net.network.kings, 31);
  std::set<Dot> said;
  uint64_t number = 0;
  auto offer = [&] { RC_ASSERT(history.OfferTo(node.log()).ok()); };
  offer();
  uint64_t code = 1000;
  for (int n = *rc::gen::inRange(1, 25); n > 0; --n) {
    switch (*rc::gen::inRange(0, 6)) {
      case 0:
        node.disk().FailSync(*rc::gen::inRange<uint64_t>(1, 4));
        break;
      case 1:
        node.disk().FailWrite(*rc::gen::inRange<uint64_t>(1, 4));
        break;
      case 2: {
        node.Crash(*rc::gen::element(store::ModelStore::Lose::kAllUnsynced,
                                     store::ModelStore::Lose::kRandomSuffix));
        offer();
        break;
      }
      case 3: {
        auto appended = node.Append({IncidentDraft(++code, "own"), IncidentDraft(++code)});
        if (!appended.ok()) break;
        for (const Appended& change : *appended) said.insert(change.dot);
        break;
      }
      case 4: {
        auto receipt = node.Receipt(StationScope());
        if (receipt.ok()) number = DecodeReceipt(*receipt)->number;
        break;
      }
      default: {
        std::vector<std::string> blocks = history.Cover();
        const std::string& block = blocks[*rc::gen::inRange<size_t>(0, blocks.size())];
        if (!node.Hold(block).ok()) break;
        auto unpacked = UnpackBlock(block);
        for (const ChangeSpan& change : unpacked->changes) said.insert(DotOf(change.step));
      }
    }
  }
  node.Crash(store::ModelStore::Lose::kRandomSuffix);
  CheckAudit(node);
  std::map<Dot, Change> held = Held(node.log());
  for (const Dot& dot : said) RC_ASSERT(held.contains(dot));
  // No number is given twice.
  RC_ASSERT(DecodeReceipt(*node.Receipt(StationScope()))->number > number);
}

RC_GTEST_PROP(LogProperty, AReceiptNeverSaysMoreThanIsHeld, ()) {
  Net net;
  SeededRandom random(*rc::gen::arbitrary<uint64_t>());
  History history(net.network, random);
  TestNode node(net.network.kings, 41);
  RC_ASSERT(history.OfferTo(node.log()).ok());
  for (const std::string& block : history.Cover()) {
    if (*rc::gen::inRange(0, 3) == 0) continue;
    auto held = node.Hold(*rc::gen::inRange(0, 3) == 0 ? Textless(block) : block);
    RC_ASSERT(held.ok());
  }
  auto scope = node.log().ScopeOf(StationScope());
  if (scope == nullptr) return;
  Receipt receipt = *DecodeReceipt(*node.Receipt(StationScope()));
  std::set<Dot> vouched;
  for (const Vouched& lane : VouchedBy(receipt, scope->lanes)) {
    for (const LaneAuthor* author : history.authors()) {
      if (author->lane() != lane.lane) continue;
      for (const ListedRun& run : lane.runs) {
        for (size_t chain = 0; chain < author->chains(); ++chain) {
          if (author->length(chain) < run.last.value() ||
              author->DotAt(chain, run.last.value()) != DotOf(run.last_step)) {
            continue;
          }
          for (uint64_t seq = run.first.value(); seq <= run.last.value(); ++seq) {
            vouched.insert(author->DotAt(chain, seq));
          }
        }
      }
    }
  }
  std::set<Dot> held;
  for (const auto& [dot, change] : Held(node.log())) held.insert(dot);
  RC_ASSERT(vouched == held);
}

}  // namespace
}  // namespace tocsin::log
