// init and rebuild.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "node/base/clock.h"
#include "node/config/options.h"
#include "node/identity/identity.h"
#include "node/store/rocks_store.h"
#include "tests/support/data.h"
#include "tests/tools/cli/runs.h"

namespace tocsin::cli {
namespace {

using ::testing::HasSubstr;
namespace fs = std::filesystem;

class InitTest : public ::testing::Test {
 protected:
  RunResult InitCity() {
    return machine_.Run({"init", "--dir", folder_.path("city"), "--name", "City", "--jurisdiction",
                         "city", "--hub"});
  }
  Machine machine_;
  Folder folder_;
};

TEST_F(InitTest, MakesAnIdentityAndAConfigurationThatADaemonReads) {
  const RunResult result = InitCity();
  ASSERT_EQ(result.code, 0) << result.err;
  EXPECT_THAT(result.out, HasSubstr("tocsin-hub --config " + folder_.path("city/tocsin.toml")));
  const auto identity = identity::Identity::Load(folder_.path("city"));
  ASSERT_TRUE(identity.ok()) << identity.status();
  EXPECT_EQ(identity->jurisdiction().path(), "city");
  const auto options = config::LoadOptions(folder_.path("city/tocsin.toml"), config::Role::kHub);
  ASSERT_TRUE(options.ok()) << options.status();
  EXPECT_EQ(options->name, "City");
  EXPECT_EQ(fs::weakly_canonical(options->data_dir), fs::weakly_canonical(folder_.path("city")));
}

TEST_F(InitTest, AChildIsCertifiedByItsIssuerAndKnowsItsUplink) {
  ASSERT_EQ(InitCity().code, 0);
  const RunResult result =
      machine_.Run({"init", "--dir", folder_.path("e201"), "--name", "Engine 201", "--jurisdiction",
                    "city/kings/e201", "--issuer", folder_.path("city"), "--uplink",
                    "127.0.0.1:7421", "--api-listen", "127.0.0.1:7412", "--output", "json"});
  ASSERT_EQ(result.code, 0) << result.err;
  EXPECT_THAT(result.out, HasSubstr("\"role\": \"node\""));
  const auto options = config::LoadOptions(folder_.path("e201/tocsin.toml"), config::Role::kNode);
  ASSERT_TRUE(options.ok()) << options.status();
  EXPECT_EQ(options->uplink_endpoints, std::vector<std::string>{"127.0.0.1:7421"});
  EXPECT_EQ(options->api_listen, "127.0.0.1:7412");
  const auto city = identity::Identity::Load(folder_.path("city"));
  const auto child = identity::Identity::Load(folder_.path("e201"));
  ASSERT_TRUE(child.ok());
  EXPECT_EQ(child->network_id(), city->network_id());
}

TEST_F(InitTest, NeverOverwrites) {
  ASSERT_EQ(InitCity().code, 0);
  const std::string key = ReadFile(folder_.path("city/identity/key.pem"));
  const RunResult again = InitCity();
  EXPECT_EQ(again.code, 3);
  EXPECT_THAT(again.err, HasSubstr("is there already"));
  EXPECT_EQ(ReadFile(folder_.path("city/identity/key.pem")), key);
}

TEST_F(InitTest, AStationWithoutAnIssuerIsToldThatItNeedsOne) {
  const RunResult result = machine_.Run(
      {"init", "--dir", folder_.path("e201"), "--name", "E", "--jurisdiction", "city/kings/e201"});
  EXPECT_EQ(result.code, 2);
  EXPECT_THAT(result.err, HasSubstr("--issuer"));
  EXPECT_FALSE(fs::exists(folder_.path("e201")));
}

TEST_F(InitTest, AWrongAddressMakesNothing) {
  const RunResult result = machine_.Run({"init", "--dir", folder_.path("city"), "--name", "City",
                                         "--jurisdiction", "city", "--api-listen", "0.0.0.0:7410"});
  EXPECT_EQ(result.code, 2);
  EXPECT_THAT(result.err, HasSubstr("api"));
  EXPECT_FALSE(fs::exists(folder_.path("city")));
}

class RebuildTest : public InitTest {
 protected:
  std::unique_ptr<store::Store> Open(const std::string& name,
                                     store::RocksOptions::Profile profile) {
    store::RocksOptions options;
    options.dir = folder_.path(name);
    options.profile = profile;
    options.create_if_missing = true;
    auto store = store::OpenRocks(options, store::StoreEnvironment(clock_));
    EXPECT_TRUE(store.ok()) << store.status();
    return *std::move(store);
  }
  SystemClock clock_;
};

TEST_F(RebuildTest, DropsTheViewAndNothingElse) {
  Open("log", store::RocksOptions::Profile::kLog);
  Open("view", store::RocksOptions::Profile::kView);
  const RunResult result = machine_.Run({"rebuild", "--dir", folder_.path()});
  EXPECT_EQ(result.code, 0) << result.err;
  EXPECT_FALSE(fs::exists(folder_.path("view")));
  EXPECT_TRUE(fs::exists(folder_.path("log/FORMAT")));
  EXPECT_EQ(machine_.Run({"rebuild", "--dir", folder_.path()}).code, 0);
}

TEST_F(RebuildTest, OfARunningNodeIsRefused) {
  Open("log", store::RocksOptions::Profile::kLog);
  const auto held = Open("view", store::RocksOptions::Profile::kView);
  const RunResult result = machine_.Run({"rebuild", "--dir", folder_.path()});
  EXPECT_EQ(result.code, 3);
  EXPECT_TRUE(fs::exists(folder_.path("view/FORMAT")));
}

TEST_F(RebuildTest, NeverDropsALogThatIsCalledAView) {
  Open("log", store::RocksOptions::Profile::kLog);
  Open("view", store::RocksOptions::Profile::kLog);
  EXPECT_EQ(machine_.Run({"rebuild", "--dir", folder_.path()}).code, 3);
  EXPECT_TRUE(fs::exists(folder_.path("view/FORMAT")));
}

// A volume that is not mounted leaves an empty folder: the view is what shows that there was a log.
TEST_F(RebuildTest, KeepsAViewThatHasNoLogToBeMadeAnewFrom) {
  Open("view", store::RocksOptions::Profile::kView);
  fs::create_directory(folder_.path("log"));
  const RunResult result = machine_.Run({"rebuild", "--dir", folder_.path()});
  EXPECT_EQ(result.code, 2);
  EXPECT_THAT(result.err, HasSubstr("mount it"));
  EXPECT_TRUE(fs::exists(folder_.path("view/FORMAT")));
}

TEST_F(RebuildTest, OfAFolderThatIsNoNodesIsBadUsage) {
  const RunResult result = machine_.Run({"rebuild", "--dir", folder_.path()});
  EXPECT_EQ(result.code, 2);
  EXPECT_THAT(result.err, HasSubstr("data_dir"));
}

}  // namespace
}  // namespace tocsin::cli
