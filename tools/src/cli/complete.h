// What the program says of itself: completion for a shell, the fields of a kind, its version.
#pragma once

#include <absl/status/statusor.h>

#include <ostream>
#include <string>
#include <vector>

#include "tools/src/cli/console.h"
#include "tools/src/cli/outcome.h"

namespace tocsin::cli {

// A command ("audit verify"; empty: the program itself) with what may follow it.
struct CommandWords {
  std::string path;
  std::vector<std::string> commands;
  std::vector<std::string> options;
};

// A script for `source <(tocsin completion bash)`. Kinds, formats, reasons and fields of closed
// lists are completed as well; files where a file is taken.
void PrintBashCompletion(const std::vector<CommandWords>& commands, std::ostream& out);

// A line for each field of the kind: its name and what --set takes for it.
absl::StatusOr<Exit> Fields(Console& console, bool json, const std::string& kind);

absl::StatusOr<Exit> PrintVersion(Console& console, bool json);

}  // namespace tocsin::cli
