// When a change was written, as far as anybody can know, and by what right: it only chooses among
// siblings, and never decides what overwrites what. Immutable values.
#pragma once

#include <absl/time/time.h>

#include <compare>
#include <cstdint>

namespace tocsin::log {

// How a change ranks before its time is looked at; less is better. On disk and wire.
enum class Rank : uint8_t {
  kOwnSynced = 1,    // the post's own, its clock corrected from a parent in this run
  kOwnFree = 2,      // the post's own, no correction yet
  kHeardSynced = 3,  // keyed in by who heard it by voice
  kHeardFree = 4,
};

struct Stamp {
  Rank rank = Rank::kOwnFree;
  // Milliseconds since 1970 << 16 | counter.
  uint64_t time = 0;

  absl::Time ToTime() const { return absl::FromUnixMillis(static_cast<int64_t>(time >> 16)); }
  friend bool operator==(const Stamp&, const Stamp&) = default;
};

// Does `a` come before `b` in the choice of LATEST (better rank, then later time)?
inline bool LaterThan(const Stamp& a, const Stamp& b) {
  return a.rank != b.rank ? a.rank < b.rank : a.time > b.time;
}
// In the choice of FIRST: better rank, then earlier time.
inline bool EarlierThan(const Stamp& a, const Stamp& b) {
  return a.rank != b.rank ? a.rank < b.rank : a.time < b.time;
}

}  // namespace tocsin::log
