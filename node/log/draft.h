// From a draft to a change in lane form. Any thread.
#pragma once

#include <absl/status/statusor.h>

#include <string>

#include "node/base/random.h"
#include "node/log/log.h"
#include "node/log/stamp.h"

namespace tocsin::log {

// Gives a draft its stamp and its salts, and puts its parts in the order that the lane form wants.
// INVALID_ARGUMENT for a field or a text named twice, or more than 32 KiB.
absl::StatusOr<std::string> EncodeDraft(const Draft& draft, const Stamp& stamp, Random& random);

}  // namespace tocsin::log
