#include "node/config/values.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <cstdint>
#include <string>

#include "node/config/settings.h"

namespace tocsin::config {
namespace {

TEST(ByteSize, IsReadWithItsUnit) {
  EXPECT_EQ(*ParseByteSize("0B"), ByteSize{0});
  EXPECT_EQ(*ParseByteSize("512B"), ByteSize{512});
  EXPECT_EQ(*ParseByteSize("64KiB"), KiB(64));
  EXPECT_EQ(*ParseByteSize("1MiB"), MiB(1));
  EXPECT_EQ(*ParseByteSize("2GiB"), GiB(2));
}

TEST(ByteSize, IsRefusedWithoutOneOrBeyondSixtyThreeBits) {
  for (const char* text : {"", "1", "B", "KiB", "1 MiB", "-1B", "1.5MiB", "1MB", "1mib", "0x10B",
                           "9223372036854775807KiB", "99999999999999999999B", "8589934592GiB"}) {
    EXPECT_FALSE(ParseByteSize(text).ok()) << text;
  }
}

RC_GTEST_PROP(ByteSize, TextReadsBack, ()) {
  ByteSize size{*rc::gen::inRange<int64_t>(0, INT64_MAX)};
  RC_ASSERT(*ParseByteSize(ByteSizeText(size)) == size);
  ByteSize even{*rc::gen::inRange<int64_t>(0, 1 << 20) << *rc::gen::element(0, 10, 20, 30)};
  RC_ASSERT(*ParseByteSize(ByteSizeText(even)) == even);
}

TEST(Duration, IsReadWithItsUnit) {
  EXPECT_EQ(*ParseDuration("500ms"), absl::Milliseconds(500));
  EXPECT_EQ(*ParseDuration("1h30m"), absl::Minutes(90));
  EXPECT_EQ(*ParseDuration("1.5s"), absl::Milliseconds(1500));
}

TEST(Duration, IsRefusedWithoutOneOrWhenNegativeOrEndless) {
  for (const char* text : {"", "30", "s", "-1s", "inf", "30 s", "1d", "30sec"}) {
    EXPECT_FALSE(ParseDuration(text).ok()) << text;
  }
}

RC_GTEST_PROP(Duration, TextReadsBack, ()) {
  absl::Duration duration = absl::Milliseconds(*rc::gen::inRange<int64_t>(0, 1'000'000'000));
  RC_ASSERT(*ParseDuration(DurationText(duration)) == duration);
}

TEST(Address, OfThisMachineIsTaken) {
  for (const char* text : {"127.0.0.1:7410", "127.9.8.255:1", "[::1]:65535", "localhost:80"}) {
    EXPECT_TRUE(CheckListenAddress(text).ok()) << text;
    EXPECT_TRUE(CheckPeerAddress(text).ok()) << text;
  }
  EXPECT_TRUE(CheckListenAddress("localhost:0").ok());
  EXPECT_FALSE(CheckPeerAddress("localhost:0").ok());
}

TEST(Address, BeyondThisMachineIsRefusedWithTheReason) {
  for (const char* text :
       {"0.0.0.0:1", "[::]:1", "10.0.0.1:1", "city.example:1", "128.0.0.1:1", "127.0.0.1.example:1",
        "127.0.0.256:1", "127.0.0:1", "::1:1", "127.0.0.1@evil:1", "*:1"}) {
    absl::Status status = CheckListenAddress(text);
    EXPECT_FALSE(status.ok()) << text;
    EXPECT_NE(status.message().find("TLS"), absl::string_view::npos) << text << status;
  }
}

TEST(Address, NeedsAHostAndAPort) {
  for (const char* text : {"", ":", "localhost", "localhost:", ":80", "localhost:65536",
                           "localhost:-1", "localhost:8o", "localhost:000080"}) {
    EXPECT_FALSE(CheckListenAddress(text).ok()) << text;
  }
}

TEST(Suggest, FindsTheWordThatWasMeant) {
  std::vector<std::string> known;
  for (const Setting& setting : Settings()) known.emplace_back(setting.key);
  EXPECT_EQ(Suggest("uplink.keepalive_tme", known), "uplink.keepalive_time");
  EXPECT_EQ(Suggest("uplnik.endpoints", known), "uplink.endpoints");
  EXPECT_EQ(Suggest("datadir", known), "data_dir");
  EXPECT_EQ(Suggest("endpoint", known), "uplink.endpoints");
  EXPECT_EQ(Suggest("network.minimum_cell", known), "privacy.minimum_cell");
  EXPECT_EQ(Suggest("zebra", known), "");
  EXPECT_EQ(Suggest(std::string(100'000, 'a'), known), "");
}

}  // namespace
}  // namespace tocsin::config
