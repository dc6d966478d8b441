// Looks through a damaged write-ahead log for what it can still prove.
#pragma once

#include <absl/strings/string_view.h>

#include <cstdint>

namespace tocsin::store {

// RocksDB's log in bytes, as far as this needs it: fragments of at most a 32 KiB block each, in the
// form: u32 masked CRC-32C of type and payload, u16 length, u8 type (1 whole, 2 first of several),
// payload; integers little-endian. A record's payload is a batch: u64 sequence, u32 count, then its
// operations, of which ours has first what was durable when it was made (tag 3, length 8, u64
// big-endian).

// The highest such sequence in any undamaged fragment of `file`, wherever it begins: damage before
// it hides nothing, where the engine's own reader skips the rest of a block. 0 if there is none.
uint64_t DurableByScan(absl::string_view file);

}  // namespace tocsin::store
