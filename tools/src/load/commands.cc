#include "tools/src/load/commands.h"

#include <absl/strings/numbers.h>
#include <absl/strings/str_cat.h>
#include <absl/strings/str_format.h>
#include <absl/strings/str_split.h>
#include <absl/strings/strip.h>
#include <absl/time/clock.h>
#include <poll.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <iostream>
#include <optional>

#include "node/base/clock.h"
#include "node/base/status.h"

namespace tocsin::load {
namespace {

sigset_t Stopping() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGTERM);
  sigaddset(&set, SIGINT);
  return set;
}

int BlockAndListen() {
  const sigset_t set = Stopping();
  TOCSIN_CHECK(pthread_sigmask(SIG_BLOCK, &set, nullptr) == 0);
  const int fd = signalfd(-1, &set, SFD_CLOEXEC);
  TOCSIN_CHECK(fd >= 0);
  return fd;
}

std::string Quoted(absl::string_view text) {
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      absl::StrAppend(&quoted, "\\", std::string(1, c));
    } else if (static_cast<unsigned char>(c) < 0x20) {
      absl::StrAppendFormat(&quoted, "\\u%04x", static_cast<unsigned char>(c));
    } else {
      quoted += c;
    }
  }
  return quoted + "\"";
}

struct WriteValue {
  std::string operator()(size_t number) const { return absl::StrCat(number); }
  std::string operator()(double number) const { return absl::StrFormat("%.3f", number); }
  std::string operator()(const std::string& text) const { return Quoted(text); }
};

// Lines of standard input, read past the stream's buffer so that poll() tells the truth.
class Lines {
 public:
  // The next line; nothing at the end of the input or once a signal arrived.
  std::optional<std::string> Next(StopSignals& signals) {
    for (;;) {
      const size_t end = buffer_.find('\n');
      if (end != std::string::npos) {
        std::string line = buffer_.substr(0, end);
        buffer_.erase(0, end + 1);
        return line;
      }
      pollfd wanted[2] = {{STDIN_FILENO, POLLIN, 0}, {signals.fd(), POLLIN, 0}};
      if (poll(wanted, 2, -1) < 0 && errno != EINTR) return std::nullopt;
      if (signals.Arrived()) return std::nullopt;
      if (wanted[0].revents == 0) continue;
      char bytes[512];
      const ssize_t count = read(STDIN_FILENO, bytes, sizeof bytes);
      if (count <= 0) return std::nullopt;
      buffer_.append(bytes, static_cast<size_t>(count));
    }
  }

 private:
  std::string buffer_;
};

void Say(const std::vector<std::pair<std::string, JsonValue>>& members) {
  std::cout << JsonLine(members) << std::endl;
}

void SayFiled(const Filed& filed, size_t left, absl::Duration took) {
  std::vector<std::pair<std::string, JsonValue>> members = {
      {"event", "filed"},
      {"filed", filed.filed},
      {"already", filed.already},
      {"differs", filed.differs},
      {"refused", filed.refused},
      {"withheld", filed.withheld},
      {"elsewhere", filed.elsewhere},
      {"left", left},
      {"seconds", absl::ToDoubleSeconds(took)}};
  if (!filed.reasons.empty()) members.emplace_back("reason", filed.reasons.front());
  Say(members);
}

}  // namespace

std::string JsonLine(const std::vector<std::pair<std::string, JsonValue>>& members) {
  std::string line = "{";
  for (const auto& [name, value] : members) {
    if (line.size() > 1) line += ',';
    absl::StrAppend(&line, Quoted(name), ":", std::visit(WriteValue(), value));
  }
  return line + "}";
}

StopSignals::StopSignals() : fd_(BlockAndListen()) {}

StopSignals::~StopSignals() { close(fd_); }

bool StopSignals::Arrived() {
  if (arrived_) return true;
  pollfd wanted = {fd_, POLLIN, 0};
  arrived_ = poll(&wanted, 1, 0) > 0;
  return arrived_;
}

absl::Status Serve(Fleet& fleet, absl::Span<const exchange::ImportRow> rows, StopSignals& signals) {
  const SystemClock clock;
  Lines lines;
  size_t next = 0;
  for (std::optional<std::string> line = lines.Next(signals); line; line = lines.Next(signals)) {
    const std::vector<std::string> words = absl::StrSplit(*line, ' ', absl::SkipEmpty());
    if (words.empty()) continue;
    if (words[0] == "stop") break;
    if (words[0] == "go") {
      size_t count = rows.size() - next;
      if (words.size() > 1) {
        uint64_t asked = 0;
        if (!absl::SimpleAtoi(words[1], &asked)) {
          Say({{"event", "error"}, {"reason", "go takes a number of rows"}});
          continue;
        }
        count = std::min<size_t>(count, asked);
      }
      const absl::Duration begun = clock.Elapsed();
      const Filed filed =
          fleet.File(rows.subspan(next, count), [&signals] { return !signals.Arrived(); });
      next += count;
      SayFiled(filed, rows.size() - next, clock.Elapsed() - begun);
    } else if (words[0] == "receipts") {
      TOCSIN_ASSIGN_OR_RETURN(const Held held, fleet.CountHeld());
      Say({{"event", "receipts"},
           {"stations", held.stations},
           {"connected", held.connected},
           {"changes", held.changes},
           {"held_by_parent", held.by_parent},
           {"held_by_root", held.by_root}});
    } else {
      Say({{"event", "error"}, {"reason", "the commands are go N, receipts and stop"}});
    }
    TOCSIN_RETURN_IF_ERROR(fleet.failure());
  }
  return absl::OkStatus();
}

}  // namespace tocsin::load
