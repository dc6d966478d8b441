// What an import writes of a row that the node holds with other values. Pure functions; any thread.
#pragma once

#include <string>
#include <vector>

#include "tocsin/v1/api.pb.h"

namespace tocsin::cli {

// The fields that `wanted` sets otherwise than `held`; of a list that posts add to, whether `held`
// lacks an element.
std::vector<std::string> DifferingFields(const v1::Record& wanted, const v1::Record& held);

struct SplitFields {
  std::vector<std::string> open;
  std::vector<std::string> closed;
};
// Those that an update writes, and those that none does: what settles a conflict, and what a move
// says, the withdrawal with it, is written by those alone.
SplitFields SplitByUpdates(const std::vector<std::string>& fields);

// What is still to be written of one row.
class RowUpdate {
 public:
  RowUpdate() = default;
  // `fields` of `wanted`, and of lists that posts add to only what `held` lacks.
  RowUpdate(v1::Record wanted, const v1::Record& held, std::vector<std::string> fields);

  bool empty() const { return fields_.empty(); }
  // Takes as much as one change takes. REQUIRES: !empty().
  v1::UpdateRecordRequest Take(const std::string& name);

 private:
  v1::Record left_;
  std::vector<std::string> fields_;
};

}  // namespace tocsin::cli
