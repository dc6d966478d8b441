// Presentation: what people see of a merged record, with the marks that say why a value shown is
// less than plain. Third of the projector's four functions (view.h); nothing of it is kept in the
// merge state. Pure functions; any thread.
#pragma once

#include <absl/functional/function_ref.h>
#include <absl/strings/string_view.h>
#include <absl/types/span.h>

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "node/log/stamp.h"
#include "node/merge/merge.h"
#include "node/view/provenance.h"
#include "node/view/raised.h"
#include "tocsin/v1/api.pb.h"

namespace tocsin::view {

struct PresentOptions {
  // This node's jurisdiction. What others wrote passes the privacy guard here once more; what was
  // written here passed it at intake.
  std::string here;
  // What the guard makes of a text; the same text if it finds nothing.
  std::function<std::string(absl::string_view)> mask;
  // Counts of people below it are shown as "fewer than".
  uint32_t min_cell = 10;
};

// When a stamp says that its change was written, to the millisecond.
google::protobuf::Timestamp ToTimestamp(const log::Stamp& stamp);

// True where an erasure is the reason that a text of one of these dots is not here.
using IsErased = absl::FunctionRef<bool(const Dot& dot, uint32_t field, uint32_t element)>;

// The record without what its key says (row.h, SetNames), and without the parts of an alert's
// original message unless `with_originals`. A field that cannot be read is left out and marked.
// REQUIRES: a kind that the schema has; `merged` is what Merge made of `changes` with `awaited`;
// `provenance` is of them and of the record's past, one change at least.
v1::Record Present(uint32_t kind, const Provenance& provenance, const merge::MergedRecord& merged,
                   absl::Span<const merge::HeldChange* const> changes,
                   absl::Span<const Dot> awaited, const PresentOptions& options, IsErased is_erased,
                   FindChange find_change, bool with_originals);

// A record that was ordered gone: nothing but its mark.
v1::Record PresentErased();

}  // namespace tocsin::view
