#include "node/daemon/run.h"

#include <absl/strings/str_cat.h>
#include <absl/strings/string_view.h>
#include <absl/synchronization/mutex.h>
#include <google/protobuf/stubs/logging.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <ctime>
#include <iostream>
#include <optional>
#include <string>

#include "node/api/server.h"
#include "node/base/clock.h"
#include "node/base/executor.h"
#include "node/base/log.h"
#include "node/base/random.h"
#include "node/base/status.h"
#include "node/daemon/link_status.h"
#include "node/identity/record_id.h"
#include "node/metrics/endpoint.h"
#include "node/session/without_receipt.h"

namespace tocsin::daemon {
namespace {

constexpr int kExitStopped = 0;
constexpr int kExitUsage = 2;
constexpr int kExitRefused = 3;
// Not a code of the process, unless it cannot begin anew in its place.
constexpr int kExitStartAnew = 4;

// Verification, projection, reads and every strand share them.
constexpr int kThreads = 4;

const char* ProgramName(config::Role role) {
  return role == config::Role::kHub ? "tocsin-hub" : "tocsin-node";
}

void PrintHelp(config::Role role) {
  std::cout << ProgramName(role)
            << " --config FILE\n\n"
               "Runs a "
            << (role == config::Role::kHub ? "hub: a county's or the city's node"
                                           : "station's node")
            << ", configured by a TOML file that 'tocsin init' writes.\n"
               "It ends in order on SIGTERM or SIGINT.\n\n"
               "  --config FILE   the configuration\n"
               "  --version       print the version\n"
               "  --help          print this\n";
}

struct Arguments {
  std::string config;
  std::optional<int> exit;
};

Arguments ParseArguments(int argc, char** argv, config::Role role) {
  Arguments arguments;
  for (int i = 1; i < argc; ++i) {
    absl::string_view argument = argv[i];
    if (argument == "--help") {
      PrintHelp(role);
      arguments.exit = kExitStopped;
    } else if (argument == "--version") {
      std::cout << ProgramName(role) << " " << TOCSIN_VERSION << "\n";
      arguments.exit = kExitStopped;
    } else if (argument == "--config" && i + 1 < argc) {
      arguments.config = argv[++i];
    } else {
      std::cerr << ProgramName(role) << ": '" << argument << "' is not understood; try --help\n";
      arguments.exit = kExitUsage;
    }
    if (arguments.exit) return arguments;
  }
  if (arguments.config.empty()) {
    std::cerr << ProgramName(role)
              << ": --config FILE is missing; 'tocsin init --dir D' writes D/tocsin.toml\n";
    arguments.exit = kExitUsage;
  }
  return arguments;
}

// Waits for SIGTERM, SIGINT, or a reason of the disk's to stop. The signals are blocked in every
// thread.
absl::Status WaitForEnd(const sigset_t& signals, const NodeParts& parts) {
  for (;;) {
    timespec second{.tv_sec = 1, .tv_nsec = 0};
    int signal = sigtimedwait(&signals, nullptr, &second);
    if (signal > 0) return absl::OkStatus();
    TOCSIN_RETURN_IF_ERROR(parts.failure());
  }
}

// The API's status, from everything that the daemon has.
class DaemonStatus final : public api::StatusSource {
 public:
  DaemonStatus(NodeParts& parts, const Extension* extension)
      : parts_(parts),
        extension_(extension),
        without_receipt_(parts.log(), parts.identity(), parts.trust()) {}

  void Fill(v1::NodeStatus& status) const override {
    if (const uplink::Uplink* uplink = parts_.uplink()) {
      uplink::UplinkState state = uplink->state();
      AddLinkStatus(state.connection, /*is_parent=*/true, status);
      v1::LinkStatus& link = *status.mutable_link(status.link_size() - 1);
      if (link.peer().empty()) link.set_peer(state.address);
      if (!link.connected()) link.set_last_error(state.last_error);
      if (state.is_copy) {
        status.add_alarm(
            absl::StrCat("the hub above does not let this machine in: ", state.last_error));
      }
      absl::MutexLock lock(&mutex_);
      link.set_changes_without_receipt(without_receipt_.Count(ParentOf(state.connection)));
    }
    if (extension_ != nullptr) extension_->FillStatus(status);
    absl::Status failure = parts_.failure();
    if (!failure.ok()) status.add_alarm(std::string(failure.message()));
    absl::Status room = parts_.room();
    if (!room.ok()) status.add_alarm(std::string(room.message()));
  }

 private:
  // Nobody while it was not reached since the start.
  static std::optional<Jurisdiction> ParentOf(const session::ConnectionState& state) {
    absl::StatusOr<Jurisdiction> parent = Jurisdiction::Parse(state.peer);
    return parent.ok() ? std::optional(*std::move(parent)) : std::nullopt;
  }

