// How long a draft's change will be, before the log makes it. Used while composing, which leaves
// out of a change what would make it too long. Pure functions; any thread.
#pragma once

#include <cstddef>

#include "node/log/log.h"

namespace tocsin::intake {

// Of the change in lane form.
size_t EncodedSize(const log::Draft& draft);
// Is that no more than a change may take? Encodes only what may be too long.
bool Fits(const log::Draft& draft);

}  // namespace tocsin::intake
