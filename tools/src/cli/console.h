// What a command takes from the world: streams, clock, randomness, zone, and a person's wish to
// end. Made by main, or by a test. Used from one thread, but for `interrupt`.
#pragma once

#include <absl/time/time.h>

#include <functional>
#include <istream>
#include <optional>
#include <ostream>
#include <stop_token>
#include <string>

#include "node/base/clock.h"
#include "node/base/random.h"

namespace tocsin::cli {

struct Console {
  std::istream& in;
  // What was asked for, and nothing else: scripts read it.
  std::ostream& out;
  // Errors, notes and progress.
  std::ostream& err;
  // A person reads `err` and answers on `in`: may be asked.
  bool interactive = false;
  // `err` is a terminal: progress may rewrite its line.
  bool show_progress = false;
  Clock& clock;
  Random& random;
  // Of times that are typed and shown without one.
  absl::TimeZone zone;
  // A variable of the environment; nothing where it is not set.
  std::function<std::optional<std::string>(const char* name)> env;
  // From its first call on, an interrupt (Ctrl-C) stops this token instead of the program.
  std::function<std::stop_token()> interrupt;
};

}  // namespace tocsin::cli
