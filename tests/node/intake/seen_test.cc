#include "node/intake/seen.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "node/schema/field_table.h"
#include "tests/node/intake/model.h"
#include "tests/node/intake/records.h"

namespace tocsin::intake {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr uint32_t kResolution = 11;
constexpr uint32_t kSeverity = 23;
constexpr uint32_t kDescription = 27;

// One record as one node has it. Copies are other nodes that held the same until then.
class Replica {
 public:
  explicit Replica(std::string author) : name_(NameOf(v1::INCIDENT)), author_(std::move(author)) {}

  Replica As(const std::string& author) const {
    Replica other = *this;
    other.author_ = author;
    return other;
  }

  void File(const v1::Incident& fire) { Hold(*ComposeFirst(name_, EditOf(fire))); }

  // As intake does it.
  absl::StatusOr<v1::WriteRecordResponse> Write(Edit edit, const std::string& etag = "",
                                                bool require_unchanged = false) {
    v1::WriteRecordResponse answer;
    const view::StoredRecord now = Now();
    absl::Status status = ReadEtag(etag, require_unchanged, now, edit, answer);
    if (!status.ok()) return status;
    return Append(now, std::move(edit), std::move(answer));
  }
  absl::StatusOr<v1::WriteRecordResponse> Resolve(const v1::ResolveConflictRequest& request) {
    v1::WriteRecordResponse answer;
    Edit edit;
    const view::StoredRecord now = Now();
    absl::Status status = ReadResolution(request, now, edit, answer);
    if (!status.ok()) return status;
    return Append(now, std::move(edit), std::move(answer));
  }
  void Take(const Replica& other) { TakeLacking(other.changes_, changes_); }

  view::StoredRecord Now() const { return Stored(name_, changes_); }
  std::string etag() const { return Now().shown.etag(); }
  v1::Incident incident() const { return Now().shown.incident(); }
  bool InConflict(uint32_t field) const {
    const view::StoredRecord now = Now();
    auto found = now.merged.find(field);
    return found != now.merged.end() && found->second.conflict;
  }
  Dot DotOf(uint32_t field, size_t sibling) const {
    return Now().merged.at(field).siblings.at(sibling).dots.front();
  }

 private:
  absl::StatusOr<v1::WriteRecordResponse> Append(const view::StoredRecord& now, Edit edit,
                                                 v1::WriteRecordResponse answer) {
    auto composed = ComposeEdit(now, edit);
    if (!composed.ok()) return composed.status();
    answer.set_already_filed(composed->drafts.empty());
    Hold(*composed);
    return answer;
  }
  void Hold(const Composed& composed) {
    for (const log::Draft& draft : composed.drafts) {
      changes_.push_back(ToHeld(draft, changes_.size() + 1, author_));
    }
  }

  view::RecordName name_;
  std::string author_;
  std::vector<merge::HeldChange> changes_;
};

v1::Incident Text(const std::string& text) {
  v1::Incident edit;
  edit.set_description(text);
  return edit;
}
v1::Incident Severity(v1::Severity severity) {
  v1::Incident edit;
  edit.set_severity(severity);
  return edit;
}

// Station and county wrote the text apart, and the county has heard of it.
struct Apart {
  Apart() {
    station.File(SmallFire());
    county = station.As("city/kings");
    EXPECT_TRUE(station.Write(EditOf(Text("smoke over the tower"))).ok());
    EXPECT_TRUE(county.Write(EditOf(Text("fire on the deck"))).ok());
    county.Take(station);
    EXPECT_TRUE(county.InConflict(kDescription));
  }
  v1::ResolveConflictRequest Request(const Replica& at) const {
    v1::ResolveConflictRequest request;
    request.set_field("incident.description");
    request.set_etag(at.etag());
    request.set_reason(v1::RESOLVE_SEEN_ON_SCENE);
    return request;
  }

