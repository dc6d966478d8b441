// The written forms of values in a configuration file.
#pragma once

#include <absl/status/status.h>
#include <absl/status/statusor.h>
#include <absl/strings/string_view.h>
#include <absl/time/time.h>

#include <string>

#include "node/config/options.h"

namespace tocsin::config {

// "500ms", "30s", "1h30m": finite, not negative, each number with its unit.
absl::StatusOr<absl::Duration> ParseDuration(absl::string_view text);
std::string DurationText(absl::Duration duration);

// "512B", "64KiB", "1MiB", "2GiB": a whole number and its unit.
absl::StatusOr<ByteSize> ParseByteSize(absl::string_view text);
// In the largest unit that leaves a whole number.
std::string ByteSizeText(ByteSize size);

std::string LogLevelText(LogLevel level);

// host:port of any host, with a port of `port_min` to 65535.
absl::Status CheckHostAndPort(absl::string_view address, int port_min);
// host:port on this machine: 127.x.x.x, [::1] or localhost. Port 0 takes a free one.
absl::Status CheckListenAddress(absl::string_view address);
// The same, or empty for none.
absl::Status CheckOptionalListenAddress(absl::string_view address);
// As CheckListenAddress, without port 0.
absl::Status CheckPeerAddress(absl::string_view address);
// A folder's path: not empty, no zero byte.
absl::Status CheckFolder(absl::string_view path);
// At most 64 bytes without control characters; may be empty.
absl::Status CheckDisplayName(absl::string_view name);

}  // namespace tocsin::config
