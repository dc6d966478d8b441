// A connection as the API's status shows it.
#pragma once

#include "node/session/connection.h"
#include "tocsin/v1/api.pb.h"

namespace tocsin::daemon {

void AddLinkStatus(const session::ConnectionState& state, bool is_parent, v1::NodeStatus& status);

}  // namespace tocsin::daemon
