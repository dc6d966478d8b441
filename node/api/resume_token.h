// How far a watch got: what a later call resumes from. Opaque to its holder. Values; any thread.
#pragma once

#include <absl/status/statusor.h>
#include <absl/strings/string_view.h>

#include <string>

#include "node/base/ids.h"
#include "node/log/log.h"

namespace tocsin::api {

// Ends mean something in one log only, so the token names it.
std::string EncodeResumeToken(const LogId& log, const log::Ends& ends);
// INVALID_ARGUMENT for what EncodeResumeToken never gave; OUT_OF_RANGE for a token of another log
// (the node was restored): watch anew.
absl::StatusOr<log::Ends> DecodeResumeToken(absl::string_view token, const LogId& log);

}  // namespace tocsin::api
