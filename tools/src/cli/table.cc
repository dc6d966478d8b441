#include "tools/src/cli/table.h"

#include <algorithm>

namespace tocsin::cli {
namespace {

size_t Width(absl::string_view text) {
  return static_cast<size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0) != 0x80;
  }));
}

}  // namespace

std::string OneLine(absl::string_view text) {
  std::string line;
  for (size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    // The C1 controls are C2 80 to C2 9F.
    const bool c1 =
        byte == 0xC2 && i + 1 < text.size() && static_cast<unsigned char>(text[i + 1]) < 0xA0;
    if (c1) ++i;
    line += byte < 0x20 || byte == 0x7F || c1 ? ' ' : text[i];
  }
  return line;
}

void Table::Print(std::ostream& out, absl::string_view indent) const {
  std::vector<size_t> widths(heading_.size(), 0);
  for (const std::vector<std::string>& row : rows_) {
    widths.resize(std::max(widths.size(), row.size()), 0);
    for (size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], Width(row[i]));
  }
  const auto print = [&](const std::vector<std::string>& row) {
    std::string line(indent);
    size_t owed = 0;
    for (size_t i = 0; i < row.size() && i < widths.size(); ++i) {
      if (widths[i] == 0) continue;
      const size_t width =
          i < heading_.size() ? std::max(widths[i], Width(heading_[i])) : widths[i];
      if (!row[i].empty()) {
        line += std::string(owed, ' ') + row[i];
        owed = 0;
      }
      owed += width - Width(row[i]) + 2;
    }
    out << line << '\n';
  };
  if (!heading_.empty()) print(heading_);
  for (const std::vector<std::string>& row : rows_) print(row);
}

}  // namespace tocsin::cli
