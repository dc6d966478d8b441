// A change in lane form: the unit that is hashed, signed, stored and replicated (docs/storage.md).
// Before the append it is a draft without stamp; after it, it has a sequence, a step and a dot.
// Values; any thread.
#pragma once

#include <absl/status/statusor.h>
#include <absl/strings/string_view.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "node/base/bytes.h"
#include "node/base/ids.h"
#include "node/base/scope.h"
#include "node/log/stamp.h"

namespace tocsin::log {

// Of a change whose texts are all here, in lane form.
inline constexpr size_t kMaxChangeBytes = 32 * 1024;
// A text that is erased leaves salt 16 and LP(bytes) and takes a hash of 32: a change grows by this
// much at most for each.
inline constexpr size_t kErasedGrowthMax = 15;

// Which record, within a scope. Filed by hand: named by its code, and the id follows from scope,
// kind and code. Imported or derived: named by its id, and the code is an alias of it.
struct RecordKey {
  uint32_t kind = 0;                  // v1::Kind; kinds of a newer schema pass through
  std::optional<uint64_t> code_bits;  // 35 bits
  RecordId id;                        // always set, by RecordIdFromCode where there is a code

  friend bool operator==(const RecordKey&, const RecordKey&) = default;
};

// What a change does to one field. Dots rise.
struct FieldOp {
  uint32_t field = 0;
  bool clear = false;
  std::vector<Dot> overwrites;

  friend bool operator==(const FieldOp&, const FieldOp&) = default;
};

// A field of an earlier change, carried ahead under its own dot.
struct Restated {
  uint32_t field = 0;
  bool clear = false;
  Dot dot;
  Stamp stamp;
  std::vector<Dot> overwrites;
  // Wire bytes of the one field in its body message; empty for a text or a clear.
  std::string value;

  friend bool operator==(const Restated&, const Restated&) = default;
};

struct Text {
  // 0: of this change; k: of its k-th restated field, from 1.
  uint32_t origin = 0;
  uint32_t field = 0;
  // Position in a repeated field.
  uint32_t element = 0;
  // Nothing: only the hash is here (erased, or a debt).
  std::optional<std::string> bytes;
  Salt salt;    // of a text that is here
  Digest hash;  // always set in a decoded change

  friend bool operator==(const Text&, const Text&) = default;
};

struct Change {
  RecordKey key;
  uint32_t cap_status = 0;
  Stamp stamp;
  std::vector<FieldOp> ops;
  std::vector<Restated> restated;
  // Serialized partial body message: the coded fields that are set, as their author wrote them.
  std::string values;
  std::vector<Text> texts;

  friend bool operator==(const Change&, const Change&) = default;
};

// A change as it stands in a lane.
struct PlacedChange {
  LaneId lane;
  Seq seq;
  Step step;
  Dot dot() const { return DotOf(step); }
  Change change;
};

// Appends the lane form. REQUIRES: ops, restated and texts in the order that docs/storage.md gives.
void EncodeChange(const Change& change, ByteWriter& out);

// Reads one change; `scope` gives a coded key its id. INVALID_ARGUMENT for anything outside the
// grammar: order, shortest varints, sizes and trailing bytes included.
absl::StatusOr<Change> DecodeChange(const Scope& scope, ByteReader& in);

// SHA-256 of a text with its salt, as the chain has it.
Digest TextHash(const Salt& salt, absl::string_view bytes);

// The step after the change whose lane form is `encoded`, read without a full decode.
absl::StatusOr<Step> NextStep(const Step& before, absl::string_view encoded);

}  // namespace tocsin::log