  Replica station{"city/kings/e201"};
  Replica county{"city/kings"};
};

TEST(Seen, AStaleEditOfAnotherFieldIsWrittenAndSaysWhatMoved) {
  Replica node("city/kings/e201");
  node.File(SmallFire());
  const std::string etag = node.etag();
  ASSERT_TRUE(node.Write(EditOf(Severity(v1::SEVERITY_SEVERE))).ok());
  auto answer = node.Write(EditOf(Text("two rooms")), etag);
  ASSERT_TRUE(answer.ok()) << answer.status();
  ASSERT_EQ(answer->moved_size(), 1);
  EXPECT_EQ(answer->moved(0).field(), "incident.severity");
  EXPECT_EQ(answer->moved(0).value_json(), "\"SEVERITY_SEVERE\"");
  EXPECT_EQ(answer->moved(0).jurisdiction(), "city/kings/e201");
  EXPECT_FALSE(answer->moved(0).written());
  EXPECT_EQ(node.incident().description(), "two rooms");
  EXPECT_EQ(node.incident().severity(), v1::SEVERITY_SEVERE);
  EXPECT_FALSE(node.InConflict(kDescription));
}

TEST(Seen, AStaleEditOfTheSameFieldBecomesASibling) {
  Replica node("city/kings/e201");
  node.File(SmallFire());
  const std::string etag = node.etag();
  ASSERT_TRUE(node.Write(EditOf(Text("one room"))).ok());
  auto answer = node.Write(EditOf(Text("two rooms")), etag);
  ASSERT_TRUE(answer.ok()) << answer.status();
  ASSERT_EQ(answer->moved_size(), 1);
  EXPECT_TRUE(answer->moved(0).written());
  EXPECT_TRUE(node.InConflict(kDescription));
  EXPECT_EQ(node.Now().merged.at(kDescription).siblings.size(), 2u);
}

TEST(Seen, WhatTheReaderWasShownAndSaysAgainStandsAgainstNobody) {
  Replica node("city/kings/e201");
  node.File(SmallFire());
  const std::string etag = node.etag();
  ASSERT_TRUE(node.Write(EditOf(Severity(v1::SEVERITY_SEVERE))).ok());
  ASSERT_TRUE(node.Write(EditOf(Text("one room"))).ok());
  v1::Incident whole;
  whole.set_severity(SmallFire().severity());
  whole.set_description(SmallFire().description());
  whole.set_units_on_scene(2);
  ASSERT_TRUE(node.Write(EditOf(whole), etag).ok());
  EXPECT_EQ(node.incident().severity(), v1::SEVERITY_SEVERE);
  EXPECT_EQ(node.incident().description(), "one room");
  EXPECT_EQ(node.incident().units_on_scene(), 2u);
  EXPECT_FALSE(node.InConflict(kDescription));
}

TEST(Seen, RequireUnchangedRefusesAndNamesWhatMoved) {
  Replica node("city/kings/e201");
  node.File(SmallFire());
  const std::string etag = node.etag();
  EXPECT_TRUE(node.Write(EditOf(SmallFire()), etag, true).ok());
  ASSERT_TRUE(node.Write(EditOf(Severity(v1::SEVERITY_SEVERE))).ok());
  absl::Status status = node.Write(EditOf(Text("two rooms")), etag, true).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kAborted);
  EXPECT_THAT(std::string(status.message()), HasSubstr("incident.severity"));
  EXPECT_THAT(std::string(status.message()), Not(HasSubstr("incident.type")));
  EXPECT_EQ(node.Write(EditOf(Text("x")), "what").status().code(),
            absl::StatusCode::kInvalidArgument);
}

TEST(Seen, AnEtagOfWhatIsNotHeldHereIsRefused) {
  Replica station("city/kings/e201");
  station.File(SmallFire());
  Replica county = station.As("city/kings");
  ASSERT_TRUE(county.Write(EditOf(Text("fire on the deck"))).ok());
  EXPECT_EQ(station.Write(EditOf(Text("smoke")), county.etag()).status().code(),
            absl::StatusCode::kFailedPrecondition);
  station.Take(county);
  EXPECT_TRUE(station.Write(EditOf(Text("smoke")), county.etag()).ok());
}

TEST(Seen, AClosingWriteListsTheSeverityThatItsAuthorSaw) {
  Replica node("city/kings/e201");
  node.File(SmallFire());
  const std::string etag = node.etag();
  const Dot seen = node.DotOf(kSeverity, 0);
  ASSERT_TRUE(node.Write(EditOf(Severity(v1::SEVERITY_EXTREME))).ok());
  const Dot unseen = node.DotOf(kSeverity, 0);
  v1::Incident closed;
  closed.set_state(v1::INCIDENT_CLOSED);
  ASSERT_TRUE(node.Write(EditOf(closed), etag).ok());
  const std::vector<Dot> listed = node.Now().merged.at(2).siblings.front().overwrites;
  EXPECT_THAT(listed, ::testing::Contains(seen));
  EXPECT_THAT(listed, Not(::testing::Contains(unseen)));
}

TEST(Resolve, TakesOneValueAndEndsTheConflictEverywhere) {
  Apart apart;
  v1::ResolveConflictRequest request = apart.Request(apart.county);
  const std::string other =
      apart.county.Now().merged.at(kDescription).siblings[1].texts.front().bytes.value();
  request.set_take(apart.county.DotOf(kDescription, 1).ToHex());
  ASSERT_TRUE(apart.county.Resolve(request).ok());
  apart.station.Take(apart.county);
  for (const Replica* at : {&apart.county, &apart.station}) {
    EXPECT_FALSE(at->InConflict(kDescription));
    EXPECT_EQ(at->incident().description(), other);
    ASSERT_EQ(at->incident().resolution_size(), 1);
    EXPECT_EQ(at->incident().resolution(0).field(), kDescription);
    EXPECT_EQ(at->incident().resolution(0).reason(), v1::RESOLVE_SEEN_ON_SCENE);
  }
}

