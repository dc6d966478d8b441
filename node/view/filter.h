// List filters: the part of AIP-160 that docs/api.md gives. Stands between a query's text and the
// rows that queries walk; watches ask it of single records. No text but the name and address of a
// place can be asked for, and those by prefix only.
#pragma once

#include <absl/status/statusor.h>
#include <absl/strings/string_view.h>

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "node/geo/cells.h"
#include "tocsin/v1/api.pb.h"

namespace tocsin::view {

struct FilterNode;

// What every record that matches satisfies: for choosing an index. Bounds are included.
struct FilterHints {
  // Its place is in this window; and the leaf cells of the window, with some around it.
  std::optional<geo::Rect> window;
  std::vector<geo::CellRange> cells;
  // By field: the value of a coded field.
  std::map<uint32_t, uint32_t> coded;
  // By field: milliseconds since 1970.
  std::map<uint32_t, std::pair<int64_t, int64_t>> times;
  std::optional<uint64_t> code_bits;
  bool conflict = false;
  bool raised = false;
  bool moved = false;

  // May the place in this leaf cell be in the window? Without reading the record; never wrongly no.
  bool MayHoldPlace(uint64_t leaf_cell) const;
};

// Immutable; any thread; cheap to copy.
class Filter {
 public:
  static constexpr size_t kBytesMax = 4096;

  // For records of one kind. INVALID_ARGUMENT says at which character it cannot be read, and what
  // might stand there.
  static absl::StatusOr<Filter> Compile(absl::string_view text, uint32_t kind);

  // REQUIRES: a record of that kind, names filled in.
  bool Matches(const v1::Record& record) const;
  const FilterHints& hints() const { return hints_; }

 private:
  std::shared_ptr<const FilterNode> root_;
  FilterHints hints_;
};

}  // namespace tocsin::view
