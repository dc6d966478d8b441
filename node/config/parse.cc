#include <absl/strings/match.h>
#include <absl/strings/str_cat.h>
#include <absl/strings/str_join.h>
#include <toml++/toml.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <sstream>

#include "node/base/status.h"
#include "node/config/options.h"
#include "node/config/settings.h"
#include "node/config/values.h"

namespace tocsin::config {
namespace {

constexpr size_t kFileBytesMax = 1 << 20;
constexpr size_t kProblemsMax = 20;
constexpr size_t kShownBytesMax = 60;

// A value of the file as an error shows it: on one line and not too long.
std::string Shown(const toml::node& node) {
  std::ostringstream out;
  out << toml::default_formatter(node);
  std::string text = out.str();
  for (char& c : text) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = ' ';
  }
  if (text.size() > kShownBytesMax) text = absl::StrCat(text.substr(0, kShownBytesMax), "...");
  return text;
}

absl::Status OutOfRange() { return absl::InvalidArgumentError("it is out of range"); }

absl::StatusOr<std::string> TextOf(const toml::node& node) {
  const toml::value<std::string>* text = node.as_string();
  if (text == nullptr) return absl::InvalidArgumentError("it is no text in quotes");
  return text->get();
}

// Puts the value of `node` into the options; the status says what is wrong with it.
struct Read {
  const toml::node& node;
  Options& options;

  absl::Status operator()(const TextSetting& s) const {
    TOCSIN_ASSIGN_OR_RETURN(std::string text, TextOf(node));
    TOCSIN_RETURN_IF_ERROR(s.check(text));
    options.*s.member = std::move(text);
    return absl::OkStatus();
  }

  absl::Status operator()(const ListSetting& s) const {
    const toml::array* array = node.as_array();
    if (array == nullptr) return absl::InvalidArgumentError("it is no list in square brackets");
    if (array->size() > s.max) return absl::InvalidArgumentError("the list is too long");
    std::vector<std::string> texts;
    for (const toml::node& element : *array) {
      TOCSIN_ASSIGN_OR_RETURN(std::string text, TextOf(element));
      TOCSIN_RETURN_IF_ERROR(s.check(text));
      texts.push_back(std::move(text));
    }
    options.*s.member = std::move(texts);
    return absl::OkStatus();
  }

  absl::Status operator()(const NumberSetting& s) const {
    const toml::value<int64_t>* number = node.as_integer();
    if (number == nullptr) return absl::InvalidArgumentError("it is no whole number");
    if (number->get() < s.min || number->get() > s.max) return OutOfRange();
    options.*s.member = number->get();
    return absl::OkStatus();
  }

  absl::Status operator()(const DurationSetting& s) const {
    TOCSIN_ASSIGN_OR_RETURN(std::string text, TextOf(node));
    TOCSIN_ASSIGN_OR_RETURN(absl::Duration duration, ParseDuration(text));
    if (duration < s.min || duration > s.max) return OutOfRange();
    options.*s.member = duration;
    return absl::OkStatus();
  }

  absl::Status operator()(const SizeSetting& s) const {
    TOCSIN_ASSIGN_OR_RETURN(std::string text, TextOf(node));
    TOCSIN_ASSIGN_OR_RETURN(ByteSize size, ParseByteSize(text));
    if (size < s.min || size > s.max) return OutOfRange();
    options.*s.member = size;
    return absl::OkStatus();
  }

  absl::Status operator()(const LevelSetting& s) const {
    TOCSIN_ASSIGN_OR_RETURN(std::string text, TextOf(node));
    absl::StatusOr<LogLevel> level = ParseLogLevel(text);
    if (!level.ok()) return absl::InvalidArgumentError("it is no level");
    options.*s.member = *level;
    return absl::OkStatus();
  }
};

// Walks a parsed file and gathers what is wrong with it.
class Reader {
 public:
  explicit Reader(Role role) : role_(role), options_(DefaultOptions(role)) {
    for (const Setting& setting : Settings()) {
      by_key_.emplace(setting.key, &setting);
      if (!setting.AppliesTo(role)) continue;
      known_.emplace_back(setting.key);
      size_t dot = setting.key.find('.');
      if (dot != absl::string_view::npos) sections_.emplace(setting.key.substr(0, dot));
    }
  }

  void ReadTop(const toml::table& top) {
    for (auto&& [name, node] : top) {
      std::string key(name.str());
      const toml::table* section = node.as_table();
      if (section == nullptr || by_key_.contains(key)) {
        ReadSetting(key, node);
      } else if (section->empty() && !sections_.contains(key)) {
        Unknown(key, node, "section");
      } else {
        for (auto&& [word, value] : *section) {
          ReadSetting(absl::StrCat(key, ".", std::string(word.str())), value);
        }
      }
    }
    if (problems_.empty()) CheckTogether();
  }

  absl::StatusOr<Options> Finish() {
    if (problems_.empty()) return std::move(options_);
    std::vector<std::string> lines;
    for (const auto& [line, text] : problems_) {
      if (lines.size() == kProblemsMax) {
        lines.push_back(absl::StrCat("and ", problems_.size() - kProblemsMax, " more"));
        break;
      }
      lines.push_back(line == 0 ? text : absl::StrCat("line ", line, ": ", text));
    }
    return absl::InvalidArgumentError(absl::StrJoin(lines, "\n"));
  }

