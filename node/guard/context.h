// What a number beside a cue may be instead: a date, an amount, a coordinate, a code with a label
// of its own. Asked by the cue-bound rules before they believe a number. Pure; any thread.
#pragma once

#include <cstddef>

#include "node/guard/groups.h"
#include "node/guard/scan.h"

namespace tocsin::guard {

// The word before says what the number is, and it is nobody's: "incident 57892593", "UN 1203".
bool HasOwnLabel(const Scan& scan, size_t begin);

// Nothing but "is", "no.", ":" and their like stands between the number and one of `cues` before
// it.
bool FollowsCue(const Scan& scan, size_t begin, uint32_t cues);

// The word after makes it an amount: "125000 customers", "1250000 kg"; or a currency sign stands
// before or after it.
bool IsAmount(const Scan& scan, size_t begin, size_t end);

// A date or a time stamp, at the head of the groups: 2015-01-31, 31.01.2015, 20150131 1203.
bool IsDateLike(const Scan& scan, const Groups& groups, size_t size);

// Times of the day in fours, as crews note them: 0412 0418 0425.
bool IsTimeList(const Scan& scan, const Groups& groups, size_t size);

// Groups of three behind one to three digits, with a head that no telephone number has: 1 250 000.
bool IsThousands(const Scan& scan, const Groups& groups, size_t size);

// A grid reference or a pair of decimal degrees: 18T 583960 4507523, 18TWL 83959 07350.
bool IsGridReference(const Scan& scan, const Groups& groups, size_t size);

// The National Weather Service gives polygons as pairs of four digits, over several lines, behind
// LAT...LON. Whether digit run `run` belongs to such a list, given whether the run before it did.
bool IsPolygonPair(const Scan& scan, size_t run, bool before);

// A CAS registry number with its check digit: 7732-18-5.
bool IsCasNumber(const Scan& scan, const Groups& groups, size_t size);

}  // namespace tocsin::guard
