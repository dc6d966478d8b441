// tocsin: the command line of Tocsin.
#include <signal.h>
#include <unistd.h>

#include <cstdlib>
#include <iostream>
#include <string>
#include <thread>
#include <vector>

#include "node/base/clock.h"
#include "node/base/random.h"
#include "node/base/status.h"
#include "tools/src/cli/app.h"
#include "tools/src/cli/console.h"

namespace {

// A signal's handler may do no more than write to a pipe; a thread reads it and stops the token.
int interrupt_pipe[2] = {-1, -1};

void OnInterrupt(int) {
  const char byte = 0;
  [[maybe_unused]] const ssize_t written = write(interrupt_pipe[1], &byte, 1);
}

class Interrupts {
 public:
  ~Interrupts() {
    if (!waiter_.joinable()) return;
    signal(SIGINT, SIG_DFL);
    signal(SIGTERM, SIG_DFL);
    OnInterrupt(0);
    waiter_.join();
  }

  std::stop_token Begin() {
    if (waiter_.joinable()) return source_.get_token();
    TOCSIN_CHECK(pipe(interrupt_pipe) == 0);
    waiter_ = std::thread([this] {
      char byte = 0;
      [[maybe_unused]] const ssize_t got = read(interrupt_pipe[0], &byte, 1);
      source_.request_stop();
    });
    signal(SIGINT, OnInterrupt);
    signal(SIGTERM, OnInterrupt);
    return source_.get_token();
  }

 private:
  std::stop_source source_;
  std::thread waiter_;
};

}  // namespace

int main(int argc, char** argv) {
  // Whoever reads our output may stop: `tocsin list incident | head`.
  signal(SIGPIPE, SIG_DFL);
  tocsin::SystemClock clock;
  tocsin::SystemRandom random;
  Interrupts interrupts;
  tocsin::cli::Console console{
      .in = std::cin,
      .out = std::cout,
      .err = std::cerr,
      .interactive = isatty(STDIN_FILENO) == 1 && isatty(STDERR_FILENO) == 1,
      .show_progress = isatty(STDERR_FILENO) == 1,
      .clock = clock,
      .random = random,
      .zone = absl::LocalTimeZone(),
      .env = [](const char* name) -> std::optional<std::string> {
        const char* value = std::getenv(name);
        if (value == nullptr) return std::nullopt;
        return std::string(value);
      },
      .interrupt = [&interrupts] { return interrupts.Begin(); },
  };
  const int code = tocsin::cli::Run(std::vector<std::string>(argv + 1, argv + argc), console);
  std::cout.flush();
  return code;
}
