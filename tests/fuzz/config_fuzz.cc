// Configuration files: whatever is accepted, the template that renders it gives again.
#include "node/base/status.h"
#include "node/config/options.h"
#include "tests/fuzz/fuzz.h"

namespace tocsin::fuzz {

std::vector<std::string> Seeds() {
  config::Options changed = config::DefaultOptions(config::Role::kHub);
  changed.name = "kings \"north\"";
  changed.uplink_endpoints = {"127.0.0.1:7421", "[::1]:7421"};
  changed.children_max = 7;
  return {config::RenderTemplate(config::Role::kNode),
          config::RenderTemplate(config::Role::kHub, changed),
          "[uplink]\nendpoints = ['localhost:1']\nreconnect_min = \"1s\"\n"};
}

}  // namespace tocsin::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using tocsin::config::Role;
  const absl::string_view toml(reinterpret_cast<const char*>(data), size);
  for (Role role : {Role::kNode, Role::kHub}) {
    auto options = tocsin::config::ParseOptions(toml, role);
    if (!options.ok()) continue;
    auto again = tocsin::config::ParseOptions(tocsin::config::RenderTemplate(role, *options), role);
    TOCSIN_CHECK(again.ok() && *again == *options);
  }
  return 0;
}
