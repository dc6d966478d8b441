#include "node/identity/hash.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <memory>
#include <string>
#include <thread>
#include <vector>

namespace tocsin::identity {
namespace {

TEST(Sha256, GivesTheHashesOfTheStandard) {
  EXPECT_EQ(Sha256("").ToHex(), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(Sha256("abc").ToHex(),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

RC_GTEST_PROP(Hasher, PartsHashAsTheirConcatenation, (const std::vector<std::string>& parts)) {
  Hasher hasher;
  std::string whole;
  for (const std::string& part : parts) {
    hasher.Update(part);
    whole += part;
  }
  RC_ASSERT(hasher.Finish() == Sha256(whole));
}

TEST(Hasher, IsAsNewAfterFinish) {
  Hasher hasher;
  hasher.Update("something").Finish();
  EXPECT_EQ(hasher.Finish(), Sha256(""));
  hasher.Update("abc");
  EXPECT_EQ(hasher.Finish(), Sha256("abc"));
}

TEST(Hasher, AnUnfinishedOneLeavesNothingToTheNext) {
  { Hasher().Update("left lying"); }
  EXPECT_EQ(Hasher().Finish(), Sha256(""));
}

TEST(Hasher, SeveralAreOpenAtOnceAndMayEndOnAnotherThread) {
  std::vector<std::unique_ptr<Hasher>> hashers;
  for (int i = 0; i < 20; ++i) {
    hashers.push_back(std::make_unique<Hasher>());
    hashers.back()->Update(std::to_string(i));
  }
  std::thread other([&hashers] {
    for (int i = 0; i < 20; ++i) EXPECT_EQ(hashers[i]->Finish(), Sha256(std::to_string(i)));
    hashers.clear();
  });
  other.join();
}

}  // namespace
}  // namespace tocsin::identity
