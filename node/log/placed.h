// From the bytes of a change to its value. For the sources of this folder.
#pragma once

#include "node/base/scope.h"
#include "node/log/change.h"
#include "node/log/change_view.h"

namespace tocsin::log {

// The value of a parsed change; `scope` gives a coded key its id.
Change ToChange(const Scope& scope, const ChangeView& view);

}  // namespace tocsin::log
