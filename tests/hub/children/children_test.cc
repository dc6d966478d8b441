// A hub and its children over real gRPC streams on loopback.

#include "hub/children/children.h"

#include <absl/strings/str_cat.h>
#include <absl/synchronization/notification.h>
#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <thread>
#include <vector>

#include "node/base/clock.h"
#include "node/base/executor.h"
#include "node/base/random.h"
#include "node/identity/identity.h"
#include "node/log/log.h"
#include "node/store/model_store.h"
#include "node/uplink/uplink.h"
#include "tests/support/wait.h"

namespace tocsin::children {
namespace {

using testing::WaitFor;

Jurisdiction At(absl::string_view path) { return Jurisdiction::Parse(path).value(); }

// What all nodes of a test share.
struct World {
  SystemClock clock;
  SystemRandom random;
  ThreadPool pool{4};

  identity::NodeSpec Spec(absl::string_view path, bool hub) {
    return {std::string(path), At(path), hub, clock.WallNow(), {}};
  }
};

// A node's log and what stands on it.
struct Node {
  Node(World& the_world, identity::Identity the_identity)
      : world(the_world),
        identity(std::move(the_identity)),
        trust(identity.NewTrustStore()),
        log(log::Log::Open(store, identity, *trust, world.clock, world.random, world.pool, {})
                .value()),
        dispatcher(*log) {}

  session::SessionNode session_node() {
    return {identity, *trust, *log, world.clock, world.random};
  }
  log::Appended File() {
    log::Draft draft{.scope = Scope::Matters(identity.jurisdiction()),
                     .precedence = Precedence::kPriority,
                     .key = {},
                     .cap_status = 5,
                     .heard = false,
                     .ops = {{.field = 41, .clear = true, .overwrites = {}}},
                     .restated = {},
                     .values = {},
                     .texts = {}};
    draft.key.kind = 1;
    draft.key.id = world.random.Fixed<RecordId>();
    std::vector<log::Draft> drafts;
    drafts.push_back(std::move(draft));
    log::Appended result;
    absl::Notification done;
    log->Append(std::move(drafts), [&](absl::StatusOr<std::vector<log::Appended>> appended) {
      if (appended.ok()) result = appended->front();
      done.Notify();
    });
    done.WaitForNotification();
    return result;
  }

  World& world;
  const identity::Identity identity;
  store::ModelStore store;
  std::unique_ptr<identity::TrustStore> trust;
  std::unique_ptr<log::Log> log;
  session::Dispatcher dispatcher;
};

// A hub with its server.
struct Hub {
  Hub(World& world, identity::Identity identity, const ChildrenOptions& options = {})
      : node(world, std::move(identity)),
        receipts(*node.log, node.identity, world.pool, {}),
        children(Children::Create(options, node.session_node(), world.pool, node.dispatcher)) {
    receipts.Start();
    grpc::ServerBuilder builder;
    builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port);
    builder.RegisterService(&children->service());
    server = builder.BuildAndStart();
  }
  ~Hub() { Stop(); }
  void Stop() {
    if (server == nullptr) return;
    children->Stop(absl::Seconds(5));
    server->Shutdown();
    server.reset();
  }
  size_t Running() const {
    std::vector<session::ConnectionState> states = children->states();
    return static_cast<size_t>(
        std::count_if(states.begin(), states.end(), [](const auto& s) { return s.running; }));
  }

  Node node;
  ReceiptIssuer receipts;
  std::unique_ptr<Children> children;
  std::unique_ptr<grpc::Server> server;
  int port = 0;
};

// A station that dials a hub.
struct Station {
  Station(World& world, identity::Identity identity, int port) : node(world, std::move(identity)) {
    uplink::UplinkOptions options;
    options.addresses = {absl::StrCat("127.0.0.1:", port)};
    options.backoff_max = absl::Seconds(1);
    uplink = uplink::Uplink::Create(options, node.session_node(), world.pool, node.dispatcher);
    uplink->Start();
  }
  ~Station() { uplink->Stop(absl::Seconds(5)); }

  bool HeldBy(const Hub& hub, const log::Appended& change) const {
    return node.log->IsHeldBy(hub.node.identity.id(), change.lane, change.seq, change.dot)
        .value_or(false);
  }

