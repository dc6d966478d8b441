// init and rebuild: commands that work on a node's folder, with no node running.
#include <absl/strings/str_cat.h>
#include <google/protobuf/struct.pb.h>

#include <filesystem>
#include <fstream>
#include <system_error>

#include "node/base/status.h"
#include "node/config/options.h"
#include "node/identity/init.h"
#include "node/store/rocks_store.h"
#include "tools/src/cli/commands.h"
#include "tools/src/cli/json.h"

namespace tocsin::cli {
namespace {

namespace fs = std::filesystem;

constexpr char kConfigFile[] = "tocsin.toml";

// A path as a shell takes it.
std::string Shell(const std::string& path) {
  return path.find_first_of(" '\"$&;()\\") == std::string::npos ? path
                                                                : absl::StrCat("'", path, "'");
}

// The configuration as it is to be, checked by reading it back.
absl::StatusOr<std::string> ConfigOf(const InitOptions& options, config::Role role) {
  config::Options settings = config::DefaultOptions(role);
  settings.name = options.name;
  if (!options.api_listen.empty()) settings.api_listen = options.api_listen;
  if (!options.children_listen.empty()) settings.children_listen = options.children_listen;
  settings.uplink_endpoints = options.uplinks;
  std::string text = config::RenderTemplate(role, settings);
  TOCSIN_RETURN_IF_ERROR(config::ParseOptions(text, role).status());
  return text;
}

absl::Status WriteConfig(const std::string& path, const std::string& text) {
  std::ofstream out(path, std::ios::binary);
  out << text << std::flush;
  if (out) return absl::OkStatus();
  return absl::InternalError(absl::StrCat(
      path, ": cannot be written (", std::error_code(errno, std::generic_category()).message(),
      "). The identity is made; make room, then write the file by hand: an empty one takes every "
      "default"));
}

absl::Status CheckFree(const std::string& path) {
  std::error_code error;
  if (!fs::exists(path, error)) return absl::OkStatus();
  return absl::AlreadyExistsError(absl::StrCat(
      path,
      " is there already: this folder is a node's. Use another --dir for another node; "
      "to start this one anew, move the folder away first"));
}

google::protobuf::Value TextValue(const std::string& text) {
  google::protobuf::Value value;
  value.set_string_value(text);
  return value;
}

void PrintNext(const InitOptions& options, const identity::Identity& identity, bool hub,
               const std::string& config, std::ostream& out) {
  const char* program = hub ? "tocsin-hub" : "tocsin-node";
  out << "Made " << identity.name() << ", " << identity.jurisdiction().path() << ", of network "
      << identity.network_id().ToHex() << ".\n"
      << "  " << options.dir << "/identity    its key and certificates: keep them to yourself, and "
      << "keep a copy\n"
      << "  " << config << "    its settings, each explained\n\nNext:\n"
      << "  " << program << " --config " << Shell(config) << '\n';
  if (!identity.jurisdiction().IsRoot() && options.uplinks.empty()) {
    out << "  It has no uplink yet: set uplink.endpoints in " << config
        << " to where its hub takes children (children.listen there).\n";
  }
  if (hub) {
    out << "  A node below it: tocsin init --dir DIR --name NAME --jurisdiction "
        << identity.jurisdiction().path() << "/PART --issuer " << Shell(options.dir) << '\n';
  }
}

void PrintIdentityJson(const identity::Identity& identity, bool hub, const std::string& config,
                       std::ostream& out) {
  google::protobuf::Struct result;
  auto& fields = *result.mutable_fields();
  fields["name"] = TextValue(identity.name());
  fields["jurisdiction"] = TextValue(identity.jurisdiction().path());
  fields["network"] = TextValue(identity.network_id().ToHex());
  fields["node"] = TextValue(identity.id().ToHex());
  fields["role"] = TextValue(hub ? "hub" : "node");
  fields["config"] = TextValue(config);
  PrintJson(result, out);
}

// What the folder was before is what it stays; it says so itself, unless its identity is lost.
absl::StatusOr<Jurisdiction> JurisdictionToRenew(const InitOptions& options) {
  absl::StatusOr<identity::Certificate> before = identity::CertificateToRenew(options.dir);
  if (absl::IsNotFound(before.status())) {
    if (!options.jurisdiction.empty() && !options.name.empty()) {
      return Jurisdiction::Parse(options.jurisdiction);
    }
    return absl::InvalidArgumentError(
        absl::StrCat(options.dir,
                     "/identity is lost with its certificates: say by --name and "
                     "--jurisdiction what this node is, as its log has it"));
  }
  TOCSIN_RETURN_IF_ERROR(before.status());
  if (options.jurisdiction.empty()) return before->jurisdiction();
  return Jurisdiction::Parse(options.jurisdiction);
}

absl::StatusOr<Exit> RenewNode(Console& console, bool json, const InitOptions& options) {
  if (!options.api_listen.empty() || !options.children_listen.empty() || !options.uplinks.empty()) {
    return absl::InvalidArgumentError(
        "--renew changes no setting: edit tocsin.toml for where the node listens and dials");
  }
  TOCSIN_ASSIGN_OR_RETURN(const Jurisdiction jurisdiction, JurisdictionToRenew(options));
  identity::InitOptions init{.dir = options.dir,
                             .name = options.name,
                             .jurisdiction = jurisdiction,
                             .may_issue = options.hub,
                             .now = console.clock.WallNow()};
  if (!options.issuer.empty()) init.issuer_dir = options.issuer;
  TOCSIN_ASSIGN_OR_RETURN(const identity::Identity identity, identity::Renew(init, console.random));
  const bool hub = identity.certificate().may_issue();
  if (json) {
    PrintIdentityJson(identity, hub, absl::StrCat(options.dir, "/", kConfigFile), console.out);
    return Exit::kDone;
  }
  const bool lost = !identity.former().empty() && identity.former().front().key == nullptr;
  console.out << "Renewed " << identity.certificate().Describe() << ", valid until "
              << absl::FormatTime(identity.certificate().not_after()) << ".\n";
  if (lost || identity.former().empty()) {
    console.out << "  The key that it had is lost: what it wrote and nobody has a receipt for goes "
                   "on under the new one.\n";
  } else {
    console.out << "  The key that it had is in " << options.dir << "/identity/former: it seals "
                << "what is not sent yet.\n";
  }
  console.out << "\nNext:\n  start the node again; it goes on with its log.\n";
  return Exit::kDone;
}

}  // namespace

absl::StatusOr<Exit> InitNode(Console& console, bool json, const InitOptions& options) {
  if (options.renew) return RenewNode(console, json, options);
  for (const auto& [option, value] :
       {std::pair("--name", &options.name), std::pair("--jurisdiction", &options.jurisdiction)}) {
    if (value->empty()) {
      return absl::InvalidArgumentError(
          absl::StrCat(option, " is missing: only a renewal (--renew) goes without"));
    }
  }
  TOCSIN_ASSIGN_OR_RETURN(const Jurisdiction jurisdiction,
                          Jurisdiction::Parse(options.jurisdiction));
  if (options.issuer.empty() && !jurisdiction.IsRoot()) {
    return absl::InvalidArgumentError(absl::StrCat(
        jurisdiction.path(), " lies below ", jurisdiction.Parent().path(),
        ": name the folder of a hub above it by --issuer. Only the root of a network (one part, as "
        "in \"city\") is made without."));
  }
  // The root of a network is a hub, whatever else it is.
  const bool hub = options.hub || options.issuer.empty();
  if (!hub && !options.children_listen.empty()) {
    return absl::InvalidArgumentError("--children-listen is of hubs; add --hub");
  }
  const std::string config_path = absl::StrCat(options.dir, "/", kConfigFile);
  TOCSIN_RETURN_IF_ERROR(CheckFree(absl::StrCat(options.dir, "/identity")));
  TOCSIN_RETURN_IF_ERROR(CheckFree(config_path));
  TOCSIN_ASSIGN_OR_RETURN(const std::string config,
                          ConfigOf(options, hub ? config::Role::kHub : config::Role::kNode));
  identity::InitOptions init{.dir = options.dir,
                             .name = options.name,
                             .jurisdiction = jurisdiction,
                             .may_issue = hub,
                             .now = console.clock.WallNow()};
  if (!options.issuer.empty()) init.issuer_dir = options.issuer;
  TOCSIN_ASSIGN_OR_RETURN(const identity::Identity identity, identity::Init(init, console.random));
  TOCSIN_RETURN_IF_ERROR(WriteConfig(config_path, config));
  if (json) {
    PrintIdentityJson(identity, hub, config_path, console.out);
  } else {
    PrintNext(options, identity, hub, config_path, console.out);
  }
  return Exit::kDone;
}

absl::StatusOr<Exit> Rebuild(Console& console, bool json, const RebuildOptions& options) {
  std::error_code error;
  const std::string view = absl::StrCat(options.dir, "/view");
  const bool there = fs::exists(view, error);
  // The folder alone is what a volume leaves that is not mounted.
  if (!fs::exists(absl::StrCat(options.dir, "/log/FORMAT"), error)) {
    return absl::NotFoundError(
        there ? absl::StrCat(options.dir,
                             " has a view and no log to make it anew from; nothing was changed. If "
                             "the log lies on a volume of its own, mount it")
              : absl::StrCat(options.dir,
                             " has no log, so it is no node's folder, or its node never ran: --dir "
                             "takes the data_dir of its configuration"));
  }
  store::RocksOptions rocks;
  rocks.dir = view;
  rocks.profile = store::RocksOptions::Profile::kView;
  TOCSIN_RETURN_IF_ERROR(store::RemoveRocks(rocks, store::StoreEnvironment(console.clock)));
  if (json) {
    google::protobuf::Struct result;
    (*result.mutable_fields())["dropped"].set_bool_value(there);
    PrintJson(result, console.out);
  } else {
    console.out << (there ? "Dropped the view of " : "There is no view in ") << options.dir
                << ". The node makes it anew from its log when it is started; `tocsin status` says "
                   "how far it is.\n";
  }
  return Exit::kDone;
}

}  // namespace tocsin::cli
