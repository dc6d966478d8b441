#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <string>
#include <vector>

#include "node/guard/fold.h"
#include "node/guard/guard.h"
#include "node/guard/rules.h"
#include "tests/node/guard/corpus.h"

namespace tocsin::guard {
namespace {

// An issuer's prefix and a length that it issues, written down here from the schemes' pages and not
// taken from the rule.
struct Issue {
  const char* prefix;
  size_t length;
};
const std::vector<Issue>& Issues() {
  static const auto* const issues = new std::vector<Issue>{
      {"4", 16},    {"4", 19},   {"51", 16},   {"55", 16},   {"2221", 16}, {"2720", 16},
      {"34", 15},   {"37", 15},  {"36", 14},   {"300", 14},  {"305", 14},  {"38", 14},
      {"6011", 16}, {"644", 16}, {"649", 16},  {"65", 16},   {"3528", 16}, {"3589", 16},
      {"62", 16},   {"62", 19},  {"6304", 16}, {"6759", 16}, {"5018", 16}, {"2200", 16},
      {"2204", 16}, {"9792", 16}};
  return *issues;
}

// Luhn's check digit, written anew: double every second digit from the right.
char CheckDigit(const std::string& digits) {
  int sum = 0;
  for (size_t i = 0; i < digits.size(); ++i) {
    const int digit = digits[digits.size() - 1 - i] - '0';
    sum += i % 2 == 0 ? digit * 2 / 10 + digit * 2 % 10 : digit;
  }
  return static_cast<char>('0' + (10 - sum % 10) % 10);
}

rc::Gen<std::string> Digits(size_t count) {
  return rc::gen::container<std::string>(count, rc::gen::inRange('0', static_cast<char>('9' + 1)));
}

rc::Gen<std::string> Card() {
  return rc::gen::mapcat(rc::gen::elementOf(Issues()), [](const Issue& issue) {
    const std::string prefix = issue.prefix;
    return rc::gen::map(Digits(issue.length - prefix.size() - 1),
                        [prefix](const std::string& rest) {
                          const std::string digits = prefix + rest;
                          return digits + CheckDigit(digits);
                        });
  });
}

std::string InGroups(const std::string& digits, const std::vector<size_t>& groups,
                     const std::string& separator) {
  std::string text;
  size_t at = 0;
  for (size_t i = 0; at < digits.size(); ++i) {
    if (at > 0) text += separator;
    const size_t length = i < groups.size() ? groups[i] : groups.empty() ? 4 : groups.back();
    text += digits.substr(at, length);
    at += length;
  }
  return text;
}

// Bytes that a hostile author would choose: pieces that rules look for, and noise.
rc::Gen<std::string> HostileText() {
  static const auto* const pieces = new std::vector<std::string>{"phone ",
                                                                 "tel.",
                                                                 "call ",
                                                                 "passport ",
                                                                 "plate ",
                                                                 "pesel ",
                                                                 "ssn ",
                                                                 "dni ",
                                                                 "+",
                                                                 "+1 ",
                                                                 "(",
                                                                 ")",
                                                                 "-",
                                                                 "/",
                                                                 ".",
                                                                 " ",
                                                                 "\n",
                                                                 "<",
                                                                 "<<",
                                                                 "P<UTO",
                                                                 "4526",
                                                                 "0181",
                                                                 "212",
                                                                 "555",
                                                                 "0142",
                                                                 "AB12",
                                                                 "CDE",
                                                                 "DE39",
                                                                 "12",
                                                                 "1",
                                                                 "0",
                                                                 "9",
                                                                 "x",
                                                                 "ext",
                                                                 "UN ",
                                                                 "kg",
                                                                 "[",
                                                                 "]",
                                                                 "[telephone number withheld]",
                                                                 "[vehicle plate withheld]",
                                                                 "&#",
                                                                 "&lt;",
                                                                 ";",
                                                                 "\xFF",
                                                                 "\xC3",
                                                                 "电话",
                                                                 "护照",
                                                                 "٤",
                                                                 "２",
                                                                 "\xE2\x80\x8B",
                                                                 "11010519491231002X",
                                                                 "4526018159083012",
                                                                 "4526 0181 5908 3012",
                                                                 "94811311K",
                                                                 "85071441936",
                                                                 "AB1234567",
                                                                 "000",
                                                                 "id number "};
  return rc::gen::map(rc::gen::container<std::vector<std::string>>(rc::gen::oneOf(
                          rc::gen::elementOf(*pieces), rc::gen::elementOf(*pieces),
                          rc::gen::container<std::string>(rc::gen::arbitrary<char>()))),
                      [](const std::vector<std::string>& parts) {
                        std::string text;
                        for (const std::string& part : parts) text += part;
                        return text;
                      });
}

RC_GTEST_PROP(GuardProperty, EveryFormattedValidCardIsFound, ()) {
  const std::string digits = *Card();
  const std::string separator = *rc::gen::element<std::string>(
      "", " ", "-", ".", "\xC2\xA0", "\xE2\x80\x93", "\xE2\x80\xAF", " - ", "\xE2\x80\x8B");
  std::vector<size_t> groups;
  if (digits.size() == 15) groups = {4, 6, 5};
  if (digits.size() == 14) groups = {4, 6, 4};
  const std::string before = *rc::gen::element<std::string>("", "card ", "Karte:", "(", "卡号");
  const std::string after = *rc::gen::element<std::string>("", ".", ", exp 12/30", ")", " found");
  const std::string text = before + InGroups(digits, groups, separator) + after;
  const std::vector<Finding> findings = Examine(text);
  RC_ASSERT(findings.size() == 1u);
  RC_ASSERT(findings[0].begin == before.size());
  RC_ASSERT(findings[0].end == text.size() - after.size());
}

RC_GTEST_PROP(GuardProperty, ACardWithOneDigitChangedIsNoCard, ()) {
  std::string digits = *Card();
  const size_t at = *rc::gen::inRange<size_t>(6, digits.size());
  const int by = *rc::gen::inRange(1, 10);
  digits[at] = static_cast<char>('0' + (digits[at] - '0' + by) % 10);
  for (const Finding& finding : Examine(digits)) RC_ASSERT(finding.sort != Sort::kPaymentCard);
}

RC_GTEST_PROP(GuardProperty, DigitsOfAnotherScriptHideNothing, ()) {
  const std::string digits = *Card();
  // The zeros of scripts whose digits are three bytes long in UTF-8: full width, Thai, Devanagari.
  const std::string zero =
      *rc::gen::element<std::string>("\xEF\xBC\x90", "\xE0\xB9\x90", "\xE0\xA5\xA6");
  std::string text;
  for (const char digit : digits) {
    std::string glyph = zero;
    glyph[2] = static_cast<char>(glyph[2] + (digit - '0'));
    text += glyph;
  }
  RC_ASSERT(Examine(text).size() == 1u);
}

RC_GTEST_PROP(GuardProperty, RandomBytesAreExaminedWithinBounds, ()) {
  const auto text = *rc::gen::container<std::string>(rc::gen::arbitrary<char>());
  for (const Finding& finding : Examine(text)) {
    RC_ASSERT(finding.begin < finding.end);
    RC_ASSERT(finding.end <= text.size());
  }
}

RC_GTEST_PROP(GuardProperty, FindingsAreOrderedAndDisjoint, ()) {
  const std::string text = *HostileText();
  size_t last = 0;
  for (const Finding& finding : Examine(text)) {
    RC_ASSERT(finding.begin >= last);
    RC_ASSERT(finding.end > finding.begin);
    last = finding.end;
  }
  RC_ASSERT(last <= text.size());
}

RC_GTEST_PROP(GuardProperty, NothingIsFoundInAMaskedText, ()) {
  const std::string masked = Mask(*HostileText());
  RC_ASSERT(Examine(masked).empty());
}

RC_GTEST_PROP(GuardProperty, MaskingTwiceIsMaskingOnce, ()) {
  const std::string masked = Mask(*HostileText());
  RC_ASSERT(Mask(masked) == masked);
}

RC_GTEST_PROP(GuardProperty, ATextWithoutFindingsIsLeftAlone, ()) {
  const std::string text = *HostileText();
  if (Examine(text).empty()) RC_ASSERT(Mask(text) == text);
}

RC_GTEST_PROP(GuardProperty, WorkIsLinearInTheTextWhateverIsRepeated, ()) {
  std::string piece = *HostileText();
  piece.resize(std::min<size_t>(piece.size(), 200));
  if (piece.empty()) piece = "1";
  std::string text;
  while (text.size() < 4096) text += piece;
  // Looks at a glyph for each byte, all rules together.
  constexpr size_t kLooksPerByte = 1200;
  RC_ASSERT(ExamineCounted(text).steps <= kLooksPerByte * text.size());
}

TEST(GuardWork, DoublesWhenTheTextDoubles) {
  const std::vector<std::string> pieces = {"1",
                                           "1 ",
                                           "12-",
                                           "+1",
                                           "+1 2",
                                           "phone ",
                                           "tel 1 ",
                                           "tel 12345678901234 ",
                                           "4526 ",
                                           "DE39",
                                           "a",
                                           "A1 ",
                                           "plate A1B2C3 ",
                                           "passport AB1234567 ",
                                           "<",
                                           "P<UTO",
                                           "[",
                                           "&#",
                                           "(",
                                           "pesel 8",
                                           "电话1",
                                           "7408122F3204153UTO<<<<<<<<<<<2",
                                           "phone phone phone ",
                                           "id number 12 34 ",
                                           "\xFF",
                                           ".1",
                                           "1.",
                                           "x338 12"};
  for (const std::string& piece : pieces) {
    const auto steps = [&](size_t size) {
      std::string text;
      while (text.size() < size) text += piece;
      return static_cast<double>(ExamineCounted(text).steps);
    };
    EXPECT_LT(steps(64 << 10) / steps(32 << 10), 2.1) << piece;
  }
}

TEST(GuardWork, IsBoundedForTheWholeCorpusInOneText) {
  std::string text;
  for (const char* name : {"must_find.txt", "must_pass.txt"}) {
    for (const CorpusLine& line : ReadCorpus(name)) text += line.text + "\n";
  }
  const Examination examination = ExamineCounted(text);
  EXPECT_GT(examination.findings.size(), 150u);
  RecordProperty("looks_per_byte", static_cast<int>(examination.steps / text.size()));
  EXPECT_LT(examination.steps, 400 * text.size());
}

}  // namespace
}  // namespace tocsin::guard
