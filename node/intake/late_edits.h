// Taking over what was written of a record after it was moved (view/moved.h): what of it may be
// written of the record that stands for it, and over what. Beside move.h, which writes it. Pure
// functions; any thread.
#pragma once

#include <absl/status/statusor.h>

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <vector>

#include "node/base/ids.h"
#include "node/intake/carry.h"
#include "node/intake/moved_pair.h"
#include "node/view/etag.h"

namespace tocsin::intake {

struct LateTaken {
  // What whoever moved the record, or took edits over before, wrote of the stand-in. What is taken
  // over overwrites this, and nothing that the new post wrote.
  view::RecordVersion seen;
  // Fields of which a clear is one of several values.
  std::set<uint32_t> stands_clear;
  // Elements that go out of the stand-in's lists, by field.
  std::map<uint32_t, std::vector<Dot>> taken_out;
};

// Puts what may be taken over into `carrier`, with the names of what may not; nothing if there are
// no late edits. FAILED_PRECONDITION while some of what was taken over before is not here.
// REQUIRES: a stand-in, which says that it stands for the old record.
absl::StatusOr<std::optional<LateTaken>> TakeLateEdits(const MovedPair& pair, Carrier& carrier);

}  // namespace tocsin::intake
