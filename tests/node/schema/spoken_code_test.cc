#include "node/schema/spoken_code.h"

#include <absl/strings/ascii.h>
#include <absl/strings/match.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <string>
#include <vector>

namespace tocsin {
namespace {

constexpr absl::string_view kAlphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

// The check is linear over GF(32): whether an error is caught depends on the error alone and not on
// the code. A few codes of every sort therefore stand for all.
std::vector<SpokenCode> SampleCodes() {
  std::vector<SpokenCode> codes = {SpokenCode::FromBits(0), SpokenCode::FromBits(~uint64_t{0})};
  uint64_t bits = 1;
  for (int i = 0; i < 50; ++i) {
    bits = bits * 6364136223846793005u + 1442695040888963407u;
    codes.push_back(SpokenCode::FromBits(bits >> 20));
  }
  return codes;
}

TEST(SpokenCode, EverySubstitutionAtEveryPositionIsCaught) {
  for (SpokenCode code : SampleCodes()) {
    const std::string good = code.ToString();
    for (size_t at = 0; at < good.size(); ++at) {
      for (char c : kAlphabet) {
        std::string bad = good;
        bad[at] = c;
        EXPECT_EQ(SpokenCode::Parse(bad).ok(), c == good[at]) << good << " " << bad;
      }
    }
  }
}

// Exhaustive: all pairs of positions, and at them all pairs of characters, the check's own position
// included. The other positions hold what makes the code whole.
TEST(SpokenCode, EverySwapOfTwoCharactersIsCaught) {
  size_t tried = 0;
  for (size_t i = 0; i < SpokenCode::kLength; ++i) {
    for (size_t j = i + 1; j < SpokenCode::kLength; ++j) {
      size_t free = 0;
      while (free == i || free == j) ++free;
      for (char a : kAlphabet) {
        for (char b : kAlphabet) {
          if (a == b) continue;
          std::string good(SpokenCode::kLength, '0');
          good[i] = a;
          good[j] = b;
          for (char fill : kAlphabet) {
            good[free] = fill;
            if (SpokenCode::Parse(good).ok()) break;
          }
          ASSERT_TRUE(SpokenCode::Parse(good).ok()) << "no character completes " << good;
          std::string bad = good;
          std::swap(bad[i], bad[j]);
          EXPECT_FALSE(SpokenCode::Parse(bad).ok()) << good << " " << bad;
          ++tried;
        }
      }
    }
  }
  EXPECT_EQ(tried, 28u * 32 * 31);
}

TEST(SpokenCode, EveryTwinThatBecameAnotherTwinIsCaught) {
  for (SpokenCode code : SampleCodes()) {
    const std::string good = code.ToString();
    for (size_t at = 0; at + 1 < good.size(); ++at) {
      if (good[at] != good[at + 1]) continue;
      for (char c : kAlphabet) {
        std::string bad = good;
        bad[at] = bad[at + 1] = c;
        EXPECT_EQ(SpokenCode::Parse(bad).ok(), c == good[at]) << good << " " << bad;
      }
    }
  }
}

TEST(SpokenCode, IsReadAsPeopleWriteIt) {
  SpokenCode code = SpokenCode::FromBits(0x012345678);
  std::string text = code.ToString();
  EXPECT_EQ(SpokenCode::Parse(absl::AsciiStrToLower(text)).value(), code);
  EXPECT_EQ(SpokenCode::Parse(text.substr(0, 4) + "-" + text.substr(4)).value(), code);
  EXPECT_EQ(SpokenCode::Parse(" " + text.substr(0, 2) + " \t" + text.substr(2) + "\n").value(),
            code);
}

TEST(SpokenCode, TakesOForZeroAndIAndLForOne) {
  for (SpokenCode code : SampleCodes()) {
    std::string text = code.ToString();
    for (char& c : text) c = c == '0' ? 'o' : c == '1' ? 'L' : c;
    EXPECT_EQ(SpokenCode::Parse(text).value(), code);
    for (char& c : text) c = c == 'o' ? 'O' : c == 'L' ? 'i' : c;
    EXPECT_EQ(SpokenCode::Parse(text).value(), code);
  }
}

TEST(SpokenCode, AFormThatStaysAsItIs) {
  EXPECT_EQ(SpokenCode::FromBits(0).ToString(), "00000000");
  EXPECT_EQ(SpokenCode::FromBits(1).ToString(), "00000012");
  EXPECT_EQ(SpokenCode::FromBits(32).ToString(), "00000104");
  EXPECT_EQ(SpokenCode::FromBits(uint64_t{1} << 35).bits(), 0u) << "only 35 bits are taken";
}

TEST(SpokenCode, ErrorsSayWhatToDo) {
  auto error = [](absl::string_view text) {
    absl::Status status = SpokenCode::Parse(text).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << text;
    return std::string(status.message());
  };
  EXPECT_EQ(error("0000001"),
            "the code '0000001' has 7 characters and should have 8; ask for it again");
  EXPECT_EQ(error(""), "the code '' has 0 characters and should have 8; ask for it again");
  EXPECT_TRUE(absl::StrContains(error("0000-0013"), "compare it character by character"));
  EXPECT_TRUE(absl::StrContains(error("0000U012"), "the character 'U', which no code has"));
  EXPECT_TRUE(absl::StrContains(error("\x01"), "'\\x01'"));
  EXPECT_LT(error(std::string(1000, '0')).size(), 100u);
}

TEST(SpokenCode, IsSpokenInTheWordsOfTheRadioAlphabet) {
  EXPECT_EQ(SpokenCode::FromBits(1).ToPhonetic(), "Zero Zero Zero Zero, Zero Zero One Two");
  // Every symbol has the word that begins with it, digits theirs.
  std::string digits[] = {"Zero", "One", "Two",   "Three", "Four",
                          "Five", "Six", "Seven", "Eight", "Niner"};
  for (uint64_t symbol = 0; symbol < 32; ++symbol) {
    std::string spoken = SpokenCode::FromBits(symbol << 30).ToPhonetic();
    std::string word = spoken.substr(0, spoken.find(' '));
    if (symbol < 10) {
      EXPECT_EQ(word, digits[symbol]);
    } else {
      EXPECT_EQ(word[0], kAlphabet[symbol]) << word;
    }
  }
}

RC_GTEST_PROP(SpokenCode, WhatIsSpokenReadsBack, (uint64_t any)) {
  SpokenCode code = SpokenCode::FromBits(any);
  RC_ASSERT(code.bits() == (any & ((uint64_t{1} << 35) - 1)));
  RC_ASSERT(SpokenCode::Parse(code.ToString()).value() == code);
}

RC_GTEST_PROP(SpokenCode, AnyTextIsACodeOrAnError, (const std::string& text)) {
  absl::StatusOr<SpokenCode> code = SpokenCode::Parse(text);
  if (code.ok()) RC_ASSERT(SpokenCode::Parse(code->ToString()).value() == *code);
}

}  // namespace
}  // namespace tocsin
