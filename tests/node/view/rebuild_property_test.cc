// Whatever came in whatever pieces, and wherever the view's disk lost its power: the view says what
// one made anew from the log says, record by record and key by key.
#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "node/base/log.h"
#include "node/log/block.h"
#include "tests/node/view/world.h"

namespace tocsin::view {
namespace {

constexpr uint64_t kRecords = 4;

// A station and its county, each with a view, and what has been written so far.
class History {
 public:
  History() {
    ViewOptions options;
    options.step_bytes = *rc::gen::element<size_t>(1, 300, 4000, 1 << 20);
    options.flush_bytes = *rc::gen::element<size_t>(1, 2000, 32 << 20);
    nodes_[0] = std::make_unique<ViewNode>(network_.e201, 1, options);
    nodes_[1] = std::make_unique<ViewNode>(network_.kings, 2, options);
  }

  ViewNode& station() { return *nodes_[0]; }
  ViewNode& county() { return *nodes_[1]; }

  void Act() {
    ViewNode& node = *nodes_[*rc::gen::inRange<size_t>(0, 2)];
    switch (*rc::gen::inRange(0, 13)) {
      case 0:
      case 1:
      case 2:
      case 3:
        return Write(node, RandomEdit(node));
      case 4:
        return Write(node, RandomRestating(node));
      case 5:
        return Order(node);
      case 6:
        return Write(node, Retention(node));
      case 7:
        county().TakeAll(station());
        return;
      case 8:
        station().TakeAll(county(), log::Via::kParent);
        return;
      case 9:
        return node.CrashView(*rc::gen::element(store::ModelStore::Lose::kAllUnsynced,
                                                store::ModelStore::Lose::kRandomSuffix));
      case 10:
        return node.RestartNode();
      case 11:
        return Fork();
      case 12:
        for (int tasks = *rc::gen::inRange(0, 8); tasks > 0; --tasks) {
          node.node().executor().RunOne();
        }
        return;
    }
  }

  void MeetUntilEqual() {
    for (int round = 0; round < 2; ++round) {
      county().TakeAll(station());
      station().TakeAll(county(), log::Via::kParent);
    }
  }

  bool HoldTheSame() {
    auto a = station().log().ScopeOf(log::StationScope());
    auto b = county().log().ScopeOf(log::StationScope());
    if (a == nullptr || b == nullptr) return a == b;
    for (const auto& scope : {a, b}) {
      for (const log::LaneState& lane : scope->lanes) {
        if (!lane.debts.empty()) return false;
      }
    }
    return a->listed_bytes == b->listed_bytes;
  }

 private:
  const log::Appended& AnyWritten() {
    return written_[*rc::gen::inRange<size_t>(0, written_.size())];
  }

  // One post's word, or the other's to the same.
  void Order(ViewNode& node) {
    if (written_.empty()) return;
    if (!ordered_ || *rc::gen::arbitrary<bool>()) ordered_ = AnyWritten();
    Write(node, log::ErasureDraft({{*ordered_}}));
  }

  // Half of the writes come in one group with the next, projected or not.
  void Write(ViewNode& node, log::Draft draft) {
    const bool at_once = *rc::gen::arbitrary<bool>();
    node.node().clock().Advance(absl::Milliseconds(*rc::gen::inRange(0, 3)));
    // Lives as long as the node that calls it.
    node.log().Append({std::move(draft)},
                      [this](absl::StatusOr<std::vector<log::Appended>> appended) {
                        if (!appended.ok()) return;
                        written_.insert(written_.end(), appended->begin(), appended->end());
                      });
    if (at_once) node.Run();
  }

  Precedence RandomPrecedence() {
    return *rc::gen::element(Precedence::kFlash, Precedence::kPriority, Precedence::kRoutine);
  }

  log::Draft RandomEdit(ViewNode& node) {
    const RecordName name = Incident(*rc::gen::inRange<uint64_t>(1, kRecords));
    v1::Incident edit;
    if (*rc::gen::arbitrary<bool>()) {
      edit.set_type(*rc::gen::element(v1::FIRE, v1::FLOOD, v1::STORM));
    }
    if (*rc::gen::arbitrary<bool>()) {
      edit.set_severity(*rc::gen::element(v1::SEVERITY_MINOR, v1::SEVERITY_EXTREME));
    }
    if (*rc::gen::arbitrary<bool>()) edit.set_state(v1::INCIDENT_CLOSED);
    if (*rc::gen::arbitrary<bool>()) edit.mutable_observed_time()->set_seconds(7);
    if (*rc::gen::arbitrary<bool>()) {
      edit.mutable_point()->set_lat_e7(*rc::gen::element(400000000, 410000000, 999999999));
      edit.mutable_point()->set_lng_e7(-740000000);
    }
    if (*rc::gen::arbitrary<bool>()) edit.set_description("seen " + std::to_string(++texts_));
    if (*rc::gen::arbitrary<bool>()) edit.add_note("note " + std::to_string(++texts_));
    std::vector<Dot> overwrites;
    if (auto record = node.view().Get(name); record.ok() && *rc::gen::arbitrary<bool>()) {
      for (const merge::HeldChange& change : record->changes) overwrites.push_back(change.dot);
    }
    return DraftOf(name, edit, std::move(overwrites), RandomPrecedence());
  }

