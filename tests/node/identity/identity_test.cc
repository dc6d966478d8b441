#include "node/identity/identity.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "node/identity/init.h"
#include "tests/node/identity/network.h"

namespace tocsin::identity {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

InitOptions Root(const std::string& dir) {
  return {.dir = dir, .name = "City", .jurisdiction = At("city"), .may_issue = true, .now = Noon()};
}

InitOptions Child(const std::string& dir, const std::string& issuer, absl::string_view path,
                  bool hub) {
  return {.dir = dir,
          .name = "Child",
          .jurisdiction = At(path),
          .issuer_dir = issuer,
          .may_issue = hub,
          .now = Noon()};
}

mode_t ModeOf(const std::string& path) {
  struct stat info = {};
  EXPECT_EQ(stat(path.c_str(), &info), 0) << path;
  return info.st_mode & 07777;
}

size_t FilesIn(const std::string& dir) {
  return static_cast<size_t>(std::distance(fs::directory_iterator(dir), fs::directory_iterator()));
}

TEST(Identity, IsTheSameAfterSaveAndLoad) {
  Network network(31);
  TempFolder temp;
  ASSERT_TRUE(network.e201.Save(temp.Path("e201")).ok());
  absl::StatusOr<Identity> loaded = Identity::Load(temp.Path("e201"));
  ASSERT_TRUE(loaded.ok()) << loaded.status();
  EXPECT_EQ(loaded->chain(), network.e201.chain());
  EXPECT_EQ(loaded->network_id(), network.e201.network_id());
  EXPECT_EQ(loaded->Sign(Use::kSeal, "m"), network.e201.Sign(Use::kSeal, "m"));
}

TEST(Identity, OneSeedMakesOneNetwork) {
  Network a(32);
  Network b(32);
  Network c(33);
  EXPECT_EQ(a.e201.id(), b.e201.id());
  EXPECT_NE(a.e201.id(), c.e201.id());
}

TEST(Init, MakesANetworkAndIssuesDownTheTree) {
  SystemRandom random;
  TempFolder temp;
  ASSERT_TRUE(Init(Root(temp.Path("city")), random).ok());
  ASSERT_TRUE(Init(Child(temp.Path("kings"), temp.Path("city"), "city/kings", true), random).ok());
  absl::StatusOr<Identity> e201 =
      Init(Child(temp.Path("e201"), temp.Path("kings"), "city/kings/e201", false), random);
  ASSERT_TRUE(e201.ok()) << e201.status();
  absl::StatusOr<Identity> loaded = Identity::Load(temp.Path("e201"));
  ASSERT_TRUE(loaded.ok()) << loaded.status();
  EXPECT_EQ(loaded->id(), e201->id());
  EXPECT_EQ(loaded->chain().size(), 3);
  EXPECT_EQ(loaded->network_id(), Identity::Load(temp.Path("city"))->network_id());
  EXPECT_FALSE(loaded->certificate().may_issue());
}

TEST(Init, KeepsTheKeyFromOthers) {
  SystemRandom random;
  TempFolder temp;
  mode_t old = umask(0);
  absl::Status made = Init(Root(temp.Path("city")), random).status();
  umask(old);
  ASSERT_TRUE(made.ok()) << made;
  EXPECT_EQ(ModeOf(temp.Path("city/identity/key.pem")), 0600u);
  EXPECT_EQ(ModeOf(temp.Path("city/identity")) & 077, 0u);
}

TEST(Init, LeavesNoDraftsBehind) {
  SystemRandom random;
  TempFolder temp;
  ASSERT_TRUE(Init(Root(temp.Path("city")), random).ok());
  EXPECT_EQ(FilesIn(temp.Path("city")), 1);
  EXPECT_EQ(FilesIn(temp.Path("city/identity")), 2);
}

TEST(Init, TwiceRefusesAndKeepsTheFirst) {
  SystemRandom random;
  TempFolder temp;
  absl::StatusOr<Identity> first = Init(Root(temp.Path("city")), random);
  ASSERT_TRUE(first.ok());
  absl::Status second = Init(Root(temp.Path("city")), random).status();
  EXPECT_TRUE(absl::IsAlreadyExists(second));
  EXPECT_THAT(std::string(second.message()), HasSubstr("City (city)"));
  EXPECT_EQ(Identity::Load(temp.Path("city"))->id(), first->id());
  EXPECT_EQ(FilesIn(temp.Path("city")), 1);
}

class RenewTest : public ::testing::Test {
 protected:
  RenewTest() {
    EXPECT_TRUE(Init(Root(temp_.Path("city")), random_).ok());
    EXPECT_TRUE(
        Init(Child(temp_.Path("kings"), temp_.Path("city"), "city/kings", true), random_).ok());
  }
  absl::StatusOr<Identity> RenewKings() {
    InitOptions options = Child(temp_.Path("kings"), temp_.Path("city"), "city/kings", false);
    options.name = "";
    return Renew(options, random_);
  }

