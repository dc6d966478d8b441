// What the load generator has to file: the rows of a table, read once by the mapping that imports
// use, and where each belongs. Pure but for reading files; any thread.
#pragma once

#include <absl/status/statusor.h>

#include <map>
#include <string>
#include <vector>

#include "node/exchange/row.h"

namespace tocsin::load {

struct RowSource {
  std::string mapping;
  std::string file;
  // The mapping's aids: name to file.
  std::map<std::string, std::string> aids;
};

struct Rows {
  // In the order of the file.
  std::vector<exchange::ImportRow> rows;
  std::vector<exchange::Refused> refused;
  exchange::Summary summary;
  // Every station that the mapping's aids name, in rising order, those without a row included.
  std::vector<std::string> stations;
};

// The whole file is in memory. NOT_FOUND names a file that lacks; INVALID_ARGUMENT what cannot be
// read as the mapping says.
absl::StatusOr<Rows> ReadRows(const RowSource& source);

}  // namespace tocsin::load
