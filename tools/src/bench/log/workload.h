// The changes that `tools/bench log` measures: rows of a fire register as an import files them, and
// edits of one field.
#pragma once

#include <cstdint>
#include <string>

#include "node/base/random.h"
#include "node/log/log.h"

namespace tocsin::bench {

// "15 coded fields and one address text" and "one coded field, overwriting one dot".
std::string DescribeRow();
std::string DescribeEdit();

// The n-th row: keyed by its source, in the shape and spread of New York's register of fires.
log::Draft FireRow(const Scope& scope, uint64_t n, Random& random);
// A new severity for the n-th row, seen at `dot`.
log::Draft Edit(const Scope& scope, uint64_t n, const Dot& dot, Random& random);

}  // namespace tocsin::bench
