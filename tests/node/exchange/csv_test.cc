#include "node/exchange/csv.h"

#include <absl/strings/str_cat.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <sstream>

namespace tocsin::exchange {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::vector<CsvRecord> ReadAll(const std::string& text, CsvOptions options = {}) {
  std::istringstream in(text);
  CsvReader reader(in, options);
  std::vector<CsvRecord> records;
  CsvRecord record;
  while (true) {
    auto more = reader.Next(record);
    EXPECT_TRUE(more.ok()) << more.status();
    if (!more.ok() || !*more) return records;
    records.push_back(record);
  }
}

absl::Status FirstError(const std::string& text, CsvOptions options = {}) {
  std::istringstream in(text);
  CsvReader reader(in, options);
  CsvRecord record;
  while (true) {
    auto more = reader.Next(record);
    if (!more.ok()) return more.status();
    if (!*more) return absl::OkStatus();
  }
}

TEST(Csv, LineEndsMayBeCrlfLfOrCr) {
  auto records = ReadAll("a,b\r\nc,d\ne,f\rg,h");
  ASSERT_EQ(records.size(), 4u);
  EXPECT_THAT(records[0].cells, ElementsAre("a", "b"));
  EXPECT_THAT(records[2].cells, ElementsAre("e", "f"));
  EXPECT_THAT(records[3].cells, ElementsAre("g", "h"));
}

TEST(Csv, AByteOrderMarkIsNoPartOfTheFirstCell) {
  EXPECT_THAT(ReadAll("\xEF\xBB\xBF\"a\",b\n")[0].cells, ElementsAre("a", "b"));
  // A character that begins like a mark is kept.
  EXPECT_THAT(ReadAll("\xEF\xBC\xA1,b\n")[0].cells, ElementsAre("\xEF\xBC\xA1", "b"));
  EXPECT_THAT(ReadAll("x")[0].cells, ElementsAre("x"));
}

TEST(Csv, QuotedCellsHoldSeparatorsQuotesAndLineBreaks) {
  auto records = ReadAll("\"a,b\",\"say \"\"so\"\"\",\"two\r\nlines\"\nnext,x,y\n");
  ASSERT_EQ(records.size(), 2u);
  EXPECT_THAT(records[0].cells, ElementsAre("a,b", "say \"so\"", "two\r\nlines"));
  EXPECT_EQ(records[0].line, 1u);
  EXPECT_EQ(records[1].line, 3u);
}

TEST(Csv, EmptyLinesAreNoRecordsButEmptyCellsAre) {
  auto records = ReadAll("a,b\n\n\r\n,\n");
  ASSERT_EQ(records.size(), 2u);
  EXPECT_THAT(records[1].cells, ElementsAre("", ""));
  EXPECT_EQ(records[1].line, 4u);
}

TEST(Csv, AFaultyRecordIsNamedAndTheNextIsRead) {
  auto records = ReadAll("a\"b,c\nd,\"e\" f,g\nh,i\n");
  ASSERT_EQ(records.size(), 3u);
  EXPECT_THAT(records[0].fault, HasSubstr("cell 1"));
  EXPECT_THAT(records[1].fault, HasSubstr("cell 2 goes on after its closing quote"));
  EXPECT_EQ(records[1].line, 2u);
  EXPECT_THAT(records[2].cells, ElementsAre("h", "i"));
}

TEST(Csv, AQuoteLeftOpenEndsTheReadingWithItsLine) {
  absl::Status status = FirstError("a,b\nc,\"d\ne,f\n");
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(status.ToString(), HasSubstr("line 2"));
}

TEST(Csv, LimitsOnLengthAndWidthAreKept) {
  CsvOptions options;
  options.record_bytes_max = 100;
  options.columns_max = 3;
  EXPECT_TRUE(FirstError("a,b,c\n", options).ok());
  EXPECT_FALSE(FirstError("a,b,c,d\n", options).ok());
  EXPECT_FALSE(FirstError(std::string(200, 'x'), options).ok());
  EXPECT_FALSE(FirstError("\"" + std::string(200, 'x') + "\"", options).ok());
}

RC_GTEST_PROP(Csv, WhatIsWrittenIsReadBack, ()) {
  const auto width = *rc::gen::inRange<size_t>(1, 5);
  const auto cell = rc::gen::container<std::string>(
      rc::gen::elementOf(std::string("ab,;\"\r\n\t =+-@'\xC3\xA9")));
  const auto rows = *rc::gen::container<std::vector<std::vector<std::string>>>(
      rc::gen::container<std::vector<std::string>>(width, cell));
  std::string text;
  for (const auto& row : rows) AppendCsv(row, text);
  const auto records = ReadAll(text);
  RC_ASSERT(records.size() == rows.size());
  for (size_t i = 0; i < rows.size(); ++i) RC_ASSERT(records[i].cells == rows[i]);
}

RC_GTEST_PROP(Csv, AnyBytesEndInRecordsOrAnError, ()) {
  const auto bytes = *rc::gen::container<std::string>(
      rc::gen::oneOf(rc::gen::arbitrary<char>(), rc::gen::elementOf(std::string("\"\",\r\n"))));
  std::istringstream in(bytes);
  CsvReader reader(in);
  CsvRecord record;
  size_t records = 0;
  while (true) {
    auto more = reader.Next(record);
    if (!more.ok() || !*more) break;
    RC_ASSERT(++records <= bytes.size());
    RC_ASSERT(record.cells.empty() != record.fault.empty());
  }
}

RC_GTEST_PROP(Csv, NoEscapedTextIsAFormulaAndEveryOneComesBack, ()) {
  const auto text = *rc::gen::container<std::string>(
      rc::gen::oneOf(rc::gen::arbitrary<char>(), rc::gen::elementOf(std::string("=+-@'\t\r"))));
  const std::string cell = EscapeFormula(text);
  RC_ASSERT(UnescapeFormula(cell) == text);
  RC_ASSERT(cell.empty() || std::string("=+-@\t\r").find(cell[0]) == std::string::npos);
}

}  // namespace
}  // namespace tocsin::exchange
