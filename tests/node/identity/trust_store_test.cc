#include "node/identity/trust_store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "tests/node/identity/network.h"

namespace tocsin::identity {
namespace {

using ::testing::HasSubstr;

TEST(TrustStore, TakesALineFromTheRootDown) {
  Network network(11);
  std::unique_ptr<TrustStore> store = *TrustStore::Create(network.city.root());
  EXPECT_EQ(store->network_id(), network.city.network_id());
  EXPECT_TRUE(store->Add(network.kings.certificate()).ok());
  EXPECT_TRUE(store->Add(network.e201.certificate()).ok());
  EXPECT_TRUE(store->Add(network.e201.certificate()).ok());
  EXPECT_EQ(store->size(), 3);
  EXPECT_EQ(store->Find(network.e201.id()), network.e201.certificate());
  EXPECT_EQ(store->Find(network.queens.id()), std::nullopt);
  absl::StatusOr<std::vector<Certificate>> chain = store->Chain(network.e201.id());
  ASSERT_TRUE(chain.ok());
  EXPECT_EQ(*chain, network.e201.chain());
  EXPECT_EQ(store->Chain(network.city.id())->size(), 1);
  EXPECT_TRUE(absl::IsNotFound(store->Chain(network.queens.id()).status()));
}

TEST(TrustStore, AsksForTheIssuerFirst) {
  Network network(12);
  std::unique_ptr<TrustStore> store = *TrustStore::Create(network.city.root());
  absl::Status early = store->Add(network.e201.certificate());
  EXPECT_TRUE(absl::IsFailedPrecondition(early));
  EXPECT_THAT(std::string(early.message()), HasSubstr("issuer not held yet"));
  EXPECT_TRUE(store->Add(network.kings.certificate()).ok());
  EXPECT_TRUE(store->Add(network.e201.certificate()).ok());
}

TEST(TrustStore, RefusesAnotherNetwork) {
  Network ours(13);
  Network theirs(14);
  std::unique_ptr<TrustStore> store = *TrustStore::Create(ours.city.root());
  EXPECT_FALSE(store->Add(theirs.city.certificate()).ok());
  EXPECT_FALSE(store->Add(theirs.kings.certificate()).ok());
  EXPECT_FALSE(store->Add(theirs.e201.certificate()).ok());
  EXPECT_EQ(store->size(), 1);
}

TEST(TrustStore, RefusesARootThatIsNone) {
  Network network(15);
  EXPECT_FALSE(TrustStore::Create(network.kings.certificate()).ok());
}

TEST(TrustStore, RefusesWhatAHubOrAStationMayNotIssue) {
  Network network(16);
  std::unique_ptr<TrustStore> store = network.e201.NewTrustStore();
  EXPECT_TRUE(absl::IsPermissionDenied(store->Add(network.Forge(network.kings, "city/queens/x"))));
  EXPECT_TRUE(absl::IsPermissionDenied(store->Add(network.Forge(network.kings, "city/kings"))));
  // A station's key is no issuer's, so its child's issuer is never held.
  EXPECT_FALSE(store->Add(network.Forge(network.e201, "city/kings/e201/x")).ok());
  absl::StatusOr<std::string> stolen =
      network.ForgeDer(network.kings.certificate(), network.queens.key(), "city/kings/e999", false);
  EXPECT_TRUE(absl::IsUnauthenticated(store->AddDer(*stolen).status()));
  EXPECT_EQ(store->size(), 3);
}

TEST(TrustStore, AddDerReadsWhatAPeerSent) {
  Network network(17);
  std::unique_ptr<TrustStore> store = *TrustStore::Create(network.city.root());
  EXPECT_TRUE(absl::IsInvalidArgument(store->AddDer("garbage").status()));
  EXPECT_TRUE(absl::IsInvalidArgument(store->AddDer(std::string(100'000, 'x')).status()));
  absl::StatusOr<Certificate> first = store->AddDer(network.kings.certificate().der());
  absl::StatusOr<Certificate> again = store->AddDer(network.kings.certificate().der());
  ASSERT_TRUE(first.ok() && again.ok());
  EXPECT_EQ(first->der().data(), again->der().data()) << "the held one is handed out";
}

TEST(TrustStore, HoldsNoMoreThanItsLimit) {
  Network network(18);
  std::unique_ptr<TrustStore> store = *TrustStore::Create(network.city.root(), 2);
  EXPECT_TRUE(store->Add(network.kings.certificate()).ok());
  EXPECT_TRUE(absl::IsResourceExhausted(store->Add(network.queens.certificate())));
  EXPECT_TRUE(store->Add(network.kings.certificate()).ok());
}

TEST(TrustStore, ARenewedHubAndItsOldCertificateBothVouchForTheirs) {
  Network network(19);
  Subject renewed{.name = "Kings",
                  .jurisdiction = At("city/kings"),
                  .may_issue = true,
                  .key = network.kings.key().public_key(),
                  .not_before = Noon(),
                  .not_after = Noon() + absl::Hours(1)};
  Certificate second =
      *Issue(renewed, network.city.certificate(), network.city.key(), network.random);
  EXPECT_NE(second.id(), network.kings.id());
  std::unique_ptr<TrustStore> store = *TrustStore::Create(network.city.root());
  EXPECT_TRUE(store->Add(second).ok());
  EXPECT_TRUE(store->Add(network.e201.certificate()).ok());
  EXPECT_TRUE(store->Add(network.kings.certificate()).ok());
  EXPECT_EQ(store->size(), 4);
}

// One key with two jurisdictions: the child belongs to the one that covers it, whichever came
// first.
TEST(TrustStore, FindsTheIssuerAmongSeveralOfOneKey) {
  Network network(20);
  Subject elsewhere{.name = "Kings",
                    .jurisdiction = At("city/annex"),
                    .may_issue = true,
                    .key = network.kings.key().public_key(),
                    .not_before = Noon(),
                    .not_after = Noon() + absl::Hours(1)};
  Certificate annex =
      *Issue(elsewhere, network.city.certificate(), network.city.key(), network.random);
  std::unique_ptr<TrustStore> store = *TrustStore::Create(network.city.root());
  EXPECT_TRUE(store->Add(annex).ok());
  EXPECT_TRUE(absl::IsPermissionDenied(store->Add(network.e201.certificate())));
  EXPECT_TRUE(store->Add(network.kings.certificate()).ok());
  EXPECT_TRUE(store->Add(network.e201.certificate()).ok());
  EXPECT_EQ((*store->Chain(network.e201.id()))[1], network.kings.certificate());
}

TEST(TrustStore, DatesOfTheWholeChainBindASession) {
  Network network(21);
  NodeSpec brief{"Brief", At("city/brief"), true, Noon(), absl::Hours(1)};
  Identity hub = *network.city.NewChild(brief, network.random);
  Identity station = *hub.NewChild({"S", At("city/brief/s"), false, Noon()}, network.random);
  EXPECT_EQ(station.certificate().not_after(), hub.certificate().not_after())
      << "a child's certificate does not outlast its issuer's";
  std::unique_ptr<TrustStore> store = station.NewTrustStore();
  EXPECT_TRUE(store->CheckDates(station.id(), Noon()).ok());
  EXPECT_TRUE(absl::IsFailedPrecondition(store->CheckDates(station.id(), Noon() + absl::Hours(2))));
  EXPECT_TRUE(absl::IsNotFound(store->CheckDates(network.queens.id(), Noon())));
}

TEST(TrustStore, ThreadsAddAndFindAtOnce) {
  Network network(22);
  constexpr int kStations = 24;
  std::vector<Identity> stations;
  for (int i = 0; i < kStations; ++i) {
    std::string path = "city/kings/s" + std::to_string(i);
    stations.push_back(*network.kings.NewChild({path, At(path), false, Noon()}, network.random));
  }
  std::unique_ptr<TrustStore> store = network.kings.NewTrustStore();
  std::atomic<int> added{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (const Identity& station : stations) {
        added += store->AddDer(station.certificate().der()).ok();
        store->Find(stations.back().id());
        store->Chain(station.id()).IgnoreError();
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(added, 4 * kStations);
  EXPECT_EQ(store->size(), 2 + kStations);
}

}  // namespace
}  // namespace tocsin::identity