  const NodeParts& parts_;
  const Extension* extension_;
  mutable absl::Mutex mutex_;
  mutable session::WithoutReceipt without_receipt_ ABSL_GUARDED_BY(mutex_);
};

int Refuse(config::Role role, const absl::Status& status) {
  std::cerr << ProgramName(role) << ": " << status.message() << std::endl;
  return kExitRefused;
}

// The address that is listened at, where its port was left open.
std::string WithPort(const std::string& address, int port) {
  return absl::StrCat(address.substr(0, address.rfind(':')), ":", port);
}

int Serve(NodeParts& parts, config::Role role, Extension* extension, const sigset_t& signals) {
  const config::Options& options = parts.options();
  if (extension != nullptr) {
    absl::Status extended = extension->Start(parts);
    if (!extended.ok()) return Refuse(role, extended);
  }
  DaemonStatus status(parts, extension);
  const api::Backend backend{.identity = parts.identity(),
                             .trust = parts.trust(),
                             .log = parts.log(),
                             .view = parts.view(),
                             .intake = parts.intake(),
                             .clock = parts.clock(),
                             .executor = parts.executor(),
                             .status = &status};
  api::ServerOptions server_options;
  server_options.address = options.api_listen;
  server_options.version = TOCSIN_VERSION;
  server_options.min_cell = static_cast<uint32_t>(options.privacy_minimum_cell);
  server_options.conflict_patience = options.conflicts_patience;
  absl::StatusOr<std::unique_ptr<api::Server>> started =
      api::Server::Start(backend, server_options);
  if (!started.ok()) {
    if (extension != nullptr) extension->Stop(absl::ZeroDuration());
    return Refuse(role, started.status());
  }
  std::unique_ptr<api::Server> server = *std::move(started);
  const std::string address = WithPort(options.api_listen, server->port());
  std::unique_ptr<metrics::Endpoint> figures;
  std::string figures_word;
  if (!options.metrics_listen.empty()) {
    absl::StatusOr<std::unique_ptr<metrics::Endpoint>> listening = metrics::Endpoint::Start(
        options.metrics_listen, [raw = server.get()] { return raw->Status(); });
    if (!listening.ok()) {
      if (extension != nullptr) extension->Stop(absl::ZeroDuration());
      return Refuse(role, listening.status());
    }
    figures = *std::move(listening);
    figures_word = absl::StrCat(" metrics=", WithPort(options.metrics_listen, figures->port()));
  }
  parts.StartUplink();
  Log(LogLevel::kInfo, "started",
      {{"jurisdiction", parts.identity().jurisdiction()},
       {"api", address},
       {"note", "listens on loopback only: there is no TLS yet"}});
  std::cout << "ready api=" << address << (extension == nullptr ? "" : extension->ReadyWords())
            << figures_word << std::endl;

  absl::Status end = WaitForEnd(signals, parts);
  const bool starts_anew = absl::IsUnavailable(end);
  Log(end.ok()      ? LogLevel::kInfo
      : starts_anew ? LogLevel::kWarning
                    : LogLevel::kError,
      "stopping", {{"reason", end}});
  // One deadline for all: whoever does not answer leaves the others something of it.
  const absl::Duration begun = parts.clock().Elapsed();
  auto share = [&](double part) {
    return std::max(absl::ZeroDuration(),
                    options.stop_deadline - (parts.clock().Elapsed() - begun)) *
           part;
  };
  figures.reset();
  parts.StopUplink(share(0.3));
  if (extension != nullptr) extension->Stop(share(0.6));
  server->Stop(share(1.0));
  absl::Status closed = parts.Close();
  if (absl::IsResourceExhausted(closed)) {
    // It projects once more what it did not flush: nothing is lost.
    Log(LogLevel::kWarning, "view.not_flushed", {{"why", closed}});
  } else if (end.ok()) {
    end = closed;
  }
  Log(LogLevel::kInfo, "stopped");
  if (starts_anew) return kExitStartAnew;
  return end.ok() ? kExitStopped : Refuse(role, end);
}

// This program in the place of this process: whoever watches over it sees it go on, and it goes on
// where nobody does. Returns only if that fails.
int StartAnew(config::Role role, char** argv) {
  execv("/proc/self/exe", argv);
  std::cerr << ProgramName(role) << ": it must be started anew and could not do so itself ("
            << std::strerror(errno) << "); start it again" << std::endl;
  return kExitStartAnew;
}

int OpenAndServe(const config::Options& options, config::Role role, Extension* extension,
                 const sigset_t& signals) {
  SystemClock clock;
  SystemRandom random;
  ThreadPool pool(kThreads);
  absl::StatusOr<std::unique_ptr<NodeParts>> parts = NodeParts::Open(options, clock, random, pool);
  if (absl::IsResourceExhausted(parts.status())) {
    return Refuse(role,
                  absl::ResourceExhaustedError(absl::StrCat(
                      parts.status().message(), " The node is not running: start it again then.")));
  }
  if (!parts.ok()) return Refuse(role, parts.status());
  return Serve(**parts, role, extension, signals);
}

}  // namespace

int RunDaemon(int argc, char** argv, config::Role role, std::unique_ptr<Extension> extension) {
  Arguments arguments = ParseArguments(argc, argv, role);
  if (arguments.exit) return *arguments.exit;
  absl::StatusOr<config::Options> options = config::LoadOptions(arguments.config, role);
  if (!options.ok()) {
    std::cerr << ProgramName(role) << ": " << options.status().message() << std::endl;
    return kExitUsage;
  }
  SetLogLevel(options->log_level);
  // Protobuf would print the names of fields that a peer filled with bytes that are no UTF-8.
  google::protobuf::SetLogHandler(nullptr);
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  std::signal(SIGPIPE, SIG_IGN);

#ifdef NDEBUG
  // Debian's Abseil watches in what order locks are taken, and ends the process where two orders
  // could meet. That is for tests to find: on duty a node does not stop for what did not happen.
  absl::SetMutexDeadlockDetectionMode(absl::OnDeadlockCycle::kIgnore);
#endif
  const int code = OpenAndServe(*options, role, extension.get(), signals);
  extension.reset();
  return code == kExitStartAnew ? StartAnew(role, argv) : code;
}

}  // namespace tocsin::daemon
