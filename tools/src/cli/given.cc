#include "tools/src/cli/given.h"

#include <absl/strings/match.h>
#include <absl/strings/numbers.h>
#include <absl/strings/str_cat.h>

#include <algorithm>
#include <cstdint>

#include "node/base/status.h"
#include "node/config/values.h"
#include "node/exchange/local_time.h"
#include "node/schema/text_check.h"

namespace tocsin::cli {
namespace {

// Most often a variable of a script that was never set: what it was to say is not known.
constexpr char kEmpty[] =
    "is given and empty; give it a value, or leave it out where nothing is to be said";

// The names of files are bytes, and what is set is checked with its field, which is then named.
bool MustBeText(absl::string_view option) {
  constexpr absl::string_view kOthers[] = {"FILE",  "--mapping", "--aid",    "--rejects",
                                           "--out", "--dir",     "--issuer", "--set"};
  return std::find(std::begin(kOthers), std::end(kOthers), option) == std::end(kOthers);
}

// What gRPC would make of it otherwise is another node's port, or a name to look up.
absl::Status CheckEndpoint(absl::string_view from, absl::string_view endpoint) {
  const absl::Status status = config::CheckHostAndPort(endpoint, 1);
  const bool is_url = absl::StrContains(endpoint, '/');
  if (status.ok() && !is_url) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat(
      from, ": \"", endpoint.substr(0, 64), "\" is no endpoint: ",
      is_url ? "write host:port alone" : std::string(status.message()), ", as in 127.0.0.1:7410"));
}

}  // namespace

std::string GivenFault(absl::string_view option, absl::string_view value) {
  if (value.empty()) return kEmpty;
  if (!MustBeText(option)) return "";
  return schema::TextFault(value, schema::Lines::kMany).value_or("");
}

std::string EmptyAssignment(absl::string_view argument) {
  const size_t at = argument.find('=');
  if (!absl::StartsWith(argument, "--") || at < 3 || at + 1 != argument.size()) return "";
  return absl::StrCat(argument.substr(0, at), ": ", kEmpty);
}

std::string AtLeastOne(const std::string& value) {
  uint64_t number = 0;
  // What is empty is said of every option.
  if (value.empty() || (absl::SimpleAtoi(value, &number) && number > 0)) return "";
  return "takes a whole number from 1 on";
}

absl::StatusOr<Globals> ReadGlobals(const TypedGlobals& typed, const Console& console) {
  Globals globals;
  globals.json = typed.output == "json";
  globals.zone = console.zone;
  const std::optional<std::string> from_env = console.env("TOCSIN_ENDPOINT");
  const char* from = "TOCSIN_ENDPOINT";
  if (from_env && !from_env->empty()) globals.endpoint = *from_env;
  if (!typed.endpoint.empty()) {
    from = "--endpoint";
    globals.endpoint = typed.endpoint;
    globals.called = absl::StrCat("tocsin --endpoint ", typed.endpoint);
  }
  TOCSIN_RETURN_IF_ERROR(CheckEndpoint(from, globals.endpoint));
  if (!typed.zone.empty()) {
    TOCSIN_ASSIGN_OR_RETURN(globals.zone, exchange::LoadZone(typed.zone));
  }
  absl::StatusOr<absl::Duration> timeout = config::ParseDuration(typed.timeout);
  if (!timeout.ok() || *timeout <= absl::ZeroDuration()) {
    return absl::InvalidArgumentError("--timeout takes a time with its unit, as in 10s");
  }
  globals.timeout = *timeout;
  return globals;
}

}  // namespace tocsin::cli
