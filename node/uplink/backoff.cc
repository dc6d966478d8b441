#include "node/uplink/backoff.h"

#include <algorithm>
#include <cstdint>

namespace tocsin::uplink {

absl::Duration NextBackoff(absl::Duration least, absl::Duration most, int failures,
                           Random& random) {
  absl::Duration bound = least;
  for (int i = 0; i < failures && bound < most; ++i) bound *= 2;
  bound = std::min(bound, most);
  const auto milliseconds = static_cast<uint64_t>(absl::ToInt64Milliseconds(bound));
  return absl::Milliseconds(static_cast<int64_t>(random.Below(milliseconds + 1)));
}

}  // namespace tocsin::uplink
