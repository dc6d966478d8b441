// Machine-readable zones of travel documents: ICAO Doc 9303 parts 4 (TD3, two lines of 44), 5
// (TD1, three of 30), 6 (TD2, two of 36) and 7 (visas, the same two sizes). A line with its check
// digits is enough, since people copy one of two; the line of names is taken with it or alone.
#include <algorithm>
#include <array>

#include "node/guard/calendar.h"
#include "node/guard/rules.h"

namespace tocsin::guard {
namespace {

bool IsZoneGlyph(char32_t c) { return IsDigit(c) || IsLatin(c) || c == '<'; }

// One line of a zone, in glyphs; `follows` if only blanks part it from the line before.
struct Line {
  size_t begin;
  size_t length;
  bool follows;
};

class Zone {
 public:
  Zone(const Scan& scan, const Line& line) : scan_(scan), line_(line) {}

  char32_t At(size_t i) const { return scan_.At(line_.begin + i); }

  // Weights 7, 3, 1; digits count as they are, letters from 10, the filler 0.
  bool Check(size_t begin, size_t count, size_t check) const {
    constexpr int kWeights[] = {7, 3, 1};
    int sum = 0;
    for (size_t i = 0; i < count; ++i) sum += Value(begin + i) * kWeights[i % 3];
    if (At(check) == '<') return sum == 0;
    return IsDigit(At(check)) && sum % 10 == DigitValue(At(check));
  }
  bool Letters(size_t begin, size_t count) const {
    for (size_t i = begin; i < begin + count; ++i) {
      if (IsDigit(At(i))) return false;
    }
    return true;
  }
  // YYMMDD; month and day may be unknown.
  bool Date(size_t begin) const {
    for (size_t i = begin; i < begin + 6; ++i) {
      if (At(i) != '<' && !IsDigit(At(i))) return false;
    }
    if (At(begin + 2) == '<' || At(begin + 4) == '<') return true;
    const auto pair = [&](size_t i) {
      return static_cast<uint64_t>(Value(i)) * 10 + static_cast<uint64_t>(Value(i + 1));
    };
    return IsDate(2000 + pair(begin), pair(begin + 2), pair(begin + 4)) ||
           IsDate(1900 + pair(begin), pair(begin + 2), pair(begin + 4));
  }
  bool Sex(size_t at) const {
    const char32_t c = At(at);
    return c == 'm' || c == 'f' || c == 'x' || c == '<' || c == 'h';
  }

 private:
  int Value(size_t i) const {
    const char32_t c = At(i);
    if (IsDigit(c)) return DigitValue(c);
    return IsLatin(c) ? static_cast<int>(c - 'a') + 10 : 0;
  }

  const Scan& scan_;
  const Line& line_;
};

// The second line of TD3, TD2 and visas: number, nationality, birth, sex, expiry.
bool IsDataLine(const Zone& zone) {
  return zone.Letters(10, 3) && zone.Sex(20) && zone.Date(13) && zone.Date(21) &&
         zone.Check(0, 9, 9) && zone.Check(13, 6, 19) && zone.Check(21, 6, 27);
}

// The second line of TD1: birth, sex, expiry, nationality.
bool IsCardDataLine(const Zone& zone) {
  return zone.Date(0) && zone.Sex(7) && zone.Date(8) && zone.Letters(15, 3) &&
         zone.Check(0, 6, 6) && zone.Check(8, 6, 14);
}

// The first line of TD1: document code, state, number with its check digit.
bool IsCardNumberLine(const Zone& zone) {
  const char32_t code = zone.At(0);
  if (code != 'i' && code != 'a' && code != 'c') return false;
  bool filled = false;
  for (size_t i = 15; i < 30 && !filled; ++i) filled = zone.At(i) == '<';
  return filled && zone.Letters(0, 5) && zone.Check(5, 9, 14);
}

// "P<UTOERIKSSON<<ANNA<MARIA<<<": document code, state, names.
bool IsNameLine(const Zone& zone, size_t length) {
  const char32_t code = zone.At(0);
  if (code != 'p' && code != 'v' && code != 'i' && code != 'a' && code != 'c') return false;
  if (!zone.Letters(0, length)) return false;
  size_t fillers = 0;
  bool parted = false;
  for (size_t i = 5; i < length; ++i) {
    if (zone.At(i) != '<') continue;
    ++fillers;
    if (zone.At(i - 1) == '<') parted = true;
  }
  return parted && fillers >= 2 && zone.At(2) != '<' && zone.At(5) != '<';
}

// Runs of zone characters that have the length of a line, or of all lines together.
std::vector<Line> FindLines(const Scan& scan) {
  constexpr std::array<size_t, 3> kLengths = {44, 36, 30};
  std::vector<Line> lines;
  size_t last_end = 0;
  bool only_blanks = false;
  for (size_t i = 0; i < scan.size();) {
    const char32_t c = scan.At(i);
    if (!IsZoneGlyph(c)) {
      if (c != ' ' && c != '\n') only_blanks = false;
      ++i;
      continue;
    }
    const size_t begin = i;
    while (IsZoneGlyph(scan.At(i))) ++i;
    for (const size_t length : kLengths) {
      const size_t count = (i - begin) / length;
      if ((i - begin) % length != 0 || count > 3) continue;
      for (size_t n = 0; n < count; ++n) {
        const bool follows = n > 0 || only_blanks;
        lines.push_back({begin + n * length, length, follows});
      }
      last_end = i;
      break;
    }
    only_blanks = last_end == i;
  }
  return lines;
}

}  // namespace

void FindMachineReadableZones(const Scan& scan, Matches* matches) {
  const std::vector<Line> lines = FindLines(scan);
  for (size_t n = 0; n < lines.size(); ++n) {
    const Line& line = lines[n];
    const Zone zone(scan, line);
    bool found = false;
    if (line.length == 30) {
      found = IsCardNumberLine(zone) || IsCardDataLine(zone);
      // The third line has the names, and nothing else to know it by.
      if (!found && n > 0 && line.follows && lines[n - 1].length == 30) {
        found = IsCardDataLine(Zone(scan, lines[n - 1])) && zone.Letters(0, 30);
      }
    } else {
      found = IsDataLine(zone) || IsNameLine(zone, line.length);
    }
    if (!found) continue;
    const size_t end = line.begin + line.length;
    if (line.follows && !matches->empty() && n > 0 &&
        matches->back().end == lines[n - 1].begin + lines[n - 1].length) {
      matches->back().end = end;
    } else {
      matches->push_back({Sort::kMachineReadableZone, line.begin, end});
    }
  }
}

}  // namespace tocsin::guard
