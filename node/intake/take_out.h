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
  // Something could not be taken out: it, or one beside it, is not here or is no value that may be
  // said again.
  bool incomplete = false;
};

// Takes the elements of `gone` out of `list`, from its front, until it has no more of each than
// `standing`, where they were taken out, still has. All are writes of the UNION field `field`,
// which has no parts of an original.
TakingOut TakeOut(v1::Kind kind, const schema::FieldInfo& field,
                  absl::Span<const merge::Sibling> gone, absl::Span<const merge::Sibling> standing,
                  absl::Span<const merge::Sibling* const> list);

}  // namespace tocsin::intake
