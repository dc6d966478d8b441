// The past of a record in the view's store: the changes that decide nothing any more, each in a row
// of its own (row.h). Read when a late change makes the whole set decide again, and by whoever
// wants a record's history. Any thread.
#pragma once

#include <absl/status/statusor.h>

#include <functional>
#include <optional>
#include <vector>

#include "node/base/ids.h"
#include "node/merge/merge.h"
#include "node/store/store.h"
#include "node/view/keys.h"

namespace tocsin::view {

// In order of dot. DATA_LOSS for a row that cannot be read.
absl::StatusOr<std::vector<merge::HeldChange>> ReadPast(const store::Store& store,
                                                        const RecordRef& ref,
                                                        const store::Snapshot* snapshot = nullptr);
// Nothing if that change is not in the record's past.
absl::StatusOr<std::optional<merge::HeldChange>> ReadPastChange(const store::Store& store,
                                                                const RecordRef& ref,
                                                                const Dot& dot);
// ReadPastChange as a function of the dot, for as long as the store lives; a row that cannot be
// read is nothing.
std::function<std::optional<merge::HeldChange>(const Dot& dot)> PastIn(const store::Store& store,
                                                                       const RecordRef& ref);
absl::StatusOr<bool> IsPast(const store::Store& store, const RecordRef& ref, const Dot& dot);

}  // namespace tocsin::view
