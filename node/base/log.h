// The daemons' own log: structured lines to standard error, one per event.
//
//   Log(LogLevel::kInfo, "link.up", {{"peer", jurisdiction}, {"backlog", 42}});
//   2015-06-01T12:00:00.000Z info link.up peer=city/kings backlog=42
//
// An event is a constant of the program. A value is a name, a number, a code or one of our status
// messages; never a record's text and never anything that the privacy guard refused: log lines are
// copied to places where nothing can be erased. Thread-safe.
#pragma once

#include <absl/status/status.h>
#include <absl/status/statusor.h>
#include <absl/strings/string_view.h>
#include <absl/time/time.h>

#include <concepts>
#include <initializer_list>
#include <memory>
#include <string>
#include <vector>

#include "node/base/ids.h"
#include "node/base/scope.h"

namespace tocsin {

enum class LogLevel { kDebug, kInfo, kWarning, kError, kOff };

// "debug", "info", "warning", "error", "off".
absl::StatusOr<LogLevel> ParseLogLevel(absl::string_view name);
// Lines below it are not written. At start it is kInfo.
void SetLogLevel(LogLevel level);
// For values that cost something to make.
bool LogEnabled(LogLevel level);

// A value in its written form. Strings are cut at 200 bytes, and quoted and escaped where needed.
class LogValue {
 public:
  // NOLINTBEGIN(google-explicit-constructor)
  LogValue(absl::string_view text);
  LogValue(const std::string& text) : LogValue(absl::string_view(text)) {}
  LogValue(const char* text) : LogValue(absl::string_view(text)) {}
  LogValue(const absl::Status& status);
  LogValue(absl::Duration duration);
  LogValue(absl::Time time);
  LogValue(double number);
  LogValue(bool truth) : written_(truth ? "true" : "false") {}
  template <std::integral T>
  LogValue(T number) : written_(std::to_string(number)) {}
  template <typename Tag>
  LogValue(StrongNumber<Tag> number) : written_(std::to_string(number.value())) {}
  // The first eight bytes say which one it is, to a person.
  template <typename Tag, size_t N>
  LogValue(const FixedBytes<Tag, N>& bytes) : written_(bytes.ToHex().substr(0, 16)) {}
  LogValue(const Jurisdiction& jurisdiction) : written_(jurisdiction.path()) {}
  LogValue(const Scope& scope) : written_(scope.ToString()) {}
  // NOLINTEND(google-explicit-constructor)

  const std::string& written() const { return written_; }

 private:
  std::string written_;
};

struct LogField {
  absl::string_view key;
  LogValue value;
};

void Log(LogLevel level, absl::string_view event, std::initializer_list<LogField> fields = {});

// While it lives, lines of every level go to it as "level event key=value ..." and nowhere else:
// for tests. One at a time.
class LogCapture {
 public:
  LogCapture();
  ~LogCapture();
  LogCapture(const LogCapture&) = delete;
  LogCapture& operator=(const LogCapture&) = delete;
  std::vector<std::string> lines() const;

  struct Lines;

 private:
  std::shared_ptr<Lines> lines_;
};

}  // namespace tocsin
