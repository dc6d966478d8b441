#include "node/identity/known_signatures.h"

#include <gtest/gtest.h>

#include <string>

#include "tests/node/identity/network.h"

namespace tocsin::identity {
namespace {

// Whatever was signed or checked before, by whom, and whether it was remembered.
TEST(KnownSignatures, ChangeNoAnswer) {
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
  const KnownSignatures known;
  EXPECT_EQ(answers(), alone);
  EXPECT_EQ(network.e201.Sign(Use::kSeal, "step"), seal);
  EXPECT_EQ(answers(), alone);
}

TEST(KnownSignatures, LiveForOneThreadAndNoLonger) {
  EXPECT_EQ(KnownSignatures::OfThread(), nullptr);
  {
    KnownSignatures known;
    EXPECT_EQ(KnownSignatures::OfThread(), &known);
  }
  EXPECT_EQ(KnownSignatures::OfThread(), nullptr);
}

}  // namespace
}  // namespace tocsin::identity
