// The merge once more, slow and obvious, from what the design says of it and not from node/merge:
// the oracle that views are compared with. It knows honest writers only; lies have tests of their
// own.
#pragma once

#include <absl/functional/function_ref.h>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "tocsin/v1/api.pb.h"
#include "tools/src/sim/ledger.h"

namespace tocsin::sim {

struct ModelSibling {
  // Rising; the first of those that the policy prefers stands first.
  std::vector<Dot> dots;
  log::Stamp stamp;
  bool clear = false;
  bool heard = false;
  // Only carried by another change.
  bool restated = false;
  // Bytes of the field in its body; of a text, what can be shown of it.
  std::string fragment;
  // A text of it is not here, and an erasure says why; or none does.
  bool erased = false;
  bool lacks_text = false;
};

struct ModelField {
  // The shown one first; of UNION all are shown, oldest first.
  std::vector<ModelSibling> siblings;
  bool is_union = false;
  bool conflict = false;
  bool incomplete = false;
};

using ModelRecord = std::map<uint32_t, ModelField>;

// Of one text of one held change: is it here, and if not, is it erased?
enum class TextState { kHere, kErased, kMissing };
using TextAt = absl::FunctionRef<TextState(const Fact& carrier, const log::Text& text)>;

// What a node shows that holds these changes of one record.
ModelRecord MergeSlowly(uint32_t kind, const std::vector<const Fact*>& held, TextAt text_at);

// What differs between the model and a record as it is shown; empty if nothing does.
std::string Difference(uint32_t kind, const ModelRecord& model, const v1::Record& shown);

// The most severe value that nobody has overwritten is the one shown: asked of the facts directly,
// for every field of the policy HIGHEST. Empty if so.
std::string Lowered(uint32_t kind, const std::vector<const Fact*>& held, const v1::Record& shown);

}  // namespace tocsin::sim
