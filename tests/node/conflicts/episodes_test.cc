#include "node/conflicts/episodes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/node/conflicts/apart.h"

namespace tocsin::conflicts {
namespace {

using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr uint32_t kIncident = static_cast<uint32_t>(v1::INCIDENT);
constexpr uint32_t kDescription = v1::Incident::kDescriptionFieldNumber;
constexpr uint32_t kSeverity = v1::Incident::kSeverityFieldNumber;

class EpisodesTest : public ::testing::Test {
 protected:
  static Episodes At(view::ViewNode& node) {
    node.Run();
    auto history = node.view().History(view::Incident(1));
    EXPECT_TRUE(history.ok()) << history.status();
    return EpisodesOf(kIncident, *history);
  }
  absl::Time Now() { return apart_.county.log().CorrectedNow(); }

  Apart apart_;
};

TEST_F(EpisodesTest, AConflictIsAsOldAsTheMeetingOfItsValuesHere) {
  const Dot filed = apart_.File(1, Description("smoke"));
  Apart::Write(apart_.station, 1, Description("over the tower"), {filed});
  Apart::Write(apart_.county, 1, Description("on the deck"), {filed});
  EXPECT_THAT(At(apart_.county).open, IsEmpty());
  apart_.Advance(absl::Hours(3));
  apart_.Meet();
  const Episodes episodes = At(apart_.county);
  ASSERT_THAT(episodes.open, SizeIs(1));
  EXPECT_EQ(episodes.open[0].field, kDescription);
  EXPECT_EQ(episodes.open[0].since, Now());
  EXPECT_THAT(episodes.open[0].dots, SizeIs(2));
}

TEST_F(EpisodesTest, AnEditThatSettlesNothingDoesNotMakeTheConflictYounger) {
  const Dot filed = apart_.File(1, Description("smoke"));
  Apart::Write(apart_.station, 1, Description("over the tower"), {filed});
  const Dot shown = Apart::Write(apart_.county, 1, Description("on the deck"), {filed});
  apart_.Meet();
  const absl::Time met = Now();
  apart_.Advance(absl::Hours(1));
  Apart::Write(apart_.county, 1, Description("on the lower deck"), {shown});
  const Episodes episodes = At(apart_.county);
  ASSERT_THAT(episodes.open, SizeIs(1));
  EXPECT_EQ(episodes.open[0].since, met);
}

TEST_F(EpisodesTest, TheDecisionSaysWhoAndWhy) {
  const Dot filed = apart_.File(1, Severity(v1::SEVERITY_MINOR));
  const Dot a = Apart::Write(apart_.station, 1, Severity(v1::SEVERITY_SEVERE), {filed});
  const Dot b = Apart::Write(apart_.county, 1, Severity(v1::SEVERITY_EXTREME), {filed});
  apart_.Meet();
  EXPECT_EQ(SeverityOf(kIncident, At(apart_.county).merged), v1::SEVERITY_EXTREME);
  Apart::Write(apart_.county, 1,
               Settling(Severity(v1::SEVERITY_SEVERE), kSeverity, v1::RESOLVE_SEEN_ON_SCENE),
               {a, b});
  apart_.Meet();
  for (view::ViewNode* node : {&apart_.county, &apart_.station}) {
    const Episodes episodes = At(*node);
    EXPECT_THAT(episodes.open, IsEmpty());
    ASSERT_TRUE(episodes.ended.contains(kSeverity));
    EXPECT_EQ(episodes.ended.at(kSeverity).jurisdiction, "city/kings");
    EXPECT_EQ(episodes.ended.at(kSeverity).reason, v1::RESOLVE_SEEN_ON_SCENE);
    EXPECT_EQ(SeverityOf(kIncident, episodes.merged), v1::SEVERITY_SEVERE);
  }
}

TEST_F(EpisodesTest, AnEditThatSawAllEndsItWithoutAReason) {
  const Dot filed = apart_.File(1, Description("smoke"));
  const Dot a = Apart::Write(apart_.station, 1, Description("over the tower"), {filed});
  const Dot b = Apart::Write(apart_.county, 1, Description("on the deck"), {filed});
  apart_.Meet();
  Apart::Write(apart_.county, 1, Description("both"), {a, b});
  const Episodes episodes = At(apart_.county);
  ASSERT_TRUE(episodes.ended.contains(kDescription));
  EXPECT_EQ(episodes.ended.at(kDescription).reason, v1::RESOLVE_REASON_UNSPECIFIED);
}

TEST_F(EpisodesTest, ARecordWithoutChangesHasNone) {
  EXPECT_THAT(EpisodesOf(kIncident, {}).open, IsEmpty());
  EXPECT_EQ(SeverityOf(kIncident, {}), v1::SEVERITY_UNSPECIFIED);
}

}  // namespace
}  // namespace tocsin::conflicts
