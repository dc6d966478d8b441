#include "node/conflicts/criteria.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <string>

#include "node/schema/conflict_terms.h"

namespace tocsin::conflicts {
namespace {

using ::testing::HasSubstr;

const Traits kTraits{.kind = v1::INCIDENT,
                     .field = "state",
                     .severity = v1::SEVERITY_SEVERE,
                     .age = absl::Minutes(40),
                     .turn = "city/kings"};

bool Matches(const std::string& filter) {
  absl::StatusOr<Criteria> criteria = Criteria::Parse(filter);
  EXPECT_TRUE(criteria.ok()) << filter << ": " << criteria.status();
  return criteria.ok() && criteria->Matches(kTraits);
}

TEST(Criteria, EachNameIsAskedFor) {
  EXPECT_TRUE(Matches(""));
  EXPECT_TRUE(Matches("severity >= severe"));
  EXPECT_TRUE(Matches("severity=SEVERITY_SEVERE"));
  EXPECT_FALSE(Matches("severity > severe"));
  EXPECT_TRUE(Matches("age > 30m"));
  EXPECT_FALSE(Matches("age < 30m"));
  EXPECT_TRUE(Matches("age >= 40m AND age <= 40m"));
  EXPECT_TRUE(Matches("field = state"));
  EXPECT_FALSE(Matches("field != state"));
  EXPECT_TRUE(Matches("kind = incident"));
  EXPECT_TRUE(Matches("kind != hazard"));
  EXPECT_TRUE(Matches("turn = city/kings"));
  EXPECT_TRUE(Matches("turn = \"city/kings\""));
  EXPECT_FALSE(Matches("turn = city"));
  EXPECT_TRUE(Matches("severity >= minor AND field = state AND age > 1s AND turn = city/kings"));
  EXPECT_FALSE(Matches("severity >= minor AND field = severity"));
}

TEST(Criteria, WhatCannotBeReadIsRefusedWithWhatMayStandThere) {
  for (const char* filter :
       {"severity", "severity >=", "severity ~ severe", "severity >= dire", "age > 30", "age = 30m",
        "field < state", "field = nonsense", "kind = fire", "turn = City", "description = fire",
        "severity = severe OR severity = minor", "severity = severe severity = minor",
        "severity = severe AND"}) {
    const absl::Status refused = Criteria::Parse(filter).status();
    EXPECT_EQ(refused.code(), absl::StatusCode::kInvalidArgument) << filter;
    EXPECT_THAT(std::string(refused.message()), HasSubstr("age, field, kind, severity, turn"));
  }
  EXPECT_FALSE(Criteria::Parse(std::string(2000, ' ') + "age > 1s").ok());
}

TEST(Criteria, SaysWhetherTimeAloneChangesIt) {
  EXPECT_TRUE(Criteria::Parse("age > 1s")->AsksForTime());
  EXPECT_TRUE(Criteria::Parse("turn = city")->AsksForTime());
  EXPECT_FALSE(Criteria::Parse("severity > minor AND kind = incident")->AsksForTime());
}

RC_GTEST_PROP(CriteriaProperty, AnyBytesAreReadOrRefused, (const std::string& bytes)) {
  absl::StatusOr<Criteria> criteria = Criteria::Parse(bytes);
  if (criteria.ok()) {
    criteria->Matches(kTraits);
  } else {
    RC_ASSERT(absl::IsInvalidArgument(criteria.status()));
  }
}

}  // namespace
}  // namespace tocsin::conflicts
