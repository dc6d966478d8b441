#include "node/api/history.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/node/view/world.h"

namespace tocsin::api {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr size_t kPlenty = 4 << 20;

log::Draft Described(uint64_t code, const std::string& text) {
  v1::Incident fire = view::Fire();
  fire.set_description(text);
  return view::DraftOf(view::Incident(code), fire);
}

class HistoryTest : public ::testing::Test {
 protected:
  view::StoredRecord Stored(view::ViewNode& node, uint64_t code) {
    node.Run();
    return *node.view().Get(view::Incident(code));
  }
  std::vector<merge::HeldChange> ChangesOf(view::ViewNode& node, uint64_t code) {
    node.Run();
    return *node.view().History(view::Incident(code));
  }
  v1::GetReceiptsResponse Receipts(view::ViewNode& node, uint64_t code) {
    auto receipts = ReceiptsOf(Stored(node, code), ChangesOf(node, code), node.log(),
                               node.node().identity(), node.node().trust(), *retractions_);
    EXPECT_TRUE(receipts.ok()) << receipts.status();
    return receipts.value_or(v1::GetReceiptsResponse());
  }
  // The holder's receipt for the station's scope comes to the station.
  void Vouch(view::ViewNode& holder) {
    auto receipt = holder.node().Receipt(log::StationScope());
    ASSERT_TRUE(receipt.ok()) << receipt.status();
    for (const identity::Certificate& certificate : holder.node().identity().chain()) {
      ASSERT_TRUE(station_.node().trust().AddDer(certificate.der()).ok());
    }
    absl::Status held = station_.node().HoldReceipt(*receipt);
    ASSERT_TRUE(held.ok()) << held;
    station_.Run();
  }

