// Runs the command line in this process, with streams instead of a terminal and a clock that stands
// still.
#pragma once

#include <absl/time/time.h>

#include <map>
#include <sstream>
#include <stop_token>
#include <string>
#include <vector>

#include "node/base/clock.h"
#include "node/base/random.h"
#include "tests/tools/cli/fake_node.h"

namespace tocsin::cli {

struct RunResult {
  int code = -1;
  std::string out;
  std::string err;
};

// A person's machine, in New York on 23 November 2026 at 14:30.
class Machine {
 public:
  Machine();

  RunResult Run(std::vector<std::string> arguments, const std::string& input = "");
  // With the endpoint of a node.
  RunResult RunAt(const FakeNode& node, std::vector<std::string> arguments,
                  const std::string& input = "");

  // A person answers `input`.
  bool interactive = false;
  std::map<std::string, std::string> env;
  std::stop_source interrupt;
  ManualClock clock;

 private:
  SeededRandom random_{1};
};

// A folder of its own, deleted at the end.
class Folder {
 public:
  Folder();
  ~Folder();
  std::string path(const std::string& relative = "") const;
  // Writes a file, and gives its path.
  std::string Write(const std::string& relative, const std::string& bytes) const;

 private:
  std::string path_;
};

}  // namespace tocsin::cli