  Node node;
  std::unique_ptr<uplink::Uplink> uplink;
};

struct Network {
  Network() : root(identity::Identity::NewRoot(world.Spec("kings", true), world.random).value()) {}
  identity::Identity Child(absl::string_view path) {
    return root.NewChild(world.Spec(path, false), world.random).value();
  }
  World world;
  identity::Identity root;
};

TEST(Children, AReportIsHeldByTheHubAndTheStationSeesIt) {
  Network network;
  Hub hub(network.world, network.root);
  Station station(network.world, network.Child("kings/e1"), hub.port);
  log::Appended report = station.node.File();
  EXPECT_TRUE(WaitFor([&] { return station.HeldBy(hub, report); }));
}

TEST(Children, AHubStopsInOrderWithAHundredStreamsOpen) {
  Network network;
  Hub hub(network.world, network.root);
  std::vector<std::unique_ptr<Station>> stations;
  for (int i = 0; i < 100; ++i) {
    stations.push_back(std::make_unique<Station>(
        network.world, network.Child(absl::StrCat("kings/e", i)), hub.port));
  }
  ASSERT_TRUE(WaitFor([&] { return hub.Running() == 100; }));
  hub.Stop();
  EXPECT_EQ(hub.Running(), 0u);
  // Every station was told, and says that it was: no stream was torn.
  for (const auto& station : stations) {
    EXPECT_TRUE(WaitFor([&] { return station->uplink->state().connection.closed; }));
  }
}

TEST(Children, AStationThatComesBackIsFilledAndReceiptsFollow) {
  Network network;
  auto hub = std::make_unique<Hub>(network.world, network.root);
  Station station(network.world, network.Child("kings/e1"), hub->port);
  ASSERT_TRUE(WaitFor([&] { return hub->Running() == 1; }));
  hub->Stop();
  log::Appended report = station.node.File();
  EXPECT_FALSE(station.HeldBy(*hub, report));
  // The same hub on the same port.
  grpc::ServerBuilder builder;
  builder.AddListeningPort(absl::StrCat("127.0.0.1:", hub->port),
                           grpc::InsecureServerCredentials());
  ReceiptIssuer receipts(*hub->node.log, hub->node.identity, network.world.pool, {});
  auto children =
      Children::Create({}, hub->node.session_node(), network.world.pool, hub->node.dispatcher);
  receipts.Start();
  builder.RegisterService(&children->service());
  std::unique_ptr<grpc::Server> server = builder.BuildAndStart();
  ASSERT_NE(server, nullptr);
  EXPECT_TRUE(WaitFor([&] { return station.HeldBy(*hub, report); }));
  children->Stop(absl::Seconds(5));
  server->Shutdown();
}

// It looks through all that is held while both go.
TEST(ReceiptIssuer, OnceItIsGoneNothingOfItUsesTheLog) {
  Network network;
  Hub hub(network.world, network.root);
  Station station(network.world, network.Child("kings/e1"), hub.port);
  const log::Appended report = station.node.File();
  ASSERT_TRUE(WaitFor([&] { return station.HeldBy(hub, report); }));
  hub.Stop();
  for (int i = 0; i < 100; ++i) {
    auto log = log::Log::Open(hub.node.store, hub.node.identity, *hub.node.trust,
                              network.world.clock, network.world.random, network.world.pool, {});
    ASSERT_TRUE(log.ok()) << log.status();
    auto receipts = std::make_unique<ReceiptIssuer>(**log, hub.node.identity, network.world.pool,
                                                    ReceiptIssuerOptions());
    receipts->Start();
    if (i % 2 == 0) std::this_thread::yield();
    receipts.reset();
    log->reset();
  }
}

TEST(Children, AProcessThatWasSupersededAndComesBackIsAClone) {
  Network network;
  Hub hub(network.world, network.root);
  identity::Identity identity = network.Child("kings/e1");
  Station first(network.world, identity, hub.port);
  ASSERT_TRUE(WaitFor([&] { return hub.Running() == 1; }));
  Station second(network.world, identity, hub.port);
  // The first is told that another took over, dials again, and is refused.
  EXPECT_TRUE(WaitFor([&] { return !hub.children->alarms().empty(); }));
  EXPECT_NE(hub.children->alarms().front().find("kings/e1"), std::string::npos);
  EXPECT_TRUE(WaitFor([&] {
    return first.uplink->state().last_error.find("copy") != std::string::npos;
  })) << first.uplink->state().last_error;
  EXPECT_TRUE(first.uplink->state().is_copy);
  EXPECT_FALSE(second.uplink->state().is_copy);
}

TEST(Children, ACopyIsFoundAfterManyRestartsOfItsNode) {
  Network network;
  Hub hub(network.world, network.root);
  identity::Identity identity = network.Child("kings/e1");
  for (int restart = 0; restart < 20; ++restart) {
    Station earlier(network.world, identity, hub.port);
    ASSERT_TRUE(WaitFor([&] { return earlier.uplink->state().connection.running; }));
  }
  EXPECT_TRUE(hub.children->alarms().empty());
  Station first(network.world, identity, hub.port);
  ASSERT_TRUE(WaitFor([&] { return first.uplink->state().connection.running; }));
  Station second(network.world, identity, hub.port);
  EXPECT_TRUE(WaitFor([&] { return !hub.children->alarms().empty(); }));
}

TEST(Children, MoreThanTheHubTakesAreToldSo) {
  Network network;
  ChildrenOptions options;
  options.children_max = 1;
  Hub hub(network.world, network.root, options);
  Station first(network.world, network.Child("kings/e1"), hub.port);
  ASSERT_TRUE(WaitFor([&] { return hub.Running() == 1; }));
  Station second(network.world, network.Child("kings/e2"), hub.port);
  EXPECT_TRUE(WaitFor([&] {
    return second.uplink->state().last_error.find("children_max") != std::string::npos;
  })) << second.uplink->state().last_error;
}

TEST(Children, ANodeOfAnotherNetworkIsRefusedWithTheReason) {
  Network network, other;
  Hub hub(network.world, network.root);
  Station stranger(network.world, other.Child("kings/e1"), hub.port);
  EXPECT_TRUE(WaitFor([&] {
    return stranger.uplink->state().last_error.find("another network") != std::string::npos;
  })) << stranger.uplink->state().last_error;
}

}  // namespace
}  // namespace tocsin::children
