#include "node/exchange/row.h"

#include "node/identity/hash.h"
#include "node/schema/grammar.h"

namespace tocsin::exchange {
namespace {

constexpr size_t kIdentifierMax = 32;

}  // namespace

std::string SourceKey(const std::string& key) {
  if (!key.empty() && key.size() <= kIdentifierMax && !schema::GrammarFault(v1::IDENTIFIER, key)) {
    return key;
  }
  return identity::Sha256(key).ToHex().substr(0, kIdentifierMax);
}

}  // namespace tocsin::exchange
