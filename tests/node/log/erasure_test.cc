#include "node/log/erasure.h"

#include <absl/strings/match.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "node/log/audit.h"
#include "node/log/block.h"
#include "tests/node/log/erasing.h"
#include "tests/node/log/world.h"

namespace tocsin::log {
namespace {

// All texts that a node shows, and whether any byte of `needle` is left on its disk.
std::string TextOf(TestNode& node, const Appended& at, size_t index = 0) {
  auto change = node.log().ReadChange(at.lane, at.seq, at.dot);
  EXPECT_TRUE(change.ok()) << change.status();
  if (!change.ok()) return "?";
  return change->change.texts[index].bytes.value_or("-");
}

bool OnDisk(TestNode& node, const std::string& needle) {
  auto at = node.disk().Scan("", "");
  bool found = false;
  for (; at->Valid(); at->Next()) {
    std::string value(at->value());
    found |= value.find(needle) != std::string::npos;
    auto entry = value.find("TB\x01");
    if (at->key()[0] != 'e' || entry == std::string::npos) continue;
    auto block = UnpackBlock(absl::string_view(value).substr(entry));
    if (block.ok()) found |= block->raw.find(needle) != std::string::npos;
  }
  return found;
}

class ErasureTest : public testing::Test {
 protected:
  TestNetwork net_;
  TestNode station_{net_.e201, 11};
  TestNode county_{net_.kings, 12};
  TestNode city_{net_.city, 13};
  SecondPost second_{net_.kings};
};

TEST_F(ErasureTest, AnErasedTextIsGoneAndTheChainStillVerifies) {
  auto appended = station_.Append({IncidentDraft(1, "secret one"), IncidentDraft(2, "kept two")});
  ASSERT_TRUE(county_.TakeAll(station_).ok());
  Erase(station_, second_, {{(*appended)[0]}});
  EXPECT_EQ(TextOf(station_, (*appended)[0]), "-");
  EXPECT_EQ(TextOf(station_, (*appended)[1]), "kept two");
  EXPECT_FALSE(OnDisk(station_, "secret one"));
  EXPECT_TRUE(OnDisk(station_, "kept two"));
  // The county has the text until the erasure comes; then it is gone there too, with equal heads.
  EXPECT_TRUE(OnDisk(county_, "secret one"));
  ASSERT_TRUE(county_.TakeAll(station_).ok());
  EXPECT_FALSE(OnDisk(county_, "secret one"));
  EXPECT_EQ(county_.log().ScopeOf(StationScope())->listed_bytes,
            station_.log().ScopeOf(StationScope())->listed_bytes);
  EXPECT_EQ(county_.log().ScopeOf(StationScope())->lanes[0].runs.size(), 1u);
  // What was erased before it was sent verifies at who never had it.
  ASSERT_TRUE(city_.TakeAll(station_).ok());
  EXPECT_EQ(city_.log().ScopeOf(StationScope())->listed_bytes,
            station_.log().ScopeOf(StationScope())->listed_bytes);
}

TEST_F(ErasureTest, OneTextOfFourCanGo) {
  Draft draft = IncidentDraft(1);
  draft.ops.push_back({9, false, {}});
  for (uint32_t i = 0; i < 4; ++i) {
    draft.texts.push_back({0, 9, i, "note " + std::to_string(i), std::nullopt, std::nullopt});
  }
  auto appended = station_.Append({draft});
  Erase(station_, second_, {{(*appended)[0], 9, 2}});
  EXPECT_EQ(TextOf(station_, (*appended)[0], 1), "note 1");
  EXPECT_EQ(TextOf(station_, (*appended)[0], 2), "-");
  EXPECT_EQ(TextOf(station_, (*appended)[0], 3), "note 3");
}

// Executions 4 and 31: an erased dot is erased in every copy, restated ones included.
TEST_F(ErasureTest, TheRestatedCopyGoesToo) {
  auto original = station_.Append({IncidentDraft(1, "secret one")});
  auto restating = station_.Append({Restating(station_.log(), (*original)[0])});
  ASSERT_TRUE(restating.ok()) << restating.status();
  ASSERT_TRUE(county_.TakeAll(station_).ok());
  Erase(station_, second_, {{(*original)[0]}});
  EXPECT_FALSE(OnDisk(station_, "secret one"));
  EXPECT_EQ(TextOf(station_, (*restating)[0]), "-");
  ASSERT_TRUE(county_.TakeAll(station_).ok());
  EXPECT_FALSE(OnDisk(county_, "secret one"));
}

// Execution 31: whichever side comes first.
TEST_F(ErasureTest, TextsThatComeAfterTheirErasureAreStrippedOnArrival) {
  auto original = station_.Append({IncidentDraft(1, "secret one")});
  auto restating = station_.Append({Restating(station_.log(), (*original)[0])});
  std::string text_block = station_.Blocks((*original)[0].lane, 1, 1).front();
  std::string copy_block = station_.Blocks((*restating)[0].lane, 1, 1).front();
  auto erasing = station_.Append({ErasureDraft({{(*original)[0]}})});
  std::string erasure_block =
      station_.Blocks((*erasing)[0].lane, (*erasing)[0].seq.value(), (*erasing)[0].seq.value())
          .front();
  second_.Order(station_, ErasureDraft({{(*original)[0]}}));
  ASSERT_TRUE(county_.Open(station_, (*original)[0].lane).ok());
  ASSERT_TRUE(county_.Open(station_, (*restating)[0].lane).ok());
  second_.Order(county_, ErasureDraft({{(*original)[0]}}));
  ASSERT_TRUE(county_.Hold(erasure_block).ok());
  ASSERT_TRUE(county_.Hold(copy_block).ok());
  ASSERT_TRUE(county_.Hold(text_block).ok());
  EXPECT_FALSE(OnDisk(county_, "secret one"));
  EXPECT_EQ(TextOf(county_, (*original)[0]), "-");
  EXPECT_TRUE(county_.log().FindLane((*original)[0].lane)->debts.empty());
  // Also after a restart, from the disk alone.
  TestNode late(net_.city, 14);
  ASSERT_TRUE(late.Open(station_, (*original)[0].lane).ok());
  ASSERT_TRUE(late.Hold(erasure_block).ok());
  late.Restart();
  second_.Order(late, ErasureDraft({{(*original)[0]}}));
  late.Restart();
  ASSERT_TRUE(late.Open(station_, (*original)[0].lane).ok());
  ASSERT_TRUE(late.Hold(text_block).ok());
  EXPECT_FALSE(OnDisk(late, "secret one"));
}

// The copy was no better than what was here while nothing explained the other text: the log says
// that it wants it again.
TEST_F(ErasureTest, WhatIsStillMissingWhenAnErasureExplainsTheRestIsAskedForAgain) {
  Draft two = IncidentDraft(1, "a text that goes, by the words of two posts");
  two.ops.push_back({28, false, {}});
  two.texts.push_back(
      {0, 28, 0, "a text that stays, and was lost on the way", std::nullopt, std::nullopt});
  const Appended written = station_.Append({std::move(two)})->front();
  ASSERT_TRUE(city_.Open(station_, written.lane).ok());
  ASSERT_TRUE(city_.Hold(Textless(station_.Blocks(written.lane, 1, 1).front())).ok());
  ASSERT_EQ(city_.log().FindLane(written.lane)->debts.size(), 1u);

  Erase(station_, second_, {{written}});
  const std::string copy = station_.Blocks(written.lane, 1, 1).front();
  ASSERT_EQ(TextOf(station_, written, 0), "-");
  ASSERT_TRUE(city_.Hold(copy).ok());
  ASSERT_EQ(city_.log().FindLane(written.lane)->debts.size(), 1u);

  std::vector<Scope> wanted;
  auto subscription = city_.log().Subscribe([&wanted](const Published& news) {
    wanted.insert(wanted.end(), news.shrunk.begin(), news.shrunk.end());
  });
  for (const LaneState& lane : station_.log().ScopeOf(StationScope())->lanes) {
    if (lane.id == written.lane) continue;
    ASSERT_TRUE(city_.Open(station_, lane.id).ok());
    for (const log::Run& run : lane.runs) {
      ASSERT_TRUE(city_.TakeRun(station_, lane.id, run, Via::kChild).ok());
    }
  }
  ASSERT_TRUE(city_.Hold(station_.Blocks(written.lane, 2, 2).front()).ok());
  EXPECT_EQ(wanted, std::vector<Scope>{StationScope()});
  ASSERT_TRUE(city_.Hold(copy).ok());
  EXPECT_TRUE(city_.log().FindLane(written.lane)->debts.empty());
}

TEST_F(ErasureTest, AnOwnDraftThatRestatesAnErasedTextIsStripped) {
  auto original = station_.Append({IncidentDraft(1, "secret one")});
  Draft restating = Restating(station_.log(), (*original)[0]);
  Erase(station_, second_, {{(*original)[0]}});
  ASSERT_TRUE(station_.Append({restating}).ok());
  EXPECT_FALSE(OnDisk(station_, "secret one"));
}

// -- Two posts.

// Nothing of what one post says alone, or of what two say that is not the same, erases anything.
class TwoPostsTest : public ErasureTest {
 protected:
  TwoPostsTest() {
    written_ = *station_.Append({IncidentDraft(1, "secret one"), IncidentDraft(2, "secret two")});
  }
  bool AllIsThere() {
    return TextOf(station_, written_[0]) == "secret one" &&
           TextOf(station_, written_[1]) == "secret two";
  }
  void Says(const Draft& draft) { ASSERT_TRUE(station_.Append({draft}).ok()); }
  void CountySays(const Draft& draft) { second_.Order(station_, draft); }

