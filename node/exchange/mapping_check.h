// What makes a mapping sound, apart from how it is written. For the mapping's reader.
#pragma once

#include <absl/status/status.h>

#include "node/exchange/mapping.h"

namespace tocsin::exchange {

// A leaf of a sort that a column can fill; a text field only where the mapping says `text = true`,
// and no other field where it does.
absl::Status CheckSettable(const FieldPath& path, bool text);

// The value is one that the field takes.
absl::Status CheckValue(v1::Kind kind, const FieldPath& path, const std::string& value);

// The field is of type RecordRef, and the key is given.
absl::Status CheckReference(v1::Kind kind, const ReferenceMapping& reference);

// Exactly one of constant and column; aids that are there; an area named where `within` is.
absl::Status CheckScope(const Mapping& mapping);

// The whole: columns not both read and ignored, no field set twice, tables that are there and whose
// words the fields take, times on time fields, a duration between two of the mapping's times.
absl::Status CheckMapping(const Mapping& mapping);

}  // namespace tocsin::exchange
