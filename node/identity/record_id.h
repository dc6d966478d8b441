// What a record is called within its scope: a UUID made from a name, so that whoever derives it
// again, anywhere, gets the same record. The UUIDs are of version 8 (RFC 9562, 5.8) over SHA-256;
// version 5 would rest on SHA-1, with which a hostile source could make two keys of one id.
#pragma once

#include <absl/status/statusor.h>
#include <absl/strings/string_view.h>

#include <cstdint>
#include <string>

#include "node/base/ids.h"
#include "node/base/scope.h"

namespace tocsin::identity {

// Bits of a record's code, without its check character: seven characters of five.
inline constexpr int kCodeBits = 35;

// For what is filed by hand: a hub that is told a code by voice opens that same record. `kind` is
// the schema's number. REQUIRES: code_bits < 2^35.
RecordId RecordIdFromCode(const Scope& scope, uint32_t kind, uint64_t code_bits);

// For what is imported or derived: by its whole key at its source (35 random bits would make two
// of a million imported rows one record). `source_system` names the source ("nfirs"), the key a row
// in it.
RecordId RecordIdFromSourceKey(const Scope& scope, uint32_t kind, absl::string_view source_system,
                               absl::string_view source_key);

// The code of a record that has its id from a source key: 35 bits of that id. An alias: two records
// of a scope may share it.
uint64_t CodeBitsOf(const RecordId& id);

// "018f6b7c-...": the usual text form, in lower case.
std::string UuidText(const RecordId& id);
// INVALID_ARGUMENT unless `text` is 32 hexadecimal digits in groups of 8-4-4-4-12.
absl::StatusOr<RecordId> ParseUuid(absl::string_view text);

}  // namespace tocsin::identity
