// What the tests of this folder share: a sink that keeps everything, and the mappings that ship.
#pragma once

#include <absl/status/statusor.h>

#include <fstream>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "node/exchange/aids.h"
#include "node/exchange/mapping.h"
#include "node/exchange/read.h"
#include "node/exchange/row.h"
#include "tests/support/data.h"
#include "tests/support/paths.h"

namespace tocsin::exchange {

class KeepingSink : public Sink {
 public:
  absl::Status Take(ImportRow row) override {
    rows.push_back(std::move(row));
    return absl::OkStatus();
  }
  void Refuse(Refused r) override { refused.push_back(std::move(r)); }

  std::vector<ImportRow> rows;
  std::vector<Refused> refused;
};

inline absl::StatusOr<std::string> Slurp(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) return absl::NotFoundError(path);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

inline absl::StatusOr<std::string> LoadShipped(const std::string& name) {
  return Slurp(SourcePath("tools/mappings/" + name));
}

inline absl::StatusOr<Mapping> ShippedMapping(const std::string& name) {
  auto text = LoadShipped(name);
  if (!text.ok()) return text.status();
  return ParseMapping(*text, name, LoadShipped);
}

inline absl::StatusOr<std::string> LoadNothing(const std::string& name) {
  return absl::NotFoundError(name);
}

// Reads `csv` by `toml`, a mapping without aids.
inline absl::StatusOr<Summary> ImportCsv(const std::string& csv, const std::string& toml,
                                         KeepingSink& sink) {
  auto mapping = ParseMapping(toml, "test.toml", LoadNothing);
  if (!mapping.ok()) return mapping.status();
  std::istringstream in(csv);
  return ReadCsv(in, *mapping, Aids(), sink);
}

}  // namespace tocsin::exchange
