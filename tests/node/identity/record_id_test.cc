#include "node/identity/record_id.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <set>
#include <string>

namespace tocsin::identity {
namespace {

Scope Kings() { return *Scope::Parse("city/kings"); }

// Computed once from the layout by another program. They name records for ever: a change here is a
// change of every id on every disk.
TEST(RecordId, OfACodeNeverChanges) {
  EXPECT_EQ(UuidText(RecordIdFromCode(Kings(), 1, 12345)), "b4f85342-3e6a-8dfe-9c7e-f20d26bd1d34");
  EXPECT_EQ(UuidText(RecordIdFromSourceKey(Kings(), 1, "nfirs", "2015-000123")),
            "c5c0bfcd-7b9a-82d8-a123-5c564288709a");
}

TEST(RecordId, DependsOnEveryPartOfItsName) {
  Scope broadcast = *Scope::Parse("city/kings/**");
  std::set<RecordId> ids = {
      RecordIdFromCode(Kings(), 1, 5),
      RecordIdFromCode(Kings(), 1, 6),
      RecordIdFromCode(Kings(), 2, 5),
      RecordIdFromCode(broadcast, 1, 5),
      RecordIdFromSourceKey(Kings(), 1, "a", "bc"),
      RecordIdFromSourceKey(Kings(), 1, "ab", "c"),
      RecordIdFromSourceKey(Kings(), 1, "abc", ""),
      RecordIdFromSourceKey(Kings(), 2, "a", "bc"),
      RecordIdFromSourceKey(broadcast, 1, "a", "bc"),
  };
  EXPECT_EQ(ids.size(), 9);
}

RC_GTEST_PROP(RecordId, IsAUuidOfVersionEight,
              (const std::string& system, const std::string& key)) {
  std::string text = UuidText(RecordIdFromSourceKey(Kings(), 1, system, key));
  RC_ASSERT(text.size() == 36u);
  RC_ASSERT(text[14] == '8');
  RC_ASSERT(std::string("89ab").find(text[19]) != std::string::npos);
}

RC_GTEST_PROP(RecordId, TextReadsBack, (const std::string& key)) {
  RecordId id = RecordIdFromSourceKey(Kings(), 7, "csv", key);
  absl::StatusOr<RecordId> read = ParseUuid(UuidText(id));
  RC_ASSERT(read.ok());
  RC_ASSERT(*read == id);
}

TEST(RecordId, RefusesWhatIsNoUuid) {
  for (const char* text :
       {"", "018f6b7c", "018f6b7c000080008000000000000000", "018f6b7c-0000-8000-8000-00000000000g",
        "018f6b7c-0000-8000-80000-00000000000", "018f6b7c-0000-8000-8000-0000000000000"}) {
    EXPECT_FALSE(ParseUuid(text).ok()) << text;
  }
  EXPECT_TRUE(ParseUuid("018F6B7C-0000-8000-8000-000000000000").ok());
}

TEST(RecordId, AliasCodesSpreadOverThirtyFiveBits) {
  std::set<uint64_t> codes;
  uint64_t all_ones = ~uint64_t{0}, all_zeros = ~uint64_t{0};
  for (int i = 0; i < 2000; ++i) {
    uint64_t code = CodeBitsOf(RecordIdFromSourceKey(Kings(), 1, "csv", std::to_string(i)));
    ASSERT_LT(code, uint64_t{1} << kCodeBits);
    codes.insert(code);
    all_ones &= code;
    all_zeros &= ~code;
  }
  EXPECT_GE(codes.size(), 1999u);
  EXPECT_EQ(all_ones, 0u);
  EXPECT_EQ(all_zeros >> kCodeBits << kCodeBits, all_zeros) << "a bit is never set";
}

}  // namespace
}  // namespace tocsin::identity
