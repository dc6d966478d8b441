// From a published code of incident types to what an incident record says. Pure; any thread.
#pragma once

#include <absl/status/status.h>
#include <absl/strings/string_view.h>

#include "node/exchange/mapping.h"
#include "tocsin/v1/records.pb.h"

namespace tocsin::exchange {

// Sets type and the code itself; a false alarm becomes withdrawn, with that reason.
// INVALID_ARGUMENT says why a code is refused (it describes one person, or is no code of the list)
// and does not repeat it.
absl::Status Classify(Classification::Codes codes, absl::string_view code, v1::Incident& incident);

}  // namespace tocsin::exchange
