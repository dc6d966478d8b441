// A county and two of its stations, a report at the wrong one, as their logs and views have it:
// what the tests of moving start from.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "node/intake/intake.h"
#include "tests/node/intake/records.h"
#include "tests/node/view/world.h"

namespace tocsin::intake {

inline constexpr char kTo[] = "scopes/city.kings.l101";

// A node with intake before it; nothing happens but in Run().
class Node {
 public:
  Node(const identity::Identity& identity, uint64_t seed)
      : identity_(identity), random_(seed), view_(identity, seed) {
    Open();
  }
  ~Node() { intake_.reset(); }

  void Open() {
    intake_ = Intake::Create(identity_, view_.log(), view_.view(), random_, view_.node().clock(),
                             view_.node().executor(), {});
  }
  void Restart() {
    intake_.reset();
    view_.RestartNode();
    Open();
  }

  absl::StatusOr<v1::WriteRecordResponse> Create(const v1::Incident& fire,
                                                 const std::string& parent) {
    v1::CreateRecordRequest request;
    request.set_parent(parent);
    *request.mutable_record()->mutable_incident() = fire;
    std::optional<absl::StatusOr<v1::WriteRecordResponse>> result;
    intake_->Create(std::move(request), [&](auto response) { result = std::move(response); });
    view_.Run();
    return result.value_or(absl::UnknownError("no answer"));
  }
  absl::StatusOr<v1::WriteRecordResponse> Update(const std::string& name,
                                                 const v1::Incident& fields) {
    v1::UpdateRecordRequest request;
    request.mutable_record()->set_name(name);
    *request.mutable_record()->mutable_incident() = fields;
    return Update(std::move(request));
  }
  absl::StatusOr<v1::WriteRecordResponse> Update(v1::UpdateRecordRequest request) {
    std::optional<absl::StatusOr<v1::WriteRecordResponse>> result;
    intake_->Update(std::move(request), [&](auto response) { result = std::move(response); });
    view_.Run();
    return result.value_or(absl::UnknownError("no answer"));
  }
  // Clears the field, or takes the elements of those dots out of it.
  absl::StatusOr<v1::WriteRecordResponse> Empty(const std::string& name, const std::string& field,
                                                const std::vector<std::string>& dots = {}) {
    v1::UpdateRecordRequest request;
    request.mutable_record()->set_name(name);
    request.mutable_record()->mutable_incident();
    if (dots.empty()) request.mutable_update_mask()->add_paths("incident." + field);
    for (const std::string& dot : dots) {
      v1::ElementRef& removed = *request.add_remove();
      removed.set_field("incident." + field);
      removed.set_dot(dot);
    }
    return Update(std::move(request));
  }
  // Of each element of the list, in the order shown.
  std::vector<std::string> DotsOf(const std::string& scope, uint32_t field) {
    std::vector<std::string> dots;
    const view::StoredRecord held = Held(scope);
    const auto merged = held.merged.find(field);
    if (merged == held.merged.end()) return dots;
    for (const merge::Sibling& sibling : merged->second.siblings) {
      dots.push_back(sibling.dots.front().ToHex());
    }
    return dots;
  }
  absl::StatusOr<v1::WriteRecordResponse> Describe(const std::string& name,
                                                   const std::string& description) {
    v1::Incident fields;
    fields.set_description(description);
    return Update(name, fields);
  }
  absl::StatusOr<v1::MoveRecordResponse> Move(v1::MoveRecordRequest request) {
    std::optional<absl::StatusOr<v1::MoveRecordResponse>> result;
    intake_->Move(std::move(request), [&](auto response) { result = std::move(response); });
    view_.Run();
    return result.value_or(absl::UnknownError("no answer"));
  }
  // What was written of it since it was moved goes over.
  absl::StatusOr<v1::MoveRecordResponse> TakeOver(const std::string& name,
                                                  const std::string& to = kTo) {
    v1::MoveRecordRequest request;
    request.set_name(name);
    request.set_destination_parent(to);
    request.set_take_late_edits(true);
    return Move(request);
  }
  absl::StatusOr<v1::MoveRecordResponse> Move(const std::string& name,
                                              const std::string& to = kTo) {
    v1::MoveRecordRequest request;
    request.set_name(name);
    request.set_destination_parent(to);
    return Move(request);
  }

  void Take(Node& from, log::Via via) { view_.TakeAll(from.view_, via); }
  // Only the lanes that are `wanted`.
  void TakeSome(Node& from, log::Via via, std::function<bool(const log::LaneState&)> wanted) {
    for (const auto& scope : from.view_.log().ScopesFor(identity_.jurisdiction())) {
      for (const log::LaneState& lane : scope->lanes) {
        if (!lane.has_birth || !wanted(lane)) continue;
        ASSERT_TRUE(view_.node().Open(from.view_.node(), lane.id).ok());
        for (const log::Run& run : lane.runs) {
          ASSERT_TRUE(view_.node().TakeRun(from.view_.node(), lane.id, run, via).ok());
        }
      }
    }
    view_.Run();
  }
  Intake& intake() { return *intake_; }
  view::ViewNode& view() { return view_; }
  std::vector<v1::Record> Incidents(const std::string& scope, const std::string& filter = "") {
    view::ListQuery query{.parent = *Scope::Parse(scope), .kind = v1::INCIDENT, .filter = filter};
    auto page = view_.view().List(query);
    EXPECT_TRUE(page.ok()) << page.status();
    return page.ok() ? page->records : std::vector<v1::Record>();
  }
  // Of the only one there, as it is held.
  view::StoredRecord Held(const std::string& scope) {
    const v1::Record record = Incident(scope);
    const auto found = view_.view().Find(*Scope::Parse(scope), v1::INCIDENT, record.uid());
    EXPECT_TRUE(found.ok() && found->size() == 1) << scope;
    return *view_.view().Get(found->front());
  }
  // The only one there.
  v1::Record Incident(const std::string& scope) {
    const std::vector<v1::Record> found = Incidents(scope);
    EXPECT_THAT(found, ::testing::SizeIs(1)) << scope;
    return found.empty() ? v1::Record() : found.front();
  }

 private:
  const identity::Identity identity_;
  SeededRandom random_;
  view::ViewNode view_;
  std::unique_ptr<Intake> intake_;
};

class MoveTest : public ::testing::Test {
 protected:
  // Both ways between a station and the county.
  void Meet(Node& station) {
    county_.Take(station, log::Via::kChild);
    station.Take(county_, log::Via::kParent);
  }
  // Filed at the wrong post, and at the county.
  std::string FiledByStation(const v1::Incident& fire = GreatFire()) {
    auto filed = wrong_.Create(fire, "scopes/city.kings.e201");
    EXPECT_TRUE(filed.ok()) << filed.status();
    Meet(wrong_);
    return filed->record().name();
  }
  v1::MoveRecordResponse Moved(const std::string& name) {
    auto moved = county_.Move(name);
    EXPECT_TRUE(moved.ok()) << moved.status();
    return moved.value_or(v1::MoveRecordResponse());
  }

  log::TestNetwork network_;
  Node county_{network_.kings, 2};
  Node wrong_{network_.e201, 3};
  Node right_{network_.New(network_.kings, "city/kings/l101", false), 4};
};

}  // namespace tocsin::intake
