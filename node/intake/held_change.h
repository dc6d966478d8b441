// What a log asks of each change that a peer sends, before it holds it: that the network's schema
// names what the change has, and that its texts and values are no larger than the schema allows
// (node/schema/envelope.h). Stands here because the log knows no schema and the schema no log.
#pragma once

#include <absl/status/status.h>

#include "node/log/change_view.h"
#include "node/log/log.h"

namespace tocsin::intake {

// For LogOptions::check_change. A pure function; any thread. INVALID_ARGUMENT says which field
// breaks which rule. From its parent a node takes kinds and fields that its own older program does
// not know.
absl::Status CheckHeldChange(const log::ChangeView& change, log::Via via);

}  // namespace tocsin::intake
