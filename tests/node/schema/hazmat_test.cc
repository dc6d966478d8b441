#include "node/schema/hazmat.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

namespace tocsin {
namespace {

using ::testing::ElementsAre;

TEST(Hazmat, GasolineIsWhatTheRegulationSays) {
  auto rows = FindUn(1203);
  ASSERT_EQ(rows.size(), 1u);
  EXPECT_EQ(rows[0].Id(), "UN1203");
  EXPECT_EQ(rows[0].proper_shipping_name(),
            "Gasoline includes gasoline mixed with ethyl alcohol, with not more than 10% alcohol");
  EXPECT_EQ(rows[0].class_division(), "3");
  EXPECT_EQ(rows[0].packing_group(), v1::PACKING_GROUP_II);
  EXPECT_THAT(rows[0].labels(), ElementsAre("3"));
}

TEST(Hazmat, ANumberAloneDoesNotGiveAClass) {
  std::set<absl::string_view> international, domestic;
  for (const HazmatRow& row : FindUn(1005)) {
    if (row.international_only()) international.insert(row.class_division());
    if (row.domestic_only()) domestic.insert(row.class_division());
  }
  EXPECT_THAT(international, ElementsAre("2.3"));
  EXPECT_THAT(domestic, ElementsAre("2.2"));
}

TEST(Hazmat, OneNumberMayBeTwoGoods) {
  std::set<HazmatId> prefixes;
  for (const HazmatRow& row : FindUn(3082)) prefixes.insert(row.prefix());
  EXPECT_THAT(prefixes, ElementsAre(HazmatId::kUN, HazmatId::kNA));
  EXPECT_EQ(FindUn(8000)[0].Id(), "ID8000");
  EXPECT_EQ(FindUn(4)[0].Id(), "UN0004");
}

TEST(Hazmat, SubsidiaryLabelsFollowThePrimary) {
  EXPECT_THAT(FindUn(1017)[0].labels(), ElementsAre("2.3", "5.1", "8"));
  EXPECT_EQ(FindUn(1017)[0].packing_group(), v1::PACKING_GROUP_NONE);
  EXPECT_TRUE(FindUn(190)[0].labels().empty());
}

TEST(Hazmat, APackingGroupWithoutANameHasThatOfTheEntryBefore) {
  auto rows = FindShippingName(
      "Paint related material including paint thinning, drying, removing, or reducing compound");
  std::set<v1::PackingGroup> groups;
  for (const HazmatRow* row : rows) {
    if (row->number() == 1263) groups.insert(row->packing_group());
  }
  EXPECT_EQ(groups.size(), 3u);
}

TEST(Hazmat, AnUnknownNumberHasNoEntry) {
  EXPECT_TRUE(FindUn(0).empty());
  EXPECT_TRUE(FindUn(9999).empty());
  EXPECT_TRUE(FindUn(65535).empty());
}

// In the published file nitrogen peroxide, which refers to another entry, carries the number of
// nitrogen before it.
TEST(Hazmat, EntriesWithoutANumberOfTheirOwnDoNotBorrowOne) {
  for (const HazmatRow& row : FindUn(1066)) {
    EXPECT_EQ(row.proper_shipping_name(), "Nitrogen, compressed");
  }
  for (const HazmatRow& row : HazmatTable()) EXPECT_NE(row.class_division(), "Forbidden");
}

TEST(Hazmat, EveryEntryIsFoundByItsNumberAndItsName) {
  auto table = HazmatTable();
  EXPECT_EQ(table.size(), 3152u);
  EXPECT_TRUE(std::is_sorted(table.begin(), table.end(),
                             [](const auto& a, const auto& b) { return a.number() < b.number(); }));
  for (const HazmatRow& row : table) {
    auto rows = FindUn(row.number());
    EXPECT_TRUE(&row >= rows.begin() && &row < rows.end()) << row.Id();
    EXPECT_FALSE(row.proper_shipping_name().empty()) << row.Id();
    EXPECT_LE(row.labels().size(), 4u) << row.Id();
    for (absl::string_view label : row.labels()) EXPECT_LE(label.size(), 5u) << row.Id();
  }
}

TEST(Hazmat, NamesAreFoundWholeOrByTheirWords) {
  auto whole = FindShippingName("ammonia, ANHYDROUS");
  ASSERT_EQ(whole.size(), 2u);
  EXPECT_EQ(whole[0]->number(), 1005);
  EXPECT_TRUE(FindShippingName("ammonia").empty());
  auto found = SearchShippingNames("acid nitric", 3);
  ASSERT_EQ(found.size(), 3u);
  for (const HazmatRow* row : found) {
    EXPECT_THAT(std::string(row->proper_shipping_name()), ::testing::HasSubstr("itric acid"));
  }
  EXPECT_TRUE(SearchShippingNames(" , ", 3).empty());
  EXPECT_EQ(SearchShippingNames("chlorine", 1)[0]->number(), 1017);
}

}  // namespace
}  // namespace tocsin
