#include "node/intake/held_change.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>

#include "tests/node/log/world.h"

namespace tocsin::intake {
namespace {

using ::testing::HasSubstr;

constexpr uint32_t kNote = 9;
constexpr uint32_t kSeverity = 23;
constexpr uint32_t kNfirsType = 26;
constexpr uint32_t kDescription = 27;

// A station that writes whatever it is told to, below a county that has the network's schema.
class HeldChange : public ::testing::Test {
 protected:
  HeldChange() : county_(net_.kings, 2, Checked()) {}

  static log::LogOptions Checked() {
    log::LogOptions options;
    options.check_change = CheckHeldChange;
    return options;
  }

  // What the county says to a change that its station signed.
  absl::Status Held(log::Draft draft, log::Via via = log::Via::kChild) {
    auto appended = station_.Append({std::move(draft)});
    if (!appended.ok()) return absl::InternalError(appended.status().ToString());
    const log::Appended& at = appended->front();
    absl::Status opened = county_.Open(station_, at.lane);
    if (!opened.ok()) return absl::InternalError(opened.ToString());
    return county_.Hold(station_.Blocks(at.lane, at.seq.value(), at.seq.value()).front(), via)
        .status();
  }

  static log::Draft WithValue(uint32_t field, const std::string& bytes) {
    log::Draft draft = log::IncidentDraft(1);
    draft.ops.push_back({field, false, {}});
    draft.values += bytes;
    return draft;
  }
  static log::Draft WithText(uint32_t field, uint32_t element, size_t size) {
    log::Draft draft = log::IncidentDraft(1);
    draft.ops.push_back({field, false, {}});
    draft.texts.push_back({0, field, element, std::string(size, 'x'), std::nullopt, std::nullopt});
    return draft;
  }
  void ExpectRefused(log::Draft draft, const std::string& why) {
    const absl::Status status = Held(std::move(draft));
    EXPECT_TRUE(absl::IsInvalidArgument(status)) << status;
    EXPECT_THAT(std::string(status.message()), HasSubstr(why));
    EXPECT_THAT(std::string(status.message()), HasSubstr("city/kings/e201"));
  }

  log::TestNetwork net_;
  log::TestNode station_{net_.e201, 1};
  log::TestNode county_;
};

TEST_F(HeldChange, OfTheSchemaIsHeld) {
  EXPECT_TRUE(Held(log::IncidentDraft(1, "smoke")).ok());
  EXPECT_TRUE(Held(WithText(kNote, 7, 4096)).ok());
  EXPECT_TRUE(Held(WithValue(kNfirsType,
                             "\xd2\x01\x04"
                             "1110"))
                  .ok());
}

TEST_F(HeldChange, OfAnUnknownKindOrFieldIsTakenFromTheParentAlone) {
  log::Draft kind = log::IncidentDraft(1);
  kind.key.kind = 40;
  ExpectRefused(kind, "no kind 40");
  EXPECT_TRUE(Held(kind, log::Via::kParent).ok());
  const log::Draft field = WithValue(500, "\xa2\x1f\x03new");
  ExpectRefused(field, "Incident.500: the schema has no such field");
  EXPECT_TRUE(Held(field, log::Via::kParent).ok());
}

TEST_F(HeldChange, WithAValueThatItDoesNotAnnounceIsRefused) {
  log::Draft draft = log::IncidentDraft(1);
  draft.values += "\xa2\x1f\x03new";
  ExpectRefused(draft, "not among those set");
  EXPECT_FALSE(Held(draft, log::Via::kParent).ok());
}

// A free text in a message of the schema, under a number that the message does not have.
TEST_F(HeldChange, WithAnUnknownFieldWithinAValueIsRefused) {
  ExpectRefused(WithValue(8, std::string("\x42\x08\xa2\x1f\x05"
                                         "names",
                                         10)),
                "the schema has no such field");
}

TEST_F(HeldChange, WithACodedValuePastItsBytesIsRefusedAlsoFromTheParent) {
  const log::Draft draft = WithValue(kNfirsType,
                                     "\xd2\x01\x05"
                                     "11100");
  ExpectRefused(draft, "nfirs_type: is 5 bytes long, of at most 4");
  EXPECT_FALSE(Held(draft, log::Via::kParent).ok());
}

TEST_F(HeldChange, WithATextWhereTheSchemaHasNoneIsRefused) {
  ExpectRefused(WithText(kNfirsType, 0, 3), "nfirs_type: is no text");
  ExpectRefused(WithText(kNote, 8, 3), "has no element 8");
  ExpectRefused(WithText(kDescription, 0, 4097), "is 4097 bytes long, of at most 4096");
  ExpectRefused(WithValue(kDescription, "\xda\x01\x05smoke"), "stands among the values");
}

TEST_F(HeldChange, ThatRestatesWhatNobodyMaySayIsRefused) {
  const log::Draft plain = log::IncidentDraft(1);
  const Dot dot = station_.Append({plain})->front().dot;
  auto restating = [&](uint32_t field, bool clear, const std::string& value) {
    log::Draft draft = plain;
    draft.restated = {{field, clear, dot, {log::Rank::kOwnFree, 1}, {}, value}};
    return draft;
  };
  EXPECT_TRUE(Held(restating(kSeverity, false, "\xb8\x01\x04")).ok());
  ExpectRefused(restating(500, false, ""), "no such field, in what it restates");
  ExpectRefused(restating(kSeverity, false,
                          "\xd2\x01\x04"
                          "1110"),
                "nfirs_type");
  ExpectRefused(restating(kSeverity, true, "\xb8\x01\x04"), "not among those set");
  log::Draft text = restating(kDescription, false, "");
  text.texts.push_back({1, kNote, 0, "another field's", std::nullopt, std::nullopt});
  ExpectRefused(text, "note: has a text and is not among those set");
}

// A text that is only a hash has no bytes to be measured.
TEST_F(HeldChange, WithAnErasedTextIsHeld) {
  log::Draft draft = WithText(kDescription, 0, 0);
  draft.texts.back().hash = Digest();
  EXPECT_TRUE(Held(draft).ok());
}

}  // namespace
}  // namespace tocsin::intake
