#include "node/base/scope.h"

#include <gtest/gtest.h>

namespace tocsin {
namespace {

Jurisdiction At(absl::string_view path) { return Jurisdiction::Parse(path).value(); }

TEST(Scope, RefusesPathsOutsideTheGrammar) {
  for (absl::string_view bad : {"", "/", "city/", "City", "city//e1", "city/-e", "city/e-",
                                "city/all", "a/b/c/d/e/f/g/h/i", "city/kings*"}) {
    EXPECT_EQ(Jurisdiction::Parse(bad).status().code(), absl::StatusCode::kInvalidArgument) << bad;
  }
}

TEST(Scope, ANodeHoldsItsOwnThoseBelowAndItsAncestorsBroadcasts) {
  Jurisdiction county = At("city/kings");
  EXPECT_TRUE(MayHold(county, Scope::Parse("city/kings").value()));
  EXPECT_TRUE(MayHold(county, Scope::Parse("city/kings/e201").value()));
  EXPECT_TRUE(MayHold(county, Scope::Parse("city/**").value()));
  EXPECT_TRUE(MayHold(county, Scope::Parse("city/kings/**").value()));
  EXPECT_FALSE(MayHold(county, Scope::Parse("city").value()));
  EXPECT_FALSE(MayHold(county, Scope::Parse("city/queens").value()));
  EXPECT_FALSE(MayHold(county, Scope::Parse("city/queens/**").value()));
  EXPECT_FALSE(MayHold(county, Scope::Parse("city/kingston").value()));
}

TEST(Scope, ANodeWritesItsOwnAndThoseBelow) {
  EXPECT_TRUE(MayWrite(At("city/kings"), Scope::Parse("city/kings/e201").value()));
  EXPECT_TRUE(MayWrite(At("city/kings"), Scope::Parse("city/kings/**").value()));
  EXPECT_FALSE(MayWrite(At("city/kings"), Scope::Parse("city/**").value()));
  EXPECT_FALSE(MayWrite(At("city/kings/e201"), Scope::Parse("city/kings").value()));
}

TEST(Scope, ResourceIdsReadBack) {
  for (absl::string_view text : {"city", "city/kings/e201", "city/**", "city/kings/**"}) {
    Scope scope = Scope::Parse(text).value();
    EXPECT_EQ(scope.ToString(), text);
    EXPECT_EQ(Scope::FromResourceId(scope.ResourceId()).value(), scope);
  }
}

}  // namespace
}  // namespace tocsin
