#include "tests/tools/cli/runs.h"

#include <stdlib.h>

#include <filesystem>
#include <fstream>

#include "node/base/status.h"
#include "tools/src/cli/app.h"

namespace tocsin::cli {
namespace {

absl::TimeZone NewYork() {
  absl::TimeZone zone;
  TOCSIN_CHECK(absl::LoadTimeZone("America/New_York", &zone));
  return zone;
}

}  // namespace

Machine::Machine()
    : clock(absl::FromCivil(absl::CivilSecond(2026, 11, 23, 14, 30, 0), NewYork())) {}

RunResult Machine::Run(std::vector<std::string> arguments, const std::string& input) {
  std::istringstream in(input);
  std::ostringstream out;
  std::ostringstream err;
  Console console{.in = in,
                  .out = out,
                  .err = err,
                  .interactive = interactive,
                  .show_progress = false,
                  .clock = clock,
                  .random = random_,
                  .zone = NewYork(),
                  .env = [this](const char* name) -> std::optional<std::string> {
                    const auto found = env.find(name);
                    if (found == env.end()) return std::nullopt;
                    return found->second;
                  },
                  .interrupt = [this] { return interrupt.get_token(); }};
  RunResult result;
  result.code = cli::Run(arguments, console);
  result.out = out.str();
  result.err = err.str();
  return result;
}

RunResult Machine::RunAt(const FakeNode& node, std::vector<std::string> arguments,
                         const std::string& input) {
  env["TOCSIN_ENDPOINT"] = node.endpoint();
  return Run(std::move(arguments), input);
}

Folder::Folder() {
  std::string name = (std::filesystem::temp_directory_path() / "tocsin-cli-XXXXXX").string();
  TOCSIN_CHECK(mkdtemp(name.data()) != nullptr);
  path_ = name;
}

Folder::~Folder() {
  std::error_code error;
  std::filesystem::remove_all(path_, error);
}

std::string Folder::path(const std::string& relative) const {
  return relative.empty() ? path_ : path_ + "/" + relative;
}

std::string Folder::Write(const std::string& relative, const std::string& bytes) const {
  const std::string file = path(relative);
  std::ofstream out(file, std::ios::binary);
  out << bytes;
  return file;
}

}  // namespace tocsin::cli
