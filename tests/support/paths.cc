#include "tests/support/paths.h"

namespace tocsin {

// The one unit that knows them: what else is compiled is the same in every checkout, so that a
// compiler cache serves them all.
std::string SourcePath(const std::string& relative) { return TOCSIN_SOURCE_DIR "/" + relative; }
std::string BinaryPath(const std::string& relative) { return TOCSIN_BINARY_DIR "/" + relative; }

}  // namespace tocsin
