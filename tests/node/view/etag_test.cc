#include "node/view/etag.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <algorithm>

#include "tests/node/merge/history.h"

namespace tocsin::view {
namespace {

using merge::ChangeMaker;
using merge::DotNamed;
using merge::StampAt;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

constexpr uint32_t kType = v1::Incident::kTypeFieldNumber;
constexpr uint32_t kNote = v1::Incident::kNoteFieldNumber;

RecordVersion RandomVersion() {
  RecordVersion version;
  auto dots = [] {
    std::vector<Dot> list;
    for (int n = *rc::gen::inRange(0, 4); n > 0; --n) {
      Dot dot = DotNamed(absl::StrCat("dot", *rc::gen::inRange(0, 6)));
      if (std::find(list.begin(), list.end(), dot) == list.end()) list.push_back(dot);
    }
    return list;
  };
  for (int n = *rc::gen::inRange(0, 6); n > 0; --n) {
    version[*rc::gen::inRange<uint32_t>(1, 300)] = {dots(), dots()};
  }
  return version;
}

RC_GTEST_PROP(Etag, DecodesToTheVersionThatItEncodes, ()) {
  const RecordVersion version = RandomVersion();
  RC_ASSERT(DecodeEtag(EncodeEtag(version)).value() == version);
}

RC_GTEST_PROP(Etag, NothingElseIsAnEtag, (std::string text)) {
  auto version = DecodeEtag(text);
  if (version.ok()) RC_ASSERT(EncodeEtag(*version) == text);
}

TEST(Etag, OfAConflictNamesTheShownSiblingApartFromTheOthers) {
  merge::MergedRecord record =
      merge::Merge(merge::kIncident,
                   {ChangeMaker("d0", StampAt(1)).Set(kType, merge::TypeBytes(v1::FIRE)).Done(),
                    ChangeMaker("d1", StampAt(2)).Set(kType, merge::TypeBytes(v1::FLOOD)).Done()});
  RecordVersion version = VersionOf(merge::kIncident, record);
  EXPECT_THAT(version[kType].shown, ElementsAre(DotNamed("d1")));
  EXPECT_THAT(version[kType].others, ElementsAre(DotNamed("d0")));
}

TEST(Etag, OfAUnionOverwritesNothingUnlessItIsResolved) {
  merge::MergedRecord record =
      merge::Merge(merge::kIncident, {ChangeMaker("d0", StampAt(1)).SetText(kNote, "a").Done(),
                                      ChangeMaker("d1", StampAt(2)).SetText(kNote, "b").Done()});
  RecordVersion version = VersionOf(merge::kIncident, record);
  EXPECT_THAT(version[kNote].shown, IsEmpty());
  EXPECT_THAT(version[kNote].others, UnorderedElementsAre(DotNamed("d0"), DotNamed("d1")));
}

TEST(Etag, IsThatOfTheVersionWhateverWroteTheRecord) {
  std::vector<merge::HeldChange> changes;
  EXPECT_EQ(EtagOf(merge::kIncident, {}), EncodeEtag({}));
  for (const merge::HeldChange& change :
       {ChangeMaker("d0", StampAt(1))
            .Set(kType, merge::TypeBytes(v1::FIRE))
            .Set(23, merge::SeverityBytes(v1::SEVERITY_MINOR))
            .Done(),
        ChangeMaker("d1", StampAt(2)).SetText(kNote, "a").Done(),
        ChangeMaker("d2", StampAt(2)).Set(kType, merge::TypeBytes(v1::FLOOD)).Done(),
        ChangeMaker("d3", StampAt(3)).Clear(23, {DotNamed("d0")}).Done()}) {
    changes.push_back(change);
    merge::MergedRecord record = merge::Merge(merge::kIncident, changes);
    EXPECT_EQ(EtagOf(merge::kIncident, record), EncodeEtag(VersionOf(merge::kIncident, record)));
  }
}

TEST(Etag, OfARecordWithOneChangeIsShort) {
  RecordVersion version;
  for (uint32_t field = 20; field < 35; ++field) version[field].shown = {DotNamed("d0")};
  EXPECT_LE(EncodeEtag(version).size(), 48u);
}

}  // namespace
}  // namespace tocsin::view
