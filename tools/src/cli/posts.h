// Which posts there are, as far as a node can know.
#pragma once

#include "node/base/scope.h"
#include "tools/src/cli/context.h"

namespace tocsin::cli {

// A slip in a post's name would file a record where nobody looks: says so on standard error where
// the node holds nothing of that scope, and no node of it was connected since the start.
void NoteIfUnknown(Context& context, const Scope& to);

}  // namespace tocsin::cli
