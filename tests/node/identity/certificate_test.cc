#include "node/identity/certificate.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include "tests/node/identity/network.h"

namespace tocsin::identity {
namespace {

using ::testing::HasSubstr;

// Made once: every property below only reads it.
Network& SharedNetwork() {
  static Network& network = *new Network(1);
  return network;
}

Signature SealOf(const Identity& node, absl::string_view message) {
  return node.Sign(Use::kSeal, message);
}

TEST(Certificate, SaysWhatItsIssuerWrote) {
  const Network& network = SharedNetwork();
  absl::StatusOr<Certificate> read = Certificate::Parse(network.e201.certificate().der());
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(read->name(), "Engine 201");
  EXPECT_EQ(read->jurisdiction(), At("city/kings/e201"));
  EXPECT_FALSE(read->may_issue());
  EXPECT_EQ(read->issuer_name(), "Kings");
  EXPECT_EQ(read->issuer_key_id(), network.kings.certificate().key_id());
  EXPECT_EQ(read->public_key(), network.e201.key().public_key());
  EXPECT_EQ(read->not_before(), Noon() - absl::Hours(24));
  EXPECT_EQ(read->not_after(), Noon() + absl::Hours(10 * 365 * 24));
  EXPECT_EQ(read->id(), network.e201.id());
  EXPECT_EQ(read->der(), network.e201.certificate().der());
  EXPECT_TRUE(network.kings.certificate().may_issue());
}

TEST(Certificate, KeepsNamesOfOtherAlphabets) {
  Network network(2);
  for (const char* name : {"消防站 12", "Пожарная часть 5", "É", "a"}) {
    absl::StatusOr<Identity> made =
        network.city.NewChild({name, At("city/x"), false, Noon()}, network.random);
    ASSERT_TRUE(made.ok()) << made.status();
    EXPECT_EQ(made->name(), name);
  }
}

TEST(Certificate, RefusesNamesThatDeceiveATerminal) {
  Network network(2);
  for (const std::string& name :
       {std::string(), std::string("a\nb"), std::string("a\0b", 3), std::string("\xff"),
        std::string("\xe2\x80\xae"
                    "102e"),
        std::string(65, 'x'), std::string(" a"), std::string("\x1b[2J")}) {
    absl::StatusOr<Identity> made =
        network.city.NewChild({name, At("city/x"), false, Noon()}, network.random);
    EXPECT_TRUE(absl::IsInvalidArgument(made.status())) << name << made.status();
  }
}

TEST(Certificate, KeepsDatesBeyond2050) {
  Network network(3);
  NodeSpec spec{"X", At("city2"), true, Noon(), absl::Hours(24 * 365 * 60)};
  absl::StatusOr<Identity> made = Identity::NewRoot(spec, network.random);
  ASSERT_TRUE(made.ok()) << made.status();
  EXPECT_EQ(made->certificate().not_after(), Noon() + absl::Hours(24 * 365 * 60));
}

TEST(Certificate, IsVerifiedAgainstItsOwnIssuerOnly) {
  const Network& network = SharedNetwork();
  const Certificate& e201 = network.e201.certificate();
  EXPECT_TRUE(e201.VerifyIssuedBy(network.kings.certificate()).ok());
  EXPECT_TRUE(network.kings.certificate().VerifyIssuedBy(network.city.certificate()).ok());
  EXPECT_TRUE(absl::IsUnauthenticated(e201.VerifyIssuedBy(network.city.certificate())));
  EXPECT_TRUE(absl::IsPermissionDenied(e201.VerifyIssuedBy(network.queens.certificate())));
  EXPECT_TRUE(absl::IsPermissionDenied(e201.VerifyIssuedBy(e201)));
}

TEST(Certificate, ACountyCannotIssueForAnotherCountyOrAboveItself) {
  Network network(4);
  for (const char* path : {"city/queens/e301", "city/queens", "city", "city/kings", "other/kings/x",
                           "city/kings2/x"}) {
    Certificate forged = network.Forge(network.kings, path, true);
    EXPECT_TRUE(absl::IsPermissionDenied(forged.VerifyIssuedBy(network.kings.certificate())))
        << path;
    NodeSpec spec{"X", At(path), false, Noon()};
    EXPECT_TRUE(absl::IsPermissionDenied(network.kings.NewChild(spec, network.random).status()))
        << path;
  }
  EXPECT_TRUE(network.Forge(network.kings, "city/kings/a/b")
                  .VerifyIssuedBy(network.kings.certificate())
                  .ok());
}

TEST(Certificate, AStationCannotIssue) {
  Network network(5);
  Certificate forged = network.Forge(network.e201, "city/kings/e201/engine");
  absl::Status status = forged.VerifyIssuedBy(network.e201.certificate());
  EXPECT_TRUE(absl::IsPermissionDenied(status));
  EXPECT_THAT(std::string(status.message()), HasSubstr("is no hub"));
  NodeSpec spec{"X", At("city/kings/e201/engine"), false, Noon()};
  EXPECT_TRUE(absl::IsPermissionDenied(network.e201.NewChild(spec, network.random).status()));
}

TEST(Certificate, AStolenNameWithoutTheKeyIssuesNothing) {
  Network network(6);
  absl::StatusOr<std::string> der =
      network.ForgeDer(network.kings.certificate(), network.queens.key(), "city/kings/e999", false);
  absl::StatusOr<Certificate> forged = Certificate::Parse(*der);
  ASSERT_TRUE(forged.ok());
  EXPECT_TRUE(absl::IsUnauthenticated(forged->VerifyIssuedBy(network.kings.certificate())));
}

TEST(Certificate, OnlyASelfSignedIssuerOfOnePartIsARoot) {
  const Network& network = SharedNetwork();
  EXPECT_TRUE(network.city.certificate().VerifyRoot().ok());
  EXPECT_TRUE(absl::IsPermissionDenied(network.kings.certificate().VerifyRoot()));
  Network other(7);
  Certificate unsigned_by_itself = other.Forge(other.city, "city3", true);
  EXPECT_TRUE(absl::IsUnauthenticated(unsigned_by_itself.VerifyRoot()));
}

TEST(Certificate, ASignatureHoldsForItsUseItsNetworkItsMessageAndItsKey) {
  const Network& network = SharedNetwork();
  const Certificate& e201 = network.e201.certificate();
  Signature seal = SealOf(network.e201, "step");
  EXPECT_TRUE(e201.Verify(Use::kSeal, network.city.network_id(), "step", seal).ok());
  for (Use use : {Use::kReceipt, Use::kHello, Use::kBundle}) {
    EXPECT_TRUE(absl::IsUnauthenticated(e201.Verify(use, network.city.network_id(), "step", seal)));
  }
  EXPECT_TRUE(absl::IsUnauthenticated(e201.Verify(Use::kSeal, NetworkId(), "step", seal)));
  EXPECT_TRUE(
      absl::IsUnauthenticated(e201.Verify(Use::kSeal, network.city.network_id(), "steq", seal)));
  EXPECT_TRUE(
      absl::IsUnauthenticated(e201.Verify(Use::kSeal, network.city.network_id(), "", seal)));
  EXPECT_TRUE(absl::IsUnauthenticated(
      network.kings.certificate().Verify(Use::kSeal, network.city.network_id(), "step", seal)));
}

TEST(Certificate, ANonceThatReadsLikeAHeadSignedAtHelloIsNoSeal) {
  const Network& network = SharedNetwork();
  // The thief presents, as its nonce, the very bytes that a seal would sign.
  std::string head = SignedBytes(Use::kSeal, network.city.network_id(), "lane 900 step");
  Signature hello = network.kings.Sign(Use::kHello, head);
  EXPECT_FALSE(network.kings.certificate()
                   .Verify(Use::kSeal, network.city.network_id(), "lane 900 step", hello)
                   .ok());
  EXPECT_FALSE(
      network.kings.certificate().Verify(Use::kSeal, network.city.network_id(), head, hello).ok());
}

TEST(Signing, SignedBytesAreTagZeroNetworkMessage) {
  NetworkId network = *NetworkId::FromBytes("0123456789abcdef");
  EXPECT_EQ(SignedBytes(Use::kSeal, network, "m"), std::string("tocsin/seal/1\0"
                                                               "0123456789abcdefm",
                                                               31));
  EXPECT_EQ(TagOf(Use::kReceipt), "tocsin/receipt/1");
  EXPECT_EQ(TagOf(Use::kHello), "tocsin/hello/1");
  EXPECT_EQ(TagOf(Use::kBundle), "tocsin/bundle/1");
}

TEST(Certificate, AnExpiredOneStillVerifiesOldSeals) {
  Network network(8);
  NodeSpec spec{"Old", At("city/old"), false, Noon(), absl::Seconds(1)};
  absl::StatusOr<Identity> old = network.city.NewChild(spec, network.random);
  ASSERT_TRUE(old.ok()) << old.status();
  absl::Time later = Noon() + absl::Hours(24 * 365);
  EXPECT_TRUE(absl::IsFailedPrecondition(old->certificate().CheckDates(later)));
  EXPECT_TRUE(absl::IsFailedPrecondition(old->certificate().CheckDates(Noon() - absl::Hours(48))));
  EXPECT_TRUE(old->certificate().CheckDates(Noon()).ok());
  EXPECT_TRUE(old->certificate()
                  .Verify(Use::kSeal, network.city.network_id(), "s", SealOf(*old, "s"))
                  .ok());
}

// Whatever one does to the bytes of a certificate: refused, or at least not the issuer's.
RC_GTEST_PROP(Certificate, AlteredBytesAreRefused, ()) {
  const Network& network = SharedNetwork();
  std::string der(network.e201.certificate().der());
  int edits = *rc::gen::inRange(1, 4);
  for (int i = 0; i < edits; ++i) {
    size_t at = *rc::gen::inRange<size_t>(0, der.size());
    switch (*rc::gen::inRange(0, 4)) {
      case 0:
        der[at] = static_cast<char>(der[at] ^ (1 << *rc::gen::inRange(0, 8)));
        break;
      case 1:
        der.insert(at, 1, *rc::gen::arbitrary<char>());
        break;
      case 2:
        der.erase(at, 1);
        break;
      default:
        der.resize(at + 1);
        break;
    }
  }
  RC_PRE(der != network.e201.certificate().der());
  absl::StatusOr<Certificate> read = Certificate::Parse(der);
  if (!read.ok()) {
    RC_ASSERT(absl::IsInvalidArgument(read.status()));
    return;
  }
  RC_ASSERT(read->id() != network.e201.id());
  RC_ASSERT(!read->VerifyIssuedBy(network.kings.certificate()).ok());
}

RC_GTEST_PROP(Certificate, GarbageIsRefused, (const std::string& bytes)) {
  RC_ASSERT(absl::IsInvalidArgument(Certificate::Parse(bytes).status()));
}

TEST(Certificate, EveryTruncationIsRefused) {
  absl::string_view der = SharedNetwork().e201.certificate().der();
  for (size_t size = 0; size < der.size(); ++size) {
    EXPECT_TRUE(absl::IsInvalidArgument(Certificate::Parse(der.substr(0, size)).status())) << size;
  }
  EXPECT_TRUE(absl::IsInvalidArgument(Certificate::Parse(std::string(der) + '\0').status()));
  EXPECT_TRUE(absl::IsInvalidArgument(Certificate::Parse(std::string(5000, '0')).status()));
}

// The signature does not cover how the outermost length is written: in a longer form the same
// certificate would have a second id.
TEST(Certificate, ARewrappingOfTheSameContentIsRefused) {
  std::string der(SharedNetwork().e201.certificate().der());
  ASSERT_EQ(static_cast<uint8_t>(der[1]), 0x82);
  std::string longer = der.substr(0, 1) + '\x83' + '\0' + der.substr(2);
  EXPECT_TRUE(absl::IsInvalidArgument(Certificate::Parse(longer).status()));
  std::string indefinite = der.substr(0, 1) + '\x80' + der.substr(4) + std::string(2, '\0');
  EXPECT_TRUE(absl::IsInvalidArgument(Certificate::Parse(indefinite).status()));
}

// "The last bits of the signature are unused" is not under the signature either, and says nothing
// new where those bits are zero.
TEST(Certificate, ASignatureWithUnusedBitsIsRefused) {
  Network network(9);
  for (int i = 0; i < 8; ++i) {
    std::string der(network.Forge(network.kings, "city/kings/x").der());
    size_t unused = der.size() - Signature::kSize - 1;
    ASSERT_EQ(der[unused], 0);
    for (char bits = 1; bits < 8; ++bits) {
      der[unused] = bits;
      EXPECT_TRUE(absl::IsInvalidArgument(Certificate::Parse(der).status())) << int{bits};
    }
  }
}

TEST(Certificate, NoSingleBitCanBeFlipped) {
  const Network& network = SharedNetwork();
  std::string der(network.e201.certificate().der());
  for (size_t bit = 0; bit < der.size() * 8; ++bit) {
    char original = der[bit / 8];
    der[bit / 8] = static_cast<char>(original ^ (1 << (bit % 8)));
    absl::StatusOr<Certificate> read = Certificate::Parse(der);
    EXPECT_FALSE(read.ok() && read->VerifyIssuedBy(network.kings.certificate()).ok()) << bit;
    der[bit / 8] = original;
  }
}

RC_GTEST_PROP(Certificate, AForgedSignatureIsRefused, (const std::string& message)) {
  const Network& network = SharedNetwork();
  Signature signature = SealOf(network.e201, message);
  RC_ASSERT(network.e201.certificate()
                .Verify(Use::kSeal, network.city.network_id(), message, signature)
                .ok());
  size_t bit = *rc::gen::inRange<size_t>(0, Signature::kSize * 8);
  signature.data()[bit / 8] ^= static_cast<uint8_t>(1 << (bit % 8));
  RC_ASSERT(!network.e201.certificate()
                 .Verify(Use::kSeal, network.city.network_id(), message, signature)
                 .ok());
}

TEST(Certificate, IsSharedByThreads) {
  const Network& network = SharedNetwork();
  Signature seal = SealOf(network.e201, "step");
  std::vector<std::thread> threads;
  std::atomic<int> good{0};
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&network, &seal, &good] {
      Certificate mine = network.e201.certificate();
      for (int i = 0; i < 50; ++i) {
        good += mine.Verify(Use::kSeal, network.city.network_id(), "step", seal).ok();
        good += SealOf(network.e201, "step") == seal;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(good, 4 * 50 * 2);
}

TEST(SpokenFingerprint, IsTheFirstHundredBitsInCrockfordBase32) {
  CertId id;
  EXPECT_EQ(SpokenFingerprint(id), "0000 0000 0000 0000 0000");
  id.data()[0] = 0xff;
  id.data()[12] = 0xff;
  EXPECT_EQ(SpokenFingerprint(id), "ZW00 0000 0000 0000 000F");
}

}  // namespace
}  // namespace tocsin::identity