  std::vector<Appended> written_;
};

TEST_F(TwoPostsTest, OnePostAloneErasesNothingWhoeverItNames) {
  Says(ErasureDraft({{written_[0]}}));
  // Nor as often as it likes, in another lane, after another start.
  Says(ErasureDraft({{written_[0]}}));
  Draft flash = ErasureDraft({{written_[0]}});
  flash.precedence = Precedence::kFlash;
  Says(flash);
  station_.Restart();
  Says(ErasureDraft({{written_[0]}}));
  EXPECT_TRUE(AllIsThere());
}

TEST_F(TwoPostsTest, TwoCertificatesOfOnePostAreOnePost) {
  Says(ErasureDraft({{written_[0]}}));
  SecondPost renewed(net_.New(net_.kings, "city/kings/e201", false));
  renewed.Order(station_, ErasureDraft({{written_[0]}}));
  EXPECT_TRUE(AllIsThere());
}

TEST_F(TwoPostsTest, OnlyTheTextsThatBothNameGo) {
  Says(ErasureDraft({{written_[0]}, {written_[1]}}));
  EXPECT_TRUE(AllIsThere());
  CountySays(ErasureDraft({{written_[1]}}));
  EXPECT_EQ(TextOf(station_, written_[0]), "secret one");
  EXPECT_EQ(TextOf(station_, written_[1]), "-");
  // The rest goes when the county says so as well, in another change.
  CountySays(ErasureDraft({{written_[0]}}));
  EXPECT_EQ(TextOf(station_, written_[0]), "-");
}

TEST_F(TwoPostsTest, BothMeanTheSame) {
  const std::vector<Target> targets = {{written_[0]}};
  const v1::Erasure same = ErasureOf(targets, StationScope(), StationAndCounty());
  Says(DraftOfErasure(same));
  // Another erasure.
  CountySays(DraftOfErasure(same, StationScope(), 4243));
  v1::Erasure erasure = same;
  erasure.mutable_subject()->set_kind(v1::HAZARD);
  CountySays(DraftOfErasure(erasure));
  erasure = same;
  erasure.mutable_text(0)->set_sequence(2);
  CountySays(DraftOfErasure(erasure));
  erasure = same;
  erasure.mutable_text(0)->set_field(28);
  CountySays(DraftOfErasure(erasure));
  erasure = same;
  erasure.set_jurisdiction(0, "city");
  CountySays(DraftOfErasure(erasure));
  erasure = same;
  erasure.set_ground(v1::ERASURE_BY_RETENTION);
  CountySays(DraftOfErasure(erasure));
  EXPECT_TRUE(AllIsThere());
  // Who is named first does not matter.
  erasure = same;
  std::swap(*erasure.mutable_jurisdiction(0), *erasure.mutable_jurisdiction(1));
  CountySays(DraftOfErasure(erasure));
  EXPECT_EQ(TextOf(station_, written_[0]), "-");
}

TEST_F(TwoPostsTest, WhoIsNotNamedHasNoWord) {
  SecondPost city(net_.city);
  city.Order(station_, ErasureDraft({{written_[0]}}));
  Says(ErasureDraft({{written_[0]}}));
  EXPECT_TRUE(AllIsThere());
}

TEST_F(TwoPostsTest, CityAndCountyCanDoItToo) {
  const std::vector<std::string> posts = {"city", "city/kings"};
  SecondPost city(net_.city);
  city.Order(station_, ErasureDraft({{written_[0]}}, StationScope(), posts));
  EXPECT_TRUE(AllIsThere());
  CountySays(ErasureDraft({{written_[0]}}, StationScope(), posts));
  EXPECT_EQ(TextOf(station_, written_[0]), "-");
}

// What a post carries ahead of another one's change is not its word.
TEST_F(TwoPostsTest, ARestatedOrderIsNobodysWord) {
  auto ordered = second_.node().Append({ErasureDraft({{written_[0]}})});
  auto order =
      second_.node().log().ReadChange((*ordered)[0].lane, (*ordered)[0].seq, (*ordered)[0].dot);
  ASSERT_TRUE(order.ok());
  Draft restating = ErasureDraft({{written_[0]}});
  restating.ops.clear();
  restating.values.clear();
  for (const FieldOp& op : order->change.ops) {
    restating.restated.push_back(
        {op.field, false, order->dot(), order->change.stamp, {}, order->change.values});
  }
  Says(restating);
  SecondPost city(net_.city);
  city.Order(station_, restating);
  EXPECT_TRUE(AllIsThere());
}

// A place that is wrong in both would strip what comes later and leave what is here.
TEST_F(TwoPostsTest, AnOrderThatNamesAnotherPlaceIsAboutNothingInWhateverOrderItComes) {
  Appended wrong = written_[0];
  wrong.seq = written_[1].seq;
  Says(ErasureDraft({{wrong}}));
  CountySays(ErasureDraft({{wrong}}));
  EXPECT_TRUE(AllIsThere());
  TestNode late(net_.city, 14);
  const LaneId lane = written_[0].lane;
  second_.Order(late, ErasureDraft({{wrong}}));
  ASSERT_TRUE(late.Open(station_, lane).ok());
  const uint64_t last = station_.log().FindLane(lane)->runs.back().last.value();
  for (uint64_t seq = last; seq > 0; --seq) {
    ASSERT_TRUE(late.Hold(station_.Blocks(lane, seq, seq).front()).ok());
  }
  EXPECT_EQ(TextOf(late, written_[0]), "secret one");
  EXPECT_TRUE(late.log().FindLane(lane)->debts.empty());
}

// Text, first word, second word: whichever comes last, with a start before each.
TEST_F(TwoPostsTest, WhateverComesLastCarriesItOut) {
  auto ordered = station_.Append({ErasureDraft({{written_[0]}})});
  auto agreed = second_.node().Append({ErasureDraft({{written_[0]}})});
  const std::string text = station_.Blocks(written_[0].lane, 1, 1).front();
  const std::string first =
      station_.Blocks((*ordered)[0].lane, (*ordered)[0].seq.value(), (*ordered)[0].seq.value())
          .front();
  std::vector<int> steps = {0, 1, 2};
  uint64_t seed = 60;
  do {
    TestNode node(net_.city, ++seed);
    for (int step : steps) {
      node.Restart();
      ASSERT_TRUE(node.Open(station_, written_[0].lane).ok());
      if (step == 2) {
        second_.Bring(node, (*agreed)[0]);
      } else {
        ASSERT_TRUE(node.Hold(step == 0 ? text : first).ok());
      }
    }
    EXPECT_FALSE(OnDisk(node, "secret one"));
    EXPECT_EQ(TextOf(node, written_[0]), "-");
    EXPECT_TRUE(node.log().FindLane(written_[0].lane)->debts.empty());
    node.Restart();
    EXPECT_TRUE(node.log().IsErased(StationScope(), {written_[0].dot, 27, 0}, std::nullopt));
  } while (std::next_permutation(steps.begin(), steps.end()));
}

// Who has what was erased, and not yet both words, owes a text; and says so in its receipt.
TEST_F(TwoPostsTest, AMissingTextIsADebtUntilBothWordsAreHere) {
  Erase(station_, second_, {{written_[0]}});
  const LaneId lane = written_[0].lane;
  const LaneState sent = *station_.log().FindLane(lane);
  ASSERT_TRUE(city_.Open(station_, lane).ok());
  // The station's lane has its word in it, behind the text.
  ASSERT_TRUE(city_.TakeRun(station_, lane, sent.runs.back(), Via::kChild).ok());
  auto listed = [&] { return DecodeReceipt(*city_.Receipt(StationScope()))->lanes; };
  ASSERT_EQ(city_.log().FindLane(lane)->debts.size(), 1u);
  EXPECT_EQ(city_.log().FindLane(lane)->debts[0].first, written_[0].seq);
  EXPECT_EQ(listed()[0].runs.front().first, Seq(2));
  // Neither the same again nor a start makes it whole.
  ASSERT_TRUE(city_.TakeRun(station_, lane, sent.runs.back(), Via::kChild).ok());
  city_.Restart();
  EXPECT_EQ(city_.log().FindLane(lane)->debts.size(), 1u);
  ASSERT_TRUE(city_.TakeAll(station_).ok());
  EXPECT_TRUE(city_.log().FindLane(lane)->debts.empty());
  EXPECT_EQ(city_.log().ScopeOf(StationScope())->listed_bytes,
            station_.log().ScopeOf(StationScope())->listed_bytes);
  for (const ListedLane& of : listed()) EXPECT_EQ(of.runs.front().first, Seq(1));
}

// Whoever has held the text gives it up by the same two words, though it came from elsewhere.
TEST_F(TwoPostsTest, EveryHolderOfTheScopeComesToTheSame) {
  ASSERT_TRUE(county_.TakeAll(station_).ok());
  ASSERT_TRUE(city_.TakeAll(county_).ok());
  Erase(station_, second_, {{written_[0]}});
  ASSERT_TRUE(county_.TakeAll(station_).ok());
  ASSERT_TRUE(city_.TakeAll(county_).ok());
  for (TestNode* node : {&county_, &city_}) {
    EXPECT_FALSE(OnDisk(*node, "secret one"));
    EXPECT_TRUE(OnDisk(*node, "secret two"));
    EXPECT_EQ(node->log().ScopeOf(StationScope())->listed_bytes,
              station_.log().ScopeOf(StationScope())->listed_bytes);
  }
}

// -- Retention.

class RetentionTest : public ErasureTest {
 protected:
  RetentionTest() {
    written_ = *station_.Append({IncidentDraft(1, "old one"), IncidentDraft(2, "old two")});
  }
  // Both posts' clocks go on.
  void Pass(absl::Duration time) {
    for (TestNode* node : {&station_, &county_, &city_, &second_.node()}) {
      node->clock().Advance(time);
    }
  }
  void BothSay(const Draft& draft) {
    ASSERT_TRUE(station_.Append({draft}).ok());
    second_.Order(station_, draft);
  }
  absl::Time now() { return station_.clock().WallNow(); }

