// A caller of a watch, of either sort.
#pragma once

#include <gtest/gtest.h>

#include <optional>
#include <utility>

#include "node/api/watches.h"

namespace tocsin::api {

// Reads when the test says so.
template <typename Response>
class CallerOf final : public WatchSinkOf<Response> {
 public:
  void Send(Response message) override {
    EXPECT_FALSE(under_way.has_value());
    EXPECT_FALSE(end.has_value());
    under_way = std::move(message);
  }
  void End(absl::Status status) override {
    EXPECT_FALSE(under_way.has_value());
    EXPECT_FALSE(end.has_value());
    end = std::move(status);
  }

  WatchId id{};
  std::optional<Response> under_way;
  std::optional<absl::Status> end;
};

}  // namespace tocsin::api
