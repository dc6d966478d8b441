// Merge: what a record is, as a pure function of the set of its changes. Stands on the path between
// admission (which changes count) and presentation (what people are shown). The field's policy
// decides; no kind is named here. Any order, batching or duplication of the changes gives the same
// result. Values; any thread.
#pragma once

#include <absl/time/time.h>
#include <absl/types/span.h>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "node/base/ids.h"
#include "node/log/change.h"

namespace tocsin::merge {

// A change of the record, and what the log knows around it.
struct HeldChange {
  Dot dot;
  LaneId lane;
  Seq seq;
  // The jurisdiction of the certificate that sealed it.
  std::string author;
  // It lies on a lane whose branches part at or before it.
  bool forked = false;
  // The lane's, and when it became durable here. The merge does not look at these three.
  Precedence precedence = Precedence::kRoutine;
  Arrival arrival;
  absl::Time arrival_time;
  log::Change change;
  // Where a record's past lies apart (past.h): fields of it whose write is overwritten by a change
  // that may not be among those merged, in rising order.
  std::vector<uint32_t> settled = {};
};

// One element of a text as a sibling has it.
struct TextValue {
  uint32_t element = 0;
  // Nothing: erased, or not here.
  std::optional<std::string> bytes;
  Digest hash;
};

// A value that no held write has overwritten. Equal values are one sibling with several dots.
struct Sibling {
  // Of the writes that gave this value; the first is the one that the policy prefers.
  std::vector<Dot> dots;
  log::Stamp stamp;
  // The jurisdiction that wrote it; of a value that is only restated here, the one that restates.
  std::string author;
  // A field that was set to nothing: a value like any other.
  bool clear = false;
  // Wire bytes of the field in its body message; empty for a text or a clear.
  std::string value;
  // In rising order of element; only for a text field.
  std::vector<TextValue> texts;
  // All that its writers list in this field. A closing state lists the severity that its author saw
  // as well, so that a worse one that is not in it was raised unseen.
  std::vector<Dot> overwrites;
  bool forked = false;
  // The original is not here: the change that carried it ahead.
  std::optional<Dot> restated_by;
  // A restatement says other than the original, which is the value here: dots of those that
  // restate. A write overwrites this sibling only if it lists them as well.
  std::vector<Dot> misquoted_by;

  bool heard() const {
    return stamp.rank == log::Rank::kHeardSynced || stamp.rank == log::Rank::kHeardFree;
  }
};

struct MergedField {
  // The shown one first; of UNION every one is shown, oldest first. Never empty.
  std::vector<Sibling> siblings;
  // People must choose: more than one sibling under LATEST, HIGHEST or FURTHEST.
  bool conflict = false;
  // A value that a held write overwrites is not here.
  bool incomplete = false;
};

// By field number. A field that no change set is not in it.
using MergedRecord = std::map<uint32_t, MergedField>;

// REQUIRES: all of one record, of kind `kind`. A kind or field that the schema does not name is
// merged as LATEST, so that what a newer program wrote is carried and not lost.
MergedRecord Merge(uint32_t kind, absl::Span<const HeldChange> changes);
// The same, of changes that lie elsewhere.
MergedRecord Merge(uint32_t kind, absl::Span<const HeldChange* const> changes);
// The same, where the settled ones of the record's changes are not among `changes` (past.h). Of the
// dots that these name, `awaited` are those whose changes are not held, in rising order.
MergedRecord Merge(uint32_t kind, absl::Span<const HeldChange* const> changes,
                   absl::Span<const Dot> awaited);

// Dots that these changes name (as overwritten, or as restated) and that are not theirs, in rising
// order.
std::vector<Dot> AwaitedBy(absl::Span<const HeldChange* const> changes);

// For what takes changes that lie elsewhere.
std::vector<const HeldChange*> PointersTo(absl::Span<const HeldChange> changes);

// Is a dot in both?
bool Meet(absl::Span<const Dot> a, absl::Span<const Dot> b);

// The dots that an ordinary edit of the field overwrites: those of the sibling shown, and of what
// misquotes it. Empty for a field that no change set. Not for UNION, where adding overwrites
// nothing.
std::vector<Dot> ShownDots(const MergedRecord& record, uint32_t field);

}  // namespace tocsin::merge
