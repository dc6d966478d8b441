// A folded text with what every rule asks of it: where digits run, which cues are near.
//
// Built once for each examination and read by all rules. Immutable after construction except for
// the count of steps; one thread. Every look at a glyph is one step, so that tests can hold the
// whole examination to linear work.
#pragma once

#include <absl/strings/string_view.h>

#include <cstddef>
#include <cstdint>
#include <vector>

#include "node/guard/cues.h"
#include "node/guard/fold.h"
#include "node/guard/guard.h"

namespace tocsin::guard {

// How far a cue reaches, in glyphs.
inline constexpr size_t kNearGlyphs = 22;
inline constexpr size_t kFarGlyphs = 52;
inline constexpr size_t kBackGlyphs = 24;  // to a number that stands before its cue

// Glyphs [begin, end).
struct Span {
  size_t begin;
  size_t end;
  size_t size() const { return end - begin; }
};

// What a rule found, in glyphs.
struct Match {
  Sort sort;
  size_t begin;
  size_t end;
};

// Letters and digits read from one place on, across single separators, at most kMost.
struct Compact {
  static constexpr size_t kMost = 36;
  size_t size = 0;
  char32_t c[kMost] = {};
  bool upper[kMost] = {};
  size_t end[kMost] = {};    // glyph after the character
  bool bounded[kMost] = {};  // no letter or digit is joined to it on the right
  char32_t gap[kMost] = {};  // what stood before it: 0 for nothing, or the separator

  bool AllDigits(size_t begin, size_t count) const;
  uint64_t Number(size_t begin, size_t count) const;  // of digits; at most 18
};

class Scan {
 public:
  explicit Scan(absl::string_view text);

  size_t size() const { return glyphs_.size(); }
  // kEdge outside of the text, so that At(begin - 1) is always allowed.
  char32_t At(size_t i) const {
    ++steps_;
    return i < glyphs_.size() ? glyphs_[i].c : kEdge;
  }
  bool Upper(size_t i) const { return i < glyphs_.size() && glyphs_[i].upper; }
  const Glyph& glyph(size_t i) const { return glyphs_[i]; }

  // Runs of digits, and runs of letters and digits, in order. Han and other scripts that are
  // written without spaces end a run.
  const std::vector<Span>& digit_runs() const { return digit_runs_; }
  const std::vector<Span>& tokens() const { return tokens_; }

  // Whether a number at [begin, end) has one of `cues` (bits) before it or after it.
  bool Near(size_t begin, size_t end, uint32_t cues) const;
  bool Far(size_t begin, size_t end, uint32_t cues) const;
  // Whether one of `cues` ends just before the glyph.
  bool CueEndsAt(size_t at, uint32_t cues) const { return (reach_[at].ends & cues) != 0; }
  // Whether one of `cues` reaches a number that begins here at all: cheap, asked first.
  bool Reached(size_t begin, uint32_t cues) const { return (reach_[begin].any & cues) != 0; }

  // Whether a number may begin at `begin`, or end before `end`: not inside a word, a decimal
  // fraction, a clock time, or a longer hyphenated or slashed code.
  bool MayBegin(size_t begin) const;
  bool MayEnd(size_t end) const;

  // Whether digits at [begin, end) are a whole number, though words may touch them ("visa4526...",
  // "4526...x"): not a piece of a hexadecimal or other mixed string, nor of a decimal fraction.
  bool IsWhole(size_t begin, size_t end) const;

  // Reads from `begin`, crossing one separator out of `separators` at a time.
  Compact Read(size_t begin, size_t most, absl::string_view separators) const;

  size_t steps() const { return steps_; }

 private:
  struct Reach {
    uint16_t near = 0;  // a cue ended shortly before this glyph
    uint16_t far = 0;
    uint16_t back = 0;  // a cue begins shortly after this glyph
    uint16_t ends = 0;  // a cue ends just before this glyph
    uint16_t any = 0;   // far, or back for any number that begins here
  };
  void FindRuns();
  void MarkCues();

  std::vector<Glyph> glyphs_;
  std::vector<Span> digit_runs_;
  std::vector<Span> tokens_;
  std::vector<Reach> reach_;
  mutable size_t steps_ = 0;
};

}  // namespace tocsin::guard
