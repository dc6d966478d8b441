#include "node/session/heads.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>

#include "node/base/random.h"
#include "node/link/link.h"

namespace tocsin::session {
namespace {

log::ScopeState StateWith(const std::string& scope, size_t lanes, size_t runs, size_t receipts,
                          Random& random) {
  log::ScopeState state{*Scope::Parse(scope), {}, {}, {}, {}};
  for (size_t i = 0; i < lanes; ++i) {
    log::ListedLane lane{.lane = random.Fixed<LaneId>(), .has_birth = true, .runs = {}};
    for (size_t j = 0; j < runs; ++j) {
      lane.runs.push_back({Seq(10 * j + 1), Seq(10 * j + 5), random.Fixed<Step>()});
    }
    state.listed.push_back(std::move(lane));
  }
  std::sort(state.listed.begin(), state.listed.end(),
            [](const auto& a, const auto& b) { return a.lane < b.lane; });
  for (size_t i = 0; i < receipts; ++i) state.receipts.push_back({random.Fixed<CertId>(), i + 1});
  return state;
}

RC_GTEST_PROP(Heads, InPartsTheySayTheSameAndNoPartIsLargerThanAMessage, (uint64_t seed)) {
  SeededRandom random(seed);
  const size_t bytes_max = *rc::gen::inRange<size_t>(100, 5000);
  v1::Heads frame;
  frame.set_prefix("\x03");
  frame.set_answer_wanted(true);
  HeadsWriter writer(frame, bytes_max);
  std::vector<log::ScopeState> states;
  for (const char* scope : {"city/kings", "city/kings/e1", "city/kings/e2"}) {
    states.push_back(StateWith(scope, *rc::gen::inRange<size_t>(0, 40),
                               *rc::gen::inRange<size_t>(0, 20), *rc::gen::inRange<size_t>(0, 5),
                               random));
    writer.Add(states.back(), [](const CertId&) { return true; });
  }
  HeadsReader reader;
  std::optional<v1::Heads> whole;
  for (const v1::Heads& part : writer.Take()) {
    RC_ASSERT(!whole.has_value());
    RC_ASSERT(part.ByteSizeLong() <= bytes_max + 256);
    auto taken = reader.Take(part);
    RC_ASSERT(taken.ok());
    whole = *std::move(taken);
  }
  RC_ASSERT(whole.has_value());
  RC_ASSERT(whole->answer_wanted());
  RC_ASSERT(whole->scope_size() == 3);
  for (int i = 0; i < 3; ++i) {
    RC_ASSERT(*ListedOf(whole->scope(i)) == states[static_cast<size_t>(i)].listed);
    RC_ASSERT(static_cast<size_t>(whole->scope(i).receipt_size()) ==
              states[static_cast<size_t>(i)].receipts.size());
  }
}

TEST(Heads, APartThatDoesNotGoOnIsRefused) {
  HeadsReader reader;
  v1::Heads part;
  part.set_prefix("\x01");
  part.set_more(true);
  ASSERT_TRUE(reader.Take(part).ok());
  part.set_prefix("\x02");
  EXPECT_TRUE(absl::IsInvalidArgument(reader.Take(part).status()));
}

TEST(Heads, WithoutEndTheyAreRefusedAtABound) {
  SeededRandom random(1);
  HeadsReader reader;
  HeadsWriter writer({}, link::kMaxMessageBytes / 2);
  writer.Add(StateWith("city/kings", 1500, 0, 0, random), [](const CertId&) { return true; });
  v1::Heads part = writer.Take().front();
  part.set_more(true);
  absl::Status status;
  for (int i = 0; i < 1000 && status.ok(); ++i) status = reader.Take(part).status();
  EXPECT_TRUE(absl::IsResourceExhausted(status)) << status;
}

}  // namespace
}  // namespace tocsin::session
