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
#include "node/intake/held_change.h"
#include "node/log/log.h"
#include "node/session/dispatcher.h"
#include "node/store/rocks_store.h"
#include "node/uplink/uplink.h"
#include "node/view/view.h"
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
    log::LogOptions options;
    options.check_change = intake::CheckHeldChange;
    log = OrDie(log::Log::Open(*store, identity, *trust, clock, random, pool, options));
    dispatcher = std::make_unique<session::Dispatcher>(*log);
    if (arguments.view) OpenView(arguments.dir + "/view");
  }
  ~Base() {
    if (view != nullptr) view->Close().IgnoreError();
  }

  void OpenView(const std::string& dir) {
    store::RocksOptions rocks;
    rocks.dir = dir;
    rocks.profile = store::RocksOptions::Profile::kView;
    rocks.create_if_missing = true;
    view_store = OrDie(store::OpenRocks(rocks, store::StoreEnvironment(clock)));
    view = OrDie(view::View::Open(*view_store, *log, identity, *trust, clock, pool, {}));
  }

  // Until every change held is in the view.
  void AwaitView() {
    absl::Notification done;
    view->AwaitAll(log->ends(), [&done](absl::Status status) {
      if (!status.ok()) {
        std::cerr << status << std::endl;
        std::exit(1);
      }
      done.Notify();
    });
    done.WaitForNotification();
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
  std::unique_ptr<store::Store> view_store;
  std::unique_ptr<view::View> view;
  std::unique_ptr<session::Dispatcher> dispatcher;
  std::unique_ptr<uplink::Uplink> uplink;
};

// Files the records, then edits one after the other, each edit overwriting the one before it.
log::Appended Fill(Base& base, const Scope& scope, const RoleArguments& arguments) {
  struct Row {
    log::Draft draft;
    Dot last;
  };
  const bool edited_later = arguments.records < arguments.changes;
  std::vector<Row> rows;
  log::Appended last{};
  for (int filed = 0; filed < arguments.changes;) {
    // No call edits a record twice: an edit names the dot before it.
    const int end =
        filed < arguments.records
            ? std::min(filed + kChangesPerCall, arguments.records)
            : std::min({filed + kChangesPerCall, arguments.changes, filed + arguments.records});
    std::vector<log::Draft> drafts;
    for (int i = filed; i < end; ++i) {
      if (i < arguments.records) {
        drafts.push_back(FireRow(base.random, scope, static_cast<uint64_t>(i)));
        continue;
      }
      const Row& row = rows[static_cast<size_t>(i % arguments.records)];
      drafts.push_back(EditOfOneField(base.random, row.draft, row.last));
    }
    const std::vector<log::Draft> sent = edited_later ? drafts : std::vector<log::Draft>();
    std::vector<log::Appended> appended;
    absl::Notification done;
    base.log->Append(std::move(drafts), [&](absl::StatusOr<std::vector<log::Appended>> result) {
      appended = OrDie(std::move(result));
      done.Notify();
    });
    done.WaitForNotification();
    for (int i = filed; i < end && edited_later; ++i) {
      const size_t at = static_cast<size_t>(i - filed);
      if (i < arguments.records) {
        rows.push_back({sent[at], appended[at].dot});
      } else {
        rows[static_cast<size_t>(i % arguments.records)].last = appended[at].dot;
      }
    }
    last = appended.back();
    filed = end;
  }
  return last;
}

}  // namespace

int RunHub(const RoleArguments& arguments) {
  Base base(arguments);
  children::ReceiptIssuer receipts(*base.log, base.identity, base.pool, {});
  std::unique_ptr<children::Children> children =
      children::Children::Create({}, base.node(), base.pool, *base.dispatcher);
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
  if (base.view != nullptr) {
    base.AwaitView();
    std::printf("queryable %.6f\n", base.Seconds());
    std::fflush(stdout);
  }
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
  const double begin = base.Seconds();
  const log::Appended last = Fill(base, scope, arguments);
  if (base.view != nullptr) base.AwaitView();
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
