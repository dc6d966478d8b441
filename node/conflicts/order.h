// The order of a list of conflicts, and where one stands in it: order_by and page tokens. Values
// and pure functions; any thread.
#pragma once

#include <absl/status/statusor.h>
#include <absl/strings/string_view.h>
#include <absl/time/time.h>

#include <string>
#include <vector>

#include "node/view/view.h"
#include "tocsin/v1/types.pb.h"

namespace tocsin::conflicts {

// One field in conflict.
struct Open {
  view::RecordName record;
  uint32_t field = 0;
  absl::Time since;
  v1::Severity severity = v1::SEVERITY_UNSPECIFIED;
};

class Order {
 public:
  // "severity desc, since_time"; empty is that. INVALID_ARGUMENT says what may stand there.
  static absl::StatusOr<Order> Parse(absl::string_view text);

  // Bytes whose order is that of the list; no two conflicts have the same.
  std::string PositionOf(const Open& open) const;

 private:
  enum class By { kSeverity, kSinceTime };
  struct Key {
    By by;
    bool descending;
  };
  std::vector<Key> keys_;
};

// A token belongs to the list that `fingerprint` says.
std::string EncodeToken(absl::string_view fingerprint, absl::string_view position);
// INVALID_ARGUMENT for what is no token, or another list's.
absl::StatusOr<std::string> DecodeToken(absl::string_view token, absl::string_view fingerprint);

}  // namespace tocsin::conflicts
