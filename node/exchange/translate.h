// One row of a table (CSV or GeoJSON properties) and a mapping give one record. Between the readers
// and intake; knows nothing of files. Immutable once made; any thread. Borrows mapping and aids.
#pragma once

#include <absl/status/statusor.h>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "node/exchange/aids.h"
#include "node/exchange/features.h"
#include "node/exchange/mapping.h"
#include "node/exchange/row.h"

namespace tocsin::exchange {

struct TableRow {
  uint64_t line = 0;
  // As many as the header has.
  std::vector<std::string> cells;
  // GeoJSON alone.
  Geometry geometry;
};

class Translator {
 public:
  // INVALID_ARGUMENT unless each column is mapped or ignored and each mapped one is there, once.
  static absl::StatusOr<Translator> Make(const Mapping& mapping, const Aids& aids,
                                         const std::vector<std::string>& header);

  // The row's record. INVALID_ARGUMENT with a reason that repeats nothing of the row.
  absl::StatusOr<ImportRow> Translate(const TableRow& row) const;

 private:
  class Work;

  Translator(const Mapping& mapping, const Aids& aids) : mapping_(mapping), aids_(aids) {}

  const Mapping& mapping_;
  const Aids& aids_;
  std::map<std::string, size_t> position_;
};

// REQUIRES: a name; gives the last part of a scope, or INVALID_ARGUMENT where nothing is left.
absl::StatusOr<std::string> Slug(const SlugRule& rule, absl::string_view name);

}  // namespace tocsin::exchange
