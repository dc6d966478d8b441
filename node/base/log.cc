#include "node/base/log.h"

#include <absl/base/const_init.h>
#include <absl/base/thread_annotations.h>
#include <absl/strings/escaping.h>
#include <absl/strings/match.h>
#include <absl/strings/str_cat.h>
#include <absl/synchronization/mutex.h>
#include <spdlog/logger.h>
#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/stdout_sinks.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <utility>

#include "node/base/status.h"

namespace tocsin {

struct LogCapture::Lines {
  mutable absl::Mutex mutex;
  std::vector<std::string> lines ABSL_GUARDED_BY(mutex);
};

namespace {

constexpr size_t kMaxValueBytes = 200;

struct LevelName {
  LogLevel level;
  absl::string_view name;
  spdlog::level::level_enum outer;
};
constexpr std::array<LevelName, 5> kLevels = {{
    {LogLevel::kDebug, "debug", spdlog::level::debug},
    {LogLevel::kInfo, "info", spdlog::level::info},
    {LogLevel::kWarning, "warning", spdlog::level::warn},
    {LogLevel::kError, "error", spdlog::level::err},
    {LogLevel::kOff, "off", spdlog::level::off},
}};

const LevelName& Named(LogLevel level) { return kLevels[static_cast<size_t>(level)]; }

std::atomic<LogLevel> lowest_level{LogLevel::kInfo};

ABSL_CONST_INIT absl::Mutex capture_mutex(absl::kConstInit);
std::shared_ptr<LogCapture::Lines>& Captured() ABSL_EXCLUSIVE_LOCKS_REQUIRED(capture_mutex) {
  static auto& lines = *new std::shared_ptr<LogCapture::Lines>();
  return lines;
}
std::atomic<bool> capturing{false};

// Never destroyed: threads may log until the very end of the process.
spdlog::logger& StandardError() {
  static spdlog::logger& logger = [&]() -> spdlog::logger& {
    auto& made = *new spdlog::logger("", std::make_shared<spdlog::sinks::stderr_sink_mt>());
    made.set_level(spdlog::level::trace);
    made.set_formatter(std::make_unique<spdlog::pattern_formatter>("%Y-%m-%dT%H:%M:%S.%eZ %v",
                                                                   spdlog::pattern_time_type::utc));
    return made;
  }();
  return logger;
}

bool NeedsQuotes(absl::string_view text) {
  return text.empty() || !std::all_of(text.begin(), text.end(), [](char c) {
           return c > ' ' && c < 0x7f && c != '"' && c != '=' && c != '\\';
         });
}

std::string Write(absl::string_view text) {
  const bool cut = text.size() > kMaxValueBytes;
  if (cut) text = text.substr(0, kMaxValueBytes);
  if (!cut && !NeedsQuotes(text)) return std::string(text);
  return absl::StrCat("\"", absl::CHexEscape(text), cut ? "..." : "", "\"");
}

}  // namespace

absl::StatusOr<LogLevel> ParseLogLevel(absl::string_view name) {
  for (const LevelName& level : kLevels) {
    if (level.name == name) return level.level;
  }
  return absl::InvalidArgumentError(
      absl::StrCat("log level '", name, "' is unknown; use debug, info, warning, error or off"));
}

void SetLogLevel(LogLevel level) { lowest_level = level; }

bool LogEnabled(LogLevel level) { return level >= lowest_level || capturing; }

LogValue::LogValue(absl::string_view text) : written_(Write(text)) {}
LogValue::LogValue(const absl::Status& status)
    : written_(status.ok() ? "OK"
                           : Write(absl::StrCat(absl::StatusCodeToString(status.code()), ": ",
                                                status.message()))) {}
LogValue::LogValue(absl::Duration duration) : written_(absl::FormatDuration(duration)) {}
LogValue::LogValue(absl::Time time)
    : written_(absl::FormatTime("%Y-%m-%dT%H:%M:%E3SZ", time, absl::UTCTimeZone())) {}
LogValue::LogValue(double number) : written_(absl::StrCat(number)) {}

void Log(LogLevel level, absl::string_view event, std::initializer_list<LogField> fields) {
  TOCSIN_CHECK(level != LogLevel::kOff);
  if (!LogEnabled(level)) return;
  std::string line = absl::StrCat(Named(level).name, " ", event);
  for (const LogField& field : fields) {
    absl::StrAppend(&line, " ", field.key, "=", field.value.written());
  }
  {
    absl::MutexLock lock(&capture_mutex);
    if (LogCapture::Lines* captured = Captured().get()) {
      absl::MutexLock inner(&captured->mutex);
      captured->lines.push_back(std::move(line));
      return;
    }
  }
  StandardError().log(Named(level).outer, spdlog::string_view_t(line.data(), line.size()));
}

LogCapture::LogCapture() : lines_(std::make_shared<Lines>()) {
  absl::MutexLock lock(&capture_mutex);
  TOCSIN_CHECK(Captured() == nullptr);
  Captured() = lines_;
  capturing = true;
}

LogCapture::~LogCapture() {
  absl::MutexLock lock(&capture_mutex);
  Captured().reset();
  capturing = false;
}

std::vector<std::string> LogCapture::lines() const {
  absl::MutexLock lock(&lines_->mutex);
  return lines_->lines;
}

}  // namespace tocsin
