// Urgency: the checker of what overtakes what.
//
// Invariants: *flash-first* (on a line that runs, a flash change goes before anything less urgent
// that is not on its way already), *bounds* (what is not taken yet stays within the windows).
#pragma once

#include <cstdint>
#include <map>
#include <utility>
#include <vector>

#include "node/link/link.h"
#include "node/log/log.h"
#include "tocsin/v1/link.pb.h"
#include "tools/src/sim/node.h"
#include "tools/src/sim/violations.h"

namespace tocsin::sim {

class PrecedenceCheck {
 public:
  PrecedenceCheck(const link::LinkOptions& options, Violations& violations);

  // `from` made a flash range durable while its line to `to` was running and had nothing to send.
  void OnFlash(Node& from, Node& to, const log::AppendedRange& range);
  void OnFrameSent(Node& from, Node& to, const v1::Frame& frame);
  // The line between them is not what it was.
  void Forget(const Node& a, const Node& b);
  void OnUnread(Node& to, size_t bytes);

 private:
  struct Waiting {
    LaneId lane;
    Seq last;
    // Less urgent messages that began since.
    int overtaken_by = 0;
  };

  const size_t bytes_max_;
  Violations& violations_;
  std::map<std::pair<int, int>, std::vector<Waiting>> waiting_;
};

}  // namespace tocsin::sim
