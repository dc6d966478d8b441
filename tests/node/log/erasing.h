// Erasures for tests.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "node/log/block.h"
#include "node/log/erasure.h"
#include "tests/node/log/world.h"
#include "tocsin/v1/records.pb.h"

namespace tocsin::log {

struct Target {
  Appended change;
  uint32_t field = 27;
  uint32_t element = 0;
};

inline const std::vector<std::string>& StationAndCounty() {
  static const auto* const posts = new std::vector<std::string>{"city/kings/e201", "city/kings"};
  return *posts;
}

inline v1::Erasure ErasureOf(const std::vector<Target>& targets, const Scope& scope,
                             const std::vector<std::string>& posts) {
  v1::Erasure erasure;
  erasure.mutable_subject()->set_scope(scope.ToString());
  erasure.mutable_subject()->set_kind(v1::INCIDENT);
  erasure.mutable_subject()->set_id(
      std::string(identity::RecordIdFromCode(scope, v1::INCIDENT, 1).view()));
  erasure.set_ground(v1::ERASURE_BY_TWO_POSTS);
  for (const std::string& post : posts) erasure.add_jurisdiction(post);
  for (const Target& target : targets) {
    v1::ErasedText* text = erasure.add_text();
    text->set_lane(std::string(target.change.lane.view()));
    text->set_sequence(target.change.seq.value());
    text->set_dot(std::string(target.change.dot.view()));
    text->set_field(target.field);
    text->set_element(target.element);
  }
  return erasure;
}

inline Draft DraftOfErasure(const v1::Erasure& erasure, const Scope& scope = StationScope(),
                            uint64_t code = 4242) {
  Draft draft{scope, Precedence::kRoutine, {}, 5, false, {}, {}, {}, {}};
  draft.key.kind = kErasureKind;
  draft.key.code_bits = code;
  draft.key.id = identity::RecordIdFromCode(scope, kErasureKind, code);
  draft.ops = {{20, false, {}}, {21, false, {}}, {22, false, {}}, {24, false, {}}};
  draft.values = erasure.SerializeAsString();
  return draft;
}

// What one of two posts says.
inline Draft ErasureDraft(const std::vector<Target>& targets, const Scope& scope = StationScope(),
                          const std::vector<std::string>& posts = StationAndCounty()) {
  return DraftOfErasure(ErasureOf(targets, scope, posts), scope);
}

// What one of two posts says of a record past its term.
inline v1::Erasure RetentionOf(uint64_t code, absl::Time term,
                               const std::vector<std::string>& posts = StationAndCounty()) {
  v1::Erasure erasure = ErasureOf({}, StationScope(), posts);
  erasure.mutable_subject()->set_id(
      std::string(identity::RecordIdFromCode(StationScope(), v1::INCIDENT, code).view()));
  erasure.set_ground(v1::ERASURE_BY_RETENTION);
  erasure.mutable_term_time()->set_seconds(absl::ToUnixSeconds(term));
  return erasure;
}
inline Draft RetentionDraft(uint64_t code, absl::Time term) {
  Draft draft = DraftOfErasure(RetentionOf(code, term), StationScope(), 5000 + code);
  draft.ops = {{20, false, {}}, {21, false, {}}, {23, false, {}}, {24, false, {}}};
  return draft;
}

// A county's log beside the one of a station, for what a county alone can say.
class SecondPost {
 public:
  explicit SecondPost(identity::Identity identity = TestNetwork().kings)
      : node_(std::move(identity), 777) {}

  // Has it say that the texts may go, and brings that to `node`.
  void Order(TestNode& node, const Draft& draft) {
    auto ordered = node_.Append({draft});
    ASSERT_TRUE(ordered.ok()) << ordered.status();
    Bring(node, ordered->front());
  }
  void Bring(TestNode& node, const Appended& ordered) {
    ASSERT_TRUE(node.Open(node_, ordered.lane).ok());
    const std::string peer = node_.identity().jurisdiction().path();
    for (std::string& block :
         node_.Blocks(ordered.lane, ordered.seq.value(), ordered.seq.value())) {
      auto held = node.Hold(std::move(block), Via::kParent, peer);
      ASSERT_TRUE(held.ok()) << held.status();
    }
  }
  TestNode& node() { return node_; }

 private:
  TestNode node_;
};

// Both posts' changes, at the station.
inline void Erase(TestNode& station, SecondPost& county, const std::vector<Target>& targets) {
  ASSERT_TRUE(station.Append({ErasureDraft(targets)}).ok());
  county.Order(station, ErasureDraft(targets));
}

// A change that carries another one's description ahead.
inline Draft Restating(Log& log, const Appended& original) {
  auto change = log.ReadChange(original.lane, original.seq, original.dot);
  EXPECT_TRUE(change.ok()) << change.status();
  const Text& text = change->change.texts[0];
  Draft draft = IncidentDraft(*change->change.key.code_bits, "", Precedence::kFlash);
  draft.restated = {{27, false, original.dot, original.stamp, {}, ""}};
  draft.texts.push_back({1, 27, 0, text.bytes.value_or(""), text.salt, std::nullopt});
  if (!text.bytes.has_value()) draft.texts.back().hash = text.hash;
  return draft;
}

// Takes the texts out of a block, as a bad disk or a lying relay would.
inline std::string Textless(const std::string& block) {
  auto unpacked = UnpackBlock(block);
  EXPECT_TRUE(unpacked.ok());
  std::string raw;
  for (size_t i = 0; i < unpacked->changes.size(); ++i) {
    ChangeView view;
    absl::string_view change = unpacked->change(i);
    EXPECT_TRUE(view.Parse(change).ok());
    view.AppendWithout([](const TextView&) { return true; }, raw);
  }
  return PackBlock(unpacked->header, raw);
}

}  // namespace tocsin::log
