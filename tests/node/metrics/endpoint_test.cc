#include "node/metrics/endpoint.h"

#include <absl/strings/str_cat.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <httplib.h>

namespace tocsin::metrics {
namespace {

using ::testing::HasSubstr;

v1::NodeStatus Held(uint64_t changes) {
  v1::NodeStatus status;
  status.set_jurisdiction("city/kings");
  status.set_changes_held(changes);
  return status;
}

std::unique_ptr<Endpoint> Started(Source source, const std::string& address = "127.0.0.1:0") {
  auto endpoint = Endpoint::Start(address, std::move(source));
  EXPECT_TRUE(endpoint.ok()) << endpoint.status();
  return endpoint.ok() ? *std::move(endpoint) : nullptr;
}

httplib::Result Read(const Endpoint& endpoint, const std::string& path = "/metrics") {
  return httplib::Client("127.0.0.1", endpoint.port()).Get(path);
}

TEST(Endpoint, EachReadingIsASnapshotOfNow) {
  uint64_t changes = 1;
  auto endpoint = Started([&changes] { return Held(changes++); });
  auto first = Read(*endpoint);
  ASSERT_TRUE(first);
  EXPECT_EQ(first->status, 200);
  EXPECT_EQ(first->get_header_value("Content-Type"), "text/plain; version=0.0.4; charset=utf-8");
  EXPECT_THAT(first->body, HasSubstr("tocsin_changes_held 1\n"));
  EXPECT_THAT(Read(*endpoint)->body, HasSubstr("tocsin_changes_held 2\n"));
}

TEST(Endpoint, WhatCannotBeReadIsSaid) {
  auto endpoint = Started([] { return absl::DataLossError("the view is damaged"); });
  auto answer = Read(*endpoint);
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 503);
  EXPECT_THAT(answer->body, HasSubstr("the view is damaged"));
}

TEST(Endpoint, NothingElseIsServed) {
  auto endpoint = Started([] { return Held(1); });
  EXPECT_EQ(Read(*endpoint, "/")->status, 404);
  EXPECT_EQ(httplib::Client("127.0.0.1", endpoint->port()).Post("/metrics")->status, 404);
}

TEST(Endpoint, AddressesBeyondThisMachineAreRefused) {
  for (const char* address :
       {"0.0.0.0:0", "192.0.2.1:80", "example.org:80", "127.0.0.1", "[::]:0", "", "127.0.0.1:x"}) {
    EXPECT_EQ(Endpoint::Start(address, [] { return Held(1); }).status().code(),
              absl::StatusCode::kInvalidArgument)
        << address;
  }
}

TEST(Endpoint, APortThatIsTakenIsRefusedAndSaid) {
  auto endpoint = Started([] { return Held(1); });
  const absl::Status taken = Endpoint::Start(absl::StrCat("127.0.0.1:", endpoint->port()), [] {
                               return Held(2);
                             }).status();
  EXPECT_EQ(taken.code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(std::string(taken.message()), HasSubstr("metrics.listen"));
}

TEST(Endpoint, ItStopsWithAReaderThatSaysNothing) {
  auto endpoint = Started([] { return Held(1); });
  httplib::Client silent("127.0.0.1", endpoint->port());
  silent.set_keep_alive(true);
  ASSERT_TRUE(silent.Get("/metrics"));
  const int port = endpoint->port();
  endpoint.reset();
  EXPECT_FALSE(httplib::Client("127.0.0.1", port).Get("/metrics"));
}

TEST(Endpoint, ItCanBeStartedAndStoppedAtOnce) {
  for (int i = 0; i < 20; ++i) Started([] { return Held(1); });
}

}  // namespace
}  // namespace tocsin::metrics
