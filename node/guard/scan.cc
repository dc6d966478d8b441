#include "node/guard/scan.h"

#include <algorithm>

namespace tocsin::guard {
namespace {

// The longest number that a cue-bound rule reads, in glyphs with its separators.
constexpr size_t kLongestNumber = 32;

}  // namespace

bool Compact::AllDigits(size_t begin, size_t count) const {
  if (begin + count > size) return false;
  return std::all_of(c + begin, c + begin + count, IsDigit);
}

uint64_t Compact::Number(size_t begin, size_t count) const {
  uint64_t value = 0;
  for (size_t i = begin; i < begin + count; ++i) {
    value = value * 10 + static_cast<uint64_t>(DigitValue(c[i]));
  }
  return value;
}

Scan::Scan(absl::string_view text) : glyphs_(Fold(text)) {
  FindRuns();
  MarkCues();
}

void Scan::FindRuns() {
  for (size_t i = 0; i < size();) {
    if (!IsJoining(At(i))) {
      ++i;
      continue;
    }
    const size_t begin = i;
    while (IsJoining(At(i))) {
      if (!IsDigit(At(i))) {
        ++i;
        continue;
      }
      const size_t digits = i;
      while (IsDigit(At(i))) ++i;
      digit_runs_.push_back({digits, i});
    }
    tokens_.push_back({begin, i});
  }
}

void Scan::MarkCues() {
  reach_.resize(size() + 1);
  for (const CueMatch& match : FindCues(*this)) {
    const uint16_t bit = Bit(match.cue);
    reach_[match.end].ends |= bit;
    for (size_t i = match.end; i < std::min(size(), match.end + kFarGlyphs); ++i) {
      if (At(i) == kOpaque) break;
      reach_[i].far |= bit;
      reach_[i].any |= bit;
      if (i < match.end + kNearGlyphs) reach_[i].near |= bit;
    }
    const size_t reach_back = kBackGlyphs + kLongestNumber;
    for (size_t i = match.begin; i > 0 && match.begin - i < reach_back; --i) {
      if (At(i - 1) == kOpaque) break;
      if (match.begin - i < kBackGlyphs) reach_[i - 1].back |= bit;
      reach_[i - 1].any |= bit;
    }
  }
}

bool Scan::Near(size_t begin, size_t end, uint32_t cues) const {
  return ((reach_[begin].near | reach_[end - 1].back) & cues) != 0;
}

bool Scan::Far(size_t begin, size_t end, uint32_t cues) const {
  return ((reach_[begin].far | reach_[end - 1].back) & cues) != 0;
}

bool Scan::MayBegin(size_t begin) const {
  const char32_t before = At(begin - 1);
  if (IsJoining(before)) return false;
  const char32_t earlier = At(begin - 2);
  switch (before) {
    case '.':
    case ',':
    case ':':
    case '\'':
    case '+':
    case '>':
      return !IsDigit(earlier);
    case '-':
    case '/':
    case '_':
      // "Tel-030 123" begins a number, "AKZ185-187" does not.
      if (IsDigit(earlier)) return false;
      for (size_t i = begin - 2, letters = 0; IsLatin(At(i)); --i) {
        if (++letters > 16) return false;
        if (IsDigit(At(i - 1))) return false;
      }
      return true;
    default:
      return true;
  }
}

bool Scan::MayEnd(size_t end) const {
  const char32_t after = At(end);
  if (IsJoining(after)) return false;
  const char32_t later = At(end + 1);
  switch (after) {
    case '.':
    case ',':
    case ':':
    case '\'':
      return !IsDigit(later);
    case '-':
    case '/':
    case '_':
      return !IsJoining(later);
    case 0x00B0:
    case '%':
      return false;
    default:
      return true;
  }
}

bool Scan::IsWhole(size_t begin, size_t end) const {
  constexpr size_t kWordMost = 12;
  const char32_t before = At(begin - 1);
  if ((before == '.' || before == ',') && IsDigit(At(begin - 2))) return false;
  if (IsDigit(before) || IsDigit(At(end))) return false;
  size_t left = 0;
  while (left <= kWordMost && IsLatin(At(begin - 1 - left))) ++left;
  size_t right = 0;
  while (right <= kWordMost && IsLatin(At(end + right))) ++right;
  if (left > kWordMost || right > kWordMost) return false;
  return !(left > 0 && IsDigit(At(begin - 1 - left))) && !(right > 0 && IsDigit(At(end + right)));
}

Compact Scan::Read(size_t begin, size_t most, absl::string_view separators) const {
  Compact read;
  most = std::min(most, Compact::kMost);
  char32_t gap = 0;
  for (size_t i = begin; read.size < most; ++i) {
    const char32_t c = At(i);
    if (IsJoining(c)) {
      read.c[read.size] = c;
      read.upper[read.size] = Upper(i);
      read.end[read.size] = i + 1;
      read.gap[read.size] = gap;
      read.bounded[read.size] = MayEnd(i + 1);
      ++read.size;
      gap = 0;
      continue;
    }
    const bool separator = c < 0x80 && separators.find(static_cast<char>(c)) != separators.npos;
    if (!separator || gap != 0 || read.size == 0) break;
    gap = c;
  }
  return read;
}

}  // namespace tocsin::guard
