#include "node/view/belonging.h"

#include <cstdint>

#include "node/base/bytes.h"
#include "node/base/status.h"
#include "node/schema/kinds.h"
#include "node/view/keys.h"

namespace tocsin::view {
namespace {

// Of rows and keys. Raised by every change of what a row or a key says: an older view is made anew.
constexpr uint32_t kFormat = 6;
// Before the log's id, in every format.
constexpr size_t kNumbers = 8;

}  // namespace

std::string Belonging(const log::Log& log) {
  std::string bytes;
  ByteWriter out(bytes);
  out.U32(kFormat);
  out.U32(schema::SchemaLevel());
  out.Raw(log.log_id().view());
  return bytes;
}

absl::StatusOr<std::optional<LogId>> LogOf(const store::Store& store) {
  TOCSIN_ASSIGN_OR_RETURN(std::optional<std::string> of, store.Get(MetaKey("of")));
  if (!of || of->size() < kNumbers) return std::optional<LogId>();
  return LogId::FromBytes(of->substr(kNumbers));
}

}  // namespace tocsin::view
