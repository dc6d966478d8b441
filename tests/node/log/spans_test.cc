#include "node/log/spans.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <map>
#include <set>
#include <tuple>

#include "node/identity/hash.h"

namespace tocsin::log {
namespace {

// A tree of chains over sequences 1..kLength: chain c leaves its parent after a random sequence.
constexpr uint64_t kLength = 14;

Step MakeStep(int chain, uint64_t seq) {
  return *Step::FromBytes(
      identity::Sha256(std::to_string(chain) + "/" + std::to_string(seq)).view());
}

struct Forest {
  // steps[c][s] is chain c's step at s; steps[c][0] is the lane's.
  std::vector<std::vector<Step>> steps;
};

Forest RandomForest(int chains) {
  Forest forest;
  for (int c = 0; c < chains; ++c) {
    std::vector<Step> steps;
    uint64_t parts = 0;
    if (c > 0) {
      auto parent = *rc::gen::inRange<size_t>(0, forest.steps.size());
      parts = *rc::gen::inRange<uint64_t>(0, kLength);
      steps.assign(forest.steps[parent].begin(),
                   forest.steps[parent].begin() + static_cast<std::ptrdiff_t>(parts) + 1);
    } else {
      steps.push_back(MakeStep(-1, 0));
    }
    for (uint64_t s = steps.size(); s <= kLength; ++s) steps.push_back(MakeStep(c, s));
    forest.steps.push_back(steps);
  }
  return forest;
}

// The slow and obvious truth: which changes are held, and which of them are whole.
struct Node {
  Step before;
  bool whole = false;
};
using Model = std::map<std::pair<uint64_t, Step>, Node>;

using Row = std::tuple<uint64_t, uint64_t, Step, Step, bool>;

std::set<Row> RunsOf(const Model& model) {
  auto children = [&](uint64_t seq, const Step& step) {
    std::vector<std::pair<uint64_t, Step>> found;
    for (const auto& [key, node] : model) {
      if (key.first == seq + 1 && node.before == step) found.push_back(key);
    }
    return found;
  };
  std::set<Row> runs;
  for (const auto& [key, node] : model) {
    auto parent = model.find({key.first - 1, node.before});
    if (parent != model.end() && parent->second.whole == node.whole &&
        children(key.first - 1, node.before).size() == 1) {
      continue;  // it goes on a run
    }
    auto end = key;
    while (true) {
      auto next = children(end.first, end.second);
      if (next.size() != 1 || model.at(next[0]).whole != node.whole) break;
      end = next[0];
    }
    runs.insert({key.first, end.first, node.before, end.second, node.whole});
  }
  return runs;
}

// What the disk would have: one step for each (branch, sequence).
using Disk = std::map<std::pair<uint8_t, uint64_t>, Step>;

void Apply(const Admission& admission, const IncomingRange& range, Disk& disk) {
  std::vector<std::tuple<uint8_t, uint64_t, Step>> moved;
  for (const BranchMove& move : admission.moves) {
    for (uint64_t seq = move.piece.first; seq <= move.piece.last; ++seq) {
      auto row = disk.find({move.piece.branch, seq});
      RC_ASSERT(row != disk.end());
      moved.emplace_back(move.to, seq, row->second);
      disk.erase(row);
    }
  }
  for (const auto& [branch, seq, step] : moved) {
    RC_ASSERT((disk.emplace(std::pair(branch, seq), step).second));
  }
  for (const Admission::Fresh& fresh : admission.fresh) {
    for (uint64_t seq = fresh.range.first; seq <= fresh.range.last; ++seq) {
      RC_ASSERT((disk.emplace(std::pair(fresh.branch, seq), range.StepAt(seq)).second));
    }
  }
}

void CheckEqual(const Spans& spans, const Model& model, const Disk& disk) {
  std::set<Row> rows;
  size_t changes = 0;
  for (const Span& span : spans) {
    rows.insert({span.first, span.last, span.before, span.last_step, span.whole});
    changes += span.last - span.first + 1;
    for (uint64_t seq = span.first; seq <= span.last; ++seq) {
      auto row = disk.find({span.branch, seq});
      RC_ASSERT(row != disk.end());
      RC_ASSERT(model.contains({seq, row->second}));
    }
    RC_ASSERT(disk.at({span.branch, span.last}) == span.last_step);
  }
  RC_ASSERT(rows == RunsOf(model));
  RC_ASSERT(changes == model.size());
  RC_ASSERT(disk.size() == model.size());
}

RC_GTEST_PROP(Spans, AreAFunctionOfWhatIsHeldAndOfNoOrder, ()) {
  Forest forest = RandomForest(*rc::gen::inRange(1, 5));
  Spans spans;
  Model model;
  Disk disk;
  for (int n = *rc::gen::inRange(1, 25); n > 0; --n) {
    const auto& chain = forest.steps[*rc::gen::inRange<size_t>(0, forest.steps.size())];
    auto first = *rc::gen::inRange<uint64_t>(1, kLength + 1);
    auto last = *rc::gen::inRange<uint64_t>(first, kLength + 1);
    std::vector<uint8_t> whole;
    for (uint64_t s = first; s <= last; ++s) {
      whole.push_back(*rc::gen::weightedElement<uint8_t>({{6, 1}, {1, 0}}));
    }
    IncomingRange range{first, chain[first - 1],
                        absl::MakeConstSpan(chain).subspan(first, last - first + 1), whole};
    auto admission = Admit(spans, range, [&](uint64_t seq, uint8_t branch) {
      return absl::StatusOr<Step>(disk.at({branch, seq}));
    });
    RC_ASSERT(admission.ok());
    size_t repaired = 0;
    for (const auto& repair : admission->repaired) {
      repaired += repair.range.last - repair.range.first + 1;
    }
    size_t expected = 0;
    bool forked = false;
    for (uint64_t s = first; s <= last; ++s) {
      for (const auto& [key, node] : model) {
        forked |= key.first == s && key.second != chain[s];
      }
    }
    for (uint64_t s = first; s <= last; ++s) {
      Node& node =
          model.try_emplace({s, chain[s]}, Node{chain[s - 1], whole[s - first] != 0}).first->second;
      if (!node.whole && whole[s - first] != 0) {
        node.whole = true;
        ++expected;
      }
    }
    RC_ASSERT(repaired == expected);
    RC_ASSERT(admission->forked == forked);
    Apply(*admission, range, disk);
    spans = admission->spans;
    CheckEqual(spans, model, disk);
  }

  // And what is lost or loses a text leaves what the rest would have made.
  for (int n = *rc::gen::inRange(0, 4); n > 0 && !spans.empty(); --n) {
    const Span span = spans[*rc::gen::inRange<size_t>(0, spans.size())];
    auto first = *rc::gen::inRange<uint64_t>(span.first, span.last + 1);
    auto last = *rc::gen::inRange<uint64_t>(first, span.last + 1);
    auto step_at = [&](uint64_t seq) {
      return seq == span.first - 1 ? span.before : disk.at({span.branch, seq});
    };
    absl::StatusOr<Admission> after;
    if (*rc::gen::arbitrary<bool>()) {
      after = Remove(spans, {first, last}, span.branch, step_at(first - 1), step_at(last));
      for (uint64_t s = first; s <= last; ++s) {
        model.erase({s, disk.at({span.branch, s})});
        disk.erase({span.branch, s});
      }
    } else {
      after = SetWhole(spans, first, span.branch, step_at(first - 1), step_at(first), !span.whole);
      model.at({first, step_at(first)}).whole = !span.whole;
    }
    RC_ASSERT(after.ok());
    Apply(*after, IncomingRange(), disk);
    spans = after->spans;
    CheckEqual(spans, model, disk);
  }
}

TEST(Spans, ARangeThatFollowsReadsNothing) {
  std::vector<Step> steps = {MakeStep(0, 1), MakeStep(0, 2), MakeStep(0, 3)};
  std::vector<uint8_t> whole(3, 1);
  auto no_read = [](uint64_t, uint8_t) -> absl::StatusOr<Step> {
    ADD_FAILURE() << "read";
    return Step();
  };
  auto first = Admit({},
                     {1, MakeStep(-1, 0), absl::MakeConstSpan(steps).subspan(0, 2),
                      absl::MakeConstSpan(whole).subspan(0, 2)},
                     no_read);
  ASSERT_TRUE(first.ok());
  auto second = Admit(
      first->spans,
      {3, steps[1], absl::MakeConstSpan(steps).subspan(2), absl::MakeConstSpan(whole).subspan(2)},
      no_read);
  ASSERT_TRUE(second.ok());
  ASSERT_EQ(second->spans.size(), 1u);
  EXPECT_EQ(second->spans[0].first, 1u);
  EXPECT_EQ(second->spans[0].last, 3u);
}

// Execution 24: blocks 1..512 and 513..600 are sent and the first is lost; both ends have the end.
TEST(Spans, TwoRunsOfOneEndAreToldApartByTheirFirst) {
  std::vector<Step> steps;
  for (uint64_t s = 1; s <= 6; ++s) steps.push_back(MakeStep(0, s));
  std::vector<uint8_t> whole(6, 1);
  auto none = [](uint64_t, uint8_t) -> absl::StatusOr<Step> { return Step(); };
  Spans all = Admit({}, {1, MakeStep(-1, 0), steps, whole}, none)->spans;
  Spans tail = Admit({},
                     {5, steps[3], absl::MakeConstSpan(steps).subspan(4),
                      absl::MakeConstSpan(whole).subspan(4)},
                     none)
                   ->spans;
  EXPECT_EQ(all.back().last_step, tail.back().last_step);
  EXPECT_NE(all, tail);
}

TEST(Spans, ARunEndsWhereBranchesPart) {
  std::vector<Step> a = {MakeStep(0, 1), MakeStep(0, 2), MakeStep(0, 3)};
  std::vector<Step> b = {MakeStep(0, 1), MakeStep(1, 2)};
  std::vector<uint8_t> whole(3, 1);
  Spans held =
      Admit({}, {1, MakeStep(-1, 0), a, whole}, [](uint64_t, uint8_t) -> absl::StatusOr<Step> {
        return Step();
      })->spans;
  auto forked = Admit(held, {1, MakeStep(-1, 0), b, absl::MakeConstSpan(whole).subspan(0, 2)},
                      [&](uint64_t seq, uint8_t) -> absl::StatusOr<Step> { return a[seq - 1]; });
  ASSERT_TRUE(forked.ok());
  EXPECT_TRUE(forked->forked);
  ASSERT_EQ(forked->spans.size(), 3u);
  EXPECT_EQ(forked->spans[0].last, 1u);
  EXPECT_EQ(Width(forked->spans), 2u);
  EXPECT_EQ(FirstParted(forked->spans), 2u);
}

}  // namespace
}  // namespace tocsin::log
