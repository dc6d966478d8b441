// The one table of settings: parsing, template and documentation are made from it.
#pragma once

#include <absl/status/status.h>
#include <absl/strings/string_view.h>
#include <absl/time/time.h>
#include <absl/types/span.h>

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "node/config/options.h"

namespace tocsin::config {

// What a text must be; OK or an INVALID_ARGUMENT that says what is wrong with it.
using TextCheck = absl::Status (*)(absl::string_view);

struct TextSetting {
  std::string Options::*member;
  TextCheck check;
  absl::string_view form;  // "an address on this machine, host:port"
};
struct ListSetting {
  std::vector<std::string> Options::*member;
  TextCheck check;  // of each element
  absl::string_view form;
  size_t max;
};
struct NumberSetting {
  int64_t Options::*member;
  int64_t min;
  int64_t max;
  absl::string_view unit;
};
struct DurationSetting {
  absl::Duration Options::*member;
  absl::Duration min;
  absl::Duration max;
};
struct SizeSetting {
  ByteSize Options::*member;
  ByteSize min;
  ByteSize max;
};
struct LevelSetting {
  LogLevel Options::*member;
};
using SettingType = std::variant<TextSetting, ListSetting, NumberSetting, DurationSetting,
                                 SizeSetting, LevelSetting>;

enum class Applies { kBoth, kHubOnly };

struct Setting {
  absl::string_view key;  // "uplink.keepalive_time"; without a dot at the top level
  Applies applies;
  SettingType type;
  absl::string_view doc;  // sentences for whoever writes the file

  bool AppliesTo(Role role) const { return applies == Applies::kBoth || role == Role::kHub; }
};

// In the order of the template; those of one section stand together, those without one first.
absl::Span<const Setting> Settings();

// "a duration from 1s to 1h".
std::string Allowed(const SettingType& type);

// "tocsin-node" or "tocsin-hub".
absl::string_view ProgramOf(Role role);

// Of the known keys the one that `key` was perhaps meant to be; empty if none is near.
std::string Suggest(absl::string_view key, const std::vector<std::string>& known);

}  // namespace tocsin::config
