// What the command line gave, before a command reads it: any value must be something, and a text;
// and the options that all commands take. Pure but for what is passed in; any thread.
#pragma once

#include <absl/status/statusor.h>
#include <absl/strings/string_view.h>

#include <string>

#include "tools/src/cli/console.h"
#include "tools/src/cli/context.h"

namespace tocsin::cli {

// What is wrong with a value that was given to an option ("--line", "FILE"); empty: nothing. A text
// itself is not repeated.
std::string GivenFault(absl::string_view option, absl::string_view value);

// The same of "--option=", whose value the parser would look for in the argument that follows.
std::string EmptyAssignment(absl::string_view argument);

// What is wrong with a number that may be any but 0; empty: nothing.
std::string AtLeastOne(const std::string& value);

// As typed; empty where they were not given.
struct TypedGlobals {
  std::string endpoint;
  std::string output = "table";
  std::string timeout = "10s";
  std::string zone;
};
absl::StatusOr<Globals> ReadGlobals(const TypedGlobals& typed, const Console& console);

}  // namespace tocsin::cli
