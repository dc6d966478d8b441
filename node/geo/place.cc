#include "node/geo/place.h"

#include <absl/strings/ascii.h>
#include <absl/strings/match.h>
#include <absl/strings/str_cat.h>
#include <absl/strings/str_replace.h>

#include <GeographicLib/DMS.hpp>
#include <GeographicLib/MGRS.hpp>
#include <GeographicLib/UTMUPS.hpp>
#include <algorithm>
#include <exception>
#include <optional>
#include <utility>

#include "node/base/status.h"

namespace tocsin::geo {
namespace {

constexpr size_t kMaxPlaceLength = 64;
constexpr int kCoarsestPrecision = 2;
constexpr absl::string_view kHowToWrite =
    "; write it as 40.7128,-74.0060 (latitude first), 40.7128N 74.0060W, or MGRS like "
    "18T WL 85628 11322";

absl::Status NotAPlace(absl::string_view text, absl::string_view why) {
  return absl::InvalidArgumentError(absl::StrCat("the place '", text, "' ", why, kHowToWrite));
}

std::string WithoutBlanks(absl::string_view text) {
  std::string dense;
  for (char c : text) {
    if (!absl::ascii_isspace(c)) dense.push_back(absl::ascii_toupper(c));
  }
  return dense;
}

// Zone and band, then the two letters of a square; at the poles the band alone. No form of degrees
// begins so.
bool LooksLikeMgrs(absl::string_view dense) {
  size_t digits = 0;
  while (digits < dense.size() && absl::ascii_isdigit(dense[digits])) ++digits;
  absl::string_view letters = dense.substr(digits, 3);
  if (letters.size() < 3 || !std::all_of(letters.begin(), letters.end(), absl::ascii_isalpha)) {
    return false;
  }
  bool polar = absl::StrContains("ABYZ", letters.substr(0, 1));
  return polar ? digits == 0 : digits >= 1 && digits <= 2;
}

absl::StatusOr<Point> ParseMgrs(absl::string_view text, const std::string& dense) {
  double lat = 0, lng = 0;
  int precision = 0;
  try {
    int zone = 0;
    bool north = false;
    double x = 0, y = 0;
    GeographicLib::MGRS::Reverse(dense, zone, north, x, y, precision, /*centerp=*/true);
    GeographicLib::UTMUPS::Reverse(zone, north, x, y, lat, lng);
  } catch (const std::exception& e) {
    return NotAPlace(text, absl::StrCat("is no MGRS reference (", e.what(), ")"));
  }
  if (precision < kCoarsestPrecision) {
    return NotAPlace(text,
                     "names a square too wide to be a place: give two digits or more for "
                     "each direction");
  }
  return PointFromDegrees(lat, lng);
}

// The signs of typeset text as those of a keyboard.
std::string ToKeyboard(absl::string_view text) {
  return absl::StrReplaceAll(text, {{"\u00b0", "d"},
                                    {"\u00ba", "d"},
                                    {"\u02da", "d"},  // ° º ˚
                                    {"\u2032", "'"},
                                    {"\u2019", "'"},
                                    {"\u2033", "\""},
                                    {"\u201d", "\""},  // ′ ’ ″ ”
                                    {"\u2212", "-"},
                                    {"\u2013", "-"},
                                    {"\u00a0", " "},
                                    {"\u2009", " "}});
}

bool IsDirection(char c) { return absl::StrContains("NSEWnsew", absl::string_view(&c, 1)); }
bool IsInNumber(char c) { return absl::ascii_isdigit(c) || c == '.'; }

// The two halves: at the comma, else between the directions, else at the only blank. Nothing if
// there is no telling.
std::optional<std::pair<absl::string_view, absl::string_view>> SplitHalves(absl::string_view text) {
  size_t cut = text.find(',');
  if (cut != absl::string_view::npos) return {{text.substr(0, cut), text.substr(cut + 1)}};
  auto first = std::find_if(text.begin(), text.end(), IsDirection);
  if (first == text.begin()) {
    auto second = std::find_if(first + 1, text.end(), IsDirection);
    cut = static_cast<size_t>(second - text.begin());
  } else if (first != text.end()) {
    cut = static_cast<size_t>(first - text.begin()) + 1;
  } else {
    cut = text.find_first_of(" \t");
    if (cut == absl::string_view::npos) return std::nullopt;
    absl::string_view second = absl::StripAsciiWhitespace(text.substr(cut));
    if (second.find_first_of(" \t") != absl::string_view::npos) return std::nullopt;
  }
  return {{text.substr(0, cut), text.substr(cut)}};
}

// One half in the form that GeographicLib reads, which reads more than we do: it adds "70W+0.5" up
// and turns "-74W" to the east.
absl::StatusOr<std::string> CleanHalf(absl::string_view text, absl::string_view half) {
  half = absl::StripAsciiWhitespace(half);
  std::string clean;
  bool has_sign = false, has_direction = false;
  for (size_t i = 0; i < half.size(); ++i) {
    char c = half[i];
    if (absl::ascii_isspace(c)) {
      size_t next = half.find_first_not_of(" \t", i);
      if (IsInNumber(clean.back()) && IsInNumber(half[next])) {
        return NotAPlace(text, absl::StrCat("has a blank inside the number '", half, "'"));
      }
      continue;
    }
    if (c == '+' || c == '-') {
      if (i != 0) return NotAPlace(text, absl::StrCat("has a sign inside '", half, "'"));
      has_sign = true;
    } else if (IsDirection(c)) {
      has_direction = true;
    } else if (!IsInNumber(c) && !absl::StrContains("dD:'\"", absl::string_view(&c, 1))) {
      return NotAPlace(text, "is neither degrees nor a grid reference");
    }
    clean.push_back(c);
  }
  if (has_sign && has_direction) {
    return NotAPlace(
        text, absl::StrCat("has both a sign and a direction in '", half, "'; give one of them"));
  }
  return clean;
}

absl::StatusOr<Point> ParseDegrees(absl::string_view text) {
  std::string keyboard = ToKeyboard(text);
  auto halves = SplitHalves(keyboard);
  if (!halves.has_value()) return NotAPlace(text, "does not show where latitude ends");
  TOCSIN_ASSIGN_OR_RETURN(std::string first, CleanHalf(text, halves->first));
  TOCSIN_ASSIGN_OR_RETURN(std::string second, CleanHalf(text, halves->second));
  double lat = 0, lng = 0;
  try {
    GeographicLib::DMS::DecodeLatLon(first, second, lat, lng);
  } catch (const std::exception& e) {
    return NotAPlace(text, absl::StrCat("is no pair of degrees (", e.what(), ")"));
  }
  return PointFromDegrees(lat, lng);
}

}  // namespace

absl::StatusOr<Point> ParsePlace(absl::string_view text) {
  text = absl::StripAsciiWhitespace(text);
  if (text.empty()) return NotAPlace(text, "is empty");
  if (text.size() > kMaxPlaceLength) {
    return NotAPlace(absl::StrCat(text.substr(0, kMaxPlaceLength), "..."),
                     absl::StrCat("is longer than ", kMaxPlaceLength, " characters"));
  }
  std::string dense = WithoutBlanks(text);
  return LooksLikeMgrs(dense) ? ParseMgrs(text, dense) : ParseDegrees(text);
}

std::string ToMgrs(Point point, int precision) {
  TOCSIN_CHECK(ValidatePoint(point).ok() && precision >= 0 && precision <= 5);
  std::string dense;
  try {
    int zone = 0;
    bool north = false;
    double x = 0, y = 0;
    GeographicLib::UTMUPS::Forward(point.lat(), point.lng(), zone, north, x, y);
    GeographicLib::MGRS::Forward(zone, north, x, y, point.lat(), precision, dense);
  } catch (const std::exception&) {
    TOCSIN_CHECK(false && "MGRS covers the whole earth");
  }
  size_t digits = static_cast<size_t>(precision);
  absl::string_view rest = dense;
  absl::string_view northing = rest.substr(rest.size() - digits);
  rest.remove_suffix(digits);
  absl::string_view easting = rest.substr(rest.size() - digits);
  rest.remove_suffix(digits);
  absl::string_view square = rest.substr(rest.size() - 2);
  rest.remove_suffix(2);
  return digits == 0 ? absl::StrCat(rest, " ", square)
                     : absl::StrCat(rest, " ", square, " ", easting, " ", northing);
}

}  // namespace tocsin::geo
