// A small network made from a seed, for the tests of this folder.
#pragma once

#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <string>

#include "node/base/random.h"
#include "node/identity/identity.h"
#include "node/identity/issue.h"

namespace tocsin::identity {

inline absl::Time Noon() { return absl::FromUnixSeconds(1'760'000'000); }

inline Jurisdiction At(absl::string_view path) { return *Jurisdiction::Parse(path); }

// city, its counties kings and queens, and a station of kings.
struct Network {
  explicit Network(uint64_t seed)
      : random(seed),
        city(*Identity::NewRoot({"City of New York", At("city"), true, Noon()}, random)),
        kings(*city.NewChild({"Kings", At("city/kings"), true, Noon()}, random)),
        queens(*city.NewChild({"Queens", At("city/queens"), true, Noon()}, random)),
        e201(*kings.NewChild({"Engine 201", At("city/kings/e201"), false, Noon()}, random)) {}

  // What `signer` would make with a program that asks no questions.
  Certificate Forge(const Identity& signer, absl::string_view path, bool may_issue = false) {
    return *Certificate::Parse(*ForgeDer(signer.certificate(), signer.key(), path, may_issue));
  }

  absl::StatusOr<std::string> ForgeDer(const Certificate& issuer, const PrivateKey& signer,
                                       absl::string_view path, bool may_issue) {
    Subject subject{.name = "Forged",
                    .jurisdiction = At(path),
                    .may_issue = may_issue,
                    .key = PrivateKey::Generate(random).public_key(),
                    .not_before = Noon(),
                    .not_after = Noon() + absl::Hours(1)};
    return SignCertificateDer(subject, {issuer.name(), issuer.key_id()}, signer, random);
  }

  SeededRandom random;
  Identity city;
  Identity kings;
  Identity queens;
  Identity e201;
};

// An empty folder that goes away with the test.
class TempFolder {
 public:
  TempFolder() {
    path_ = ::testing::TempDir() + "tocsin_identity_XXXXXX";
    EXPECT_NE(mkdtemp(path_.data()), nullptr);
  }
  ~TempFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TempFolder(const TempFolder&) = delete;
  TempFolder& operator=(const TempFolder&) = delete;

  std::string Path(const std::string& name) const { return path_ + "/" + name; }

 private:
  std::string path_;
};

}  // namespace tocsin::identity
