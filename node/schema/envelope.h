// What a receiver checks of a change before it holds it, beside seal and chain: the tags of its
// envelope and of its values, and their sizes; not what the values say (a signed value out of range
// is held, marked and not indexed). So a node holds nothing that the network's schema does not name
// (no foreign kind, no field beside the closed ones, at any depth) and no text outside the part of
// the change that can be erased. Stands between decoding and the append. Pure functions, without
// protobuf reflection: a few hundred nanoseconds a change; any thread.
#pragma once

#include <absl/status/status.h>
#include <absl/strings/string_view.h>

#include <cstddef>
#include <cstdint>
#include <vector>

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
  // Numbers of the fields set, and of the fields cleared.
  std::vector<uint32_t> set;
  std::vector<uint32_t> cleared;
  // The partial body.
  absl::string_view values;
  std::vector<Text> texts;
};

// INVALID_ARGUMENT says which field breaks which rule: unknown; both set and cleared; a value that
// is not announced as set; a value of the wrong wire type; a text among the values or a value among
// the texts; longer or more than the schema allows. A field's limits may grow only with the schema
// level.
absl::Status EnvelopeAcceptable(const ChangeTags& change, Newer newer = Newer::kRefuse);

// The same for one field's fragment that a change carries ahead for another (a restatement).
// Empty is a field set to nothing or cleared.
absl::Status FragmentAcceptable(uint32_t kind, uint32_t field, absl::string_view fragment,
                                Newer newer = Newer::kRefuse);

}  // namespace tocsin::schema
