// A receipt: a holder's signed, numbered statement of what it holds of a scope, and how to read one
// (docs/storage.md, "Receipt"). What is listed is also what two ends of a session compare. Values;
// any thread.
#pragma once

#include <absl/status/status.h>
#include <absl/status/statusor.h>
#include <absl/strings/string_view.h>
#include <absl/time/time.h>
#include <absl/types/span.h>

#include <cstdint>
#include <string>
#include <vector>

#include "node/base/ids.h"
#include "node/base/random.h"
#include "node/base/scope.h"
#include "node/identity/identity.h"
#include "node/identity/trust_store.h"
#include "node/log/lane.h"

namespace tocsin::log {

// No receipt has a higher number, so that one more than any number is a number.
inline constexpr uint64_t kMaxReceiptNumber = uint64_t{1} << 62;
// A number to go on after, where `number` was given and it is not known how many more were: a leap
// of less than 65,536, so that what is said anew hardly ever bears the number of something said
// before.
uint64_t LeapAbove(uint64_t number, Random& random);

struct ListedRun {
  Seq first;
  Seq last;
  Step last_step;
  friend bool operator==(const ListedRun&, const ListedRun&) = default;
};

// A lane that a receipt cannot leave unsaid.
struct ListedLane {
  LaneId lane;
  bool has_birth = false;
  std::vector<ListedRun> runs;  // in rising order
  friend bool operator==(const ListedLane&, const ListedLane&) = default;
};

struct Receipt {
  CertId holder;
  Scope scope;
  uint64_t number = 0;
  absl::Time time;  // the holder's corrected clock; whole milliseconds
  // The number of its last receipt that its backup covers; 0 for none.
  uint64_t backed_up = 0;
  std::vector<ListedLane> lanes;  // in rising order
  friend bool operator==(const Receipt&, const Receipt&) = default;
};

// Which lanes of one scope a receipt lists: those that no birth names, or that are not held from 1
// to exactly the last head that a birth names. A lane not listed is whole to that head.
// Independent of the order in which anything arrived.
std::vector<ListedLane> ListLanes(absl::Span<const LaneState> lanes);
// The same in bytes, as they stand in the receipt: equal bytes, equal holdings.
std::string EncodeListed(absl::Span<const ListedLane> lanes);

std::string SignReceipt(const Receipt& receipt, const identity::Identity& holder);
// INVALID_ARGUMENT for anything outside the grammar. The signature is not looked at.
absl::StatusOr<Receipt> DecodeReceipt(absl::string_view bytes);
// Decodes and verifies. FAILED_PRECONDITION if the holder's certificate is not held;
// PERMISSION_DENIED if the holder may not hold that scope; UNAUTHENTICATED for a bad signature.
absl::StatusOr<Receipt> VerifyReceipt(absl::string_view bytes, const identity::TrustStore& trust);

// What one lane's part of a receipt vouches for.
struct Vouched {
  LaneId lane;
  std::vector<ListedRun> runs;
};
// Reads a receipt with the births that the reader holds: what is listed, and every lane that is not
// listed and that the birth of a vouched-for lane names, to exactly that head. In rising order.
// The runs' ends are the holder's words: a reader compares them with its own chain.
std::vector<Vouched> VouchedBy(const Receipt& receipt, absl::Span<const LaneState> lanes);

}  // namespace tocsin::log
