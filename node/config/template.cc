#include <absl/strings/str_cat.h>
#include <absl/strings/str_format.h>
#include <absl/strings/str_join.h>
#include <absl/strings/str_split.h>

#include "node/config/settings.h"
#include "node/config/values.h"

namespace tocsin::config {
namespace {

constexpr size_t kColumns = 96;

// A TOML basic string.
std::string Quoted(absl::string_view text) {
  std::string quoted = "\"";
  for (char c : text) {
    if (c == '"' || c == '\\') {
      absl::StrAppend(&quoted, "\\", absl::string_view(&c, 1));
    } else if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) {
      absl::StrAppendFormat(&quoted, "\\u%04X", static_cast<int>(c));
    } else {
      quoted.push_back(c);
    }
  }
  quoted.push_back('"');
  return quoted;
}

// The value of a setting as the file writes it.
struct Write {
  const Options& options;

  std::string operator()(const TextSetting& s) const { return Quoted(options.*s.member); }
  std::string operator()(const ListSetting& s) const {
    auto quote = [](std::string* out, const std::string& text) { out->append(Quoted(text)); };
    return absl::StrCat("[", absl::StrJoin(options.*s.member, ", ", quote), "]");
  }
  std::string operator()(const NumberSetting& s) const { return absl::StrCat(options.*s.member); }
  std::string operator()(const DurationSetting& s) const {
    return Quoted(DurationText(options.*s.member));
  }
  std::string operator()(const SizeSetting& s) const {
    return Quoted(ByteSizeText(options.*s.member));
  }
  std::string operator()(const LevelSetting& s) const {
    return Quoted(LogLevelText(options.*s.member));
  }
};

// Lines of comment, broken between words.
std::string Comment(absl::string_view text) {
  std::string lines;
  std::string line = "#";
  for (absl::string_view word : absl::StrSplit(text, ' ')) {
    if (line.size() + 1 + word.size() > kColumns) {
      absl::StrAppend(&lines, line, "\n");
      line = "#";
    }
    absl::StrAppend(&line, " ", word);
  }
  return absl::StrCat(lines, line, "\n");
}

struct Key {
  absl::string_view section;
  absl::string_view word;
};

Key Split(absl::string_view key) {
  size_t dot = key.find('.');
  if (dot == absl::string_view::npos) return {"", key};
  return {key.substr(0, dot), key.substr(dot + 1)};
}

}  // namespace

std::string RenderTemplate(Role role, const Options& options) {
  const Options defaults = DefaultOptions(role);
  std::string text = absl::StrCat("# Settings of ", ProgramOf(role), ".\n#\n");
  absl::StrAppend(
      &text, Comment("Every setting is here. One whose line begins with '#' has the value shown, "
                     "its default; to change it, take the '#' away. The program reads this file "
                     "at its start, and refuses it whole if a setting is unknown or out of range. "
                     "A duration is written with its unit (\"500ms\", \"30s\", \"5m\", \"1h30m\"), "
                     "and so is a size (\"512B\", \"64KiB\", \"1MiB\", \"2GiB\")."));
  absl::string_view section;
  for (const Setting& setting : Settings()) {
    if (!setting.AppliesTo(role)) continue;
    Key key = Split(setting.key);
    if (key.section != section) absl::StrAppend(&text, "\n[", key.section, "]\n");
    section = key.section;
    std::string value = std::visit(Write{options}, setting.type);
    std::string standard = std::visit(Write{defaults}, setting.type);
    absl::StrAppend(
        &text, "\n", Comment(setting.doc),
        Comment(absl::StrCat("Takes ", Allowed(setting.type), "; default ", standard, ".")),
        value == standard ? "#" : "", key.word, " = ", value, "\n");
  }
  return text;
}

}  // namespace tocsin::config
