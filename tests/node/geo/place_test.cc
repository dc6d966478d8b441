#include "node/geo/place.h"

#include <absl/strings/match.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <cmath>
#include <limits>

#include "tests/node/geo/generators.h"

namespace tocsin::geo {
namespace {

constexpr Point kCityHall{407128000, -740060000};

std::string ErrorOf(absl::string_view text) {
  absl::StatusOr<Point> place = ParsePlace(text);
  if (place.ok()) return "read as " + ToText(*place);
  EXPECT_EQ(place.status().code(), absl::StatusCode::kInvalidArgument);
  return std::string(place.status().message());
}

TEST(Point, RefusesWhatIsNoNumberOrOutOfRange) {
  double nan = std::numeric_limits<double>::quiet_NaN();
  double inf = std::numeric_limits<double>::infinity();
  for (auto [lat, lng] : {std::pair{nan, 0.0},
                          {0.0, nan},
                          {inf, 0.0},
                          {90.0000001, 0.0},
                          {-90.0000001, 0.0},
                          {0.0, 180.0000001},
                          {0.0, -inf}}) {
    EXPECT_EQ(PointFromDegrees(lat, lng).status().code(), absl::StatusCode::kInvalidArgument)
        << lat << " " << lng;
  }
  EXPECT_EQ(PointFromDegrees(-90, 180).value(), (Point{-900000000, 1800000000}));
  EXPECT_FALSE(ValidatePoint(Point{900000001, 0}).ok());
  EXPECT_FALSE(ValidatePoint(Point{0, std::numeric_limits<int32_t>::min()}).ok());
}

TEST(Point, TextHasFourDecimalsOrAsManyAsItNeeds) {
  EXPECT_EQ(ToText(kCityHall), "40.7128,-74.0060");
  EXPECT_EQ(ToText(Point{-1, 1}), "-0.0000001,0.0000001");
  EXPECT_EQ(ToText(Point{900000000, -1800000000}), "90.0000,-180.0000");
}

TEST(Point, DistanceIsKnownBetweenKnownPlaces) {
  Point london{515074000, -1278000};
  EXPECT_NEAR(DistanceMeters(kCityHall, london), 5'570'000, 20'000);
  EXPECT_NEAR(DistanceMeters(Point{0, 1799999000}, Point{0, -1799999000}), 22.24, 0.01);
  EXPECT_EQ(DistanceMeters(kCityHall, kCityHall), 0);
}

TEST(Place, ReadsDegreesInEveryFormItPromises) {
  for (absl::string_view text :
       {"40.7128,-74.0060", "40.7128 -74.0060", "  40.7128 ,  -74.0060 ", "+40.7128,-74.006",
        "40.7128N 74.0060W", "40.7128n74.0060w", "40.7128 N, 74.0060 W", "N40.7128 W74.0060",
        "W74.0060, N40.7128", "74.0060W 40.7128N", "40.7128N,-74.0060",
        "40d42'46.08\"N 74d0'21.6\"W", "40\u00b042'46.08\"N 74\u00b00'21.6\"W",
        "40\u00b0 42\u2032 46.08\u2033 N, 74\u00b0 0\u2032 21.6\u2033 W",
        "40:42:46.08N 74:00:21.6W", "40.7128, \u221274.0060"}) {
    absl::StatusOr<Point> place = ParsePlace(text);
    ASSERT_TRUE(place.ok()) << place.status();
    EXPECT_EQ(*place, kCityHall) << text;
  }
}

TEST(Place, ReadsGridReferencesWithAndWithoutBlanks) {
  for (absl::string_view text : {"18T WL 83959 07350", "18TWL8395907350", " 18t wl 83959 07350 "}) {
    absl::StatusOr<Point> place = ParsePlace(text);
    ASSERT_TRUE(place.ok()) << place.status();
    EXPECT_LT(DistanceMeters(*place, kCityHall), 1) << text;
  }
  EXPECT_EQ(ToMgrs(kCityHall), "18T WL 83959 07350");
  EXPECT_EQ(ToMgrs(kCityHall, 2), "18T WL 83 07");
  EXPECT_EQ(ToMgrs(kCityHall, 0), "18T WL");
  EXPECT_LT(DistanceMeters(ParsePlace("18T WL 83 07").value(), kCityHall), 800);
}

TEST(Place, RefusesWhatCouldMeanTwoThings) {
  EXPECT_TRUE(absl::StrContains(ErrorOf("40,7128 -74,0060"), "sign inside"));
  EXPECT_TRUE(absl::StrContains(ErrorOf("-40.7128S 74.0060W"), "both a sign and a direction"));
  EXPECT_TRUE(absl::StrContains(ErrorOf("40 42,-74 00"), "blank inside the number"));
  EXPECT_TRUE(absl::StrContains(ErrorOf("40.7128N 41.7128N"), "no pair of degrees"));
  EXPECT_TRUE(absl::StrContains(ErrorOf("40.5+0.2,-74"), "sign inside"));
  EXPECT_TRUE(absl::StrContains(ErrorOf("40.7128"), "where latitude ends"));
  EXPECT_TRUE(absl::StrContains(ErrorOf("40 42 46 -74 0 22"), "where latitude ends"));
}

TEST(Place, SaysWhichHalfIsOutOfRange) {
  EXPECT_TRUE(
      absl::StrContains(ErrorOf("-174.0060,40.7128"), "Latitude -174.006d not in [-90d, 90d]"));
  EXPECT_EQ(ErrorOf("40,190"), "longitude 190 is not between -180 and 180 degrees");
}

TEST(Place, RefusesWhatIsNoPlaceAndSaysHowToWriteOne) {
  for (absl::string_view text : {"",
                                 "  ",
                                 ",",
                                 "N",
                                 "NS",
                                 "unknown",
                                 "nan,nan",
                                 "inf inf",
                                 "1e1,5",
                                 "40;-74",
                                 "18T",
                                 "18T WL",
                                 "18T WL 8 0",
                                 "61T WL 83959 07350",
                                 "18I WL 83959 07350",
                                 "18T WL 8395 07350",
                                 "UN1005",
                                 "40.7128,",
                                 ",-74",
                                 "4..5,6",
                                 "40:61:00N 74:00:00W",
                                 "33/1203",
                                 "123 Main St, Brooklyn"}) {
    EXPECT_TRUE(absl::StrContains(ErrorOf(text), "write it as 40.7128,-74.0060"))
        << text << ": " << ErrorOf(text);
  }
  std::string long_text(1000, '4');
  EXPECT_LT(ErrorOf(long_text).size(), 300u);
}

RC_GTEST_PROP(Place, TextReadsBackToTheSamePoint, ()) {
  Point point = *AnyPoint();
  RC_ASSERT(ParsePlace(ToText(point)).value() == point);
}

RC_GTEST_PROP(Place, AGridReferenceReadsBackWithinAMetre, ()) {
  Point point = *AnyPoint();
  absl::StatusOr<Point> back = ParsePlace(ToMgrs(point));
  RC_ASSERT(back.ok());
  // At a zone's edge the middle of the square may lie in the next zone; it is still this near.
  RC_ASSERT(DistanceMeters(point, *back) <= 1.0);
}

// Anything typed gives a point in range or an error, and what is a point stays it.
void CheckTyped(const std::string& text) {
  absl::StatusOr<Point> place = ParsePlace(text);
  if (place.ok()) {
    RC_ASSERT(ValidatePoint(*place).ok());
    RC_ASSERT(ParsePlace(ToText(*place)).value() == *place);
  } else {
    RC_ASSERT(place.status().code() == absl::StatusCode::kInvalidArgument);
    RC_ASSERT(!place.status().message().empty());
  }
}

RC_GTEST_PROP(Place, AnyBytesGiveAPointInRangeOrAnError, (const std::string& text)) {
  CheckTyped(text);
}

RC_GTEST_PROP(Place, AnyMixOfItsOwnSignsGivesAPointInRangeOrAnError, ()) {
  auto pieces = *rc::gen::container<std::vector<std::string>>(rc::gen::element<std::string>(
      "40", "7128", "180", "90", "0", "9", ".", ",", " ", "-", "+", "N", "S", "E", "W", "d", "'",
      "\"", ":", "18T", "WL", "A", "Z", "X", "8562811322", "\u00b0", "\u2212", "\t",
      std::string(1, '\0')));
  std::string text;
  for (const std::string& piece : pieces) text += piece;
  CheckTyped(text);
}

RC_GTEST_PROP(Place, ASlipInAGoodPlaceGivesAPointInRangeOrAnError, ()) {
  Point point = *AnyPoint();
  std::string text = *rc::gen::arbitrary<bool>() ? ToText(point) : ToMgrs(point);
  size_t at = *rc::gen::inRange<size_t>(0, text.size());
  switch (*rc::gen::inRange(0, 3)) {
    case 0:
      text[at] = *rc::gen::character<char>();
      break;
    case 1:
      text.erase(at, 1);
      break;
    default:
      text.insert(at, 1, *rc::gen::character<char>());
  }
  CheckTyped(text);
}

}  // namespace
}  // namespace tocsin::geo
