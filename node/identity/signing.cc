#include "node/identity/signing.h"

#include <absl/strings/str_cat.h>

#include "node/base/status.h"

namespace tocsin::identity {

absl::string_view TagOf(Use use) {
  switch (use) {
    case Use::kSeal:
      return "tocsin/seal/1";
    case Use::kReceipt:
      return "tocsin/receipt/1";
    case Use::kHello:
      return "tocsin/hello/1";
    case Use::kBundle:
      return "tocsin/bundle/1";
  }
  TOCSIN_CHECK(false);
}

std::string SignedBytes(Use use, const NetworkId& network, absl::string_view message) {
  return absl::StrCat(TagOf(use), absl::string_view("\0", 1), network.view(), message);
}

}  // namespace tocsin::identity
