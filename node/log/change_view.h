// A change in lane form, parsed in place. The one reader of the grammar: decoding, hashing, checks
// and erasing all stand on it.
#pragma once

#include <absl/container/inlined_vector.h>
#include <absl/functional/function_ref.h>
#include <absl/status/status.h>
#include <absl/strings/string_view.h>
#include <absl/types/span.h>

#include <cstdint>
#include <string>

#include "node/base/bytes.h"
#include "node/base/ids.h"
#include "node/log/stamp.h"

namespace tocsin::log {

enum class KeyForm : uint8_t { kCode = 1, kId = 2 };
enum class Presence : uint8_t { kHere = 1, kHashOnly = 2 };

// The dots of one op or restated field, side by side.
class DotList {
 public:
  DotList() = default;
  explicit DotList(absl::string_view bytes) : bytes_(bytes) {}
  size_t size() const { return bytes_.size() / Dot::kSize; }
  Dot operator[](size_t i) const {
    return *Dot::FromBytes(bytes_.substr(i * Dot::kSize, Dot::kSize));
  }

 private:
  absl::string_view bytes_;
};

struct OpView {
  uint32_t field = 0;
  bool clear = false;
  DotList overwrites;
};

struct RestatedView {
  uint32_t field = 0;
  bool clear = false;
  Dot dot;
  Stamp stamp;
  DotList overwrites;
  absl::string_view value;
};

struct TextView {
  uint32_t origin = 0;
  uint32_t field = 0;
  uint32_t element = 0;
  bool here = false;
  absl::string_view salt;   // of a text that is here
  absl::string_view bytes;  // of a text that is here
  Digest hash;              // always set
};

// Views into bytes that outlive it. Reused from one change to the next it allocates nothing.
// Not thread-safe.
class ChangeView {
 public:
  // Reads one change off the front of `rest`. INVALID_ARGUMENT for anything outside the grammar;
  // then `rest` is as it was.
  absl::Status Parse(absl::string_view& rest);

  absl::string_view bytes() const { return bytes_; }
  absl::string_view envelope() const { return envelope_; }
  absl::string_view values() const { return values_; }

  uint32_t kind() const { return kind_; }
  KeyForm key_form() const { return key_form_; }
  uint64_t code_bits() const { return code_bits_; }
  const RecordId& id() const { return id_; }
  uint8_t cap_status() const { return cap_status_; }
  const Stamp& stamp() const { return stamp_; }
  absl::Span<const OpView> ops() const { return ops_; }
  absl::Span<const RestatedView> restated() const { return restated_; }
  absl::string_view own_values() const { return own_values_; }
  absl::Span<const TextView> texts() const { return texts_; }

  // The step after this change.
  Step StepAfter(const Step& before) const;

  // The dot that a text of this change, whose own dot is `own`, was written under.
  Dot OriginOf(const TextView& text, const Dot& own) const {
    return text.origin == 0 ? own : restated_[text.origin - 1].dot;
  }

  // The most bytes that this change can have, whichever of its texts give way to their hashes.
  size_t LongestForm() const;

  // Appends the same change with every text for which `gone` says so replaced by its hash. The step
  // stays what it was.
  void AppendWithout(absl::FunctionRef<bool(const TextView&)> gone, std::string& out) const;

 private:
  absl::Status ParseEnvelope();
  absl::Status ParseValues();
  absl::Status ParseTexts(ByteReader& in);

  absl::string_view bytes_;
  absl::string_view envelope_;
  absl::string_view values_;
  uint32_t kind_ = 0;
  KeyForm key_form_ = KeyForm::kCode;
  uint64_t code_bits_ = 0;
  RecordId id_;
  uint8_t cap_status_ = 0;
  Stamp stamp_;
  absl::InlinedVector<OpView, 16> ops_;
  absl::InlinedVector<RestatedView, 2> restated_;
  absl::string_view own_values_;
  absl::InlinedVector<TextView, 4> texts_;
};

}  // namespace tocsin::log
