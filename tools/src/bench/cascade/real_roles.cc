#include <absl/synchronization/notification.h>
#include <grpcpp/grpcpp.h>

#include <cstdio>
#include <iostream>
#include <string>

#include "hub/children/children.h"
#include "node/base/clock.h"
#include "node/base/executor.h"
#include "node/base/log.h"
#include "node/base/random.h"
#include "node/base/status.h"
#include "node/identity/identity.h"
#include "node/log/log.h"
#include "node/session/dispatcher.h"
#include "node/store/rocks_store.h"
#include "node/uplink/uplink.h"
#include "tools/src/bench/cascade/roles.h"
#include "tools/src/bench/changes/changes.h"

namespace tocsin::bench {
namespace {

// Changes filed in one call while the station's log is filled.
constexpr int kChangesPerCall = 512;

template <typename T>
T OrDie(absl::StatusOr<T> value) {
  if (!value.ok()) {
    std::cerr << value.status() << std::endl;
    std::exit(1);
  }
  return *std::move(value);
}

std::string ReadLine() {
  std::string line;
  std::getline(std::cin, line);
  return line;
}

// What every role has.
struct Base {
  explicit Base(const RoleArguments& arguments)
      : pool(2),
        identity(OrDie(identity::Identity::Load(arguments.dir))),
        trust(identity.NewTrustStore()) {
    SetLogLevel(LogLevel::kError);
    store::RocksOptions rocks;
    rocks.dir = arguments.dir + "/log";
    rocks.create_if_missing = true;
    store = OrDie(store::OpenRocks(rocks, store::StoreEnvironment(clock)));
    log = OrDie(log::Log::Open(*store, identity, *trust, clock, random, pool, log::LogOptions()));
    dispatcher = std::make_unique<session::Dispatcher>(*log);
  }

  session::SessionNode node() { return {identity, *trust, *log, clock, random}; }
  double Seconds() const { return absl::ToDoubleSeconds(clock.Elapsed()); }

  void Dial(const std::string& parent) {
    uplink::UplinkOptions options;
    options.addresses = {parent};
    uplink = uplink::Uplink::Create(options, node(), pool, *dispatcher);
    uplink->Start();
  }

  SystemClock clock;
  SystemRandom random;
  ThreadPool pool;
  identity::Identity identity;
  std::unique_ptr<identity::TrustStore> trust;
  std::unique_ptr<store::Store> store;
  std::unique_ptr<log::Log> log;
  std::unique_ptr<session::Dispatcher> dispatcher;
  std::unique_ptr<uplink::Uplink> uplink;
};

}  // namespace

int RunHub(const RoleArguments& arguments) {
  Base base(arguments);
  children::ReceiptIssuer receipts(*base.log, base.identity, base.pool, {});
  std::unique_ptr<children::Children> children =
      children::Children::Create({}, base.node(), base.pool, *base.dispatcher, receipts);
  receipts.Start();
  int port = 0;
  grpc::ServerBuilder builder;
  builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port);
  builder.RegisterService(&children->service());
  std::unique_ptr<grpc::Server> server = builder.BuildAndStart();
  std::cout << "port " << port << std::endl;

  // On the append strand alone.
  uint64_t held = 0;
  uint64_t groups = 0;
  double last_at = 0;
  absl::Notification all_held;
  auto subscription = base.log->Subscribe([&](const log::Published& published) {
    for (const log::AppendedRange& range : published.ranges) {
      held += range.last.value() - range.first.value() + 1;
    }
    if (!published.ranges.empty()) ++groups;
    if (held >= static_cast<uint64_t>(arguments.changes) && !all_held.HasBeenNotified()) {
      last_at = base.Seconds();
      all_held.Notify();
    }
  });
  if (!arguments.parent.empty()) base.Dial(arguments.parent);
  all_held.WaitForNotification();
  std::printf("held %.6f %llu\n", last_at, static_cast<unsigned long long>(groups));
  std::fflush(stdout);
  ReadLine();
  subscription.reset();
  if (base.uplink != nullptr) base.uplink->Stop(absl::Seconds(2));
  children->Stop(absl::Seconds(2));
  server->Shutdown();
  return 0;
}

int RunStation(const RoleArguments& arguments) {
  Base base(arguments);
  Scope scope = OrDie(Scope::Parse(arguments.scope));
  double begin = base.Seconds();
  log::Appended last{};
  for (int filed = 0; filed < arguments.changes; filed += kChangesPerCall) {
    std::vector<log::Draft> drafts;
    for (int i = filed; i < std::min(filed + kChangesPerCall, arguments.changes); ++i) {
      drafts.push_back(FireRow(base.random, scope, static_cast<uint64_t>(i)));
    }
    absl::Notification done;
    base.log->Append(std::move(drafts), [&](absl::StatusOr<std::vector<log::Appended>> appended) {
      last = OrDie(std::move(appended)).back();
      done.Notify();
    });
    done.WaitForNotification();
  }
  std::printf("filled %.6f\n", base.Seconds() - begin);
  std::fflush(stdout);
  const std::string parent = ReadLine();
  std::printf("dialled %.6f\n", base.Seconds());
  std::fflush(stdout);
  const CertId& city = base.identity.root().id();
  absl::Notification receipt;
  double receipt_at = 0;
  auto subscription = base.log->Subscribe([&](const log::Published& published) {
    if (published.receipts.empty() || receipt.HasBeenNotified()) return;
    if (base.log->IsHeldBy(city, last.lane, last.seq, last.dot).value_or(false)) {
      receipt_at = base.Seconds();
      receipt.Notify();
    }
  });
  base.Dial(parent);
  receipt.WaitForNotification();
  std::printf("receipt %.6f %llu\n", receipt_at,
              static_cast<unsigned long long>(base.uplink->state().connection.bytes_sent));
  std::fflush(stdout);
  ReadLine();
  subscription.reset();
  base.uplink->Stop(absl::Seconds(2));
  return 0;
}

}  // namespace tocsin::bench
