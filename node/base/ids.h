// Strong types for everything that is named by a number or by a few bytes, so that two bare
// integers never stand side by side. Immutable values; any thread.
#pragma once

#include <absl/strings/escaping.h>
#include <absl/strings/string_view.h>

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>

namespace tocsin {

// N opaque bytes of one meaning. Ordered bytewise; the default value is all zero.
template <typename Tag, size_t N>
class FixedBytes {
 public:
  static constexpr size_t kSize = N;

  constexpr FixedBytes() = default;

  // Nothing unless `bytes` is exactly N long.
  static std::optional<FixedBytes> FromBytes(absl::string_view bytes) {
    if (bytes.size() != N) return std::nullopt;
    FixedBytes value;
    std::memcpy(value.bytes_.data(), bytes.data(), N);
    return value;
  }

  absl::string_view view() const {
    return {reinterpret_cast<const char*>(bytes_.data()), bytes_.size()};
  }
  std::string ToHex() const { return absl::BytesToHexString(view()); }
  uint8_t* data() { return bytes_.data(); }
  const uint8_t* data() const { return bytes_.data(); }
  bool IsZero() const { return *this == FixedBytes(); }

  friend auto operator<=>(const FixedBytes&, const FixedBytes&) = default;

  template <typename H>
  friend H AbslHashValue(H h, const FixedBytes& value) {
    return H::combine(std::move(h), value.bytes_);
  }

 private:
  std::array<uint8_t, N> bytes_{};
};

// A counter of one meaning.
template <typename Tag>
class StrongNumber {
 public:
  constexpr StrongNumber() = default;
  constexpr explicit StrongNumber(uint64_t value) : value_(value) {}

  constexpr uint64_t value() const { return value_; }
  constexpr StrongNumber Next() const { return StrongNumber(value_ + 1); }
  constexpr StrongNumber Plus(uint64_t n) const { return StrongNumber(value_ + n); }

  friend constexpr auto operator<=>(StrongNumber, StrongNumber) = default;

  template <typename H>
  friend H AbslHashValue(H h, StrongNumber number) {
    return H::combine(std::move(h), number.value_);
  }

 private:
  uint64_t value_ = 0;
};

// SHA-256 of a node certificate's DER bytes.
using CertId = FixedBytes<struct CertIdTag, 32>;
// The first 16 bytes of the root certificate's CertId: which network this is.
using NetworkId = FixedBytes<struct NetworkIdTag, 16>;
// The chain's hash after a change; step 0 of a lane is the lane's id.
using Step = FixedBytes<struct StepTag, 32>;
// The hash of the birth that opened the lane.
using LaneId = FixedBytes<struct LaneIdTag, 32>;
// The first 16 bytes of a step: names one change for ever.
using Dot = FixedBytes<struct DotTag, 16>;
// A record within its scope and kind.
using RecordId = FixedBytes<struct RecordIdTag, 16>;
// Which copy of a log this is: random, new at init and at restore.
using LogId = FixedBytes<struct LogIdTag, 16>;
// One run of one process; new at every start.
using ProcessId = FixedBytes<struct ProcessIdTag, 16>;
// SHA-256 of anything.
using Digest = FixedBytes<struct DigestTag, 32>;
// Random bytes that keep the hash of an erased text from being guessed.
using Salt = FixedBytes<struct SaltTag, 16>;
// Ed25519.
using Signature = FixedBytes<struct SignatureTag, 64>;

// Position of a change in its lane; the first change is 1.
using Seq = StrongNumber<struct SeqTag>;
// Position of an entry in a node's log, over all its queues; the first is 1.
using Arrival = StrongNumber<struct ArrivalTag>;

inline Dot DotOf(const Step& step) { return *Dot::FromBytes(step.view().substr(0, Dot::kSize)); }
inline Step StepZero(const LaneId& lane) { return *Step::FromBytes(lane.view()); }

// How urgent a lane is, the most urgent first. Numbers are on disk and on the wire.
enum class Precedence : uint8_t { kFlash = 1, kPriority = 2, kRoutine = 3 };
inline constexpr std::array<Precedence, 3> kPrecedences = {
    Precedence::kFlash, Precedence::kPriority, Precedence::kRoutine};

}  // namespace tocsin
