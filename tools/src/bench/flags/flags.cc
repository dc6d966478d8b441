#include "tools/src/bench/flags/flags.h"

#include <CLI/CLI.hpp>

namespace tocsin::bench {

std::optional<int> ParseFlags(CLI::App& app, int argc, char** argv) {
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  return std::nullopt;
}

}  // namespace tocsin::bench
