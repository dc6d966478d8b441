// A node of tests/node/log/world.h with its view, and incidents written as their fields.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "node/schema/field_table.h"
#include "node/schema/field_value.h"
#include "node/schema/kinds.h"
#include "node/schema/spoken_code.h"
#include "node/view/view.h"
#include "tests/node/log/erasing.h"
#include "tests/node/log/world.h"
#include "tocsin/v1/records.pb.h"

namespace tocsin::view {

// The view's disk outlives the view, as the log's does the log.
class ViewNode {
 public:
  explicit ViewNode(identity::Identity identity, uint64_t seed = 1, ViewOptions options = {})
      : node_(std::move(identity), seed), random_(seed + 7), options_(options) {
    Open();
  }
  ~ViewNode() { view_.reset(); }

  log::TestNode& node() { return node_; }
  log::Log& log() { return node_.log(); }
  View& view() { return *view_; }
  store::ModelStore& disk() { return *disk_; }
  void Run() { node_.Run(); }

  void Open() {
    auto view = View::Open(*disk_, node_.log(), node_.identity(), node_.trust(), node_.clock(),
                           node_.executor(), options_);
    ASSERT_TRUE(view.ok()) << view.status();
    view_ = *std::move(view);
  }
  // Only the view's disk loses its power; the log goes on.
  void CrashView(store::ModelStore::Lose lose = store::ModelStore::Lose::kAllUnsynced) {
    auto found = disk_->Crash(lose, random_);
    view_.reset();
    disk_ = std::move(found);
    Open();
  }
  // In order: the view is closed first.
  void RestartNode() {
    view_.reset();
    disk_ = disk_->Restart();
    node_.Restart();
    Open();
  }
  void DropView() {
    view_.reset();
    disk_ = std::make_unique<store::ModelStore>();
    Open();
  }

  std::string Dump() {
    Run();
    auto dump = DumpForComparison(*disk_);
    EXPECT_TRUE(dump.ok()) << dump.status();
    return dump.ok() ? *dump : "";
  }
  // What a view made anew from the log says.
  std::string DumpOfRebuilt() {
    store::ModelStore fresh;
    auto view = View::Open(fresh, node_.log(), node_.identity(), node_.trust(), node_.clock(),
                           node_.executor(), {});
    EXPECT_TRUE(view.ok()) << view.status();
    Run();
    auto dump = DumpForComparison(fresh);
    EXPECT_TRUE(dump.ok()) << dump.status();
    return dump.ok() ? *dump : "";
  }

  log::Appended Append(log::Draft draft) {
    auto appended = node_.Append({std::move(draft)});
    EXPECT_TRUE(appended.ok()) << appended.status();
    return appended.ok() ? appended->front() : log::Appended();
  }
  void TakeAll(ViewNode& from, log::Via via = log::Via::kChild) {
    absl::Status taken = node_.TakeAll(from.node(), via);
    EXPECT_TRUE(taken.ok()) << taken;
    Run();
  }

  v1::Record Shown(const RecordName& name) {
    auto record = view_->Get(name);
    EXPECT_TRUE(record.ok()) << record.status();
    return record.ok() ? record->shown : v1::Record();
  }

 private:
  log::TestNode node_;
  SeededRandom random_;
  const ViewOptions options_;
  std::unique_ptr<store::ModelStore> disk_ = std::make_unique<store::ModelStore>();
  std::unique_ptr<View> view_;
};

// The key of the incident that is spoken as `bits`.
inline RecordName Incident(uint64_t bits, const Scope& scope = log::StationScope()) {
  log::RecordKey key;
  key.kind = static_cast<uint32_t>(v1::INCIDENT);
  key.code_bits = bits;
  key.id = identity::RecordIdFromCode(scope, key.kind, bits);
  return {scope, key};
}

// A draft that sets every field of the body; texts are told apart by the schema. `overwrites` is
// what each of them overwrites.
inline log::Draft DraftOf(const RecordName& name, const google::protobuf::Message& body,
                          std::vector<Dot> overwrites = {},
                          Precedence precedence = Precedence::kRoutine) {
  log::Draft draft{name.scope, precedence, name.key, 5, false, {}, {}, {}, {}};
  std::sort(overwrites.begin(), overwrites.end());
  schema::Fragments values;
  for (auto& [number, fragment] : schema::FieldsOf(body)) {
    draft.ops.push_back({number, false, overwrites});
    if (!schema::FindField(name.key.kind, number)->is_text()) {
      values.emplace(number, fragment);
      continue;
    }
    uint32_t element = 0;
    for (std::string& text : schema::TextsOf(fragment)) {
      draft.texts.push_back({0, number, element++, std::move(text), std::nullopt, std::nullopt});
    }
  }
  draft.values = schema::JoinFields(values);
  return draft;
}

inline v1::Incident Fire() {
  v1::Incident fire;
  fire.set_status(v1::STATUS_ACTUAL);
  fire.set_state(v1::INCIDENT_REPORTED);
  fire.set_type(v1::FIRE);
  fire.set_urgency(v1::URGENCY_IMMEDIATE);
  fire.set_severity(v1::SEVERITY_MODERATE);
  fire.set_certainty(v1::CERTAINTY_OBSERVED);
  return fire;
}

inline v1::Incident FireAt(int32_t lat_e7, int32_t lng_e7, int64_t observed) {
  v1::Incident fire = Fire();
  fire.mutable_point()->set_lat_e7(lat_e7);
  fire.mutable_point()->set_lng_e7(lng_e7);
  fire.mutable_observed_time()->set_seconds(observed);
  return fire;
}

}  // namespace tocsin::view
