// The grammars of strings that are values and no text (options.proto, Grammar). One table, for
// validation and for what turns files into records. Pure functions; any thread.
#pragma once

#include <absl/strings/string_view.h>

#include <optional>
#include <string>

#include "tocsin/v1/options.pb.h"

namespace tocsin::schema {

// Nothing if `value` is of the grammar; else what it must be, as the rest of a sentence that begins
// with the field's path. The value itself is never repeated: what stands in the wrong field may be
// a number that nobody but the caller should see. Lengths of strings are the field's own rule;
// those of bytes are checked here.
std::optional<std::string> GrammarFault(v1::Grammar grammar, absl::string_view value);

}  // namespace tocsin::schema
