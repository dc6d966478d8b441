// Bugs on purpose. A checker that was never seen to find anything proves nothing: in one build of
// the simulator, and in no other program, a bug can be switched on by its name, and the checkers
// must find it (docs/testing.md has the list). Everywhere else TOCSIN_PLANTED is the constant
// false, and nothing of it is left in what is compiled.
#pragma once

#ifdef TOCSIN_WITH_PLANTED_BUGS

#include <absl/strings/string_view.h>

namespace tocsin::planted {

// Not thread-safe: switched once, before anything runs.
bool IsOn(absl::string_view bug);

}  // namespace tocsin::planted

#define TOCSIN_PLANTED(bug) (::tocsin::planted::IsOn(bug))
#else
#define TOCSIN_PLANTED(bug) false
#endif
