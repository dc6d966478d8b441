// CSV as RFC 4180 has it, record by record, so that a file of any length needs the memory of one
// record. Knows nothing of columns' meaning.
#pragma once

#include <absl/status/statusor.h>
#include <absl/strings/string_view.h>

#include <cstdint>
#include <istream>
#include <string>
#include <vector>

namespace tocsin::exchange {

struct CsvOptions {
  char separator = ',';
  // A file past one of these is refused.
  size_t record_bytes_max = 1 << 20;
  size_t columns_max = 1'024;
};

struct CsvRecord {
  // Of its first byte; the file's first line is 1. Quoted line breaks count.
  uint64_t line = 0;
  std::vector<std::string> cells;
  // Not empty: the record breaks the grammar and has no cells; the next record is read as usual.
  std::string fault;
};

// Reads CRLF, LF or CR line ends, a UTF-8 byte order mark, quoted cells with line breaks in them.
// An empty line is no record. Not thread-safe; borrows the stream.
class CsvReader {
 public:
  explicit CsvReader(std::istream& in, CsvOptions options = {});

  // False at the end of the file. INVALID_ARGUMENT where nothing after can be trusted: a quote that
  // is never closed, or a record past the limits; the message names the line.
  absl::StatusOr<bool> Next(CsvRecord& record);

 private:
  enum class End { kCell, kRecord, kFile };

  int Peek();
  int Get();
  // Takes the first three bytes, to see whether they are a byte order mark.
  void Begin();
  // What follows a line break counts to the next record.
  bool TakeLineBreak(int byte);
  absl::StatusOr<End> ReadCell(std::string& cell, CsvRecord& record);
  absl::StatusOr<End> ReadQuoted(std::string& cell, CsvRecord& record);
  // Reads on to the line's end after a fault.
  End SkipRecord();
  absl::Status TooLong(const CsvRecord& record) const;

  std::istream& in_;
  const CsvOptions options_;
  uint64_t line_ = 1;
  size_t record_bytes_ = 0;
  bool begun_ = false;
  std::string begin_;
  size_t begin_at_ = 0;
};

// Appends one record with CRLF; a cell is quoted where it must be. REQUIRES: at least one cell.
void AppendCsv(const std::vector<std::string>& cells, std::string& out);

// A spreadsheet runs a cell that begins with one of = + - @ tab or CR as a formula. EscapeFormula
// puts an apostrophe before such a text, and before one that begins with an apostrophe, so that
// UnescapeFormula gives every text back as it was. For texts; numbers need it not.
std::string EscapeFormula(absl::string_view text);
std::string UnescapeFormula(absl::string_view cell);

}  // namespace tocsin::exchange
