// What a node says of itself.
#pragma once

#include <absl/status/statusor.h>
#include <absl/time/time.h>

#include <string>

#include "node/identity/identity.h"
#include "node/log/log.h"
#include "node/view/view.h"
#include "tocsin/v1/api.pb.h"

namespace tocsin::api {

// What the API cannot know: the links of the node and what has gone wrong. The daemon's.
// Thread-safe; called on the executor, so it may wait for a lock but for no disk and no peer.
class StatusSource {
 public:
  virtual ~StatusSource() = default;
  // Adds `link` and `alarm`, and corrects what it knows better.
  virtual void Fill(v1::NodeStatus& status) const = 0;
};

// Everything that log, view and identity know.
absl::StatusOr<v1::NodeStatus> StatusOf(const identity::Identity& identity, const log::Log& log,
                                        const view::View& view, const Clock& clock,
                                        absl::Time start_time, const std::string& version);

}  // namespace tocsin::api
