// What a view says of itself: of which log and of which program it is.
#pragma once

#include <absl/status/statusor.h>

#include <optional>
#include <string>

#include "node/base/ids.h"
#include "node/log/log.h"
#include "node/store/store.h"

namespace tocsin::view {

// The value of the view's row "of": u32 format of rows and keys, u32 schema level, log id 16. A
// view that says anything else than its log and its program is made anew.
std::string Belonging(const log::Log& log);
// The log of which the view in `store` says it is, whatever its format; nothing for a new view and
// for one that is being wiped. DATA_LOSS when that cannot be read.
absl::StatusOr<std::optional<LogId>> LogOf(const store::Store& store);

}  // namespace tocsin::view
