#include "node/identity/memo.h"

#include <gtest/gtest.h>

#include <string>
#include <thread>

#include "tests/node/identity/network.h"

namespace tocsin::identity {
namespace {

// Whatever was signed or checked before, by whom, and whether it was remembered.
TEST(Memo, ChangesNoAnswerOfASignature) {
  Network network(1);
  const NetworkId& id = network.city.network_id();
  const Signature seal = network.e201.Sign(Use::kSeal, "step");
  auto answers = [&] {
    std::string said;
    for (const Identity* signer : {&network.e201, &network.kings}) {
      for (const char* message : {"step", "steq", ""}) {
        for (Use use : {Use::kSeal, Use::kReceipt}) {
          Signature forged = seal;
          forged.data()[5] ^= 1;
          for (const Signature& signature : {seal, forged, seal}) {
            said += signer->certificate().Verify(use, id, message, signature).ok() ? '1' : '0';
          }
        }
      }
    }
    return said;
  };
  const std::string alone = answers();
  EXPECT_EQ(alone.substr(0, 3), "101");
  EXPECT_EQ(alone.find('1', 3), std::string::npos);
  const Memo memo;
  EXPECT_EQ(answers(), alone);
  EXPECT_EQ(network.e201.Sign(Use::kSeal, "step"), seal);
  EXPECT_EQ(answers(), alone);
}

TEST(Memo, ParsesACertificateOnceAndRefusesWhatItRefused) {
  Network network(1);
  const std::string der(network.e201.certificate().der());
  std::string broken = der;
  broken[40] ^= 1;
  const absl::Status refusal = Certificate::Parse(broken).status();
  const Memo memo;
  for (int i = 0; i < 2; ++i) {
    absl::StatusOr<Certificate> parsed = Certificate::Parse(der);
    ASSERT_TRUE(parsed.ok()) << parsed.status();
    EXPECT_EQ(parsed->der(), der);
    EXPECT_EQ(parsed->Describe(), network.e201.certificate().Describe());
    EXPECT_EQ(Certificate::Parse(broken).status(), refusal);
  }
  // One copy of what was parsed, shared by whoever parses it again.
  EXPECT_EQ(Certificate::Parse(der)->der().data(), Certificate::Parse(der)->der().data());
}

TEST(Memo, TakesASimulatedSignatureOfThatKeyAndMessageAlone) {
  Network network(1);
  const NetworkId& id = network.city.network_id();
  const Certificate& e201 = network.e201.certificate();
  const Signature real = network.e201.Sign(Use::kSeal, "real");
  Signature seal;
  {
    const Memo memo(Memo::Signatures::kSimulated);
    const Memo inner;
    seal = network.e201.Sign(Use::kSeal, "step");
    EXPECT_EQ(network.e201.Sign(Use::kSeal, "step"), seal);
    EXPECT_NE(network.e201.Sign(Use::kSeal, "steq"), seal);
    EXPECT_NE(network.kings.Sign(Use::kSeal, "step"), seal);
    EXPECT_TRUE(e201.Verify(Use::kSeal, id, "step", seal).ok());
    EXPECT_FALSE(e201.Verify(Use::kReceipt, id, "step", seal).ok());
    EXPECT_FALSE(e201.Verify(Use::kSeal, id, "steq", seal).ok());
    EXPECT_FALSE(network.kings.certificate().Verify(Use::kSeal, id, "step", seal).ok());
    Signature forged = seal;
    forged.data()[63] ^= 1;
    EXPECT_FALSE(e201.Verify(Use::kSeal, id, "step", forged).ok());
    EXPECT_TRUE(e201.Verify(Use::kSeal, id, "real", real).ok());
    // Who works out what another would have signed has not signed it.
    const Signature stolen =
        Memo::Simulate(e201.public_key(), SignedBytes(Use::kSeal, id, "never signed"));
    EXPECT_FALSE(e201.Verify(Use::kSeal, id, "never signed", stolen).ok());
  }
  EXPECT_FALSE(e201.Verify(Use::kSeal, id, "step", seal).ok());
  const Memo memo;
  EXPECT_NE(network.e201.Sign(Use::kSeal, "step"), seal);
}

TEST(Memo, AnInnerOneKnowsWhatTheOuterKnows) {
  Network network(1);
  const std::string der(network.e201.certificate().der());
  const Memo outer;
  const Certificate first = *Certificate::Parse(der);
  const Signature seal = network.e201.Sign(Use::kSeal, "step");
  {
    const Memo inner;
    EXPECT_EQ(Certificate::Parse(der)->der().data(), first.der().data());
    EXPECT_TRUE(first.Verify(Use::kSeal, network.city.network_id(), "step", seal).ok());
  }
  EXPECT_EQ(Memo::OfThread(), &outer);
}

TEST(Memo, LivesForOneThreadAndNoLonger) {
  EXPECT_EQ(Memo::OfThread(), nullptr);
  {
    Memo memo;
    EXPECT_EQ(Memo::OfThread(), &memo);
    std::thread([] { EXPECT_EQ(Memo::OfThread(), nullptr); }).join();
  }
  EXPECT_EQ(Memo::OfThread(), nullptr);
}

}  // namespace
}  // namespace tocsin::identity
