// A record's past lies apart from what decides, and yet whatever came in whatever pieces: what
// decides says what the whole set says, and the rows are those of the set.
#include "node/view/record_update.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <absl/strings/escaping.h>
#include <absl/strings/str_cat.h>

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include "node/base/status.h"
#include "node/identity/record_id.h"
#include "node/merge/past.h"
#include "node/store/model_store.h"
#include "node/view/past_rows.h"
#include "tests/node/merge/history.h"

namespace tocsin::view {
namespace {

using merge::ChangeMaker;
using merge::DotNamed;
using merge::HeldChange;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr uint32_t kSeverity = v1::Incident::kSeverityFieldNumber;
constexpr uint32_t kType = v1::Incident::kTypeFieldNumber;
constexpr uint32_t kDescription = v1::Incident::kDescriptionFieldNumber;
constexpr uint32_t kFlag = v1::Incident::kPlaceFlagFieldNumber;

RecordRef Ref() {
  const Scope scope = Scope::Parse("city/kings/e201").value();
  return {merge::kIncident, scope, identity::RecordIdFromCode(scope, merge::kIncident, 7)};
}

// One record in a store, kept as the projector keeps it.
class KeptRecord {
 public:
  void Take(std::vector<HeldChange> changes, bool whole = false) {
    RecordUpdate update(store_, Ref());
    MustBeOk(update.Read());
    MustBeOk(update.Take(std::move(changes), whole));
    MustBeOk(update.Await());
    const HeldRecord& held = update.held();
    merged_ = merge::Merge(merge::kIncident, held.Admitted(), held.awaited());
    provenance_ = held.AllProvenance();
    update.Settle(merged_);
    standing_ = held.items().size();
    store::Batch batch;
    update.Write(nullptr, batch);
    MustBeOk(store_.Write(batch, store::Durability::kBuffered));
  }

  const merge::MergedRecord& merged() const { return merged_; }
  const Provenance& provenance() const { return provenance_; }
  size_t standing() const { return standing_; }
  std::vector<HeldChange> past() const { return ReadPast(store_, Ref()).value(); }
  std::string Rows() const {
    std::string rows;
    for (auto it = store_.Scan("", ""); it->Valid(); it->Next()) {
      absl::StrAppend(&rows, absl::BytesToHexString(it->key()), " ",
                      absl::BytesToHexString(it->value()), "\n");
    }
    return rows;
  }

 private:
  static void MustBeOk(const absl::Status& status) { TOCSIN_CHECK(status.ok()); }

