// What a daemon is told by its configuration file. A program reads it once, in main, and hands each
// part of itself what that part needs.
#pragma once

#include <absl/status/statusor.h>
#include <absl/strings/string_view.h>
#include <absl/time/time.h>

#include <compare>
#include <cstdint>
#include <string>
#include <vector>

#include "node/base/log.h"

namespace tocsin::config {

enum class Role {
  kNode,  // tocsin-node: a station
  kHub,   // tocsin-hub: a county or the city
};

struct ByteSize {
  int64_t bytes = 0;
  friend auto operator<=>(const ByteSize&, const ByteSize&) = default;
};
constexpr ByteSize KiB(int64_t n) { return {n << 10}; }
constexpr ByteSize MiB(int64_t n) { return {n << 20}; }
constexpr ByteSize GiB(int64_t n) { return {n << 30}; }

// Every setting; the values here are the defaults of a node, and DefaultOptions knows where a hub's
// differ. Range, unit and meaning of each stand in settings.cc. Immutable once read; any thread.
struct Options {
  std::string data_dir = ".";
  std::string name;

  LogLevel log_level = LogLevel::kInfo;

  std::string api_listen = "127.0.0.1:7410";
  // Empty: nowhere.
  std::string metrics_listen;

  std::vector<std::string> uplink_endpoints;
  absl::Duration uplink_keepalive_time = absl::Seconds(30);
  absl::Duration uplink_keepalive_timeout = absl::Seconds(10);
  absl::Duration uplink_reconnect_min = absl::Milliseconds(500);
  absl::Duration uplink_reconnect_max = absl::Minutes(1);

  ByteSize flow_flash = KiB(512);
  ByteSize flow_priority = KiB(512);
  ByteSize flow_routine = MiB(1);

  int64_t log_group_changes = 4096;
  ByteSize log_group_bytes = MiB(4);
  ByteSize log_cache = MiB(8);
  ByteSize view_cache = MiB(32);
  ByteSize scrub_rate = KiB(256);

  absl::Duration clock_skew_max = absl::Minutes(5);
  int64_t privacy_minimum_cell = 10;
  absl::Duration conflicts_patience = absl::Minutes(15);
  absl::Duration stop_deadline = absl::Seconds(5);

  // Of hubs alone.
  std::string children_listen = "127.0.0.1:7421";
  int64_t children_max = 10'000;
  int64_t children_admission_rate = 200;
  absl::Duration children_keepalive_min = absl::Seconds(10);

  friend bool operator==(const Options&, const Options&) = default;
};

Options DefaultOptions(Role role);

// Reads a file of at most 1 MiB. A relative data_dir is taken from the file's folder. NOT_FOUND and
// the like if it cannot be read; else as ParseOptions, the message naming the file.
absl::StatusOr<Options> LoadOptions(const std::string& path, Role role);

// INVALID_ARGUMENT lists every problem found (20 at most) on a line of its own, with the line of
// the file, the setting, what it takes and what it was given: an unknown setting (with the one that
// was perhaps meant), a wrong type or unit, a value out of its range, addresses beyond this
// machine. Safe on any bytes.
absl::StatusOr<Options> ParseOptions(absl::string_view toml, Role role);

// The commented configuration file of a role: every setting with its meaning, unit, range and
// default. What `options` has other than the default stands as a setting, the rest as comments.
// ParseOptions of it gives `options` again. `tocsin init` writes it.
std::string RenderTemplate(Role role, const Options& options);
inline std::string RenderTemplate(Role role) { return RenderTemplate(role, DefaultOptions(role)); }

}  // namespace tocsin::config
