// What a signature of this network covers. One key signs seals, receipts, Hellos and bundles; each
// begins with a tag of its use and with the network, so that what was signed for one purpose can
// never be shown for another (a stolen hub has its nonce signed at Hello and owns no seal by it).
#pragma once

#include <absl/strings/string_view.h>

#include <string>

#include "node/base/ids.h"

namespace tocsin::identity {

enum class Use {
  kSeal,     // author: (lane, sequence, step)
  kReceipt,  // holder: what it holds of a scope
  kHello,    // either end of a session: the other's nonce, and by whom it came
  kBundle,   // author: a session by stick
};

// The tag of a use, "tocsin/seal/1" and so on. Never changes; a new meaning takes a new number.
absl::string_view TagOf(Use use);

// The bytes that Ed25519 signs: tag, 0x00, network id, message. No tag holds a zero byte, so two
// uses never give the same bytes. A certificate's signature covers DER (0x30 ...), which is no tag.
std::string SignedBytes(Use use, const NetworkId& network, absl::string_view message);

}  // namespace tocsin::identity
