#include "node/config/values.h"

#include <absl/strings/ascii.h>
#include <absl/strings/match.h>
#include <absl/strings/numbers.h>
#include <absl/strings/str_cat.h>
#include <absl/strings/str_split.h>

#include <algorithm>
#include <array>
#include <limits>
#include <vector>

#include "node/base/status.h"

namespace tocsin::config {
namespace {

struct SizeUnit {
  absl::string_view name;
  int shift;
};
constexpr std::array<SizeUnit, 4> kSizeUnits = {{{"GiB", 30}, {"MiB", 20}, {"KiB", 10}, {"B", 0}}};

constexpr size_t kDisplayNameBytesMax = 64;

bool IsDigit(char c) { return absl::ascii_isdigit(static_cast<unsigned char>(c)); }

// 127.a.b.c, each of the four at most 255.
bool IsLoopbackV4(absl::string_view host) {
  std::vector<absl::string_view> parts = absl::StrSplit(host, '.');
  if (parts.size() != 4 || parts[0] != "127") return false;
  return std::all_of(parts.begin(), parts.end(), [](absl::string_view part) {
    uint32_t value = 0;
    return !part.empty() && part.size() <= 3 && std::all_of(part.begin(), part.end(), IsDigit) &&
           absl::SimpleAtoi(part, &value) && value <= 255;
  });
}

bool IsLoopback(absl::string_view host) {
  return host == "localhost" || host == "[::1]" || IsLoopbackV4(host);
}

absl::Status CheckAddress(absl::string_view address, int port_min) {
  TOCSIN_RETURN_IF_ERROR(CheckHostAndPort(address, port_min));
  if (!IsLoopback(address.substr(0, address.rfind(':')))) {
    return absl::InvalidArgumentError(
        "only addresses on this machine are taken (127.0.0.1, [::1] or localhost): traffic beyond "
        "it needs TLS and enrolment, which this release does not have; carry it between machines "
        "by a tunnel of your own, such as WireGuard or ssh -L");
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<absl::Duration> ParseDuration(absl::string_view text) {
  absl::Duration duration;
  if (!absl::ParseDuration(text, &duration) || duration < absl::ZeroDuration() ||
      duration == absl::InfiniteDuration()) {
    return absl::InvalidArgumentError(
        "write a duration with its unit: \"500ms\", \"30s\", \"5m\", \"1h30m\"");
  }
  return duration;
}

std::string DurationText(absl::Duration duration) { return absl::FormatDuration(duration); }

absl::StatusOr<ByteSize> ParseByteSize(absl::string_view text) {
  for (const SizeUnit& unit : kSizeUnits) {
    absl::string_view digits = text;
    if (!absl::ConsumeSuffix(&digits, unit.name)) continue;
    int64_t number = 0;
    if (digits.empty() || !std::all_of(digits.begin(), digits.end(), IsDigit) ||
        !absl::SimpleAtoi(digits, &number) ||
        number > std::numeric_limits<int64_t>::max() >> unit.shift) {
      break;
    }
    return ByteSize{number << unit.shift};
  }
  return absl::InvalidArgumentError(
      "write a size as a whole number with its unit, B, KiB, MiB or GiB: \"64KiB\", \"1MiB\"");
}

std::string ByteSizeText(ByteSize size) {
  for (const SizeUnit& unit : kSizeUnits) {
    int64_t number = size.bytes >> unit.shift;
    if (number != 0 && number << unit.shift == size.bytes) return absl::StrCat(number, unit.name);
  }
  return absl::StrCat(size.bytes, "B");
}

std::string LogLevelText(LogLevel level) {
  switch (level) {
    case LogLevel::kDebug:
      return "debug";
    case LogLevel::kInfo:
      return "info";
    case LogLevel::kWarning:
      return "warning";
    case LogLevel::kError:
      return "error";
    case LogLevel::kOff:
      return "off";
  }
  TOCSIN_CHECK(false);
}

absl::Status CheckHostAndPort(absl::string_view address, int port_min) {
  const size_t colon = address.rfind(':');
  const absl::string_view host = address.substr(0, colon);
  const absl::string_view port = colon == absl::string_view::npos ? "" : address.substr(colon + 1);
  uint32_t number = 0;
  if (host.empty() || port.empty() || port.size() > 5 ||
      !std::all_of(port.begin(), port.end(), IsDigit) || !absl::SimpleAtoi(port, &number) ||
      number > 65535 || static_cast<int>(number) < port_min) {
    return absl::InvalidArgumentError(
        absl::StrCat("write host:port with a port from ", port_min, " to 65535"));
  }
  return absl::OkStatus();
}

absl::Status CheckListenAddress(absl::string_view address) { return CheckAddress(address, 0); }

absl::Status CheckOptionalListenAddress(absl::string_view address) {
  return address.empty() ? absl::OkStatus() : CheckListenAddress(address);
}

absl::Status CheckPeerAddress(absl::string_view address) { return CheckAddress(address, 1); }

absl::Status CheckFolder(absl::string_view path) {
  if (!path.empty() && !absl::StrContains(path, '\0')) return absl::OkStatus();
  return absl::InvalidArgumentError("write the path of a folder");
}

absl::Status CheckDisplayName(absl::string_view name) {
  bool prints = std::none_of(name.begin(), name.end(), [](char c) {
    return absl::ascii_iscntrl(static_cast<unsigned char>(c));
  });
  if (prints && name.size() <= kDisplayNameBytesMax) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat("write at most ", kDisplayNameBytesMax, " bytes of text on one line"));
}

}  // namespace tocsin::config
