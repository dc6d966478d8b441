// Text in columns, for people. Pure values.
#pragma once

#include <absl/strings/string_view.h>

#include <ostream>
#include <string>
#include <vector>

namespace tocsin::cli {

// The text on one line: line breaks and control characters, which could command a terminal, become
// blanks.
std::string OneLine(absl::string_view text);

class Table {
 public:
  // An empty heading for a table without headings.
  explicit Table(std::vector<std::string> heading) : heading_(std::move(heading)) {}

  // REQUIRES: as many cells as headings, where there are some.
  void Add(std::vector<std::string> cells) { rows_.push_back(std::move(cells)); }
  bool empty() const { return rows_.empty(); }
  // Columns as wide as they must be, two blanks between; a column that is empty in every row is
  // left out. Widths count characters of UTF-8.
  void Print(std::ostream& out, absl::string_view indent = "") const;

 private:
  std::vector<std::string> heading_;
  std::vector<std::vector<std::string>> rows_;
};

}  // namespace tocsin::cli
