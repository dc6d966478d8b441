#include "node/base/status.h"

#include <cstdio>

namespace tocsin {

void CheckFailed(const char* condition, const char* file, int line) {
  std::fprintf(stderr,
               "tocsin: broken invariant: %s (%s:%d). This is a defect; please report it.\n",
               condition, file, line);
  std::abort();
}

}  // namespace tocsin
