#include "node/guard/context.h"

#include <absl/container/flat_hash_set.h>
#include <absl/strings/str_split.h>

#include <algorithm>
#include <string>

#include "node/guard/calendar.h"

namespace tocsin::guard {
namespace {

using Words = absl::flat_hash_set<std::string>;

// Folded words of a list, separated by blanks.
Words* MakeWords(absl::string_view list) {
  auto* words = new Words();
  for (const absl::string_view word : absl::StrSplit(list, ' ', absl::SkipEmpty())) {
    words->insert(std::string(word));
  }
  return words;
}

// Words that name the number behind them.
const Words& Labels() {
  static const Words* const words = MakeWords(
      "un na cas box incident case event alarm permit job ticket ref reference zip postcode plz "
      "fips "
      "same ugc grid mgrs usng utm lat latitude lon long longitude guide channel frequency freq "
      "vhf "
      "uhf hydrant tank wagon railcar container seal invoice version nfirs neris meter serial "
      "batch "
      "lot order sensor parcel bol waybill consignment manifest eircode cad aed pole gauge buoy "
      "einsatznummer einsatz vorgang aktenzeichen dossier affaire expediente pratica sprawa imo "
      "mmsi "
      "hin vin tail flight engine ladder squad battalion rescue unit bin bbl block epc gtin ean "
      "isbn "
      "upc msds sds epa rcra tri docket cve bug issue closes fixes commit merge run room floor "
      "suite apt "
      "apartment flat gate door track platform shaft zone sector tract pump well reactor");
  return *words;
}

// Words between a label and its number.
const Words& Fillers() {
  static const Words* const words = MakeWords(
      "no nr num number numero id ids key code is was are the of n on at to back under le la au al "
      "para pod unter me us him her them nur bei");
  return *words;
}

// Words that make the number before them an amount.
const Words& Units() {
  static const Words* const words = MakeWords(
      "kg g mg t ton tons tonne tonnes lb lbs pounds oz l ml litre litres liter liters gal gallon "
      "gallons m mm cm m2 m3 km kms mi mile miles ft feet foot yard yards yd inch inches in sq "
      "square "
      "people persons person residents customers customer clients homes houses households "
      "buildings "
      "subscribers users patients evacuees passengers voters calls alarms reports lines units "
      "vehicles cars mhz khz ghz hz kv v volt volts w kw mw mwh kwh a amps usd eur gbp dollars "
      "euro "
      "euros pound sterling acres acre ha hectares psi bar bars kpa mbar hpa ppm ppb cfs gpm rpm "
      "percent pct hours hrs hour min mins minutes seconds sec days habitants habitantes abitanti "
      "abonnes abonados kunden haushalte einwohner personen personnes personas persone osob euros "
      "phones telephones mobiles handsets messages sms zl pln rub man people's barrels bbls drums "
      "cylinders packages pallets bags cubic");
  return *words;
}

// The word that ends just before `end`, and where it begins; empty if no short word does.
std::string WordBefore(const Scan& scan, size_t end, size_t* begin) {
  constexpr size_t kLongest = 16;
  size_t at = end;
  while (IsLatin(scan.At(at - 1)) && end - at <= kLongest) --at;
  *begin = at;
  std::string word;
  for (size_t i = at; i < end; ++i) word.push_back(static_cast<char>(scan.At(i)));
  return word.size() > kLongest || IsJoining(scan.At(at - 1)) ? std::string() : word;
}

std::string WordAfter(const Scan& scan, size_t begin) {
  constexpr size_t kLongest = 16;
  std::string word;
  size_t at = begin;
  for (; IsLatin(scan.At(at)) && word.size() <= kLongest; ++at) {
    word.push_back(static_cast<char>(scan.At(at)));
  }
  if (IsDigit(scan.At(at)) && word == "m") word.push_back(static_cast<char>(scan.At(at)));
  return word;
}

// The glyph after the last word before `at`, across up to three marks that part it from a number.
size_t SkipPunctuationBack(const Scan& scan, size_t at) {
  for (int marks = 0; marks < 3; ++marks) {
    const char32_t c = scan.At(at - 1);
    if (c != ' ' && c != ':' && c != '#' && c != '.' && c != '-' && c != '=' && c != '(') break;
    --at;
  }
  return at;
}

bool IsCurrency(char32_t c) {
  return c == '$' || c == 0x20AC || c == 0xA3 || c == 0xA5 || (c >= 0x20A0 && c <= 0x20BF);
}

}  // namespace

bool HasOwnLabel(const Scan& scan, size_t begin) {
  constexpr size_t kAbbreviation = 3;
  size_t at = begin;
  for (int words = 0; words < 3; ++words) {
    at = SkipPunctuationBack(scan, at);
    size_t word_begin = 0;
    const std::string word = WordBefore(scan, at, &word_begin);
    if (word.empty()) return false;
    // "pole. 12..." is the end of a sentence, "ref. 12..." is a label.
    if (scan.At(at) == '.' && word.size() > kAbbreviation) return false;
    if (Labels().contains(word)) return true;
    if (!Fillers().contains(word)) return false;
    at = word_begin;
  }
  return false;
}

bool FollowsCue(const Scan& scan, size_t begin, uint32_t cues) {
  size_t at = begin;
  for (int words = 0; words < 4; ++words) {
    at = SkipPunctuationBack(scan, at);
    if (scan.CueEndsAt(at, cues)) return true;
    size_t word_begin = 0;
    const std::string word = WordBefore(scan, at, &word_begin);
    if (word.empty() || !Fillers().contains(word)) return false;
    at = word_begin;
  }
  return false;
}

bool IsAmount(const Scan& scan, size_t begin, size_t end) {
  if (IsCurrency(scan.At(begin - 1))) return true;
  if (scan.At(begin - 1) == ' ' && IsCurrency(scan.At(begin - 2))) return true;
  const size_t after = scan.At(end) == ' ' ? end + 1 : end;
  if (IsCurrency(scan.At(after)) || scan.At(after) == '%') return true;
  return Units().contains(WordAfter(scan, after));
}

bool IsDateLike(const Scan& scan, const Groups& groups, size_t size) {
  const auto value = [&](size_t i) { return GroupValue(scan, groups, i); };
  const size_t first = groups.Length(0);
  if (first == 8 || first == 12 || first == 14) {
    uint64_t day = value(0);
    for (size_t i = 8; i < first; ++i) day /= 10;
    return (size == 1 || groups.Length(1) == 4 || groups.Length(1) == 6) && day >= 19000101 &&
           day <= 20991231 && IsDate(day / 10000, day / 100 % 100, day % 100);
  }
  if (size < 3) return false;
  const auto near_year = [](uint64_t year) { return year >= 1900 && year <= 2099; };
  if (first == 4 && groups.Length(1) <= 2 && groups.Length(2) <= 2) {
    return near_year(value(0)) && IsDate(value(0), value(1), value(2));
  }
  if (first <= 2 && groups.Length(1) <= 2 && groups.Length(2) == 4) {
    return near_year(value(2)) &&
           (IsDate(value(2), value(1), value(0)) || IsDate(value(2), value(0), value(1)));
  }
  return false;
}

bool IsTimeList(const Scan& scan, const Groups& groups, size_t size) {
  if (size < 2 || !groups.GapsAre(' ', size)) return false;
  for (size_t i = 0; i < size; ++i) {
    const uint64_t time = GroupValue(scan, groups, i);
    if (groups.Length(i) != 4 || time >= 2400 || time % 100 >= 60) return false;
  }
  return true;
}

bool IsThousands(const Scan& scan, const Groups& groups, size_t size) {
  if (size < 2 || groups.Length(0) > 3 || scan.At(groups.at[0].begin) == '0') return false;
  for (size_t i = 1; i < size; ++i) {
    if (groups.Length(i) != 3 || (groups.gap[i] != ' ' && groups.gap[i] != '.')) return false;
  }
  const bool round = size >= 3 && GroupValue(scan, groups, size - 1) == 0 &&
                     GroupValue(scan, groups, size - 2) == 0;
  return groups.Length(0) < 3 || round;
}

bool IsGridReference(const Scan& scan, const Groups& groups, size_t size) {
  // Two decimal numbers side by side.
  if (size == 4 && groups.gap[1] == '.' && groups.gap[2] != '.' && groups.gap[3] == '.')
    return true;
  if (size == 2 && groups.gap[1] == '.') return true;
  // ISO 6709 in degrees and minutes: +404246-0740021/.
  if (size == 2 && groups.gap[1] == '-' && groups.Length(1) == groups.Length(0) + 1 &&
      groups.Length(0) % 2 == 0 &&
      (scan.At(groups.at[0].begin - 1) == '+' || scan.At(groups.at[1].end) == '/')) {
    return true;
  }
  // Easting and northing, of equal or nearly equal length, behind a zone or a square.
  size_t at = groups.at[0].begin;
  while (at > 0 && groups.at[0].begin - at < 2 && scan.At(at - 1) == ' ') --at;
  size_t letters = 0;
  size_t digits = 0;
  while (letters < 4 && IsLatin(scan.At(at - 1))) ++letters, --at;
  if (letters == 2 && scan.At(at - 1) == ' ') --at;  // "18T WL 83959 07350"
  if (letters == 2 && IsLatin(scan.At(at - 1)) && IsDigit(scan.At(at - 2))) --at;
  while (digits < 3 && IsDigit(scan.At(at - 1))) ++digits, --at;
  const bool zoned = letters >= 1 && letters <= 3 && digits >= 1 && digits <= 2;
  if (zoned) return true;
  return size >= 2 && groups.Length(0) == 6 && groups.Length(1) == 7 && groups.gap[1] == ' ';
}

bool IsCasNumber(const Scan& scan, const Groups& groups, size_t size) {
  if (size < 3 || !groups.GapsAre('-', 3)) return false;
  if (groups.Length(0) > 7 || groups.Length(1) != 2 || groups.Length(2) != 1) return false;
  uint64_t digits = GroupValue(scan, groups, 0) * 100 + GroupValue(scan, groups, 1);
  uint64_t sum = 0;
  for (uint64_t weight = 1; digits > 0; digits /= 10, ++weight) sum += digits % 10 * weight;
  return sum % 10 == GroupValue(scan, groups, 2);
}

bool IsPolygonPair(const Scan& scan, size_t run, bool before) {
  constexpr size_t kIndentMost = 16;
  const Span& span = scan.digit_runs()[run];
  if (span.size() != 4) return false;
  size_t at = span.begin;
  while (span.begin - at < kIndentMost && (scan.At(at - 1) == ' ' || scan.At(at - 1) == '\n')) --at;
  if (before && run > 0 && scan.digit_runs()[run - 1].end == at) return true;
  return scan.At(at - 1) == 'n' && scan.At(at - 2) == 'o' && scan.At(at - 3) == 'l' &&
         scan.At(at - 4) == '.';
}

}  // namespace tocsin::guard