  log::TestNetwork network_;
  view::ViewNode station_{network_.e201, 1};
  view::ViewNode county_{network_.kings, 2};
  view::ViewNode city_{network_.city, 3};
  std::unique_ptr<Retractions> retractions_ = std::make_unique<Retractions>(
      station_.log(), network_.e201.jurisdiction(), station_.node().executor());
};

TEST_F(HistoryTest, LevelsAreNamedByDepth) {
  EXPECT_EQ(LevelOf(*Jurisdiction::Parse("city")), "city");
  EXPECT_EQ(LevelOf(*Jurisdiction::Parse("city/kings")), "county");
  EXPECT_EQ(LevelOf(*Jurisdiction::Parse("city/kings/e201")), "station");
  EXPECT_EQ(LevelOf(*Jurisdiction::Parse("city/kings/e201/desk")), "station");
}

TEST_F(HistoryTest, ATextThatAPeerLetThroughIsMasked) {
  station_.Append(Described(1, "call +1 718 555 0134 at night"));
  auto history = HistoryOf(ChangesOf(station_, 1), 10, kPlenty);
  ASSERT_TRUE(history.ok());
  ASSERT_EQ(history->entry_size(), 1);
  const std::string shown = history->entry(0).record().incident().description();
  EXPECT_THAT(shown, HasSubstr("telephone number withheld"));
  EXPECT_THAT(shown, Not(HasSubstr("555")));
}

TEST_F(HistoryTest, AnAnswerThatWouldBeTooLongLeavesTheValuesOut) {
  for (int i = 0; i < 20; ++i) station_.Append(Described(1, std::string(2000, 'a')));
  auto history = HistoryOf(ChangesOf(station_, 1), 10, 20'000);
  ASSERT_TRUE(history.ok());
  EXPECT_EQ(history->entry_size(), 20);
  EXPECT_FALSE(history->entry(0).has_record());
  EXPECT_GT(history->entry(0).set_size(), 0);
  EXPECT_EQ(HistoryOf(ChangesOf(station_, 1), 10, 1000).status().code(),
            absl::StatusCode::kResourceExhausted);
}

TEST_F(HistoryTest, AStepSaysWhatWasTakenOutOfAListAlsoWhenNothingIsLeft) {
  const auto add = [&](const char* note, uint32_t un_number) {
    v1::Incident fields;
    fields.add_note(note);
    fields.add_goods()->set_un_number(un_number);
    return station_.Append(view::DraftOf(view::Incident(1), fields)).dot;
  };
  const auto remove = [&](const Dot& dot) {
    log::Draft draft = view::DraftOf(view::Incident(1), v1::Incident());
    draft.ops = {{v1::Incident::kNoteFieldNumber, true, {dot}},
                 {v1::Incident::kGoodsFieldNumber, true, {dot}}};
    std::sort(draft.ops.begin(), draft.ops.end(),
              [](const auto& a, const auto& b) { return a.field < b.field; });
    station_.Append(std::move(draft));
  };
  const Dot first = add("hydrant is dry", 1203);
  const Dot second = add("gate is locked", 1017);
  remove(first);
  remove(second);
  remove(second);
  const auto history = HistoryOf(ChangesOf(station_, 1), 10, kPlenty);
  ASSERT_TRUE(history.ok()) << history.status();
  const char* const gone[] = {"", "", "hydrant is dry", "gate is locked"};
  for (int i = 2; i < 4; ++i) {
    ASSERT_EQ(history->entry(i).step_size(), 2) << i;
    for (const v1::FieldStep& step : history->entry(i).step()) {
      EXPECT_EQ(step.value_json(), "null");
      EXPECT_THAT(step.removed_json(),
                  HasSubstr(step.field() == "note" ? gone[i] : i == 2 ? "1203" : "1017"));
    }
  }
  // What is out already.
  EXPECT_EQ(history->entry(4).step_size(), 0);
}

TEST_F(HistoryTest, StepsSayWhatEachChangeDidHereWhenItCame) {
  const auto severity = [](v1::Severity value) {
    v1::Incident incident;
    incident.set_severity(value);
    return incident;
  };
  const auto write = [&](view::ViewNode& node, const v1::Incident& incident,
                         std::vector<Dot> overwrites) {
    return node.Append(view::DraftOf(view::Incident(1), incident, std::move(overwrites))).dot;
  };
  const Dot filed = write(station_, severity(v1::SEVERITY_MINOR), {});
  county_.TakeAll(station_);
  const Dot raised = write(county_, severity(v1::SEVERITY_EXTREME), {filed});
  const Dot apart = write(station_, severity(v1::SEVERITY_SEVERE), {filed});
  county_.TakeAll(station_);
  v1::Incident decision = severity(v1::SEVERITY_SEVERE);
  v1::Resolution& resolution = *decision.add_resolution();
  resolution.set_field(v1::Incident::kSeverityFieldNumber);
  resolution.set_reason(v1::RESOLVE_AGREED);
  write(county_, decision, {raised, apart});

  auto history = HistoryOf(ChangesOf(county_, 1), 10, kPlenty);
  ASSERT_TRUE(history.ok()) << history.status();
  ASSERT_EQ(history->entry_size(), 4);
  const v1::FieldStep& first = history->entry(0).step(0);
  EXPECT_EQ(first.field(), "severity");
  EXPECT_EQ(first.before_json(), "null");
  EXPECT_EQ(first.shown_json(), "\"SEVERITY_MINOR\"");
  EXPECT_EQ(first.replaces_size(), 0);
  const v1::FieldStep& second = history->entry(1).step(0);
  EXPECT_EQ(second.before_json(), "\"SEVERITY_MINOR\"");
  EXPECT_EQ(second.value_json(), "\"SEVERITY_EXTREME\"");
  ASSERT_EQ(second.replaces_size(), 1);
  EXPECT_EQ(second.replaces(0), filed.ToHex());
  EXPECT_FALSE(second.in_conflict());
  const v1::FieldStep& third = history->entry(2).step(0);
  EXPECT_EQ(third.value_json(), "\"SEVERITY_SEVERE\"");
  EXPECT_EQ(third.shown_json(), "\"SEVERITY_EXTREME\"");
  EXPECT_TRUE(third.in_conflict());
  ASSERT_EQ(third.beside_size(), 1);
  EXPECT_EQ(third.beside(0).dot(), raised.ToHex());
  EXPECT_EQ(third.beside(0).jurisdiction(), "city/kings");
  const v1::FieldStep& fourth = history->entry(3).step(1);
  EXPECT_EQ(fourth.field(), "severity");
  EXPECT_TRUE(fourth.settled());
  EXPECT_EQ(fourth.reason(), v1::RESOLVE_AGREED);
  EXPECT_EQ(fourth.shown_json(), "\"SEVERITY_SEVERE\"");
  // The reason is an element of a field that has several.
  EXPECT_EQ(history->entry(3).step(0).field(), "resolution");
  EXPECT_THAT(history->entry(3).step(0).value_json(), HasSubstr("RESOLVE_AGREED"));
}

TEST_F(HistoryTest, AChangeThatCameAfterWhatReplacesItWasNeverShown) {
  const Dot filed = station_.Append(Described(1, "first")).dot;
  v1::Incident edit;
  edit.set_description("second");
  station_.Append(view::DraftOf(view::Incident(1), edit, {filed}, Precedence::kFlash));
  // Flash overtakes the creation of what it edits.
  std::vector<merge::HeldChange> changes = ChangesOf(station_, 1);
  ASSERT_EQ(changes.size(), 2u);
  std::swap(changes[0].arrival, changes[1].arrival);
  auto history = HistoryOf(changes, 10, kPlenty);
  ASSERT_TRUE(history.ok()) << history.status();
  for (const v1::FieldStep& step : history->entry(1).step()) {
    if (step.field() != "description") continue;
    EXPECT_TRUE(step.replaced_before());
    EXPECT_EQ(step.shown_json(), "\"second\"");
  }
}

TEST_F(HistoryTest, ReceiptsSayWhoHoldsHowManyOfTheChanges) {
  station_.Append(Described(1, "first"));
  county_.TakeAll(station_);
  city_.TakeAll(county_);
  Vouch(county_);
  Vouch(city_);
  v1::GetReceiptsResponse receipts = Receipts(station_, 1);
  EXPECT_EQ(receipts.changes(), 1u);
  ASSERT_EQ(receipts.holder_size(), 3);
  EXPECT_EQ(receipts.holder(0).level(), "here");
  EXPECT_EQ(receipts.holder(1).level(), "county");
  EXPECT_EQ(receipts.holder(1).jurisdiction(), "city/kings");
  EXPECT_EQ(receipts.holder(1).changes_held(), 1u);
  EXPECT_GT(receipts.holder(1).receipt_number(), 0u);
  EXPECT_EQ(receipts.holder(2).level(), "city");
  EXPECT_EQ(receipts.holder(2).changes_held(), 1u);

  // A second change that only the county holds so far.
  station_.Append(Described(1, "second"));
  county_.TakeAll(station_);
  Vouch(county_);
  receipts = Receipts(station_, 1);
  EXPECT_EQ(receipts.changes(), 2u);
  EXPECT_EQ(receipts.holder(0).changes_held(), 2u);
  EXPECT_EQ(receipts.holder(1).changes_held(), 2u);
  EXPECT_EQ(receipts.holder(2).changes_held(), 1u);
}

TEST_F(HistoryTest, WhatARestoredHolderNoLongerVouchesForIsTakenBackUntilItHasItAgain) {
  station_.Append(Described(1, "first"));
  city_.TakeAll(station_);
  Vouch(city_);
  EXPECT_EQ(Receipts(station_, 1).holder(1).changes_held(), 1u);
  EXPECT_FALSE(Receipts(station_, 1).holder(1).taken_back());

  // The same node from a backup that had nothing of it; it was shown its highest number.
  view::ViewNode restored(network_.city, 4);
  const std::vector<std::string> shown = *station_.log().HighestReceipts();
  ASSERT_THAT(shown, testing::SizeIs(1));
  ASSERT_TRUE(restored.node().HoldReceipt(shown.front()).ok());
  auto less = restored.node().Receipt(log::StationScope());
  ASSERT_TRUE(less.ok()) << less.status();
  ASSERT_TRUE(station_.node().HoldReceipt(*less).ok());
  station_.Run();
  EXPECT_EQ(Receipts(station_, 1).holder(1).changes_held(), 0u);
  EXPECT_TRUE(Receipts(station_, 1).holder(1).taken_back());

  restored.TakeAll(station_);
  Vouch(restored);
  EXPECT_EQ(Receipts(station_, 1).holder(1).changes_held(), 1u);
  EXPECT_FALSE(Receipts(station_, 1).holder(1).taken_back());
}

}  // namespace
}  // namespace tocsin::api
