#include "node/schema/states.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <absl/functional/function_ref.h>
#include <absl/strings/str_cat.h>
#include <google/protobuf/descriptor.h>

#include <set>
#include <string>

#include "node/schema/kinds.h"
#include "tocsin/v1/records.pb.h"

namespace tocsin::schema {
namespace {

using ::testing::UnorderedElementsAre;

const FieldInfo& StateOf(v1::Kind kind) { return *FieldTable::Of(kind).FindByName("state"); }

// Each pair of states that an enum has, once for each enum.
void ForEachPair(
    absl::FunctionRef<void(const FieldInfo&, const std::string&, int, const std::string&, int)>
        visit) {
  std::set<const google::protobuf::EnumDescriptor*> done;
  for (const KindInfo& kind : Kinds()) {
    const FieldInfo* state = FieldTable::Of(kind.kind).FindByName("state");
    if (state == nullptr || !done.insert(state->enumeration).second) continue;
    for (int a = 1; a < state->enumeration->value_count(); ++a) {
      for (int b = 1; b < state->enumeration->value_count(); ++b) {
        const auto* from = state->enumeration->value(a);
        const auto* to = state->enumeration->value(b);
        visit(*state, from->name(), from->number(), to->name(), to->number());
      }
    }
  }
}

TEST(States, EveryStateHasARuleAndNamesStatesOfItsOwn) {
  for (const KindInfo& kind : Kinds()) {
    const FieldInfo* state = FieldTable::Of(kind.kind).FindByName("state");
    if (state == nullptr) continue;
    EXPECT_EQ(state->merge, v1::FURTHEST) << kind.collection;
    for (int i = 1; i < state->enumeration->value_count(); ++i) {
      const auto* value = state->enumeration->value(i);
      ASSERT_TRUE(value->options().HasExtension(v1::state_rule)) << value->name();
      for (const std::string& next : value->options().GetExtension(v1::state_rule).next()) {
        EXPECT_NE(state->enumeration->FindValueByName(next), nullptr)
            << value->name() << " names " << next;
      }
    }
  }
}

TEST(States, EveryStateIsReachedFromTheFirst) {
  std::set<std::string> reached;
  ForEachPair([&](const FieldInfo&, const std::string& name, int from, const std::string&, int) {
    if (from == 1) reached.insert(name);
  });
  for (size_t before = 0; before != reached.size();) {
    before = reached.size();
    ForEachPair([&](const FieldInfo& state, const std::string& from_name, int from,
                    const std::string& to_name, int to) {
      if (reached.contains(from_name) && MayFollow(state, from, to)) reached.insert(to_name);
    });
  }
  ForEachPair([&](const FieldInfo&, const std::string& name, int, const std::string&, int) {
    EXPECT_TRUE(reached.contains(name)) << name;
  });
}

// FURTHEST goes by number. Where a state may follow a higher one, that is on purpose: somebody who
// saw the higher one takes it back, and whoever did not see that is shown in conflict with it.
TEST(States, TheseAloneMayFollowAStateOfAHigherNumber) {
  std::set<std::string> back;
  ForEachPair([&](const FieldInfo& state, const std::string& from_name, int from,
                  const std::string& to_name, int to) {
    if (to < from && MayFollow(state, from, to)) {
      back.insert(absl::StrCat(from_name, " > ", to_name));
    }
  });
  EXPECT_THAT(
      back, UnorderedElementsAre(
                "INCIDENT_UNDER_CONTROL > INCIDENT_CONFIRMED",
                "INCIDENT_REOPENED > INCIDENT_UNDER_CONTROL", "INCIDENT_REOPENED > INCIDENT_CLOSED",
                "HAZARD_REOPENED > HAZARD_REMEDIED", "HAZARD_REOPENED > HAZARD_VERIFIED",
                "PERMIT_SUSPENDED > PERMIT_VALID", "SHELTER_FULL > SHELTER_OPEN",
                "SHELTER_CLOSED > SHELTER_STANDBY", "SHELTER_REOPENED > SHELTER_FULL",
                "SHELTER_REOPENED > SHELTER_CLOSED", "RELATION_REJECTED > RELATION_CONFIRMED",
                "RELATION_WITHDRAWN > RELATION_CONFIRMED",
                "ESCALATION_ACKNOWLEDGED > ESCALATION_OPENED", "LIFE_WITHDRAWN > LIFE_ACTIVE"));
}

TEST(States, OnlyWhatWasClosedIsReopened) {
  ForEachPair([&](const FieldInfo& state, const std::string& from_name, int from,
                  const std::string& to_name, int to) {
    if (from == to || !to_name.ends_with("_REOPENED")) return;
    const bool ended = EndsResponse(state, from) && !from_name.ends_with("_WITHDRAWN");
    EXPECT_EQ(MayFollow(state, from, to), ended) << from_name;
  });
}

TEST(States, TheSameStateAlwaysFollowsAndSoDoesAnyOnWhatIsNotKnown) {
  const FieldInfo& state = StateOf(v1::INCIDENT);
  EXPECT_TRUE(MayFollow(state, v1::INCIDENT_WITHDRAWN, v1::INCIDENT_WITHDRAWN));
  EXPECT_TRUE(MayFollow(state, v1::INCIDENT_STATE_UNSPECIFIED, v1::INCIDENT_REOPENED));
  EXPECT_TRUE(MayFollow(state, 77, v1::INCIDENT_CLOSED));
  EXPECT_FALSE(MayFollow(state, v1::INCIDENT_WITHDRAWN, v1::INCIDENT_REPORTED));
  const FieldInfo& severity = *FieldTable::Of(v1::INCIDENT).FindByName("severity");
  EXPECT_TRUE(MayFollow(severity, v1::SEVERITY_EXTREME, v1::SEVERITY_MINOR));
}

TEST(States, WhatMayFollowIsNamed) {
  EXPECT_EQ(StatesAfter(StateOf(v1::INCIDENT), v1::INCIDENT_CLOSED),
            "INCIDENT_REOPENED or INCIDENT_WITHDRAWN");
  EXPECT_EQ(StatesAfter(StateOf(v1::INCIDENT), v1::INCIDENT_WITHDRAWN), "");
}

TEST(States, TheseEndTheResponse) {
  std::set<std::string> ends;
  ForEachPair(
      [&](const FieldInfo& state, const std::string& name, int from, const std::string&, int) {
        if (EndsResponse(state, from)) ends.insert(name);
      });
  EXPECT_THAT(
      ends, UnorderedElementsAre("INCIDENT_CLOSED", "INCIDENT_WITHDRAWN", "HAZARD_REMEDIED",
                                 "HAZARD_VERIFIED", "HAZARD_WITHDRAWN", "LIFE_WITHDRAWN",
                                 "PERMIT_WITHDRAWN", "CONSIGNMENT_WITHDRAWN", "SHELTER_CLOSED",
                                 "SHELTER_WITHDRAWN", "ALERT_UPDATED", "ALERT_CANCELLED",
                                 "ALERT_WITHDRAWN", "RELATION_WITHDRAWN", "ESCALATION_STOOD_DOWN"));
}

}  // namespace
}  // namespace tocsin::schema
