// Forced into every unit of the address-sanitizer build: Abseil's containers keep the layout that
// Debian's libs2 was built with. Without it S2's index structures hang.
#pragma once
#include <absl/base/config.h>
#undef ABSL_HAVE_ADDRESS_SANITIZER