  // Carries a text ahead, or says of some change what it never said.
  log::Draft RandomRestating(ViewNode& node) {
    log::Draft draft = RandomEdit(node);
    if (written_.empty()) return draft;
    const log::Appended original = AnyWritten();
    auto change = node.log().ReadChange(original.lane, original.seq, original.dot);
    if (!change.ok() || change->change.texts.empty()) return draft;
    const log::Text& text = change->change.texts[0];
    if (*rc::gen::inRange(0, 4) != 0) draft.key = change->change.key;
    draft.restated = {{text.field, false, original.dot, original.stamp, {}, ""}};
    draft.texts.push_back({1, text.field, text.element, text.bytes.value_or(""), text.salt, {}});
    if (!text.bytes) draft.texts.back().hash = text.hash;
    return draft;
  }

  // One post's word that the last record's term has come: the others have a life.
  log::Draft Retention(ViewNode& node) {
    node.node().clock().Advance(log::kRetentionMin / *rc::gen::inRange(1, 4));
    log::Draft draft =
        log::RetentionDraft(kRecords - 1, log::TestTime() + log::kRetentionMin +
                                              absl::Milliseconds(*rc::gen::inRange(0, 3) * 1000));
    draft.precedence = RandomPrecedence();
    return draft;
  }

  // A second machine goes on from an earlier end of one of the station's lanes.
  void Fork() {
    if (written_.empty()) return;
    const log::Appended at = AnyWritten();
    auto change = county().log().ReadChange(at.lane, at.seq, at.dot);
    if (!change.ok() || county().log().FindLane(at.lane)->author != network_.e201.id()) return;
    log::TestNode twin(network_.e201, 1000 + ++twins_);
    auto appended = twin.Append({RandomEdit(county())});
    auto block = log::UnpackBlock(twin.Blocks(appended->front().lane, 1, 1).front());
    const Step step = *log::NextStep(change->step, block->change(0));
    const Seq next = at.seq.Next();
    const log::BlockHeader header{
        at.lane, next, 1, change->step,
        network_.e201.Sign(identity::Use::kSeal, log::SealedBytes(at.lane, next, step))};
    RC_ASSERT(county().node().Hold(log::PackBlock(header, block->change(0))).ok());
  }

  log::TestNetwork network_;
  std::vector<log::Appended> written_;
  std::optional<log::Appended> ordered_;
  int texts_ = 0;
  uint64_t twins_ = 0;
  std::unique_ptr<ViewNode> nodes_[2];
};

RC_GTEST_PROP(RebuildProperty, AViewMadeAnewIsEqualRecordByRecord, ()) {
  LogCapture alarms;
  History history;
  for (int steps = *rc::gen::inRange(0, 40); steps > 0; --steps) history.Act();
  for (ViewNode* node : {&history.station(), &history.county()}) {
    const std::string as_it_is = node->Dump();
    const std::string made_anew = node->DumpOfRebuilt();
    RC_ASSERT(as_it_is == made_anew);
    RC_ASSERT(node->view().lag() == 0u);
  }
}

// Without the lines that say who holds a change since when: those are each node's own.
RC_GTEST_PROP(RebuildProperty, NodesThatHoldTheSameShowTheSame, ()) {
  LogCapture alarms;
  History history;
  for (int steps = *rc::gen::inRange(0, 30); steps > 0; --steps) history.Act();
  history.MeetUntilEqual();
  // A change that lacks a text unexplained is no part of what nodes give one another.
  if (!history.HoldTheSame()) return;
  RC_CLASSIFY(true, "hold the same");
  for (uint64_t bits = 1; bits < kRecords; ++bits) {
    auto at_station = history.station().view().Get(Incident(bits));
    auto at_county = history.county().view().Get(Incident(bits));
    RC_ASSERT(at_station.ok() == at_county.ok());
    if (!at_station.ok()) continue;
    RC_ASSERT(at_station->shown.DebugString() == at_county->shown.DebugString());
  }
}

// Whatever is lost of the view's disk, nothing of an erased text is found there in the end.
RC_GTEST_PROP(RebuildProperty, NothingOfAnErasedTextIsLeftOnTheDisk, ()) {
  LogCapture alarms;
  log::TestNetwork network;
  ViewNode station(network.e201);
  std::vector<log::Appended> written;
  for (int n = *rc::gen::inRange(1, 6); n > 0; --n) {
    v1::Incident fire = Fire();
    fire.set_description("a name " + std::to_string(n));
    written.push_back(
        station.Append(DraftOf(Incident(*rc::gen::inRange<uint64_t>(1, 4)), fire, {},
                               *rc::gen::element(Precedence::kFlash, Precedence::kRoutine))));
  }
  std::vector<log::Target> targets;
  for (const log::Appended& change : written) targets.push_back({change});
  log::SecondPost county;
  county.Order(station.node(), log::ErasureDraft(targets));
  station.log().Append({log::ErasureDraft(targets)}, [](auto) {});
  for (int tasks = *rc::gen::inRange(0, 6); tasks > 0; --tasks) station.node().executor().RunOne();
  if (*rc::gen::arbitrary<bool>()) station.CrashView(store::ModelStore::Lose::kRandomSuffix);
  station.Run();
  for (auto it = station.disk().Scan("", ""); it->Valid(); it->Next()) {
    RC_ASSERT(std::string(it->value()).find("a name") == std::string::npos);
    RC_ASSERT(std::string(it->key()).find("a name") == std::string::npos);
  }
}

}  // namespace
}  // namespace tocsin::view
