// What a receiver checks of a change before it holds it, beside seal and chain: the tags of its
// envelope and of its values, and their sizes; not what the values say (a signed value out of range
// is held, marked and not indexed). So a node holds nothing that the network's schema does not name
// (no foreign kind, no field beside the closed ones, at any depth) and no text outside the part of
// the change that can be erased. Stands between decoding and the append. Pure functions, without
// protobuf reflection: a few hundred nanoseconds a change; any thread.
#pragma once

#include <absl/container/inlined_vector.h>
#include <absl/status/status.h>
#include <absl/strings/string_view.h>

#include <cstddef>
#include <cstdint>

namespace tocsin::schema {

// What becomes of kinds and fields that this program's schema does not have.
enum class Newer {
  // A hub refuses them from below: it takes nothing that it cannot read.
  kRefuse,
  // A station whose program is older takes what its parent has.
  kTake,
};

// Borrowed from a decoded change for the length of one call.
struct ChangeTags {
  struct Text {
    uint32_t field = 0;
    uint32_t element = 0;
    size_t size = 0;
  };

  uint32_t kind = 0;
  // Numbers of the fields set, and of the fields cleared, each in rising order.
  absl::InlinedVector<uint32_t, 24> set;
  absl::InlinedVector<uint32_t, 24> cleared;
  // The partial body.
  absl::string_view values;
  absl::InlinedVector<Text, 4> texts;
};

// INVALID_ARGUMENT says which field breaks which rule: unknown; both set and cleared; a value that
// is not announced as set; a value of the wrong wire type; a text among the values or a value among
// the texts; longer or more than the schema allows. A field's limits may grow only with the schema
// level.
absl::Status EnvelopeAcceptable(const ChangeTags& change, Newer newer = Newer::kRefuse);

}  // namespace tocsin::schema
