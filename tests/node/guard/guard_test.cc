#include "node/guard/guard.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

#include "node/guard/fold.h"
#include "node/guard/rules.h"

namespace tocsin::guard {
namespace {

std::string FoundText(const std::string& text) {
  const std::vector<Finding> findings = Examine(text);
  if (findings.size() != 1) return "(" + std::to_string(findings.size()) + " findings)";
  return text.substr(findings[0].begin, findings[0].end - findings[0].begin);
}

TEST(Guard, GivesTheBytesOfTheNumberAndNoMore) {
  EXPECT_EQ(FoundText("ring +44 1632 960123, twice"), "+44 1632 960123");
  EXPECT_EQ(FoundText("phone (212) 555-0142."), "(212) 555-0142");
  EXPECT_EQ(FoundText("card 4526 0181 5908 3012!"), "4526 0181 5908 3012");
  EXPECT_EQ(FoundText("Pay DE39 9571 1777 7412 1547 28 now"), "DE39 9571 1777 7412 1547 28");
  EXPECT_EQ(FoundText("plate AB12 CDE at the gate"), "AB12 CDE");
}

TEST(Guard, CountsBytesAndNotCharacters) {
  EXPECT_EQ(FoundText("Überfall? ４５２６０１８１５９０８３０１２ ü"),
            "４５２６０１８１５９０８３０１２");
}

TEST(Guard, FindsNothingInAnEmptyText) {
  EXPECT_TRUE(Examine("").empty());
  EXPECT_EQ(Mask(""), "");
}

TEST(Guard, NamesEverySortForPeople) {
  EXPECT_EQ(SortName(Sort::kTelephone), "telephone number");
  std::set<std::string> names;
  for (const Sort sort : kAllSorts) names.insert(std::string(SortName(sort)));
  EXPECT_EQ(names.size(), std::size(kAllSorts));
}

TEST(Guard, MasksWithTheNameOfTheSort) {
  EXPECT_EQ(Mask("phone 212-555-0142, gate 4"), "phone [telephone number withheld], gate 4");
  EXPECT_EQ(Mask("gate 4"), "gate 4");
}

TEST(Guard, APlaceholderIsNoCueForTheNumberBehindIt) {
  const std::string text =
      "[telephone number withheld] 4508123 and [vehicle plate withheld] AB12 CDE";
  EXPECT_TRUE(Examine(text).empty());
}

TEST(Guard, ACueDoesNotReachAcrossAPlaceholder) {
  EXPECT_EQ(Mask("phone +44 1632 960123 Box 1318"), "phone [telephone number withheld] Box 1318");
  EXPECT_TRUE(Examine("phone [telephone number withheld] 2125550142").empty());
}

TEST(Guard, AFarCueIsNoCue) {
  const std::string filler(80, 'x');
  EXPECT_TRUE(Examine("phone " + filler + " 212-555-0142").empty());
  EXPECT_TRUE(Examine("passport " + filler + " AB1234567").empty());
}

TEST(Guard, TheFirstRuleOfTheListNamesWhatSeveralFind) {
  // A valid identity number of China that a telephone cue stands beside.
  const std::vector<Finding> findings = Examine("phone 11010519491231002X");
  ASSERT_EQ(findings.size(), 1u);
  EXPECT_EQ(findings[0].sort, Sort::kIdentityNumber);
}

TEST(Guard, FindingsAreInOrderAndNeverOverlap) {
  const std::vector<Finding> findings =
      Examine("phone 212-555-0142 +1 212 555 0142 card 4526018159083012 plate AB12 CDE");
  ASSERT_EQ(findings.size(), 4u);
  for (size_t i = 1; i < findings.size(); ++i) {
    EXPECT_LE(findings[i - 1].end, findings[i].begin);
  }
}

TEST(Fold, ReadsDigitsOfEveryScript) {
  for (const char* text : {"0123456789", "٠١٢٣٤٥٦٧٨٩", "۰۱۲۳۴۵۶۷۸۹", "०१२३४५६७८९", "০১২৩৪৫৬৭৮৯",
                           "๐๑๒๓๔๕๖๗๘๙", "０１２３４５６７８９", "𝟎𝟏𝟐𝟑𝟒𝟓𝟔𝟕𝟖𝟗", "𝟶𝟷𝟸𝟹𝟺𝟻𝟼𝟽𝟾𝟿",
                           "⓪①②③④⑤⑥⑦⑧⑨", "⁰¹²³⁴⁵⁶⁷⁸⁹", "₀₁₂₃₄₅₆₇₈₉"}) {
    std::string folded;
    for (const Glyph& glyph : Fold(text)) folded.push_back(static_cast<char>(glyph.c));
    EXPECT_EQ(folded, "0123456789") << text;
  }
}

TEST(Fold, DropsWhatNobodySees) {
  std::string folded;
  for (const Glyph& glyph : Fold("A\xE2\x80\x8B"
                                 "b\xC2\xAD"
                                 "c\xCC\x81"
                                 "1\xEF\xB8\x8F\xE2\x83\xA3")) {
    folded.push_back(static_cast<char>(glyph.c));
  }
  EXPECT_EQ(folded, "abc1");
}

TEST(Fold, TakesEachBadByteForOneGlyph) {
  const std::string text = "\xC3(\xE2\x82\xF0\x9F\x98\xED\xA0\x80\xFF";
  const std::vector<Glyph> glyphs = Fold(text);
  ASSERT_EQ(glyphs.size(), text.size());
  EXPECT_EQ(glyphs[0].c, kInvalid);
  EXPECT_EQ(glyphs[1].c, U'(');
}

TEST(Fold, ReadsCharacterReferences) {
  const std::vector<Glyph> glyphs = Fold("&lt;&#43;&#x2B;&nbsp;&amp;");
  ASSERT_EQ(glyphs.size(), 4u + 5u);
  EXPECT_EQ(glyphs[0].c, U'<');
  EXPECT_EQ(glyphs[1].c, U'+');
  EXPECT_EQ(glyphs[2].c, U'+');
  EXPECT_EQ(glyphs[3].c, U' ');
  EXPECT_EQ(glyphs[3].begin, 4u + 5u + 6u);
}

TEST(Fold, LeavesBrokenCharacterReferencesAsTheyAre) {
  for (const char* text : {"&#;", "&;", "&#x;", "&#99999999;", "&#12", "&", "&#xZZ;"}) {
    EXPECT_EQ(Fold(text).size(), std::string(text).size()) << text;
  }
}

}  // namespace
}  // namespace tocsin::guard
