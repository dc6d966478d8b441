// How long to wait before dialling again. Full jitter: ten thousand stations that lose one hub at
// one moment must not come back at one moment. Pure but for the randomness; any thread.
#pragma once

#include <absl/time/time.h>

#include "node/base/random.h"

namespace tocsin::uplink {

// Uniform between zero and min(most, least * 2^failures), in whole milliseconds.
absl::Duration NextBackoff(absl::Duration least, absl::Duration most, int failures, Random& random);

}  // namespace tocsin::uplink