TEST(Resolve, ANewValueOverwritesAllThatWasShownAndNothingUnseen) {
  Apart apart;
  v1::ResolveConflictRequest request = apart.Request(apart.county);
  *request.mutable_value()->mutable_incident() = Text("fire on the deck, smoke over the tower");
  Replica city = apart.station.As("city");
  ASSERT_TRUE(city.Write(EditOf(Text("two lanes closed"))).ok());
  apart.county.Take(city);
  auto answer = apart.county.Resolve(request);
  ASSERT_TRUE(answer.ok()) << answer.status();
  EXPECT_EQ(answer->moved_size(), 1);
  EXPECT_TRUE(apart.county.InConflict(kDescription));
  EXPECT_EQ(apart.county.Now().merged.at(kDescription).siblings.size(), 2u);
}

TEST(Resolve, TwoPeopleApartWhoAgreeEndIt) {
  Apart apart;
  apart.station.Take(apart.county);
  v1::ResolveConflictRequest request = apart.Request(apart.county);
  *request.mutable_value()->mutable_incident() = Text("both");
  ASSERT_TRUE(apart.county.Resolve(request).ok());
  ASSERT_TRUE(apart.station.Resolve(request).ok());
  apart.county.Take(apart.station);
  EXPECT_FALSE(apart.county.InConflict(kDescription));
  EXPECT_EQ(apart.county.incident().description(), "both");
}

TEST(Resolve, TwoPeopleApartWhoDisagreeMakeAConflictOfTheirTwoValues) {
  Apart apart;
  apart.station.Take(apart.county);
  v1::ResolveConflictRequest request = apart.Request(apart.county);
  *request.mutable_value()->mutable_incident() = Text("this");
  ASSERT_TRUE(apart.county.Resolve(request).ok());
  *request.mutable_value()->mutable_incident() = Text("that");
  ASSERT_TRUE(apart.station.Resolve(request).ok());
  apart.county.Take(apart.station);
  EXPECT_TRUE(apart.county.InConflict(kDescription));
  EXPECT_EQ(apart.county.Now().merged.at(kDescription).siblings.size(), 2u);
}

TEST(Resolve, WhatOthersSettledMeanwhileIsNotSettledAgain) {
  Apart apart;
  v1::ResolveConflictRequest request = apart.Request(apart.county);
  request.set_take(apart.county.DotOf(kDescription, 0).ToHex());
  ASSERT_TRUE(apart.county.Resolve(request).ok());
  absl::Status again = apart.county.Resolve(request).status();
  EXPECT_EQ(again.code(), absl::StatusCode::kAborted);
  EXPECT_THAT(std::string(again.message()), HasSubstr("city/kings"));
}

TEST(Resolve, TheReasonOfASecondConflictTakesThePlaceOfTheFirst) {
  Apart apart;
  v1::ResolveConflictRequest request = apart.Request(apart.county);
  request.set_take(apart.county.DotOf(kDescription, 0).ToHex());
  ASSERT_TRUE(apart.county.Resolve(request).ok());
  const std::string etag = apart.county.etag();
  ASSERT_TRUE(apart.county.Write(EditOf(Text("one"))).ok());
  ASSERT_TRUE(apart.county.Write(EditOf(Text("two")), etag).ok());
  request = apart.Request(apart.county);
  request.set_take(apart.county.DotOf(kDescription, 0).ToHex());
  ASSERT_TRUE(apart.county.Resolve(request).ok());
  EXPECT_EQ(apart.county.incident().resolution_size(), 1);
  EXPECT_EQ(apart.county.Now().merged.at(kResolution).siblings.size(), 1u);
}

TEST(Resolve, RefusesWhatIsNoConflictAndWhatWasNotShown) {
  Apart apart;
  v1::ResolveConflictRequest request = apart.Request(apart.county);
  request.set_take(Dot().ToHex());
  EXPECT_EQ(apart.county.Resolve(request).status().code(), absl::StatusCode::kInvalidArgument);
  request.set_field("note");
  EXPECT_EQ(apart.county.Resolve(request).status().code(), absl::StatusCode::kInvalidArgument);
  request.set_field("colour");
  EXPECT_EQ(apart.county.Resolve(request).status().code(), absl::StatusCode::kInvalidArgument);
  request.set_field("severity");
  EXPECT_EQ(apart.county.Resolve(request).status().code(), absl::StatusCode::kFailedPrecondition);
  request.set_field("description");
  *request.mutable_value()->mutable_incident() = Severity(v1::SEVERITY_MINOR);
  EXPECT_EQ(apart.county.Resolve(request).status().code(), absl::StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace tocsin::intake
