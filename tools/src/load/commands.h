// What the load generator is told on standard input, and what it answers: one line of JSON an
// answer, on standard output, for a program to read.
//
//   go N       files the next N rows (all that are left, without N)    {"event":"filed", ...}
//   receipts   counts what the nodes above vouch for                   {"event":"receipts", ...}
//   stop       the same as the end of standard input, or SIGTERM       {"event":"stopped"}
#pragma once

#include <absl/status/status.h>
#include <absl/strings/string_view.h>
#include <absl/types/span.h>

#include <initializer_list>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "node/exchange/row.h"
#include "tools/src/load/fleet.h"

namespace tocsin::load {

using JsonValue = std::variant<size_t, double, std::string>;
// One object on one line, in the order given.
std::string JsonLine(const std::vector<std::pair<std::string, JsonValue>>& members);

// SIGTERM and SIGINT as something to wait for beside standard input. Made before the first thread,
// because threads inherit that the two are blocked.
class StopSignals {
 public:
  StopSignals();
  ~StopSignals();
  StopSignals(const StopSignals&) = delete;
  StopSignals& operator=(const StopSignals&) = delete;

  int fd() const { return fd_; }
  // True from the first of them on.
  bool Arrived();

 private:
  const int fd_;
  bool arrived_ = false;
};

// Answers until it is to stop. An error is one that a station's disk or log gave.
absl::Status Serve(Fleet& fleet, absl::Span<const exchange::ImportRow> rows, StopSignals& signals);

}  // namespace tocsin::load
