#include "tools/src/sim/trace.h"

#include <absl/strings/str_format.h>

#include <cstdint>

namespace tocsin::sim {

std::string Moment(absl::Duration since_beginning) {
  const int64_t ms = absl::ToInt64Milliseconds(since_beginning);
  return absl::StrFormat("%02d:%02d:%02d.%03d", ms / 3'600'000, ms / 60'000 % 60, ms / 1000 % 60,
                         ms % 1000);
}

}  // namespace tocsin::sim
