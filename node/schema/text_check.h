// Whether bytes are a text that may be stored and printed. Pure; any thread.
#pragma once

#include <absl/strings/string_view.h>

#include <optional>
#include <string>

namespace tocsin::schema {

enum class Lines { kOne, kMany };

// Nothing if `text` is UTF-8 without control characters but tab and, of many lines, line ends (LF
// or CR LF): others steer the terminals and printers that show it. Else what is wrong and at which
// byte; the text itself is not repeated.
std::optional<std::string> TextFault(absl::string_view text, Lines lines);

}  // namespace tocsin::schema
