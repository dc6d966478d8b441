// The words of CAP's closed lists and our enumerations. Pure functions over constant tables; any
// thread.
#pragma once

#include <absl/strings/string_view.h>

#include <optional>

namespace tocsin::exchange {

enum class CapList {
  kStatus,
  kMessageType,
  kScope,
  kCategory,
  kResponse,
  kUrgency,
  kSeverity,
  kCertainty
};

// The number in our enumeration, or nothing for a word that is not in the list. CAP 1.0's "Very
// Likely" is Likely, as CAP 1.2 says.
std::optional<int> FromCap(CapList list, absl::string_view word);

// Empty for a number that the list does not have.
absl::string_view ToCap(CapList list, int number);

}  // namespace tocsin::exchange
