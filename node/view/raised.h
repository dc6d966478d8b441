// Closed, then raised: somebody closed or withdrew a record without having seen how bad others say
// it is. The record stays open for whoever must respond. Part of presentation (present.h). Pure
// functions; any thread.
#pragma once

#include <absl/functional/function_ref.h>

#include <cstdint>
#include <optional>

#include "node/base/ids.h"
#include "node/merge/merge.h"
#include "tocsin/v1/api.pb.h"

namespace tocsin::view {

// The change of that dot, or one that carries that field of it ahead where it is not held; nothing
// where neither is.
using FindChange =
    absl::FunctionRef<std::optional<merge::HeldChange>(const Dot& dot, uint32_t field)>;

// The field of the state, if the one shown ends the response though a HIGHEST field shows worse
// than what whoever set the state lists of it. What it lists and is not held counts as nothing
// seen: lacking a value never closes a record. `body` is what is shown of `merged`.
std::optional<uint32_t> ClosedThenRaised(uint32_t kind, const merge::MergedRecord& merged,
                                         const google::protobuf::Message& body,
                                         FindChange find_change);

// By its mark.
bool IsClosedThenRaised(const v1::Record& shown);

}  // namespace tocsin::view