  store::ModelStore store_;
  merge::MergedRecord merged_;
  Provenance provenance_;
  size_t standing_ = 0;
};

HeldChange SetSeverity(absl::string_view name, uint64_t time, v1::Severity severity,
                       std::vector<Dot> overwrites) {
  return ChangeMaker(name, merge::StampAt(time))
      .Set(kSeverity, merge::SeverityBytes(severity), std::move(overwrites))
      .Done();
}

TEST(RecordUpdate, AnEditThatIsWhollyOverwrittenIsPast) {
  KeptRecord record;
  record.Take({SetSeverity("a", 1, v1::SEVERITY_MINOR, {})});
  record.Take({SetSeverity("b", 2, v1::SEVERITY_SEVERE, {DotNamed("a")})});
  EXPECT_EQ(record.standing(), 1u);
  ASSERT_THAT(record.past(), SizeIs(1));
  EXPECT_EQ(record.past()[0].dot, DotNamed("a"));
  EXPECT_EQ(record.provenance().changes, 2u);
  EXPECT_EQ(record.provenance().first_dot, DotNamed("a"));
}

TEST(RecordUpdate, WhatStandsDoesNotGrowWithTheNumberOfEdits) {
  KeptRecord record;
  record.Take({ChangeMaker("first", merge::StampAt(1))
                   .Set(kSeverity, merge::SeverityBytes(v1::SEVERITY_MINOR))
                   .Set(kType, merge::TypeBytes(v1::FIRE))
                   .Done()});
  std::string before = "first";
  for (int n = 0; n < 200; ++n) {
    std::string name = absl::StrCat("edit", n);
    record.Take({SetSeverity(name, 2 + n, n % 2 == 0 ? v1::SEVERITY_SEVERE : v1::SEVERITY_MINOR,
                             {DotNamed(before)})});
    EXPECT_LE(record.standing(), 2u);
    before = name;
  }
  EXPECT_THAT(record.past(), SizeIs(199));
  EXPECT_FALSE(record.merged().at(kSeverity).conflict);
  EXPECT_EQ(record.merged().at(kType).siblings.size(), 1u);
}

TEST(RecordUpdate, ALateChangeThatWasOverwrittenBeforeItCameDoesNotComeBack) {
  KeptRecord record;
  record.Take({SetSeverity("c", 3, v1::SEVERITY_MODERATE, {DotNamed("b")})});
  EXPECT_TRUE(record.merged().at(kSeverity).incomplete);
  record.Take({SetSeverity("d", 4, v1::SEVERITY_MINOR, {DotNamed("c")})});
  EXPECT_TRUE(record.merged().at(kSeverity).incomplete);
  record.Take({SetSeverity("b", 2, v1::SEVERITY_EXTREME, {})});
  EXPECT_FALSE(record.merged().at(kSeverity).incomplete);
  EXPECT_EQ(record.merged().at(kSeverity).siblings.size(), 1u);
  EXPECT_EQ(record.merged().at(kSeverity).siblings[0].dots[0], DotNamed("d"));
}

TEST(RecordUpdate, ARestatementThatLiedOfThePastMakesItDecideAgain) {
  KeptRecord record;
  record.Take({SetSeverity("a", 1, v1::SEVERITY_EXTREME, {})});
  record.Take({SetSeverity("b", 2, v1::SEVERITY_MINOR, {DotNamed("a")})});
  EXPECT_THAT(record.past(), SizeIs(1));
  // Says of "a" what it never said: only a write that lists "liar" as well overwrites "a".
  record.Take({ChangeMaker("liar", merge::StampAt(3))
                   .Set(kType, merge::TypeBytes(v1::FIRE))
                   .Restate(kSeverity, DotNamed("a"), merge::StampAt(1),
                            merge::SeverityBytes(v1::SEVERITY_MODERATE))
                   .Done()});
  EXPECT_THAT(record.past(), IsEmpty());
  EXPECT_EQ(record.merged().at(kSeverity).siblings.size(), 2u);
}

// -- Any set in any pieces.

std::vector<Dot> SomeOf(const std::vector<HeldChange>& changes, int of, int changes_in_all) {
  std::vector<Dot> dots;
  for (const HeldChange& change : changes) {
    if (*rc::gen::inRange(0, of) == 0) dots.push_back(change.dot);
  }
  // What nobody has written yet, or ever.
  if (*rc::gen::inRange(0, 8) == 0) {
    dots.push_back(DotNamed(absl::StrCat("dot", *rc::gen::inRange(0, changes_in_all + 2))));
  }
  std::sort(dots.begin(), dots.end());
  dots.erase(std::unique(dots.begin(), dots.end()), dots.end());
  return dots;
}

std::string RandomSeverity() {
  return merge::SeverityBytes(static_cast<v1::Severity>(*rc::gen::inRange(1, 5)));
}

std::string RandomFlag() {
  v1::Incident incident;
  incident.add_place_flag(static_cast<v1::PlaceFlag>(*rc::gen::inRange(1, 3)));
  return incident.SerializeAsString();
}

HeldChange RandomChange(const std::vector<HeldChange>& earlier, int n, int all) {
  const log::Stamp stamp =
      merge::StampAt(*rc::gen::inRange<uint64_t>(1, 6),
                     *rc::gen::element(log::Rank::kOwnSynced, log::Rank::kOwnFree));
  ChangeMaker maker(absl::StrCat("dot", n), stamp);
  if (*rc::gen::inRange(0, 3) != 0) {
    maker.Set(kSeverity, RandomSeverity(), SomeOf(earlier, 2, all));
  }
  if (*rc::gen::inRange(0, 3) == 0) {
    maker.Set(kType, merge::TypeBytes(*rc::gen::element(v1::FIRE, v1::FLOOD)),
              SomeOf(earlier, 2, all));
  }
  if (*rc::gen::inRange(0, 4) == 0) {
    maker.SetText(kDescription, absl::StrCat("text", n), SomeOf(earlier, 2, all));
  }
  switch (*rc::gen::inRange(0, 6)) {
    case 0:
      maker.Set(kFlag, RandomFlag());
      break;
    case 1:
      maker.Clear(kFlag, SomeOf(earlier, 2, all));
      break;
    default:
      break;
  }
  if (*rc::gen::inRange(0, 6) == 0) {
    maker.Restate(kSeverity, DotNamed(absl::StrCat("dot", *rc::gen::inRange(0, all))),
                  merge::StampAt(*rc::gen::inRange<uint64_t>(1, 6)), RandomSeverity(),
                  SomeOf(earlier, 3, all));
  }
  HeldChange change = maker.Done();
  change.seq = Seq(static_cast<uint64_t>(n) + 1);
  change.arrival = Arrival(static_cast<uint64_t>(n) + 1);
  return change;
}

// A copy of its own dot is no copy.
bool RestatesItself(const HeldChange& change) {
  return std::any_of(change.change.restated.begin(), change.change.restated.end(),
                     [&change](const log::Restated& r) { return r.dot == change.dot; });
}

std::vector<HeldChange> RandomSet() {
  const int all = *rc::gen::inRange(1, 14);
  std::vector<HeldChange> changes;
  for (int n = 0; n < all; ++n) {
    HeldChange change = RandomChange(changes, n, all);
    if (!change.change.ops.empty() && !RestatesItself(change)) changes.push_back(change);
  }
  return changes;
}

template <typename T>
void Shuffle(std::vector<T>& items) {
  for (size_t i = items.size(); i > 1; --i) {
    std::swap(items[i - 1], items[*rc::gen::inRange<size_t>(0, i)]);
  }
}

RC_GTEST_PROP(RecordUpdateProperty, WhatDecidesSaysWhatTheWholeSetSaysWhateverCameWhen, ()) {
  const std::vector<HeldChange> set = RandomSet();
  std::vector<HeldChange> coming = set;
  if (*rc::gen::arbitrary<bool>()) Shuffle(coming);
  // Some come twice.
  for (const HeldChange& change : set) {
    if (*rc::gen::inRange(0, 6) == 0) coming.push_back(change);
  }
  KeptRecord kept;
  std::vector<HeldChange> here;
  std::set<Dot> dots;
  while (!coming.empty()) {
    std::vector<HeldChange> piece;
    for (size_t n = *rc::gen::inRange<size_t>(1, 5); n > 0 && !coming.empty(); --n) {
      piece.push_back(coming.front());
      coming.erase(coming.begin());
      if (dots.insert(piece.back().dot).second) here.push_back(piece.back());
    }
    kept.Take(piece, *rc::gen::inRange(0, 10) == 0);
    RC_ASSERT(Describe(kept.merged()) == Describe(merge::Merge(merge::kIncident, here)));
    RC_ASSERT(kept.provenance().changes == here.size());
    RC_ASSERT(kept.standing() + kept.past().size() == here.size());
  }
  RC_CLASSIFY(!kept.past().empty(), "has a past");
  KeptRecord at_once;
  if (!here.empty()) at_once.Take(here);
  RC_ASSERT(kept.Rows() == at_once.Rows());
}

}  // namespace
}  // namespace tocsin::view
