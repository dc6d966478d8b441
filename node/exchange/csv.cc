#include "node/exchange/csv.h"

#include <absl/strings/str_cat.h>

#include <utility>

#include "node/base/status.h"

namespace tocsin::exchange {
namespace {

constexpr int kEnd = std::char_traits<char>::eof();

bool NeedsEscape(absl::string_view text) {
  constexpr absl::string_view kLeading("=+-@\t\r'");
  return !text.empty() && kLeading.find(text[0]) != absl::string_view::npos;
}

bool NeedsQuotes(absl::string_view cell) {
  return cell.find_first_of(",;\t\"\r\n") != absl::string_view::npos ||
         (!cell.empty() && (cell.front() == ' ' || cell.back() == ' '));
}

}  // namespace

CsvReader::CsvReader(std::istream& in, CsvOptions options) : in_(in), options_(options) {}

int CsvReader::Peek() {
  if (!begun_) Begin();
  if (begin_at_ < begin_.size()) return static_cast<uint8_t>(begin_[begin_at_]);
  return in_.rdbuf()->sgetc();
}

int CsvReader::Get() {
  const int byte = Peek();
  if (byte == kEnd) return byte;
  ++record_bytes_;
  if (begin_at_ < begin_.size()) {
    ++begin_at_;
  } else {
    in_.rdbuf()->sbumpc();
  }
  return byte;
}

void CsvReader::Begin() {
  constexpr absl::string_view kMark("\xEF\xBB\xBF");
  begun_ = true;
  TOCSIN_CHECK(in_.rdbuf() != nullptr);
  while (begin_.size() < kMark.size() && in_.rdbuf()->sgetc() != kEnd) {
    begin_.push_back(static_cast<char>(in_.rdbuf()->sbumpc()));
  }
  if (begin_ == kMark) begin_at_ = kMark.size();
}

bool CsvReader::TakeLineBreak(int byte) {
  if (byte != '\n' && byte != '\r') return false;
  if (byte == '\r' && Peek() == '\n') Get();
  ++line_;
  return true;
}

absl::Status CsvReader::TooLong(const CsvRecord& record) const {
  return absl::InvalidArgumentError(absl::StrCat("line ", record.line, ": a record of more than ",
                                                 options_.record_bytes_max,
                                                 " bytes: is a quote left open?"));
}

CsvReader::End CsvReader::SkipRecord() {
  for (int byte = Get(); byte != kEnd; byte = Get()) {
    if (TakeLineBreak(byte)) return End::kRecord;
  }
  return End::kFile;
}

absl::StatusOr<CsvReader::End> CsvReader::ReadQuoted(std::string& cell, CsvRecord& record) {
  while (true) {
    if (record_bytes_ > options_.record_bytes_max) return TooLong(record);
    int byte = Get();
    if (byte == kEnd) {
      return absl::InvalidArgumentError(absl::StrCat(
          "line ", record.line, ": a quoted cell has no end; close it or double the quote"));
    }
    if (byte == '\n' || (byte == '\r' && Peek() != '\n')) ++line_;
    if (byte != '"') {
      cell.push_back(static_cast<char>(byte));
    } else if (Peek() == '"') {
      cell.push_back(static_cast<char>(Get()));
    } else {
      break;
    }
  }
  int byte = Get();
  if (byte == kEnd) return End::kFile;
  if (byte == options_.separator) return End::kCell;
  if (TakeLineBreak(byte)) return End::kRecord;
  record.fault = absl::StrCat("cell ", record.cells.size() + 1, " goes on after its closing quote");
  return SkipRecord();
}

absl::StatusOr<CsvReader::End> CsvReader::ReadCell(std::string& cell, CsvRecord& record) {
  if (Peek() == '"') {
    Get();
    return ReadQuoted(cell, record);
  }
  while (true) {
    if (record_bytes_ > options_.record_bytes_max) return TooLong(record);
    int byte = Get();
    if (byte == kEnd) return End::kFile;
    if (byte == options_.separator) return End::kCell;
    if (TakeLineBreak(byte)) return End::kRecord;
    if (byte == '"') {
      record.fault = absl::StrCat("cell ", record.cells.size() + 1,
                                  " has a quote but does not begin with one");
      return SkipRecord();
    }
    cell.push_back(static_cast<char>(byte));
  }
}

absl::StatusOr<bool> CsvReader::Next(CsvRecord& record) {
  while (Peek() == '\n' || Peek() == '\r') TakeLineBreak(Get());
  record.line = line_;
  record.cells.clear();
  record.fault.clear();
  record_bytes_ = 0;
  if (Peek() == kEnd) return false;
  for (End end = End::kCell; end == End::kCell;) {
    if (record.cells.size() == options_.columns_max) {
      return absl::InvalidArgumentError(
          absl::StrCat("line ", record.line, ": more than ", options_.columns_max, " columns"));
    }
    std::string cell;
    TOCSIN_ASSIGN_OR_RETURN(end, ReadCell(cell, record));
    record.cells.push_back(std::move(cell));
  }
  if (!record.fault.empty()) record.cells.clear();
  return true;
}

void AppendCsv(const std::vector<std::string>& cells, std::string& out) {
  TOCSIN_CHECK(!cells.empty());
  for (size_t i = 0; i < cells.size(); ++i) {
    if (i > 0) out.push_back(',');
    // A record of one empty cell would else be an empty line.
    if (!NeedsQuotes(cells[i]) && !(cells.size() == 1 && cells[i].empty())) {
      out.append(cells[i]);
      continue;
    }
    out.push_back('"');
    for (char c : cells[i]) {
      if (c == '"') out.push_back('"');
      out.push_back(c);
    }
    out.push_back('"');
  }
  out.append("\r\n");
}

std::string EscapeFormula(absl::string_view text) {
  return NeedsEscape(text) ? absl::StrCat("'", text) : std::string(text);
}

std::string UnescapeFormula(absl::string_view cell) {
  if (!cell.empty() && cell[0] == '\'' && NeedsEscape(cell.substr(1))) cell.remove_prefix(1);
  return std::string(cell);
}

}  // namespace tocsin::exchange
