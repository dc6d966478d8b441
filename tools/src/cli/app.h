// The command line as a whole: reads it, runs the command, prints its error.
#pragma once

#include <string>
#include <vector>

#include "tools/src/cli/console.h"

namespace tocsin::cli {

// `arguments` without the program's name. Gives the exit code (outcome.h).
int Run(const std::vector<std::string>& arguments, Console& console);

}  // namespace tocsin::cli