  std::vector<Appended> written_;
};

TEST_F(RetentionTest, ARecordPastItsTermLosesItsTextsAndOwesNone) {
  auto restating = station_.Append({Restating(station_.log(), written_[0])});
  ASSERT_TRUE(county_.TakeAll(station_).ok());
  Pass(kRetentionMin + absl::Hours(1));
  BothSay(RetentionDraft(1, now()));
  for (TestNode* node : {&station_, &county_}) {
    if (node == &county_) {
      ASSERT_TRUE(county_.TakeAll(station_).ok());
    }
    EXPECT_FALSE(OnDisk(*node, "old one"));
    EXPECT_EQ(TextOf(*node, written_[0]), "-");
    EXPECT_EQ(TextOf(*node, (*restating)[0]), "-");
    EXPECT_EQ(TextOf(*node, written_[1]), "old two");
    EXPECT_TRUE(node->log().FindLane(written_[0].lane)->debts.empty());
  }
  // Who comes later is given none, and owes none; also after a start.
  ASSERT_TRUE(city_.TakeAll(station_).ok());
  city_.Restart();
  EXPECT_TRUE(city_.log().FindLane(written_[0].lane)->debts.empty());
  EXPECT_EQ(city_.log().ScopeOf(StationScope())->listed_bytes,
            station_.log().ScopeOf(StationScope())->listed_bytes);
  auto report = VerifyLog(city_.disk(), [](const AuditProgress&) {});
  EXPECT_TRUE(report.ok() && report->ok());
}

TEST_F(RetentionTest, OnePostErasesNoRecord) {
  Pass(kRetentionMin + absl::Hours(1));
  ASSERT_TRUE(station_.Append({RetentionDraft(1, now())}).ok());
  ASSERT_TRUE(station_.Append({RetentionDraft(1, now())}).ok());
  EXPECT_EQ(TextOf(station_, written_[0]), "old one");
  // Nor two that name other terms.
  second_.Order(station_, RetentionDraft(1, now() - absl::Seconds(1)));
  EXPECT_EQ(TextOf(station_, written_[0]), "old one");
}

TEST_F(RetentionTest, ATermThatHasNotComeErasesNothing) {
  Pass(kRetentionMin);
  BothSay(RetentionDraft(1, now() + absl::Hours(24)));
  EXPECT_EQ(TextOf(station_, written_[0]), "old one");
  // Neither does one post's clock bring it about.
  station_.clock().Advance(absl::Hours(48));
  BothSay(RetentionDraft(1, now() - absl::Hours(1)));
  EXPECT_EQ(TextOf(station_, written_[0]), "old one");
}

TEST_F(RetentionTest, WhatWasWrittenWithinTheLeastTermStays) {
  Pass(kRetentionMin - absl::Hours(1));
  auto later = station_.Append({IncidentDraft(1, "of today")});
  BothSay(RetentionDraft(1, now()));
  EXPECT_EQ(TextOf(station_, written_[0]), "old one");
  Pass(absl::Hours(2));
  BothSay(RetentionDraft(1, now()));
  EXPECT_EQ(TextOf(station_, written_[0]), "-");
  EXPECT_EQ(TextOf(station_, (*later)[0]), "of today");
}

TEST_F(RetentionTest, ARetentionThatNamesTextsErasesNothing) {
  Pass(kRetentionMin + absl::Hours(1));
  v1::Erasure erasure = RetentionOf(1, now());
  *erasure.mutable_text() = ErasureOf({{written_[0]}}, StationScope(), StationAndCounty()).text();
  BothSay(DraftOfErasure(erasure));
  EXPECT_EQ(TextOf(station_, written_[0]), "old one");
}

TEST_F(ErasureTest, AnErasureOfAnotherScopeErasesNothing) {
  auto appended = station_.Append({IncidentDraft(1, "secret one")});
  ASSERT_TRUE(county_.TakeAll(station_).ok());
  const Scope other = *Scope::Parse("city/kings");
  const std::vector<std::string> posts = {"city", "city/kings"};
  ASSERT_TRUE(county_.Append({ErasureDraft({{(*appended)[0]}}, other, posts)}).ok());
  SecondPost city(net_.city);
  city.Order(county_, ErasureDraft({{(*appended)[0]}}, other, posts));
  EXPECT_EQ(TextOf(county_, (*appended)[0]), "secret one");
}

// Execution 4.
TEST_F(ErasureTest, ACopyWithoutItsTextIsADebtAndGivesWayToAWholeOne) {
  auto appended = station_.Append({IncidentDraft(1), IncidentDraft(2, "lost two"), IncidentDraft(3),
                                   IncidentDraft(4, "lost four")});
  LaneId lane = (*appended)[0].lane;
  std::string block = station_.Blocks(lane, 1, 4).front();
  ASSERT_TRUE(county_.Open(station_, lane).ok());
  ASSERT_TRUE(county_.Hold(Textless(block)).ok());

  auto state = county_.log().FindLane(lane);
  ASSERT_EQ(state->runs.size(), 2u);
  EXPECT_EQ(state->runs[0].first, Seq(1));
  EXPECT_EQ(state->runs[0].last, Seq(1));
  EXPECT_EQ(state->runs[1].first, Seq(3));
  ASSERT_EQ(state->debts.size(), 2u);
  // It stands in no receipt.
  auto receipt = DecodeReceipt(*county_.Receipt(StationScope()));
  EXPECT_EQ(receipt->lanes[0].runs.size(), 2u);
  ASSERT_TRUE(station_.log().OfferCertificate(net_.kings.certificate().der()).ok());
  ASSERT_TRUE(station_.HoldReceipt(*county_.Receipt(StationScope())).ok());
  EXPECT_FALSE(*station_.log().IsHeldBy(net_.kings.id(), lane, Seq(2), (*appended)[1].dot));
  EXPECT_TRUE(*station_.log().IsHeldBy(net_.kings.id(), lane, Seq(3), (*appended)[2].dot));

  auto held = county_.Hold(block);
  ASSERT_TRUE(held.ok());
  EXPECT_EQ(held->changes_new, 0u);
  EXPECT_EQ(held->texts_repaired, 2u);
  EXPECT_EQ(TextOf(county_, (*appended)[1]), "lost two");
  EXPECT_EQ(TextOf(county_, (*appended)[3]), "lost four");
  state = county_.log().FindLane(lane);
  EXPECT_EQ(state->runs.size(), 1u);
  EXPECT_TRUE(state->debts.empty());
  // The projector is shown the whole copies as well.
  size_t shown = 0;
  for (const Entry& entry : AllEntries(county_.log(), Queue::kRoutine)) {
    for (const PlacedChange& change : entry.changes) {
      shown += !change.change.texts.empty() && change.change.texts[0].bytes.has_value();
    }
  }
  EXPECT_EQ(shown, 2u);
  ASSERT_TRUE(city_.TakeAll(county_).ok());
  EXPECT_EQ(TextOf(city_, (*appended)[3]), "lost four");
}

// Execution 4: an erasure explains what is missing.
TEST_F(ErasureTest, AnErasureTurnsADebtIntoSomethingHeld) {
  auto appended = station_.Append({IncidentDraft(1, "lost one"), IncidentDraft(2)});
  LaneId lane = (*appended)[0].lane;
  ASSERT_TRUE(county_.Open(station_, lane).ok());
  ASSERT_TRUE(county_.Hold(Textless(station_.Blocks(lane, 1, 2).front())).ok());
  EXPECT_EQ(county_.log().FindLane(lane)->debts.size(), 1u);
  Erase(station_, second_, {{(*appended)[0]}});
  ASSERT_TRUE(county_.TakeAll(station_).ok());
  EXPECT_TRUE(county_.log().FindLane(lane)->debts.empty());
  EXPECT_EQ(county_.log().ScopeOf(StationScope())->listed_bytes,
            station_.log().ScopeOf(StationScope())->listed_bytes);
}

// Texts without a byte: each is 15 bytes shorter than its hash.
Draft EmptyTexts(uint64_t code, uint32_t count) {
  Draft draft = IncidentDraft(code);
  draft.ops.push_back({9, false, {}});
  for (uint32_t i = 0; i < count; ++i) {
    draft.texts.push_back({0, 9, i, "", std::nullopt, std::nullopt});
  }
  return draft;
}

// Changes [first, last] in one block, however large it is.
std::string OneBlock(TestNode& author, const LaneId& lane, uint64_t first, uint64_t last) {
  std::string raw;
  BlockHeader header;
  for (uint64_t seq = first; seq <= last; ++seq) {
    auto block = UnpackBlock(author.Blocks(lane, seq, seq).front());
    EXPECT_TRUE(block.ok()) << block.status();
    raw += std::string(block->change(0));
    if (seq == first) header = block->header;
    header.seal = block->header.seal;
  }
  header.count = static_cast<uint32_t>(last - first + 1);
  return PackBlock(header, raw);
}

TEST_F(ErasureTest, ABlockThatGrowsWhenItsTextsGoStaysABlock) {
  // 96 KiB less a little when all is erased.
  auto appended = station_.Append({EmptyTexts(1, 850), EmptyTexts(2, 850), EmptyTexts(3, 850)});
  ASSERT_TRUE(appended.ok()) << appended.status();
  const LaneId lane = (*appended)[0].lane;
  ASSERT_TRUE(county_.Open(station_, lane).ok());
  // The second block's tail is held: it is stored without its texts.
  ASSERT_TRUE(county_.Hold(OneBlock(station_, lane, 2, 3)).ok());
  ASSERT_TRUE(county_.Hold(OneBlock(station_, lane, 1, 3)).ok());
  for (const Appended& at : *appended) {
    std::vector<Target> targets;
    for (uint32_t i = 0; i < 30; ++i) targets.push_back({at, 9, i});
    Erase(station_, second_, targets);
  }
  ASSERT_TRUE(county_.TakeAll(station_).ok());
  ASSERT_TRUE(city_.TakeAll(county_).ok());
  EXPECT_EQ(TextOf(city_, (*appended)[2], 29), "-");
  EXPECT_EQ(city_.log().ScopeOf(StationScope())->listed_bytes,
            station_.log().ScopeOf(StationScope())->listed_bytes);
}

TEST_F(ErasureTest, ABlockThatCouldGrowPastABlockIsRefusedAndNobodySendsOne) {
  auto appended = station_.Append({EmptyTexts(1, 1400), EmptyTexts(2, 1400), EmptyTexts(3, 1400)});
  ASSERT_TRUE(appended.ok()) << appended.status();
  const LaneId lane = (*appended)[0].lane;
  ASSERT_TRUE(county_.Open(station_, lane).ok());
  const absl::Status refused = county_.Hold(OneBlock(station_, lane, 2, 3)).status();
  EXPECT_TRUE(absl::IsInvalidArgument(refused)) << refused;
  EXPECT_TRUE(absl::StrContains(refused.message(), "can grow to")) << refused;
  // The author itself, and who passes it on, pack less.
  ASSERT_TRUE(county_.TakeAll(station_).ok());
  ASSERT_TRUE(city_.TakeAll(county_).ok());
  EXPECT_EQ(city_.log().ScopeOf(StationScope())->listed_bytes,
            station_.log().ScopeOf(StationScope())->listed_bytes);
}

TEST_F(ErasureTest, ATextErasedAfterARepairIsGoneFromTheOlderCopyToo) {
  Draft draft = IncidentDraft(1, "first text");
  draft.ops.insert(draft.ops.begin(), {9, false, {}});
  draft.texts.push_back({0, 9, 0, "second text", std::nullopt, std::nullopt});
  auto appended = station_.Append({draft});
  LaneId lane = (*appended)[0].lane;
  std::string block = station_.Blocks(lane, 1, 1).front();
  // One of its two texts is missing.
  auto unpacked = UnpackBlock(block);
  ChangeView view;
  absl::string_view change = unpacked->change(0);
  ASSERT_TRUE(view.Parse(change).ok());
  std::string raw;
  view.AppendWithout([](const TextView& text) { return text.field == 9; }, raw);
  ASSERT_TRUE(county_.Open(station_, lane).ok());
  ASSERT_TRUE(county_.Hold(PackBlock(unpacked->header, raw)).ok());
  ASSERT_TRUE(county_.Hold(block).ok());
  Erase(station_, second_, {{(*appended)[0], 27, 0}});
  ASSERT_TRUE(county_.TakeAll(station_).ok());
  EXPECT_FALSE(OnDisk(county_, "first text"));
  EXPECT_EQ(TextOf(county_, (*appended)[0], 0), "second text");
}

}  // namespace
}  // namespace tocsin::log
