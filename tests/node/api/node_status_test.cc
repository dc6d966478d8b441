#include "node/api/node_status.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/node/log/world.h"
#include "tests/node/view/world.h"

namespace tocsin::api {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

v1::NodeStatus Status(view::ViewNode& at) {
  at.Run();
  auto status = StatusOf(at.node().identity(), at.log(), at.view(), at.node().clock(),
                         at.node().clock().WallNow(), "0");
  EXPECT_TRUE(status.ok()) << status.status();
  return status.value_or(v1::NodeStatus());
}

// Execution 3: beyond the cap every branch is withheld, with an alarm.
TEST(NodeStatus, AForkRaisesAnAlarmAndOneBeyondTheCapSaysWhatIsWithheld) {
  log::TestNetwork network;
  view::ViewNode station(network.e201, 1);
  view::ViewNode county(network.kings, 2);
  const auto fire = [](uint64_t code) { return view::DraftOf(view::Incident(code), view::Fire()); };
  const log::Appended before = station.Append(fire(1));
  county.TakeAll(station);
  const Step tip = county.log().FindLane(before.lane)->runs[0].last_step;
  const auto fork = [&](uint64_t nth) {
    return county.node()
        .Hold(log::RivalBlock(network.e201, 900 + nth, fire(100 + nth), before.lane, Seq(2), tip))
        .status();
  };
  EXPECT_THAT(Status(county).alarm(), IsEmpty());

  for (uint64_t n = 0; n < 4; ++n) ASSERT_TRUE(fork(n).ok());
  EXPECT_EQ(Status(county).forked_lanes(), 1u);
  EXPECT_THAT(Status(county).alarm(), ElementsAre(HasSubstr("have forked:")));

  for (uint64_t n = 4; n < 6; ++n) ASSERT_TRUE(fork(n).ok());
  EXPECT_THAT(Status(county).alarm(),
              ElementsAre(HasSubstr("held, and in no record"), HasSubstr("have forked:")));
}

}  // namespace
}  // namespace tocsin::api
