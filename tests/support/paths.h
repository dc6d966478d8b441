// Where the tree and its build stand, for tests that read files of the one or start programs of the
// other.
#pragma once

#include <string>

namespace tocsin {

// The full path of a file of the source tree: SourcePath("tests/node/schema/golden.txt").
std::string SourcePath(const std::string& relative);
// The full path of a file of the build: BinaryPath("bin/tocsin-node").
std::string BinaryPath(const std::string& relative);

}  // namespace tocsin
