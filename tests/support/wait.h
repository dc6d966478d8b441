// Waiting for a state of real threads and processes, instead of for a time.
#pragma once

#include <absl/functional/function_ref.h>
#include <absl/time/clock.h>
#include <absl/time/time.h>

namespace tocsin::testing {

// True as soon as `state` is; false if it is not within `most`, which only a broken build takes.
inline bool WaitFor(absl::FunctionRef<bool()> state, absl::Duration most = absl::Seconds(60)) {
  for (const absl::Time end = absl::Now() + most; absl::Now() < end;) {
    if (state()) return true;
    absl::SleepFor(absl::Milliseconds(5));
  }
  return state();
}

}  // namespace tocsin::testing
