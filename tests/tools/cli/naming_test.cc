#include "tools/src/cli/naming.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

namespace tocsin::cli {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

// A code that checks.
const std::string kCode = SpokenCode::FromBits(1).ToString();

Naming At(const std::string& path) { return Naming(*Jurisdiction::Parse(path)); }

std::vector<std::string> Texts(const absl::StatusOr<std::vector<Scope>>& scopes) {
  std::vector<std::string> texts;
  if (!scopes.ok()) return {std::string(scopes.status().message())};
  for (const Scope& scope : *scopes) texts.push_back(scope.ToString());
  return texts;
}

std::string FirstCandidate(const Naming& naming, const std::vector<std::string>& words) {
  const auto names = naming.Candidates(words, v1::INCIDENT);
  return names.ok() ? names->front().ToString() : std::string(names.status().message());
}

TEST(Naming, ACodeStandsAloneAtItsOwnPostAndWithItsPostElsewhere) {
  v1::Record record;
  record.set_code("7K3M9QXF");
  record.set_scope("city/kings/e201");
  EXPECT_EQ(At("city/kings/e201").Short(record), "7K3M9QXF");
  EXPECT_EQ(At("city/kings").Short(record), "kings/e201 7K3M9QXF");
  EXPECT_EQ(At("city").Short(record), "kings/e201 7K3M9QXF");
  record.set_scope("city/**");
  EXPECT_EQ(At("city/kings").Short(record), "city/** 7K3M9QXF");
}

TEST(Naming, APathMeansTheSameAtEveryLevelThatMayTypeIt) {
  EXPECT_THAT(Texts(At("city").ScopesOf("kings/e201")), ElementsAre("city/kings/e201"));
  EXPECT_EQ(Texts(At("city/kings").ScopesOf("kings/e201"))[0], "city/kings/e201");
  EXPECT_EQ(Texts(At("city/kings").ScopesOf("city/kings/e201"))[0], "city/kings/e201");
  EXPECT_THAT(Texts(At("city/kings").ScopesOf("e201")),
              ElementsAre("city/e201", "city/kings/e201"));
}

TEST(Naming, NothingTypedIsTheOwnScopeThenTheBroadcastsAbove) {
  EXPECT_THAT(Texts(At("city/kings/e201").ScopesOf("")),
              ElementsAre("city/kings/e201", "city/kings/e201/**", "city/kings/**", "city/**"));
}

TEST(Naming, ToFileAPathIsOneThatTheNodeMayWrite) {
  EXPECT_EQ(At("city/kings").ScopeToFile("e201")->ToString(), "city/kings/e201");
  EXPECT_EQ(At("city/kings").ScopeToFile("kings/**")->ToString(), "city/kings/**");
  EXPECT_EQ(At("city/kings").ScopeToFile("city/kings/e201")->ToString(), "city/kings/e201");
}

// The node refuses these; none becomes a post below the own one that nobody has.
TEST(Naming, ToFileAPathOfAnotherPostIsNotReadAsOneBelowTheOwn) {
  EXPECT_EQ(At("kings/e201").ScopeToFile("kings/l101")->ToString(), "kings/l101");
  EXPECT_EQ(At("kings/e201").ScopeToFile("kings/**")->ToString(), "kings/**");
  EXPECT_EQ(At("city/queens").ScopeToFile("kings/**")->ToString(), "city/kings/**");
  EXPECT_EQ(At("city/queens").ScopeToFile("city/kings/**")->ToString(), "city/kings/**");
}

TEST(Naming, WhatIsShownIsWhatMayBeTyped) {
  v1::Record record;
  record.set_code(kCode);
  for (const char* scope :
       {"city/kings/e201", "city/kings", "city/queens/l118", "city/**", "city", "city/kings/**"}) {
    for (const char* own : {"city", "city/kings", "city/kings/e201"}) {
      record.set_scope(scope);
      const Naming naming = At(own);
      const auto names = naming.Candidates({naming.Short(record)}, v1::INCIDENT);
      ASSERT_TRUE(names.ok()) << names.status();
      EXPECT_TRUE(std::any_of(names->begin(), names->end(),
                              [scope](const auto& name) { return name.scope.ToString() == scope; }))
          << naming.Short(record) << " at " << own;
    }
  }
}

TEST(Naming, ARecordIsTypedInAnyOfItsForms) {
  const Naming naming = At("city/kings/e201");
  const std::string name = "scopes/city.kings.e201/incidents/" + kCode;
  EXPECT_EQ(FirstCandidate(naming, {kCode}), name);
  EXPECT_EQ(FirstCandidate(naming, {"kings/e201", kCode}), name);
  EXPECT_EQ(FirstCandidate(naming, {"kings/e201 " + kCode}), name);
  EXPECT_EQ(FirstCandidate(naming, {"city/kings/e201/" + kCode}), name);
  EXPECT_EQ(FirstCandidate(naming, {kCode.substr(0, 4), kCode.substr(4)}), name);
  EXPECT_EQ(FirstCandidate(naming, {name}), name);
  EXPECT_EQ(FirstCandidate(naming, {"018f3c1e-7b2a-5d4e-9c60-2f1a8b7c6d5e"}),
            "scopes/city.kings.e201/incidents/018f3c1e-7b2a-5d4e-9c60-2f1a8b7c6d5e");
}

TEST(Naming, WhatIsNoNameSaysHowToTypeOne) {
  const auto names = At("city").Candidates({"smoke", "everywhere"});
  ASSERT_FALSE(names.ok());
  EXPECT_THAT(std::string(names.status().message()), HasSubstr("kings/e201 7K3M9QXF"));
}

}  // namespace
}  // namespace tocsin::cli
