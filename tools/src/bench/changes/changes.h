// The two changes that the benchmarks measure: a fire row, as the import of a city's fires files
// it, and an edit of one field of it.
#pragma once

#include <cstdint>

#include "node/base/random.h"
#include "node/base/scope.h"
#include "node/log/log.h"

namespace tocsin::bench {

// Fifteen coded fields: status, state, point, source, type, category, urgency, severity, certainty,
// NFIRS code, call, arrival and cleared times, units on scene, call reference. `number` makes the
// row's key; everything else is drawn from `random`.
log::Draft FireRow(Random& random, const Scope& scope, uint64_t number);

// Sets units on scene again, overwriting the value that `before` wrote.
log::Draft EditOfOneField(Random& random, const log::Draft& row, const Dot& before);

}  // namespace tocsin::bench
