// What every benchmark does with its flags.
#pragma once

#include <optional>

namespace CLI {
class App;
}

namespace tocsin::bench {

// The exit status of a program that ends here: 0 after --help, 2 for bad usage, which was told.
std::optional<int> ParseFlags(CLI::App& app, int argc, char** argv);

}  // namespace tocsin::bench
