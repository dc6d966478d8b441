#include "node/daemon/link_status.h"

#include <absl/time/time.h>

namespace tocsin::daemon {

void AddLinkStatus(const session::ConnectionState& state, bool is_parent, v1::NodeStatus& status) {
  v1::LinkStatus& link = *status.add_link();
  link.set_peer(state.peer);
  link.set_is_parent(is_parent);
  link.set_connected(state.running && !state.closed);
  link.mutable_since_time()->set_seconds(absl::ToUnixSeconds(state.since));
  link.set_bytes_sent(state.bytes_sent);
  link.set_bytes_received(state.bytes_received);
  link.set_changes_without_receipt(state.peer_backlog);
  link.set_last_error(std::string(state.end.message()));
}

}  // namespace tocsin::daemon