  SystemRandom random_;
  TempFolder temp_;
};

TEST_F(RenewTest, MakesANewKeyOfTheSameNodeAndKeepsTheFormerOnes) {
  const Identity before = *Identity::Load(temp_.Path("kings"));
  absl::StatusOr<Identity> renewed = RenewKings();
  ASSERT_TRUE(renewed.ok()) << renewed.status();
  const Identity loaded = *Identity::Load(temp_.Path("kings"));
  EXPECT_EQ(loaded.id(), renewed->id());
  EXPECT_NE(loaded.key().public_key(), before.key().public_key());
  EXPECT_EQ(loaded.name(), before.name());
  EXPECT_TRUE(loaded.certificate().may_issue());
  EXPECT_TRUE(IsNewer(loaded.certificate(), before.certificate()));
  ASSERT_NE(loaded.KeyOf(before.id()), nullptr);
  EXPECT_EQ(loaded.KeyOf(before.id())->public_key(), before.key().public_key());
  EXPECT_TRUE(loaded.IsOwn(before.id()));

  ASSERT_TRUE(RenewKings().ok());
  const Identity third = *Identity::Load(temp_.Path("kings"));
  ASSERT_EQ(third.former().size(), 2u);
  EXPECT_EQ(third.former()[0].certificate().id(), loaded.id());
  EXPECT_EQ(third.former()[1].certificate().id(), before.id());
  EXPECT_EQ(ModeOf(temp_.Path("kings") + "/identity/former"), 0700u);
  EXPECT_EQ(FilesIn(temp_.Path("kings")), 1u);  // no draft is left
  EXPECT_EQ(third.NewTrustStore()->size(), 4u);
}

TEST_F(RenewTest, AKeyThatIsLostIsKnownByItsCertificate) {
  const CertId before = Identity::Load(temp_.Path("kings"))->id();
  fs::remove(temp_.Path("kings") + "/identity/key.pem");
  ASSERT_TRUE(RenewKings().ok());
  const Identity loaded = *Identity::Load(temp_.Path("kings"));
  EXPECT_TRUE(loaded.IsOwn(before));
  EXPECT_EQ(loaded.KeyOf(before), nullptr);
}

TEST_F(RenewTest, OfARootOrForAnotherJurisdictionIsRefusedAndChangesNothing) {
  const CertId before = Identity::Load(temp_.Path("kings"))->id();
  EXPECT_TRUE(absl::IsFailedPrecondition(Renew(Root(temp_.Path("city")), random_).status()));
  EXPECT_TRUE(absl::IsPermissionDenied(
      Renew(Child(temp_.Path("kings"), temp_.Path("city"), "city/queens", true), random_)
          .status()));
  EXPECT_EQ(Identity::Load(temp_.Path("kings"))->id(), before);
}

TEST_F(RenewTest, AKeyWithoutItsCertificatesIsNotThrownAway) {
  fs::remove(temp_.Path("kings") + "/identity/chain.pem");
  EXPECT_TRUE(absl::IsInvalidArgument(RenewKings().status()));
  EXPECT_TRUE(fs::exists(temp_.Path("kings") + "/identity/key.pem"));
}

TEST(Init, NeverTouchesAFolderThatIsInTheWay) {
  SystemRandom random;
  TempFolder temp;
  fs::create_directories(temp.Path("city/identity"));
  std::ofstream(temp.Path("city/identity/notes")) << "mine";
  EXPECT_TRUE(absl::IsAlreadyExists(Init(Root(temp.Path("city")), random).status()));
  EXPECT_EQ(FilesIn(temp.Path("city/identity")), 1);
}

TEST(Init, SaysWhatToDoWithoutAnIssuer) {
  SystemRandom random;
  TempFolder temp;
  InitOptions orphan = Root(temp.Path("kings"));
  orphan.jurisdiction = At("city/kings");
  absl::Status status = Init(orphan, random).status();
  EXPECT_TRUE(absl::IsInvalidArgument(status));
  EXPECT_THAT(std::string(status.message()), HasSubstr("issuer"));
  status =
      Init(Child(temp.Path("kings"), temp.Path("nowhere"), "city/kings", true), random).status();
  EXPECT_TRUE(absl::IsNotFound(status));
  EXPECT_THAT(std::string(status.message()), HasSubstr("tocsin init"));
  EXPECT_FALSE(fs::exists(temp.Path("kings")));
}

TEST(Init, RefusesAJurisdictionThatTheIssuerDoesNotCover) {
  SystemRandom random;
  TempFolder temp;
  ASSERT_TRUE(Init(Root(temp.Path("city")), random).ok());
  ASSERT_TRUE(Init(Child(temp.Path("kings"), temp.Path("city"), "city/kings", true), random).ok());
  EXPECT_TRUE(absl::IsPermissionDenied(
      Init(Child(temp.Path("x"), temp.Path("kings"), "city/queens/x", false), random).status()));
  EXPECT_FALSE(fs::exists(temp.Path("x")));
}

TEST(Init, RefusesAClockThatCannotBeRight) {
  SystemRandom random;
  TempFolder temp;
  InitOptions options = Root(temp.Path("city"));
  options.now = absl::UnixEpoch();
  EXPECT_TRUE(absl::IsFailedPrecondition(Init(options, random).status()));
}

TEST(Identity, RefusesAKeyThatOthersMayRead) {
  Network network(34);
  TempFolder temp;
  ASSERT_TRUE(network.e201.Save(temp.Path("d")).ok());
  for (mode_t mode : {0640, 0604, 0660, 0620, 0777}) {
    ASSERT_EQ(chmod(temp.Path("d/identity/key.pem").c_str(), mode), 0);
    absl::Status status = Identity::Load(temp.Path("d")).status();
    EXPECT_TRUE(absl::IsPermissionDenied(status)) << mode << status;
    EXPECT_THAT(std::string(status.message()), HasSubstr("chmod 600"));
  }
  ASSERT_EQ(chmod(temp.Path("d/identity/key.pem").c_str(), 0400), 0);
  EXPECT_TRUE(Identity::Load(temp.Path("d")).ok());
}

TEST(Identity, RefusesFilesThatDoNotBelongTogether) {
  Network network(35);
  TempFolder temp;
  ASSERT_TRUE(network.e201.Save(temp.Path("a")).ok());
  ASSERT_TRUE(network.kings.Save(temp.Path("b")).ok());
  fs::copy_file(temp.Path("b/identity/chain.pem"), temp.Path("a/identity/chain.pem"),
                fs::copy_options::overwrite_existing);
  absl::Status status = Identity::Load(temp.Path("a")).status();
  EXPECT_TRUE(absl::IsInvalidArgument(status));
  EXPECT_THAT(std::string(status.message()), HasSubstr("private key"));
}

TEST(Identity, RefusesDamagedFiles) {
  Network network(36);
  TempFolder temp;
  ASSERT_TRUE(network.e201.Save(temp.Path("a")).ok());
  for (const char* damage : {"", "no pem at all", "-----BEGIN CERTIFICATE-----\nAAAA\n"}) {
    std::ofstream(temp.Path("a/identity/chain.pem"), std::ios::trunc) << damage;
    EXPECT_TRUE(absl::IsInvalidArgument(Identity::Load(temp.Path("a")).status()));
  }
  std::ofstream(temp.Path("a/identity/key.pem"), std::ios::trunc) << "nothing";
  EXPECT_TRUE(absl::IsInvalidArgument(Identity::Load(temp.Path("a")).status()));
  fs::remove(temp.Path("a/identity/key.pem"));
  EXPECT_TRUE(absl::IsNotFound(Identity::Load(temp.Path("a")).status()));
}

TEST(PrivateKey, IsNeverOverwritten) {
  SystemRandom random;
  TempFolder temp;
  PrivateKey first = PrivateKey::Generate(random);
  ASSERT_TRUE(first.Save(temp.Path("key.pem")).ok());
  absl::Status again = PrivateKey::Generate(random).Save(temp.Path("key.pem"));
  EXPECT_TRUE(absl::IsAlreadyExists(again)) << again;
  absl::StatusOr<PrivateKey> loaded = PrivateKey::Load(temp.Path("key.pem"));
  ASSERT_TRUE(loaded.ok());
  EXPECT_EQ(loaded->public_key(), first.public_key());
}

}  // namespace
}  // namespace tocsin::identity
