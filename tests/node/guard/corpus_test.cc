#include <gtest/gtest.h>

#include <map>
#include <string>

#include "node/guard/guard.h"
#include "tests/node/guard/corpus.h"

namespace tocsin::guard {
namespace {

// The words of must_find.txt.
std::string Word(Sort sort) {
  switch (sort) {
    case Sort::kPaymentCard:
      return "card";
    case Sort::kIban:
      return "iban";
    case Sort::kMachineReadableZone:
      return "zone";
    case Sort::kIdentityNumber:
      return "identity";
    case Sort::kPassport:
      return "passport";
    case Sort::kTelephone:
      return "telephone";
    case Sort::kPlate:
      return "plate";
  }
  return "?";
}

std::vector<std::string> Words(const std::vector<Finding>& findings) {
  std::vector<std::string> words;
  for (const Finding& finding : findings) words.push_back(Word(finding.sort));
  return words;
}

TEST(GuardCorpus, FindsEveryLineThatMustBeFound) {
  const std::vector<CorpusLine> lines = ReadCorpus("must_find.txt");
  ASSERT_GT(lines.size(), 200u);
  std::map<std::string, int> sorts;
  for (const CorpusLine& line : lines) {
    EXPECT_EQ(Words(Examine(line.text)), line.sorts)
        << "must_find.txt:" << line.number << ": " << line.text
        << "\n  masked: " << Mask(line.text);
    for (const std::string& sort : line.sorts) ++sorts[sort];
  }
  EXPECT_EQ(sorts.size(), std::size(kAllSorts)) << "a sort has no line";
}

TEST(GuardCorpus, LetsEveryLinePassThatMustPass) {
  const std::vector<CorpusLine> lines = ReadCorpus("must_pass.txt");
  ASSERT_GT(lines.size(), 200u);
  for (const CorpusLine& line : lines) {
    EXPECT_TRUE(Examine(line.text).empty()) << "must_pass.txt:" << line.number << ": " << line.text
                                            << "\n  masked: " << Mask(line.text);
  }
}

TEST(GuardCorpus, MasksEveryLineUntilNothingIsLeft) {
  for (const CorpusLine& line : ReadCorpus("must_find.txt")) {
    const std::string masked = Mask(line.text);
    EXPECT_TRUE(Examine(masked).empty()) << masked;
    EXPECT_NE(masked, line.text);
  }
}

}  // namespace
}  // namespace tocsin::guard
