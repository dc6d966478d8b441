// Taking elements out of a list by what they say. A move takes over what was taken out of the old
// record's lists (move.h), and the same elements are other changes' in the record that stands for
// it. Pure functions; any thread.
#pragma once

#include <absl/types/span.h>

#include <vector>

#include "node/base/ids.h"
#include "node/merge/merge.h"
#include "node/schema/field_table.h"
#include "tocsin/v1/types.pb.h"

namespace tocsin::intake {

struct TakingOut {
  // What a write must overwrite.
  std::vector<Dot> overwrites;
  // Of that, what it must say again: an element is named by its change, which may have added others
  // beside it.
  std::vector<merge::Sibling> again;
  // Something could not be taken out: its text, or one beside it, is not here.
  bool incomplete = false;
};

// Takes each element of `gone` out of `list` once, in the order of the list; what is not in it is
// out already. Both are writes of the UNION field `field`, which has no parts of an original.
TakingOut TakeOut(v1::Kind kind, const schema::FieldInfo& field,
                  absl::Span<const merge::Sibling> gone,
                  absl::Span<const merge::Sibling* const> list);

}  // namespace tocsin::intake
