// Merge and present in a row: from the set of changes held of a record to what is seen of it.
// The projector and whoever reads one record in full come here. Pure functions; any thread.
#pragma once

#include <absl/functional/function_ref.h>

#include <optional>

#include "node/merge/merge.h"
#include "node/view/present.h"
#include "node/view/row.h"
#include "tocsin/v1/api.pb.h"

namespace tocsin::view {

struct Projected {
  merge::MergedRecord merged;
  // Without what the key says (row.h, SetNames), but with the code where it names the record.
  v1::Record shown;
};

// The change of that dot in the record's past; nothing if it is not there.
using FindPast = absl::FunctionRef<std::optional<merge::HeldChange>(const Dot& dot)>;

// Nothing where nothing is admitted. Reads the admission and the awaited dots that stand in `held`.
std::optional<Projected> Project(const HeldRecord& held, const PresentOptions& options,
                                 IsErased is_erased, FindPast find_past, bool with_originals);

}  // namespace tocsin::view
