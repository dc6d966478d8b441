// What makes a node a hub: a server for its children, and receipts for what it holds of them.
#pragma once

#include <memory>

#include "node/daemon/run.h"

namespace tocsin::daemon {

std::unique_ptr<Extension> MakeHub();

}  // namespace tocsin::daemon
