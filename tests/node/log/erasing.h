// Erasures for tests.
#pragma once

#include <string>
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

inline Draft ErasureDraft(const std::vector<Target>& targets, const Scope& scope = StationScope(),
                          int posts = 2) {
  v1::Erasure erasure;
  erasure.set_ground(v1::ERASURE_BY_TWO_POSTS);
  if (posts > 0) erasure.add_jurisdiction("city/kings/e201");
  if (posts > 1) erasure.add_jurisdiction("city/kings");
  for (const Target& target : targets) {
    v1::ErasedText* text = erasure.add_text();
    text->set_lane(std::string(target.change.lane.view()));
    text->set_sequence(target.change.seq.value());
    text->set_dot(std::string(target.change.dot.view()));
    text->set_field(target.field);
    text->set_element(target.element);
  }
  Draft draft{scope, Precedence::kRoutine, {}, 5, false, {}, {}, {}, {}};
  draft.key.kind = kErasureKind;
  draft.key.code_bits = 4242;
  draft.key.id = identity::RecordIdFromCode(scope, kErasureKind, 4242);
  draft.ops = {{21, false, {}}, {22, false, {}}, {24, false, {}}};
  draft.values = erasure.SerializeAsString();
  return draft;
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