 private:
  void Problem(const toml::node& node, std::string text) {
    problems_.emplace(node.source().begin.line, std::move(text));
  }

  void ReadSetting(const std::string& key, const toml::node& node) {
    auto found = by_key_.find(key);
    if (found == by_key_.end()) return Unknown(key, node, "setting");
    const Setting& setting = *found->second;
    if (!setting.AppliesTo(role_)) {
      return Problem(node, absl::StrCat("'", key, "' is a setting of tocsin-hub, and this file is ",
                                        "for ", ProgramOf(role_), ": take it out"));
    }
    absl::Status read = std::visit(Read{node, options_}, setting.type);
    if (!read.ok()) {
      Problem(node, absl::StrCat("'", key, "' takes ", Allowed(setting.type), ", and has ",
                                 Shown(node), ": ", read.message()));
    }
  }

  void Unknown(const std::string& key, const toml::node& node, absl::string_view what) {
    std::string shown = key.substr(0, kShownBytesMax);
    for (char& c : shown) {
      if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = ' ';
    }
    std::string meant = Suggest(key, known_);
    Problem(node, absl::StrCat("'", shown, "' is no ", what, " of ", ProgramOf(role_),
                               meant.empty() ? "; 'tocsin init' writes a file that lists them all"
                                             : absl::StrCat("; did you mean '", meant, "'?")));
  }

  // What no single setting shows.
  void CheckTogether() {
    if (options_.uplink_reconnect_min > options_.uplink_reconnect_max) {
      problems_.emplace(0, "'uplink.reconnect_min' is longer than 'uplink.reconnect_max'");
    }
    if (role_ == Role::kHub && options_.children_listen == options_.api_listen &&
        !absl::EndsWith(options_.api_listen, ":0")) {
      problems_.emplace(0, "'api.listen' and 'children.listen' are one address; use two ports");
    }
    const std::string& metrics = options_.metrics_listen;
    const bool is_taken = metrics == options_.api_listen ||
                          (role_ == Role::kHub && metrics == options_.children_listen);
    if (!metrics.empty() && is_taken && !absl::EndsWith(metrics, ":0")) {
      problems_.emplace(0,
                        "'metrics.listen' is an address that another setting has; use a port of "
                        "its own");
    }
  }

  const Role role_;
  Options options_;
  std::map<std::string, const Setting*> by_key_;
  std::set<std::string> sections_;
  std::vector<std::string> known_;
  // By line; 0 for what is of no one line.
  std::multimap<uint32_t, std::string> problems_;
};

// What was opened reads as an empty file, and so as a configuration that sets nothing.
absl::Status CheckIsNoFolder(const std::string& path) {
  std::error_code error;
  if (!std::filesystem::is_directory(path, error)) return absl::OkStatus();
  const std::string file = (std::filesystem::path(path) / "tocsin.toml").string();
  return absl::InvalidArgumentError(
      std::filesystem::is_regular_file(file, error)
          ? absl::StrCat("'", path, "' is a folder; the configuration is '", file, "'")
          : absl::StrCat("'", path,
                         "' is a folder and no configuration; 'tocsin init' writes one "
                         "into the new node's folder, and --config names it"));
}

absl::StatusOr<std::string> ReadFile(const std::string& path) {
  TOCSIN_RETURN_IF_ERROR(CheckIsNoFolder(path));
  std::ifstream file(path, std::ios::binary);
  if (!file) {
    return absl::NotFoundError(absl::StrCat(
        "cannot read the configuration '", path,
        "'; 'tocsin init' writes one into the new node's folder, and --config names it"));
  }
  std::string text(kFileBytesMax + 1, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<size_t>(file.gcount()));
  if (text.size() > kFileBytesMax) {
    return absl::InvalidArgumentError(
        absl::StrCat("'", path, "' is longer than 1 MiB and no configuration"));
  }
  return text;
}

// `folder` as it is, if absolute; else from the folder of `file`, without "." and "..".
std::string FromFolderOf(const std::string& file, const std::string& folder) {
  std::filesystem::path path = folder;
  if (path.is_absolute()) return folder;
  path = (std::filesystem::absolute(file).parent_path() / path).lexically_normal();
  if (!path.has_filename()) path = path.parent_path();
  return path.string();
}

}  // namespace

absl::StatusOr<Options> ParseOptions(absl::string_view toml, Role role) {
  try {
    Reader reader(role);
    reader.ReadTop(toml::parse(std::string_view(toml.data(), toml.size())));
    return reader.Finish();
  } catch (const toml::parse_error& error) {
    return absl::InvalidArgumentError(
        absl::StrCat("line ", error.source().begin.line,
                     ": this is no TOML: ", std::string(error.description())));
  }
}

absl::StatusOr<Options> LoadOptions(const std::string& path, Role role) {
  TOCSIN_ASSIGN_OR_RETURN(std::string text, ReadFile(path));
  absl::StatusOr<Options> options = ParseOptions(text, role);
  if (!options.ok()) {
    return absl::InvalidArgumentError(
        absl::StrCat("the configuration '", path, "' is refused:\n", options.status().message()));
  }
  options->data_dir = FromFolderOf(path, options->data_dir);
  return options;
}

}  // namespace tocsin::config
