#include "node/view/view.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>

#include "node/base/log.h"
#include "node/log/block.h"
#include "node/schema/field_table.h"
#include "node/schema/field_value.h"
#include "tests/node/view/world.h"

namespace tocsin::view {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

bool HasMark(const v1::Record& record, const std::string& field, v1::Mark mark) {
  for (const v1::FieldMark& one : record.mark()) {
    if (one.field() == field && one.mark() == mark) return true;
  }
  return false;
}

class ViewTest : public ::testing::Test {
 protected:
  ViewNode& station() {
    if (!station_) station_.emplace(network_.e201, 1);
    return *station_;
  }
  ViewNode& county() {
    if (!county_) county_.emplace(network_.kings, 2);
    return *county_;
  }
  log::TestNetwork network_;
  std::optional<ViewNode> station_;
  std::optional<ViewNode> county_;
};

TEST_F(ViewTest, AnAppendedRecordIsReadBackAsItWasWritten) {
  v1::Incident fire = FireAt(407000000, -740000000, 1'433'160'000);
  fire.set_description("smoke on the roof");
  station().Append(DraftOf(Incident(7), fire));
  v1::Record shown = station().Shown(Incident(7));
  EXPECT_EQ(shown.incident().ShortDebugString(), fire.ShortDebugString());
  EXPECT_EQ(shown.code(), SpokenCode::FromBits(7).ToString());
  EXPECT_EQ(shown.name(), "scopes/city.kings.e201/incidents/" + shown.code());
  EXPECT_EQ(shown.filed_by(), "city/kings/e201");
  EXPECT_EQ(shown.status(), v1::STATUS_ACTUAL);
  EXPECT_THAT(shown.mark(), IsEmpty());
  EXPECT_THAT(shown.etag(), ::testing::Not(IsEmpty()));
}

TEST_F(ViewTest, ARecordThatIsNotHeldIsNotFoundByName) {
  auto record = station().view().Get(Incident(7));
  EXPECT_EQ(record.status().code(), absl::StatusCode::kNotFound);
  EXPECT_THAT(std::string(record.status().message()), HasSubstr("city/kings/e201"));
}

TEST_F(ViewTest, AnAwaitedWriteIsInTheViewWhenTheCallReturns) {
  log::Appended appended = station().Append(DraftOf(Incident(7), Fire()));
  bool there = false;
  station().view().AwaitOwn(appended.arrival, [&](absl::Status status) {
    there = status.ok() && station().view().Get(Incident(7)).ok();
  });
  station().Run();
  EXPECT_TRUE(there);
}

TEST_F(ViewTest, WhoWaitsWhenTheViewClosesIsToldSo) {
  absl::Status told;
  station().view().AwaitOwn(Arrival(1000), [&](absl::Status status) { told = status; });
  station().Run();
  EXPECT_TRUE(told.ok());
  EXPECT_TRUE(station().view().Close().ok());
  EXPECT_EQ(told.code(), absl::StatusCode::kCancelled);
}

TEST_F(ViewTest, LagIsZeroExactlyWhenAllIsProjected) {
  EXPECT_EQ(station().view().lag(), 0u);
  station().log().Append({DraftOf(Incident(7), Fire())}, [](auto) {});
  bool lagged = false;
  while (station().node().executor().RunOne()) lagged = lagged || station().view().lag() > 0;
  EXPECT_TRUE(lagged);
  EXPECT_EQ(station().view().lag(), 0u);
}

TEST_F(ViewTest, AnEditShowsTheNewValueAndKeepsTheOthers) {
  log::Appended first = station().Append(DraftOf(Incident(7), Fire()));
  v1::Incident edit;
  edit.set_severity(v1::SEVERITY_SEVERE);
  station().Append(DraftOf(Incident(7), edit, {first.dot}));
  auto record = station().view().Get(Incident(7));
  ASSERT_TRUE(record.ok());
  EXPECT_EQ(record->shown.incident().severity(), v1::SEVERITY_SEVERE);
  EXPECT_EQ(record->shown.incident().type(), v1::FIRE);
  EXPECT_THAT(record->changes, SizeIs(2));
  EXPECT_THAT(record->shown.conflict(), IsEmpty());
}

TEST_F(ViewTest, AConflictNamesEveryValueWithItsPostAndTime) {
  log::Appended first = station().Append(DraftOf(Incident(7), Fire()));
  county().TakeAll(station());
  v1::Incident by_station;
  by_station.set_type(v1::EXPLOSION);
  v1::Incident by_county;
  by_county.set_type(v1::CHEMICAL_RELEASE);
  station().Append(DraftOf(Incident(7), by_station, {first.dot}));
  county().node().clock().Advance(absl::Minutes(1));
  county().Append(DraftOf(Incident(7), by_county, {first.dot}));
  county().TakeAll(station());
  v1::Record shown = county().Shown(Incident(7));
  EXPECT_EQ(shown.incident().type(), v1::CHEMICAL_RELEASE);
  ASSERT_THAT(shown.conflict(), SizeIs(1));
  const v1::Conflict& conflict = shown.conflict(0);
  EXPECT_EQ(conflict.field(), "type");
  ASSERT_THAT(conflict.value(), SizeIs(2));
  EXPECT_EQ(conflict.value(0).value_json(), "\"CHEMICAL_RELEASE\"");
  EXPECT_EQ(conflict.value(0).jurisdiction(), "city/kings");
  EXPECT_TRUE(conflict.value(0).shown());
  EXPECT_EQ(conflict.value(1).value_json(), "\"EXPLOSION\"");
  EXPECT_EQ(conflict.value(1).jurisdiction(), "city/kings/e201");
  EXPECT_FALSE(conflict.value(1).shown());
  EXPECT_LT(conflict.value(1).write_time().seconds(), conflict.value(0).write_time().seconds());
}

TEST_F(ViewTest, FindsByCodeAndByUuid) {
  station().Append(DraftOf(Incident(7), Fire()));
  v1::Record shown = station().Shown(Incident(7));
  for (const std::string& name : {shown.code(), shown.uid()}) {
    auto found = station().view().Find(log::StationScope(), v1::KIND_UNSPECIFIED, name);
    ASSERT_TRUE(found.ok()) << found.status();
    ASSERT_THAT(*found, SizeIs(1));
    EXPECT_EQ(found->front().key, Incident(7).key);
  }
  auto other = station().view().Find(log::StationScope(), v1::SITE, shown.code());
  ASSERT_TRUE(other.ok());
  EXPECT_THAT(*other, IsEmpty());
}

TEST_F(ViewTest, WhatIsNeitherCodeNorUuidIsAnError) {
  auto found = station().view().Find(log::StationScope(), v1::INCIDENT, "7K3M9QXX!");
  EXPECT_EQ(found.status().code(), absl::StatusCode::kInvalidArgument);
}

// 35 random bits collide: imported records share a code, and are two records all the same.
TEST_F(ViewTest, TwoRecordsWithOneCodeAreBothFoundTheOneNamedByItFirst) {
  RecordName imported = Incident(7);
  imported.key.id =
      identity::RecordIdFromSourceKey(log::StationScope(), imported.key.kind, "nfirs", "row 1");
  imported.key.code_bits.reset();
  const uint64_t alias = identity::CodeBitsOf(imported.key.id);
  station().Append(DraftOf(imported, Fire()));
  station().Append(DraftOf(Incident(alias), Fire()));
  auto found = station().view().Find(log::StationScope(), v1::INCIDENT,
                                     SpokenCode::FromBits(alias).ToString());
  ASSERT_TRUE(found.ok());
  ASSERT_THAT(*found, SizeIs(2));
  EXPECT_EQ(found->at(0).key, Incident(alias).key);
  EXPECT_EQ(found->at(1).key, imported.key);
  EXPECT_THAT(station().Shown(imported).name(), HasSubstr(station().Shown(imported).uid()));
}

TEST_F(ViewTest, AWriteThatTheViewForgotIsThereOnceItCaughtUp) {
  station().Append(DraftOf(Incident(7), Fire()));
  const log::Ends ends = station().log().ends();
  station().CrashView();
  bool there = false;
  station().view().AwaitAll(ends, [&](absl::Status status) {
    there = status.ok() && station().view().Get(Incident(7)).ok();
  });
  EXPECT_FALSE(there);
  station().Run();
  EXPECT_TRUE(there);
}

TEST_F(ViewTest, ADamagedEntryIsPassedAndProjectedWhenItComesAgain) {
  LogCapture alarms;
  station().Append(DraftOf(Incident(7), Fire()));
  county().TakeAll(station());
  auto entry = county().node().disk().Scan("e", "f");
  ASSERT_TRUE(entry->Valid());
  std::string rotten(entry->value());
  rotten[rotten.size() - 3] = static_cast<char>(rotten[rotten.size() - 3] ^ 0x10);
  store::Batch batch;
  batch.Put(entry->key(), rotten);
  ASSERT_TRUE(county().node().disk().Write(batch, store::Durability::kSynced).ok());
  county().DropView();
  bool caught_up = false;
  county().view().AwaitAll(county().log().ends(),
                           [&](absl::Status status) { caught_up = status.ok(); });
  county().Run();
  EXPECT_TRUE(caught_up);
  EXPECT_EQ(county().view().lag(), 0u);
  EXPECT_FALSE(county().view().Get(Incident(7)).ok());
  county().TakeAll(station());
  EXPECT_TRUE(county().view().Get(Incident(7)).ok());
}

TEST_F(ViewTest, ClosingFlushesSoThatNothingIsProjectedTwice) {
  station().Append(DraftOf(Incident(7), Fire()));
  ASSERT_TRUE(station().view().Close().ok());
  EXPECT_EQ(station().disk().unsynced(), 0u);
}

// The log was restored to an older state.
TEST_F(ViewTest, ACursorBeyondTheLogsEndWipesTheView) {
  auto older = station().node().Clone(9);
  station().Append(DraftOf(Incident(7), Fire()));
  ASSERT_TRUE(station().view().Close().ok());
  // The same log by its id, but shorter.
  ASSERT_EQ(older->log().log_id(), station().log().log_id());
  auto view = View::Open(station().disk(), older->log(), older->identity(), older->trust(),
                         older->clock(), older->executor(), {});
  ASSERT_TRUE(view.ok()) << view.status();
  older->Run();
  EXPECT_FALSE((*view)->Get(Incident(7)).ok());
  EXPECT_EQ((*view)->lag(), 0u);
  view->reset();
}

// By the time of the power cut the shorter log has grown past the cursor of the view that was
// wiped: were it back, nothing would tell that it is of another history.
TEST_F(ViewTest, AWipedViewDoesNotComeBackAfterAPowerCut) {
  auto older = station().node().Clone(9);
  station().Append(DraftOf(Incident(7), Fire()));
  ASSERT_TRUE(station().view().Close().ok());
  auto view = View::Open(station().disk(), older->log(), older->identity(), older->trust(),
                         older->clock(), older->executor(), {});
  ASSERT_TRUE(view.ok()) << view.status();
  for (uint64_t code : {8, 9, 10}) {
    ASSERT_TRUE(older->Append({DraftOf(Incident(code), Fire())}).ok());
  }
  SeededRandom random(5);
  std::unique_ptr<store::ModelStore> survivor =
      station().disk().Crash(store::ModelStore::Lose::kAllUnsynced, random);
  older->Run();
  view->reset();

  view = View::Open(*survivor, older->log(), older->identity(), older->trust(), older->clock(),
                    older->executor(), {});
  ASSERT_TRUE(view.ok()) << view.status();
  older->Run();
  EXPECT_FALSE((*view)->Get(Incident(7)).ok());
  EXPECT_TRUE((*view)->Get(Incident(8)).ok());
  view->reset();
}

TEST_F(ViewTest, AViewOfAnotherLogIsMadeAnew) {
  station().Append(DraftOf(Incident(7), Fire()));
  ASSERT_TRUE(station().view().Close().ok());
  log::TestNode other(network_.e201, 5);
  auto view = View::Open(station().disk(), other.log(), other.identity(), other.trust(),
                         other.clock(), other.executor(), {});
  ASSERT_TRUE(view.ok());
  other.Run();
  EXPECT_FALSE((*view)->Get(Incident(7)).ok());
  view->reset();
}

TEST_F(ViewTest, ListenersHearWhichRecordsChanged) {
  std::vector<RecordName> heard;
  log::Ends cursors;
  auto subscription = station().view().Subscribe([&](const ViewNews& news) {
    heard = news.changed;
    cursors = news.cursors;
  });
  station().Append(DraftOf(Incident(7), Fire()));
  ASSERT_THAT(heard, SizeIs(1));
  EXPECT_EQ(heard[0].key, Incident(7).key);
  EXPECT_EQ(cursors.of(log::Queue::kOwn), station().log().ends().of(log::Queue::kOwn));
  subscription.reset();
  heard.clear();
  station().Append(DraftOf(Incident(8), Fire()));
  EXPECT_THAT(heard, IsEmpty());
}

TEST_F(ViewTest, NewsAndIndexNameWhatIsInConflict) {
  std::vector<RecordName> heard;
  auto subscription =
      station().view().Subscribe([&](const ViewNews& news) { heard = news.in_conflict; });
  const auto described = [](const std::string& text) {
    v1::Incident incident;
    incident.set_description(text);
    return incident;
  };
  const Dot filed = station().Append(DraftOf(Incident(7), described("smoke"))).dot;
  const Dot a = station().Append(DraftOf(Incident(7), described("fire"), {filed})).dot;
  EXPECT_THAT(heard, IsEmpty());
  EXPECT_THAT(*station().view().InConflict(), IsEmpty());
  const Dot b = station().Append(DraftOf(Incident(7), described("flood"), {filed})).dot;
  ASSERT_THAT(heard, SizeIs(1));
  EXPECT_EQ(heard[0].key, Incident(7).key);
  const auto listed = station().view().InConflict();
  ASSERT_TRUE(listed.ok()) << listed.status();
  ASSERT_THAT(*listed, SizeIs(1));
  EXPECT_EQ((*listed)[0].key.id, Incident(7).key.id);
  // What was in conflict before is named as well.
  heard.clear();
  station().Append(DraftOf(Incident(7), described("both"), {a, b}));
  EXPECT_THAT(heard, SizeIs(1));
  EXPECT_THAT(*station().view().InConflict(), IsEmpty());
}

TEST_F(ViewTest, CountsOfPeopleThatStandApartAreShownAsThoseThatDoNot) {
  RecordName count = Incident(9);
  count.key.kind = static_cast<uint32_t>(v1::HEADCOUNT);
  count.key.id = identity::RecordIdFromCode(count.scope, count.key.kind, 9);
  const auto residents = [](uint32_t people) {
    v1::Headcount body;
    body.mutable_residents()->set_exactly(people);
    return body;
  };
  station().Append(DraftOf(count, residents(3)));
  station().Append(DraftOf(count, residents(250)));
  const v1::Record shown = station().Shown(count);
  ASSERT_EQ(shown.conflict_size(), 1);
  EXPECT_EQ(shown.conflict(0).value(0).value_json(), "{\"exactly\":250}");
  EXPECT_THAT(shown.conflict(0).value(1).value_json(), HasSubstr("fewer"));
}

TEST_F(ViewTest, ChangedSinceNamesRecordsOnceInTheOrderOfTheLog) {
  station().Append(DraftOf(Incident(6), Fire()));
  const log::Ends from = station().view().cursors();
  station().Append(DraftOf(Incident(8), Fire()));
  station().Append(DraftOf(Incident(7), Fire()));
  v1::Incident edit;
  edit.set_severity(v1::SEVERITY_SEVERE);
  station().Append(DraftOf(Incident(8), edit));
  auto changed = station().view().ChangedSince(from);
  ASSERT_TRUE(changed.ok());
  ASSERT_THAT(*changed, SizeIs(2));
  EXPECT_EQ(changed->at(0).key, Incident(8).key);
  EXPECT_EQ(changed->at(1).key, Incident(7).key);
}

TEST_F(ViewTest, ChangedSinceAPointThatTheLogNeverReachedIsOutOfRange) {
  log::Ends ends;
  ends.end[0] = Arrival(99);
  EXPECT_EQ(station().view().ChangedSince(ends).status().code(), absl::StatusCode::kOutOfRange);
}

TEST_F(ViewTest, CountsRecordsByKind) {
  station().Append(DraftOf(Incident(6), Fire()));
  station().Append(DraftOf(Incident(7), Fire()));
  auto counts = station().view().CountByKind();
  ASSERT_TRUE(counts.ok());
  EXPECT_THAT(*counts, ElementsAre(std::make_pair(v1::INCIDENT, uint64_t{2})));
}

// -- Who filed it, and when it changed.

TEST_F(ViewTest, WhatAStationFiledWithAFreeClockIsItsOwnThoughTheCountyEditedItSynced) {
  station().node().clock().JumpWall(absl::FromUnixSeconds(2'085'976'800));
  const log::Appended filed = station().Append(DraftOf(Incident(7), Fire()));
  county().TakeAll(station());
  const auto in_2036 = filed.stamp.ToTime();
  EXPECT_EQ(county().Shown(Incident(7)).update_time().seconds(), absl::ToUnixSeconds(in_2036));
  county().log().CorrectClock(log::TestTime(), true);
  v1::Incident edit;
  edit.set_severity(v1::SEVERITY_SEVERE);
  county().Append(DraftOf(Incident(7), edit, {filed.dot}));
  v1::Incident note;
  note.add_note("two engines sent");
  county().Append(DraftOf(Incident(7), note));
  const v1::Record shown = county().Shown(Incident(7));
  EXPECT_EQ(shown.filed_by(), "city/kings/e201");
  EXPECT_EQ(shown.create_time().seconds(), absl::ToUnixSeconds(in_2036));
  // It changed today, and not in 2036.
  EXPECT_EQ(shown.update_time().seconds(), absl::ToUnixSeconds(log::TestTime()));
  EXPECT_EQ(county().Dump(), county().DumpOfRebuilt());
}

TEST_F(ViewTest, WhatIsFiledTwiceIsWhoseReportRanksFirst) {
  log::Draft heard = DraftOf(Incident(7), Fire());
  heard.heard = true;
  county().log().CorrectClock(log::TestTime(), true);
  county().Append(heard);
  EXPECT_EQ(county().Shown(Incident(7)).filed_by(), "city/kings");
  station().Append(DraftOf(Incident(7), Fire()));
  county().TakeAll(station());
  EXPECT_EQ(county().Shown(Incident(7)).filed_by(), "city/kings/e201");
}

// -- Marks.

TEST_F(ViewTest, AnotherJurisdictionsTextIsMaskedAndOnesOwnIsNot) {
  v1::Incident fire = Fire();
  fire.set_description("caller's phone +1 212 555 0143");
  station().Append(DraftOf(Incident(7), fire));
  EXPECT_EQ(station().Shown(Incident(7)).incident().description(), fire.description());
  county().TakeAll(station());
  v1::Record shown = county().Shown(Incident(7));
  EXPECT_THAT(shown.incident().description(), ::testing::Not(HasSubstr("555")));
  EXPECT_TRUE(HasMark(shown, "description", v1::MARK_MASKED));
}

TEST_F(ViewTest, AValueOutOfRangeIsShownMarkedAndNotIndexed) {
  v1::Incident fire = FireAt(999999999, -740000000, 1);
  station().Append(DraftOf(Incident(7), fire));
  v1::Record shown = station().Shown(Incident(7));
  EXPECT_TRUE(HasMark(shown, "point", v1::MARK_INVALID));
  auto page = station().view().List(
      {.parent = {}, .kind = v1::INCIDENT, .filter = "within(-90,-180,90,180)"});
  ASSERT_TRUE(page.ok()) << page.status();
  EXPECT_THAT(page->records, IsEmpty());
}

TEST_F(ViewTest, ManyChangesTogetherMayHaveMoreElementsThanOneMayHold) {
  for (int n = 0; n < 6; ++n) {
    v1::Incident edit;
    edit.add_place_flag(v1::PLACE_MISSING);
    station().Append(DraftOf(Incident(7), edit));
  }
  v1::Record shown = station().Shown(Incident(7));
  EXPECT_THAT(shown.incident().place_flag(), SizeIs(6));
  EXPECT_THAT(shown.mark(), IsEmpty());
}

TEST_F(ViewTest, AnEditWithoutItsOriginalIsIncomplete) {
  v1::Incident edit;
  edit.set_type(v1::FLOOD);
  station().Append(DraftOf(Incident(7), edit, {*Dot::FromBytes(std::string(16, 'x'))}));
  v1::Record shown = station().Shown(Incident(7));
  EXPECT_EQ(shown.incident().type(), v1::FLOOD);
  EXPECT_TRUE(HasMark(shown, "type", v1::MARK_INCOMPLETE));
}

TEST_F(ViewTest, WhatWasHeardIsMarked) {
  log::Draft draft = DraftOf(Incident(7), Fire());
  draft.heard = true;
  county().Append(draft);
  EXPECT_TRUE(HasMark(county().Shown(Incident(7)), "type", v1::MARK_HEARD));
}

TEST_F(ViewTest, AFewPeopleAreShownAsFewerThanTheMinimumCell) {
  v1::Shelter shelter;
  shelter.set_status(v1::STATUS_ACTUAL);
  shelter.set_state(v1::SHELTER_OPEN);
  shelter.set_display_name("Public School 20");
  shelter.mutable_occupied()->set_exactly(3);
  RecordName name = Incident(7);
  name.key.kind = static_cast<uint32_t>(v1::SHELTER);
  name.key.id = identity::RecordIdFromCode(name.scope, name.key.kind, 7);
  station().Append(DraftOf(name, shelter));
  EXPECT_EQ(station().Shown(name).shelter().occupied().fewer_than(), 10u);
}

// -- Erasure.

TEST_F(ViewTest, AnErasedTextLeavesTheRowAndIsMarked) {
  v1::Incident fire = Fire();
  fire.set_description("a name");
  log::Appended written = station().Append(DraftOf(Incident(7), fire));
  log::SecondPost county;
  log::Erase(station().node(), county, {{written}});
  v1::Record shown = station().Shown(Incident(7));
  EXPECT_EQ(shown.incident().description(), "");
  EXPECT_TRUE(HasMark(shown, "description", v1::MARK_ERASED));
  EXPECT_EQ(shown.incident().type(), v1::FIRE);
  auto it = station().disk().Scan("", "");
  for (; it->Valid(); it->Next()) {
    EXPECT_THAT(std::string(it->value()), ::testing::Not(HasSubstr("a name")));
  }
}

TEST_F(ViewTest, AnErasedTextIsErasedInItsRestatedCopyAndDoesNotComeBack) {
  v1::Incident fire = Fire();
  fire.set_description("a name");
  const uint64_t bits = 7;
  log::Appended written = station().Append(DraftOf(Incident(bits), fire));
  log::Draft restating = log::Restating(station().log(), written);
  restating.key = Incident(bits).key;
  station().Append(restating);
  log::SecondPost county;
  log::Erase(station().node(), county, {{written}});
  auto record = station().view().Get(Incident(bits));
  ASSERT_TRUE(record.ok());
  for (const merge::HeldChange& change : record->changes) {
    for (const log::Text& text : change.change.texts) EXPECT_EQ(text.bytes, std::nullopt);
  }
  EXPECT_EQ(station().Dump(), station().DumpOfRebuilt());
}

// Time passes, and both posts say that the incident's term has come.
void PassTerm(ViewNode& node, log::SecondPost& other, uint64_t bits) {
  for (log::TestNode* at : {&node.node(), &other.node()}) {
    at->clock().Advance(log::kRetentionMin + absl::Hours(1));
  }
  const absl::Time term = node.node().clock().WallNow();
  node.Append(log::RetentionDraft(bits, term));
  other.Order(node.node(), log::RetentionDraft(bits, term));
}

TEST_F(ViewTest, ARecordPastItsTermShowsOnlyItsName) {
  v1::Incident fire = Fire();
  fire.set_description("of long ago");
  const log::Appended first = station().Append(DraftOf(Incident(7), fire));
  v1::Incident edit;
  edit.set_severity(v1::SEVERITY_EXTREME);
  station().Append(DraftOf(Incident(7), edit, {first.dot}));
  log::SecondPost other;
  PassTerm(station(), other, 7);
  const v1::Record shown = station().Shown(Incident(7));
  EXPECT_FALSE(shown.has_incident());
  EXPECT_EQ(shown.code(), SpokenCode::FromBits(7).ToString());
  EXPECT_TRUE(HasMark(shown, "", v1::MARK_ERASED));
  EXPECT_TRUE(station().view().Get(Incident(7))->changes.empty());
  EXPECT_THAT(*station().view().History(Incident(7)), IsEmpty());
  auto page = station().view().List({.parent = {}, .kind = v1::INCIDENT});
  ASSERT_TRUE(page.ok());
  EXPECT_THAT(page->records, IsEmpty());
  for (auto it = station().disk().Scan("", ""); it->Valid(); it->Next()) {
    EXPECT_THAT(std::string(it->value()), ::testing::Not(HasSubstr("of long ago")));
  }
  EXPECT_EQ(station().Dump(), station().DumpOfRebuilt());
}

TEST_F(ViewTest, OnePostsWordOfATermHidesNothing) {
  station().Append(DraftOf(Incident(7), Fire()));
  station().node().clock().Advance(log::kRetentionMin + absl::Hours(1));
  station().Append(log::RetentionDraft(7, station().node().clock().WallNow()));
  EXPECT_TRUE(station().Shown(Incident(7)).has_incident());
}

// What is written after the term's reach says that the record is not past its term. It is whole but
// for its old texts, at whoever had the change before and at whoever gets it later.
TEST_F(ViewTest, ALaterChangeBringsTheRecordBackWithoutItsOldTexts) {
  v1::Incident fire = Fire();
  fire.set_description("of long ago");
  const log::Appended first = station().Append(DraftOf(Incident(7), fire));
  log::SecondPost other;
  PassTerm(station(), other, 7);
  v1::Incident late;
  late.set_severity(v1::SEVERITY_EXTREME);
  station().Append(DraftOf(Incident(7), late, {first.dot}));
  const v1::Record shown = station().Shown(Incident(7));
  EXPECT_EQ(shown.incident().severity(), v1::SEVERITY_EXTREME);
  EXPECT_EQ(shown.incident().type(), v1::FIRE);
  EXPECT_EQ(shown.incident().description(), "");
  EXPECT_TRUE(HasMark(shown, "description", v1::MARK_ERASED));
  county().TakeAll(station());
  EXPECT_EQ(county().Shown(Incident(7)).incident().ShortDebugString(),
            shown.incident().ShortDebugString());
  EXPECT_EQ(station().Dump(), station().DumpOfRebuilt());
  EXPECT_EQ(county().Dump(), county().DumpOfRebuilt());
}

// One change makes it extreme, another in a slower lane closes it; past its term only the first is
// still to be had.
TEST_F(ViewTest, DeadValuesDoNotComeBack) {
  v1::Incident fire = Fire();
  fire.set_severity(v1::SEVERITY_EXTREME);
  const log::Appended extreme =
      station().Append(DraftOf(Incident(7), fire, {}, Precedence::kFlash));
  v1::Incident closed;
  closed.set_state(v1::INCIDENT_CLOSED);
  closed.set_severity(v1::SEVERITY_MINOR);
  station().Append(DraftOf(Incident(7), closed, {extreme.dot}));
  log::SecondPost other;
  for (log::TestNode* at : {&station().node(), &other.node()}) {
    at->clock().Advance(log::kRetentionMin + absl::Hours(1));
  }
  log::Draft order = log::RetentionDraft(7, station().node().clock().WallNow());
  order.precedence = Precedence::kPriority;
  const log::Appended ordered = station().Append(order);
  other.Order(county().node(), order);
  auto take = [&](const log::Appended& written) {
    ASSERT_TRUE(county().node().Open(station().node(), written.lane).ok());
    const log::LaneState lane = *station().log().FindLane(written.lane);
    for (const log::Run& run : lane.runs) {
      ASSERT_TRUE(
          county().node().TakeRun(station().node(), written.lane, run, log::Via::kChild).ok());
    }
    county().Run();
  };
  auto is_gone = [&] {
    EXPECT_FALSE(county().Shown(Incident(7)).has_incident());
    auto page = county().view().List({.parent = {}, .kind = v1::INCIDENT});
    return page.ok() && page->records.empty() && county().Dump() == county().DumpOfRebuilt();
  };
  take(extreme);
  EXPECT_EQ(county().Shown(Incident(7)).incident().severity(), v1::SEVERITY_EXTREME);
  take(ordered);
  EXPECT_TRUE(is_gone());
  county().DropView();
  county().Run();
  EXPECT_TRUE(is_gone());
  // Whatever else of that time comes late changes nothing.
  county().TakeAll(station());
  EXPECT_TRUE(is_gone());
}

// -- Forks.

v1::Incident OfType(v1::IncidentType type) {
  v1::Incident incident;
  incident.set_type(type);
  return incident;
}

TEST_F(ViewTest, BothBranchesOfAForkAreProjectedAndMarked) {
  log::Appended first = station().Append(DraftOf(Incident(7), Fire()));
  county().TakeAll(station());
  const Step tip = county().log().FindLane(first.lane)->runs[0].last_step;
  for (auto [seed, type] : {std::pair{100, v1::FLOOD}, std::pair{200, v1::STORM}}) {
    auto held = county().node().Hold(
        log::RivalBlock(network_.e201, static_cast<uint64_t>(seed),
                        DraftOf(Incident(7), OfType(type), {first.dot}), first.lane, Seq(2), tip));
    ASSERT_TRUE(held.ok()) << held.status();
  }
  auto record = county().view().Get(Incident(7));
  ASSERT_TRUE(record.ok());
  EXPECT_TRUE(HasMark(record->shown, "type", v1::MARK_FORKED));
  EXPECT_FALSE(HasMark(record->shown, "severity", v1::MARK_FORKED));
  ASSERT_THAT(record->shown.conflict(), SizeIs(1));
  EXPECT_THAT(record->shown.conflict(0).value(), SizeIs(2));
  // Also what was projected before the rival came.
  for (const merge::HeldChange& change : record->changes) {
    EXPECT_EQ(change.forked, change.seq >= Seq(2));
  }
  EXPECT_EQ(county().Dump(), county().DumpOfRebuilt());
}

TEST_F(ViewTest, BeyondTheCapOfBranchesNoneIsProjectedFromWhereTheyPart) {
  log::Appended first = station().Append(DraftOf(Incident(7), Fire()));
  county().TakeAll(station());
  const Step tip = county().log().FindLane(first.lane)->runs[0].last_step;
  LogCapture alarms;
  for (uint64_t n = 0; n < 6; ++n) {
    v1::Incident edit;
    edit.set_units_on_scene(static_cast<uint32_t>(n));
    ASSERT_TRUE(
        county()
            .node()
            .Hold(log::RivalBlock(network_.e201, 900 + n, DraftOf(Incident(7), edit, {first.dot}),
                                  first.lane, Seq(2), tip))
            .ok());
  }
  auto record = county().view().Get(Incident(7));
  ASSERT_TRUE(record.ok());
  EXPECT_THAT(record->changes, SizeIs(1));
  EXPECT_FALSE(record->shown.incident().has_units_on_scene());
  EXPECT_EQ(county().Dump(), county().DumpOfRebuilt());
}

}  // namespace
}  // namespace tocsin::view
